"""The textbook's instances: ours beside what is printed."""

from anyshelf.planning.model import Chain, Demand, Stage
from anyshelf.planning.rules import best_levels, placed


def textbook() -> dict[str, list[float]]:
    """[ours, printed] for each instance, as entered in stockpyl 1.0.2 (MIT)."""
    found = {"serial 6.1": [best_levels(Chain(holding=(3, 2, 2), takes=(1, 1, 2), shortage=37.12),
                                        Demand(mean=5, sd=1)).cost, 47.67]}  # fmt: skip
    rows = ((1, 0.25, 9, 12.69), (9, 2.5, 9, 53.01), (17, 0.25, 99, 16.20), (25, 2.5, 99, 74.55))
    for row, middle, shortage, printed in rows:
        chain = Chain(holding=(0.25, middle, middle, 0.25), takes=(0.25,) * 4, shortage=shortage)
        found[f"Shang-Song {row}"] = [best_levels(chain, Demand(mean=16)).cost, printed]
    found["tree 6.5"] = [_example_6_5(), 8.278]
    found["tree 6.9"] = [_problem_6_9(), 15.650]
    found["tree 6.14"] = [_figure_6_14(), 18.824]
    return {name: [round(ours, 4), printed] for name, (ours, printed) in found.items()}


def _example_6_5() -> float:
    stages = [
        Stage(stage="1", holding=1, takes=2, promised_in=1), Stage(stage="3", holding=2, takes=1),
        Stage(stage="2", holding=3, takes=1, promised_out=0, demand_sd=1),
        Stage(stage="4", holding=3, takes=1, promised_out=1, demand_sd=1),
    ]  # fmt: skip
    return placed(stages, [("1", "3"), ("3", "2"), ("3", "4")]).cost


def _problem_6_9() -> float:
    holding, takes = (44, 28, 18, 1, 4, 1.5), (7, 7, 21, 3, 8, 2)
    stages = [
        Stage(stage=str(n + 1), holding=holding[n] / 365, takes=takes[n], factor=4,
              promised_out=3 if n < 2 else None, demand_sd=(4.1, 6.2, 0, 0, 0, 0)[n])  # noqa: PLR2004
        for n in range(6)
    ]  # fmt: skip
    return placed(stages, [("3", "1"), ("3", "2"), ("4", "3"), ("5", "3"), ("6", "5")]).cost


def _figure_6_14() -> float:
    holding, takes = (
        (0.01, 0.03, 0.04, 0.06, 0.12, 0.13, 0.2, 0.08, 0.04, 0.5),
        (2, 3, 2, 4, 2, 3, 6, 4, 3, 2),
    )
    last = len(takes) - 1
    stages = [
        Stage(stage=str(n + 1), holding=holding[n], takes=takes[n], factor=1.6448536269514722,
              promised_out=2 if n == last else None, demand_sd=10 if n == last else 0)
        for n in range(len(takes))
    ]  # fmt: skip
    arcs = "1>2 2>3 3>5 4>5 5>6 6>10 7>10 8>10 9>10"
    return placed(stages, [(arc.split(">")[0], arc.split(">")[1]) for arc in arcs.split()]).cost
