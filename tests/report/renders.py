"""Six studies, their reports, and pictures of every part of them, for the eye.

``python tests/report/renders.py OUT`` makes the national and the telecom demonstration, ECSI by PLS and by ML (of which
nothing can be said: its model is not identified), 60 companies in two waves and 400 companies with a roll-up, and
renders each page at three widths, light and dark, in English and Chinese.  Every picture is a contact sheet: slices of
the whole page from left to right.  It also prints what a browser complains of, elements wider than the screen, and,
with ``CSI_AXE`` (see `test_accessibility`), what axe-core finds.

Parts of it: ``--cases demo ecsi``, ``--widths 390``, ``--languages zh``, ``--themes dark``, ``--open`` (all that is
folded), ``--documents`` (also PDF, Word, slides and workbook, as pages; needs LibreOffice and pdftoppm).
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from browser import Page, browsing
from PIL import Image

import csimodels as cs

ROOT = Path(__file__).resolve().parents[2]
WIDTHS, LANGUAGES, THEMES = (390, 1280, 1920), ("en", "zh"), ("light", "dark")
SLICES = {390: (2000, 5), 1280: (2600, 2), 1920: (2600, 1)}  # height of a slice and slices on a sheet, by width
AXE = "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map(" \
      "v => [v.id, v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3)])))"  # fmt: skip
#: Elements that stick out of the screen, or whose text is cut off at their edge.
OUTSIDE = """JSON.stringify(Array.from(document.querySelectorAll('.page:not([hidden]) *')).filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && r.height && r.right > innerWidth + 1 && !e.closest('svg, .sr, [aria-hidden=true]')
    && !['auto', 'scroll', 'hidden'].some(v => { for (let p = e.parentElement; p; p = p.parentElement)
      if (getComputedStyle(p).overflowX === v) return true; return false; });
}).slice(0, 5).map(e => e.outerHTML.slice(0, 120)))"""
#: Boxes that scroll sideways, of those that are open: a folded table is fitted when it opens.
SIDEWAYS = """JSON.stringify(Array.from(document.querySelectorAll('.page:not([hidden]) *')).filter(e =>
  e.offsetParent && e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.closest('details:not([open])')
  && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
  .slice(0, 8).map(e => [(e.closest('section[id]') || e).id, e.className, e.scrollWidth - e.clientWidth]))"""

COLUMNS = {"EXP1": "q1", "EXP2": "q2", "EXP3": "q3", "QUA1": "q4", "QUA2": "q5", "QUA3": "q6", "VAL1": "q7",
           "VAL2": "q8", "SAT1": "q9", "SAT2": "q10", "SAT3": "q11", "COMP1": "q12", "LOY1": "q13",
           "LOY2": "q14"}  # fmt: skip
MANY = """
csi: 1
name: companies
extends: acsi
title: {{en: "Study of {n} companies", zh: "{n}家企业研究"}}
data: {{file: answers.csv, columns: {columns}, missing_codes: [98, 99], weight: w, by: company{wave}}}
{rollup}
labels: {labels}
uncertainty: {{method: linearised}}
report: {{languages: [en, zh]}}
"""


def companies(folder: Path, n: int, waves: tuple[int, ...], per: int, rolled: bool) -> cs.Result:
    """`n` companies with `per` respondents of the demonstration each, their answers moved a little."""
    rng = np.random.default_rng(n)
    drawn = pd.read_csv(ROOT / "data" / "demo-national.csv").sample(n * per * len(waves), replace=True, random_state=n)
    unit = np.repeat(np.arange(n), per * len(waves))
    year = np.tile(np.repeat(waves, per), n)
    for q in [q for q in COLUMNS.values() if q not in ("q12", "q14")]:
        value = drawn[q].to_numpy(float)
        moved = value + ((unit * 37) % 11 - 5) * 0.12 + 0.15 * (year == waves[-1]) + rng.normal(0, 0.3, len(unit))
        drawn[q] = np.where((value >= 1) & (value <= 10), np.clip(np.round(moved), 1, 10), value)
    names = [f"Company {k + 1:03d}" for k in range(n)]
    industries, sectors = max(4, n // 10), 5
    drawn = drawn.assign(company=np.asarray(names)[unit], year=year).drop(columns=["industry", "sector", "id"])
    drawn.to_csv(folder / "answers.csv", index=False)
    rows = [(name, f"Industry {k % industries + 1:02d}", f"Sector {k % industries % sectors + 1}", "Land", 1 + k % 7)
            for k, name in enumerate(names)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["company", "industry", "sector", "nation", "weight"])
    frame.to_csv(folder / "weights.csv", index=False)
    labels: dict[str, dict[str, object]] = {
        "year": {"en": "Year", "zh": "年份"},
        "company": {"en": "Company", "zh": "企业"} | {x: {"en": x, "zh": f"企业{x[8:]}"} for x in names},
    }
    if rolled:
        for level, word, cut in (("industry", "行业", 9), ("sector", "部门", 7)):
            labels[level] = {"en": level.capitalize(), "zh": word}
            labels[level] |= {x: {"en": x, "zh": f"{word}{x[cut:]}"} for x in frame[level].unique()}
        labels["nation"] = {"en": "Nation", "zh": "全国", "Land": {"en": "Land", "zh": "全国"}}
    spec = MANY.format(
        n=n, columns=json.dumps(COLUMNS), wave=", wave: year" if len(waves) > 1 else "",
        rollup="rollup: {levels: [company, industry, sector, nation], weights: weights.csv}" if rolled else "",
        labels=json.dumps(labels, ensure_ascii=False),
    )  # fmt: skip
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    return cs.Study(folder / "spec.yaml").run(progress=False)


def ecsi(folder: Path, estimator: str) -> cs.Result:
    """250 customers of a provider; quality hardly differs from expectation, which ML cannot tell apart."""
    truth = cs.Population(paths={("Expectation", "Quality"): 0.98 if estimator == "ml" else 0.7})
    cs.simulate("ecsi", 250, seed=1, truth=truth).data.to_csv(folder / "answers.csv", index=False)
    spec = f"csi: 1\nextends: ecsi\nname: ecsi-{estimator}\ndata: {{file: answers.csv}}\n" \
           f"estimate: {{estimator: {estimator}}}\nreport: {{languages: [en, zh]}}\n"  # fmt: skip
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    return cs.Study(folder / "spec.yaml").run(progress=False)


CASES: Mapping[str, Callable[[Path], cs.Result]] = {
    "demo": lambda folder: cs.Study(ROOT / "models" / "demo.yaml").run(progress=False),
    "telecom": lambda folder: cs.Study(ROOT / "models" / "tcsi-demo.yaml").run(progress=False),
    "ecsi-pls": lambda folder: ecsi(folder, "pls"),
    "ecsi-ml": lambda folder: ecsi(folder, "ml"),
    "sixty": lambda folder: companies(folder, 60, (2025, 2026), 150, rolled=False),
    "fourhundred": lambda folder: companies(folder, 400, (2026,), 120, rolled=True),
}


def made(case: str, out: Path, formats: tuple[str, ...]) -> Path:
    """The folder of a case with its reports; what is there already is kept."""
    folder = out / case
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(kind, lang) for kind in formats for lang in ((LANGUAGES) if kind != "html" else ("",))]
    missing = [(kind, lang) for kind, lang in wanted if not (folder / lang / f"{kind}.done").exists()]
    if missing:
        start = time.perf_counter()
        result = CASES[case](folder)
        print(f"{case}: study {time.perf_counter() - start:.0f} s", flush=True)
        for kind, lang in missing:
            start = time.perf_counter()
            (folder / lang).mkdir(exist_ok=True)
            if kind == "html":
                result.report(folder, formats=["html"], languages=list(LANGUAGES))
            else:
                result.report(folder / lang, formats=[kind], languages=[lang])
            (folder / lang / f"{kind}.done").touch()
            print(f"{case}: {kind} {lang} {time.perf_counter() - start:.0f} s", flush=True)
    return folder


def sheets(slices: Iterable[Image.Image], at_once: int, stem: Path) -> int:
    """Save slices side by side, so many on a picture; their number."""
    images = list(slices)
    for k in range(0, len(images), at_once):
        part = images[k : k + at_once]
        sheet = Image.new("RGB", (sum(i.width + 8 for i in part), max(i.height for i in part)), "#c33")
        x = 0
        for image in part:
            sheet.paste(image, (x, 0))
            x += image.width + 8
        sheet.save(stem.with_name(f"{stem.name}-{k // at_once:02d}.png"))
    return math.ceil(len(images) / at_once)


def looked(page: Page, html: Path, stem: Path, how: tuple[int, str, str], unfold: bool) -> None:
    """The contact sheets of one page, and what is wrong with it by machine."""
    width, lang, theme = how
    page.events.clear()
    page.open(html, width, 900, dark=theme == "dark")
    button = f"document.querySelector('.switch button[data-lang={lang}]')"
    page.run(f"{button} && {button}.click()")
    if unfold:
        page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    step, at_once = SLICES.get(width, (2600, 2))
    page.size(width, step)
    height = int(page.run("document.documentElement.scrollHeight"))
    taken = []
    for y in range(0, height, step):
        page.run(f"window.scrollTo({{top: {y}, behavior: 'instant'}})")
        shot = page.call("Page.captureScreenshot", format="jpeg", quality=85)
        image = Image.open(io.BytesIO(base64.b64decode(shot["data"])))
        taken.append(image.crop((0, max(0, y + step - height), width, step)) if y else image)
    count = sheets(taken, at_once, stem)
    found = {"outside": page.run(OUTSIDE), "sideways": page.run(SIDEWAYS)}
    script = Path(os.environ.get("CSI_AXE", "nothing"))
    if script.is_file():
        page.run(f"{script.read_text(encoding='utf-8')};0")
        found["axe"] = page.run(AXE)
    said = {name: text for name, text in found.items() if text != "[]"} | {"complaints": page.complaints()}
    print(f"{stem.name}: {height} px, {count} sheets", {k: v for k, v in said.items() if v}, flush=True)


def papers(folder: Path, shots: Path, case: str) -> None:
    """Contact sheets of the pages of the documents."""
    office, draw = shutil.which("soffice"), shutil.which("pdftoppm")
    if office is None or draw is None:
        print("no LibreOffice or pdftoppm here: no documents as pages")
        return
    for lang in LANGUAGES:
        for name in ("report.pdf", "report.docx", "report.pptx", "tables.xlsx"):
            path = folder / lang / name
            if path.suffix != ".pdf":
                home = f"-env:UserInstallation=file://{folder}/office"
                turned = folder / lang / f"as-{path.suffix[1:]}"
                subprocess.run([office, home, "--headless", "--convert-to", "pdf", "--outdir", str(turned), str(path)],
                               check=True, capture_output=True)  # fmt: skip
                path = turned / f"{path.stem}.pdf"
            pages = folder / lang / "pages" / name
            shutil.rmtree(pages, ignore_errors=True)
            pages.mkdir(parents=True)
            subprocess.run([draw, "-r", "70", "-png", str(path), str(pages / "p")], check=True, capture_output=True)
            images = [Image.open(part).convert("RGB") for part in sorted(pages.glob("*.png"))]
            sheets(images, 3, shots / f"{case}-{lang}-{name.replace('.', '-')}")
            print(f"{case} {lang} {name}: {len(images)} pages", flush=True)


def main() -> None:
    """Make and look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--widths", nargs="*", type=int, default=list(WIDTHS))
    parser.add_argument("--languages", nargs="*", default=list(LANGUAGES))
    parser.add_argument("--themes", nargs="*", default=list(THEMES))
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--documents", action="store_true")
    asked = parser.parse_args()
    shots = asked.out / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    for case in asked.cases:
        folder = made(case, asked.out, ("html", "pdf", "docx", "pptx", "xlsx") if asked.documents else ("html",))
        if asked.documents:
            papers(folder, shots, case)
            continue
        with browsing() as page:
            for how in [(w, g, t) for w in asked.widths for g in asked.languages for t in asked.themes]:
                stem = shots / "-".join([case, *map(str, how), *(["open"] if asked.open else [])])
                looked(page, folder / "report.html", stem, how, asked.open)


if __name__ == "__main__":
    main()
