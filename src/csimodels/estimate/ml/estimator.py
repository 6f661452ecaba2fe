"""The covariance-based estimators as an :class:`~csimodels.estimate.Estimator`: moments in, a `Fit` out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np

from csimodels.arguments import is_one_of, plain_settings, shown
from csimodels.errors import Problem, SpecError, is_real, is_whole, nearest
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Estimator, Fit, Registered
from csimodels.estimate.ml.admissible import nearly_unidentified
from csimodels.estimate.ml.covariates import Covariates
from csimodels.estimate.ml.discrepancy import ORDERED, WEIGHTED, Discrepancy
from csimodels.estimate.ml.identification import refuse_unidentified
from csimodels.estimate.ml.parameters import Identification, ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import MAX_ITER, TOL, Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.signs import majority_sign, own_loadings
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats, spd_solve
from csimodels.spec.estimators import EstimatorName

Bounds = Literal["pos.var", "pos.ov.var", "pos.lv.var"]
Errors = Literal["expected", "observed", "mlm", "mlr"]

#: A larger tolerance leaves errors in the digits that are published.
LARGEST_TOL = 1e-4


@dataclass(frozen=True, eq=False)
class MLFit(Fit):
    """A :class:`~csimodels.estimate.Fit` and the covariance structure solution that it was read from.

    ``solution`` has one group per batch element: x ``(*B, q)``, chi2 ``(*B,)``, df.
    """

    solution: Solution

    def as_ml(self) -> MLFit:
        """The fit itself."""
        return self


@plain_settings
@dataclass(frozen=True)
class ML(Registered):
    """Covariance structure analysis (Joereskog 1970): maximum likelihood, or another discrepancy.

    Parameters
    ----------
    discrepancy : {"ml", "uls", "gls", "wls", "dwls"}
        ``"ml"``, ``"uls"``, ``"gls"``, ``"wls"`` or ``"dwls"`` (of polychoric correlations).
    identification : {"marker", "std_lv"}
        ``"marker"`` fixes the first loading of every construct at 1, ``"std_lv"`` its (residual) variance.
    errors : {"expected", "observed", "mlm", "mlr"}, optional
        ``"expected"``, ``"observed"``, ``"mlm"`` or ``"mlr"`` standard errors and tests; None (default): those that
        the sample allows.  Estimates do not depend on it.
    tol : float
        Largest scaled step at which the iteration stops.
    max_iter : int
        Iterations after which an element starts once more, and then is reported as not converged.
    weight : ndarray (P, P), optional
        (P, P) weight matrix: for ``wls`` the inverse of the covariances of ``vech(S)``, for ``dwls`` the inverse
        variances of the polychoric correlations.

    covariates : {"fixed", "random"}, optional
        Observed causes as lavaan's ``x`` in measures of fit; see :mod:`csimodels.estimate.ml.covariates`.
    bounds : {"pos.var", "pos.ov.var", "pos.lv.var"}, optional
        Which variances are kept from falling below 0: all, those of items, those of constructs.

    Notes
    -----
    An item that a statement gives a second construct (``parameters: {Value =~ QUA3: free}``) stays an item of the
    first: it counts in the scores and in the index of that one only, and its weight there is the general one below.

    Outer weights are those of the Bartlett (and regression) factor score of the construct from its own items,
    proportional to ``Sigma_bb^{-1} cov(x_b, eta)``, which for uncorrelated residuals is ``lambda / theta``: scores are
    then a weighted mean of a construct's own answers, as an index has to be, and keep the means of the items.
    The sign rule of :class:`~csimodels.estimate.PLS` orients constructs in `Fit`; ``solution`` keeps the scale of the
    marker.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> result = cs.Study("ecsi", data, estimator=cs.ML(errors="expected"), uncertainty=None).run()
    >>> fit = result.fit_measures().set_index("measure")["value"]
    >>> bool(0 < fit["rmsea"] < 0.1)
    True
    """

    discrepancy: Discrepancy = "ml"
    identification: Identification = "marker"
    errors: Errors | None = None
    tol: float = TOL
    max_iter: int = MAX_ITER
    weight: Floats | None = field(default=None, compare=False, repr=False)
    covariates: Covariates | None = None
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        _check_settings(self)

    @property
    def name(self) -> EstimatorName:
        """As written in a spec file: the discrepancy."""
        return self.discrepancy

    @property
    def ml(self) -> ML:
        """The settings that errors and tests are made with: these."""
        return self

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        kept = ("identification", "errors", "tol", "max_iter", "covariates", "bounds")
        return {"estimator": self.name} | {key: getattr(self, key) for key in kept}

    def facts(self) -> dict[str, str]:
        """Discrepancy, how the scale of the constructs is set, and tolerance."""
        scale = {"marker": Message("first loading 1"), "std_lv": Message("variances of constructs 1")}[
            self.identification
        ]
        said = {"estimator": Message(self.title), "identification": scale, "tolerance": f"{self.tol:g}"}
        if self.bounds is not None:
            said |= {"bounds": Message("variances not below 0 ({kind})", kind=self.bounds)}
        if self.covariates is None:
            return said
        known = {"fixed": Message("fixed, as given"), "random": Message("random, as answers")}
        return said | {"covariates": known[self.covariates]}

    def sharp(self) -> ML:
        """The same: solved to rounding already, as the last of Newton's steps squares its error."""
        return self

    def __call__(self, design: Design, moments: Moments) -> MLFit:
        """Fit every batch element of `moments` ``(*B, p)``; trouble with the numbers is a status, never an exception.

        Raises
        ------
        SpecError
            The model has composites of several items, or is not identified.
        """
        if self.discrepancy in ORDERED:
            return replace(self._solved(design, _unit(moments)), moments=design.expand(moments))
        return self._solved(design, moments)

    def _solved(self, design: Design, moments: Moments) -> MLFit:
        expanded = design.expand(moments)
        structure = compiled(_with_bounds(design, self.bounds), self.identification)
        sample = Sample.of(moments)
        solution = solve(structure, sample, self.discrepancy, weight=self.weight, tol=self.tol, max_iter=self.max_iter)
        with np.errstate(all="ignore"):
            return fit_of(design, expanded, solution, self)


