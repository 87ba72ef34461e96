"""Who gets what when there is not enough: every unit goes where its sale is likeliest, times its worth."""

import numpy as np

from anyshelf.planning.model import Floats, Ints
from anyshelf.planning.rules.windows import missed

UNITS_MAX = 200


def allocated(
    supply: int, *, have: Ints, mean: Floats, variance: Floats, worth: Floats, most: Ints | None = None
) -> Ints:
    """How many of so many units each place or channel gets, [places].

    `have`: what each has or will have without it; `mean` and `variance` of what it will sell until the next
    supply; `worth`: of a sale there; `most`: no place gets more. A unit that would hardly be sold anywhere
    still goes where that is likeliest, unless nobody may take it. The best there is, because each further
    unit at a place is worth no more than the one before.
    """
    places = len(have)
    limit = np.full(places, supply) if most is None else np.minimum(most, supply)
    bundle = max(1, -(-int(limit.max(initial=0)) // UNITS_MAX))
    steps = -(-limit // bundle)
    count = int(steps.max(initial=0))
    if supply <= 0 or count == 0:
        return np.zeros(places, dtype=np.int64)
    gains = missed(mean, variance, have, count * bundle)[:, bundle - 1 :: bundle] * worth[:, None]
    gains = np.where(np.arange(count) < steps[:, None], gains, -1.0)
    given = np.zeros(places, dtype=np.int64)
    left = supply
    for flat in np.argsort(-gains, axis=None, kind="stable"):
        place = int(flat) // count
        if left <= 0 or gains.flat[flat] < 0:
            break
        part = min(bundle, left, int(limit[place] - given[place]))
        given[place] += part
        left -= part
    return given
