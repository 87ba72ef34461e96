"""make bench-sourcing-real: what an order costs on a real network, by policy, beside a bound nobody can beat.

Real: 2,992 stores, a parcel tariff, the baskets of some weeks of a shop. Drawn from a seed: eight centres at
real distribution cities, stock, weights, where shoppers live, and what stores sell to shoppers of their own.
Costs are freight (by the straight lines that decide; by the tariff beside them) and labour, with a loss for
what is not sent (twice a parcel across the mainland) and for what a store's own shopper does not find (its
margin), as far as stores alone would not have lost it. The bound
parts orders over ways, which nobody can: the gap to it cannot be closed.
"""

import argparse
import json
import time
from collections.abc import Callable

from real.bound import ROUNDS, Bound
from real.policies import GREEDY, TODAY, Books, Ground, NoPrices, Tally, one_by_one
from real.pricing import Rolling
from real.waves import in_waves
from real.world import contest

WEEKS = 1
EVERY_DAYS = 2.0
TARGET = 0.5


def main() -> None:
    """Run every policy, then the bound; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-sourcing-real")
    asked.add_argument("--weeks", type=int, default=WEEKS)
    asked.add_argument("--every-days", type=float, default=EVERY_DAYS)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="of the bound")
    given = asked.parse_args()
    drawn = contest(weeks=given.weeks)
    ground = Ground(drawn)
    alone = Books(ground=ground, stock=drawn.stock.copy())
    alone.sell_until(drawn.days)
    policies: dict[str, Callable[[], Tally]] = {
        name: lambda policy=policy: one_by_one(ground, policy, NoPrices())  # type: ignore[misc]
        for name, policy in TODAY.items()
    }
    policies["ours"] = lambda: one_by_one(ground, GREEDY, Rolling(ground, every_days=given.every_days))
    policies["joint"] = lambda: in_waves(ground, Rolling(ground, every_days=given.every_days))
    spared = alone.tally.till_lost_minor
    detail: dict[str, dict[str, float]] = {}
    for name, run in policies.items():
        begun = time.process_time()
        detail[name] = told(run(), spared) | {"seconds": round(time.process_time() - begun, 1)}
        print(name, json.dumps(detail[name]), flush=True)
    orders = len(drawn.orders)
    begun = time.process_time()
    known = Bound(ground).value(rounds=given.rounds)
    least = {
        "bound": round(known.bound_minor / orders / 100, 4),
        "rounds": known.rounds,
        "seconds": round(time.process_time() - begun, 1),
    }
    print(json.dumps(figure(detail, least, f"{drawn.said} {orders} orders of {given.weeks} weeks.")))


def told(tally: Tally, spared_minor: float) -> dict[str, float]:
    """What a policy cost, a order in dollars, and how it served."""
    cents = 100 * tally.orders
    till = tally.till_lost_minor - spared_minor
    return {
        "cost": round((tally.line_minor + tally.lost_minor + till) / cents, 4),
        "freight_and_labour": round(tally.line_minor / cents, 4),
        "freight_and_labour_by_tariff": round(tally.tariff_minor / cents, 4),
        "not_sent": round(tally.lost_minor / cents, 4),
        "not_found_in_store": round(till / cents, 4),
        "split_rate": round(tally.split / tally.orders, 4),
        "parcels": round(tally.parcels / tally.orders, 3),
        "miles": round(tally.miles / tally.orders, 1),
        "late_rate": round(tally.late / tally.orders, 4),
        "lost_sales": round(tally.lost_units / tally.units, 5),
    }


def figure(detail: dict[str, dict[str, float]], foresight: dict[str, float], said: str) -> dict[str, object]:
    """The figure: what of the gap between greedy and the bound is closed."""
    greedy, least = detail["cheapest"]["cost"], foresight["bound"]
    closed = {
        name: round((greedy - detail[name]["cost"]) / (greedy - least), 4) for name in ("ours", "joint")
    }
    return {
        "name": "sourcing-real",
        "value": detail["ours"]["cost"],
        "unit": "USD an order",
        "anchors": {"gap_closed_target": TARGET},
        "detail": {
            **detail, "foresight": foresight, "gap_closed": closed["ours"],
            "gap_closed_joint": closed["joint"], "data": said,
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
