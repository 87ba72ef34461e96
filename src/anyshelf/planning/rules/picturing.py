"""What a picture of the network means in the terms of the pure rules: costs, outlooks, who feeds whom."""

from dataclasses import dataclass, replace

import numpy as np

from anyshelf.planning.model import Costs, Floats, Habits, Ints, Outlook, Picture
from anyshelf.planning.rules.forecasting import outlooks
from anyshelf.planning.rules.histories import cleaned
from anyshelf.planning.rules.similars import NO_KIND, kin_of, with_similars

DAYS_OF_YEAR = 365.0
MARGIN_UNKNOWN = 0.3
"""What part of a price is margin where nobody says what an item costs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Money:
    """What a unit of each series costs to hold for a period, what a lost sale costs, what it is worth."""

    holding: Floats
    shortage: Floats
    value: Floats

    def of(self, rows: Ints) -> "Money":
        """The money of these series alone."""
        return Money(holding=self.holding[rows], shortage=self.shortage[rows], value=self.value[rows])

    def costs(self, rows: Ints) -> Costs:
        """The same for these series, as orders are decided by."""
        return Costs(holding=self.holding[rows], shortage=self.shortage[rows])


def money_of(picture: Picture) -> Money:
    """In minor units. An item without a cost is taken to cost seven tenths of its price."""
    terms = picture.terms
    price = picture.price_minor.astype(np.float64)
    cost = np.where(picture.cost_minor > 0, picture.cost_minor, price * (1.0 - MARGIN_UNKNOWN))
    margin = np.maximum(price - cost, 0.0) + price * terms.goodwill_percent / 100.0
    holding = cost * terms.holding_percent / 100.0 * terms.period_days / DAYS_OF_YEAR
    at = picture.item
    return Money(
        holding=np.maximum(holding, 1e-6)[at], shortage=np.maximum(margin, 1e-6)[at], value=cost[at]
    )  # fmt: skip


def expected(picture: Picture) -> Outlook:
    """What each series will sell, as far as the longest lead time and the review beyond it."""
    return both_expected(picture, money_of(picture))[0]


def both_expected(picture: Picture, money: Money) -> tuple[Outlook, Outlook]:
    """What each series will sell, and the same as wide as its orders need it."""
    seen = cleaned(picture.history, picture.censored)
    horizon = int((picture.lead + picture.review).max(initial=1))
    habits = Habits(judged=min(26, max(picture.history.shape[1] // 2, 1)))
    review = picture.review[picture.node]
    ratio = money.shortage / (money.shortage + money.holding * review)
    shown, needed = outlooks(seen, horizon, habits, ratio)
    kin = kin_of(picture.categories, picture.price_minor, picture.item, picture.node)
    feeds = np.isin(picture.node, picture.source)  # whoever feeds others sells nothing from a shelf
    kin = replace(kin, kind=np.where(feeds, NO_KIND, kin.kind))
    return with_similars(shown, seen, kin), with_similars(needed, seen, kin)


def coming_within(coming: Ints, periods: Ints) -> Ints:
    """How many units of each series arrive before this many coming periods are over."""
    within = np.arange(coming.shape[1]) < periods[:, None]
    units: Ints = np.where(within, coming, 0).sum(axis=1)
    return units


def only(picture: Picture, rows: Ints) -> Picture:
    """The picture with these series alone."""
    return replace(
        picture, item=picture.item[rows], node=picture.node[rows], history=picture.history[rows],
        censored=picture.censored[rows], free=picture.free[rows], on_hand=picture.on_hand[rows],
        coming=picture.coming[rows], pack=picture.pack[rows], minimum=picture.minimum[rows],
        shelf=picture.shelf[rows],
    )  # fmt: skip


def echelons(picture: Picture, rows: Ints) -> Picture:
    """Each centre's series with the demand and stock of all that it feeds added to its own."""
    place = {
        (int(picture.item[row]), int(picture.node[row])): number for number, row in enumerate(rows.tolist())
    }
    whole = only(picture, rows)
    history, censored = np.nan_to_num(whole.history), whole.censored.copy()
    free, on_hand, shelf = whole.free.copy(), whole.on_hand.copy(), whole.shelf.copy()
    for row in np.flatnonzero(picture.source[picture.node] >= 0).tolist():
        number = place.get((int(picture.item[row]), int(picture.source[picture.node[row]])))
        if number is None:
            continue
        history[number] += np.nan_to_num(picture.history[row])
        inside = int(picture.free[row] + picture.coming[row].sum())
        free[number] += inside
        on_hand[number] += inside
        shelf[number] += inside  # what its stores hold takes no room at the centre
    return replace(whole, history=history, censored=censored, free=free, on_hand=on_hand, shelf=shelf)
