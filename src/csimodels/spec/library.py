"""The models that come with the package: one YAML file each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import Message, beside
from csimodels.spec.model import Text
from csimodels.spec.nodes import Map, Scalar
from csimodels.spec.yamltree import parse_tree

_PACKAGE = Path(__file__).resolve().parent.parent
#: A study with data of its own, kept beside the models that it is an example of.
_NOT_MODELS = frozenset({"demo", "tcsi-demo"})
#: In a wheel, then in the source tree.
_FOLDERS = (_PACKAGE / "_models", _PACKAGE.parent.parent / "models")


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A library model: the name to load it by, its title, its file."""

    name: str
    title: Text
    path: Path

    def __repr__(self) -> str:
        return f"<csimodels.LibraryEntry {self.name}: {self.title.get('en')}>"


def library() -> tuple[LibraryEntry, ...]:
    """The library, by name.

    Returns
    -------
    tuple of LibraryEntry
        Name, title and file of every model.
    """
    files = _files()
    return tuple(LibraryEntry(name, _title(path, files), path) for name, path in files.items())


def library_path(name: str) -> Path:
    """File of the library model `name`.

    Raises
    ------
    SpecError
        With the nearest name and the list, where there is no such model.
    """
    files = _files()
    if name in files:
        return files[name]
    hint = nearest(name, files)
    known = listed(list(files), 40) if files else Message("no library models are installed")
    raise SpecError(
        Problem(
            Message('no library model is called "{name}"', name=name),
            found=name,
            allowed=beside(hint, known),
            remedy=Message('for a file of your own write its path, for example "./{name}.yaml"', name=name),
        )
    )


def _files() -> dict[str, Path]:
    folder = next((f for f in _FOLDERS if f.is_dir()), None)
    paths = sorted(folder.glob("*.yaml"), key=lambda path: path.stem) if folder else []
    return {path.stem: path for path in paths if path.stem not in _NOT_MODELS}


def _title(path: Path, files: dict[str, Path]) -> Text:
    """The title as written in the file, else in the library model it extends."""
    for _ in range(10):
        tree = parse_tree(path.read_text(encoding="utf-8"), str(path))
        title, base = tree.get("title"), tree.get("extends")
        if isinstance(title, Scalar):
            return Text(en=title.text)
        if isinstance(title, Map):
            parts = {e.key: e.node.text for e in title.entries if isinstance(e.node, Scalar)}
            return Text(parts.get("en", ""), parts.get("zh", ""))
        if not isinstance(base, Scalar) or base.text not in files:
            break
        path = files[base.text]
    return Text()
