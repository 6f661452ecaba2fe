"""Every mistake a spec can hold: its line, and the words that help."""

from __future__ import annotations

import pytest

from csimodels.errors import SpecError
from csimodels.spec import parse_model

GOOD = """\
csi: 1
constructs:
  Quality:
    items: [Q1, Q2, Q3]
  Satisfaction:
    items: [S1, S2]
  Loyalty: {items: [L1]}
paths:
  Quality: [Satisfaction, Loyalty]
  Satisfaction: Loyalty
"""


def problems(text):
    with pytest.raises(SpecError) as caught:
        parse_model(text, origin="f.yaml")
    return caught.value.problems


def test_good_is_good():
    model = parse_model(GOOD)
    assert model.paths == (("Quality", "Satisfaction"), ("Quality", "Loyalty"), ("Satisfaction", "Loyalty"))
    assert model.index.construct == "Satisfaction"


REPEATED = GOOD.replace("[L1]}", "[L1]}\n  Whole: {of: [Quality, Loyalty]}").replace(
    "Satisfaction: Loyalty\n", "Satisfaction: [Loyalty, Whole]\n  Loyalty: Whole\nestimate: {higher_order: repeated}\n"
)


def swap(old, new):
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


RW = "uncertainty: {method: replicate_weights}\ndata:\n"

