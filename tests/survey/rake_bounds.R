# Raking within bounds by the R package survey: Rscript rake_bounds.R > rake_bounds.csv
# (factors g of every row; last line of standard error: the mean of y, its error and the version)
suppressMessages(library(survey))
set.seed(4)
n <- 120
d <- data.frame(sex = sample(c("f", "m"), n, TRUE, c(.35, .65)), region = sample(c("n", "s", "e"), n, TRUE, c(.6, .25, .15)),
                w = round(runif(n, .5, 2), 3))
d$y <- pmin(10, pmax(1, round(5.5 + 1 * (d$sex == "f") - 1.5 * (d$region == "e") + rnorm(n, 0, 2))))
N <- sum(d$w)
pop <- c(`(Intercept)` = N, sexm = N * .5, regionn = N * .5, regions = N * .25)
des <- svydesign(ids = ~1, weights = ~w, data = d)
cal <- calibrate(des, ~ sex + region, pop, calfun = "raking", bounds = c(.6, 2.0), maxit = 500, epsilon = 1e-13)
d$g <- sprintf("%.15f", weights(cal) / d$w)
write.csv(d, stdout(), row.names = FALSE, quote = FALSE)
m <- svymean(~y, cal)
message(format(coef(m), digits = 16), " ", format(SE(m), digits = 16), " survey ", packageVersion("survey"))
