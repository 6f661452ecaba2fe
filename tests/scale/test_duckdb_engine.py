"""DuckDB sums a survey where it lies: the numbers, the log and the notes are those of the memory engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import duckdb
import large

import csimodels as cs
from csimodels.errors import DataError
from csimodels.spec.file_list import FileList
from csimodels.spec.sections import DataSpec
from csimodels.survey.scale import read_sums, same_ids
from csimodels.survey.scale.source import open_relation

USUAL = "file: a.parquet, missing_codes: [98], weight: w"
#: Sums are exact here and rounded there; the rest is the same code on the same moments.
SAME = 1e-12
#: Errors take derivatives by differences, whose rounding is divided by a step of 1e-5.
SAME_ERRORS = 1e-8
NONE = "uncertainty: {method: none}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = tmp_path_factory.mktemp("large")
    large.write(large.answers(), done / "a.parquet")
    return done


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (USUAL, ""),
        (f"{USUAL}, by: bank, wave: year", ""),
        (f'{USUAL}, by: [bank], where: "age >= 18 and region != 2 and not (bank == \\"Bank 9\\")"', ""),
        ("file: a.parquet, missing_codes: {LO1: [98]}, where: {region: [0, 1]}", "estimate: {missing: listwise}"),
        (f"{USUAL}, by: year", "estimate: {missing: pairwise}"),
        ("file: a.parquet, out_of_range: missing, where: 'age <= quantile(age, 0.7)'", ""),
    ],
)
def test_numbers_log_and_notes_are_those_of_memory(folder: Path, data: str, rest: str) -> None:
    one, two = large.both(folder, data, f"{rest}\nuncertainty: {{method: none}}")
    large.assert_same(one, two, SAME)


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (f"{USUAL}, by: bank", "{method: linearised}"),
        (f"{USUAL}, design: {{strata: region}}", "{method: linearised}"),
        (f"{USUAL}, by: year, design: {{strata: region, cluster: branch}}", "{method: linearised}"),
        (f"{USUAL}, design: {{strata: region, cluster: branch}}", "{method: auto}"),
        (f"{USUAL}, design: {{strata: region, cluster: branch}}", "{method: bootstrap, replicates: 60}"),
    ],
)
def test_errors_are_those_of_memory(folder: Path, data: str, method: str) -> None:
    one, two = large.both(folder, data, f"uncertainty: {method}")
    large.assert_same(one, two, SAME_ERRORS)


def test_errors_of_many_respondents_are_the_same_bits_for_any_number_of_threads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large.write(large.answers(5000), folder / "many.parquet")  # so many that zeros of derivatives are left out
    monkeypatch.setattr("csimodels.survey.scale.respondents.CHUNK_ROWS", 2048)
    data = "file: many.parquet, missing_codes: [98], weight: w, design: {strata: region}"
    one, two = large.both(folder, data, "uncertainty: {method: linearised}")
    large.assert_same(one, two, SAME_ERRORS)
    monkeypatch.setattr("csimodels.moments.pool.processors", lambda: 1)
    assert cs.Study(folder / "study.yaml").run().index()["se"].tolist() == two.index()["se"].tolist()


@pytest.mark.parametrize("method", ["{method: jackknife}", "{method: bootstrap, replicates: 400}"])
def test_random_groups_stand_for_respondents(folder: Path, method: str) -> None:
    large.write(large.answers(4000), folder / "b.parquet")
    data = "file: b.parquet, missing_codes: [98], engine: duckdb"
    groups = cs.Study(large.spec(folder, data, f"uncertainty: {method}")).run()
    rows = cs.Study(large.spec(folder, data, "uncertainty: {method: linearised}")).run()
    ratio = groups.index()["se"] / rows.index()["se"]
    assert ((ratio > 0.7) & (ratio < 1.4)).all()  # a variance of 100 groups has a standard error of 14 % of itself
    assert any("100 random groups" in note for note in groups.notes)


def test_sums_are_the_same_bits_for_any_number_of_threads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = cs.load_model(large.spec(folder, f"{USUAL}, by: bank, engine: duckdb"))
    found = []
    for threads in (1, 2, 4):
        monkeypatch.setattr("csimodels.survey.scale.source.THREADS", threads)
        sums = read_sums(None, model).parts.sums
        found.append((sums.w.tobytes(), sums.wx.tobytes(), sums.wxx.tobytes(), sums.pairwise.w.tobytes()))
    assert found[0] == found[1] == found[2]


def test_files_csv_tables_and_frames_are_one_survey(folder: Path) -> None:
    frame = large.answers()
    (folder / "parts").mkdir(exist_ok=True)
    large.write(frame[:150], folder / "parts" / "a.parquet")
    large.write(frame[150:], folder / "parts" / "b.parquet")
    frame.to_csv(folder / "a.csv", index=False)
    kept = folder / "kept.duckdb"
    kept.unlink(missing_ok=True)
    with duckdb.connect(str(kept)) as connection:
        connection.register("frame", frame)
        connection.execute("create table interviews as select * from frame")
        connection.execute("create view banks as select * from interviews")
    rest = "missing_codes: [98], weight: w, by: bank, engine: duckdb"
    whole = cs.Study(large.spec(folder, f"file: a.parquet, {rest}")).run().index()
    sources = [
        "file: parts/*.parquet",
        "file: a.csv",
        "file: kept.duckdb, table: interviews",
        "file: kept.duckdb, table: banks",
    ]
    for source in sources:
        found = cs.Study(large.spec(folder, f"{source}, {rest}")).run().index()
        pd.testing.assert_frame_equal(found, whole, rtol=SAME)
    found = cs.Study(large.spec(folder, rest), frame).run().index()
    pd.testing.assert_frame_equal(found, whole, rtol=SAME)
    again = cs.Study(large.spec(folder, rest, "uncertainty: {method: linearised}"), frame).run().index()
    errors = "uncertainty: {method: linearised}"
    rows = cs.Study(large.spec(folder, f"file: a.parquet, {rest}", errors)).run().index()
    pd.testing.assert_frame_equal(again, rows, rtol=SAME_ERRORS)


def test_a_text_is_taken_apart_once(folder: Path) -> None:
    files = tuple(folder / name for name in ("one.csv", "two.csv"))
    for file, answers in zip(files, ("8\n9\n", "7\n"), strict=True):
        file.write_text(f"SAT\n{answers}", encoding="utf-8")
    relation = open_relation(FileList(files, ("", "")), DataSpec())
    files[0].write_text("SAT\n1\n", encoding="utf-8")
    files[1].unlink()
    place = ", ".join(relation.place)
    found = relation.rows(f"select {place}, SAT from {relation.scan} order by 2", "kkk")
    assert found == [("one.csv", 1, "8"), ("one.csv", 2, "9"), ("two.csv", 3, "7")]
    assert relation.names == ("SAT",)
    with pytest.raises(DataError, match="changed"):
        relation.refuse_changed()


def test_a_dataset_of_arrow(folder: Path) -> None:
    dataset = pytest.importorskip("pyarrow.dataset")
    rest = "missing_codes: [98], weight: w, by: bank, engine: duckdb"
    whole = cs.Study(large.spec(folder, f"file: a.parquet, {rest}")).run().index()
    found = cs.Study(large.spec(folder, rest), dataset.dataset(str(folder / "a.parquet"))).run().index()
    pd.testing.assert_frame_equal(found, whole, rtol=SAME)


def test_it_takes_over_beyond_a_number_of_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = large.spec(folder, USUAL)
    assert "summed by DuckDB" not in set(cs.Study(path).run().survey_log["step"])
    monkeypatch.setattr("csimodels.survey.scale.many_rows.MANY_ROWS", 300)
    assert "summed by DuckDB" in set(cs.Study(path).run().survey_log["step"])
    rows = large.spec(folder, USUAL, "report: {reviewer: true}")
    assert "summed by DuckDB" not in set(cs.Study(rows).run().survey_log["step"])  # it needs the rows
    memory = large.spec(folder, f"{USUAL}, engine: memory")
    assert "summed by DuckDB" not in set(cs.Study(memory).run().survey_log["step"])


def test_answers_between_the_points_of_a_scale(folder: Path) -> None:
    frame = large.answers().copy()
    rng = np.random.default_rng(1)
    frame["SA3"] = np.clip(frame["SA3"] + rng.normal(size=len(frame)), 0, 100)
    frame["IM1"] = np.clip(frame["IM1"] + 0.5 * rng.integers(0, 2, len(frame)), 1, 10)
    large.write(frame, folder / "c.parquet")
    one, two = large.both(folder, "file: c.parquet, missing_codes: [98], weight: w")
    large.assert_same(one, two, SAME)


def test_ids_that_stand_twice_within_a_group(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = large.answers().reset_index(drop=True)
    frame["respondent_id"] = [f"R{k}" for k in range(len(frame))]
    twins = [350, 351, 352, 353, 354, 360, 361, 362, 363, 364]  # five of the same bank, five of another
    frame.loc[200:209, "respondent_id"] = [f"R{k}" for k in twins]
    frame.loc[7, "respondent_id"] = ""
    large.write(frame, folder / "ids.parquet")
    usual = "file: ids.parquet, missing_codes: [98], weight: w"
    for by in ("", ", by: bank"):
        one, two = large.both(folder, f"{usual}{by}")
        large.assert_same(one, two, SAME)
        told = two.survey_log[two.survey_log["step"] == "repeated respondent ids"]
        assert told["count"].sum() == (5 if by else 10)
    monkeypatch.setattr(same_ids, "TOLD_APART", len(frame) // 4 + 1)  # one in four parts of the ids
    log = cs.Study(large.spec(folder, f"{usual}, engine: duckdb")).run().survey_log
    (entry,) = log[log["step"] == "repeated respondent ids"].to_dict("records")
    assert entry["count"] % 4 == 0 and "a share of the ids (1 : 4)" in entry["detail"]
    large.write(frame[frame["respondent_id"] != ""], folder / "ids.parquet")
    other = cs.Study(large.spec(folder, f"{usual}, engine: duckdb, design: {{cluster: respondent_id}}"))
    assert "repeated respondent ids" not in set(other.run().survey_log["step"])


def test_repeated_rows_and_one_answer_throughout(folder: Path) -> None:
    frame = large.answers().copy()
    flat = frame.index[100:130]
    frame.loc[flat, ["IM1", "IM2", "IM3", "SA1", "SA2", "LO1"]] = 7.0
    doubled = pd.concat([frame, frame[200:240]]).sort_index(kind="stable")  # beside the rows that they repeat
    large.write(doubled, folder / "d.parquet")
    one, two = large.both(folder, "file: d.parquet, missing_codes: [98], weight: w, by: bank")
    large.assert_same(one, two, SAME)
    said = " ".join(map(str, two.notes))
    assert (
        "the same answer throughout: 30 of" in said and "repeated rows: 41 of" in said
    )  # two answered alike by chance
    large.spec(folder, "file: d.parquet, missing_codes: [98], weight: w, engine: duckdb")
    cs.Study(folder / "study.yaml").save_sums(folder / "sums", floor=1)
    travelled = cs.Study(large.spec(folder, "moments: sums")).run()
    assert "the same answer throughout: 30 of" in " ".join(map(str, travelled.notes))


@pytest.mark.parametrize("name", ["ml", "gls", "uls", "wls"])
def test_covariance_structures_from_sums(folder: Path, name: str) -> None:
    rest = f"estimate: {{estimator: {name}, missing: listwise}}\nuncertainty: {{method: linearised}}"
    one, two = large.both(folder, "file: a.parquet, missing_codes: [98]", rest)
    large.assert_same(one, two, SAME_ERRORS if name != "uls" else 1e-7)  # tables of parameters and fit among them
    with pytest.raises(cs.DataError, match="a factor score needs the rows"):
        two.factor_scores()
    with pytest.raises(cs.DataError, match="a fit of several groups together needs the rows"):
        cs.fit_groups(folder / "study.yaml", by="year")


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ("weight: w, by: year", ""),
        ("weight: w, design: {strata: region, cluster: branch}", ""),
        ("by: year", ", errors: mlm"),
    ],
)
def test_robust_errors_of_covariance_structures(folder: Path, data: str, errors: str) -> None:
    rest = f"estimate: {{estimator: ml, missing: listwise{errors}}}\n{NONE}"
    one, two = large.both(folder, f"file: a.parquet, missing_codes: [98], {data}", rest)
    large.assert_same(one, two, 1e-10)  # parameters with errors, scaled tests and fit among the tables


def test_robust_errors_of_sums_that_travel(folder: Path, tmp_path: Path) -> None:
    data, rest = "missing_codes: [98], weight: w", f"estimate: {{estimator: ml, missing: listwise}}\n{NONE}"
    cs.Study(large.spec(folder, f"file: a.parquet, {data}", rest)).save_sums(tmp_path / "sums")
    with pytest.raises(cs.DataError, match="go through the respondents once"):
        cs.Study(large.spec(folder, f"moments: {tmp_path / 'sums'}", rest)).run()


def test_what_sums_that_travel_cannot_give_is_said_with_the_reason(folder: Path, tmp_path: Path) -> None:
    data, rest = "missing_codes: [98], weight: w", f"estimate: {{estimator: wls, missing: listwise}}\n{NONE}"
    cs.Study(large.spec(folder, f"file: a.parquet, {data}", rest)).save_sums(tmp_path / "sums")
    with pytest.raises(cs.DataError, match=r"fourth moments of the respondents(.|\n)*ml, gls or uls"):
        cs.Study(large.spec(folder, f"moments: {tmp_path / 'sums'}", rest)).run()
    decided = f'estimate: {{estimator: dwls}}\nfocus: {{valued: "age > 20"}}\n{NONE}'
    with pytest.raises(cs.SpecError) as error:
        cs.Study(large.spec(folder, f"moments: {tmp_path / 'sums'}", "estimate: {correlations: polychoric}")).run()
    assert "leave correlations out of the spec" in str(error.value)
    for given in (f"file: a.parquet, {data}", f"moments: {tmp_path / 'sums'}"):
        study = cs.Study(large.spec(folder, given, decided))
        with pytest.raises(cs.SpecError) as error:
            study.save_sums(tmp_path / "more") if "file" in given else study.survey
        said = str(error.value)
        assert said.count("which sums do not hold") == 2 and "(dwls)" in said and "a section for decisions" in said
        assert "write estimator: ml, which takes sums" in said and "run it where the answers are" in said


@pytest.mark.parametrize("written", ["others of the same number", "none"])
def test_a_file_that_changes_before_the_second_pass(tmp_path: Path, written: str) -> None:
    """Sums of one state of the rows and errors of another would be no study."""
    file = large.write(large.answers(), tmp_path / "a.parquet")
    study = cs.Study(large.spec(tmp_path, f"{USUAL}, engine: duckdb", "uncertainty: {method: linearised}"))
    assert study.survey.respondents == 397
    file.unlink()
    if written != "none":
        large.write(large.answers().assign(IM1=3.0), file)
    with pytest.raises(cs.DataError, match=r"was changed while it was read|cannot be read by DuckDB"):
        study.run()
