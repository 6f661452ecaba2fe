"""How far errors of behaviour with the score weights taken as known fall short of those with both stages drawn anew.

Run: ``OMP_NUM_THREADS=1 python benchmarks/two_stage_behaviour.py [samples]`` (120 by default).  One survey
of 250 respondents; in every bootstrap sample the logit is fitted on the scores of the survey, and on those of a model
that is fitted to the sample.  docs/decisions.md cites the result.
"""

from __future__ import annotations

import sys

import numpy as np
from coverage_decisions import drawn

import csimodels as cs
from csimodels.desk.behaviour import fit_behaviour, predicted_at

MODEL = """
csi: 1
scale: [0, 100]
constructs:
  Quality: {items: [Q1, Q2, Q3]}
  Value: {items: [V1, V2]}
  Satisfaction: {items: [S1, S2, S3]}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
behaviour: {retained: {outcome: "stay == 1", levels: [70]}}
"""


def compare(samples: int) -> None:
    """Print the standard deviations of slope and predicted logit over the samples, and their ratio."""
    model = cs.parse_model(MODEL)
    data = drawn(250, 3, False).query("bank == 'A' and year == 2026").reset_index(drop=True)
    first = cs.Study(model, data, uncertainty=None).run(progress=False)
    score, stay = first.scores()["Satisfaction"].to_numpy(), data["stay"].to_numpy()
    random = np.random.default_rng(0)
    both, known = [], []
    for _ in range(samples):
        rows = random.integers(0, len(data), len(data))
        result = cs.Study(model, data.iloc[rows].reset_index(drop=True), uncertainty=None).run(progress=False)
        share = result.behaviour("at")["predicted"].iloc[0]
        both.append((result.behaviour()["estimate"].iloc[1], np.log(share / (1 - share))))
        fit = fit_behaviour(stay[rows], score[rows][:, None])
        share = predicted_at(fit, np.asarray([70.0]))[0, 0]
        known.append((fit.coefficients[1], np.log(share / (1 - share))))
    spread = [np.std(part, axis=0, ddof=1) for part in (both, known)]
    print("slope, logit of the share at 70")
    print("both stages  ", spread[0], "\nscores known ", spread[1], "\nratio        ", spread[0] / spread[1])


if __name__ == "__main__":
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
