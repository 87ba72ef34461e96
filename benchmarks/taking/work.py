"""The reference work: orders of 2.5 lines on average over 100,000 positions, each at the node it lies at.

1,000 items lie in each of 100 stores. Each line is fetched at a store drawn with its item, so that demand
falls on positions (item x node) as the target says: uniform, half of it on one position, or by Zipf 1.0.
"""

import json
import random
from bisect import bisect
from itertools import accumulate

ITEMS, STORES = 1_000, 100
ON_HAND = 1_000_000
SEED = 7
HOT = 0.5
LINES = (1, 2, 3, 4)  # 2.5 on average


def items() -> list[str]:
    """The codes of all items."""
    return [f"I{number:04}" for number in range(ITEMS)]


def stores() -> list[str]:
    """The codes of all stores."""
    return [f"S{number:03}" for number in range(STORES)]


class Demand:
    """Draws orders; the same seed draws the same ones."""

    def __init__(self, kind: str, seed: int = SEED, items: int = ITEMS) -> None:
        self.kind, self.items = kind, items
        self.draw = random.Random(seed)
        ranks = range(1, ITEMS * STORES + 1) if kind == "zipf" else ()
        self.weights = list(accumulate(1 / rank for rank in ranks))

    def position(self) -> tuple[int, int]:
        """(item, store) of a line's demand."""
        if self.kind == "hot" and self.draw.random() < HOT:
            return 0, 0
        if self.kind == "zipf":
            place = bisect(self.weights, self.draw.random() * self.weights[-1])
            return place % ITEMS, place // ITEMS % STORES
        return self.draw.randrange(self.items), self.draw.randrange(STORES)

    def order(self) -> bytes:
        """One order as it is sent."""
        lines = []
        seen: set[tuple[int, int]] = set()
        for _ in range(self.draw.choice(LINES)):
            item, store = self.position()
            if (item, store) not in seen:
                seen.add((item, store))
                lines.append(
                    {"item": f"I{item:04}", "quantity": 1, "method": "pickup", "node": f"S{store:03}"}
                )
        return json.dumps({"channel": "web", "lines": lines, "payment": {"provider": "test"}}).encode()

    def wants(self) -> list[tuple[str, str]]:
        """One order as the anchors take it: its (item, node), sorted as rows are locked."""
        drawn = {self.position() for _ in range(self.draw.choice(LINES))}
        return sorted((f"I{item:04}", f"S{store:03}") for item, store in drawn)