CASES = [
    # id, text, line:column, words
    ("version missing", swap("csi: 1\n", ""), "1:1", ["grammar version", "csi: 1"]),
    ("version 2", swap("csi: 1", "csi: 2"), "1:6", ["version", "2"]),
    ("version true", swap("csi: 1", "csi: true"), "1:6", ["version", "true"]),
    ("version text", swap("csi: 1", "csi: '1'"), "1:6", ["version"]),
    ("unknown key", GOOD + "titel: x\n", "11:1", ['"titel"', 'did you mean "title"?']),
    ("unknown key, nothing near", GOOD + "qqq: x\n", "11:1", ['"qqq"', "constructs, paths"]),
    ("unknown key inside", swap("{items: [L1]}", "{items: [L1], lable: x}"),
     "7:26", ['"lable"', '"Loyalty"', '"label"']),
    ("unknown key of item", swap("[L1]", "{L1: {scal: [1, 5]}}"), "7:26", ['"scal"', '"L1"', '"scale"']),
    ("section a text", GOOD + "data: x.csv\n", "11:7", ["data", "x.csv", "keys file, engine"]),
    ("title a number", GOOD + "title: 2026\n", "11:8", ["title", "2026", "{en: ..., zh: ...}"]),
    ("sources a mapping", GOOD + "sources:\n- A: b\n", "12:3", ["sources", "text", "quotes"]),
    ("extends a list", GOOD + "extends: [a]\n", "11:10", ["extends", "one name"]),
    ("unknown language of a label", GOOD + "title: {en: x, cn: y}\n", "11:16", ['"cn"', "en, zh"]),
    ("mode", swap("{items: [L1]}", "{items: [L1], mode: C}"), "7:32", ["mode", "C", "A, B"]),
    ("measured", swap("{items: [L1]}", "{items: [L1], measured: reflektive}"), "7:36", ['did you mean "reflective"?']),
    ("constructs a list", swap("[L1]}", "[L1]}\n").replace("constructs:", "constructs: [a]\nx:"),
     "2:1", ["constructs"]),
    ("construct a number", swap("{items: [L1]}", "5"), "7:12", ['construct "Loyalty"', "mapping", "5"]),
    ("items a number", swap("[L1]", "7"), "7:20", ["items", "7", "list of names"]),
    ("item name a number", swap("[L1]", "[7]"), "7:21", ["item name", "7", "quotes"]),
    ("item text a list", swap("[L1]", "{L1: [a]}"), "7:21", ['item "L1"', "mapping", "a list of 1"]),
    ("scale of text", swap("[L1]", "{L1: {scale: [1, x]}}"), "7:37", ["scale", "number", "x"]),
    ("scale short", swap("[L1]", "{L1: {scale: [1]}}"), "7:26", ["scale", "[1, 10]"]),
    ("scale upside down", swap("[L1]", "{L1: {scale: [10, 1]}}"), "7:26", ["[10, 1]", "lowest"]),
    ("scale infinite", GOOD + "scale: [1, .inf]\n", "11:1", ["inf", "finite"]),
    ("scale equal", GOOD + "scale: [1, 1]\n", "11:1", ["[1, 1]"]),
    ("reverse yes", swap("[L1]", "{L1: {reverse: yes}}"), "7:35", ["reverse", "true or false", "yes"]),
    ("values outside", swap("[L1]", "{L1: {values: {yes: 1, no: 0}}}"), "7:47", ['"no"', '"L1"', "1 to 10"]),
    ("values text", swap("[L1]", "{L1: {values: {yes: one}}}"), "7:40", ["number", "one"]),
    ("values twice", swap("[L1]", "{L1: {values: {Yes: 1, yes: 2}}}"), "7:26", ["one answer twice", "Yes"]),
    ("no constructs", "csi: 1\n", "1:1", ["no constructs"]),
    ("no paths", GOOD.split("paths:")[0], "1:1", ["no paths"]),
    ("construct without items", swap("{items: [L1]}", "{label: x}"), "7:3", ['"Loyalty" has no items']),
    ("construct empty", swap("{items: [L1]}", ""), "7:3", ['"Loyalty" has no items']),
    ("items empty", swap("[L1]", "[]"), "7:3", ['"Loyalty" has no items']),
    ("item in two constructs", swap("[L1]", "[L1, Q2]"), "7:25", ['"Q2"', '"Quality"', '"Loyalty"']),
    ("item twice in list", swap("[L1]", "[L1, L1]"), "7:25", ['"L1"', "twice"]),
    ("item twice in mapping", swap("[L1]", "{L1: a, L1: b}"), "7:28", ['"L1"', "twice"]),
    ("item called as construct", swap("[L1]", "[Quality]"), "7:21", ['"Quality"', "item and of a construct"]),
    ("unknown source", swap("  Satisfaction: Loyalty", "  Satisfactoin: Loyalty"),
     "10:3", ['did you mean "Satisfaction"?']),
    ("unknown target", swap("Satisfaction: Loyalty", "Satisfaction: loyality"), "10:17", ['did you mean "Loyalty"?']),
    ("path to itself", swap("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Satisfaction]"), "10:27", ["to itself"]),
    ("path twice", swap("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Loyalty]"), "10:27", ["twice", '"Loyalty"']),
    ("source twice", GOOD + "  Quality: Loyalty\n", "11:3", ['"Quality"', "twice"]),
    ("cycle", GOOD + "  Loyalty: Quality\n", "11:12", ["circle", "Quality -> Satisfaction -> Loyalty -> Quality"]),
    ("two-cycle", GOOD + "  Loyalty: Satisfaction\n", "11:12", ["Satisfaction -> Loyalty -> Satisfaction"]),
    ("path target number", swap("Satisfaction: Loyalty", "Satisfaction: 3"), "10:17", ['path from "Satisfaction"',
     "text", '"3"']),
    ("isolated", swap("paths:", "  Image: {items: [I1]}\npaths:"), "8:3", ['"Image" is in no path']),
    ("no Satisfaction", GOOD.replace("Satisfaction", "CSAT"), "1:1", ["no index is named", "Satisfaction", "CSAT"]),
    ("index unknown", GOOD + "index: Loyality\n", "11:8", ["as index", 'did you mean "Loyalty"?']),
    ("index weights", GOOD + "index: {weights: fix}\n", "11:18", ["weights", "fix", "own, pooled, equal, fixed"]),
    ("fixed without weights", GOOD + "index: {weights: fixed}\n", "11:18", ["needs the weights", "S1: 1, S2: 1"]),
    ("fixed empty", GOOD + "index: {weights: fixed, fixed: {}}\n", "11:18", ["needs the weights"]),
    ("fixed not asked", GOOD + "index: {fixed: {S1: 1, S2: 1}}\n", "11:9", ["not asked for"]),
    ("fixed unknown", GOOD + "index: {weights: fixed, fixed: {S1: 1, S2: 1, S3: 1}}\n", "11:47", ['"S3"', "no item",
     "S1, S2"]),
    ("fixed missing", GOOD + "index: {weights: fixed, fixed: {S1: 1}}\n", "11:25", ["missing", "S2"]),
    ("fixed nan", GOOD + "index: {weights: fixed, fixed: {S1: .nan, S2: 1}}\n", "11:37", ["finite"]),
    ("fixed zero", GOOD + "index: {weights: fixed, fixed: {S1: 1, S2: -1}}\n", "11:25", ["sum to zero"]),
    ("reliability 0", swap("{items: [L1]}", "{items: [L1], reliability: 0}"), "7:39", ["(0, 1]", "0"]),
    ("reliability 1.1", swap("{items: [L1]}", "{items: [L1], reliability: 1.1}"), "7:39", ["(0, 1]", "1.1"]),
    ("reliability nan", swap("{items: [L1]}", "{items: [L1], reliability: .nan}"), "7:39", ["(0, 1]"]),
    ("plsc reflective B", swap("[L1]}", "[L1], measured: reflective, mode: B}\nestimate: {estimator: plsc}"), "7:54",
     ["plsc", '"Loyalty"', "mode B"]),
    ("columns unknown item", GOOD + "data: {columns: {S9: q1}}\n", "11:18", ['"S9"', "no item", "S1"]),
    ("two items one column", GOOD + "data: {columns: {S1: q, S2: q}}\n", "11:29", ['"S1"', '"S2"', '"q"']),
    ("column of another item", GOOD + "data: {columns: {S1: S2}}\n", "11:22", ['"S1"', '"S2"', "both take"]),
    ("column empty", GOOD + "data: {columns: {S1: ''}}\n", "11:18", ["column is empty"]),
    ("codes unknown item", GOOD + "data: {missing_codes: {S9: 98}}\n", "11:24", ['"S9"', "no item"]),
    ("code true", GOOD + "data: {missing_codes: [98, true]}\n", "11:28", ["number or a text", "true"]),
    ("code nan", GOOD + "data: {missing_codes: [.nan]}\n", "11:8", ["finite"]),
    ("out_of_range", GOOD + "data: {out_of_range: drop}\n", "11:22", ["drop", "error, missing"]),
    ("weight a number", GOOD + "data: {weight: 5}\n", "11:16", ["weight", "text", '"5"']),
    ("by twice", GOOD + "data: {by: [a, a]}\n", "11:16", ['"a"', "twice"]),
    ("by empty name", GOOD + "data: {by: ['']}\n", "11:13", ["empty"]),
    ("encoding", GOOD + "data: {encoding: utf-99}\n", "11:18", ["utf-99", "gb18030"]),
    ("encoding base64", GOOD + "data: {encoding: base64}\n", "11:18", ["base64"]),
    ("separator", GOOD + "data: {separator: '::'}\n", "11:19", ["one character"]),
    ("where true", GOOD + "data: {where: {a: true}}\n", "11:19", ["number or a text", "quotes"]),
    ("where inf", GOOD + "data: {where: {a: .inf}}\n", "11:19", ["finite"]),
    ("design key", GOOD + "data: {design: {stratum: a}}\n", "11:17", ['did you mean "strata"?']),
    ("design empty", GOOD + "data: {design: {strata: ''}}\n", "11:17", ["empty"]),
    ("rollup levels twice", GOOD + "rollup: {levels: [a, a]}\n", "11:22", ["twice"]),
    ("rollup adjust", GOOD + "rollup: {levels: [a], adjust: hochberg}\n", "11:31", ["hochberg", "holm, bh, none"]),
    ("fpc empty", GOOD + "data: {design: {fpc: ''}}\n", "11:17", ["column", "empty"]),
    ("replicate weights without columns", GOOD + RW + "  replicate_weights: {kind: brr}\n", "13:3", ["columns: rw*"]),
    ("replicate columns empty", GOOD + RW + "  replicate_weights: {columns: []}\n", "13:3", ["need their columns"]),
    ("replicate columns a number", GOOD + RW + "  replicate_weights: {columns: 5}\n", "13:32", ["text", "quotes"]),
    ("replicate column twice", GOOD + RW + "  replicate_weights: {columns: [r1, r1]}\n", "13:37", ['"r1"', "twice"]),
    ("star within", GOOD + RW + "  replicate_weights: {columns: ['r*1', r2]}\n", "13:33", ["r*1", "rw*"]),
    ("only a star", GOOD + RW + "  replicate_weights: {columns: ['*']}\n", "13:33", ["pattern"]),
    ("replicate kind", GOOD + RW + "  replicate_weights: {columns: r*, kind: jk2}\n", "13:42", ["jk2", "jk1"]),
    ("fay without factor", GOOD + RW + "  replicate_weights: {columns: r*, kind: fay}\n", "13:42", ["fay: 0.5"]),
    ("fay of brr", GOOD + RW + "  replicate_weights: {columns: r*, kind: brr, fay: 0.5}\n", "13:47", ["kind: fay"]),
    ("fay of 1", GOOD + RW + "  replicate_weights: {columns: r*, kind: fay, fay: 1}\n", "13:52", ["(0, 1)", "1"]),
    ("jkn without factors", GOOD + RW + "  replicate_weights: {columns: r*, kind: jkn}\n", "13:42", ["rscales"]),
    ("scale 0", GOOD + RW + "  replicate_weights: {columns: r*, scale: 0}\n", "13:43", ["scale", "above 0"]),
    ("rscales negative", GOOD + RW + "  replicate_weights: {columns: r*, rscales: [1, -1]}\n", "13:49", ["-1"]),
    ("rscales short", GOOD + RW + "  replicate_weights: {columns: [a, b], rscales: [1]}\n", "13:40", ["1 for 2"]),
    ("replicate weights not asked for",
     GOOD + "data: {replicate_weights: {columns: r*}}\nuncertainty: {seed: 2}\n", "11:8",
     ["not asked for", "method: replicate_weights"]),
    ("an id that is no float",
     GOOD + "data: {where: {id: 12345678901234567890}}\n", "11:20", ["loses digits", "quotes"]),
    ("shares beyond any count", GOOD + "data: {rake: {sex: {f: 1.0e+308, m: 1.0e+308}}}\n", "11:15", ["add up"]),
    ("shares that miss 1", GOOD + "data: {rake: {sex: {f: 0.5, m: 0.4}}}\n", "11:15", ['"sex"', "0.9", "sum to 1"]),
    ("shares that miss 100", GOOD + "data: {rake: {sex: {f: 52, m: 47}}}\n", "11:15", ["99", "sum to 100", "1,000"]),
    ("counts with a fraction", GOOD + "data: {rake: {sex: {f: 900.5, m: 800}}}\n", "11:15", ["1700.5", "whole"]),
    ("share 0", GOOD + "data: {rake: {sex: {f: 1, m: 0}}}\n", "11:30", ['"m"', "positive", "where"]),
    ("share nan", GOOD + "data: {rake: {sex: {f: 1, m: .nan}}}\n", "11:30", ["positive", "nan"]),
    ("share text", GOOD + "data: {rake: {sex: {f: half, m: 0.5}}}\n", "11:24", ["must be a number", "half"]),
    ("one category", GOOD + "data: {rake: {sex: {f: 1}}}\n", "11:15", ["at least two"]),
    ("shares missing", GOOD + "data: {rake: {sex: }}\n", "11:15", ["at least two"]),
    ("shares a list", GOOD + "data: {rake: {sex: [0.5, 0.5]}}\n", "11:15", ["wrong form", "category: share"]),
    ("rollup weights alone", GOOD + "rollup: {weights: w.csv}\n", "11:10", ["no levels"]),
    ("estimator", GOOD + "estimate: {estimator: MLX}\n", "11:23", ["MLX", "pls, plsc, ml, uls, gls, wls, dwls"]),
    ("errors", GOOD + "estimate: {estimator: ml, errors: mlrr}\n", "11:35", ['did you mean "mlr"?']),
    ("identification", GOOD + "estimate: {estimator: ml, identification: std.lv}\n", "11:43",
     ['did you mean "std_lv"?']),
    ("scheme with ml", GOOD + "estimate: {estimator: ml, scheme: path}\n", "11:27",
     ["scheme belongs to pls and plsc", "the estimator is ml"]),
    ("errors with plsc", GOOD + "estimate: {estimator: plsc, errors: mlr}\n", "11:29",
     ["errors belongs to ml", "plsc"]),
    ("identification with the default", GOOD + "estimate: {identification: marker}\n", "11:12",
     ["identification belongs to ml", "the estimator is pls"]),
    ("fiml with gls", GOOD + "estimate: {estimator: gls, missing: fiml}\n", "11:37",
     ["fiml belongs to ml", "gls", "em"]),
    ("mode B with ml", swap("items: [Q1, Q2, Q3]", "{items: [Q1, Q2], mode: B}") + "estimate: {estimator: ml}\n",
     "4:29", ["ml cannot take", '"Quality"', "mode B", "reflective"]),
    ("composite with semopy", swap("items: [Q1, Q2, Q3]", "{items: [Q1, Q2], measured: composite}")
     + "estimate: {estimator: semopy}\n", "4:33", ["semopy cannot take", "composite"]),
    ("scheme", GOOD + "estimate: {scheme: centriod}\n", "11:20", ['did you mean "centroid"?']),
    ("missing", GOOD + "estimate: {missing: mode}\n", "11:21", ["mode", "listwise, mean, pairwise, em, fiml"]),
    ("fiml with pls", GOOD + "estimate: {missing: fiml}\n", "11:21", ["fiml", "listwise, mean, pairwise, em", "pls"]),
    ("tol", GOOD + "estimate: {tol: 0}\n", "11:17", ["tol"]),
    ("max_iter", GOOD + "estimate: {max_iter: 0}\n", "11:22", ["at least 1"]),
    ("max_iter float", GOOD + "estimate: {max_iter: 1.5}\n", "11:22", ["whole number", "1.5"]),
    ("method", GOOD + "uncertainty: {method: jacknife}\n", "11:23", ['did you mean "jackknife"?', "bootstrap",
     "linearised, replicate_weights, none"]),
    ("replicates of a jackknife", GOOD + "uncertainty: {method: jackknife, replicates: 500}\n", "11:34",
     ["replicates belongs to the bootstrap", "the method is jackknife", "500", "leave it out"]),
    ("seed of linearised", GOOD + "uncertainty: {seed: 0, method: linearised}\n", "11:15", ["seed belongs", "0"]),
    ("interval of a jackknife", GOOD + "uncertainty: {method: jackknife, interval: bca}\n", "11:34", ["interval"]),
    ("draw of linearised", GOOD + "uncertainty: {method: linearised, draw: poisson}\n", "11:35", ["draw belongs"]),
    ("no replicate weights", GOOD + "uncertainty: {method: replicate_weights}\n", "11:23",
     ["no replicate weights", "columns: rw*"]),
    ("draw", GOOD + "uncertainty: {draw: posson}\n", "11:21", ['did you mean "poisson"?']),
    ("poisson by cluster", GOOD + "uncertainty: {draw: poisson}\ndata: {design: {cluster: b}}\n", "11:21",
     ["poisson", "strata and clusters", "multinomial"]),
    ("replicates 1", GOOD + "uncertainty: {replicates: 1}\n", "11:27", ["at least 2", "1000"]),
    ("replicates negative", GOOD + "uncertainty: {replicates: -10}\n", "11:27", ["at least 2", "-10"]),
    ("seed negative", GOOD + "uncertainty: {seed: -1}\n", "11:21", ["seed", "-1"]),
    ("level", GOOD + "uncertainty: {level: 95}\n", "11:22", ["(0, 1)", "95", "write 0.95"]),
    ("level 1", GOOD + "uncertainty: {level: 1}\n", "11:22", ["(0, 1)"]),
    ("interval", GOOD + "uncertainty: {interval: bcaa}\n", "11:25", ['did you mean "bca"?', "percentile, basic, normal",
     "bc, bca, studentised"]),
    ("language", GOOD + "report: {languages: [en, de]}\n", "11:26", ["de", "en, zh"]),
    ("no language", GOOD + "report: {languages: []}\n", "11:10", ["language"]),
    ("language twice", GOOD + "report: {languages: [en, en]}\n", "11:26", ["twice"]),
    ("format", GOOD + "report: {formats: [odt]}\n", "11:20", ["odt", "html, xlsx"]),
    ("empty name", swap("[L1]", "['']"), "7:21", ["item", "empty"]),
    ("line break in name", swap("[L1]", '["L\\n1"]'), "7:21", ["control character"]),
    ("line separator in name", swap("[L1]", '["L\\u20281"]'), "7:21", ["line break"]),
    ("long name", swap("[L1]", f"[{'L' * 201}]"), "7:21", ["200 characters"]),
    ("construct name blank", GOOD.replace("Loyalty", '" "'), "7:3", ["construct", "empty"]),
    ("model name", GOOD + "name: ''\n", "11:1", ["model", "empty"]),
    ("of and items", swap("{items: [L1]}", "{items: [L1], of: [Quality, Satisfaction]}"), "7:26", ["both"]),
    ("of unknown", swap("{items: [L1]}", "{of: [Qality, Satisfaction]}"), "7:18", ['did you mean "Quality"?']),
    ("of itself", swap("{items: [L1]}", "{of: [Loyalty, Satisfaction]}"), "7:18", ["made of itself"]),
    ("of twice", swap("{items: [L1]}", "{of: [Quality, Satisfaction, Quality]}"), "7:41", ["twice"]),
    ("of none", swap("{items: [L1]}", "{of: []}"), "7:13", ["no dimensions"]),
    ("of in a circle", swap("[L1]}", "[L1]}\n  Top: {of: [Mid, Quality]}\n  Mid: {of: [Top, Loyalty]}"), "8:14",
     ['"Top" is made of "Mid"']),
    ("repeated with outside cause", REPEATED, "13:26", ["other causes", "Satisfaction", "two stages"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_error(text, place, words):
    found = problems(text)
    here = [str(p) for p in found if p.where == f"f.yaml:{place}"]
    assert here, [str(p) for p in found]
    message = "\n".join(here)
    for word in words:
        assert word in message


ALONE = {
    "constructs a list", "isolated", "of of", "cycle", "no constructs", "construct name blank",
    "item called as construct",
    "of none", "of itself", "of in a circle",
}  # fmt: skip


@pytest.mark.parametrize("text", [case[1] for case in CASES if case[0] not in ALONE], ids=str.split)
def test_one_mistake_is_one_problem(text):
    assert len(problems(text)) == 1


def test_misspelt_section_brings_no_false_alarms():
    found = problems(GOOD.replace("constructs:", "construct:"))
    assert [p.where for p in found] == ["f.yaml:2:1"]


def test_all_at_once_in_order_of_lines():
    text = swap("[L1]", "[Q1]").replace("mode", "").replace("Satisfaction: Loyalty", "Satisfaction: Loyality")
    text = text.replace("csi: 1\n", "csi: 1\ntitel: x\nscale: [5, 1]\n") + "uncertainty: {level: 95, seed: -1}\n"
    found = [p.where.removeprefix("f.yaml:") for p in problems(text)]
    assert found == ["2:1", "3:1", "9:21", "12:17", "13:22", "13:32"]


def test_very_many_problems_are_cut_with_a_count():
    text = GOOD + "data: {columns: {" + ", ".join(f"X{i}: c{i}" for i in range(500)) + "}}\n"
    found = problems(text)
    assert len(found) == 201 and "300 more" in found[-1].what


def test_html_is_legal_text():
    model = parse_model(GOOD.replace("Loyalty", "<script>alert(1)</script>"))
    assert "<script>alert(1)</script>" in model.construct_names
    assert "<script>" not in model._repr_html_()


def test_chinese_names():
    model = parse_model(GOOD.replace("Loyalty", "顾客忠诚"))
    assert model.construct("顾客忠诚").items[0].name == "L1"


@pytest.mark.parametrize(
    ("lines", "said", "unsaid"),
    [
        ("drivers: {items: {S1: [Q1, false]}}\n", "must be a text", "must be a list"),
        ("hierarchy: {T: {of: [Q1, 2]}}\n", "a list of names, or {name: weight}", "key: value"),
        ("targets: {Satisfaction: much}\n", "must be a number", "quotes"),
        ('targets: {Satisfaction: "80"}\n', "write it without quotes", "mapping"),
        ("targets: {Satisfaction: true}\n", "must be a number", "quotes"),
        ("kano: {A: {functional: [1]}}\n", "a list of 1 part", "1 parts"),
        ("kano: {A: {functional: {x: 1}}}\n", "a mapping of 1 key", "1 keys"),
    ],
)
def test_a_wrong_part_is_said_once_and_with_advice_that_fits(lines: str, said: str, unsaid: str) -> None:
    text = "csi: 1\nconstructs: {A: {items: [Q1, Q2]}, Satisfaction: {items: [S1]}}\npaths: {A: Satisfaction}\n"
    with pytest.raises(SpecError) as caught:
        parse_model(text + lines)
    assert len(caught.value.problems) == 1
    assert said in str(caught.value) and unsaid not in str(caught.value)
