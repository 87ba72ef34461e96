"""The one question of replenishment: how much to order of each series, now."""

import numpy as np

from anyshelf.ground.errors import Invalid
from anyshelf.planning.model import Costs, Decision, Flags, Floats, Habits, Ints, Limits, Stock
from anyshelf.planning.rules.forecasting import outlook
from anyshelf.planning.rules.histories import cleaned
from anyshelf.planning.rules.ordering import ordered

PLAIN = Limits()
USUAL = Habits()


def decide(
    history: Floats,
    state: Stock,
    lead_time: int,
    costs: Costs,
    as_of: int | None = None,
    *,
    limits: Limits = PLAIN,
    censored: Flags | None = None,
    habits: Habits = USUAL,
) -> Ints:
    """How many units to order of each series at the end of period `as_of`: whole numbers, [series].

    `history`: units sold, [series, periods], equally long periods, oldest first; NaN where nothing can be
    said (not on sale, shelf empty). Only its first `as_of` columns are looked at (None: all).
    `lead_time`: an order decided now is on the shelf before the (lead_time + 1)-th coming period is sold;
    0 is in time for the very next. `censored`: [series, periods], true where the shelf ran empty: sales were
    the least that was wanted. `docs/howto/plan-your-own.md` has the whole of it.

    The same arguments give the same orders. Raises Invalid where the shapes do not fit.
    """
    return reasoned(
        history, state, lead_time, costs, as_of, limits=limits, censored=censored, habits=habits
    ).order


def reasoned(
    history: Floats,
    state: Stock,
    lead_time: int,
    costs: Costs,
    as_of: int | None = None,
    *,
    limits: Limits = PLAIN,
    censored: Flags | None = None,
    habits: Habits = USUAL,
) -> Decision:
    """As `decide`, with what the orders rest on."""
    history = np.asarray(history, dtype=np.float64)
    stock = _checked(history, state, lead_time, limits)
    known = history[:, :as_of]
    seen = cleaned(known, None if censored is None else np.asarray(censored, dtype=bool)[:, :as_of])
    expected = outlook(seen, lead_time + limits.review_periods, habits, _ratio(costs, limits, len(seen)))
    order = ordered(expected, stock, lead_time, costs, limits)
    return Decision(
        order=order,
        up_to=order + stock.on_hand + stock.on_order.sum(axis=1),
        expected=expected.mean.sum(axis=1),
        outlook=expected,
    )


def _ratio(costs: Costs, limits: Limits, series: int) -> Floats:
    """What a unit missing costs by that of one missing and one too many until the next order, [series]."""
    shortage = np.maximum(np.asarray(costs.shortage, dtype=np.float64), 1e-9)
    holding = np.maximum(np.asarray(costs.holding, dtype=np.float64), 1e-9) * limits.review_periods
    ratio: Floats = np.broadcast_to(shortage / (shortage + holding), series)
    return ratio


def _checked(history: Floats, state: Stock, lead_time: int, limits: Limits) -> Stock:
    """The stock in whole units and in the shapes used; raises Invalid."""
    if history.ndim != 2:  # noqa: PLR2004  series by periods
        raise Invalid("history is [series, periods].", field="history")
    series = len(history)
    on_hand = np.maximum(np.asarray(state.on_hand, dtype=np.float64), 0.0).astype(np.int64)
    on_order = np.asarray(state.on_order, dtype=np.float64).astype(np.int64)
    if on_hand.shape != (series,):
        raise Invalid("on_hand has one figure for each series.", field="state.on_hand")
    if on_order.ndim != 2 or len(on_order) != series:  # noqa: PLR2004  as above
        raise Invalid("on_order is [series, periods until it arrives].", field="state.on_order")
    if lead_time < 0 or limits.review_periods < 1:
        raise Invalid("A lead time is 0 or more periods, a review 1 or more.", field="lead_time")
    return Stock(on_hand=on_hand, on_order=on_order)
