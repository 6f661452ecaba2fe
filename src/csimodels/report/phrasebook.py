"""What lower floors say in notes, states, the survey log and the facts: the phrases that the report can translate."""

from __future__ import annotations

from csimodels.i18n import N_

#: Phrases with parts; single words and fixed sentences stand in :data:`WORDS`.
PHRASES = (
    N_("{step}: {subject}: {n} ({detail})"),  # only where the step is a known word
    N_("{step}: {subject}: {n}"),
    N_("refused: {group} has {n} usable rows, at least {least} are needed"),
    N_("group {group} refused: {n} respondents, at least {least} are needed"),
    N_("{failed} of {asked} bootstrap replicates failed"),
    N_("{where}: {failed} of {asked} replicates failed (not converged {a}, singular {b}); intervals use the others"),
    N_(
        "{where}: {bad} of {asked} replicates are inadmissible; "
        "intervals keep them, as they are part of the sampling distribution"
    ),
    N_("inadmissible: {where}: {reasons}"),
    N_("{where}: PLS did not converge in {n} iterations"),
    N_("{where}: cannot be estimated: {reasons}"),
    N_("{left} of {n} rows have a missing answer and are left out (missing: {rule})"),
    N_(
        "few rows for {most} paths into one construct: {names}; "
        "the rule of thumb asks for at least {least} (Barclay, Higgins & Thompson 1995)"
    ),
    N_("fixed weights are stated in the spec but not used: the index takes weights: {rule}"),
    N_("item has the same answer in every row, or none at all: {names}"),
    N_("items have the same answer in every row, or none at all: {names}"),
    N_("construct {name} (mode B): items are copies or sums of one another: {names}"),
    N_("the items of {name} cancel one another out: is one asked the other way round?"),
    N_("the constructs that lead to {name} are collinear: {names}"),
    N_("{name} is uncorrelated with every construct that it has a path with"),
    N_("the pairwise covariances are not positive definite, because of {names}"),
    N_("all respondents ({n})"),
    N_("{replicates} per fit; {asked} asked, {kept} kept, {failed} failed"),
    N_("bootstrap, {kind} interval"),
    N_("at most {n}"),
    N_("{n} of {all} fits converged, in {few} to {most} iterations; at most {limit} allowed"),
    N_("{n} of {all} fits converged, in {most} iterations; at most {limit} allowed"),
    N_("no fit converged; at most {limit} allowed"),
    N_("the stored result has no numbers of {names}: they are empty"),
    N_("numbers that this version does not know are left out: {names}"),
    N_("{where}: no intervals: {reasons}"),
    N_("{failed} of {asked} replicates failed"),
    N_("{alone} of {n} strata have a single cluster, which has no variance to resample"),
    N_(
        "EM finds no covariance matrix: there are too few answers for it "
        "({n} rows, {p} items, {k} patterns of missing answers)"
    ),
    N_("of {n} rows"),
    N_("of {n}"),
    N_("{share} % of {n} rows"),
    N_("{n} row without any answer left out; {used} used"),
    N_("{n} rows without any answer left out; {used} used"),
    N_("{text} counts as missing"),
    N_("{sheet} was read; the others are {names}"),
    N_("{code} in {low}..{high}"),
    N_("code {code}"),
    N_("for example {example}"),
    N_("{column} is empty"),
    N_("{n} different values"),
    N_("{n} other values"),
    N_("{n} other texts"),
    N_(
        "negative weight: {items}: the index is then no weighted mean; "
        "write reverse: true for an item asked the other way round"
    ),
    N_("negative weight: {items}"),
    N_("R2 is 1, as if an item stood on both sides of a path: {targets}"),
    N_("a few rows carry nearly all the weight, the estimates rest on them alone: {heavy}"),
    N_("{where}: never answered by the same respondent: {pairs}; such a pair counts as uncorrelated"),
    N_("{where}: never answered by the same respondent: {pairs}; such a pair is not determined by the data"),
    N_("only {n} bootstrap replicates: intervals are rough, 1000 or more are usual"),
    N_("{where}: EM did not converge in {n} steps: there are few answers for so many holes"),
    *(  # how the intervals were made
        N_("Poisson bootstrap, {kind} interval"),
        N_("replicate weights ({kind}), t interval"),
        N_("jackknife up to {n} sampling units, linearised beyond, t interval"),
        N_("{asked} asked, {kept} kept, {failed} failed"),
        N_("{few} to {most}"),
        N_("{few} to {most} of the indices"),
        N_("the replicate weights of the data are not used: the method is {method}"),
        N_(
            "{where}: {n} numbers have no interval: their replicates do not vary, are too few, or lie on one side of "
            "the estimate"
        ),
        N_(
            "few clusters; degrees of freedom: {names}; bootstrap intervals are then too short, those of the "
            "jackknife and of linearised errors use Student's t"
        ),
        N_("few rows in a category of rake: {names}; replicates without any of them cannot meet its share"),
    ),
    *(  # intervals of small samples
        N_(
            "linearised intervals of paths and effects are somewhat too short in {short} of {all} groups with an "
            "effective n under {few} (with 100 to 250 respondents they cover about {low} to {high} instead of 0.95; "
            "indices are right)"
        ),
        N_(
            "linearised intervals of paths and effects are somewhat too short with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95; indices are right)"
        ),
        N_(
            "studentised intervals are not reliable in {short} of {all} groups with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95, in a small simulation)"
        ),
        N_(
            "studentised intervals are not reliable with an effective n under {few} (with 100 to 250 respondents they "
            "cover about {low} to {high} instead of 0.95, in a small simulation)"
        ),
        N_(
            "{kind} intervals are somewhat too short in {short} of {all} groups with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95)"
        ),
        N_(
            "{kind} intervals are somewhat too short with an effective n under {few} (with 100 to 250 respondents "
            "they cover about {low} to {high} instead of 0.95)"
        ),
    ),
    *(  # covariance structures
        N_("{estimator} did not converge in {n} iterations from two starts"),
        N_("{estimator} did not converge in {n} iterations"),
        N_("{n} respondents for {p} items: their covariance matrix is singular, at least {least} are needed"),
        N_("the covariance matrix is singular: items are copies or sums of one another: {names}"),
        N_("not identified: {n} parameters, {p} moments"),
        N_("not identified in these data, these parameters cannot be told apart: {names}"),
        N_(
            "empirically nearly not identified: the correlations of {close} are beyond {limit}, so the data can hardly "
            "tell these constructs apart; their paths are unstable, the fit of the model is not"
        ),
        N_("paths run off without bound, their constructs cannot be told apart in these data: {names}"),
        N_(
            "the implied covariance matrix is not positive definite at the start values, because of the fixed values "
            "{names}"
        ),
        N_("EM finds no covariance matrix: items with no more answers than there are items: {names}"),
        N_("EM finds no covariance matrix: items are copies or sums of one another: {names}"),
        N_("parameters of different kinds share a label and are held equal: {names}"),
        N_("never answered by the same respondent: {pairs}; the degrees of freedom are overstated"),
        N_("the errors of parameters rest on {n} clusters, too few for normal theory ({few} or more are usual)"),
    ),
    N_("never answered by the same respondent: {pairs}"),
    *(  # the roll-up
        N_("roll-up: weights of {names} are not used: no answers of that wave"),
        N_("roll-up: a weight of {names} has no use, as nothing stands above {level}"),
        N_("roll-up: weights but no answers: {names}; left out of the means"),
        N_("roll-up: {unit}: {reasons}"),
        N_("left out, with share of the weight: {lost}; no interval: a member has none"),
        N_("left out, with share of the weight: {lost}"),
    ),
    *(  # the design and the weights
        N_("sampling fraction {few} to {most}"),
        N_("sampling fraction {n}"),
        N_("at most {n} iterations"),
        N_("at most {n} iteration"),
        N_("{n} iterations"),
        N_("{n} iteration"),
        N_("factors {few} to {most}"),
        N_("design effect of the weights (1 + cv^2) {few} to {most}"),
        N_("sums {few} to {most}"),
        N_("sampling weights {n}"),
    ),
    N_("{text} read as {number}"),
    N_("{condition} keeps {kept} of {n}"),
    N_("{n} columns"),
    N_("encoding {name}"),
    N_("separator {mark}"),
    N_("sheet {name}"),
    N_("row {n}"),
    N_("columns {n}"),
    N_("{kind} DataFrame"),
)

