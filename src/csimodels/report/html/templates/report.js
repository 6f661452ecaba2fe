"use strict";
(function () {
  var pages = document.querySelectorAll(".page");

  function show(lang) {
    var from = location.hash.replace(/^#[a-z]+-/, "");
    pages.forEach(function (page) {
      page.hidden = page.dataset.lang !== lang;
      if (!page.hidden) {
        document.documentElement.lang = page.lang;
        document.title = page.dataset.title;
      }
    });
    if (from && location.hash) {
      var target = document.getElementById(lang + "-" + from);
      if (target) { history.replaceState(null, "", "#" + target.id); target.scrollIntoView(); }
    }
  }

  document.querySelectorAll(".switch button").forEach(function (button) {
    button.addEventListener("click", function () { show(button.dataset.lang); });
  });
  var wanted = /^#([a-z]+)-/.exec(location.hash);
  if (wanted && document.querySelector('.page[data-lang="' + wanted[1] + '"]')) { show(wanted[1]); }

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
    table.update = function () {
      var text = find ? find.value.trim().toLowerCase() : "", seen = 0;
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        var match = !text || row.textContent.toLowerCase().indexOf(text) >= 0;
        if (match) { seen += 1; }
        row.hidden = !match || (!open && !text && seen > limit);
      });
      if (all) { all.textContent = open ? all.dataset.less : all.dataset.more; all.hidden = Boolean(text); }
    };
    if (find) { find.addEventListener("input", table.update); }
    if (all) { all.addEventListener("click", function () { open = !open; table.update(); }); }
    table.update();
  });
})();
