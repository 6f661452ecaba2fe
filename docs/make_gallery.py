"""Draw the gallery: figures of demonstration studies and of small made-up surveys, and small sample reports.

``python docs/make_gallery.py`` writes ``gallery.md`` and ``gallery/``.  Needs the extras report, pdf, docx and pptx.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs
from csimodels.report.figures.picture import Picture

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPEC, DATA = ROOT / "models" / "demo.yaml", ROOT / "data" / "demo-national.csv"
TELECOM, ANSWERS = ROOT / "models" / "tcsi-demo.yaml", ROOT / "data" / "telecom.sav"
FOLDER, PAGE = HERE / "gallery", HERE / "gallery.md"
#: File of the gallery: what it is.
SAMPLES = {
    "national.pdf": "the national demonstration as a PDF: the story in seven pages, then the researchers' tables",
    "company.html": "the page of one company of it",
    "company.zh.html": "the same page in Chinese",
    "small.docx": "a survey without groups or waves as a Word document",
    "small.pptx": "the same as slides",
}
FEATURES = """
csi: 1
extends: acsi
items: {KF: {en: With the app, scale: [1, 5]}, KD: {en: Without the app, scale: [1, 5]},
        LF: {en: With a lift, scale: [1, 5]}, LD: {en: Without a lift, scale: [1, 5]},
        COST: {en: What it costs, scale: [1, 10]}}
labels: {App: {en: Mobile app}, Lift: {en: Lift}}
penalty_reward: {SAT1: {items: [QUA1, QUA2, VAL1, VAL2], low: 5, high: 9}}
kano: {App: {functional: KF, dysfunctional: KD}, Lift: {functional: LF, dysfunctional: LD}}
delivered_value: {values: [Quality, Value], costs: [COST]}
report: {answers: true}
"""
TREE = """
csi: 1
items: {Q1: {en: Friendly, scale: [0, 10]}, Q2: {en: Competent, scale: [0, 10]}, Q3: {en: Clean, scale: [0, 10]},
        Q4: {en: Easy to reach, scale: [0, 10]}}
hierarchy:
  Total: {of: {Staff: 0.6, Shop: 0.4}}
  Staff: [Q1, Q2]
  Shop: {of: {Q3: 0.7, Q4: 0.3}}
"""


def source() -> str:
    """What the gallery was made from, so that a change of it is noticed."""
    made = [cs.load_model(path).hash[:12] for path in (SPEC, TELECOM)]
    read = [hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in (DATA, ANSWERS)]
    return f"models {', '.join(made)}, data {', '.join(read)}"


def write_samples(national: cs.Result, small: cs.Result) -> None:
    """Reports and pages from a folder of their own, each under the name of the gallery."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        national.report(out, ("en", "zh"), "profiles")
        national.report(out, "en", "pdf")
        small.report(out, "en", ("docx", "pptx"))
        made = {
            "national.pdf": out / "report.pdf", "company.html": out / "profiles" / "Norvand.html",
            "company.zh.html": out / "profiles" / "Norvand.zh.html", "small.docx": out / "report.docx",
            "small.pptx": out / "report.pptx",
        }  # fmt: skip
        for sample, path in made.items():
            (FOLDER / sample).write_bytes(path.read_bytes())


def of_national(result: cs.Result) -> Iterator[tuple[str, str, Picture]]:
    """``(call, file, figure)``: every figure of the story, and the model in three forms."""
    figures = result.figures
    for name in figures.names():
        yield name, name, figures.picture(name)
    yield "index()", "index", figures.index()
    yield "importance_performance()", "importance_performance", figures.importance_performance()
    yield "ranks()", "ranks", figures.ranks()
    yield 'rollup("zh", "column", "dark")', "rollup_column", figures.rollup("zh", "column", "dark")
    yield "path_diagram()", "path_diagram", figures.path_diagram()
    yield "path_diagram(items=True)", "path_diagram_items", figures.path_diagram(items=True)
    small = figures.path_diagram("zh", "column", "dark")
    yield 'path_diagram("zh", "column", "dark")', "path_diagram_column", small


