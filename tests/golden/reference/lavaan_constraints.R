# Constraints between parameters, bounds and start values, by lavaan; makes lavaan_constraints.json with the texts.
# Usage: Rscript lavaan_constraints.R HolzingerSwineford1939.csv lavaan_constraints.json [run ...]
# lavaan's optimiser stops some 1e-5 from a constrained minimum: steps of sequential quadratic programming with lavaan's
# own gradient, Hessian and derivatives of the constraints follow it; everything else is lavaan's at the end of them.
suppressMessages(library(lavaan))
arg <- commandArgs(trailingOnly = TRUE)
hs <- read.csv(arg[1])
holes <- hs
holes$x2[seq(3, 301, 9)] <- NA
holes$x6[seq(5, 301, 11)] <- NA
two <- "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\n"
cases <- list(
  linear = list(paste0(two, "a == 2*b")),
  two_kinds = list(paste0(two, "a + b == 1\nc == d^2")),
  mlr = list(paste0(two, "a + b == 1\nc == d^2"), estimator = "MLR"),
  mlm = list(paste0(two, "a == 2*b"), estimator = "MLM"),
  gls = list(paste0(two, "a == 2*b"), estimator = "GLS"),
  uls = list(paste0(two, "a == 2*b\nc < 1"), estimator = "ULS"),
  functions = list(paste0(two, "exp(a) == 1 + sqrt(b)*2")),
  fiml = list(paste0(two, "a + b == 1.2\nc == d^2"), missing = "fiml", data = "holes"),
  fiml_held = list(paste0(two, "b > 0.9\nc == d^2"), missing = "fiml", data = "holes"),
  effects_coding = list(paste0(
    "visual =~ NA*x1 + a*x1 + b*x2 + c*x3\na + b + c == 3\nx1 ~ i*1\nx2 ~ j*1\nx3 ~ k*1\ni + j + k == 0\nvisual ~ NA*1\n",
    "textual =~ x4 + x5 + x6"
  )),
  inequalities = list(paste0(two, "a > 0.6\nb > 0.9")),
  inequalities_mlm = list(paste0(two, "a > 0.6\nb > 0.9"), estimator = "MLM"),
  not_held = list(paste0(two, "a > 0.1\nd < 2")),
  variance = list(paste0(two, "x3 ~~ e*x3\ne > 1\nc == d")),
  path = list("x9 ~ p*x1 + q*x2 + r*x3\np == (q + r)^2", fixed.x = FALSE),
  tutorial = list("x9 ~ p*x1 + q*x2 + r*x3\np == (q + r)^2\np > exp(q + r)", fixed.x = FALSE),
  defined = list(paste0(two, "speed =~ x7 + x8 + x9\nspeed ~ p*visual + q*textual\nboth := p + q\nboth == 0.4\np > 3*q")),
  groups = list("visual =~ x1 + c(a, b)*x2 + x3\na == 2*b", group = "school"),
  groups_mean = list(paste0(
    "visual =~ x1 + c(a, b)*x2 + c(d, e)*x3\na + b == 1.6\nd > 1.1\nx1 ~ c(i, j)*1\ni - j == 0.5"
  ), group = "school", estimator = "MLR")
)
known <- list(hs = hs, holes = holes)
if (length(arg) > 2) cases <- cases[arg[-(1:2)]]
improved <- function(first) {
  table <- parTable(first)
  free <- table$free > 0
  at <- first@Model
  x <- lavaan:::lav_model_get_parameters(at)
  held <- function(x) {
    values <- c()
    slopes <- matrix(0, 0, length(x))
    if (!is.null(body(at@ceq.function)) && length(at@ceq.function(x))) {
      values <- at@ceq.function(x)
      slopes <- rbind(slopes, lavaan:::lav_func_jacobian_complex(at@ceq.function, x))
    }
    if (!is.null(body(at@cin.function)) && length(at@cin.function(x))) {
      inside <- at@cin.function(x)
      near <- abs(first@Model@cin.function(lavaan:::lav_model_get_parameters(first@Model))) < 1e-4
      values <- c(values, inside[near])
      slopes <- rbind(slopes, lavaan:::lav_func_jacobian_complex(at@cin.function, x)[near, , drop = FALSE])
    }
    list(values, slopes)
  }
  for (k in 1:12) {
    part <- list(at, lavsamplestats = first@SampleStats, lavdata = first@Data)
    gradient <- as.vector(do.call(lavaan:::lav_model_gradient, part))
    hessian <- do.call(lavaan:::lav_model_hessian, c(part, list(lavoptions = first@Options)))
    now <- held(x)
    r <- length(now[[1]])
    slopes <- now[[2]]
    whole <- rbind(cbind(hessian + crossprod(slopes), t(slopes)), cbind(slopes, matrix(0, r, r)))
    step <- MASS::ginv(whole) %*% c(-gradient - as.vector(crossprod(slopes, now[[1]])), -now[[1]])
    x <- x + step[seq_along(x)]
    at <- lavaan:::lav_model_set_parameters(at, x)
  }
  table$est[free] <- x[table$free[free]]
  list(x = x, table = table)
}
number <- function(x) ifelse(is.na(x), "null", formatC(as.numeric(x), digits = 15, format = "g"))
list_of <- function(names, values) paste0("{", paste0("\"", names, "\": ", number(values), collapse = ", "), "}")
one <- function(case) {
  data <- known[[if (is.null(case$data)) "hs" else case$data]]
  options <- case[!names(case) %in% c("", "data")]
  fit <- function(...) suppressWarnings(do.call("sem", c(list(model = case[[1]], data = data, optim.force.converged = TRUE, ...), options)))
  invisible(capture.output(first <- fit()))
  better <- improved(first)
  invisible(capture.output(done <- fit(start = better$table, optim.method = "none")))
  done@baseline <- first@baseline
  moved <- max(abs(lavaan:::lav_model_get_parameters(done@Model) - better$x))
  cat(sprintf("%.1e from the minimum\n", moved), file = stderr())
  table <- parTable(done)
  free <- table$free > 0 & table$op %in% c("=~", "~", "~~", "~1")
  table$se[!is.na(table$se) & table$se < 1e-7] <- NA # held: rounding of a generalised inverse
  groups <- lavInspect(done, "group.label")
  where <- if (length(groups)) paste0(groups[pmax(table$group, 1)], ": ") else ""
  name <- paste0(where, trimws(paste(table$lhs, table$op, table$rhs)))
  std <- suppressWarnings(standardizedSolution(done))
  std_where <- if (length(groups)) paste0(groups[pmax(std$group, 1)], ": ") else ""
  std_name <- paste0(std_where, trimws(paste(std$lhs, std$op, std$rhs)))
  loading <- std$op %in% c("=~", "~") & !is.na(std$se) & std$se > 0
  measures <- suppressWarnings(fitMeasures(done))
  paste0(
    "{\"model\": \"", gsub("\n", "\\n", case[[1]], fixed = TRUE), "\"",
    ",\n  \"est\": ", list_of(name[free], table$est[free]), ",\n  \"se\": ", list_of(name[free], table$se[free]),
    ",\n  \"std_all\": ", list_of(std_name[loading], std$est.std[loading]),
    ",\n  \"std_se\": ", list_of(std_name[loading], std$se[loading]),
    ",\n  \"fit\": ", list_of(names(measures), unclass(measures)), "}"
  )
}
runs <- vapply(cases, one, "")
writeLines(paste0(
  "{\n\"tool\": \"lavaan (R)\",\n\"version\": \"", as.character(packageVersion("lavaan")), "\",\n",
  "\"generator\": \"lavaan_constraints.R\",\n\"runs\": {\n",
  paste0("\"", names(runs), "\": ", runs, collapse = ",\n"), "\n}\n}"
), arg[2])
