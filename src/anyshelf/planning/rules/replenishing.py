"""What each store should get from its centre, and each centre from its vendor, and why."""

from dataclasses import replace

import numpy as np

from anyshelf.planning.model import Ints, Limits, Outlook, Picture, Proposal, Stock
from anyshelf.planning.rules.allocating import allocated
from anyshelf.planning.rules.ordering import ordered
from anyshelf.planning.rules.picturing import Money, coming_within, expected
from anyshelf.planning.rules.windows import missed, window


def replenished(picture: Picture, outlook: Outlook, money: Money) -> list[Proposal]:
    """Proposals of both echelons: centre to store as far as the centre has it, vendor to centre."""
    fed = picture.source[picture.node] >= 0
    wanted = np.zeros(len(picture), dtype=np.int64)
    wanted[fed] = _wanted(picture, outlook, money, np.flatnonzero(fed))
    proposals = _purchases(picture, np.flatnonzero(~fed), money)
    for rows, centre in _by_centre(picture, np.flatnonzero(fed & (wanted > 0))):
        proposals += _shared_out(picture, outlook, money, rows, centre, wanted)
    return proposals


def _wanted(picture: Picture, outlook: Outlook, money: Money, rows: Ints) -> Ints:
    """What each series would order if its centre had all of it; series of one lead time at once."""
    orders = np.zeros(len(rows), dtype=np.int64)
    leads = picture.lead[picture.node[rows]]
    for lead in np.unique(leads).tolist():
        part = np.flatnonzero(leads == lead)
        those = rows[part]
        ahead = Outlook(
            mean=outlook.mean[those, : lead + 1], spread=outlook.spread[those], drift=outlook.drift[those]
        )
        stock = Stock(on_hand=picture.free[those], on_order=picture.coming[those])
        orders[part] = ordered(ahead, stock, lead, money.costs(those), Limits())
    return orders


def _by_centre(picture: Picture, rows: Ints) -> list[tuple[Ints, int]]:
    """Series that want something, by item and centre, each with the centre's own series."""
    place = {
        (item, node): number
        for number, (item, node) in enumerate(zip(picture.item.tolist(), picture.node.tolist(), strict=True))
    }
    groups: dict[tuple[int, int], list[int]] = {}
    for row in rows.tolist():
        key = (int(picture.item[row]), int(picture.source[picture.node[row]]))
        groups.setdefault(key, []).append(row)
    return [(np.array(group), place[key]) for key, group in groups.items() if key in place]


def _shared_out(
    picture: Picture, outlook: Outlook, money: Money, rows: Ints, centre: int, wanted: Ints
) -> list[Proposal]:
    """What a centre sends of one item to the stores that want it: all they want, or what it has, shared."""
    there = int(picture.free[centre])
    until = picture.lead[picture.node[rows]] + 1
    ahead = Outlook(mean=outlook.mean[rows], spread=outlook.spread[rows], drift=outlook.drift[rows])
    mean, variance = window(ahead, until)
    have = picture.free[rows] + coming_within(picture.coming[rows], until)
    sent = wanted[rows]
    if sent.sum() > there:
        sent = allocated(
            there, have=have, mean=mean, variance=variance, worth=money.shortage[rows], most=sent
        )
    gains = missed(mean, variance, have, int(sent.max(initial=0)) or 1)
    return [
        _to_store(picture, int(row), centre, int(units), int(wanted[row]), float(mean[n]),
                  float(gains[n, : int(units)].sum() * money.shortage[row]))
        for n, (row, units) in enumerate(zip(rows.tolist(), sent.tolist(), strict=True))
        if units > 0
    ]  # fmt: skip


def _only(picture: Picture, rows: Ints) -> Picture:
    """The picture with these series alone."""
    return replace(
        picture, item=picture.item[rows], node=picture.node[rows], history=picture.history[rows],
        censored=picture.censored[rows], free=picture.free[rows], on_hand=picture.on_hand[rows],
        coming=picture.coming[rows],
    )  # fmt: skip


