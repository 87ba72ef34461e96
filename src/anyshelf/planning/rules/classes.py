"""Which items earn most, and how often it pays to have them there."""

import numpy as np
import numpy.typing as npt

from anyshelf.planning.model import Floats, Ints, Picture
from anyshelf.planning.rules.picturing import Money

NAMES = np.array(["A", "B", "C"])
UP_TO = (0.8, 0.95)
"""What earns the first four fifths of the margin is A, up to 95 percent of it B, the rest C."""


def classes(picture: Picture, money: Money) -> npt.NDArray[np.str_]:
    """The class of each item by the margin it has earned over the history of the picture, [items]."""
    units = np.nan_to_num(picture.history).sum(axis=1)
    earned = np.bincount(picture.item, weights=units * money.shortage, minlength=len(picture.items))
    order = np.argsort(-earned, kind="stable")
    before = np.cumsum(earned[order]) - earned[order]
    share = before / max(float(earned.sum()), 1e-9)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.where(earned[order] > 0, np.searchsorted(UP_TO, share, side="right"), len(UP_TO))
    named: npt.NDArray[np.str_] = NAMES[found]
    return named


def service_percent(picture: Picture, money: Money) -> Ints:
    """How often each series is to have enough until its next order: what a unit missing costs against both.

    The newsvendor's ratio: a shortage's cost, by that and the holding of a unit over one review.
    """
    review = picture.review[picture.node]
    ratio: Floats = money.shortage / (money.shortage + money.holding * review)
    percent: Ints = np.rint(100.0 * ratio).astype(np.int64)
    return percent
