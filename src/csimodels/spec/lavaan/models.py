"""lavaan model syntax in and out (Rosseel 2012, Journal of Statistical Software 48(2), section 3).

``=~`` is a reflective construct, ``<~`` a composite (mode B), ``~`` a regression among constructs.  Fixed values,
labels, ``NA``, bounds, start values, ``label == label``, covariances (``~~``) and intercepts (``~ 1``) become
`parameters`, other relations (``a == 2*b``, ``a > 0``) `constraints`, ``:=`` `defined`.  Everything else lavaan can
say (thresholds, scaling factors, blocks of levels) is refused with its line, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from unicodedata import normalize

from csimodels.arguments import plain_arguments
from csimodels.errors import Problem, SpecError
from csimodels.messages import Message
from csimodels.spec.build import build
from csimodels.spec.lavaan.items import (
    observed_names,
    regressed_items,
    share_items,
    state_means,
    state_orthogonal,
    state_scales,
)
from csimodels.spec.lavaan.terms import NAME, ORIGIN, Parsed, Term
from csimodels.spec.lavaan.text import parse
from csimodels.spec.merge import Merged
from csimodels.spec.model import Construct, Model, Parameter
from csimodels.spec.nodes import Entry, Map, Mark, Node, Scalar, Seq, from_plain, shorten
from csimodels.spec.statements import written


@plain_arguments
def from_lavaan(
    text: str,
    *,
    name: str = "model",
    scale: tuple[float, float] = (1, 10),
    index: str | None = None,
    growth: bool = False,
    std_lv: bool = False,
    orthogonal: bool = False,
) -> Model:
    """A model from lavaan syntax.

    ``A <~ B + C`` with constructs on the right makes a higher-order composite of them.  Paths come out source by
    source, in the order of the constructs.  A variable that paths name and no block measures is observed: a construct
    of one item, ``age`` of ``age_item``, which is read from the column ``age``; so is an item of a construct that
    paths name.  Where the text says anything of single parameters or items, or has no path, the estimator is ``ml``.

    Parameters
    ----------
    text : str
        lavaan model syntax.
    name : str
        Name of the model.
    scale : tuple of float
        Lowest and highest answer of every item; lavaan has no word for it.
    index : str, optional
        The construct that is the index; ``Satisfaction`` where left out.
    growth : bool
        The model is one of lavaan's ``growth()``: intercepts of items are 0, means of constructs are free.
    std_lv : bool
        The model is one of ``std.lv = TRUE``: constructs have variance 1, and first loadings are free.
    orthogonal : bool
        The model is one of ``orthogonal = TRUE``: constructs are not correlated, unless the text says so.

    Returns
    -------
    Model
        The model, checked.

    Raises
    ------
    SpecError
        All problems at once, as ``lavaan:line:column``.
    """
    parsed = parse(normalize("NFC", text))
    observed = regressed_items(parsed)
    indicators = set(observed)
    share_items(parsed, std_lv)
    observed |= observed_names(parsed)
    state_means(parsed, observed, indicators, growth)
    if std_lv:
        state_scales(parsed, observed)
    if orthogonal:
        state_orthogonal(parsed, observed)
    for construct, (operator, terms, mark) in parsed.blocks.items():
        parsed.problems.extend(_higher_order(construct, operator, terms, mark, parsed.blocks))
    if parsed.problems:
        raise SpecError(parsed.problems)
    more: dict[str, object] = {"index": index} if index else {}
    if parsed.parameters or parsed.defined or not parsed.paths or std_lv or indicators:
        more |= {"estimate": {"estimator": "ml"} | ({"identification": "std_lv"} if std_lv else {})}
    top = from_plain({"name": name, "scale": scale, **more}, "option")
    assert isinstance(top, Map)
    parts: dict[str, Node] = {"constructs": _constructs(parsed), "paths": _paths(parsed)}
    parts["parameters"] = _parameters(parsed)
    if parsed.defined:
        parts["defined"] = _defined(parsed)
    if parsed.constraints:
        texts = tuple(Scalar(text, text, mark) for text, mark in parsed.constraints)
        parts["constraints"] = Seq(texts, texts[0].mark)
    if observed:
        columns = tuple(_entry(item, Scalar(name, name, mark)) for name, (item, mark) in observed.items())
        parts["data"] = Map((_entry("columns", Map(columns, columns[0].node.mark)),), columns[0].node.mark)
    entries = (*top.entries, *(_entry(key, node) for key, node in parts.items()))
    return build(Merged(Map(entries, Mark(ORIGIN, 1, 1))), name="model", origin="")


@plain_arguments
def to_lavaan(model: Model) -> str:
    """`model` in lavaan syntax: measurement, paths and parameters; wording, scales, data and settings have no place.

    lavaan does not tell composites of mode A from those of mode B; a comment marks the first.  Another marks a model
    whose constructs have variance 1 (``identification: std_lv``), which is an argument of lavaan's functions, and one
    a single item of stated reliability, whose residual variance depends on the data.

    Parameters
    ----------
    model : Model
        A checked model.

    Returns
    -------
    str
        The text of a lavaan model.

    Raises
    ------
    SpecError
        For names lavaan cannot take (blanks, a leading digit), and loadings of dimensions, which ``<~`` cannot hold.
    """
    names = (*model.construct_names, *model.item_names)
    allowed = Message("letters, digits, . and _, not beginning with a digit")
    problems = [
        Problem("lavaan cannot take this name", "", shorten(n), allowed) for n in names if not NAME.fullmatch(n)
    ]
    problems += _without_order(model)
    said: dict[tuple[str, str, str], Parameter] = {(p.lhs, p.op, p.rhs): p for p in model.parameters}
    composites = {c.name for c in model.constructs if c.measured == "composite"}
    for p in model.parameters:
        if p.op == "=~" and p.lhs in composites:
            what = "<~ cannot say anything of a single loading"
            problems.append(Problem(what, "", written(p), remedy="leave this parameter out"))
    if problems:
        raise SpecError(problems)
    lines = ["# fit with std.lv = TRUE", ""] if model.estimate.identification == "std_lv" else []
    if model.estimate.bounds is not None:
        lines += [f'# fit with bounds = "{model.estimate.bounds}"', ""]
    for c in model.constructs:
        if c.reliability is not None and len(c.items) == 1:
            item = c.items[0].name
            residual = f"{1 - c.reliability:.6g} x var({item})"
            lines.append(f"# {c.name} has reliability {c.reliability:g}: add  {item} ~~ v*{item}  with v = {residual}")
    named = list(dict.fromkeys(s.group for p in model.parameters for s in p.groups if s.group))
    lines += [f"# c( ) holds the groups in this order: {', '.join(named)}", ""] if named else []
    lines += ["# measurement", *(_block_line(construct, said) for construct in model.constructs), "", "# paths"]
    for target in model.construct_names:
        sources = [source for source, end in model.paths if end == target]
        products = [":".join(product.factors) for product in model.interactions if product.target == target]
        if sources:
            terms = [*(_term_text(s, said.get((target, "~", s))) for s in sources), *products]
            lines.append(f"{target} ~ {' + '.join(terms)}")
    for heading, op in (("variances and covariances", "~~"), ("intercepts", "~1")):
        alone = [p for p in model.parameters if p.op == op]
        if alone:
            lines += ["", f"# {heading}"]
            lines += [f"{p.lhs} {op[:2].rstrip('1')} {_term_text(p.rhs or '1', p, alone=True)}" for p in alone]
    if model.constraints:
        lines += ["", "# constraints", *(text.replace(">=", ">").replace("<=", "<") for text in model.constraints)]
    if model.defined:
        lines += ["", "# defined parameters", *(f"{name} := {text}" for name, text in model.defined)]
    return "\n".join(lines) + "\n"


def _without_order(model: Model) -> Iterator[Problem]:
    """Statements that name other groups than the first one does: lavaan has groups by their order."""
    named = [(p, tuple(s.group for s in p.groups)) for p in model.parameters if p.groups and p.groups[0].group]
    for p, groups in named:
        if groups != named[0][1] or len(groups) < 2:
            what = Message('"{text}" names some groups only, and lavaan needs all in one order', text=written(p))
            yield Problem(what, "", ", ".join(groups), remedy="name the same groups in every statement")


def _block_line(construct: Construct, said: Mapping[tuple[str, str, str], Parameter]) -> str:
    operator = "=~" if construct.measured == "reflective" else "<~"
    names = construct.of or tuple(item.name for item in construct.items)
    parameters = [said.get((construct.name, "=~", name)) for name in names]
    terms = [_term_text(name, p, marker=k == 0) for k, (name, p) in enumerate(zip(names, parameters, strict=True))]
    shared = [p for (lhs, op, rhs), p in said.items() if (lhs, op) == (construct.name, "=~") and rhs not in names]
    terms += [_term_text(p.rhs, p, alone=True) for p in shared]
    plain = construct.of or construct.mode == ("A" if construct.measured == "reflective" else "B")
    return f"{construct.name} {operator} {' + '.join(terms)}" + ("" if plain else f"  # mode {construct.mode}")


def _term_text(name: str, said: Parameter | None, *, marker: bool = False, alone: bool = False) -> str:
    """A name with its value, label or NA; `marker`: lavaan fixes it unless NA is said; `alone`: it is free anyway."""
    if said is None:
        return name
    if said.groups:
        return _of_groups(name, said, marker=marker)
    if said.value is not None:
        return f"{_number(said.value)}*{name}"
    if said.lower is not None or said.upper is not None or said.start is not None:
        return _with_ends(name, said, marker=marker)
    if said.label:
        return f"NA*{name} + {said.label}*{name}" if marker and said.free else f"{said.label}*{name}"
    return name if alone else f"NA*{name}"


def _with_ends(name: str, said: Parameter, *, marker: bool) -> str:
    """A name with its bounds and start value, and its label."""
    ends = [(key, getattr(said, key)) for key in ("lower", "upper", "start")]
    parts = [f"{key}({_number(end)})" for key, end in ends if end is not None]
    parts += ["NA"] if marker else []
    parts += [said.label] if said.label else []
    return " + ".join(f"{part}*{name}" for part in parts)


def _of_groups(name: str, said: Parameter, *, marker: bool) -> str:
    """A name with what is said of every group; labels and other things stand in two ``c( )``, as lavaan needs them."""
    values = ["NA" if s.value is None else _number(s.value) for s in said.groups]
    if not any(s.label for s in said.groups):
        return f"c({', '.join(values)})*{name}"
    alone = f"{said.lhs}.{said.rhs or 'mean'}"
    labels = ", ".join(s.label or f"{alone}.{k}" for k, s in enumerate(said.groups, 1))
    free = set(values) == {"NA"} and not (marker and said.free)
    return f"c({labels})*{name}" if free else f"c({', '.join(values)})*{name} + c({labels})*{name}"


def _number(value: float | None) -> str:
    """A value as lavaan reads it: without a plus sign."""
    number = repr(value)
    return (number if "+" not in number else format(value, ".0f")).removesuffix(".0")


def _higher_order(
    construct: str, operator: str, terms: Sequence[Term], mark: Mark, known: Mapping[str, object]
) -> Iterator[Problem]:
    parts = [term.name for term in terms if term.name in known]
    if parts and len(parts) < len(terms):
        what = Message('"{construct}" is made of constructs and of items', construct=construct)
        remedy = "give each item a construct of its own (X =~ 1*x6 and x6 ~~ 0*x6), and name X in the place of x6"
        yield Problem(what, str(mark), ", ".join(parts), remedy=remedy)


def _parameters(parsed: Parsed) -> Map:
    entries = []
    for statement, said in parsed.parameters.values():
        entries.append(Entry(written(statement), said.mark, _said_of(said)))
    return Map(tuple(entries), Mark(ORIGIN, 1, 1))


def _said_of(said: Term) -> Node:
    """What a spec says of a parameter for what lavaan says."""
    if said.groups:
        codes = [s.label or "free" if s.value is None else s.value for s in said.groups]
        order: Node = Seq(tuple(Scalar(code, str(code), said.mark) for code in codes), said.mark)
        return (
            Map((_entry("order", order), _entry("free", Scalar(True, "true", said.mark))), said.mark)
            if (said.frees and said.labels)
            else order
        )
    if said.ends:
        ends = {key: Scalar(value, str(value), said.mark) for key, value in said.ends.items()}
        label = {"label": Scalar(said.label, said.label, said.mark)} if said.label else {}
        free = {"free": Scalar(True, "true", said.mark)} if said.label and said.free else {}
        return Map(tuple(_entry(key, node) for key, node in (label | ends | free).items()), said.mark)
    value: float | str = said.label or "free" if said.value is None else said.value
    node = Scalar(value, str(value), said.mark)
    if said.label and said.free:
        return Map((_entry("label", node), _entry("free", Scalar(True, "true", said.mark))), said.mark)
    return node


def _defined(parsed: Parsed) -> Map:
    entries = [Entry(name, mark, Scalar(text, text, mark)) for name, (text, mark) in parsed.defined.items()]
    return Map(tuple(entries), Mark(ORIGIN, 1, 1))


def _constructs(parsed: Parsed) -> Map:
    entries = []
    for name, (operator, terms, mark) in parsed.blocks.items():
        higher = any(term.name in parsed.blocks for term in terms)
        parts: list[Entry] = [_entry("of" if higher else "items", _names(terms, mark))]
        if operator == "<~":
            chosen = ("measured", "composite") if higher else ("mode", "B")
            parts.append(_entry(chosen[0], Scalar(chosen[1], chosen[1], mark)))
        entries.append(Entry(name, mark, Map(tuple(parts), mark)))
    return Map(tuple(entries), Mark(ORIGIN, 1, 1))


def _paths(parsed: Parsed) -> Map:
    order = {name: k for k, name in enumerate(parsed.blocks)}
    targets: dict[str, list[Term]] = {}
    first: dict[str, Mark] = {}
    for source, target in sorted(parsed.paths, key=lambda p: tuple(order.get(t.name, len(order)) for t in p)):
        targets.setdefault(source.name, []).append(target)
        first.setdefault(source.name, source.mark)
    entries = tuple(Entry(name, first[name], _names(ends, first[name])) for name, ends in targets.items())
    return Map(entries, Mark(ORIGIN, 1, 1))


def _names(terms: Iterable[Term], mark: Mark) -> Seq:
    return Seq(tuple(Scalar(term.name, term.name, term.mark) for term in terms), mark)


def _entry(key: str, node: Node) -> Entry:
    return Entry(key, node.mark, node)
