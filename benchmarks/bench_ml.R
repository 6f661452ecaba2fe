# lavaan's side of bench_ml.py: Rscript bench_ml.R data.csv holes.csv model.txt replicates
# -> chi-square, seconds of one fit, of one replicate, of one FIML fit, of the invariance ladder of two halves; version
suppressMessages(library(lavaan))
args <- commandArgs(trailingOnly = TRUE)
data <- read.csv(args[1])
holes <- read.csv(args[2])
model <- paste(readLines(args[3]), collapse = "\n")
replicates <- as.integer(args[4])
best <- function(runs, work) min(sapply(seq_len(runs), function(k) system.time(suppressWarnings(work()))[["elapsed"]]))
fit <- sem(model, data)
one <- best(7, function() sem(model, data))
set.seed(1)
many <- best(1, function() bootstrapLavaan(fit, R = replicates))
fiml <- best(3, function() sem(model, holes, missing = "fiml"))
data$half <- seq_len(nrow(data)) %% 2
steps <- list("", "loadings", c("loadings", "intercepts"), c("loadings", "intercepts", "residuals"))
ladder <- best(3, function() {
  fits <- lapply(steps, function(equal) sem(model, data, group = "half", group.equal = equal))
  do.call(lavTestLRT, unname(fits))
})
cat(sprintf("%.9f %.9f %.9f %.9f %.9f %s\n", fitMeasures(fit, "chisq"), one, many / replicates, fiml, ladder,
  packageVersion("lavaan")))
