# Polychoric correlations of the 24 ECSI items by lavaan; makes polychoric_lavaan.json.
# Usage: Rscript polychoric_lavaan.R mobi.csv polychoric_lavaan.json
# mobi.csv: comma separated, header of item names.  "full": answers as they are; "five": cut at 4, 6, 7, 8.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arg[1])
five <- as.data.frame(lapply(data, function(x) as.integer(x >= 5) + (x >= 7) + (x >= 8) + (x >= 9)))
matrix_of <- function(d) unclass(lavCor(d, ordered = names(d), output = "cor"))
number <- function(x) formatC(x, digits = 12, format = "g")
lower <- function(m) paste0("[", paste(number(m[lower.tri(m)]), collapse = ", "), "]")
text <- paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"polychoric_lavaan.R\",\n\"items\": [", paste0("\"", names(data), "\"", collapse = ", "), "],\n",
  "\"order\": \"below the diagonal, column by column\",\n",
  "\"full\": ", lower(matrix_of(data)), ",\n\"five\": ", lower(matrix_of(five)), "\n}\n"
)
writeLines(text, arg[2], sep = "")

# Six constructs of the ECSI with several items each, answers in five levels, by WLSMV; makes ordered_lavaan.json.
model <- "
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Expectation ~ Image
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value"
used <- five[, 1:20]
fit <- sem(model, used, ordered = names(used))
own <- function(d) d[d$op %in% c("=~", "~", "~~"), ]
block <- function(d, value) {
  d <- own(d)
  label <- paste(d$lhs, d$op, d$rhs)
  inside <- paste0("\"", label, "\": [", number(d[[value]]), ", ", number(d$se), "]")
  paste0("{", paste(inside, collapse = ",\n  "), "}")
}
measures <- fitMeasures(fit)
text <- paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"polychoric_lavaan.R\",\n\"parameters\": ", block(parameterEstimates(fit), "est"), ",\n",
  "\"std_all\": ", block(standardizedSolution(fit), "est.std"), ",\n\"fit\": {",
  paste0("\"", names(measures), "\": ", ifelse(is.na(measures), "null", number(measures)), collapse = ",\n  "), "}\n}\n"
)
writeLines(text, sub("polychoric_", "ordered_", arg[2]), sep = "")
