# Ladders of measurement invariance by least squares and of ordered answers, by lavaan; makes lavaan_ladders.json.
# Usage: Rscript lavaan_ladders.R HolzingerSwineford1939.csv lavaan_ladders.json
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
hs <- read.csv(arg[1])
items <- paste0("x", 1:9)
four <- hs
for (item in items) four[[item]] <- findInterval(hs[[item]], quantile(hs[[item]], c(.2, .45, .8)))
model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
steps <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
              strict = c("loadings", "intercepts", "residuals"))
ordered_steps <- list(configural = "", metric = "loadings", scalar = c("loadings", "thresholds"))
ladders <- list(
  gls = list(estimator = "GLS"), uls = list(estimator = "ULS"),
  uls_mlm = list(estimator = "ULS", se = "robust.sem", test = "satorra.bentler"), wls = list(estimator = "WLS"),
  dwls = list(ordered = items), dwls_free = list(ordered = items, group.partial = c("x3|t1", "x3|t2", "x3|t3", "visual=~x2")),
  dwls_weights = list(ordered = items, sampling.weights = "w")
)
four$w <- 0.5 + (seq_len(nrow(four)) %% 4) / 2
number <- function(x) ifelse(is.na(x), "null", formatC(as.numeric(x), digits = 12, format = "g"))
list_of <- function(names, values) paste0("{", paste0("\"", names, "\": ", number(values), collapse = ", "), "}")
climbed <- function(options, name) {
  ordered <- startsWith(name, "dwls")
  data <- if (ordered) four else hs
  fits <- lapply(if (ordered) ordered_steps else steps, function(equal) {
    for (tol in 10^-(14:9)) { # the tightest stop at which its optimiser says that it converged
      fit <- suppressWarnings(do.call("cfa", c(
        list(model = model, data = data, group = "school", group.equal = equal, control = list(rel.tol = tol)), options
      )))
      if (lavInspect(fit, "converged")) break
    }
    fit
  })
  test <- suppressWarnings(do.call("lavTestLRT", unname(fits)))
  parts <- vapply(seq_along(fits), function(k) {
    fit <- fits[[k]]
    stopifnot(lavInspect(fit, "converged"))
    table <- parTable(fit)
    at <- table$op %in% c("=~", "~1") & table$lhs %in% c("visual", "textual", "speed") & table$free > 0
    where <- paste0(lavInspect(fit, "group.label")[table$group[at]], ": ", trimws(paste(table$lhs[at], table$op[at], table$rhs[at])))
    fall <- if (k == 1) "null" else list_of(c("stat", "df", "p"), c(test[["Chisq diff"]][k], test[["Df diff"]][k], test[["Pr(>Chisq)"]][k]))
    paste0("{\"fit\": ", list_of(names(fitMeasures(fit)), unclass(suppressWarnings(fitMeasures(fit)))), ",\n  \"est\": ",
           list_of(where, table$est[at]), ",\n  \"se\": ", list_of(where, table$se[at]), ",\n  \"difference\": ", fall, "}")
  }, "")
  paste0("{\n", paste0("\"", names(fits), "\": ", parts, collapse = ",\n"), "}")
}
out <- vapply(names(ladders), function(name) climbed(ladders[[name]], name), "")
writeLines(paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"lavaan_ladders.R\",\n\"ladders\": {\n", paste0("\"", names(out), "\": ", out, collapse = ",\n"), "\n}\n}"
), arg[2])
