"use strict";
(function () {
  var pages = document.querySelectorAll(".page"), root = document.documentElement;

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  function show(lang) {
    var from = location.hash.replace(/^#[a-z]+-/, ""), held = document.activeElement && document.activeElement.closest(".switch");
    pages.forEach(function (page) {
      page.hidden = page.dataset.lang !== lang;
      if (!page.hidden) {
        document.documentElement.lang = page.lang;
        document.title = page.dataset.title;
      }
    });
    keep();
    fit();
    if (from && location.hash) {
      var target = document.getElementById(lang + "-" + from);
      if (target) { history.replaceState(null, "", "#" + target.id); target.scrollIntoView({ behavior: "instant" }); }
    }
    if (held) { document.querySelector(".page:not([hidden]) .switch [aria-pressed=true]").focus(); }
  }

  var whole = /\[[^\[\]]{3,22}\]|[+\u2212]?\d[\d.,]*(?:[\u81f3\u2014\u2013~\uff5e-]+[+\u2212]?\d[\d.,]*)?[\u5e74\u5206%\u4e2a\u540d\u5bb6\u6b21\u671f\u6761\u9879\u884c]?/g;
  var limits = /\[[^\[\]]{3,22}\]|[+\u2212]?\d[\d.,]* to [+\u2212]?\d[\d.,]*\d|\bp (?:[<=] ?)?\d[\d.]*\d/g;
  function hold(node, pattern) {
    var text = node.data.replace(/ \/ /g, "\u00a0/ "), parts = document.createDocumentFragment(), at = 0;
    text.replace(pattern, function (found, from) {
      if (!/\D/.test(found) || found.length > 24) { return; }
      var one = document.createElement("span");
      one.className = "one";
      one.textContent = found;
      parts.append(text.slice(at, from), one);
      at = from + found.length;
    });
    if (at || text !== node.data) { parts.append(text.slice(at)); node.replaceWith(parts); }
  }
  function lines(words, count) {
    var best = [words.join(" ")], longest = best[0].length, k, tried, most;
    for (k = 1; k < words.length && count > 1; k += 1) {
      tried = [words.slice(0, k).join(" ")].concat(lines(words.slice(k), count - 1));
      most = Math.max.apply(null, tried.map(function (line) { return line.length; }));
      if (most < longest) { best = tried; longest = most; }
    }
    return best;
  }
  function hold_head(head) {
    var words = head.textContent.trim().split(" "), all = document.createElement("span");
    if (words.length < 3 || words.length > 12 || head.children.length) { return; }
    lines(words, head.textContent.length > 30 ? 3 : 2).forEach(function (line, i) {
      var one = document.createElement("span");
      one.className = "one";
      one.textContent = line;
      all.append(i ? " " : "", one);
    });
    head.replaceChildren(all);
  }
  function keep() {
    var page = document.querySelector(".page:not([hidden])");
    if (page.classList.contains("kept")) { return; }
    page.classList.add("kept");
    var chinese = page.lang === "zh-CN";
    each(page.querySelectorAll("main p:not(.big), main li, main h1, main h2, main h3, figcaption span"), function (box) {
      each(Array.prototype.slice.call(box.childNodes), function (node) { if (node.nodeType === 3) { hold(node, chinese ? whole : limits); } });
    });
    each(page.querySelectorAll("th.num button, table.plain th.num"), hold_head);
    each(chinese ? page.querySelectorAll("nav a") : [], function (link) {
      var text = link.textContent, cut = text.indexOf("\u7684", 4) + 1;
      if (cut && text.length - cut > 4) { link.replaceChildren(text.slice(0, cut), document.createElement("wbr"), text.slice(cut)); }
    });
  }

  document.querySelectorAll(".switch button").forEach(function (button) {
    button.addEventListener("click", function () { show(button.dataset.lang); });
  });
  function key(row, column) {
    var cell = row.cells[column];
    if (cell.dataset.v === undefined) { return cell.textContent.trim(); }
    return cell.dataset.v === "nan" ? NaN : Number(cell.dataset.v);
  }

  function compare(a, b) {
    if (typeof a === "string" || typeof b === "string") { return String(a).localeCompare(String(b), undefined, { numeric: true }); }
    return a - b;
  }

  function sort(table, column, head) {
    var down = head.getAttribute("aria-sort") !== "descending" && head.classList.contains("num");
    if (head.getAttribute("aria-sort") === "ascending") { down = true; }
    table.querySelectorAll("th").forEach(function (th) { th.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, i) { return { row: row, key: key(row, column), i: i }; });
    rows.sort(function (a, b) {
      var x = Number.isNaN(a.key), y = Number.isNaN(b.key);
      if (x || y) { return x - y || a.i - b.i; }
      return (down ? compare(b.key, a.key) : compare(a.key, b.key)) || a.i - b.i;
    });
    rows.forEach(function (entry) { body.appendChild(entry.row); });
    if (table.update) { table.update(); }
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = head.querySelector("button");
      if (button) { button.addEventListener("click", function () { sort(table, column, head); }); }
    });
  });

  function dark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  each(document.querySelectorAll(".theme"), function (button) {
    button.addEventListener("click", function () { root.dataset.theme = dark() ? "light" : "dark"; });
  });

  function copy(text, button) {
    function done() {
      var was = button.textContent;
      button.textContent = button.dataset.done;
      window.setTimeout(function () { button.textContent = was; }, 1500);
    }
    function by_hand() {
      var box = document.createElement("textarea");
      box.value = text;
      document.body.appendChild(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      done();
    }
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(done, by_hand); } else { by_hand(); }
  }
  each(document.querySelectorAll(".copy-csv"), function (button) {
    button.addEventListener("click", function () { copy(button.dataset.csv, button); });
  });
  each(document.querySelectorAll(".copy-svg"), function (button) {
    button.addEventListener("click", function () {
      var drawing = button.closest("figure").querySelector(".wide svg"), colours = getComputedStyle(root);
      copy(drawing.outerHTML.replace(/var\((--[a-z-]+)\)/g, function (_, name) { return colours.getPropertyValue(name).trim(); }), button);
    });
  });

  each(document.querySelectorAll(".sliders"), function (section) {
    var inputs = section.querySelectorAll("input"), big = section.querySelector(".big"), by = section.querySelector(".by");
    var today = Number(section.dataset.index);
    function text(x, signed) {
      var shown = Math.abs(x).toFixed(1);
      return (Number(shown) ? (x < 0 ? "\u2212" : signed ? "+" : "") : "") + shown;
    }
    function update() {
      var change = 0, half = 0;
      each(inputs, function (input) {
        var moved = Number(input.value), level = Number(input.dataset.level);
        moved = Math.max(-level, Math.min(100 - level, moved));
        change += moved * Number(input.dataset.effect);
        half += Math.abs(moved) * Number(input.dataset.half);
        var said = text(level + moved, false) + (moved ? " (" + text(moved, true) + ")" : "");
        input.parentNode.querySelector("output").textContent = said;
        input.setAttribute("aria-valuetext", said);
      });
      big.textContent = text(Math.max(0, Math.min(100, today + change)), false);
      var sure = Math.abs(change) > half ? change * Number(section.dataset.sense) : 0;
      by.className = "by" + (sure > 0 ? " above" : sure < 0 ? " below" : "");
      by.textContent = half ? text(change, true) + " [" + text(change - half, true) + ", " + text(change + half, true) + "]" : by.dataset.none;
    }
    each(inputs, function (input) { input.addEventListener("input", update); });
    section.querySelector(".reset").addEventListener("click", function () {
      each(inputs, function (input) { input.value = 0; });
      update();
    });
    update();
  });

  var tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  document.body.appendChild(tip);
  function show_tip(event) {
    var holder = event.target.closest ? event.target.closest("[data-tip]") : null;
    if (!holder) { tip.hidden = true; return; }
    var box = holder.getBoundingClientRect();
    tip.textContent = holder.dataset.tip;
    tip.hidden = false;
    tip.style.left = Math.max(8, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (box.bottom + tip.offsetHeight + 12 > window.innerHeight ? box.top - tip.offsetHeight - 6 : box.bottom + 6) + "px";
  }
  ["mouseover", "focusin"].forEach(function (name) { document.addEventListener(name, show_tip); });
  document.addEventListener("scroll", function () {
    var held = document.activeElement.closest("[data-tip]");
    if (held && !tip.hidden) { show_tip({ target: held }); } else { tip.hidden = true; }
  }, true);
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { tip.hidden = true; } });

  function place(row, heads) {
    var named = false, numbered = false, lead = null, owner = null;
    each(row.cells, function (cell, i) {
      var kind = cell.classList, number = kind.contains("num") && !kind.contains("ci") && !kind.contains("rank");
      cell.dataset.label = heads[i] || "";
      if (kind.contains("text") && !numbered) { kind.add(named ? "sub0" : "name0"); named = true; }
      if (kind.contains("ci") && lead && lead === row.cells[i - 1]) { lead.classList.add("lead0"); delete lead.dataset.ci; kind.add("ci0"); row.classList.add("lead1"); }
      else if (kind.contains("ci") && owner && !/\d/.test(cell.textContent)) { kind.add("ci1"); }
      else if (kind.contains("ci") && owner) { owner.dataset.ci = cell.textContent; kind.add("ci1"); }
      if (kind.contains("text") && numbered && cell.textContent.length < 9) { kind.add("half0"); }
      if (number) { lead = named && !numbered ? cell : null; numbered = true; if (!kind.contains("se")) { owner = cell; } }
      if (number && row.cells.length === 2 && named) { kind.add("lead0"); row.classList.add("lead1"); }
      var words = (heads[i] || "").match(/[A-Za-z().]+/g) || [], longest = Math.max.apply(null, words.map(function (word) { return word.length; }).concat(0));
      if (!kind.contains("mark") && (cell.textContent.length > 18 || (longest && number && longest + cell.textContent.length > 19))) { kind.add("long0"); }
    });
  }
  function shorten(table) {
    var count = table.tBodies[0].rows.length;
    if (count < 16 || table.dataset.limit) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.className = "rows";
    button.textContent = table.closest(".page").dataset.all.replace("{n}", count);
    button.addEventListener("click", function () { table.classList.remove("short"); button.remove(); });
    table.classList.add("short");
    table.parentNode.appendChild(button);
  }
  function card() {
    each(document.querySelectorAll(".page:not([hidden]) main table"), function (table) {
      if (table.classList.contains("carded")) { return; }
      var heads = Array.prototype.map.call(table.tHead.rows[0].cells, function (cell) { return cell.textContent.trim(); });
      each(table.tBodies[0].rows, function (row) { place(row, heads); });
      table.classList.add("carded");
      shorten(table);
    });
  }
  function wider(table) { return table.parentNode.scrollWidth > table.parentNode.clientWidth + 1; }
  function stack(table) {
    var heads = table.tHead.rows[0].cells;
    each(table.tBodies[0].rows, function (row) {
      var owner = null;
      each(row.cells, function (cell, i) {
        var kind = cell.classList;
        if (kind.contains("ci") && owner) { owner.dataset.below = cell.textContent; kind.add("ci2"); heads[i].classList.add("ci2"); }
        if (kind.contains("num") && !kind.contains("ci") && !kind.contains("rank") && !kind.contains("se")) { owner = cell; }
      });
    });
    table.classList.add("stacked");
  }
  function same(table) {
    var heads = table.tHead.rows[0].cells, rows = table.tBodies[0].rows, said = [];
    if (rows.length < 3) { return; }
    each(heads, function (head, i) {
      var first = rows[0].cells[i], text = first.textContent.trim();
      if (first.classList.contains("se") && /\d/.test(text)) { return; }
      if (!i || head.classList.contains("mark") || head.classList.contains("ci2")) { return; }
      for (var k = 1; k < rows.length; k += 1) {
        if (rows[k].cells[i].textContent.trim() !== text || rows[k].cells[i].dataset.below !== first.dataset.below) { return; }
      }
      if (!first.classList.contains("se")) {
        said.push(head.textContent.trim() + " " + (text || "\u2013") + (first.dataset.below && first.dataset.below !== text ? " " + first.dataset.below : ""));
      }
      head.hidden = true;
      each(rows, function (row) { row.cells[i].hidden = true; });
    });
    if (!said.length) { return; }
    var line = document.createElement("p"), page = table.closest(".page").dataset;
    line.className = "small";
    line.textContent = page.same.replace("{columns}", said.join(page.between));
    table.parentNode.insertAdjacentElement("afterend", line);
  }
  function errors(table) {
    var heads = table.tHead.rows[0].cells, short = table.closest(".page").dataset.se;
    each(table.tBodies[0].rows, function (row) {
      var owner = null;
      each(row.cells, function (cell, i) {
        var kind = cell.classList;
        if (kind.contains("se") && owner) {
          if (/\d/.test(cell.textContent)) { owner.dataset.below = (owner.dataset.below ? owner.dataset.below + "\n" : "") + short + " " + cell.textContent; }
          kind.add("se1");
          heads[i].classList.add("se1");
        }
        if (kind.contains("num") && !kind.contains("ci") && !kind.contains("rank") && !kind.contains("se")) { owner = cell; }
      });
    });
  }
  function tighten() {
    var shown = Array.prototype.filter.call(document.querySelectorAll(".page:not([hidden]) .box > table"), function (table) {
      return !table.closest("details:not([open])") && !table.classList.contains("tight");
    });
    shown.forEach(function (table) {
      var long = Boolean(table.querySelector("td.item"));
      table.classList.remove("snug");
      table.classList.toggle("lined", !long);
      table.classList.toggle("free", long);
    });
    var named = shown.filter(function (table) { return table.classList.contains("lined"); });
    [["snug"], ["snug", "lined"], ["free"]].forEach(function (step) {
      named.filter(wider).forEach(function (table) { step.forEach(function (name) { table.classList.toggle(name); }); });
    });
    var wide = shown.filter(wider);
    wide.forEach(function (table) { table.classList.add("tight"); });
    [stack, same, errors, function (table) { table.classList.add("dense"); }].forEach(function (act) { wide.filter(wider).forEach(act); });
    wide.filter(wider).forEach(function (table) { table.classList.add("over"); });
    named.forEach(function (table) { table.classList.remove("free"); });
    named.filter(wider).forEach(function (table) { table.classList.add("free"); });
  }
  var small = window.matchMedia("(max-width: 600px)");
  function fit() { if (small.matches) { card(); } else { tighten(); } }
  document.addEventListener("toggle", function () { if (!small.matches) { tighten(); } }, true);
  small.addEventListener("change", fit);
  keep();
  fit();

  each(document.querySelectorAll(".menu"), function (button) {
    var inner = button.parentNode;
    function turn(open) { inner.classList.toggle("open", open); button.setAttribute("aria-expanded", String(open)); }
    button.addEventListener("click", function () { turn(!inner.classList.contains("open")); });
    inner.querySelector("nav").addEventListener("click", function () { turn(false); });
    inner.addEventListener("keydown", function (event) { if (event.key === "Escape") { turn(false); button.focus(); } });
  });

  if (window.IntersectionObserver) {
    var links = {};
    each(document.querySelectorAll("nav a"), function (link) { links[link.getAttribute("href").slice(1)] = link; });
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        each(document.querySelectorAll("nav a.here"), function (link) { link.classList.remove("here"); });
        links[entry.target.id].classList.add("here");
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    Object.keys(links).forEach(function (id) { var part = document.getElementById(id); if (part) { watch.observe(part); } });
  }

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (box) {
      if (box.querySelectorAll("tr").length <= 60) { box.open = true; }
    });
  });

  pages.forEach(function (page) {
    var section = document.getElementById(page.dataset.lang + "-groups");
    if (!section) { return; }
    var table = section.querySelector("table"), find = section.querySelector("input"), all = section.querySelector(".all");
    var limit = Number(table.dataset.limit || 0), open = !limit;
    if (small.matches) { limit = Math.min(limit, 10); }
    table.update = function () {
      var text = find ? find.value.trim().toLowerCase() : "", seen = 0;
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        var match = !text || row.textContent.toLowerCase().indexOf(text) >= 0;
        if (match) { seen += 1; }
        row.hidden = !match || (!open && !text && seen > limit);
      });
      if (text) { table.classList.remove("short"); }
      if (all) { all.textContent = open ? all.dataset.less : all.dataset.more; all.hidden = Boolean(text); }
    };
    if (find) {
      find.addEventListener("input", table.update);
      each(page.querySelectorAll("a.find"), function (link) {
        link.addEventListener("click", function () { window.setTimeout(function () { find.focus({ preventScroll: true }); }, 0); });
      });
    }
    if (all) { all.addEventListener("click", function () { open = !open; table.update(); }); }
    table.update();
  });

  function go() {
    var wanted = /^#([a-z]+)-/.exec(location.hash);
    if (wanted && document.querySelector('.page[data-lang="' + wanted[1] + '"]')) { show(wanted[1]); }
  }
  window.addEventListener("hashchange", function () {
    var target = document.getElementById(location.hash.slice(1));
    if (target && target.closest(".page[hidden]")) { go(); }
  });
  go();
})();
