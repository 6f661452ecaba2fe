"""Customer-satisfaction-index structural equation models.

A model is a YAML file, a fit is PLS, PLSc or ML, and what comes out is 0-100 indices, path coefficients, driver tables
and a report::

    import csimodels as cs

    study = cs.Study("ecsi", df)
    result = study.run()
    result.index()

Names load when they are first used, so that ``import csimodels`` and the command line start at once; what may import
what is guarded by import-linter, not by this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels._version import __version__
from csimodels.lazy import names_on_use
from csimodels.other_names import by_name

if TYPE_CHECKING:
    from csimodels.errors import (
        CsiError,
        CsiWarning,
        DataError,
        EstimationError,
        MissingExtraError,
        Problem,
        SpecError,
        Status,
    )
    from csimodels.estimate import ML, PLS, Design, Fit, PLSc, Semopy
    from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
    from csimodels.moments import Moments, Sums
    from csimodels.simulation import Population, simulate
    from csimodels.spec import (
        Construct,
        Item,
        Model,
        dump_model,
        from_lavaan,
        json_schema,
        library,
        load_model,
        parse_model,
        to_lavaan,
    )
    from csimodels.study import (
        FROM_SPEC,
        Codebook,
        Draft,
        EstimatorComparison,
        GroupFit,
        Invariance,
        Result,
        Study,
        Verification,
        batch,
        check_folder,
        check_report,
        codebook,
        compare,
        compare_estimators,
        compare_specs,
        crosscheck,
        fit_groups,
        init,
        invariance,
        load_result,
        plan,
        plan_by_simulation,
        plan_strata,
        reached,
        save,
        save_comparison,
        save_spec_comparison,
        strata_file,
        trend_of_results,
        verify,
    )
    from csimodels.survey import Query, Survey, read_survey

_HOME = {
    "csimodels.errors": ("CsiError CsiWarning DataError EstimationError MissingExtraError Problem SpecError Status"),
    "csimodels.estimate": "ML PLS Design Fit PLSc Semopy",
    "csimodels.infer": "Bootstrap Jackknife Linearised ReplicateWeights",
    "csimodels.moments": "Moments Sums",
    "csimodels.spec": (
        "Construct Item Model dump_model from_lavaan json_schema library load_model parse_model to_lavaan"
    ),
    "csimodels.study": (
        "FROM_SPEC Codebook Draft EstimatorComparison GroupFit Invariance Result Study Verification batch "
        "check_folder check_report codebook compare compare_estimators compare_specs crosscheck fit_groups init "
        "invariance load_result plan plan_by_simulation plan_strata reached save save_comparison save_spec_comparison "
        "strata_file trend_of_results verify"
    ),
    "csimodels.simulation": "Population simulate",
    "csimodels.survey": "Query Survey read_survey",
}

__all__ = [
    "FROM_SPEC",
    "ML",
    "PLS",
    "Bootstrap",
    "Codebook",
    "Construct",
    "CsiError",
    "CsiWarning",
    "DataError",
    "Design",
    "Draft",
    "EstimationError",
    "EstimatorComparison",
    "Fit",
    "GroupFit",
    "Invariance",
    "Item",
    "Jackknife",
    "Linearised",
    "MissingExtraError",
    "Model",
    "Moments",
    "PLSc",
    "Population",
    "Problem",
    "Query",
    "ReplicateWeights",
    "Result",
    "Semopy",
    "SpecError",
    "Status",
    "Study",
    "Sums",
    "Survey",
    "Verification",
    "__version__",
    "batch",
    "check_folder",
    "check_report",
    "codebook",
    "compare",
    "compare_estimators",
    "compare_specs",
    "crosscheck",
    "dump_model",
    "fit_groups",
    "from_lavaan",
    "init",
    "invariance",
    "json_schema",
    "library",
    "load_model",
    "load_result",
    "parse_model",
    "plan",
    "plan_by_simulation",
    "plan_strata",
    "reached",
    "read_survey",
    "save",
    "save_comparison",
    "save_spec_comparison",
    "simulate",
    "strata_file",
    "to_lavaan",
    "trend_of_results",
    "verify",
]


#: What other packages call what is called otherwise here.
_ELSEWHERE = by_name(
    {
        "library()": "models listmodels templates",
        "load_result(folder) for results, load_model(file) for specs": "load open loadstudy",
        "read_survey(file, model)": "read readcsv readexcel readspss readsav data",
        "Study(model, data).run()": "fit run sem cfa csem estimatepls plspm plssem seminr estimator",
        "load_model(name or file), parse_model(text), from_lavaan(text)": "model parse",
        "from_lavaan(text), to_lavaan(model)": "lavaan syntax",
        "Study(model, data).run(), load_result(folder)": "result results",
        "the methods of a result, Study(model, data).run()": "plot figures index",
        "plan(...)": "power samplesize",
        "the methods of a result, fit_groups(...), invariance(...)": "mga multigroup micom",
    }
)
__getattr__ = names_on_use(__name__, _HOME, _ELSEWHERE)


def __dir__() -> list[str]:
    return __all__
