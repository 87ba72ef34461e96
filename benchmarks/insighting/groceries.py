"""The complete journey of 2,469 households: who bought what when, what next, and what they are worth."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from anyshelf.insight.rules.baskets import Basket, best, taste, wanted
from insighting.clickstream import DATA

FILE = "complete_journey/transactions.parquet"
TOP = 20
UNTIL_DAY = 300
TUNED_UNTIL_DAY = 240
ITEMS_SEEN_MIN = 10


def read(data: Path = DATA) -> tuple[list[Basket], dict[int, list[tuple[int, float]]], int]:
    """Baskets in the order of time, what each person spent on which day, and how many items there are."""
    import pyarrow.parquet as pq  # noqa: PLC0415  an extra, needed for this file alone

    path = data / FILE
    if not path.exists():
        raise SystemExit(f"{FILE} is not here; put it beside the checkout in shared/data.")
    table = pq.read_table(
        path, columns=["household_id", "basket_id", "product_id", "sales_value", "transaction_timestamp"]
    )
    columns = {name: np.array(table[name].to_pylist()) for name in table.column_names[:4]}
    moments = table["transaction_timestamp"].to_numpy().astype("datetime64[D]")
    days = (moments - moments.min()).astype(int)
    _, people = np.unique(columns["household_id"], return_inverse=True)
    _, items = np.unique(columns["product_id"], return_inverse=True)
    _, carts = np.unique(columns["basket_id"], return_inverse=True)
    order = np.argsort(carts, kind="stable")
    bounds = np.r_[np.flatnonzero(np.r_[True, carts[order][1:] != carts[order][:-1]]), len(order)]
    baskets, spent = [], defaultdict(list)
    for start, end in pairwise(bounds):
        rows = order[start:end]
        person, day = int(people[rows[0]]), int(days[rows[0]])
        baskets.append(Basket(person=person, day=day, items=np.unique(items[rows]).astype(np.int64)))
        spent[person].append((day, float(columns["sales_value"][rows].sum())))
    baskets.sort(key=lambda basket: (basket.day, basket.person))
    return baskets, dict(spent), int(items.max()) + 1


def next_baskets(baskets: Sequence[Basket], size: int, until: int) -> dict[str, float]:
    """Recall at TOP of everybody's first basket after a day, by what was known until that day."""
    past = [basket for basket in baskets if basket.day <= until]
    history: dict[int, list[Basket]] = defaultdict(list)
    for basket in past:
        history[basket.person].append(basket)
    coming: dict[int, Basket] = {}
    for basket in baskets:
        if basket.day > until and basket.person in history:
            coming.setdefault(basket.person, basket)
    learned = taste(past, size)
    popular = best(learned.popular, TOP)
    recalls: dict[str, list[float]] = {
        "ours": [],
        "own_repeats": [],
        "own_repeats_then_popular": [],
        "popular": [],
    }
    for person, basket in coming.items():
        own = np.zeros(size)
        for earlier in history[person]:
            own[earlier.items] += 1
        told = {
            "ours": best(wanted(learned, history[person], basket.day), TOP),
            "own_repeats": best(own, TOP),
            "own_repeats_then_popular": best(own + 0.5 * learned.popular, TOP),
            "popular": popular,
        }
        for name, items in told.items():
            recalls[name].append(len(np.intersect1d(items, basket.items)) / len(basket.items))
    return {name: round(float(np.mean(values)), 4) for name, values in recalls.items()} | {
        "people": len(coming)
    }
