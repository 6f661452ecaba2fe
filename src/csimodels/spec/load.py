"""Spec files, library names and texts -> :class:`~csimodels.spec.model.Model`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from csimodels.arguments import plain_arguments
from csimodels.errors import Problem, SpecError, listed, nearest_file, system_reason
from csimodels.messages import Message, beside
from csimodels.paths import home_path
from csimodels.spec.build import Judge, build
from csimodels.spec.dump import model_tree
from csimodels.spec.file_list import FileList
from csimodels.spec.library import library, library_path
from csimodels.spec.merge import Merged, merge, rebase
from csimodels.spec.model import Model
from csimodels.spec.nodes import Loc, Map, Mark, Scalar, from_plain, kind_of, shorten
from csimodels.spec.not_specs import misplaced, refuse_binary
from csimodels.spec.yamltree import MAX_BYTES, parse_tree

MAX_EXTENDS = 10
#: Where problems in keywords are said to be.
OPTION = "option"


def load_model(source: Path | str | Model, *, overrides: Mapping[str, object] | None = None) -> Model:
    """Read, check and freeze a model.

    Parameters
    ----------
    source : Path, str or Model
        A file (anything with a suffix or a folder in it, or that exists), the name of a library model, or a model,
        which is checked and returned.
    overrides : mapping, optional
        Keys as in a spec file, laid over it last as ``extends`` lays a child over its base; ``None`` removes a key.
        A relative ``data.file`` or ``rollup.weights`` here is relative to the working directory.

    Returns
    -------
    Model
        The model, checked and frozen.

    Raises
    ------
    SpecError
        With all problems at once, each with file, line and column, or ``option`` for those in `overrides`.

    Examples
    --------
    >>> from csimodels import load_model
    >>> load_model("acsi")
    <csimodels.Model acsi: 6 constructs, 14 items, 9 paths>
    >>> load_model("acsi", overrides={"estimate": {"estimator": "ml"}}).estimate.estimator
    'ml'
    """
    return load_judged(source, overrides)


def load_judged(
    source: Path | str | Model, overrides: Mapping[str, object] | None, judge: Judge | None = None
) -> Model:
    """As :func:`load_model`; the error says what `judge` finds in its judgements too."""
    if isinstance(source, Model):
        return _from_model(source, overrides, judge)
    if not isinstance(source, (str, os.PathLike)):
        found = type(source).__name__
        remedy = Message("the model comes first, the data second: {call}", call='Study("acsi", data)')
        what = "a model is a file, a library name or a Model"
        raise SpecError(Problem(what, OPTION, found, "Path, str, Model", remedy))
    path = _find(source)
    own = _read(path)
    merged = _overridden(_extended(own, path.parent, (_key(path),)), _options(overrides, path.parent))
    if merged.findings:
        return build(merged, name=path.stem, origin=str(path), judge=judge)
    return _built(merged.tree, tuple(merged.removed.items()), path, judge)


@lru_cache(maxsize=32)
def _built(tree: Map, removed: tuple[tuple[Loc, Mark], ...], path: Path, judge: Judge | None) -> Model:
    """The model of a file, checked once for the same text and keywords; trees and models are immutable."""
    return build(Merged(tree, dict(removed)), name=path.stem, origin=str(path), judge=judge)


@plain_arguments
def parse_model(text: str, *, origin: str = "<text>", base: Path | str | None = None) -> Model:
    """Read a model from the text of a spec.

    Parameters
    ----------
    text : str
        YAML, as in a spec file.
    origin : str
        What messages call the text.
    base : Path or str, optional
        Folder that ``extends`` and file names are relative to; the working directory where left out.

    Returns
    -------
    Model
        The model, checked and frozen.

    Raises
    ------
    SpecError
        As :func:`load_model`.
    """
    is_file = Path(origin).suffix in (".yaml", ".yml")
    folder = Path(base) if base is not None else Path(origin).parent if is_file else Path()
    merged = _extended(parse_tree(text, origin), folder, ())
    known = is_file or base is not None
    name = Path(origin).stem if is_file else "model"
    return build(merged, name=name, origin=str(folder / Path(origin).name) if known else "")


def data_path(model: Model) -> Path | None:
    """The data file of `model`, relative names taken from the folder of its spec; None where it names no file."""
    return _beside(model, model.data.file)


def data_source(model: Model) -> Path | FileList | None:
    """The data file of `model`, or its files where it names several, found as :func:`data_path` finds one."""
    if not model.data.files:
        return data_path(model)
    paths = [_beside(model, name) for _, name in model.data.files]
    return FileList(tuple(path for path in paths if path), tuple(wave for wave, _ in model.data.files))


def moments_path(model: Model) -> Path | None:
    """The folder of sums of `model`, found as :func:`data_path` finds the data; None where it names none."""
    return _beside(model, model.data.moments)


def rollup_path(model: Model) -> Path | None:
    """The file of roll-up weights of `model`, found as :func:`data_path` finds the data; None where it names none."""
    return _beside(model, model.rollup.weights)


def template_path(model: Model) -> Path | None:
    """The Word template of `model`, found as :func:`data_path` finds the data; None where it names none."""
    return _beside(model, model.report.template)


def logo_path(model: Model) -> Path | None:
    """The logo of `model`, found as :func:`data_path` finds the data; None where it names none."""
    return _beside(model, model.report.brand.logo)


def _beside(model: Model, name: str | None) -> Path | None:
    if name is None:
        return None
    path = home_path(name)
    path = path if path.is_absolute() or not model.origin else Path(model.origin).parent / path
    other = path.with_name(normalize("NFD", path.name))  # names of files may hold decomposed letters
    return other if other.is_file() and not path.is_file() else path


def _find(source: str | os.PathLike[str]) -> Path:
    text = os.fspath(source)
    if "\n" in text or "\r" in text:
        remedy = Message("csimodels.parse_model(text) reads the text of a spec")
        if "=~" in text or "<~" in text:
            remedy = Message("csimodels.from_lavaan(text, index=...) reads lavaan's notation; index names a construct")
        raise SpecError(Problem("this is a text of several lines, not a file name", OPTION, remedy=remedy))
    if len(text) > 4000:
        raise SpecError(Problem("this is no file name: it is too long", OPTION, shorten(text), "", "name a spec file"))
    path = home_path(text)
    if isinstance(source, str) and not _is_file_name(source) and not path.is_file():
        if source.strip() and path.is_dir() and source not in (entry.name for entry in library()):
            return path
        return library_path(source)
    return path


def _is_file_name(text: str) -> bool:
    return bool(Path(text).suffix) or "/" in text or "\\" in text or text.startswith("~")


def _read(path: Path) -> Map:
    wrong = misplaced(path)
    if wrong is not None and path.exists():
        raise SpecError(wrong)
    if path.exists() and not path.is_file():  # a pipe would keep us waiting
        what = "the spec cannot be read: it is a pipe or device"
        raise SpecError(Problem(what, str(path), remedy="name a .yaml file"))
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(_not_found(path)) from None
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else Message("the name is no path")
        what = Message("the spec cannot be read: {reason}", reason=reason)
        raise SpecError(Problem(what, shorten(str(path), 200), remedy="name a .yaml file")) from None
    if len(raw) > MAX_BYTES:
        raise SpecError(
            Problem(
                Message("the file is larger than {MAX_BYTES} bytes", MAX_BYTES=f"{MAX_BYTES:,}"),
                str(path),
                remedy="a spec is small",
            )
        )
    refuse_binary(raw, path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save it as UTF-8 (it may be GB18030 or UTF-16 now)"
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            remedy = "save it as UTF-8: it is UTF-16 now"
        raise SpecError(Problem("the file is not UTF-8", f"{path}:{line}", remedy=remedy)) from None
    return _parsed(text.replace("\r\n", "\n"), str(path))


#: A text is read once, however many studies begin with it; trees are immutable.
_parsed = lru_cache(maxsize=16)(parse_tree)


def _not_found(path: Path) -> Problem:
    folder = path.parent
    if not folder.is_dir():
        return Problem("there is no such file: its folder does not exist", str(path), str(folder))
    if path.is_symlink():
        what = Message("{path} is a link to a file that is not there", path=str(path))
        return Problem(what, found=str(path.readlink()), remedy="correct the link")
    specs = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    allowed = beside(nearest_file(path.name, specs), listed(specs))
    return Problem("there is no such file", str(path), "", allowed, "`csi models` lists the library models")


def _key(path: Path) -> str:
    return os.path.realpath(path)


def _extended(own: Map, folder: Path, chain: tuple[str, ...]) -> Merged:
    """`own` laid over what it extends, that over what it extends, and so on."""
    _check_version(own)
    named = own.get("extends")
    if named is None or (isinstance(named, Scalar) and named.value is None):
        return Merged(own)
    if not isinstance(named, Scalar) or not isinstance(named.value, str) or not named.value.strip():
        allowed = Message("a library model or a path")
        raise SpecError(Problem("extends must be one name", str(named.mark), kind_of(named), allowed))
    path = _base_path(named, folder)
    if _key(path) in chain:
        shown = " -> ".join(Path(step).name for step in (*chain, _key(path)))
        raise SpecError(
            Problem(
                Message("extends runs in a circle: {shown}", shown=shown),
                str(named.mark),
                remedy="take one of them out",
            )
        )
    if len(chain) >= MAX_EXTENDS:
        raise SpecError(
            Problem(
                Message("more than {MAX_EXTENDS} specs extend one another", MAX_EXTENDS=MAX_EXTENDS), str(named.mark)
            )
        )
    base = _extended(_read(path), path.parent, (*chain, _key(path)))
    done = merge(rebase(base.tree, path.parent, folder), own)
    return Merged(done.tree, {**base.removed, **done.removed}, [*base.findings, *done.findings])


def _base_path(named: Scalar, folder: Path) -> Path:
    if _is_file_name(named.text):
        path = folder / home_path(named.text)
        if not path.is_file():
            raise SpecError(replace(_not_found(path), where=str(named.mark), found=f"extends: {named.text}"))
        return path
    try:
        return library_path(named.text)
    except SpecError as error:
        raise SpecError([replace(problem, where=str(named.mark)) for problem in error.problems]) from None


def _check_version(tree: Map) -> None:
    node = tree.get("csi")
    if node is None:
        problem = Problem("the grammar version is missing", str(tree.mark), remedy="begin with the line `csi: 1`")
        raise SpecError(problem)
    if not isinstance(node, Scalar) or node.value != 1 or not isinstance(node.value, int) or node.value is True:
        remedy = "write `csi: 1`; a later version needs a later csimodels"
        found = f'"{node.text}"' if isinstance(node, Scalar) and isinstance(node.value, str) else kind_of(node)
        raise SpecError(Problem("unknown version of the grammar", str(node.mark), found, "1", remedy))


def _options(overrides: Mapping[str, object] | None, folder: Path) -> Map | None:
    """Keywords as the tree of a spec in `folder`; None where there are none."""
    if not overrides:
        return None
    tree = from_plain(overrides, OPTION)
    if not isinstance(tree, Map):
        raise SpecError(Problem("overrides must be a mapping", OPTION, kind_of(tree)))
    fixed = [
        Problem(Message("{key} cannot be changed by an option", key=key), OPTION)
        for key in ("csi", "extends")
        if tree.get(key)
    ]
    if fixed:
        raise SpecError(fixed)
    return rebase(tree, Path(), folder)


def _overridden(merged: Merged, options: Map | None) -> Merged:
    if options is None:
        return merged
    done = merge(merged.tree, options, drop=())
    return Merged(done.tree, {**merged.removed, **done.removed}, [*merged.findings, *done.findings])


def _from_model(model: Model, overrides: Mapping[str, object] | None, judge: Judge | None) -> Model:
    folder = Path(model.origin).parent if model.origin else Path()
    return _checked(_Itself(model), _options(overrides, folder), judge)


@dataclass(frozen=True, eq=False)
class _Itself:
    """One very model: equal ones may come from different files."""

    model: Model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.model is self.model

    def __hash__(self) -> int:
        return id(self.model)


@lru_cache(maxsize=32)
def _checked(source: _Itself, options: Map | None, judge: Judge | None) -> Model:
    """The model with keywords laid over it, checked once, however many data are studied with it."""
    model = source.model
    merged = _overridden(Merged(model_tree(model)), options)
    checked = build(merged, name=model.name, origin=model.origin, judge=judge)
    return model if checked == model else checked
