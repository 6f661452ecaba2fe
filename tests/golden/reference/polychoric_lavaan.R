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
