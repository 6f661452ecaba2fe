"""Measurement invariance across the groups of a survey, and the latent means that it allows to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import Problem, SpecError
from csimodels.estimate.ml.invariance import STEPS
from csimodels.spec import Model
from csimodels.study.joint.climb import climbed, refuse_ordered
from csimodels.study.joint.data import estimate_of, refuse_options
from csimodels.study.joint.ladder_result import Invariance
from csimodels.study.joint.study import joint_study
from csimodels.study.keywords import Reading


@known_keywords
def invariance(
    model: str | Path | Model,
    data: Any = None,
    *,
    by: str | Sequence[str] | None = None,
    steps: Sequence[str] = tuple(STEPS),
    free: Sequence[str] = (),
    errors: str | None = None,
    missing: str = "fiml",
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
    weight: str | None = None,
    where: Mapping[str, float | str] | None = None,
    design: Mapping[str, str] | None = None,
) -> Invariance:
    """Does a questionnaire measure the same in every group?

    The model is fitted to all groups at once with more and more parameters held equal: ``configural`` (none),
    ``metric`` (loadings), ``scalar`` (and intercepts), ``strict`` (and residual variances); Joereskog (1971), Meredith
    (1993).  The spec's estimator is taken, ``ml`` where it is none of ``ml``, ``gls``, ``uls`` and ``wls``.

    Parameters
    ----------
    model : str, Path or Model
        As for :class:`~csimodels.Study`.
    data : path or frame, optional
        As for :class:`~csimodels.Study`.
    by : str or list of str, optional
        Group column(s); the spec's by default.
    steps : sequence of str
        Steps to fit, in their order; ``"configural"`` first.
    free : list of str, optional
        Parameters that stay free in every step, for partial invariance: ``["Image =~ IMAG2", "IMAG2 ~1"]``.
    errors : {"expected", "observed", "mlm", "mlr"}, optional
        None: those that the sample allows; ``"mlr"`` and ``"mlm"`` scale tests and differences (Satorra & Bentler
        2001).
    missing : {"fiml", "listwise"}, optional
        ``"fiml"`` (answers as they are) or ``"listwise"``.
    columns : mapping, optional
        As for Study.
    missing_codes : list or mapping, optional
        As for Study.
    weight : str, optional
        As for Study.
    where : mapping, optional
        As for Study.
    design : mapping, optional
        As for Study.

    Returns
    -------
    Invariance
        The steps that were fitted.

    Raises
    ------
    SpecError, DataError
        Fewer than two groups, groups that are too small, unknown steps or parameters.
    EstimationError
        The first step cannot be estimated.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 300, seed=1).data.assign(bank=["A", "B"] * 150)
    >>> cs.invariance("ecsi", data, by="bank")
    <csimodels.Invariance by bank: configural, metric, scalar, strict>
    """
    if not is_one_of(missing, ("fiml", "listwise")):
        raise SpecError(Problem("unknown missing rule of invariance", "missing", shown(missing), "fiml, listwise"))
    refuse_options(errors, {"steps": steps, "free": free})
    given = estimate_of(model)
    refuse_ordered(given)
    reading = Reading(columns, missing_codes, weight, by, where=where, design=design)
    study = joint_study(model, data, reading, given, errors)
    options = {"steps": list(steps), "free": list(free), "errors": errors, "missing": missing}
    return climbed(study.model, study.survey, options, study.data_file)