def _unit(moments: Moments) -> Moments:
    """The variables behind ordered answers: variances 1."""
    return replace(moments, cov=moments.corr)


@lru_cache(maxsize=64)
def _with_bounds(design: Design, bounds: Bounds | None) -> Design:
    """`design` with the bounds of an estimator that was made for no spec."""
    return design if bounds == design.bounds else replace(design, bounds=bounds)


@lru_cache(maxsize=64)
def compiled(design: Design, identification: Identification) -> Structure:
    """The structure of `design` for one group, once it is known to be identified; a design is compiled once."""
    table = ParameterTable.of(design, identification=identification)
    refuse_unidentified(table)
    return Structure(table)


def _check_settings(settings: ML) -> None:
    """Refuse settings that no run could use, all at once."""
    problems = []
    for key, value, allowed in (
        ("estimator", settings.discrepancy, get_args(Discrepancy)),
        ("identification", settings.identification, get_args(Identification)),
        ("errors", settings.errors, (None, *get_args(Errors))),
        ("covariates", settings.covariates, (None, *get_args(Covariates))),
        ("bounds", settings.bounds, (None, *get_args(Bounds))),
    ):
        if not is_one_of(value, allowed):
            hint = nearest(value, [name for name in allowed if name])
            known = ", ".join(name for name in allowed if name)
            problems.append(Problem(Message("unknown {key}", key=key), key, shown(value), known, hint))
    if not is_real(settings.tol) or not 0 < settings.tol <= LARGEST_TOL:
        range_ = Message("above 0, at most {LARGEST_TOL}; usual: {TOL}", LARGEST_TOL=f"{LARGEST_TOL:g}", TOL=f"{TOL:g}")
        problems.append(Problem("the tolerance must be a small number", "tol", shown(settings.tol), range_))
    if not is_whole(settings.max_iter) or settings.max_iter < 1:
        what = "the number of iterations must be a whole number of at least 1"
        problems.append(Problem(what, "max_iter", shown(settings.max_iter)))
    if is_one_of(settings.discrepancy, WEIGHTED) != (settings.weight is not None):
        what = "wls and dwls need a weight matrix made from the answers, and no other estimator takes one"
        problems.append(Problem(what, "weight", remedy="use gls, or pass weight="))
    if problems:
        raise SpecError(problems)


