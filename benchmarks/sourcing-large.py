"""make bench-sourcing-large: the same over 99 regions, ten centres and a hundred items."""

from rounding.measuring import Contest, measure
from rounding.world import large

PUBLISHED = {"dilate": 1.143, "cheapest": 1.122, "static_prices": 1.070}

if __name__ == "__main__":
    measure(
        Contest(
            name="sourcing-large", setup=large(), instances=1, sequences=1, refreshes=10, futures=1,
            published=PUBLISHED, interior=True,
        )
    )  # fmt: skip
