"""Draw the gallery: figures of the story of the demonstration study, and small sample reports.

``python docs/make_gallery.py`` writes ``gallery.md`` and ``gallery/``.  Needs the extras report, pdf, docx and pptx.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import csimodels as cs

HERE = Path(__file__).resolve().parent
SPEC, DATA = HERE.parent / "models" / "demo.yaml", HERE.parent / "data" / "demo-national.csv"
FOLDER, PAGE = HERE / "gallery", HERE / "gallery.md"
#: File of the gallery: what it is.
SAMPLES = {
    "national.pdf": "the national demonstration as a PDF: the story in eight pages, then the researchers' tables",
    "company.html": "the page of one company of it",
    "company.zh.html": "the same page in Chinese",
    "small.docx": "a survey without groups or waves as a Word document",
    "small.pptx": "the same as slides",
}


def source() -> str:
    """What the gallery was made from, so that a change of it is noticed."""
    data = hashlib.sha256(DATA.read_bytes()).hexdigest()
    return f"model {cs.load_model(SPEC).hash[:12]}, data {data[:12]}"


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


def main() -> None:
    """Write the page and everything that it shows."""
    FOLDER.mkdir(exist_ok=True)
    national = cs.Study(SPEC, uncertainty=cs.Bootstrap(replicates=200, seed=1)).run()
    answers = cs.simulate("acsi", 300, seed=1).data
    small = cs.Study("acsi", answers, uncertainty=cs.Bootstrap(replicates=200, seed=1)).run()
    lines = [
        "# Gallery", "",
        "Figures of the demonstration study, and small sample reports; drawn by `python docs/make_gallery.py`.", "",
        f"Made from {source()}; 200 replicates.", "", "## Sample reports", "",
        *(f"- [{name}](gallery/{name}): {text}" for name, text in SAMPLES.items()), "", "## Figures", "",
        "Each is `result.figures.NAME(lang=, size=, theme=)`, see [the report](report.md).", "",
    ]  # fmt: skip
    for name in national.figures.names():
        picture = national.figures.picture(name)
        picture.save(FOLDER / f"{name}.svg")
        lines += [f"### `{name}`", "", f"![{picture.title}](gallery/{name}.svg)", ""]
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8", newline="\n")
    write_samples(national, small)


if __name__ == "__main__":
    main()