def fit_of(design: Design, moments: Moments, solution: Solution, estimator: Estimator) -> MLFit:
    """The standardised solution of one group in the arrays of `design`; `moments` are expanded to its items."""
    parts = solution.parts
    phi, sigma = parts.phi[..., 0, :, :], parts.sigma[..., 0, :, :]
    joint = parts.columns[..., 0, :, solution.structure.p + solution.structure.m :]  # cov(x, eta)
    factor_sd = np.sqrt(np.diagonal(phi, axis1=-2, axis2=-1))
    item_sd = np.sqrt(np.diagonal(sigma, axis1=-2, axis2=-1))
    loadings = (joint / (item_sd[..., :, None] * factor_sd[..., None, :]))[..., design.columns, :]
    correlations = phi / (factor_sd[..., :, None] * factor_sd[..., None, :])
    matrices = solution.matrices
    paths = np.where(design.path, matrices.beta[..., 0, :, :] * factor_sd[..., None, :] / factor_sd[..., :, None], 0.0)
    paths = np.where(np.isnan(factor_sd.sum(axis=-1))[..., None, None], np.nan, paths)
    residual = np.diagonal(matrices.psi[..., 0, :, :], axis1=-2, axis2=-1)
    r2 = np.where(design.path.any(axis=1), 1 - residual / factor_sd**2, np.nan)
    weights = _outer_weights(design, moments, solution, joint, sigma)
    sign = majority_sign(own_loadings(design, loadings), design)
    pairs = sign[..., :, None] * sign[..., None, :]
    batch = solution.x.shape[:-1]
    return MLFit(
        design,
        moments,
        weights * sign[..., None, :],
        loadings * sign[..., None, :],
        correlations * pairs,
        paths * pairs,
        r2,
        np.broadcast_to(design.reliability, (*batch, len(design.constructs))).copy(),
        solution.status | moments.status | nearly_unidentified(phi),
        solution.iterations,
        estimator,
        solution,
    )


def _outer_weights(design: Design, moments: Moments, solution: Solution, joint: Floats, sigma: Floats) -> Floats:
    """(*B, p, J) weights of standardised items for scores of variance 1, see :class:`ML`."""
    raw = np.zeros((*joint.shape[:-2], len(design.block)))
    theta = solution.matrices.theta[..., 0, :, :]
    own = set(zip(design.columns.tolist(), design.block.tolist(), strict=True))
    diagonal = not any(
        (r.matrix == "theta" and r.row != r.col) or (r.matrix == "lambda" and (r.row, r.col) not in own)
        for r in solution.structure.table.rows
    )
    for j, block in enumerate(design.blocks):
        columns = design.columns[block]
        pull = joint[..., columns, j]
        if len(block) == 1:
            raw[..., block] = np.where(np.isnan(pull), np.nan, np.sign(pull))
        elif diagonal and not design.parts[j]:
            raw[..., block] = pull / theta[..., columns, columns]
        else:
            raw[..., block] = spd_solve(sigma[..., columns[:, None], columns], pull)
    weights = (raw * moments.sd)[..., None] * design.mask
    spread = (weights * (moments.corr @ weights)).sum(axis=-2)
    out = weights / np.sqrt(spread)[..., None, :]
    return np.asarray(np.where(np.isinf(out), np.nan, out))
