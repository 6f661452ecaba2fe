# Covariance structures that single groups differ in, items of two constructs, covariates and ordered answers of several
# groups, by lavaan; makes lavaan_groups.json.
# Usage: Rscript lavaan_groups.R HolzingerSwineford1939.csv lavaan_groups.json [run ...]
# Newton steps with lavaan's own gradient and Hessian follow its optimiser, which stops up to 1e-4 from the minimum.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
hs <- read.csv(arg[1])
hs$cell <- paste(hs$school, hs$sex)
hs$girl <- hs$sex - 1
hs$age <- hs$ageyr + hs$agemo / 12
five <- hs
for (item in paste0("x", 1:9)) {
  at <- quantile(hs[[item]], c(.2, .45, .8))
  five[[item]] <- findInterval(hs[[item]], at)
}
three <- "
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
cases <- list(
  fixed = list(paste("visual =~ x1 + c(0.5, 0.6)*x2 + x3", three), group = "school"),
  some_equal = list(paste("visual =~ x1 + c(a, a, b, b)*x2 + c(d, e, d, f)*x3", three), group = "cell"),
  one_free = list(paste("visual =~ x1 + x2 + x3\nx7 ~~ c(0, NA)*x8", three), group = "school", estimator = "MLR"),
  marker_free = list(paste(
    "visual =~ c(NA, NA)*x1 + c(m, m)*x1 + c(NA, 0.8)*x2 + x3\nvisual ~~ c(1, NA)*visual", three
  ), group = "school"),
  with_equal = list(
    paste("visual =~ x1 + x2 + x3\nspeed ~ c(b1, b2)*visual + c(0, NA)*textual", three),
    group = "school", group.equal = c("loadings", "intercepts"), group.partial = c("x7~1"), estimator = "MLM"
  ),
  scalar = list(
    paste("visual =~ x1 + x2 + x3", three), group = "school", group.equal = c("loadings", "intercepts")
  ),
  gls = list(paste("visual =~ x1 + c(0.5, NA)*x2 + x3", three), group = "school", estimator = "GLS"),
  ordered = list(paste("visual =~ x1 + x2 + x3", three), group = "school", ordered = paste0("x", 1:9)),
  ordered_equal = list(
    paste("visual =~ x1 + c(a, a)*x2 + c(0.9, NA)*x3", three), group = "school", ordered = paste0("x", 1:9)
  ),
  crossed = list(paste("visual =~ x1 + x2 + x3 + x9", three)),
  crossed_mlr = list(paste("visual =~ x1 + x2 + x3 + x9 + 0.2*x4", three), estimator = "MLR"),
  crossed_groups = list(paste("visual =~ x1 + x2 + x3 + c(NA, 0)*x9", three), group = "school"),
  crossed_ordered = list(paste("visual =~ x1 + x2 + x3 + x9", three), ordered = paste0("x", 1:9)),
  fixed_x = list(paste("visual =~ x1 + x2 + x3\nvisual + textual ~ age + girl\nspeed ~ visual + age", three)),
  random_x = list(
    paste("visual =~ x1 + x2 + x3\nvisual + textual ~ age + girl\nspeed ~ visual + age", three), fixed.x = FALSE
  ),
  fixed_x_mlr = list(
    paste("visual =~ x1 + x2 + x3\nvisual + textual ~ age + girl\nspeed ~ visual + age", three), estimator = "MLR"
  )
)
if (length(arg) > 2) cases <- cases[arg[-(1:2)]]
improved <- function(first) {
  table <- parTable(first)
  free <- table$free > 0
  at <- first@Model
  for (k in 1:3) {
    part <- list(at, lavsamplestats = first@SampleStats, lavdata = first@Data)
    gradient <- as.vector(do.call(lavaan:::lav_model_gradient, part))
    hessian <- do.call(lavaan:::lav_model_hessian, c(part, list(lavoptions = first@Options)))
    keep <- diag(length(gradient))
    if (first@Model@eq.constraints) keep <- first@Model@eq.constraints.K
    step <- keep %*% solve(t(keep) %*% hessian %*% keep, t(keep) %*% gradient)
    table$est[free] <- table$est[free] - step[table$free[free]]
    at <- lavaan:::lav_model_set_parameters(at, table$est[free][order(table$free[free])])
  }
  settings <- first@Options
  settings$optim.method <- "none"
  settings$baseline <- FALSE
  table$start <- table$est
  settings$start <- table
  fit <- suppressWarnings(lavaan(
    model = table, slotOptions = settings, slotSampleStats = first@SampleStats, slotData = first@Data,
    slotCache = first@Cache, sloth1 = first@h1
  ))
  fit@baseline <- first@baseline
  fit
}
number <- function(x) ifelse(is.na(x), "null", formatC(as.numeric(x), digits = 15, format = "g"))
list_of <- function(names, values) paste0("{", paste0("\"", names, "\": ", number(values), collapse = ", "), "}")
# What the model misses, by group: indices of fixed parameters, of equal ones when they are let free, and residuals.
missed <- function(fit) {
  groups <- lavInspect(fit, "group.label")
  mi <- modindices(fit)
  mi <- mi[is.finite(mi$mi) & mi$mi > .01, ]
  mi_name <- paste0(groups[mi$group], ": ", trimws(paste(mi$lhs, mi$op, mi$rhs)))
  out <- c(mi = list_of(mi_name, mi$mi), epc = list_of(mi_name, mi$epc), sepc_all = list_of(mi_name, mi$sepc.all))
  if (fit@Model@eq.constraints) {
    uni <- suppressWarnings(lavTestScore(fit))$uni
    table <- parTable(fit)
    at <- match(uni$rhs, table$plabel)
    out <- c(out, released = list_of(
      paste0(groups[table$group[at]], ": ", trimws(paste(table$lhs[at], table$op[at], table$rhs[at]))), uni$X2
    ))
  }
  for (type in c("raw", "cor.bollen", "standardized")) {
    found <- suppressWarnings(resid(fit, type = type))
    names <- values <- c()
    for (g in groups) {
      low <- which(lower.tri(found[[g]]$cov), arr.ind = TRUE)
      items <- rownames(found[[g]]$cov)
      names <- c(names, paste0(g, ": ", items[low[, 2]], " ~~ ", items[low[, 1]]), paste0(g, ": ", items, " ~1"))
      values <- c(values, found[[g]]$cov[low], if (is.null(found[[g]]$mean)) NA else found[[g]]$mean)
    }
    out <- c(out, setNames(list_of(names, values), paste0("residual_", sub(".bollen", "", type))))
  }
  paste0(",\n  \"", names(out), "\": ", out, collapse = "")
}
one <- function(case) {
  ordered <- !is.null(case$ordered)
  arguments <- c(list(model = case[[1]], data = if (ordered) five else hs), case[-1])
  invisible(capture.output(fit <- suppressWarnings(do.call("sem", arguments))))
  if (!ordered) invisible(capture.output(fit <- improved(fit)))
  table <- parTable(fit)
  free <- table$free > 0 & table$op %in% c("=~", "~", "~~", "~1")
  groups <- lavInspect(fit, "group.label")
  where <- if (length(groups)) paste0(groups[pmax(table$group, 1)], ": ") else ""
  name <- paste0(where, trimws(paste(table$lhs, table$op, table$rhs)))
  std <- suppressWarnings(standardizedSolution(fit))
  std_where <- if (length(groups)) paste0(groups[pmax(std$group, 1)], ": ") else ""
  std_name <- paste0(std_where, trimws(paste(std$lhs, std$op, std$rhs)))
  loading <- std$op %in% c("=~", "~") & std$se > 0
  measures <- suppressWarnings(fitMeasures(fit))
  more <- if (is.null(case$group) || ordered || !is.null(case$estimator) && case$estimator != "GLS") "" else missed(fit)
  paste0(
    "{\"est\": ", list_of(name[free], table$est[free]), ",\n  \"se\": ", list_of(name[free], table$se[free]),
    ",\n  \"std_all\": ", list_of(std_name[loading], std$est.std[loading]),
    ",\n  \"std_se\": ", list_of(std_name[loading], std$se[loading]),
    ",\n  \"fit\": ", list_of(names(measures), unclass(measures)), more, "}"
  )
}
runs <- vapply(cases, one, "")
writeLines(paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"lavaan_groups.R\",\n\"runs\": {\n",
  paste0("\"", names(runs), "\": ", runs, collapse = ",\n"), "\n}\n}"
), arg[2])
