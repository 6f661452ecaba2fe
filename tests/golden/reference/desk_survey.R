# Shares with logit intervals, NPS, weighted means, gaps, and models of behaviour under sampling designs, by R's package survey (Lumley);
# makes desk_survey.json. Usage: Rscript desk_survey.R mobi.csv desk_survey.json
# mobi.csv: the ECSI mobile data, comma separated with a header. The design columns are those of survey_designs.R.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arg[1])
n <- nrow(d)
i <- seq_len(n) - 1
d$w <- 1 + (i * 7) %% 11 / 10
d$stratum <- i %% 5
d$cluster <- (i %/% 5) %% 10
shares <- list(top2 = d$CUSA1 >= 9, top3 = d$CUSA2 >= 8, bottom5 = d$PERV1 <= 5, tens = d$CUSL1 == 10)
for (s in names(shares)) d[[s]] <- as.numeric(shares[[s]])
d$nps <- 100 * ((d$CUSL3 >= 9) - (d$CUSL3 <= 6))
d$gap <- d$PERQ1 - d$CUEX1
d$elements <- (2 * d$CUSA1 + d$CUSA2 + d$CUSA3 - 4) / 4 / 9 * 100
d$tenths <- (d$CUSA1 + d$CUSA2) / 2 * 10
d$half <- i %% 2
d$x <- (d$CUSA1 - 1) / 9 * 100
d$z <- (d$PERV1 - 1) / 9 * 100
d$retained <- as.numeric(d$CUSL1 >= 8)
d$spend <- exp(1 + 0.02 * d$x) * (0.4 + 1.2 * ((i * 17) %% 23) / 23)
d$calls <- d$CUSL2
designs_of <- function(d) list(
  simple = svydesign(~1, data = d, weights = rep(1, nrow(d))),
  weighted = svydesign(~1, data = d, weights = ~w),
  stratified_clustered = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w)
)
designs <- designs_of(d)
number <- function(x) formatC(as.numeric(x), digits = 17, format = "g")
named <- function(x, names) paste0("{", paste0("\"", names, "\": ", number(x), collapse = ", "), "}")
one_share <- function(design) function(s) {
  f <- as.formula(paste0("~", s))
  low_high <- confint(svyciprop(f, design, method = "logit"))
  paste0("\"", s, "\": ", named(c(coef(svymean(f, design)), SE(svymean(f, design)), low_high),
                                c("mean", "se", "low", "high")))
}
one_mean <- function(design) function(s) {
  m <- svymean(as.formula(paste0("~", s)), design)
  paste0("\"", s, "\": ", named(c(coef(m), SE(m)), c("mean", "se")))
}
exact <- glm.control(epsilon = 1e-15, maxit = 200)
models <- list(logit = list(retained ~ x + z, quasibinomial()), gamma = list(spend ~ x + z, Gamma("log")),
               poisson = list(calls ~ x + z, quasipoisson()))
one_model <- function(design) function(k) {
  m <- svyglm(models[[k]][[1]], design, family = models[[k]][[2]], control = exact)
  at <- data.frame(x = c(60, 80), z = 50)
  p <- predict(m, at, type = "link")
  paste0("\"", k, "\": ", named(c(coef(m), SE(m), coef(p), SE(p), m$df.residual),
    c("b0", "b1", "b2", "se0", "se1", "se2", "link60", "link80", "se60", "se80", "df")))
}
one <- function(design) paste0("{", paste(c(vapply(names(shares), one_share(design), ""),
  vapply(c("nps", "gap", "elements", "tenths"), one_mean(design), ""), vapply(names(models), one_model(design), "")),
  collapse = ",\n"), "}")
wilson <- function(s) paste0("\"", s, "\": ", named(prop.test(sum(d[[s]]), n, correct = FALSE)$conf.int, c("low", "high")))
by_half <- function(h) {
  parts <- designs_of(d[d$half == h, ])
  made <- vapply(names(parts), function(k) sub("logit", k, one_model(parts[[k]])("logit"), fixed = TRUE), "")
  paste0("\"", h, "\": {", paste(made, collapse = ",\n"), "}")
}
text <- paste0("{\n\"tool\": \"survey (R)\", \"version\": \"", as.character(packageVersion("survey")),
  "\",\n\"generator\": \"desk_survey.R\",\n\"designs\": {\n",
  paste0("\"", names(designs), "\": ", vapply(designs, one, ""), collapse = ",\n"), "\n},\n\"wilson\": {",
  paste(vapply(names(shares), wilson, ""), collapse = ",\n"), "},\n\"halves\": {",
  paste(vapply(c(0, 1), by_half, ""), collapse = ",\n"), "}\n}\n")
writeLines(text, arg[2], sep = "")
