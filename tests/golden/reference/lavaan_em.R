# Saturated maximum-likelihood mean and covariance of incomplete data (EM) by lavaan; makes lavaan_em_mobi_holes.json.
# Usage: Rscript lavaan_em.R holes.csv lavaan_em_mobi_holes.json
# The stored file also names its input by sha256 (added by hand), as comparisons.py checks it.
# holes.csv: comma separated, header of item names, empty cells where an answer is missing.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
data <- as.matrix(read.csv(arg[1]))
mp <- lavaan:::lav_data_missing_patterns(data)
sample <- lavaan:::lav_samplestats_missing_patterns(Y = data, Mp = mp)
em <- lavaan:::lav_mvnorm_missing_h1_estimate_moments(
  Y = data, Mp = mp, Yp = sample, max.iter = 20000L, tol = 1e-14, warn = TRUE
)
number <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 17, format = "g"))
vector_json <- function(x) paste0("[", paste(number(x), collapse = ", "), "]")
matrix_json <- function(m) paste0("[", paste(apply(m, 1, vector_json), collapse = ",\n  "), "]")
text <- paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"lavaan_em.R\",\n\"items\": [", paste0("\"", colnames(data), "\"", collapse = ", "), "],\n",
  "\"mean\": ", vector_json(em$Mu), ",\n\"cov\": ", matrix_json(em$Sigma), "\n}\n"
)
writeLines(text, arg[2], sep = "")
