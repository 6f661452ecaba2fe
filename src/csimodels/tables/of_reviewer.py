"""The tables that a reviewer asks for (docs/reviewer.md)."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import ESTIMATE, Table, take

#: In the order of the workbook.
REVIEWER_TABLES: tuple[Table, ...] = (
    Table(
        "model_fit", "Overall fit", take("measure model subject value hi95 hi99 p kept asked", subject="label",
                                         value=ESTIMATE),
        asked="reviewer", desk=True,
        about="Distances between what the items do and what the model implies, with the bootstrap test of exact fit "
              "(Dijkstra & Henseler 2015); AIC and BIC of equations.",
    ),
    Table(
        "prediction", "Prediction",
        take("construct item rmse mae q2 rmse_linear mae_linear q2_linear rmse_mean mae_mean "
             "failed inadmissible asked"),
        asked="reviewer", desk=True,
        about="Out-of-sample errors of the items (PLSpredict), beside a regression on the same items and the mean.",
    ),
    Table(
        "cvpat", "CVPAT", take("benchmark construct loss loss_benchmark difference se t df p", difference="ratio",
                               construct=Column("construct", "Construct", "label", words={"overall": "overall"})),
        asked="reviewer", desk=True,
        about="Does the model predict better than the mean, and than a regression? Negative differences speak for the "
        "model; the p value says whether they are more than chance.",
    ),
    Table(
        "discriminant", "Discriminant validity",
        take("construct other correlation htmt htmt2 htmt_signed",
             other=Column("other", "Other construct", "label")),
        asked="reviewer", desk=True, about="Correlations and heterotrait-monotrait ratios of every two constructs.",
    ),
    Table(
        "cross_loadings", "Cross-loadings",
        take("construct item other loading", other=Column("other", "On construct", "label")),
        asked="reviewer", desk=True, about="Correlation of every item with every construct.",
    ),
)  # fmt: skip
