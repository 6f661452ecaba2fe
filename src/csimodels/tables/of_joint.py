"""Tables of several groups in one covariance structure: a joint fit, and the ladder of invariance."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import Table, take
from csimodels.tables.vocabulary import ACROSS, HELD_EQUAL, STEPS

_ACROSS = Column("across", "Across groups", "words", words={text: text for text in ACROSS})
_STEP = Column("step", "Step", "words", words=STEPS)
#: Several words with commas between them are shown as they are joined by the view.
_EQUAL = Column("equal", "Held equal", "words", words=HELD_EQUAL)

JOINT_TABLES: tuple[Table, ...] = (
    Table("joint_groups", "Groups", take("n"), of_groups="only", keyed=False, covariance=True),
    Table(
        "joint_parameters", "Parameters by group",
        (*take("lhs op rhs label free est se z p low high std_lv std_all std_all_se errors status"), _ACROSS),
        of_groups="only", keyed=False, covariance=True,
    ),
    Table(
        "joint_modification", "Modification indices by group",
        (*take("lhs op rhs mi epc sepc_lv sepc_all"), Column("released", "Held equal", "flag"), *take("status")),
        of_groups="only", keyed=False, covariance=True,
    ),
    Table(
        "joint_residuals", "Residuals by group", take("item other raw cor z status"),
        of_groups="only", keyed=False, covariance=True,
    ),
    Table(
        "latent_means", "Latent means",
        (*take("construct"), Column("mean", "Mean", "coefficient"), *take("se z p status")),
        of_groups="only", keyed=False, covariance=True,
    ),
    Table(
        "invariance", "Measurement invariance",
        (_STEP, _EQUAL, *take("chisq df p", df="count"),
         Column("scaling", "Scaling factor", "coefficient"), Column("cfi", "CFI", "coefficient"),
         Column("tli", "TLI", "coefficient"), Column("rmsea", "RMSEA", "coefficient"),
         Column("rmsea_low", "RMSEA: lower limit", "coefficient"),
         Column("rmsea_high", "RMSEA: upper limit", "coefficient"),
         Column("chisq_diff", "Difference of chi-square", "statistic"),
         Column("df_diff", "Degrees of freedom of the difference", "count"),
         Column("p_diff", "p\u00a0value of the difference", "p"), Column("delta_cfi", "Change of CFI", "coefficient"),
         Column("delta_rmsea", "Change of RMSEA", "coefficient"), *take("status")),
        of_groups="only", keyed=False, covariance=True,
    ),
)  # fmt: skip
