"""Many specs in one go: one log, one verdict; a batch that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csimodels.errors import CsiError, Problem, SpecError, listed, memory_problem, system_reason
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, about, say
from csimodels.spec import Model, data_source, library, load_model, moments_path, rollup_path
from csimodels.study.stored.folder import refuse_unwritable
from csimodels.study.stored.manifest import MANIFEST
from csimodels.study.stored.results import save
from csimodels.study.stored.tables import code_hash
from csimodels.study.study import Study
from csimodels.survey import file_hash
from csimodels.survey.files.names import expanded_files, files_of
from csimodels.survey.scale.travel import ABOUT

#: The log of a batch, one line of JSON for each spec.
LOG = "batch.jsonl"


@dataclass(frozen=True)
class Step:
    """What became of one spec of a batch.

    Attributes
    ----------
    spec, folder : str
        The spec and the folder of its result.
    state : str
        ``done``, ``failed``, or ``as it was``: inputs and code are those of an earlier run, whose result is there.
    seconds : float
        Wall time.
    inputs : str
        sha256 of model, data, weights and code; empty where they cannot be read.
    said : str
        The error of a spec that failed, in the language of the user.
    """

    spec: str
    folder: str
    state: str
    seconds: float
    inputs: str
    said: str = ""


def batch(
    specs: Sequence[str | Path], folder: str | Path, *, again: bool = False, report: bool = True
) -> Iterator[Step]:
    """Run specs one after the other into ``folder/<name of the spec>``; a spec that fails does not stop the others.

    Every step is written into ``folder/batch.jsonl`` as it ends.  A spec whose result is there and whose inputs and
    code are those of its last line in the log is not run again.

    Parameters
    ----------
    specs : sequence of path
        Spec files, their names different.
    folder : str or Path
        Where the results go.
    again : bool
        Run all of them, also those whose results are there.
    report : bool
        False leaves the reports out.

    Yields
    ------
    Step

    Raises
    ------
    SpecError
        Two specs have one name, or there is none, or none exists.
    DataError
        Nothing can be written into the folder.
    """
    paths, home = [Path(spec) for spec in specs], Path(folder)
    _refuse_names(paths)
    refuse_unwritable(home)
    known = {} if again else _inputs_of(home / LOG)
    for path in paths:
        step = _step(path, home / path.stem, known.get(str(path), ""), report)
        home.mkdir(parents=True, exist_ok=True)
        with (home / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(step), ensure_ascii=False) + "\n")
        yield step


def _refuse_names(paths: Sequence[Path]) -> None:
    twice = [name for name, n in Counter(path.stem for path in paths).items() if n > 1]
    if twice or not paths:
        what = Message("two specs of a batch are called {name}", name=twice[0]) if twice else "no spec is named"
        raise SpecError(Problem(what, "batch", remedy="name files with different names: csi batch specs/*.yaml"))
    if not any(path.exists() or str(path) in {entry.name for entry in library()} for path in paths):
        remedy = "name spec files, or a pattern that some have: csi batch specs/*.yaml"
        raise SpecError(Problem("none of the specs of the batch exists", "batch", listed(paths, 5), remedy=remedy))


def _inputs_of(log: Path) -> dict[str, str]:
    """By spec, the inputs of its last step that ended well; a line that was cut off counts as none."""
    done: dict[str, str] = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        try:
            step: dict[str, Any] = json.loads(line)
            done[step["spec"]] = step["inputs"] if step["state"] != "failed" else ""
        except (ValueError, KeyError, TypeError):
            continue
    return done


def _step(path: Path, out: Path, before: str, report: bool) -> Step:
    start = time.monotonic()
    inputs = ""

    def ended(state: str, said: str = "") -> Step:
        return Step(str(path), str(out), state, round(time.monotonic() - start, 3), inputs, said)

    try:
        model = load_model(path)
        inputs = _fingerprint(model)
        if inputs == before and (out / MANIFEST).is_file():
            return ended("as it was")
        save(Study(model).run(progress=False), out, report=report)
    except CsiError as error:
        return ended("failed", error.said(translator(language_of_user())))
    except MemoryError as error:
        return ended("failed", memory_problem(error).said(translator(language_of_user())))
    except OSError as error:
        text = about(error.filename or Message(N_("file")), system_reason(error))
        return ended("failed", say(text, translator(language_of_user())))
    return ended("done")


def _fingerprint(model: Model) -> str:
    """sha256 of everything that a result hangs on."""
    whole = hashlib.sha256(f"{model.hash} {code_hash()}".encode())
    data, folder, weights = data_source(model), moments_path(model), rollup_path(model)
    found = files_of(data) if isinstance(data, Path) else [f for f, _ in expanded_files(data)] if data else ()
    files = [*found, *([folder / ABOUT] if folder is not None else [])]
    for path in [*files, *([weights] if weights is not None else [])]:
        whole.update(file_hash(path).encode() if path.is_file() else str(path).encode())
    return whole.hexdigest()
