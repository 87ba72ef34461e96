"""What threatens: shelves that will run empty, goods that will not sell, stock that is perhaps not there."""

from collections.abc import Iterator

import numpy as np

from anyshelf.planning.model import Floats, Ints, Outlook, Picture, Threat
from anyshelf.planning.rules.picturing import Money, coming_within
from anyshelf.planning.rules.windows import expected_missed, window

LIKELY = 0.5
LEAST_MISSED = 0.5
UNBELIEVABLE = 0.01
SEEN_BEFORE = 4


def threats(picture: Picture, outlook: Outlook, money: Money) -> list[Threat]:
    """Every alert, dearest first: a series is in danger of running out, lies too long, or is not believed."""
    daily = outlook.mean.mean(axis=1) / picture.terms.period_days
    with np.errstate(divide="ignore", invalid="ignore"):
        days = np.where(daily > 1e-6, picture.free / np.maximum(daily, 1e-9), np.inf)  # noqa: PLR2004
    quiet = _quiet(picture.history)
    found = [
        *_stockouts(picture, outlook, money, days),
        *_overstocks(picture, money, days, daily),
        *_slow(picture, money, days, quiet),
        *_phantoms(picture, outlook, money, days, quiet),
    ]
    return sorted(found, key=lambda threat: -threat.stake_minor)


def _threat(picture: Picture, row: int, kind: str, days: Floats, stake: float, said: str) -> Threat:
    return Threat(
        kind=kind, item=picture.items[int(picture.item[row])], node=picture.nodes[int(picture.node[row])],
        days_of_supply=float(days[row]) if np.isfinite(days[row]) else None, stake_minor=round(stake),
        said=said,
    )  # fmt: skip


def _stockouts(picture: Picture, outlook: Outlook, money: Money, days: Floats) -> Iterator[Threat]:
    until = (picture.lead + picture.review)[picture.node]
    mean, variance = window(outlook, until)
    short, chance = expected_missed(mean, variance, picture.free + coming_within(picture.coming, until))
    within = until * picture.terms.period_days
    for row in np.flatnonzero((chance >= LIKELY) & (short >= LEAST_MISSED)).tolist():
        said = (
            f"{picture.free[row]} left, {mean[row]:.1f} will be wanted within {within[row]} days: "
            f"{short[row]:.1f} sales would be lost."
        )
        yield _threat(picture, row, "stockout", days, float(short[row] * money.shortage[row]), said)


def _overstocks(picture: Picture, money: Money, days: Floats, daily: Floats) -> Iterator[Threat]:
    limit = picture.terms.overstock_days
    for row in np.flatnonzero((days > limit) & (picture.free > 1) & np.isfinite(days)).tolist():
        excess = float(picture.free[row] - limit * daily[row])
        said = f"{picture.free[row]} last {days[row]:.0f} days; {excess:.0f} are more than {limit} days need."
        yield _threat(picture, row, "overstock", days, excess * float(money.value[row]), said)


def _quiet(history: Floats) -> Ints:
    """For how many of the last periods each series has sold nothing, as far as it was there."""
    sold = np.nan_to_num(history) > 0
    periods = history.shape[1]
    since: Ints = np.where(sold.any(axis=1), np.argmax(sold[:, ::-1], axis=1), periods)
    quiet: Ints = np.minimum(since, np.isfinite(history).sum(axis=1))
    return quiet


def _slow(picture: Picture, money: Money, days: Floats, quiet: Ints) -> Iterator[Threat]:
    since = quiet * picture.terms.period_days
    for row in np.flatnonzero((since >= picture.terms.slow_days) & (picture.free > 0)).tolist():
        said = f"{picture.free[row]} lie here and none was sold for {since[row]} days or more."
        yield _threat(picture, row, "slow_mover", days, float(picture.free[row] * money.value[row]), said)


def _phantoms(
    picture: Picture, outlook: Outlook, money: Money, days: Floats, quiet: Ints
) -> Iterator[Threat]:
    """Stock on the books, a stretch without a sale, and a chance of that below one in a hundred."""
    periods = picture.history.shape[1]
    stretch = np.arange(periods) >= periods - quiet[:, None]
    before = np.where(stretch, np.nan, picture.history)
    count = np.isfinite(before).sum(axis=1)
    usual = np.where(count > 0, np.nansum(before, axis=1) / np.maximum(count, 1), 0.0)
    beyond = np.maximum(outlook.spread, 1e-6)
    nothing = (1.0 + beyond * usual) ** (-quiet / beyond)
    shelf_full = ~(picture.censored & stretch).any(axis=1)
    feeds = np.isin(picture.node, picture.source)  # of those, nobody takes anything from a shelf
    odd = ~feeds & (picture.on_hand > 0) & shelf_full & (count >= SEEN_BEFORE) & (nothing < UNBELIEVABLE)
    for row in np.flatnonzero(odd).tolist():
        missing = usual[row] * quiet[row]
        said = (
            f"The books show {picture.on_hand[row]}, {usual[row]:.1f} a period were sold, and none for "
            f"{quiet[row] * picture.terms.period_days} days: perhaps they are not there."
        )
        yield _threat(picture, row, "phantom_stock", days, float(missing * money.shortage[row]), said)
