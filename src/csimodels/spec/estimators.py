"""The register of estimators: what a spec may say of each, known before any estimator is made.

An estimator stands here once with its family, the settings it takes and its missing rules; its class in
:mod:`csimodels.estimate` carries the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

EstimatorName = Literal["pls", "plsc", "ml", "uls", "gls", "wls", "dwls", "semopy", "means"]
MissingRule = Literal["listwise", "mean", "pairwise", "em", "fiml"]
Family = Literal["composite", "covariance"]

#: Settings of `estimate` that every estimator takes.
SHARED_SETTINGS = ("estimator", "missing", "tol", "max_iter", "on_nonconvergence")


@dataclass(frozen=True)
class EstimatorEntry:
    """What a spec may say of one estimator.

    Attributes
    ----------
    name : str
        As written in a spec file.
    family : str
        ``"composite"`` (PLS and its kin: constructs are weighted sums) or ``"covariance"`` (constructs are common
        factors of a covariance structure).
    settings : tuple of str
        Keys of `estimate` beyond :data:`SHARED_SETTINGS`.
    missing : tuple of str
        Missing rules under which its numbers hold where answers are missing; the default first.
    largest_tol : float
        A larger tolerance would leave errors in published digits.
    usual_tol : str
        What the tolerance usually is, for messages.
    usual_iterations : int
        What `max_iter` usually is, for messages.
    errors : tuple of str
        Kinds of standard errors of its parameters, empty where it has none.
    title : str
        As shown to a reader.
    likelihood : bool
        Whether it maximises the normal likelihood.
    from_rows : bool
        Whether it takes a weight matrix that is made from the rows of one group.
    plain : bool
        Whether constructs are plain means of their items: no paths are needed, and no weights estimated.
    ordered : bool
        Whether it is of polychoric correlations, and of no others.
    peer : bool
        Whether the fit is that of another package: a second opinion on estimates, without intervals unless asked for.
    """

    name: EstimatorName
    family: Family
    settings: tuple[str, ...] = ()
    missing: tuple[MissingRule, ...] = ("listwise",)
    largest_tol: float = 1e-4
    usual_tol: str = "1e-6"
    usual_iterations: int = 60
    errors: tuple[str, ...] = ()
    title: str = ""
    likelihood: bool = False
    from_rows: bool = False
    peer: bool = False
    plain: bool = False
    ordered: bool = False


_ANY: tuple[MissingRule, ...] = ("mean", "listwise", "pairwise", "em")
_COVARIANCE = ("errors", "identification", "bounds")
_ALL_ERRORS = ("expected", "observed", "mlm", "mlr")
_LEAST_SQUARES = ("expected", "mlm")


def _composite(name: EstimatorName, title: str, *more: str) -> EstimatorEntry:
    settings = ("scheme", "higher_order", "interactions", "correlations", *more)
    return EstimatorEntry(name, "composite", settings, _ANY, 1e-3, "1e-7", 300, title=title)


def _likelihood(name: EstimatorName, title: str, missing: tuple[MissingRule, ...], peer: bool) -> EstimatorEntry:
    kinds, settings = _ALL_ERRORS, ("errors", "identification") if peer else (*_COVARIANCE, "covariates")
    return EstimatorEntry(name, "covariance", settings, missing, errors=kinds, title=title, likelihood=True, peer=peer)


def _least_squares(name: EstimatorName, title: str, *, from_rows: bool = False) -> EstimatorEntry:
    return EstimatorEntry(name, "covariance", _COVARIANCE, errors=_LEAST_SQUARES, title=title, from_rows=from_rows)


def _of_ordered(name: EstimatorName, title: str) -> EstimatorEntry:
    settings = ("identification", "bounds")  # its errors are robust ones, always
    return EstimatorEntry(name, "covariance", settings, errors=("mlm",), title=title, from_rows=True, ordered=True)


#: Every estimator by its name, in the order in which they are listed for a reader.
ESTIMATORS: dict[EstimatorName, EstimatorEntry] = {
    entry.name: entry
    for entry in (
        _composite("pls", "PLS", "metric"),
        _composite("plsc", "PLSc"),
        _likelihood("ml", "ML", ("em", "fiml", "listwise"), peer=False),
        _least_squares("uls", "ULS"),
        _least_squares("gls", "GLS"),
        _least_squares("wls", "WLS", from_rows=True),
        _of_ordered("dwls", "DWLS"),
        _likelihood("semopy", "semopy", ("em", "listwise"), peer=True),
        EstimatorEntry("means", "composite", (), _ANY, 1e-3, "1e-7", 300, title="Means of items", plain=True),
    )
}
assert tuple(ESTIMATORS) == get_args(EstimatorName)


def names_of(family: Family) -> tuple[EstimatorName, ...]:
    """Estimators of one family, in the order of the register."""
    return tuple(name for name, entry in ESTIMATORS.items() if entry.family == family)


def is_covariance(name: object) -> bool:
    """Whether `name` is an estimator of covariance structures; False for anything that is no estimator."""
    return name in names_of("covariance")


def owners(setting: str) -> tuple[EstimatorName, ...]:
    """Estimators that take `setting`."""
    return tuple(name for name, entry in ESTIMATORS.items() if setting in entry.settings)


def foreign_settings(name: object) -> tuple[str, ...]:
    """Settings of other estimators that mean nothing to `name`; none where `name` is no estimator."""
    entry = next((entry for entry in ESTIMATORS.values() if entry.name == name), None)
    if entry is None:
        return ()
    known = dict.fromkeys(key for other in ESTIMATORS.values() for key in other.settings)
    return tuple(key for key in known if key not in entry.settings)
