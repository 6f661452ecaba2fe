# Second-order constructs in cSEM: stage one with repeated items ("mixed"), then scores.
# Usage: Rscript higher_order_csem.R FOLDER_OF_R_SOURCES mobi.csv > higher_order_csem.json
# cSEM sourced from its repository (1aa2be56, version in DESCRIPTION), as no binary package is needed that way.
suppressMessages({library(magrittr); library(purrr); library(rlang); library(MASS); library(lavaan)})
given <- commandArgs(trailingOnly = TRUE)
badge <- function(...) ""
for (f in list.files(given[1], full.names = TRUE, pattern = "[.]R$")) sys.source(f, envir = globalenv())
mobi <- read.csv(given[2])
first <- c("Expectation <~ CUEX1 + CUEX2 + CUEX3", "Quality <~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7",
  "Value <~ PERV1 + PERV2", "Satisfaction <~ CUSA1 + CUSA2 + CUSA3", "Loyalty <~ CUSL1 + CUSL2 + CUSL3",
  "Perception ~ Expectation", "Satisfaction ~ Perception", "Loyalty ~ Satisfaction")
plain <- c("Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
fit <- function(top, mode, scheme) {
  modes <- as.list(c(setNames(rep("modeA", 5), plain), Perception = mode))
  model <- paste(c(first, top), collapse = "\n")
  r <- suppressWarnings(csem(mobi, model, .approach_2ndorder = "mixed", .PLS_modes = modes,
    .PLS_weight_scheme_inner = scheme, .tolerance = 1e-14, .iter_max = 10000))
  e <- r$Second_stage$Estimates
  b <- e$Path_estimates
  list(paths = list("Expectation->Perception" = b["Perception", "Expectation_temp"],
      "Perception->Satisfaction" = b["Satisfaction_temp", "Perception"],
      "Satisfaction->Loyalty" = b["Loyalty_temp", "Satisfaction_temp"]),
    "dimension loadings" = list("Quality on Perception" = e$Loading_estimates["Perception", "Quality"],
      "Value on Perception" = e$Loading_estimates["Perception", "Value"]))
}
out <- list(cSEM = "0.6.1.9000")
for (scheme in c("path", "factorial", "centroid")) out[[scheme]] <- list(
  composite = fit("Perception <~ Quality + Value", "modeB", scheme),
  reflective = fit("Perception =~ Quality + Value", "modeA", scheme))
text <- function(x) if (is.list(x)) paste0("{", paste0('"', names(x), '": ', sapply(x, text), collapse = ", "), "}") else if (is.character(x)) paste0('"', x, '"') else sprintf("%.17g", x)
cat(text(out), "\n")
