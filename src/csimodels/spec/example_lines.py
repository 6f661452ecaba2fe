"""A line of its own for every place of a spec that is made of keys: what to write where something else stands there."""

from __future__ import annotations

from collections.abc import Mapping

from csimodels.spec.nodes import Loc

_TEXT = "{en: Retail banks, zh: 零售银行}"
_NAME = "{en: Quality, zh: 质量}"
_ITEM = "{en: Staff are friendly, zh: 员工友好}"
_CELL = "{column: PROB, contains: 3}"
_WORDS = "{satisfied: 5, neither: 3, dissatisfied: 1}"
_PARAMETER = "{label: a, free: true}"

#: Place in the spec -> what stands behind its key; ``*`` is any name.
EXAMPLES: Mapping[tuple[str, ...], str] = {
    ("title",): _TEXT,
    ("description",): _TEXT,
    ("values",): _WORDS,
    ("constructs",): "{Quality: {items: [Q1, Q2]}, Satisfaction: {items: [S1, S2, S3]}}",
    ("constructs", "*"): "{items: [Q1, Q2, Q3]}",
    ("constructs", "*", "label"): _NAME,
    ("constructs", "*", "items"): "[Q1, Q2, Q3]",
    ("constructs", "*", "items", "*"): _ITEM,
    ("constructs", "*", "items", "*", "values"): _WORDS,
    ("constructs", "*", "items", "*", "from"): _CELL,
    ("paths",): "{Quality: [Satisfaction]}",
    ("parameters",): '{"Quality =~ Q2": 0.8}',
    ("parameters", "*"): _PARAMETER,
    ("parameters", "*", "groups"): "{A: 0.8, B: free}",
    ("defined",): "{indirect: a * b}",
    ("index",): "{construct: Satisfaction, weights: pooled}",
    ("index", "fixed"): "{S1: 0.4, S2: 0.6}",
    ("data",): "{file: survey.csv, by: company}",
    ("data", "file"): "[a.csv, b.csv]",
    ("data", "columns"): "{Q1: V17, Q2: V18}",
    ("data", "missing_codes"): "[98, 99]",
    ("data", "missing_reasons"): "{dont_know: 98, refused: 99}",
    ("data", "by"): "[company, region]",
    ("data", "wave"): "{column: year, current: 2026}",
    ("data", "where"): "{year: 2026}",
    ("data", "design"): "{strata: region, cluster: branch}",
    ("data", "replicate_weights"): "{columns: rw*, kind: brr}",
    ("data", "rake"): "{sex: {female: 0.52, male: 0.48}}",
    ("data", "rake", "*"): "{female: 0.52, male: 0.48}",
    ("labels",): "{company: {A: {en: Alpha, zh: 甲公司}}}",
    ("labels", "*"): "{A: {en: Alpha, zh: 甲公司}}",
    ("labels", "*", "*"): "{en: Alpha, zh: 甲公司}",
    ("rollup",): "{levels: [company, nation], weights: weights.csv}",
    ("estimate",): "{estimator: pls}",
    ("uncertainty",): "{method: bootstrap, replicates: 1000}",
    ("items",): "{PRICE: {en: Price paid, zh: 支付价格}}",
    ("items", "*"): _ITEM,
    ("items", "*", "values"): _WORDS,
    ("items", "*", "from"): _CELL,
    ("indices",): "{NPS: {kind: nps, item: L1}}",
    ("indices", "*"): "{kind: nps, item: L1}",
    ("indices", "*", "weights"): "{Q1: 0.6, Q2: 0.4}",
    ("indices", "*", "among"): "{USER: 1}",
    ("indices", "*", "label"): _NAME,
    ("controls",): "{AGE: Satisfaction}",
    ("controls", "*"): "{to: Satisfaction, nominal: true}",
    ("hierarchy",): "{Total: {of: {Quality: 0.6, Value: 0.4}}}",
    ("hierarchy", "*"): "{of: {Quality: 0.6, Value: 0.4}}",
    ("hierarchy", "*", "of"): "{Quality: 0.6, Value: 0.4}",
    ("hierarchy", "*", "delphi"): "{expert1: [60, 40], expert2: [70, 30]}",
    ("hierarchy", "*", "label"): _NAME,
    ("effort",): "{construct: Satisfaction, costs: {Quality: 2}}",
    ("effort", "costs"): "{Quality: 2, Value: 3}",
    ("effort", "caps"): "{Quality: 10}",
    ("classes",): "{column: class, weights: {large: 0.7, small: 0.3}}",
    ("classes", "weights"): "{large: 0.7, small: 0.3}",
    ("classes", "contacts"): "{branch: 120, app: 480}",
    ("gaps",): "{Tangibles: {P1: E1, P2: E2}}",
    ("gaps", "*"): "{items: {P1: E1, P2: E2}, points: 30}",
    ("gaps", "*", "items"): "{P1: E1, P2: E2}",
    ("gaps", "*", "label"): _NAME,
    ("delivered_value",): "{values: [Quality], costs: [Price]}",
    ("delivered_value", "values"): "{Quality: 0.6, Image: 0.4}",
    ("delivered_value", "costs"): "{Price: 0.7, Effort: 0.3}",
    ("targets",): "{Satisfaction: 80}",
    ("targets", "*"): "{level: 80, move: [8, 9]}",
    ("what_if",): "{Quality: 5}",
    ("benchmark",): "{unit: company, competitor: A}",
    ("trend",): "{base: 2024}",
    ("drivers",): "{shares: true}",
    ("drivers", "items"): "{S1: [Q1, Q2, Q3]}",
    ("penalty_reward",): "{S1: {items: [Q1, Q2], low: 5, high: 9}}",
    ("penalty_reward", "*"): "{items: [Q1, Q2], low: 5, high: 9}",
    ("kano",): "{App: {functional: K1, dysfunctional: K2}}",
    ("kano", "*"): "{functional: K1, dysfunctional: K2}",
    ("focus",): '{valued: "profit > 0", value: profit}',
    ("focus", "steps"): '{valued: "profit > 0"}',
    ("focus", "axes"): "{profit: 100, stay: 24}",
    ("behaviour",): '{retained: {outcome: "renewed = 1", kind: logit}}',
    ("behaviour", "*"): '{outcome: "renewed = 1", kind: logit}',
    ("states",): "{on: Satisfaction, cuts: [60, 80]}",
    ("fuzzy",): "{composition: weighted}",
    ("fuzzy", "weights"): "{Quality: 0.6, Value: 0.4}",
    ("report",): "{languages: [en, zh], formats: [html, xlsx]}",
    ("report", "brand"): "{institute: Example Research, logo: logo.png}",
    ("report", "brand", "institute"): "{en: Example Research, zh: 示例研究}",
    ("report", "brand", "contact"): "{en: office@example.org, zh: office@example.org}",
    ("report", "brand", "field_dates"): "{en: 1 to 30 May, zh: 5月1日至30日}",
    ("report", "cuts"): "{importance: 0.3, performance: 75}",
}  # fmt: skip


def example_line(loc: Loc) -> str:
    """``design: {strata: region, cluster: branch}`` for the place `loc`; empty where there is no example."""
    steps = tuple(str(step) for step in loc)
    for pattern, text in EXAMPLES.items():
        if len(pattern) == len(steps) and all(p in ("*", s) for p, s in zip(pattern, steps, strict=True)):
            key = steps[-1] if pattern[-1] != "*" or steps[-1].isidentifier() else f'"{steps[-1]}"'
            return f"{key}: {text}"
    return ""
