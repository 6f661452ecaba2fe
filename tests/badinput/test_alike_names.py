"""Names that look alike: composed and decomposed letters meet everywhere; what else differs is named as the cause."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import bad_forms
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import nearest
from csimodels.i18n import translator
from csimodels.spelling import cause, tidy

NFC, NFD = (lambda text: unicodedata.normalize("NFC", text)), (lambda text: unicodedata.normalize("NFD", text))
#: Columns, groups and waves with letters that have two forms.
SPEC = """csi: 1
constructs:
  Qualité: {items: [Q1, Q2, Q3], label: Qualité}
  Value: {items: [V1, V2]}
  Satisfaction: {items: [S1, S2, S3]}
  Loyalty: {items: [L1]}
paths: {Qualité: [Value, Satisfaction], Value: Satisfaction, Satisfaction: Loyalty}
data:
  file: données.csv
  by: société
  wave: {column: période, current: été}
  weight: poids
  where: "région in ('Île', 'Forêt') and société != 'Zoé'"
  columns: {Q1: qualité}
  rake: {région: {Île: 0.5, Forêt: 0.5}}
labels: {société: {en: Société, Café: {en: Le Café}}}
rollup: {levels: [société, forêt], weights: pondérations.csv}
benchmark: {unit: société, competitor: Café}
trend: {base: hiver}
targets: {Qualité: 70}
uncertainty: {method: linearised}
"""


def _write(folder: Path, spec: str, table: str, weights: str) -> Path:
    data = bad_forms.frame(120).rename(columns={"Q1": "qualité", "bank": "société", "w": "poids"})
    data["société"] = ["Café" if k % 2 else "Hôtel" for k in range(120)]
    data["période"] = ["hiver" if k < 60 else "été" for k in range(120)]
    data["région"] = ["Île" if k % 3 else "Forêt" for k in range(120)]
    form = {"c": NFC, "d": NFD}
    text = form[table](data.to_csv(index=False))
    (folder / form[table]("données.csv")).write_text(text, encoding="utf-8")
    rows = "société,forêt,weight\nCafé,A,1\nHôtel,A,2\n"
    (folder / form[weights]("pondérations.csv")).write_text(form[weights](rows), encoding="utf-8")
    (folder / "s.yaml").write_text(form[spec](SPEC), encoding="utf-8")
    return folder / "s.yaml"


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return cs.Study(_write(tmp_path_factory.mktemp("c"), "c", "c", "c")).run().tables()


@pytest.mark.parametrize("forms", ["cdd", "dcc", "ddc"])
def test_composed_and_decomposed_letters_meet_everywhere(
    composed: dict[str, pd.DataFrame], tmp_path: Path, forms: str
) -> None:
    result = cs.Study(_write(tmp_path, *forms)).run()
    tables = result.tables()
    assert set(tables) == set(composed)
    for name in ("index", "rollup", "benchmark", "trend", "targets"):
        pd.testing.assert_frame_equal(tables[name], composed[name])
    assert set(tables["index"]["société"]) == {NFC("Café"), NFC("Hôtel")}
    log = result.survey_log.set_index("step")["count"]
    if forms[1] == "d":
        assert log["columns found by composed letters"] == 4  # the columns that hold such letters
        made_plain = log["labels with decomposed letters or unseen ends made plain"].tolist()
        assert made_plain == [120, 60, 120]  # "hiver" has one form only
    else:
        assert "columns found by composed letters" not in log


def test_options_and_lavaan_in_either_form(tmp_path: Path) -> None:
    spec = _write(tmp_path, "c", "d", "c")
    where = {NFD("société"): [NFD("Café"), NFD("Hôtel")]}
    study = cs.Study(spec, by=NFD("société"), weight=NFD("poids"), where=where, uncertainty=None)
    assert set(study.run().index()["société"]) == {NFC("Café"), NFC("Hôtel")}
    lines = "Qualité =~ a + b\nSatisfaction =~ c + d\n"
    assert cs.from_lavaan(NFC(lines) + NFD("Satisfaction ~ Qualité\n")).paths == ((NFC("Qualité"), "Satisfaction"),)


def test_one_group_in_two_spellings_is_one_group_and_counted() -> None:
    data = bad_forms.frame(120)
    data["bank"] = [("Café", NFD("Café"), "Café\u200b", "\ufeffCafé ")[k % 4] for k in range(120)]
    study = cs.Study(bad_forms.model(), data, by="bank", uncertainty=None)
    assert study.survey.group_keys == (("Café",),)
    log = study.survey.report().set_index("step")["count"]
    assert log["labels with decomposed letters or unseen ends made plain"] == 90


def test_duckdb_makes_the_same_names_plain(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    data = bad_forms.frame(120)
    data["bänk"] = [("Café", NFD("Café"), "Café\u200b", "\ufeffZoé ")[k % 4] for k in range(120)]
    data.to_csv(tmp_path / "d.csv", index=False)
    lines = "data: {file: d.csv, by: bänk, where: \"bänk in ('Zoé', 'Café', 'Hôtel')\"%s}\n"
    logs, tables = [], []
    for engine in ("", ", engine: duckdb"):
        (tmp_path / "s.yaml").write_text(NFD(bad_forms.SPEC + lines % engine), encoding="utf-8")
        result = cs.Study(tmp_path / "s.yaml", uncertainty=None).run()
        log = result.survey_log
        logs.append(log[log["step"].str.contains("plain|never|filtered|composed")].reset_index(drop=True))
        tables.append(result.index()[["bänk", "construct", "n"]])
    assert dict(zip(logs[0]["step"], logs[0]["count"], strict=True)) == {
        "labels with decomposed letters or unseen ends made plain": 90,
        "where value that never occurs": 0,
        "filtered by where": 0,
    }
    pd.testing.assert_frame_equal(*logs)
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize(
    ("given", "known", "says"),
    [
        ("Ｑuality", "Quality", "full width"), ("Qual\u200bity", "Quality", "U+200B"),
        ("Quality", "Qual\u00adity", "U+00AD"),
        ("Harbour  Bank", "Harbour Bank", "blanks"), ("HarbourBank", "Harbour Bank", "blanks"),
        (NFD("Café"), NFC("Café"), "decomposed"), ("２０２６", "2026", "full width"),
        ("Quality ", "Quality", "at its end"),
    ],
)  # fmt: skip
def test_what_differs_is_named(given: str, known: str, says: str) -> None:
    assert says in cause(given, known)
    hint = nearest(given, ["Other", known])
    assert f'did you mean "{known}"?' in hint and says in hint
    assert not any(word in translator("zh")(cause(given, known).template) for word in ("stands", "width", "blank"))


def test_what_can_be_seen_is_not_explained() -> None:
    for given, known in (("quality", "Quality"), ("Qualty", "Quality"), ("Quality", "Quality"), ("A", "B")):
        assert cause(given, known) == ""
    assert nearest("quality", ["Quality"]) == 'did you mean "Quality"?'
    assert tidy("１") == "１"  # other widths stay apart


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("targets: {Ｑuality: 70}\n", ("Quality", "full width")),
        ("what_if: {Qual\u200bity: 2}\n", ("Quality", "U+200B")),
        ("data: {by: ｂank}\n", ("bank", "full width")),
        ("data: {weight: w\u2060w}\n", ("ww", "U+2060")),
        ("data: {where: {b\u200bank: Delta}}\n", ("bank", "U+200B")),
        ("data: {where: {bank: Ｄelta}}\n", ("Delta", "full width")),
        ('data: {where: "ｂank == 1"}\n', ("bank", "full width")),
        ("data: {where: \"bank in ('Ｄelta', 'x')\"}\n", ("Delta", "full width")),
        ("data: {by: bank}\nbenchmark: {competitor: Del\u200bta}\n", ("Delta", "U+200B")),
        ("data: {wave: {column: year, current: ２０２６}}\n", ("2026", "full width")),
        ("data: {wave: year}\ntrend: {base: ２０２５}\n", ("2025", "full width")),
        ("data: {rake: {bank: {Ｄelta: 0.5, Harbour: 0.5}}}\n", ("Delta", "full width")),
        ("labels: {bank: {Ｄelta: D}}\ndata: {by: bank}\n", ("Delta", "full width")),
        ("data: {by: bank}\nrollup: {levels: [bank, sector], weights: w.csv}\n", ("Delta", "full width")),
    ],
)  # fmt: skip
def test_every_place_says_what_differs(tmp_path: Path, lines: str, words: tuple[str, ...]) -> None:
    data = bad_forms.frame(120).assign(year=[2025 + k // 60 for k in range(120)], ww=1.0)
    data.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "w.csv").write_text("bank,sector,weight\nＤelta,A,1\nHarbour,A,1\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(bad_forms.SPEC + lines, encoding="utf-8")
    try:
        said = " ".join(cs.Study(tmp_path / "s.yaml", tmp_path / "d.csv", uncertainty=None).run().notes)
    except cs.CsiError as error:
        said = str(error)
    for word in words:
        assert word in said, said