def of_telecom(result: cs.Result) -> Iterator[tuple[str, str, Picture]]:
    """What leads, what follows, who moves, and for whom; two of them in Chinese at night."""
    figures = result.figures
    for name in ("shares", "targets", "rises", "behaviour_retained", "moves", "focus"):
        yield name, name, figures.picture(name)
    yield "leads()", "leads", figures.leads()
    yield 'trend(of="groups")', "trend", figures.trend(of="groups")
    for name in ("shares", "moves"):
        yield f'{name}(lang="zh", theme="dark")', f"{name}_zh", figures.picture(name, "zh", theme="dark")


def of_features() -> Iterator[tuple[str, str, Picture]]:
    """Contrasts and categories of features, delivered value, and what was answered."""
    data = cs.simulate("acsi", 400, seed=1).data
    pairs = np.tile([(1, 4), (1, 5), (2, 5), (1, 3)], (100, 1))
    lift = np.tile([(1, 3), (2, 3), (3, 3), (1, 5)], (100, 1))
    data = data.assign(KF=pairs[:, 0], KD=pairs[:, 1], LF=lift[:, 0], LD=lift[:, 1], COST=data["EXP1"])
    figures = cs.Study(cs.parse_model(FEATURES), data).run(progress=False).figures
    for name in ("penalties", "kano", "delivered", "answers"):
        yield name, name, figures.picture(name)


def of_models() -> Iterator[tuple[str, str, Picture]]:
    """A hierarchy of weights, an interaction, two years compared path by path, and the invariance of two groups."""
    random = np.random.default_rng(1)
    data = pd.DataFrame(
        random.normal([8, 7, 6, 9], 1.5, (300, 4)).round().clip(0, 10), columns=["Q1", "Q2", "Q3", "Q4"]
    )
    tree = cs.Study(cs.parse_model(TREE), data).run(progress=False)
    yield "hierarchy", "hierarchy", tree.figures.hierarchy()
    answers = cs.simulate("acsi", 400, seed=1).data
    spec = cs.parse_model('csi: 1\nextends: acsi\npaths: {"Expectation * Quality": Satisfaction}\n')
    yield "floodlight", "floodlight", cs.Study(spec, answers).run(progress=False).figures.floodlight()
    later = cs.simulate("acsi", 400, seed=2).data
    later["SAT1"] = later["EXP1"]
    both = pd.concat([answers.assign(year=2025), later.assign(year=2026)], ignore_index=True)
    years = cs.Study("acsi", both, by="year").run(progress=False)
    drawn = years.figures.path_differences(years.multigroup("paths", 200))
    yield 'path_differences(result.multigroup("paths"))', "path_differences", drawn
    compared = cs.compare_estimators("acsi", answers, uncertainty="linearised")
    yield "cs.compare_estimators(...).figure()", "estimators", compared.figure()
    banks = cs.simulate("ecsi", 600, seed=1).data.assign(bank=["A", "B"] * 300)
    banks.loc[banks["bank"] == "B", "IMAG2"] = (banks["IMAG2"] + 2).clip(upper=10)
    yield "cs.invariance(...).figure()", "invariance", cs.invariance("ecsi", banks, by="bank").figure()


def main() -> None:
    """Write the page and everything that it shows."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    national = cs.Study(SPEC).run(progress=False)
    telecom = cs.Study(TELECOM).run(progress=False)
    small = cs.Study("acsi", cs.simulate("acsi", 300, seed=1).data).run(progress=False)
    lines = [
        "# Gallery", "",
        "Figures of the demonstration studies and of small made-up surveys, and small sample reports; drawn by "
        "`python docs/make_gallery.py`.", "",
        f"Made from {source()}.", "", "## Sample reports", "",
        *(f"- [{name}](gallery/{name}): {text}" for name, text in SAMPLES.items()), "", "## Figures", "",
        "Each is `result.figures.NAME(lang=, size=, theme=)`, see [the report](report.md).", "",
    ]  # fmt: skip
    sections = {
        "The national demonstration": of_national(national),
        "The telecom study": of_telecom(telecom),
        "Features and answers": of_features(),
        "Models": of_models(),
    }
    for title, figures in sections.items():
        lines += [f"### {title}", ""]
        for call, name, picture in figures:
            picture.save(FOLDER / f"{name}.svg")
            lines += [f"#### `{call}`", "", f"![{picture.title}](gallery/{name}.svg)", ""]
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8", newline="\n")
    write_samples(national, small)


if __name__ == "__main__":
    main()
