"""How many replicates were asked for, kept, and failed for which reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.errors import Status
from csimodels.infer import Replications
from csimodels.messages import Message, about
from csimodels.moments import Key
from csimodels.moments.linalg import Bools
from csimodels.spec.model import UncertaintySpec
from csimodels.study.groups import Group


@dataclass(frozen=True, eq=False)
class Tally:
    """Replicates of one group: asked, kept, and failed by reason; ``inadmissible`` ones are kept and counted."""

    key: Key
    asked: int = 0
    kept: int = 0
    not_converged: int = 0
    singular: int = 0
    inadmissible: int = 0

    @classmethod
    def of(cls, key: Key, done: Replications, failed: Bools) -> Tally:
        """Count the states of `done`; `failed` ``(R,)`` says which replicates are left out."""

        def count(flag: Status, among: Bools) -> int:
            return int((((done.status & int(flag)) != 0) & among).sum())

        anywhere = np.ones(len(failed), dtype=bool)
        return cls(
            key,
            len(failed),
            int((~failed).sum()),
            count(Status.NOT_CONVERGED, anywhere),
            count(Status.SINGULAR, anywhere),
            count(Status.INADMISSIBLE, ~failed),
        )


def least_p(tallies: Sequence[Tally], spec: UncertaintySpec) -> float:
    """Smallest p-value that the bootstrap of `spec` counts, 2/(kept + 1); 0 for methods that do not count replicates.

    Of several fits it is that of the fewest replicates kept, fits that lost more than half of them aside.
    """
    if spec.method != "bootstrap" or spec.interval == "normal":
        return 0.0
    kept = [tally.kept for tally in tallies if 2 * tally.kept >= tally.asked > 0]
    return 2 / (min(kept) + 1) if kept else 0.0


def tally_notes(groups: Sequence[Group], tallies: Sequence[Tally], drawn: bool) -> list[Message]:
    """Which groups lost replicates, or keep inadmissible ones; lost ones that were not `drawn` are replaced."""
    notes: list[Message] = []
    for group, tally in zip(groups, tallies, strict=True):
        failed = tally.asked - tally.kept
        if tally.kept < min(tally.asked, 2):
            why = Message("{failed} of {asked} replicates failed", failed=failed, asked=tally.asked)
            notes.append(about(group.name, Message("no intervals: {reasons}", reasons=why)))
        elif failed:
            text = (
                "{failed} of {asked} replicates failed (not converged {a}, singular {b}); intervals use the others"
                if drawn
                else "{failed} of {asked} replicates failed (not converged {a}, singular {b}): numbers hang on few "
                "rows there; in their place stands twice what the samples halfway to them move"
            )
            said = Message(text, failed=failed, asked=tally.asked, a=tally.not_converged, b=tally.singular)
            notes.append(about(group.name, said))
        if tally.inadmissible:
            said = Message(
                "{bad} of {asked} replicates are inadmissible; "
                "intervals keep them, as they are part of the sampling distribution",
                bad=tally.inadmissible,
                asked=tally.asked,
            )
            notes.append(about(group.name, said))
    return notes
