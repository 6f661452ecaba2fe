# Defined parameters (:=) of a mediation among the abilities of Holzinger and Swineford (1939) by lavaan; makes
# lavaan_defined.json.  Usage: Rscript lavaan_defined.R lavaan_defined.json
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
model <- "
  visual  =~ x1 + x2 + x3
  textual =~ x4 + x5 + x6
  speed   =~ x7 + x8 + x9
  textual ~ a*visual
  speed   ~ b*textual + c*visual
  x7 ~~ v*x7
  indirect := a*b
  total := c + indirect
  share := indirect/total
  odd := exp(a)*sqrt(b^2) - log(2.5) * -a^2 / (1 + 1e-1)
  turned := 2^-c^2 - (v - 0.5)
"
# lavaan stops up to 1e-4 from the minimum: Newton steps with its own gradient and Hessian, then all else by lavaan there.
block <- function(run, ...) {
  first <- sem(model, HolzingerSwineford1939, ...)
  table <- parTable(first)
  free <- table$free > 0
  at <- first@Model
  for (k in 1:3) {
    part <- list(at, lavsamplestats = first@SampleStats, lavdata = first@Data)
    gradient <- as.vector(do.call(lavaan:::lav_model_gradient, part))
    hessian <- do.call(lavaan:::lav_model_hessian, c(part, list(lavoptions = first@Options)))
    table$est[free] <- table$est[free] - solve(hessian, gradient)[table$free[free]]
    at <- lavaan:::lav_model_set_parameters(at, table$est[free][order(table$free[free])])
  }
  settings <- first@Options
  settings$optim.method <- "none"
  table$start <- table$est
  settings$start <- table
  settings$optim.force.converged <- TRUE
  fit <- suppressWarnings(lavaan(
    model = table, slotOptions = settings, slotSampleStats = first@SampleStats, slotData = first@Data,
    slotCache = first@Cache, sloth1 = first@h1
  ))
  own <- parameterEstimates(fit, standardized = TRUE)
  std <- standardizedSolution(fit)
  own <- own[own$op == ":=", ]
  std <- std[std$op == ":=", ]
  part <- function(what, values) {
    numbers <- formatC(values, digits = 17, format = "g")
    sprintf("  \"%s\": {%s}", what, paste0("\"", own$lhs, "\": ", numbers, collapse = ", "))
  }
  sprintf("\"%s\": {\n%s\n}", run, paste(
    part("est", own$est), part("se", own$se), part("std_lv", own$std.lv), part("std_all", std$est.std),
    part("std_all_se", std$se), sep = ",\n"))
}
writeLines(paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", packageVersion("lavaan"), "\",\n\"generator\": \"lavaan_defined.R\",\n",
  block("expected"), ",\n", block("mlr", estimator = "MLR"), "\n}"), arg[1])
