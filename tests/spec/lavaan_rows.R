# What lavaan reads in lavaan_full.lav and lavaan_written.lav (the text of to_lavaan): Rscript lavaan_rows.R, here.
suppressMessages(library(lavaan))
rows <- function(file) {
  table <- lavaanify(paste(readLines(file), collapse = "\n"), model.type = "sem", auto = TRUE)
  table <- table[table$user == 1 & table$op != "==", ]
  lapply(seq_len(nrow(table)), function(k) {
    row <- table[k, ]
    value <- if (row$free == 0) row$ustart else NA
    list(lhs = row$lhs, op = row$op, rhs = row$rhs, value = value, label = row$label)
  })
}
files <- c("lavaan_full.lav", "lavaan_written.lav")
found <- c(list(lavaan = as.character(packageVersion("lavaan"))), setNames(lapply(files, rows), files))
writeLines(jsonlite::toJSON(found, auto_unbox = TRUE, na = "null", digits = NA, pretty = TRUE), "lavaan_rows.json")
