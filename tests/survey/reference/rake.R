# Raking to three margins by stats::loglin (iterative proportional fitting of a table to margins, from a start).
# Run in this folder:  Rscript rake.R   (writes rake_loglin.json; base R only)
set.seed(20260101)
sizes <- c(sex = 2, age = 4, region = 3)
start <- array(round(rgamma(prod(sizes), 2, 0.1), 3), sizes)
start[1, 4, 2] <- 0                          # combinations that nobody is in
start[2, 1, 3] <- 0
start[1, 2, 3] <- 0
shares <- list(c(0.49, 0.51), c(0.2, 0.3, 0.3, 0.2), c(0.5, 0.35, 0.15))
target <- sum(start) * outer(outer(shares[[1]], shares[[2]]), shares[[3]])
fitted <- loglin(target, list(1, 2, 3), start = start, fit = TRUE, eps = 1e-12, iter = 10000, print = FALSE)$fit

number <- function(x) paste(formatC(x, digits = 17, format = "g"), collapse = ", ")
cells <- which(start > 0, arr.ind = TRUE)
rows <- apply(cells - 1, 1, function(row) sprintf("[%s]", paste(row, collapse = ", ")))
lines <- c(
  sprintf('"made_with": "R %s.%s, stats::loglin"', R.version$major, R.version$minor),
  sprintf('"codes": [%s]', paste(rows, collapse = ", ")),
  sprintf('"weights": [%s]', number(start[cells])),
  sprintf('"targets": [%s]', paste(sapply(shares, function(s) sprintf("[%s]", number(s))), collapse = ", ")),
  sprintf('"raked": [%s]', number(fitted[cells]))
)
writeLines(sprintf("{\n %s\n}", paste(lines, collapse = ",\n ")), "rake_loglin.json")
