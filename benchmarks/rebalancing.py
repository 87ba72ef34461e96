"""make bench-rebalancing: lost sales recovered for each dollar of transfers, against none and foresight.

Real weekly sales of categories at stores; what lies where at the start is drawn from a seed. A dollar is the
margin of one unit.
"""

import argparse
import json

import numpy as np

from restocking.moving import EACH, LINE, WEEKS, Moved, busiest, foresight, opening, season
from restocking.world import sales


def main() -> None:
    """Play every category thrice; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-rebalancing")
    asked.add_argument("--goods", type=int, default=40)
    asked.add_argument("--stores", type=int, default=50)
    given = asked.parse_args()
    found, rng = sales("category"), np.random.default_rng(3)
    outcomes: dict[str, list[Moved]] = {"none": [], "ours": [], "foresight": []}
    for number, units in enumerate(busiest(found, goods=given.goods, stores=given.stores), start=1):
        stock = opening(units, rng)
        outcomes["none"].append(season(units, stock, moving=False))
        outcomes["ours"].append(season(units, stock, moving=True))
        outcomes["foresight"].append(foresight(units, stock))
        if number % 10 == 0:
            print(f"{number}/{given.goods} categories", flush=True)
    total = {name: _sum(each) for name, each in outcomes.items()}
    lost = total["none"].lost
    recovered = {name: lost - each.lost for name, each in total.items()}
    net = {name: recovered[name] - each.cost for name, each in total.items()}
    print(json.dumps({
        "name": "rebalancing",
        "value": round(recovered["ours"] / max(total["ours"].cost, 1e-9), 3),
        "unit": "lost sales recovered per transfer dollar",
        "anchors": {"none": 0.0, "break_even": 1.0},
        "detail": {
            "lost_without": lost, "recovered": round(recovered["ours"], 1),
            "recovered_by_foresight": round(recovered["foresight"], 1),
            "transfer_cost": round(total["ours"].cost, 1), "units_moved": total["ours"].moved,
            "net_gain": round(net["ours"], 1),
            "net_gain_share_of_foresight": round(net["ours"] / net["foresight"], 4),
            "line_cost": LINE, "unit_cost": EACH, "weeks": WEEKS, "categories": given.goods,
            "stores_each": given.stores,
            "foresight": "a linear programme that pays for units and not for lines: nobody can do better",
            "data": f"{found.said}; stock at the start drawn from seed 3",
        },
    }))  # fmt: skip


def _sum(each: list[Moved]) -> Moved:
    return Moved(
        lost=sum(one.lost for one in each), moved=sum(one.moved for one in each),
        cost=sum(one.cost for one in each),
    )  # fmt: skip


if __name__ == "__main__":
    main()
