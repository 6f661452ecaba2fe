"""Printed numbers of F10 to F31: inputs, and the public calls that reproduce the rest."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd
from check_entries import Entry, Sources, computed, given
from check_entries_indices import at, rows

from csimodels.desk import (
    agreement,
    behaviour,
    budget,
    design_mean,
    focus,
    fuzzy,
    gaps,
    kano,
    nps,
    objective_weights,
    penalty_reward,
    planning,
    shapley,
    shares,
    transition,
)

RECOMMEND = at(3, 2, 1, 4, 5, 12, 18, 35, 60, 38, 22)


def wilson(count: float, n: float) -> list[float]:
    return [100 * float(limit) for limit in shares.wilson(at(count)[0], at(n)[0])]


def net(divisor: str = "n-1") -> nps.NetScore:
    return nps.net_promoter_score(RECOMMEND, np.arange(11.0), divisor="n" if divisor == "n" else "n-1")


def boxes(s: Sources) -> object:
    levels = np.arange(1.0, 11).tolist()
    of_level = shares.level_shares(shares.level_counts(s.answers["CUSA1"].to_numpy(float), levels))
    return [
        shares.box_share(of_level, levels, box)
        for box in (shares.top_levels(levels, 2), shares.bottom_levels(levels, 4))
    ]


F10 = [
    given("F10", "497 500 152 200 182 200 3 2 1 4 5 12 18 35 60 38 22"),
    computed("F10", "99.4 76 91", lambda _: [100 * a / b for a, b in ((497, 500), (152, 200), (182, 200))]),
    computed(
        "F10",
        "98.2510 99.7957 69.6267 81.3934 86.2234 94.2313",
        lambda _: [*wilson(497, 500), *wilson(152, 200), *wilson(182, 200)],
    ),
    computed("F10", "200", lambda _: RECOMMEND.sum()),
    computed("F10", ".30 .225 7.5", lambda _: [net().promoters, net().detractors, net().nps]),
    computed("F10", "5.09595 5.10874", lambda _: [net("n").se, net().se]),
    computed("F10", ".268 .004", boxes),
]


def repurchase(s: Sources) -> tuple[np.ndarray, behaviour.Behaviour]:
    y = (s.answers["CUSL1"].to_numpy(float) >= 8).astype(float)
    return y, behaviour.fit_behaviour(y, s.study.scores[:, [s.study.of("Satisfaction")]])


def coefficients(s: Sources) -> object:
    fit = repurchase(s)[1]
    error = np.sqrt(np.diag(fit.model_covariance))
    return [fit.coefficients[0], error[0], fit.coefficients[1], error[1]]


F11 = [
    given("F11", "8 60 70 80"),
    computed("F11", ".592", lambda s: repurchase(s)[0].mean()),
    computed("F11", "-4.676188 .852943 .0704301 .0117912", coefficients),
    computed("F11", ".389269 .563140 .722764", lambda s: behaviour.predicted_at(repurchase(s)[1], at(60, 70, 80))[0]),
]

VALUES = at(100, 80, 60, 40, 30, 20, 10, 5, 3, 2)
F12 = [
    given("F12", "100 80 60 40 30 20 10 5 3 2 20 0.8"),
    computed("F12", ".2857 .5143 .6857 .8000 .8857 .9429 .9714 .9857 .9943 1", lambda _: focus.pareto_shares(VALUES)),
    computed("F12", ".513143", lambda _: focus.gini(VALUES)),
    computed("F12", "51.43", lambda _: 100 * focus.top_share(VALUES, 0.2)),
]

ORDERS = at(1, 2, 3, 4, 5, 6), at(4, 3, 6, 1, 2, 5)
F13 = [
    given("F13", "1 2 3 4 5 6 4 3 6 1 2 5"),
    computed("F13", "-.085714 -.066667", lambda _: [agreement.spearman(*ORDERS), agreement.kendall_tau_b(*ORDERS)]),
]

P, E, POINTS = "7.9 7.2 6.8 7.6 7.0", "8.1 8.8 8.5 8.2 7.9", ".11 .32 .22 .19 .16"
GAP = (rows(P) - rows(E))[0]


def paired(s: Sources) -> object:
    found = design_mean.design_means((s.answers["PERQ1"] - s.answers["CUEX1"]).to_numpy(float)[:, None])
    return [found.mean[0], found.se[0]]


F14 = [
    given("F14", f"{P} {E} {POINTS}"),
    computed("F14", "-.2 -1.6 -1.7 -.6 -.9", lambda _: gaps.gap_columns(rows(P), rows(E), np.eye(5))),
    computed("F14", "-1.000", lambda _: gaps.total_gap(GAP)),
    computed("F14", "-1.166", lambda _: gaps.total_gap(GAP, rows(POINTS)[0])),
    computed("F14", "-12.9556", lambda _: gaps.on_100(gaps.total_gap(GAP, rows(POINTS)[0]), 1, 10)),
    computed("F14", ".364 .109755", paired),
]

W, R = ".4 .3 .2 .1", ".30 .40 .20 .08 .02; .20 .45 .25 .08 .02; .10 .30 .40 .15 .05; .25 .35 .25 .10 .05"
GRADES = at(100, 80, 60, 40, 20)
B, SMALLER = (fuzzy.compose(rows(W)[0], rows(R), how) for how in ("weighted", "min_max"))
F15 = [
    given("F15", f"72.4541 60 80 {W} {R} 100 80 60 40 20".replace(";", "")),
    computed("F15", "20 40 60 80 100", lambda _: fuzzy.CENTRES),
    computed("F15", ".377295 .622705", lambda _: fuzzy.triangle_membership(np.asarray(72.4541))[2:4]),
    computed("F15", ".225 .390 .260 .096 .029", lambda _: B),
    computed("F15", "73.72", lambda _: fuzzy.fuzzy_score(fuzzy.normalise(B), GRADES)),
    computed("F15", ".3 .4 .25 .15 .05", lambda _: SMALLER),
    computed("F15", ".26087 .347826 .217391 .130435 .043478", lambda _: fuzzy.normalise(SMALLER)),
    computed("F15", "73.043478", lambda _: fuzzy.fuzzy_score(fuzzy.normalise(SMALLER), GRADES)),
]

COUNTS = "160 30 10; 40 90 30; 10 25 105"
N = rows(COUNTS)
MOVES = transition.transition_matrix(N)
SHARE = at(0.40, 0.32, 0.28)
LONG_RUN, MARGINS = transition.stationary_shares(MOVES), transition.stuart_maxwell(N)
F16 = [
    given("F16", f"{COUNTS.replace(';', '')} 100 50 0"),
    computed("F16", ".80 .15 .05 .25 .5625 .1875 .071429 .178571 .75", lambda _: MOVES),
    computed("F16", ".40 .32 .28", lambda _: N.sum(axis=1) / N.sum()),
    computed("F16", ".42 .29 .29", lambda _: transition.next_shares(SHARE, MOVES)),
    computed(
        "F16", ".429214 .277911 .292875", lambda _: transition.next_shares(transition.next_shares(SHARE, MOVES), MOVES)
    ),
    computed("F16", ".440415 .269430 .290155", lambda _: LONG_RUN),
    computed("F16", ".713070 .44375", lambda _: [transition.second_eigenvalue(MOVES), transition.mobility(MOVES)]),
    computed("F16", "57.512953", lambda _: LONG_RUN @ at(100, 50, 0)),
    computed("F16", "1.850394 2 .396453", lambda _: [MARGINS.chi2, MARGINS.df, MARGINS.p]),
]

EFFECT, COST = at(0.64, 0.31, 0.22, 0.15), at(4, 1.5, 2, 0.8)
RISES = budget.allocate_budget(EFFECT, COST, np.full(4, 5.0), at(20)[0])
F18 = [
    given("F18", ".64 .31 .22 .15 4 1.5 2 .8 5 20"),
    computed("F18", ".16 .2067 .11 .1875", lambda _: EFFECT / COST),
    computed("F18", "2.125 5 0 5", lambda _: RISES),
    computed("F18", "3.66", lambda _: budget.gain(EFFECT, RISES)),
]

STRATA, SPREAD = at(5000, 3000, 2000), at(15, 20, 30)
Z = planning.half_width(1, 1), planning.half_width(1, 1, level=0.6)
F19 = [
    given("F19", "20 2 1000 20 1.5 1.6 18 2 3 20 .8 5000 3000 2000 15 20 30 800 .2 .1 5 .8 250 2"),
    computed("F19", "384.146", lambda _: (Z[0] * 20 / 2) ** 2),
    computed("F19", "385", lambda _: planning.size_for_half_width(20, 2)),
    computed("F19", "278", lambda _: planning.size_for_half_width(20, 2, population=1000)),
    computed("F19", "1093", lambda _: planning.size_for_half_width(20, 1.5, deff=1.6)),
    computed("F19", "312", lambda _: planning.size_for_half_width(18, 2)),
    computed("F19", "698", lambda _: planning.size_for_difference(20, 3)),
    computed("F19", "1.959964 .841621", lambda _: Z),
    computed("F19", "307.7 246.2 246.2", lambda _: planning.neyman_allocation(800, STRATA, SPREAD)),
    computed("F19", "400 240 160", lambda _: planning.proportional_allocation(800, STRATA)),
    computed("F19", "155 619", lambda _: planning.size_for_path(at(0.2, 0.1))),
    computed("F19", "2.486", lambda _: planning.half_width(1, 1, level=0.9) + Z[1]),
    computed("F19", "16.13", lambda _: planning.largest_sd(2, 250)),
]

KANO = kano.kano(at(62, 48, 40, 35, 10, 5))


def dummies(s: Sources) -> penalty_reward.PenaltyReward:
    low_high = penalty_reward.low_high_dummies(s.answers[["PERQ1", "PERQ2", "PERV1"]].to_numpy(float), 5, 9)
    return penalty_reward.penalty_reward(np.cov(np.column_stack([low_high, s.answers["CUSA1"]]).T))


F21 = [
    given("F21", "62 48 40 35 10 5 200 5 9"),
    computed("F21", ".594595 -.475676", lambda _: [KANO.better, KANO.worse]),
    computed("F21", ".75 .07", lambda _: [KANO.total_strength, KANO.category_strength]),
    computed("F21", "14 14.735", lambda _: [KANO.difference, KANO.critical]),
    computed("F21", "-.939203 -.309484 -.450494", lambda s: dummies(s).penalty),
    computed("F21", ".739488 .661464 .302779", lambda s: dummies(s).reward),
]


def of_scores(s: Sources) -> tuple[np.ndarray, np.ndarray]:
    x = [s.study.of(name) for name in ("Image", "Expectation", "Quality", "Value")]
    corr = np.corrcoef(s.study.scores.T)
    return corr[np.ix_(x, x)], corr[x, s.study.of("Satisfaction")]


def of_items(s: Sources) -> tuple[np.ndarray, np.ndarray]:
    corr = np.corrcoef(pd.concat([s.answers["CUSA1"], s.answers.filter(regex="^PERQ")], axis=1).to_numpy(float).T)
    return corr[1:, 1:], corr[1:, 0]


F25 = [
    computed("F25", ".681078", lambda s: shapley.lmg(*of_scores(s)).sum()),
    computed("F25", ".176089 .078885 .289379 .136726", lambda s: shapley.lmg(*of_scores(s))),
    computed("F25", "25.85 11.58 42.49 20.07", lambda s: 100 * (g := shapley.lmg(*of_scores(s))) / g.sum()),
    computed("F25", ".177308 .083901 .273926 .145943", lambda s: shapley.relative_weights(*of_scores(s))),
    computed("F25", ".446749", lambda s: shapley.relative_weights(*of_items(s)).sum()),
    computed("F25", ".134763 .050854 .045326 .075340 .035288 .043937 .061241", lambda s: shapley.lmg(*of_items(s))),
    computed(
        "F25",
        ".129505 .055248 .045587 .075747 .035170 .042756 .062737",
        lambda s: shapley.relative_weights(*of_items(s)),
    ),
]

SPREADS = "8 7 9; 6 7 5; 9 8 9; 5 6 4; 7 7 8"
F31 = [
    given("F31", SPREADS.replace(";", "")),
    computed("F31", ".987168 .997455 .970334", lambda _: objective_weights.entropy(rows(SPREADS))),
    computed("F31", ".284882 .056497 .658621", lambda _: objective_weights.entropy_weights(rows(SPREADS))),
]

ENTRIES: list[Entry] = [*chain(F10, F11, F12, F13, F14, F15, F16, F18, F19, F21, F25, F31)]