#: Phrases that may follow one another, joined by commas.
RUNS = (
    N_("rho_A of {name} is {value}, outside (0, 1]"),
    N_("the loading of {name} is {value}, beyond 1"),
    N_("the corrected correlation of {a} and {b} is {value}, beyond 1"),
    N_("{value} ({n} times)"),
    N_("{name} {had} to {wanted}"),
    N_("{n} strata"),
    N_("{n} clusters"),
    N_("finite population correction"),
)

#: The same for what makes a covariance structure inadmissible; these hold semicolons.
DOUBTS = (
    N_("the residual variance of {name} is {value} (Heywood case)"),
    N_("the variance of {name} is {value} (Heywood case)"),
    N_("the correlation of {a} and {b} is {value}, beyond 1"),
    N_("the {what} are not positive definite; involved: {names}"),
)

#: A sentence about one group, led by its name.
LED = N_("{where}: {said}")

#: The same inside one part of a phrase, where nothing else can be meant.
PART_RUNS = {
    "items": (N_("{item} of {name} in {where}"), N_("{item} of {name}")),
    "targets": (N_("{name} in {where}"),),
    "heavy": (N_("{where} ({n} rows, effective {value})"),),
    "pairs": (N_("{a} and {b}"),),
    "close": (N_("{a} and {b} ({value})"),),
}

