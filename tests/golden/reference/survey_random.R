# Means, ratios, shares and regressions under designs drawn at random, by R's package survey; makes survey_random.json.
# Usage: Rscript survey_random.R folder survey_random.json. The folder is made by against_survey_random.py.
# Ratios and regressions: svyratio and svyglm. Companies: domains of the sample (by chance) or designs of their own rows.
suppressMessages(library(survey))
arg <- commandArgs(trailingOnly = TRUE)
items <- c("a1", "a2", "a3", "y", "x1", "x2")
number <- function(x) formatC(as.numeric(x), digits = 15, format = "g")
named <- function(x) paste0("{", paste0("\"", names(x), "\": ", x, collapse = ", "), "}")
made_of <- function(d) {
  for (x in items) {
    d[[paste0("r_", x)]] <- as.numeric(!is.na(d[[x]]))
    d[[paste0("z_", x)]] <- ifelse(is.na(d[[x]]), 0, (d[[x]] - 1) / 9 * 100)
  }
  d$ok <- complete.cases(d[, items])
  d$top <- ifelse(d$r_y == 1, 100 * (d$y >= 9), 0)
  d$net <- ifelse(d$r_y == 1, 100 * ((d$y >= 9) - (d$y <= 6)), 0)
  d$both <- d$r_y * d$r_x1
  d$gap <- ifelse(d$both == 1, (d$y - d$x1) * 100 / 9, 0)
  d
}
numbers <- function(used, all, listwise) {
  out <- c(); se <- c()
  add <- function(name, value, error) { out[name] <<- number(value); se[name] <<- number(error) }
  ratio <- function(name, top, base, design) { m <- svyratio(top, base, design); add(name, coef(m), SE(m)) }
  m <- svyratio(~z_a1 + z_a2 + z_a3, ~r_a1 + r_a2 + r_a3, used, covmat = TRUE)
  w <- as.numeric(names(coef(m)) %in% paste0("z_", items[1:3], "/r_", items[1:3])) / 3
  add("index A", sum(w * coef(m)), sqrt(drop(t(w) %*% vcov(m) %*% w)))
  ratio("index Y", ~z_y, ~r_y, used); ratio("index X1", ~z_x1, ~r_x1, used)
  ratio("top2", ~top, ~r_y, all); ratio("nps", ~net, ~r_y, all); ratio("gap", ~gap, ~both, all)
  if (listwise) { g <- svyglm(y ~ x1 + x2, design = used); add(c("b X1", "b X2"), coef(g)[2:3], SE(g)[2:3]) }
  list(out = out, se = se)
}
value <- list(); error <- list()
for (seed in sort(as.integer(list.files(arg[1])))) {
  d <- made_of(read.csv(file.path(arg[1], seed, "data.csv")))
  lines <- strsplit(readLines(file.path(arg[1], seed, "case.txt")), " ")
  case <- setNames(lapply(lines, function(x) if (length(x) > 1) x[2] else ""), sapply(lines, `[`, 1))
  yes <- function(x) case[[x]] == "True"
  options(survey.lonely.psu = if (nzchar(case$lone)) case$lone else "fail")
  of <- if (yes("strata")) d$stratum else rep(0, nrow(d))
  unit <- if (yes("cluster")) d$cluster else seq_len(nrow(d))
  d$share <- as.numeric(tapply(unit, of, function(u) length(unique(u)))[as.character(of)]) / d$N # of the whole sample
  design <- function(d) {
    given <- list(ids = if (yes("cluster")) ~cluster else ~1, data = d, weights = ~w, nest = yes("cluster"))
    if (yes("strata")) given$strata <- ~stratum
    if (yes("fpc")) given$fpc <- ~share
    do.call("svydesign", given)
  }
  listwise <- case$missing == "listwise"
  whole <- design(d)
  groups <- if (nzchar(case$groups)) unique(d$firm) else "all"
  found <- lapply(groups, function(g) {
    mine <- if (g == "all") rep(TRUE, nrow(d)) else d$firm == g
    if (case$groups == "by_chance")
      return(numbers(subset(whole, mine & (ok | !listwise)), subset(whole, mine), listwise))
    numbers(design(d[mine & (d$ok | !listwise), ]), design(d[mine, ]), listwise)
  })
  join <- function(part) unlist(lapply(seq_along(groups), function(i) {
    x <- found[[i]][[part]]; setNames(x, paste0(groups[i], ": ", names(x)))
  }))
  value[[as.character(seed)]] <- named(join("out")); error[[as.character(seed)]] <- named(join("se"))
}
writeLines(paste0("{\n\"version\": \"", packageVersion("survey"), "\",\n\"estimates\": ", named(unlist(value)),
                  ",\n\"errors\": ", named(unlist(error)), "\n}"), arg[2])
