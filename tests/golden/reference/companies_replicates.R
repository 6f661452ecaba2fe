# Means of companies, their roll-up, differences and changes under replicate weights that came with the data, by R's
# package survey (Lumley): svrepdesign, svyby(..., covmat = TRUE) and svycontrast. Makes companies_replicates.json.
# Usage: Rscript companies_replicates.R replicates.csv companies_replicates.json; data by against_replicates.py.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arg[1])
d$y <- (d$a1 - 1) / 9 * 100
number <- function(x) formatC(as.numeric(x), digits = 17, format = "g")
pair <- function(k, x) paste0("\"", k, "\": ", x)
named <- function(k, x) paste0("{", paste(pair(k, x), collapse = ", "), "}")
shares <- c(A = .5, B = .3, C = .2)
made <- function(columns, ...) svrepdesign(data = d, weights = ~w, repweights = columns, combined.weights = TRUE, mse = TRUE, ...)
designs <- list(
  bootstrap = made("boot[0-9]+", type = "bootstrap"),
  fay = made("fay[0-9]+", type = "Fay", rho = 0.5)
)
out <- c()
for (k in names(designs)) {
  m <- svyby(~y, ~firm + year, designs[[k]], svymean, covmat = TRUE)
  now <- setNames(shares, paste0(names(shares), ".2026"))
  before <- setNames(-shares, paste0(names(shares), ".2025"))
  wanted <- list(
    "N 2026" = now, "N 2025" = -before, "change of N" = c(now, before),
    "change of A" = c(A.2026 = 1, A.2025 = -1), "A - B 2026" = c(A.2026 = 1, B.2026 = -1)
  )
  se <- c(SE(m), sapply(wanted, function(x) SE(svycontrast(m, x))))
  out <- c(out, pair(k, named(c(sub(".", " ", names(coef(m)), fixed = TRUE), names(wanted)), number(se))))
}
version <- paste0("\"survey ", packageVersion("survey"), "\"")
writeLines(paste0("{\n\"version\": ", version, ",\n", paste(out, collapse = ",\n"), "\n}"), arg[2])