#: The end of a list that was cut.
MORE = N_("{names} and {n} more")

WORDS = (
    N_("ok"), N_("not converged"), N_("singular"), N_("inadmissible"), N_("too few answers"),
    N_("nearly not identified"), N_("none"),
    N_("mean"), N_("listwise"), N_("pairwise"), N_("em"), N_("path"), N_("factorial"), N_("centroid"),
    N_("bootstrap"), N_("percentile"), N_("basic"), N_("normal"), N_("own"), N_("pooled"), N_("equal"), N_("fixed"),
    N_("percentile bootstrap"), N_("PLS path modelling"), N_("consistent PLS"), N_("PLS"), N_("PLSc"),
    N_("majority of the loadings positive, ties by the largest"), N_("all respondents"), N_("all rows"),
    N_("read"), N_("missing codes recoded"), N_("missing code inside the scale"), N_("values translated"),
    N_("row of labels left out"), N_("rows without a group left out"), N_("missing code that never occurs"),
    N_("no item has this answer"), N_("rows without any answer left out"), N_("rows with weight zero left out"),
    N_("groups without a usable row"), N_("blank lines"), N_("each counts as a row without any answer"),
    N_("encoding recognised"), N_("sheets not read"), N_("declared missing in the file"), N_("filtered by where"),
    N_("where value that never occurs"), N_("rows selected"), N_("rows used"), N_("missing answers"),
    N_("rows of the group"), N_("columns without a name ignored"), N_("spaces and line breaks in column names tidied"),
    N_("out of range set to missing"), N_("blank answers"), N_("text turned into numbers"), N_("decimal comma"),
    N_("full-width digits"), N_("numbers held as text"), N_("strata"), N_("cluster"), N_("survey"),
    N_("left out by the missing rule"), N_("rows with a missing answer"), N_("dictionary of columns"),
    N_("pyarrow Table"), N_("gb18030, as the file is not UTF-8; write encoding under data to change it"),
    N_("the correlation matrix of the items is singular"), N_("0.02 small, 0.15 medium, 0.35 large"),
    N_("the corrected correlations of the constructs are not positive definite"),
    N_("the indices use fixed weights from the spec"),
    N_("choose another missing rule"),
    N_("all rows lie in one cluster, which has no variance to resample"),
    N_("indices of groups use the weights of all respondents together, taken as fixed in the intervals"),
    N_("bc"), N_("bca"), N_("studentised"), N_("jackknife, t interval"), N_("linearised, t interval"),
    N_("studentised intervals need multinomial draws, no finite population correction and no raked weights"),
    N_("fpc"), N_("margin"), N_("weights raked"), N_("replicate weights"), N_("replicate weights raked"),
    N_("every row counts once"), N_("no answers"), N_("no estimate"), N_("no interval"), N_("nothing to compare"),
    N_("no interval: a member has none"), N_("others"), N_("as in the index"), N_("formula, normal"), N_("formula, t"),
    N_("replicates, percentile"), N_("replicates, basic"), N_("replicates, normal"),
    N_("jackknife"), N_("linearised"), N_("auto"),
    N_("semopy is a second opinion on estimates: no intervals (write uncertainty: to have them)"),
    N_("Poisson draws cannot follow the finite population correction"),
    N_("strata, clusters and fpc of data: design are not used: the replicate weights stand for the design"),
    *(  # covariance structures
        N_("ML"), N_("ULS"), N_("GLS"), N_("WLS"), N_("FIML"), N_("ML by semopy"), N_("fiml"),
        N_("first loading 1"), N_("variances of constructs 1"), N_("residual covariances of"),
        N_("residual covariances of the items"), N_("residual covariances"), N_("covariances of the constructs"),
        N_("the implied covariance matrix is not positive definite at the start values"),
        N_("the covariances of the items cannot be computed"),
        N_("the information matrix of the parameters is singular"),
        N_("a covariance matrix of the model is not positive definite"),
        N_("parameters: their errors use weights and clusters, but not strata: they are on the safe side"),
        N_("parameters: their errors use the sampling weights, not the replicate weights"),
        N_("wls: intervals keep the weight matrix of all respondents; its own error is not in them"),
        N_("parameters, model effects and fit are from the package's own ML; paths and indices from semopy"),
        N_("inadmissible solutions have no p-values: normal theory does not hold beside variances below zero"),
        N_("wls: intervals keep the weight matrix of all respondents; its own error is not in them"),
        N_("parameters have no standard errors: all rows lie in one cluster"),
        N_("parameters have no standard errors: their information matrix is not positive definite"),
    ),
)  # fmt: skip
