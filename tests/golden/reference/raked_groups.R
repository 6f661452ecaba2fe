# Means of companies under weights raked over the whole sample, their roll-up, differences and changes, by R's package
# survey (Lumley): calibrate, svyby, and totals of the linearised means for what is made of several companies.
# The design that errors are taken from has the raked weights, calibrated to the margins that they meet: its residuals
# are those at the sample. Makes raked_groups.json.
# Usage: Rscript raked_groups.R raked.csv raked_groups.json. The data are made by against_raked.py.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arg[1])
d$y <- (d$a1 - 1) / 9 * 100
d$f <- 8 / d$N
number <- function(x) formatC(as.numeric(x), digits = 17, format = "g")
pair <- function(k, x) paste0("\"", k, "\": ", x)
named <- function(k, x) paste0("{", paste(pair(k, x), collapse = ", "), "}")
shares <- c(A = .5, B = .3, C = .2)
designs <- function(w) list(
  "by chance, none" = svydesign(~1, strata = ~year, data = d, weights = w),
  "planned, none" = svydesign(~1, strata = ~interaction(firm, year), data = d, weights = w),
  "planned, persons" = svydesign(~1, strata = ~interaction(firm, year, stratum), data = d, weights = w),
  "by chance, clusters" = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = w),
  "by chance, fpc" = svydesign(~cluster, strata = ~stratum, nest = TRUE, fpc = ~f, data = d, weights = w),
  "by chance, unstratified" = svydesign(~cluster, data = d, weights = w)
)
margins <- ~ factor(sex) + factor(age)
s <- sum(d$w)
known <- c("(Intercept)" = s, "factor(sex)m" = .45 * s, "factor(age)2" = .3 * s, "factor(age)3" = .35 * s)
raked <- weights(calibrate(designs(d$w)[[1]], margins, known, calfun = "raking", epsilon = 1e-13, maxit = 200))
met <- colSums(raked * model.matrix(margins, d))
errors <- function(design) {
  m <- svyby(~y, ~firm + year, design, svymean)
  keys <- names(coef(m))
  z <- sapply(keys, function(k) {
    at <- paste(d$firm, d$year, sep = ".") == k
    at * (d$y - coef(m)[[k]]) / sum(raked[at])
  })
  v <- vcov(svytotal(z, design))
  contrast <- function(x) {
    a <- setNames(numeric(length(keys)), keys)
    a[names(x)] <- x
    sqrt(drop(a %*% v %*% a))
  }
  now <- setNames(shares, paste0(names(shares), ".2026"))
  before <- setNames(-shares, paste0(names(shares), ".2025"))
  wanted <- list(
    "N 2026" = now, "N 2025" = -before, "change of N" = c(now, before),
    "change of A" = c(A.2026 = 1, A.2025 = -1), "A - B 2026" = c(A.2026 = 1, B.2026 = -1)
  )
  named(c(sub(".", " ", keys, fixed = TRUE), names(wanted)), number(c(SE(m), sapply(wanted, contrast))))
}
out <- c()
made <- designs(raked)
for (k in names(made)) {
  done <- calibrate(made[[k]], margins, met, calfun = "linear", epsilon = 1e-9)
  out <- c(out, pair(k, errors(done)))
}
version <- paste0("\"survey ", packageVersion("survey"), "\"")
writeLines(paste0("{\n\"version\": ", version, ",\n", paste(out, collapse = ",\n"), "\n}"), arg[2])
