# Means of companies that are met by chance in a stratified sample, their roll-up, differences and changes, by R's package
# survey (Lumley): svyby(..., covmat = TRUE) and svycontrast; and, company by company, designs of their own rows. Strata
# with a single cluster by options(survey.lonely.psu). Makes domains_survey.json.
# Usage: Rscript domains_survey.R domains.csv domains_survey.json. The data are made by against_domains.py.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arg[1])
d$y <- (d$a1 - 1) / 9 * 100
d$f <- c(8, 8, 8, 8, 1)[d$stratum + 1] / d$N # of the whole sample, whichever clusters a company is met in
d$both <- interaction(d$stratum, d$year) # every wave has persons of its own
number <- function(x) formatC(as.numeric(x), digits = 17, format = "g")
pair <- function(k, x) paste0("\"", k, "\": ", x)
named <- function(k, x) paste0("{", paste(pair(k, x), collapse = ", "), "}")
shares <- c(A = .5, B = .3, C = .2)
designs_of <- function(d, lone) {
  found <- list(
    clusters = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w),
    fpc = svydesign(~cluster, strata = ~stratum, fpc = ~f, nest = TRUE, data = d, weights = ~w)
  )
  if (lone) return(found)
  c(found, list(
    persons = svydesign(~1, strata = ~both, data = d, weights = ~w),
    unstratified = svydesign(~cluster, data = d, weights = ~w)
  ))
}
numbers <- function(design) {
  m <- svyby(~y, ~firm + year, design, svymean, covmat = TRUE)
  now <- setNames(shares, paste0(names(shares), ".2026"))
  before <- setNames(-shares, paste0(names(shares), ".2025"))
  wanted <- list(
    "N 2026" = now, "N 2025" = -before, "change of N" = c(now, before),
    "change of A" = c(A.2026 = 1, A.2025 = -1), "A - B 2026" = c(A.2026 = 1, B.2026 = -1)
  )
  se <- c(SE(m), sapply(wanted, function(x) SE(svycontrast(m, x))))
  list(names = c(sub(".", " ", names(coef(m)), fixed = TRUE), names(wanted)), se = se)
}
out <- c()
for (lone in c("", "certainty", "adjust", "average")) {
  some <- if (lone == "") d[d$stratum != 4, ] else d
  if (lone != "") options(survey.lonely.psu = lone)
  designs <- designs_of(some, lone != "")
  for (k in names(designs)) {
    made <- numbers(designs[[k]])
    # under "average" survey raises variances of several companies by strata that one of them has no rows in, and not
    # those of that one alone: single companies only
    some_of <- if (lone == "average") 1:6 else seq_along(made$se)
    out <- c(out, pair(trimws(paste("by chance,", k, lone)), named(made$names[some_of], number(made$se[some_of]))))
    own <- c()
    for (firm in names(shares)) for (year in 2025:2026) {
      mine <- designs_of(some[some$firm == firm & some$year == year, ], lone != "")[[k]]
      own[paste(firm, year)] <- SE(svymean(~y, mine))
    }
    out <- c(out, pair(trimws(paste("planned,", k, lone)), named(names(own), number(own))))
  }
}
version <- paste0("\"survey ", packageVersion("survey"), "\"")
writeLines(paste0("{\n\"version\": ", version, ",\n", paste(out, collapse = ",\n"), "\n}"), arg[2])
