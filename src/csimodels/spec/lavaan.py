"""lavaan model syntax in and out (Rosseel 2012, Journal of Statistical Software 48(2), section 3).

``=~`` is a reflective construct, ``<~`` a composite (mode B), ``~`` a regression among constructs.  Fixed values,
labels, ``NA``, ``label == label``, covariances (``~~``) and intercepts (``~ 1``) become `parameters`.  Everything else
lavaan can say (start values, groups, thresholds, defined parameters, inequalities) is refused with its line, never
ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from unicodedata import normalize

from csimodels.arguments import plain_arguments
from csimodels.errors import Problem, SpecError
from csimodels.messages import Message
from csimodels.spec.build import build
from csimodels.spec.lavaan_text import NAME, ORIGIN, Parsed, Term, parse
from csimodels.spec.merge import Merged
from csimodels.spec.model import Construct, Model, Parameter
from csimodels.spec.nodes import Entry, Map, Mark, Node, Scalar, Seq, from_plain, shorten
from csimodels.spec.statements import written


@plain_arguments
def from_lavaan(
    text: str, *, name: str = "model", scale: tuple[float, float] = (1, 10), index: str | None = None
) -> Model:
    """A model from lavaan syntax.

    ``A <~ B + C`` with constructs on the right makes a higher-order composite of them.  Paths come out source by
    source, in the order of the constructs.  Where the text says anything of single parameters, the estimator is ``ml``.

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
    for construct, (operator, terms, mark) in parsed.blocks.items():
        parsed.problems.extend(_higher_order(construct, operator, terms, mark, parsed.blocks))
    if parsed.problems:
        raise SpecError(parsed.problems)
    more: dict[str, object] = {"index": index} if index else {}
    if parsed.parameters or parsed.defined:
        more |= {"estimate": {"estimator": "ml"}}
    top = from_plain({"name": name, "scale": scale, **more}, "option")
    assert isinstance(top, Map)
    parts = {"constructs": _constructs(parsed), "paths": _paths(parsed), "parameters": _parameters(parsed)}
    if parsed.defined:
        parts["defined"] = _defined(parsed)
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
    said: dict[tuple[str, str, str], Parameter] = {(p.lhs, p.op, p.rhs): p for p in model.parameters}
    composites = {c.name for c in model.constructs if c.measured == "composite"}
    for p in model.parameters:
        if p.op == "=~" and p.lhs in composites:
            what = "<~ cannot say anything of a single loading"
            problems.append(Problem(what, "", written(p), remedy="leave this parameter out"))
    if problems:
        raise SpecError(problems)
    lines = ["# fit with std.lv = TRUE", ""] if model.estimate.identification == "std_lv" else []
    for c in model.constructs:
        if c.reliability is not None and len(c.items) == 1:
            item = c.items[0].name
            residual = f"{1 - c.reliability:.6g} x var({item})"
            lines.append(f"# {c.name} has reliability {c.reliability:g}: add  {item} ~~ v*{item}  with v = {residual}")
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
    if model.defined:
        lines += ["", "# defined parameters", *(f"{name} := {text}" for name, text in model.defined)]
    return "\n".join(lines) + "\n"


def _block_line(construct: Construct, said: Mapping[tuple[str, str, str], Parameter]) -> str:
    operator = "=~" if construct.measured == "reflective" else "<~"
    names = construct.of or tuple(item.name for item in construct.items)
    parameters = [said.get((construct.name, "=~", name)) for name in names]
    terms = [_term_text(name, p, marker=k == 0) for k, (name, p) in enumerate(zip(names, parameters, strict=True))]
    plain = construct.of or construct.mode == ("A" if construct.measured == "reflective" else "B")
    return f"{construct.name} {operator} {' + '.join(terms)}" + ("" if plain else f"  # mode {construct.mode}")


def _term_text(name: str, said: Parameter | None, *, marker: bool = False, alone: bool = False) -> str:
    """A name with its value, label or NA; `marker`: lavaan fixes it unless NA is said; `alone`: it is free anyway."""
    if said is None:
        return name
    if said.value is not None:
        number = repr(said.value)
        return f"{number if '+' not in number else format(said.value, '.0f')}*{name}".replace(".0*", "*")
    if said.label:
        return f"NA*{name} + {said.label}*{name}" if marker else f"{said.label}*{name}"
    return name if alone else f"NA*{name}"


def _higher_order(
    construct: str, operator: str, terms: Sequence[Term], mark: Mark, known: Mapping[str, object]
) -> Iterator[Problem]:
    parts = [term.name for term in terms if term.name in known]
    if parts and len(parts) < len(terms):
        what = Message('"{construct}" is made of constructs and of items', construct=construct)
        yield Problem(what, str(mark), ", ".join(parts), remedy="take either")


def _parameters(parsed: Parsed) -> Map:
    entries = []
    for statement, said in parsed.parameters.values():
        value: float | str = said.label or "free" if said.value is None else said.value
        entries.append(Entry(written(statement), said.mark, Scalar(value, str(value), said.mark)))
    return Map(tuple(entries), Mark(ORIGIN, 1, 1))


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
