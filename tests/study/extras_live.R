# Shares and a net promoter score with their errors by R's package survey, for tests/study/test_extras.py.
# Usage: Rscript extras_live.R data.csv ; one line per design: name, share, NPS, se of both, tab separated.
suppressMessages(library(survey))
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d$high <- as.numeric(!is.na(d$REC) & d$REC >= 9)
d$score <- 100 * (d$high - (!is.na(d$REC) & d$REC <= 6))
d$there <- as.numeric(!is.na(d$REC))
strata <- svydesign(~1, strata = ~stratum, data = d, weights = ~w)
cluster <- svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w)
plain <- svydesign(~1, data = d, weights = ~w)
margins <- list(data.frame(sex = 0:1, Freq = c(.5, .5) * sum(d$w)), data.frame(age = 0:2, Freq = c(.3, .3, .4) * sum(d$w)))
designs <- list(
  weighted = plain, stratified = strata, clustered = cluster,
  fpc = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w, fpc = ~N),
  jkn = as.svrepdesign(cluster, type = "JKn", mse = TRUE),
  bootstrap = svrepdesign(data = d, weights = ~w, repweights = as.matrix(d[paste0("boot", 1:20)]),
    type = "bootstrap", combined.weights = TRUE, mse = TRUE),
  raked = rake(plain, list(~sex, ~age), margins, control = list(maxit = 200, epsilon = 1e-12, verbose = FALSE))
)
for (name in names(designs)) {
  r <- svyratio(~ high + score, ~there, designs[[name]])
  cat(name, formatC(c(coef(r), SE(r)), digits = 17, format = "g"), sep = "\t")
  cat("\n")
}
