"""How much to order: the stock there will be when it arrives, and what one unit more then earns or costs.

Demand that finds an empty shelf is lost, also while an order is on its way, so the stock at arrival is
played forward as a distribution, period by period. A unit more is worth its shortage where it would have been
missing before the next order can help, and costs its holding for every period that it would still lie there.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anyshelf.planning.model import NO_LIMIT, Costs, Floats, Ints, Limits, Outlook, Stock
from anyshelf.planning.rules.distributions import negative_binomial

GRID = 256
"""How many different amounts are told apart; above, units are counted by the bundle."""
AT_ONCE = 1_000
DEVIATES = (-1.4, -0.532, 0.0, 0.532, 1.4)
"""Five futures of a level that is not quite known, a fifth of chance each, as a normal's deviates."""
REACH = 3.0
LATER = ((1.0, 1.0), (2.5, 2.0), (5.5, 4.0), (10.5, 6.0))
"""Later windows looked at, as (how many have gone by, for how many it stands): thirteen in all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Case:
    """Some series with all that an order of theirs depends on, one figure for each."""

    mean: Floats
    spread: Floats
    drift: Floats
    on_hand: Ints
    on_order: Ints
    lead_time: int
    review: int
    holding: Floats
    shortage: Floats
    fixed: Floats
    pack: Ints
    minimum: Ints
    shelf: Ints


def ordered(outlook: Outlook, stock: Stock, lead_time: int, costs: Costs, limits: Limits) -> Ints:
    """How much to order of each series; the outlook reaches over lead time and review."""
    series = len(outlook.mean)
    cases = [
        _case(outlook, stock, lead_time, costs, limits, np.arange(start, min(start + AT_ONCE, series)))
        for start in range(0, series, AT_ONCE)
    ]
    return np.concatenate([_order(case) for case in cases]) if cases else np.zeros(0, dtype=np.int64)


def _case(
    outlook: Outlook, stock: Stock, lead_time: int, costs: Costs, limits: Limits, rows: npt.NDArray[np.intp]
) -> _Case:
    series = len(outlook.mean)

    def each(figure: float | Floats | Ints) -> Floats:
        return np.broadcast_to(np.asarray(figure, dtype=np.float64), series)[rows]

    return _Case(
        mean=outlook.mean[rows], spread=outlook.spread[rows], drift=outlook.drift[rows],
        on_hand=stock.on_hand[rows], on_order=stock.on_order[rows], lead_time=lead_time,
        review=limits.review_periods, holding=np.maximum(each(costs.holding), 1e-9),
        shortage=each(costs.shortage), fixed=each(costs.fixed), pack=each(limits.pack).astype(np.int64),
        minimum=each(limits.minimum).astype(np.int64),
        shelf=each(NO_LIMIT if limits.shelf is None else limits.shelf).astype(np.int64),
    )  # fmt: skip


def _order(case: _Case) -> Ints:
    bundle = _bundle(case)
    earned = np.zeros((len(case.mean), GRID))
    for future in _futures(case.drift):
        earned += _earned(case, future, bundle) / len(DEVIATES)
    gain = np.concatenate((np.zeros((len(earned), 1)), np.cumsum(earned, axis=1)), axis=1) * bundle[:, None]
    return _within_limits(case, gain, bundle)


def _bundle(case: _Case) -> Ints:
    """How many units are counted as one, so that stock and demand have room on the grid."""
    wanted = case.mean.sum(axis=1)
    demand = wanted + REACH * np.sqrt(wanted + (case.spread + case.drift) * wanted**2) + 10.0
    most = np.maximum(demand, case.on_hand + case.on_order.sum(axis=1))
    bundle: Ints = np.maximum(1, np.ceil(most / (GRID - 1))).astype(np.int64)
    return bundle


def _futures(drift: Floats) -> list[Floats]:
    """What the level may turn out to be, as multiples of the forecast: gamma, by Wilson and Hilferty."""
    ninth = np.minimum(drift, 2.0) / 9.0
    drawn = [np.maximum(1.0 - ninth + deviate * np.sqrt(ninth), 0.02) ** 3 for deviate in DEVIATES]
    average = np.mean(drawn, axis=0)
    return [each / average for each in drawn]


def _earned(case: _Case, future: Floats, bundle: Ints) -> Floats:
    """What each further bundle ordered earns beyond what it costs, in this future, [series, bundles]."""
    arrives = case.lead_time
    held = _arrived(np.zeros(len(bundle), dtype=np.int64), case, 0, bundle)
    chances: Floats = np.zeros((len(bundle), GRID))
    chances[np.arange(len(bundle)), np.minimum(held, GRID - 1)] = 1.0
    for period in range(arrives):
        chances = _sold(chances, _wanted(case, slice(period, period + 1), future, bundle))
        chances = _shifted(chances, _arrived(held, case, period + 1, bundle) - held)
        held = _arrived(held, case, period + 1, bundle)
    lies: Floats = np.zeros((len(bundle), GRID))
    below: Floats = lies
    for period in range(1, case.review + 1):
        within = slice(arrives, arrives + period)
        below = _shortfall(chances, _wanted(case, within, future, bundle))
        lies = lies + below
    lies = lies + _stays(case, chances, future, bundle)
    earned: Floats = case.shortage[:, None] * (1.0 - below) - case.holding[:, None] * lies
    return earned


def _stays(case: _Case, chances: Floats, future: Floats, bundle: Ints) -> Floats:
    """For how many periods a further bundle lies there that the orders to come cannot make up for.

    What is left over is ordered less of next time. Not so where the level turns out so low that nothing would
    be ordered: above what that future needs, a bundle stays until it is sold.
    """
    review = slice(case.lead_time, case.lead_time + case.review)
    ratio = case.shortage / (case.shortage + case.holding * case.review)
    needed = (np.cumsum(_wanted(case, review, future, bundle), axis=1) < ratio[:, None]).sum(axis=1)
    source = np.arange(GRID) - needed[:, None] - 1
    stays = np.zeros_like(chances)
    for windows, weight in LATER:
        gone = _wanted(case, review, future * windows, bundle)
        below = _shortfall(chances, gone)
        there = np.take_along_axis(below, np.clip(source, 0, GRID - 1), axis=1)
        stays += weight * case.review * np.where(source >= 0, there, 0.0)
    return stays


def _arrived(before: Ints, case: _Case, column: int, bundle: Ints) -> Ints:
    """All that is on hand or has arrived before a coming period, in bundles; in the last, the rest, too."""
    came = case.on_order[:, : column + 1] if column < case.lead_time else case.on_order
    units = case.on_hand + came.sum(axis=1)
    held: Ints = np.maximum(before, np.rint(units / bundle).astype(np.int64))
    return held


def _wanted(case: _Case, periods: slice, future: Floats, bundle: Ints) -> Floats:
    """The chances of what is wanted in these periods together, in bundles."""
    means = case.mean[:, periods] * future[:, None]
    variance = means.sum(axis=1) + case.spread * (means**2).sum(axis=1)
    return negative_binomial(means.sum(axis=1) / bundle, variance / bundle**2, GRID)


def _sold(stock: Floats, demand: Floats) -> Floats:
    """The chances of what is left when demand has taken what it found."""
    size = 2 * GRID
    left = np.fft.irfft(np.fft.rfft(stock, size) * np.conj(np.fft.rfft(demand, size)), size)
    after = np.maximum(left[:, :GRID], 0.0)
    after[:, 0] += np.maximum(left[:, GRID:], 0.0).sum(axis=1)
    return after


def _shifted(stock: Floats, arrived: Ints) -> Floats:
    """The chances of what there is when so many bundles have come in."""
    if not arrived.any():
        return stock
    source = np.arange(GRID) - arrived[:, None]
    after = np.where(source >= 0, np.take_along_axis(stock, np.maximum(source, 0), axis=1), 0.0)
    after[:, -1] += np.maximum(0.0, 1.0 - after.sum(axis=1))
    return after


def _shortfall(stock: Floats, demand: Floats) -> Floats:
    """The chance that demand exceeds stock by no more than 0, 1, … bundles."""
    size = 2 * GRID
    short = np.fft.irfft(np.conj(np.fft.rfft(stock, size)) * np.fft.rfft(demand, size), size)
    enough = short[:, GRID:].sum(axis=1)[:, None] + np.cumsum(short[:, :GRID], axis=1)
    below: Floats = np.clip(enough, 0.0, 1.0)
    return below


def _within_limits(case: _Case, gain: Floats, bundle: Ints) -> Ints:
    """The order that gains most among whole packs, if it gains more than the line costs."""
    best = gain.argmax(axis=1) * bundle
    room = np.maximum(case.shelf - case.on_hand - case.on_order.sum(axis=1), 0)
    down = best // case.pack * case.pack
    least = -(-case.minimum // case.pack) * case.pack
    orders: Ints = np.zeros_like(best)
    most: Floats = np.zeros(len(best))
    for packs in (down, down + case.pack, least):
        wanted = np.maximum(packs, least)
        wanted = np.minimum(wanted, room // case.pack * case.pack)
        worth = np.where((wanted >= least) & (wanted > 0), _gain_of(gain, wanted / bundle) - case.fixed, 0.0)
        better = worth > most
        orders, most = np.where(better, wanted, orders), np.where(better, worth, most)
    return orders


def _gain_of(gain: Floats, bundles: Floats) -> Floats:
    """What an order of so many bundles gains, in a straight line between whole ones."""
    low = np.clip(np.floor(bundles), 0, gain.shape[1] - 1).astype(np.int64)
    high = np.minimum(low + 1, gain.shape[1] - 1)
    rows = np.arange(len(gain))
    part = np.clip(bundles - low, 0.0, 1.0)
    between: Floats = gain[rows, low] * (1.0 - part) + gain[rows, high] * part
    return between
