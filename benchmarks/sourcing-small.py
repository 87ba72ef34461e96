"""make bench-sourcing-small: cost against the fluid bound in the set-up of Jasin and Sinha, small network.

How often prices are worked out anew, and over how many futures, was chosen on instances from 1,000 on.
"""

from rounding.measuring import Contest, measure
from rounding.world import small

PUBLISHED = {
    "myopic": 1.135, "dilate": 1.078, "cheapest": 1.082, "static_prices": 1.057, "method_prices_10": 1.0244,
    "foresight": 1.0160,
}  # fmt: skip

if __name__ == "__main__":
    measure(
        Contest(
            name="sourcing-small", setup=small(), instances=30, sequences=30, refreshes=40, futures=5,
            published=PUBLISHED,
        )
    )  # fmt: skip
