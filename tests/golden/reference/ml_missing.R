# Covariance structure models with missing answers, and the invariance ladder, by lavaan; makes ml_missing.json.
# Usage: Rscript ml_missing.R holes.csv complete.csv ml_missing.json
# holes.csv: the mobile data with 8 % of the answers taken out (sources.holed()), empty cells where missing;
# complete.csv: the mobile data.  Both comma separated with a header of item names; from Python, in tests/golden:
# sources.holed().to_csv("holes.csv", index=False); sources.mobi().to_csv("complete.csv", index=False)
# Weights, clusters and groups are made here from the number of the row, and alike in the tests.
# lavaan stops early by default, so EM is run on to rounding and the optimiser's end is improved by Newton steps; lavaan
# then calls the fit "not converged", which is overruled.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
holes <- read.csv(arg[1])
complete <- read.csv(arg[2])
made <- function(data) {
  k <- seq_len(nrow(data)) - 1
  data$weight <- 1 + (k %% 3) / 2
  data$branch <- k %/% 5
  data$half <- ifelse(k %% 2 == 0, "a", "b")
  data
}
holes <- made(holes)
complete <- made(complete)

acsi <- "
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints =~ CUSCO
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ Expectation + Quality + Value
Complaints ~ Satisfaction
Loyalty ~ Satisfaction + Complaints"
short <- "
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Value ~ Quality
Satisfaction ~ Quality + Value"

plain <- function(...) {
  invisible(capture.output(fit <- suppressWarnings(sem(
    ..., meanstructure = TRUE, em.h1.tol = 1e-13, em.h1.iter.max = 20000L, optim.force.converged = TRUE,
    control = list(rel.tol = 1e-14, iter.max = 20000, eval.max = 20000)
  ))))
  fit
}
# Two Newton steps from where the optimiser stops, with lavaan's own gradient and Hessian.
tight <- function(..., fit = plain(...)) {
  for (k in 1:2) {
    part <- list(fit@Model, lavsamplestats = fit@SampleStats, lavdata = fit@Data)
    invisible(capture.output({
      gradient <- do.call(lavaan:::lav_model_gradient, part)
      hessian <- do.call(lavaan:::lav_model_hessian, c(part, list(lavoptions = fit@Options)))
    }))
    table <- parTable(fit)
    free <- table$free > 0
    basis <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(sum(free))
    table$est[free] <- table$est[free] -
      as.vector(basis %*% solve(t(basis) %*% hessian %*% basis, as.vector(t(basis) %*% as.vector(gradient))))
    fit <- plain(..., start = table, optim.method = "none")
  }
  fit
}
kept <- c(
  "npar", "chisq", "df", "logl", "unrestricted.logl", "baseline.chisq", "baseline.df", "cfi", "tli", "rmsea", "srmr",
  "chisq.scaling.factor", "baseline.chisq.scaling.factor", "cfi.robust", "tli.robust", "rmsea.robust"
)
baseline <- c(
  "baseline.chisq", "baseline.df", "cfi", "tli", "baseline.chisq.scaling.factor", "cfi.robust", "tli.robust"
)
numbers <- function(...) {
  first <- plain(...)
  fit <- tight(..., fit = first)
  invisible(capture.output({
    measures <- suppressWarnings(fitMeasures(fit))
    other <- suppressWarnings(fitMeasures(first))  # lavaan has no baseline model for a fit without optimiser
  }))
  measures[baseline] <- other[baseline]
  table <- parTable(fit)
  table <- table[table$free > 0 & !duplicated(table$free), ]
  name <- trimws(paste(table$lhs, table$op, table$rhs))
  name <- ifelse(table$group > 1, paste0(name, ".g", table$group), name)
  list(
    fit = unclass(measures[intersect(kept, names(measures[!is.na(measures)]))]),
    est = setNames(table$est, name), se = setNames(table$se, name)
  )
}
steps <- list(
  configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
  strict = c("loadings", "intercepts", "residuals")
)
ladder <- function(data, ...) {
  lapply(steps, function(equal) numbers(short, data, group = "half", group.equal = equal, ...))
}
out <- list(
  fiml = numbers(acsi, holes, missing = "fiml"),
  fiml_expected = numbers(acsi, holes, missing = "fiml", information = "expected"),
  fiml_mlr = numbers(acsi, holes, missing = "fiml", estimator = "MLR"),
  fiml_mlr_weights = numbers(acsi, holes, missing = "fiml", estimator = "MLR", sampling.weights = "weight"),
  fiml_mlr_cluster = numbers(acsi, holes, missing = "fiml", estimator = "MLR", cluster = "branch"),
  two_stage = numbers(acsi, holes, missing = "two.stage"),
  robust_two_stage = numbers(acsi, holes, missing = "robust.two.stage")
)
partial <- list(group = "half", group.equal = steps$scalar, group.partial = c("PERQ2 ~1", "Quality =~ PERQ3"))
out$ladder_fiml <- ladder(holes, missing = "fiml")
out$ladder_fiml_mlr <- ladder(holes, missing = "fiml", estimator = "MLR")
out$ladder <- ladder(complete)
out$ladder_mlr <- ladder(complete, estimator = "MLR")
out$partial <- do.call(numbers, c(list(short, complete), partial))
out$partial_fiml <- do.call(numbers, c(list(short, holes, missing = "fiml"), partial))

# Differences of the scaled statistics as lavTestLRT takes them (Satorra & Bentler 2001).
differences <- function(data, ...) {
  fits <- lapply(steps, function(equal) tight(short, data, group = "half", group.equal = equal, ...))
  table <- suppressWarnings(lavTestLRT(fits$configural, fits$metric, fits$scalar, fits$strict))
  list(chisq = table[["Chisq diff"]][-1], df = table[["Df diff"]][-1], p = table[["Pr(>Chisq)"]][-1])
}
out$difference <- differences(complete)
out$difference_mlr <- differences(complete, estimator = "MLR")
out$difference_fiml_mlr <- differences(holes, missing = "fiml", estimator = "MLR")

number <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 15, format = "g"))
json <- function(x, indent = "") {
  if (is.list(x)) {
    inner <- paste0(indent, " ")
    parts <- vapply(names(x), function(k) paste0(inner, "\"", k, "\": ", json(x[[k]], inner)), "")
    return(paste0("{\n", paste(parts, collapse = ",\n"), "\n", indent, "}"))
  }
  if (is.null(names(x))) return(paste0("[", paste(number(x), collapse = ", "), "]"))
  paste0("{", paste0("\"", names(x), "\": ", number(x), collapse = ", "), "}")
}
head <- list(version = as.character(packageVersion("lavaan")))
writeLines(
  paste0("{\n \"tool\": \"lavaan (R)\",\n \"version\": \"", head$version, "\",\n \"generator\": \"ml_missing.R\",\n",
         " \"runs\": ", json(out, " "), "\n}"),
  arg[3]
)
