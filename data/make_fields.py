"""Draw a survey for each model of the field, with planted levels and drivers: ``python data/make_fields.py -o out``.

Nothing is stored in the repository.  Each survey is a CSV file in the columns of its model, with its truth beside it as
JSON; ``csi run electricity out/electricity.csv`` runs it.  What is planted is in :data:`PLANTED`: the level of every
dimension (0 to 100) and its standardised path to satisfaction.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import csimodels as cs
from csimodels.simulation.simulate import Simulated

SEED, RESPONDENTS = 20261129, 500


def planted(
    drivers: dict[str, tuple[float, float]],
    others: dict[tuple[str, str], float],
    levels: dict[str, float],
    exogenous: float = 0.3,
) -> cs.Population:
    """A population with `drivers` ``{construct: (level, path to satisfaction)}``, `others` paths and `levels`."""
    paths = {(name, "Satisfaction"): path for name, (_, path) in drivers.items()}
    stated = {name: level for name, (level, _) in drivers.items()} | levels
    return cs.Population(paths=paths | others, levels=stated, loadings=0.9, sd=18, exogenous=exogenous)


PLANTED: dict[str, cs.Population] = {
    "electricity": planted(
        {"Reliability": (78, 0.30), "PowerQuality": (80, 0.10), "Notice": (62, 0.20), "Repair": (74, 0.15),
         "Connection": (70, 0.05), "Metering": (76, 0.05), "Billing": (72, 0.15), "Channels": (71, 0.10)},
        {("Satisfaction", "Complaints"): -0.40, ("Satisfaction", "Trust"): 0.65},
        {"Satisfaction": 73, "Trust": 70, "Complaints": 20},
    ),
    "tobacco-retail": planted(
        {"Supply": (64, 0.40), "Service": (82, 0.20), "Earnings": (60, 0.30), "MarketOrder": (75, 0.10)},
        {("Satisfaction", "Cooperation"): 0.60}, {"Satisfaction": 70, "Cooperation": 72},
    ),
    "online-shop": planted(
        {"Efficiency": (80, 0.10), "Fulfilment": (76, 0.30), "Availability": (79, 0.10), "Privacy": (70, 0.15),
         "Recovery": (61, 0.20), "Value": (71, 0.20)},
        {("Efficiency", "Value"): 0.20, ("Fulfilment", "Value"): 0.35, ("Recovery", "Value"): 0.20,
         ("Value", "Loyalty"): 0.20, ("Satisfaction", "Loyalty"): 0.50},
        {"Satisfaction": 73, "Loyalty": 68},
    ),
    "library": planted(
        {"Affect": (81, 0.25), "Information": (66, 0.45), "Place": (72, 0.20)},
        {("Information", "Loyalty"): 0.20, ("Satisfaction", "Loyalty"): 0.50}, {"Satisfaction": 72, "Loyalty": 69},
    ),
    "mobile-operator": planted(
        {"Network": (74, 0.50), "Business": (63, 0.25)},
        {("Satisfaction", "Loyalty"): 0.60},
        {"Coverage": 73, "Web": 68, "Speech": 80, "Tariff": 60, "Promotion": 66, "Satisfaction": 70, "Loyalty": 67},
    ),
    "industrial-supplier": planted(
        {"Products": (83, 0.30), "Information": (75, 0.05), "Sales": (77, 0.10), "Orders": (74, 0.05),
         "Delivery": (63, 0.25), "Technical": (71, 0.15), "Contact": (72, 0.05), "Complaint": (65, 0.10)},
        {("Satisfaction", "Loyalty"): 0.60}, {"Satisfaction": 74, "Loyalty": 72},
    ),
    "servqual": planted(
        {"Expected": (86, -0.20), "Quality": (70, 0.65)},
        {("Satisfaction", "Recommendation"): 0.60},
        {**{f"Expected{name}": level for name, level in zip(
            ("Tangibles", "Reliability", "Responsiveness", "Assurance", "Empathy"), (81, 89, 84, 85, 79), strict=True)},
         "Tangibles": 79, "Reliability": 72, "Responsiveness": 68, "Assurance": 76, "Empathy": 70,
         "Satisfaction": 70, "Recommendation": 68},
    ),
}  # fmt: skip


def drawn(name: str, n: int = RESPONDENTS, seed: int = SEED) -> Simulated:
    """The survey of the model `name`."""
    return cs.simulate(name, n, seed=seed, truth=PLANTED[name])


def main() -> None:
    """Write the surveys that are named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(PLANTED))
    parser.add_argument("-o", "--output", type=Path, default=Path())
    chosen = parser.parse_args()
    for name in chosen.models:
        survey = drawn(name)
        survey.data.to_csv(chosen.output / f"{name}.csv", index=False, lineterminator="\n")
        survey.truth.to_json(chosen.output / f"{name}.truth.json")


if __name__ == "__main__":
    main()
