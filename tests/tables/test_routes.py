"""The table of specific indirect effects and HTMT2 in the table of quality: published values with intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import load_model


def test_indirect_effects_mediator_by_mediator_with_jackknife_errors(mobi: pd.DataFrame) -> None:
    """Values of the shared case: products of published paths, delete-one jackknife of 250 refits, to 1e-5."""
    result = cs.Study("ecsi", mobi, uncertainty=cs.Jackknife()).run()
    table = result.specific_effects()
    mine = table[(table["source"] == "Expectation") & (table["target"] == "Satisfaction")].set_index("through")
    wanted = {
        "(all)": (0.355345, 0.047464),
        "Quality": (0.285069, 0.046277),
        "Value": (0.009736, 0.016973),
        "Quality -> Value": (0.060540, 0.023217),
    }
    assert list(mine.index) == list(wanted)
    for through, (estimate, se) in wanted.items():
        assert mine.loc[through, "estimate"] == pytest.approx(estimate, abs=1e-5)
        assert mine.loc[through, "se"] == pytest.approx(se, abs=1e-5)
    assert mine["mediation"].to_dict() == dict.fromkeys(wanted, "indirect only") | {"Value": "no effect"}
    assert mine.loc["(all)", "vaf"] == pytest.approx(mine["vaf"].iloc[1:].sum())
    quality = result.quality().query("criterion == 'HTMT2'").set_index("subject")
    assert quality.loc["Image ~ Expectation", "value"] == pytest.approx(0.918818, abs=1e-6)
    assert quality.loc["Quality ~ Satisfaction", "value"] == pytest.approx(0.950594, abs=1e-6)
    assert (quality["low"] < quality["value"]).all() and (quality["high"] > quality["value"]).all()
    assert "specific_effects" in result.tables()


def test_types_need_intervals_and_pairs_without_a_path_have_no_direct_effect(mobi: pd.DataFrame) -> None:
    table = cs.Study("ecsi", mobi, uncertainty=None).run().specific_effects()
    assert (table["mediation"] == "").all() and table["se"].isna().all()
    without = table[(table["source"] == "Image") & (table["target"] == "Complaints")]
    assert (without["direct"] == 0).all() and np.allclose(without["total"], without["estimate"].iloc[0])


def test_a_flagged_fit_bears_no_type_of_mediation(mobi: pd.DataFrame) -> None:
    table = cs.Study("ecsi", mobi, estimator="plsc", uncertainty=cs.Linearised()).run().specific_effects()
    assert set(table["status"]) == {"inadmissible"} and table["low"].notna().all()
    assert set(table["mediation"]) == {""}
    assert table.columns[-1] == "status"


def test_a_model_without_mediators_has_no_such_table(mobi: pd.DataFrame) -> None:
    plain = load_model("ecsi")
    paths = tuple((c, "Satisfaction") for c in plain.construct_names if c != "Satisfaction")
    result = cs.Study(replace(plain, paths=paths), mobi, uncertainty=None).run()
    assert "specific_effects" not in result.tables() and not len(result.specific_effects())


def test_no_table_holds_a_negative_zero() -> None:
    """A path fixed at 0 times a negative one, and that as a share of a negative total."""
    blocks = ", ".join(f"{c}: {{items: [{c}1, {c}2, {c}3]}}" for c in "XMY")
    spec = f"csi: 1\nconstructs: {{{blocks}}}\npaths: {{X: [M, Y], M: Y}}\nindex: {{construct: Y}}\n"
    data = cs.simulate(cs.parse_model(spec), 150, seed=1).data
    data[["Y1", "Y2", "Y3"]] = 11 - data[["Y1", "Y2", "Y3"]]
    model = cs.parse_model(spec + 'parameters: {"M ~ X": 0}\nestimate: {estimator: ml}')
    tables = cs.Study(model, data, uncertainty="linearised").run(progress=False).tables()
    numbers = {name: table.select_dtypes("number").to_numpy(dtype=float) for name, table in tables.items()}
    assert (tables["specific_effects"]["estimate"] == 0).all() and (tables["paths"]["estimate"] < 0).any()
    assert [name for name, values in numbers.items() if (np.signbit(values) & (values == 0)).any()] == []
