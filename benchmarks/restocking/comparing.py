"""Policies side by side at the same fill: what one costs where another serves just as many."""

from collections.abc import Sequence

import numpy as np

from restocking.playing import HOLDING, SHORTAGE, Outcome

FOLDS = 5


def at_equal_fill(ours: Outcome, others: Sequence[Outcome]) -> float:
    """How much less ours costs than another policy tuned, in hindsight, to ours' fill: a share.

    `others` is the other policy at several settings, by growing fill; between two it is taken as straight.
    """
    fills = np.array([other.fill for other in others])
    held = np.array([HOLDING * float(other.held.sum()) for other in others])
    order = np.argsort(fills)
    same = float(np.interp(ours.fill, fills[order], held[order])) + SHORTAGE * float(ours.lost.sum())
    return 1.0 - ours.cost / same


def against_the_best(ours: Outcome, others: Sequence[Outcome]) -> float:
    """How much less ours costs than the other policy at the setting that was cheapest in hindsight."""
    return 1.0 - ours.cost / min(other.cost for other in others)


def spread(ours: Outcome, others: Sequence[Outcome], fold: np.ndarray) -> dict[str, float]:
    """The saving at equal fill over folds of stores: least, most, mean and standard deviation."""
    each = [
        at_equal_fill(ours.of(fold == number), [other.of(fold == number) for other in others])
        for number in range(FOLDS)
    ]
    return {
        "folds": FOLDS, "least": round(min(each), 4), "most": round(max(each), 4),
        "mean": round(float(np.mean(each)), 4), "deviation": round(float(np.std(each, ddof=1)), 4),
    }  # fmt: skip
