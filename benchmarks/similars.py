"""python similars.py: what products new to a store sell, by their own first weeks and by similar ones.

Products of complete_journey at its stores that began to sell after the first quarter: their next four weeks,
foretold from their first two and four. How much similar ones count is chosen on the first half of the year,
the errors are those of the second.
"""

import json
import time

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from anyshelf.planning.rules.histories import cleaned
from anyshelf.planning.rules.similars import COUNTS, LEAST, counts_best, kin_of, retold
from restocking.world import SHARED, sales

CHOSEN_BY = 34
SERIES = 20_000


def main() -> None:
    """Foretell, compare and print; the last line is the figure as JSON."""
    begun = time.process_time()
    found = sales("product")
    rows = np.flatnonzero(found.units.sum(axis=1) >= 6)  # noqa: PLR2004  fewer are no product of that store
    rows = np.sort(np.random.default_rng(1).permutation(rows)[:SERIES])
    seen = cleaned(found.units[rows])
    categories, price = _products()
    kin = kin_of(categories, price, found.goods[rows], found.store[rows])
    count = counts_best(seen[:, :CHOSEN_BY], kin)
    own, like, after, held = retold(seen[:, CHOSEN_BY - 13 :], kin)
    scale = 1.0 / (own + like + LEAST)

    def loss(counts: float) -> float:
        expected = (held * own + counts * like) / np.maximum(held + counts, 1e-9)
        return float(((after - expected) ** 2 * scale).sum())

    alone, drawn = loss(0.0), loss(count)
    print(json.dumps({
        "name": "similars", "value": round(1.0 - drawn / alone, 4),
        "unit": "share of the squared error of new series that similar ones take away",
        "anchors": {"own_weeks_alone": 0.0, "similar_alone": round(1.0 - loss(1e9) / alone, 4)},
        "detail": {
            "chosen_count": count, "retold": len(own),
            "by_count": {str(each): round(1.0 - loss(each) / alone, 4) for each in COUNTS},
            "data": found.said, "cpu_seconds": round(time.process_time() - begun, 1),
        },
    }))  # fmt: skip


def _products() -> tuple[list[str], np.ndarray]:
    """The category and the usual price in cents of each product, numbered as `sales` numbers them."""
    columns = ["product_id", "quantity", "sales_value", "week"]
    read = pq.read_table(SHARED / "transactions.parquet", columns=columns)
    product, quantity, value, week = (read[name].to_numpy() for name in columns)
    fine = (quantity > 0) & (value > 0) & (quantity <= 30) & (week <= 52)  # noqa: PLR2004  as restocking.world
    codes, place = np.unique(product[fine], return_inverse=True)
    cents = np.bincount(place, weights=value[fine]) / np.bincount(place, weights=quantity[fine]) * 100
    known = pq.read_table(SHARED / "products.parquet", columns=["product_id", "product_category"])
    named = dict(zip(known["product_id"].to_pylist(), known["product_category"].to_pylist(), strict=True))
    return [str(named.get(code) or "") for code in codes.tolist()], np.rint(cents).astype(np.int64)


if __name__ == "__main__":
    main()
