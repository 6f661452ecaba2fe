# Covariance structures that single groups differ in, items of two constructs, covariates and ordered answers of several
# groups, by lavaan; makes lavaan_groups.json. With "models" in the place of the runs: models of textbooks and manuals;
# makes lavaan_models.json, which holds text, source and moments of the data that are not in the shared folder.
# Usage: Rscript lavaan_groups.R HolzingerSwineford1939.csv lavaan_groups.json [run ... | models [run ...]]
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
  paths_apart = list(paste(
    "visual =~ x1 + x2 + x3\ntextual ~ c(a1, a2)*visual\nspeed ~ c(b1, b2)*visual + c(c1, c2)*textual",
    "a := a1 - a2\nb := b1 - b2\nd := c1 - c2", three, sep = "\n"
  ), group = "school", estimator = "MLR"),
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
curve <- "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4\ns =~ 0*t1 + 1*t2 + 2*t3 + 3*t4"
same_errors <- "\nt1 ~~ e*t1\nt2 ~~ e*t2\nt3 ~~ e*t3\nt4 ~~ e*t4"
democracy <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
nine <- paste0("visual =~ x1 + x2 + x3", three)
six <- paste0("f", 1:6, " =~ y", 3 * 1:6 - 2, " + y", 3 * 1:6 - 1, " + y", 3 * 1:6, "\n", collapse = "")
four <- paste0(head(strsplit(six, "\n")[[1]], 4), "\n", collapse = "")
higher <- simulateData(paste0(
  gsub("=~ ", "=~ 0.8*", gsub("\\+ y", "+ 0.7*y", six)),
  "g =~ 0.8*f1 + 0.7*f2\nk =~ 0.75*f3 + 0.8*f4\nl =~ 0.7*f5 + 0.8*f6\nh =~ 0.8*g + 0.7*k + 0.75*l"
), sample.nobs = 300, seed = 7)
from <- function(source, text, data = "hs", fn = "sem", ...) {
  list(text, source = source, data = data, fn = fn, ...)
}
mplus <- "Mplus user's guide, example"
models <- list(
  cfa = from("lavaan tutorial: CFA", nine),
  std_lv = from("lavaan tutorial: CFA, std.lv", nine, std.lv = TRUE),
  orthogonal = from("lavaan tutorial: CFA", paste0(nine, "visual ~~ 0*speed\ntextual ~~ 0*speed")),
  sem = from("lavaan tutorial: SEM (Bollen 1989)", democracy, "pd"),
  sem_means = from("lavaan tutorial: mean structures", paste0(democracy, "\nx1 + y1 ~ 1"), "pd"),
  sem_equal = from("Bollen 1989, lavaan tutorial", paste0(
    "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + a*y2 + b*y3 + c*y4\ndem65 =~ y5 + a*y6 + b*y7 + c*y8\n",
    "dem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y6\ny3 ~~ y7\ny4 ~~ y8"
  ), "pd"),
  intercepts = from("lavaan tutorial: mean structures", paste0(nine, "x1 + x2 + x3 + x4 ~ 0.5*1")),
  growth = from("lavaan tutorial: growth curves", curve, "dg", "growth"),
  growth_causes = from("lavaan tutorial: growth curves", paste0(
    curve, "\ni ~ x1 + x2\ns ~ x1 + x2\nt1 ~ c1\nt2 ~ c2\nt3 ~ c3\nt4 ~ c4"
  ), "dg", "growth"),
  growth_times = from(paste(mplus, "6.8"), "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4\ns =~ 0*t1 + 1*t2 + t3 + t4", "dg", "growth"),
  growth_curved = from(paste(mplus, "6.9"), paste0(
    curve, "\nq =~ 0*t1 + 1*t2 + 4*t3 + 9*t4\nq ~~ 0*q + 0*i + 0*s", same_errors
  ), "dg", "growth"),
  simplex = from("quasi-simplex (Joereskog 1970)", paste0(
    "f1 =~ 1*t1\nf2 =~ 1*t2\nf3 =~ 1*t3\nf4 =~ 1*t4\nf2 ~ f1\nf3 ~ f2\nf4 ~ f3", same_errors
  ), "dg"),
  latent_change = from("latent change score (McArdle 2009)", paste0(
    "t2 ~ 1*t1\nd =~ 1*t2\nt2 ~ 0*1\nt2 ~~ 0*t2\nd ~ 1\nt1 ~ 1\nd ~~ d\nt1 ~~ t1\nd ~ t1"
  ), "dg", "lavaan"),
  path = from(paste(mplus, "3.11"), "t1 ~ x1 + x2 + c1\nt2 ~ x1 + x2 + c2\nt3 ~ t1 + t2 + c3", "dg", fixed.x = FALSE),
  mediation = from("lavaan tutorial: mediation", "t3 ~ c*x1 + b*t2\nt2 ~ a*x1", "dg", fixed.x = FALSE),
  mimic = from(paste(mplus, "5.8"), paste0(
    nine, "visual ~ age + girl\ntextual ~ age\nspeed ~ age + girl"
  ), fixed.x = FALSE),
  mimic_item = from("MIMIC with an effect on one item", paste0(
    "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\nvisual ~ age + girl\nspeed ~ age + girl\nx3 ~ girl"
  ), fixed.x = FALSE),
  items_in_paths = from("lavaan's internal latent variables", "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\nspeed ~ visual\nx9 ~ x1"),
  parallel = from("parallel measures (Lord & Novick 1968)", paste0(
    "f =~ NA*x7 + l*x7 + l*x8 + l*x9\nf ~~ 1*f\nx7 ~~ e*x7\nx8 ~~ e*x8\nx9 ~~ e*x9"
  )),
  tau_equivalent = from("tau-equivalent measures (Lord & Novick 1968)", "f =~ 1*x7 + 1*x8 + 1*x9"),
  equal_intercepts = from(paste(mplus, "5.9"), paste0(
    "f1 =~ x7 + x8 + x9\nf2 =~ x4 + x5 + x6\nx7 ~ a*1\nx8 ~ a*1\nx9 ~ a*1"
  )),
  latent_means = from("lavaan tutorial: mean structures", paste0(
    "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\nx1 + x7 ~ 0*1\nvisual ~ m*1\nspeed ~ k*1"
  )),
  second_order = from(paste(mplus, "5.6"), paste0(nine, "g =~ visual + textual + speed")),
  bifactor = from("bifactor (Holzinger & Swineford 1937)", paste0(
    "textual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\ng =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9\n",
    "g ~~ 0*textual + 0*speed\ntextual ~~ 0*speed"
  ), std.lv = TRUE),
  shared_first = from("lavaan: marker shared", "visual =~ x1 + x2 + x3 + x9\nspeed =~ x9 + x7 + x8"),
  reliability = from("single indicator of known error", "a =~ 1*x4\nx4 ~~ 0.3*x4\nspeed =~ x7 + x8 + x9\nspeed ~ a"),
  indirect = from(paste(mplus, "5.12"), paste0(nine, "speed ~ b*textual\ntextual ~ a*visual")),
  residual_zero = from("lavaan: residual of a factor fixed", paste0(nine, "speed ~ visual\nspeed ~~ 0*textual + r*speed")),
  second_item = from("an indicator of a second-order factor", paste0(
    "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5\nspeed =~ x7 + x8 + x9\n",
    "own =~ 1*x6\nx6 ~~ 0*x6\ng =~ visual + textual + speed + own"
  )),
  second_causes = from("a second-order factor between causes and effects", paste0(
    six, "g =~ f1 + f2 + f3\ng ~ f4 + f5\nf6 ~ g + f4\nf5 ~ f4"
  ), "ho"),
  second_beside = from("dimensions with a covariance and a cause of their own", paste0(
    six, "g =~ f1 + f2 + f3 + f4\nf1 ~~ f2\nf3 ~ f5\ng ~ f5\nf6 ~ g"
  ), "ho"),
  second_two = from("second-order factors, one on another", paste0(
    six, "g =~ f1 + f2 + f3\nk =~ f4 + f5 + f6\nk ~ g"
  ), "ho"),
  third_order = from("third-order factor", paste0(
    six, "g =~ f1 + a*f2\nk =~ f3 + f4\nl =~ f5 + b*f6\nh =~ g + k + l\na == b"
  ), "ho"),
  third_causes = from("third-order factor with an indicator and an effect", paste0(
    four, "own =~ 1*y13\ny13 ~~ 0*y13\ng =~ f1 + f2\nk =~ f3 + f4\nh =~ g + k + own\n",
    "f6 =~ y16 + y17 + y18\nf6 ~ h"
  ), "ho")
)
known <- list(hs = hs, pd = PoliticalDemocracy, dg = Demo.growth, ho = higher)
if (identical(arg[3], "models")) {
  cases <- if (length(arg) > 3) models[arg[-(1:3)]] else models
} else if (length(arg) > 2) {
  cases <- cases[arg[-(1:2)]]
}
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
  fn <- if (is.null(case$fn)) "sem" else case$fn
  data <- if (ordered) five else if (is.null(case$data)) hs else known[[case$data]]
  options <- case[!names(case) %in% c("", "fn", "data", "source")]
  invisible(capture.output(fit <- suppressWarnings(do.call(fn, c(list(model = case[[1]], data = data), options)))))
  if (!ordered) invisible(capture.output(fit <- improved(fit)))
  table <- parTable(fit)
  free <- table$free > 0 & table$op %in% c("=~", "~", "~~", "~1")
  groups <- lavInspect(fit, "group.label")
  where <- if (length(groups)) paste0(groups[pmax(table$group, 1)], ": ") else ""
  name <- paste0(where, trimws(paste(table$lhs, table$op, table$rhs)))
  std <- suppressWarnings(standardizedSolution(fit))
  std_where <- if (length(groups)) paste0(groups[pmax(std$group, 1)], ": ") else ""
  std_name <- paste0(std_where, trimws(paste(std$lhs, std$op, std$rhs)))
  loading <- std$op %in% c("=~", "~", ":=") & std$se > 0
  measures <- suppressWarnings(fitMeasures(fit))
  more <- if (is.null(case$group) || ordered || !is.null(case$estimator) && case$estimator != "GLS") "" else missed(fit)
  paste0(
    "{\"est\": ", list_of(name[free], table$est[free]), ",\n  \"se\": ", list_of(name[free], table$se[free]),
    ",\n  \"std_all\": ", list_of(std_name[loading], std$est.std[loading]),
    ",\n  \"std_se\": ", list_of(std_name[loading], std$se[loading]),
    ",\n  \"fit\": ", list_of(names(measures), unclass(measures)), more, "}"
  )
}
# Where a model of a textbook comes from, its text, and the moments of data that the shared folder does not hold.
about <- function(case) {
  text <- gsub("\n", "\\n", case[[1]], fixed = TRUE)
  said <- c(source = case$source, model = text, data = case$data, fn = case$fn)
  out <- paste0("\"", names(said), "\": \"", said, "\", ", collapse = "")
  out <- paste0(out, "\"std_lv\": ", if (isTRUE(case$std.lv)) "true" else "false", ",\n  ")
  if (!case$data %in% c("dg", "ho")) return(out)
  data <- known[[case$data]]
  rows <- paste0("[", apply(cov(data), 1, function(row) paste(number(row), collapse = ", ")), "]", collapse = ", ")
  mean <- list_of(names(data), colMeans(data))
  paste0(out, "\"n\": ", nrow(data), ", \"mean\": ", mean, ", \"cov\": [", rows, "],\n  ")
}
of_model <- function(case) sub("{", paste0("{", about(case)), one(case), fixed = TRUE)
runs <- vapply(cases, if (identical(arg[3], "models")) of_model else one, "")
writeLines(paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"lavaan_groups.R\",\n\"runs\": {\n",
  paste0("\"", names(runs), "\": ", runs, collapse = ",\n"), "\n}\n}"
), arg[2])
