# lavaan's side of bench_ml.py: Rscript bench_ml.R data.csv model.txt replicates -> seconds of one fit, of one replicate
suppressMessages(library(lavaan))
args <- commandArgs(trailingOnly = TRUE)
data <- read.csv(args[1])
model <- paste(readLines(args[2]), collapse = "\n")
replicates <- as.integer(args[3])
fit <- sem(model, data)
one <- min(sapply(1:7, function(k) system.time(sem(model, data))[["elapsed"]]))
set.seed(1)
many <- system.time(suppressWarnings(bootstrapLavaan(fit, R = replicates)))[["elapsed"]]
cat(sprintf("%.9f %.9f %.9f %s\n", fitMeasures(fit, "chisq"), one, many / replicates, packageVersion("lavaan")))
