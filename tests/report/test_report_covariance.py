"""The section on covariance structures: what is shown of made-up tables, and of real studies in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sample
from test_report_methods import NAMES, left_in_english
from test_report_page import Reader
from test_report_quality import Tables
from test_report_study import answers, chinese_model
from test_report_workbook import sheets

import csimodels as cs
from csimodels.errors import DataError
from csimodels.report import render_html, write_xlsx
from csimodels.report.content import Content

PLAIN = {
    "npar": 36.0, "ntotal": 400.0, "chisq": 1349.894, "df": 69.0, "pvalue": 0.0004, "cfi": 0.9496, "tli": 0.951,
    "aic": 17624.84, "bic": 17768.5, "rmsea": 0.0604, "rmsea.ci.lower": 0.0511, "rmsea.ci.upper": 0.0709,
    "rmsea.pvalue": 0.0312, "srmr": 0.0801,
}  # fmt: skip
ROBUST = {
    "chisq.scaled": 61.2, "df.scaled": 69.0, "pvalue.scaled": 0.738, "chisq.scaling.factor": 1.187,
    "cfi.scaled": 0.2, "cfi.robust": 0.981, "tli.robust": 0.94, "rmsea.scaled": 0.9, "rmsea.robust": 0.0412,
    "rmsea.ci.lower.robust": 0.0301, "rmsea.ci.upper.robust": 0.0522, "rmsea.pvalue.robust": 0.91,
}  # fmt: skip


def fit(measures: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"measure": list(measures), "value": list(measures.values()), "status": "ok"})


def parameters(errors: str = "expected", status: str = "ok") -> pd.DataFrame:
    rows = [
        ("Quality", "=~", "QUA1", False, 1.0, np.nan), ("Quality", "=~", "QUA2", True, 0.9841, 0.0362),
        ("Value", "~", "Quality", True, 0.5117, 0.0713), ("QUA1", "~~", "QUA1", True, 0.5513, 0.0654),
        ("QUA2", "~~", "QUA2", True, -0.1204, 0.0631), ("QUA1", "~~", "QUA2", True, 0.2001, 0.0411),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "free", "est", "se"])
    more = {"label": "", "p": 0.0001, "std_lv": 0.7, "std_all": 0.8, "std_all_se": 0.0212}
    return frame.assign(z=frame["est"] / frame["se"], **more, errors=errors, status=status)


def effects() -> pd.DataFrame:
    rows = []
    for source, target, direct, indirect in (("Quality", "Value", 0.5, 0.0), ("Quality", "Satisfaction", 0.3, 0.2)):
        for kind, est in (("direct", direct), ("indirect", indirect), ("total", direct + indirect)):
            rows.append((source, target, kind, est, 0.05, est / 0.05, 0.001, est, 0.05, "ok"))
    rows[1] = (*rows[1][:3], 1e-17, 1e-17, -1.9, 0.05, 1e-17, 1e-17, "ok")  # rounding, no path
    return pd.DataFrame(rows, columns=list(sample.COLUMNS["model_effects"]))


def content(measures: dict[str, float], errors: str = "expected", status: str = "ok") -> Content:
    base = sample.content()
    residuals = pd.DataFrame(
        [("QUA1", "QUA1", 0.0, 0.0, np.nan), ("QUA1", "QUA2", 0.2, 0.01, 1.5), ("QUA1", "SAT1", -0.3, -0.27, -9.9)],
        columns=["item", "other", "raw", "cor", "z"],
    ).assign(status=status)
    indices = pd.DataFrame(
        [
            ("Value", "~", "Loyalty", 8.2, -0.31),
            ("QUA1", "~~", "SAT1", 133.27, 1.032),
            ("Value", "=~", "SAT3", 97, 0.6),
        ],
        columns=["lhs", "op", "rhs", "mi", "epc"],
    ).assign(sepc_lv=0.5, sepc_all=0.45, status=status)
    made = {
        "parameters": parameters(errors, status), "fit_measures": fit(measures), "model_effects": effects(),
        "modification_indices": indices, "model_residuals": residuals,
        "explained": pd.DataFrame({"variable": ["QUA1"], "r2": [0.83], "se": [0.02], "status": [status]}),
    }  # fmt: skip
    model = replace(base.model, estimate=replace(base.model.estimate, estimator="ml"))
    return replace(base, model=model, tables={**base.tables, **made})


def table(made: Content, name: str, lang: str = "en") -> dict[str, list[tuple[str, str, str]]]:
    """Rows of a table by their first cell; the first row is under ``""``."""
    head, *body = Tables(render_html(made, lang)).tables[name]
    return {"": head, **{row[0][0]: row[1:] for row in body}}


def test_pls_has_no_such_section() -> None:
    page = render_html(sample.content(), "en")
    assert "Covariance structure" not in page
    assert 'href="#en-fit"' not in page


def test_fit_shows_the_number_and_marks_what_misses() -> None:
    rows = table(content(PLAIN), "fit")
    assert [c[0] for c in rows[""]] == ["Measure", "Standard"]
    shown = {name: cells[0][0] for name, cells in rows.items() if name}
    assert shown == {
        "χ²": "1,349.89", "Degrees of freedom": "69", "p\u00a0value of χ²": "<0.001", "CFI": "0.9496▾", "TLI": "0.951",
        "RMSEA": "0.060▴", "90% interval of RMSEA": "[0.051, 0.071]", "p\u00a0value of RMSEA ≤ 0.05": "0.031",
        "SRMR": "0.0801▴", "AIC": "17,624.8", "BIC": "17,768.5", "Free parameters": "36",
    } | {"RMSEA": "0.0604▴"}  # fmt: skip
    assert rows["CFI"][0][2] == "below the rule of thumb (≥ 0.95)"
    assert "miss" in rows["SRMR"][0][1]
    assert "miss" not in rows["TLI"][0][1]
    text = " ".join(Reader(render_html(content(PLAIN), "en")).texts)
    assert "χ² = 1,349.9 with 69 degrees of freedom, p < 0.001; CFI 0.950, RMSEA 0.060 [0.051, 0.071]" in text
    assert "Hu & Bentler 1999" in text
    assert "normal theory, expected information" in text


def test_the_robust_form_is_the_one_to_read_and_to_mark() -> None:
    made = content(PLAIN | ROBUST, "mlr")
    rows = table(made, "fit")
    assert [c[0] for c in rows[""]] == ["Measure", "Standard", "Scaled, robust"]
    assert [c[0] for c in rows["CFI"]] == ["0.950", "0.981"]
    assert [c[0] for c in rows["TLI"]] == ["0.951", "0.940▾"]
    assert [c[0] for c in rows["RMSEA"]] == ["0.060", "0.041"]
    assert [c[0] for c in rows["90% interval of RMSEA"]] == ["[0.051, 0.071]", "[0.030, 0.052]"]
    assert [c[0] for c in rows["χ²"]] == ["1,349.89", "61.20"]
    assert [c[0] for c in rows["Scaling factor"]] == ["–", "1.187"]
    assert [c[0] for c in rows["SRMR"]] == ["0.0801▴", "–"]
    text = " ".join(Reader(render_html(made, "en")).texts)
    assert "χ² = 61.2 with 69 degrees of freedom, p = 0.738; CFI 0.981, RMSEA 0.041 [0.030, 0.052], SRMR 0.080" in text
    assert "the standard test does not hold" in text
    assert "Yuan & Bentler (2000)" in text


def test_two_stages_have_no_information_criteria() -> None:
    rows = table(content(PLAIN | ROBUST, "two-stage"), "fit")
    assert not {"AIC", "BIC"} & set(rows)
    assert "Savalei" in render_html(content(PLAIN | ROBUST, "two-stage"), "en")


def test_no_fit_without_measures_and_none_to_read_without_degrees_of_freedom() -> None:
    page = render_html(content({}, status="not converged"), "en")
    assert "There are no fit measures" in page
    assert "Result flagged: not converged" in page
    assert "t-fit" not in Tables(page).tables
    assert "The model has 0 degrees of freedom" in render_html(content({**PLAIN, "df": 0.0}), "en")


def test_parameters_by_kind_with_negative_variances_marked() -> None:
    page = Tables(render_html(content(PLAIN), "en"))
    tables = page.tables["parameters"]
    cells = [[cell[0] for cell in row] for row in tables if row]
    label = "QUA2 · Perceived quality: customisation"
    assert ["Perceived quality", label, "0.984", "0.036", "27.19", "<0.001", "0.800", "0.021"] in cells
    assert cells[1][:5] == ["Perceived quality", "QUA1 · Perceived quality: overall", "1.000", "–", "–"]
    path = ["Perceived quality", "Perceived value", "0.512", "0.071"]  # lavaan's lhs is the target
    assert path in [row[:4] for row in cells]
    marked = next(row for row in tables if row and row[0][0] == label and row[1][0].startswith("−"))
    assert marked[1][0] == "−0.120▾"
    assert marked[1][2] == "below zero: inadmissible (Heywood case)"


def test_effects_leave_out_what_is_only_a_path() -> None:
    rows = Tables(render_html(content(PLAIN), "en")).tables["model_effects"]
    assert [[c[0] for c in row[:4]] for row in rows[1:]] == [
        ["Perceived quality", "Customer satisfaction", "Indirect effect", "0.200"],
        ["Perceived quality", "Customer satisfaction", "Total effect", "0.500"],
    ]


def test_modification_indices_come_largest_first_with_a_caution() -> None:
    page = render_html(content(PLAIN), "en")
    rows = Tables(page).tables["modification"]
    assert [[c[0] for c in row[:3]] for row in rows[1:]] == [
        ["QUA1 ↔ SAT1", "Covariance", "133.3"],
        ["Perceived value → SAT3", "Loading", "97.0"],
        ["Customer loyalty → Perceived value", "Path", "8.2"],
    ]
    assert rows[1][0][2].startswith("QUA1 · Perceived quality: overall; SAT1")
    assert "Roznowski &amp; Necowitz 1992" in page
    none = content(PLAIN)
    tables = {**none.tables, "modification_indices": none.tables["modification_indices"].iloc[:0]}
    assert "None is above 6.63" in render_html(replace(none, tables=tables), "en")
    assert "Not computed for incomplete answers" in render_html(content(PLAIN, "FIML, observed"), "en")


def test_residuals_come_largest_first_without_variances() -> None:
    rows = Tables(render_html(content(PLAIN), "en")).tables["model_residuals"]
    assert [[c[0] for c in row[2:]] for row in rows[1:]] == [["−0.270", "−9.90"], ["0.010", "1.50"]]


def test_fit_by_group_and_its_state() -> None:
    made = content(PLAIN)
    first, second = fit(PLAIN).assign(bank="A"), fit(PLAIN | ROBUST).assign(bank="B", status="inadmissible")
    tables = {**made.tables, "group_fit_measures": pd.concat([first, second], ignore_index=True)}
    page = Tables(render_html(replace(made, tables=tables), "en"))
    head, a, b = page.tables["fit_by_group"]
    assert [c[0] for c in head][-1] == "Status"
    assert [c[0] for c in a] == ["A", "400", "1,349.9", "69", "<0.001", "0.9496▾", "0.951", "0.0604▴",
                                 "[0.051, 0.071]", "0.0801▴", "ok"]  # fmt: skip
    assert [c[0] for c in b][2:9] == ["61.2", "69", "0.738", "0.981", "0.940▾", "0.041", "[0.030, 0.052]"]


def test_missing_columns_are_named() -> None:
    made = content(PLAIN)
    with pytest.raises(DataError, match="fit_measures has no column value"):
        replace(made, tables={**made.tables, "fit_measures": fit(PLAIN).drop(columns="value")})


def test_workbook_has_the_tables_in_words(tmp_path: Path) -> None:
    read = sheets(write_xlsx(content(PLAIN | ROBUST, "mlr"), tmp_path / "t.xlsx", "zh"))
    names = ["参数", "拟合指标", "模型效应", "修正指数", "残差", "解释方差"]
    assert set(names) <= set(read)
    head, first, second = read["参数"][:3]
    said = dict(zip(head, second, strict=True))
    assert [said[k] for k in ("估计值", "自由估计", "标准误的算法", "左侧: 标签")] == [
        0.9841,
        "是",
        "稳健（MLR）",
        "感知质量",
    ]
    assert first[head.index("自由估计")] == "否"
    called = {row[0]: row[1:3] for row in read["拟合指标"][1:]}
    assert called["rmsea.robust"] == ["RMSEA，稳健", 0.0412]
    assert called["pvalue"] == ["χ²的p值", 0.0004]
    assert left_in_english([str(v) for name in names for v in read[name][0]]) == []


#: Names of measures and literature that Chinese pages keep.
TERMS = re.compile(
    r"FIML|CFI|TLI|RMSEA|SRMR|AIC|BIC|ML[MR]?|[UGW]LS|EM|delta|uls|wls|Heywood|none|Arbuckle 1996"
    r"|[A-Z][a-z]+ & [A-Z][a-z]+( [0-9]{4}| \([0-9]{4}\))|MacCallum, Roznowski & Necowitz 1992"
)
STUDIES = {
    "complete": {}, "em": {"missing": "em"}, "fiml": {"missing": "fiml", "uncertainty": None},
    "weights": {"weight": "权重"}, "groups": {"by": "企业"}, "gls": {"estimator": "gls", "missing": "listwise"},
    "uls": {"estimator": "uls", "missing": "listwise"},
    "none": {"uncertainty": None}, "percentile": {"uncertainty": cs.Bootstrap(40, 1)},
}  # fmt: skip


def study(kind: str, holes: bool) -> cs.Result:
    frame = answers(1, 150).assign(企业=["甲", "乙", "丙"] * 50, 权重=np.linspace(0.5, 2, 150).round(3))
    if holes:
        frame = frame.astype({"Q1": float, "S2": float})
        frame.loc[::7, "Q1"] = np.nan
        frame.loc[::11, "S2"] = np.nan
    settings = {"estimator": "ml", "uncertainty": cs.Linearised(), **STUDIES[kind]}
    return cs.Study(chinese_model(), frame, **settings).run()  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", STUDIES)
def test_pages_of_real_studies_have_no_english_left(kind: str) -> None:
    result = study(kind, holes=kind in ("em", "fiml"))
    page = Reader(render_html(result.content, "zh"))
    shown = page.texts + page.values("aria-label") + page.values("title")
    assert "协方差结构模型" in shown
    assert [text for text in left_in_english(shown) if left_in_english([TERMS.sub("", NAMES.sub("", text))])] == []
    english = " ".join(Reader(render_html(result.content, "en")).texts)
    measures = result.whole.fit_measures().set_index("measure")["value"]
    chisq = measures.get("chisq.scaled", measures["chisq"])
    assert f"χ² = {chisq:.1f} with {measures['df']:.0f} degrees" in english
    assert ("Fit by group" in english) == (kind == "groups")


@pytest.mark.parametrize("estimator", ["ml", "uls"])
@pytest.mark.parametrize("uncertainty", [None, cs.Linearised()])
def test_a_measurement_model_without_paths_has_a_page(
    estimator: str, uncertainty: cs.Linearised | None, tmp_path: Path
) -> None:
    model = replace(chinese_model(), paths=())
    result = cs.Study(model, answers(1, 150), estimator=estimator, uncertainty=uncertainty).run()
    files = result.report(tmp_path, ("en", "zh"))
    page = Reader(files[0].read_text(encoding="utf-8"))
    assert not {"en-paths", "en-effects", "en-drivers"} & set(page.values("id"))
    assert {"en-fit", "zh-fit"} <= set(page.values("id"))
    assert not {"diagram", "map", "chart"} & set(page.values("class"))  # no drawing: the page has icons only
    assert "Covariances and residual covariances" in page.texts
    assert "<svg" in result.figures.path_diagram().svg()


def test_a_loaded_result_shows_the_same_section(tmp_path: Path) -> None:
    result = study("groups", holes=False)
    cs.save(result, tmp_path / "out")
    loaded = cs.load_result(tmp_path / "out")
    for name in ("fit", "fit_by_group", "parameters", "model_residuals"):
        assert (
            Tables(render_html(loaded.content, "zh")).tables[name]
            == (Tables(render_html(result.content, "zh")).tables[name])
        )


def test_defined_parameters_have_a_table_with_their_formulas() -> None:
    base = content(PLAIN)
    row = {
        "lhs": "indirect",
        "op": ":=",
        "rhs": "a * b",
        "free": False,
        "label": "indirect",
        "est": 0.0618,
        "se": 0.0274,
    }
    more = pd.DataFrame([{**parameters().iloc[0].to_dict(), **row}])
    made = replace(base, tables={**base.tables, "parameters": pd.concat([parameters(), more], ignore_index=True)})
    for lang, words in (("en", ("Defined parameters", "Formula")), ("zh", ("定义参数", "公式"))):
        texts = Reader(render_html(made, lang)).texts
        assert all(word in texts for word in (*words, "a * b", "0.062")), lang
    assert "Defined parameters" not in Reader(render_html(base, "en")).texts


def test_constraints_are_shown_with_how_far_their_sides_are_apart() -> None:
    base = content(PLAIN)
    row = {"lhs": "a + b", "op": ">", "rhs": "2 * c", "free": False, "label": "", "est": 0.0824, "se": np.nan}
    more = pd.DataFrame([{**parameters().iloc[0].to_dict(), **row}])
    made = replace(base, tables={**base.tables, "parameters": pd.concat([parameters(), more], ignore_index=True)})
    for lang, words in (("en", ("Constraints", "Left less right")), ("zh", ("约束", "左边减右边"))):
        texts = Reader(render_html(made, lang)).texts
        assert all(word in texts for word in (*words, "a + b", "2 * c", "0.082")), lang
