# Standard errors of a weighted mean under sampling designs and replicate weights, by R's package survey (Lumley);
# makes survey_designs.json. Usage: Rscript survey_designs.R mobi.csv survey_designs.json
# mobi.csv: the ECSI mobile data, comma separated with a header. The design columns are made here by fixed rules, and
# made again by the test.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arg[1])
n <- nrow(d)
i <- seq_len(n) - 1
d$w <- 1 + (i * 7) %% 11 / 10
d$stratum <- i %% 5
d$cluster <- (i %/% 5) %% 10          # nested: 10 clusters in each of 5 strata
d$N <- c(40, 60, 80, 100, 120)[d$stratum + 1]
blocks <- list(Satisfaction = c("CUSA1", "CUSA2", "CUSA3"), Image = paste0("IMAG", 1:5), Loyalty = paste0("CUSL", 1:3))
for (b in names(blocks)) d[[b]] <- (rowMeans(d[, blocks[[b]]]) - 1) / 9 * 100
f <- ~ Satisfaction + Image + Loyalty
designs <- list(
  simple = svydesign(~1, data = d, weights = rep(1, n)),
  weighted = svydesign(~1, data = d, weights = ~w),
  stratified = svydesign(~1, strata = ~stratum, data = d, weights = ~w),
  clustered = svydesign(~ stratum:cluster, data = transform(d, cl = 1), weights = ~w),
  stratified_clustered = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w),
  fpc = svydesign(~cluster, strata = ~stratum, nest = TRUE, data = d, weights = ~w, fpc = ~N)
)
designs$clustered <- svydesign(~cl, data = transform(d, cl = stratum * 10 + cluster), weights = ~w)
base <- designs$stratified_clustered
# replicate weights, made by a fixed rule so that the test makes the same
two <- transform(d, half = ((stratum * 10 + cluster) %% 2))
R <- 20
factors <- outer(i, seq_len(R), function(i, r) ((i * 13 + r * 29 + (i * r) %% 7) %% 5) / 2)
rep_fay <- outer(i, seq_len(R), function(i, r) ifelse(((i * 3 + r * 5 + (i * r) %% 3) %% 2) == 0, 1.5, 0.5))
designs_r <- list(
  bootstrap = svrepdesign(data = d, weights = ~w, repweights = factors * d$w, type = "bootstrap", combined.weights = TRUE, mse = TRUE),
  brr = svrepdesign(data = d, weights = ~w, repweights = (2 * (rep_fay > 1)) * d$w, type = "BRR", combined.weights = TRUE, mse = TRUE),
  fay = svrepdesign(data = d, weights = ~w, repweights = rep_fay * d$w, type = "Fay", rho = 0.5, combined.weights = TRUE, mse = TRUE)
)
jk <- as.svrepdesign(base, type = "JKn", mse = TRUE)
jk1 <- as.svrepdesign(designs$clustered, type = "JK1", mse = TRUE)
number <- function(x) formatC(as.numeric(x), digits = 17, format = "g")
named <- function(x, names) paste0("{", paste0("\"", names, "\": ", number(x), collapse = ", "), "}")
one <- function(design) {
  m <- svymean(f, design)
  paste0("{\"mean\": ", named(coef(m), names(blocks)), ", \"se\": ", named(SE(m), names(blocks)),
         ", \"df\": ", number(degf(design)), "}")
}
all <- c(designs, designs_r, list(jkn = jk, jk1 = jk1))
text <- paste0("{\n\"tool\": \"survey (R)\", \"version\": \"", as.character(packageVersion("survey")),
  "\",\n\"generator\": \"survey_designs.R\",\n\"designs\": {\n",
  paste0("\"", names(all), "\": ", vapply(all, one, ""), collapse = ",\n"), "\n}\n}\n")
writeLines(text, arg[2], sep = "")