def _to_store(
    picture: Picture, row: int, centre: int, units: int, wanted: int, mean: float, worth: float
) -> Proposal:
    node, source = picture.nodes[int(picture.node[row])], picture.nodes[int(picture.node[centre])]
    days = int(picture.lead[picture.node[row]]) * picture.terms.period_days
    reasons = [_stands(picture, row, mean, days + picture.terms.period_days)]
    if units < wanted:
        reasons.append(f"{wanted} would be right; {source} has {int(picture.free[centre])} to share.")
    return Proposal(
        kind="replenish", item=picture.items[int(picture.item[row])], node=node, from_node=source,
        quantity=units, lead_days=max(days, 1), worth_minor=round(worth), reasons=tuple(reasons),
        figures={**_figures(picture, row, mean), "wanted": wanted},
    )  # fmt: skip


def _stands(picture: Picture, row: int, mean: float, days: int) -> str:
    free, coming = int(picture.free[row]), int(picture.coming[row].sum())
    return f"{free} to sell and {coming} on the way; {mean:.1f} will be wanted in {days} days."


def _figures(picture: Picture, row: int, mean: float) -> dict[str, float]:
    return {
        "free": int(picture.free[row]),
        "on_the_way": int(picture.coming[row].sum()),
        "expected": round(mean, 2),
    }


def _purchases(picture: Picture, rows: Ints, money: Money) -> list[Proposal]:
    """What centres buy: their echelon is their own stock and that of all stores they feed, and its demand."""
    if not len(rows):
        return []
    whole = _echelons(picture, rows)
    ahead = expected(whole)
    orders = _wanted(whole, ahead, money_of_rows(money, rows), np.arange(len(rows)))
    until = whole.lead[whole.node] + 1
    mean, variance = window(ahead, until)
    have = whole.free + coming_within(whole.coming, until)
    gains = missed(mean, variance, have, min(int(orders.max(initial=0)), 500) or 1)
    return [
        _to_centre(whole, n, int(units), float(mean[n]),
                   float(gains[n, : int(units)].sum() * money.shortage[rows[n]]))
        for n, units in enumerate(orders.tolist())
        if units > 0
    ]  # fmt: skip


def money_of_rows(money: Money, rows: Ints) -> Money:
    """The money of these series alone."""
    return Money(holding=money.holding[rows], shortage=money.shortage[rows], value=money.value[rows])


def _echelons(picture: Picture, rows: Ints) -> Picture:
    """Each centre's series with the demand and stock of all that it feeds added to its own."""
    place = {
        (int(picture.item[row]), int(picture.node[row])): number for number, row in enumerate(rows.tolist())
    }
    whole = _only(picture, rows)
    history, censored = np.nan_to_num(whole.history), whole.censored.copy()
    free, on_hand = whole.free.copy(), whole.on_hand.copy()
    for row in np.flatnonzero(picture.source[picture.node] >= 0).tolist():
        number = place.get((int(picture.item[row]), int(picture.source[picture.node[row]])))
        if number is None:
            continue
        history[number] += np.nan_to_num(picture.history[row])
        inside = int(picture.free[row] + picture.coming[row].sum())
        free[number] += inside
        on_hand[number] += inside
    return replace(whole, history=history, censored=censored, free=free, on_hand=on_hand)


def _to_centre(whole: Picture, row: int, units: int, mean: float, worth: float) -> Proposal:
    days = int(whole.lead[whole.node[row]]) * whole.terms.period_days
    reason = (
        f"{int(whole.free[row])} here and in its stores, {int(whole.coming[row].sum())} on the way; "
        f"{mean:.1f} will be wanted in {days + whole.terms.period_days} days."
    )
    return Proposal(
        kind="purchase", item=whole.items[int(whole.item[row])], node=whole.nodes[int(whole.node[row])],
        from_node="", quantity=units, lead_days=max(days, 1), worth_minor=round(worth), reasons=(reason,),
        figures={**_figures(whole, row, mean), "wanted": units},
    )  # fmt: skip
