# ACSI paths by lavaan, for test_lavaan_live.py: Rscript lavaan_live.R complete.csv holes.csv model.txt
# Prints run, kind (est, se, std, fit), name and value, separated by tabs.
# lavaan's optimiser stops where the discrepancy no longer falls, up to 1e-4 from the minimum in flat directions: Newton
# steps with lavaan's own gradient and Hessian from there, and everything else computed by lavaan at the end of them.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
complete <- read.csv(arg[1])
holes <- read.csv(arg[2])
model <- paste(readLines(arg[3], encoding = "UTF-8"), collapse = "\n")

shown <- function(run, data, ..., errors = NULL) {
  invisible(capture.output(first <- suppressWarnings(sem(
    model, data, ..., em.h1.tol = 1e-13, em.h1.iter.max = 20000L, optim.force.converged = TRUE
  ))))
  table <- parTable(first)
  free <- table$free > 0
  at <- first@Model
  for (k in 1:2) {
    part <- list(at, lavsamplestats = first@SampleStats, lavdata = first@Data)
    invisible(capture.output({
      gradient <- as.vector(do.call(lavaan:::lav_model_gradient, part))
      hessian <- do.call(lavaan:::lav_model_hessian, c(part, list(lavoptions = first@Options)))
    }))
    table$est[free] <- table$est[free] - solve(hessian, gradient)[table$free[free]]
    at <- lavaan:::lav_model_set_parameters(at, table$est[free][order(table$free[free])])
  }
  settings <- first@Options
  settings$optim.method <- "none"
  settings$baseline <- FALSE
  if (!is.null(errors)) settings$se <- errors
  table$start <- table$est
  settings$start <- table
  invisible(capture.output(fit <- suppressWarnings(lavaan(
    model = table, slotOptions = settings, slotSampleStats = first@SampleStats, slotData = first@Data,
    slotCache = first@Cache, sloth1 = first@h1
  ))))
  fit@baseline <- first@baseline
  table <- parTable(fit)
  std <- suppressWarnings(standardizedSolution(fit))
  name <- paste(table$lhs, table$op, table$rhs)
  measures <- suppressWarnings(fitMeasures(fit))
  print_rows(run, "est", name[free], table$est[free])
  print_rows(run, "se", name[free], table$se[free])
  print_rows(run, "std", paste(std$lhs, std$op, std$rhs), std$est.std)
  print_rows(run, "fit", names(measures), unclass(measures))
}
print_rows <- function(run, kind, name, value) {
  cat(sprintf("%s\t%s\t%s\t%.17g\n", run, kind, name, as.numeric(value)), sep = "")
}
cat(sprintf("lavaan\tversion\t%s\t0\n", packageVersion("lavaan")))
shown("ML", complete)
shown("MLR", complete, estimator = "MLR")
shown("MLM", complete, estimator = "MLM")
shown("FIML", holes, missing = "fiml", se = "none", errors = "standard")  # its errors are slow: once is enough
