"""make bench-sourcing-large: the same over 99 regions, ten centres and a hundred items.

Another list of regions serves with `--regions FILE` (CSV: lat, lon, population).
"""

from rounding.measuring import Contest, measure
from rounding.regions import regions
from rounding.world import large

PUBLISHED = {"dilate": 1.143, "cheapest": 1.122, "static_prices": 1.070}

if __name__ == "__main__":
    found = regions()
    measure(
        Contest(
            name="sourcing-large", setup=large(found.regions), said=found.said, instances=1, sequences=1,
            refreshes=10, futures=1, published=PUBLISHED, large=True,
        )
    )  # fmt: skip
