"""What each store should get from its centre, and each centre from its vendor, and why."""

import numpy as np

from anyshelf.planning.model import Ints, Limits, Outlook, Picture, Proposal, Stock
from anyshelf.planning.rules.allocating import allocated
from anyshelf.planning.rules.ordering import ordered
from anyshelf.planning.rules.picturing import Money, coming_within
from anyshelf.planning.rules.windows import missed, window

UNITS_SHOWN = 500
"""Of so many units of a purchase the worth is worked out; further ones are worth little."""


def replenished(picture: Picture, outlook: Outlook, money: Money, rows: Ints) -> list[Proposal]:
    """What goes from centres to the stores they feed (`rows`), as far as the centres have it."""
    wanted = np.zeros(len(picture), dtype=np.int64)
    wanted[rows] = _wanted(picture, outlook, money, rows)
    proposals: list[Proposal] = []
    for group, centre in _by_centre(picture, rows[wanted[rows] > 0]):
        proposals += _shared_out(picture, outlook, money, group, centre, wanted)
    return proposals


def _wanted(picture: Picture, outlook: Outlook, money: Money, rows: Ints) -> Ints:
    """What each series would order if its centre had all of it; series of one lead time at once."""
    orders = np.zeros(len(rows), dtype=np.int64)
    leads = picture.lead[picture.node[rows]]
    for lead in np.unique(leads).tolist():
        part = np.flatnonzero(leads == lead)
        those = rows[part]
        ahead = outlook.of(those, lead + 1)
        stock = Stock(on_hand=picture.free[those], on_order=picture.coming[those, : lead + 1])
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
    ahead = outlook.of(rows)
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


def purchased(whole: Picture, outlook: Outlook, money: Money) -> list[Proposal]:
    """What centres buy, seen with all that they feed, as `echelons` makes it."""
    orders = _wanted(whole, outlook, money, np.arange(len(whole)))
    until = whole.lead[whole.node] + 1
    mean, variance = window(outlook, until)
    have = whole.free + coming_within(whole.coming, until)
    gains = missed(mean, variance, have, min(int(orders.max(initial=0)), UNITS_SHOWN) or 1)
    worth = np.where(np.arange(gains.shape[1]) < orders[:, None], gains, 0.0).sum(axis=1) * money.shortage
    return [
        _to_centre(whole, row, int(orders[row]), float(mean[row]), float(worth[row]))
        for row in np.flatnonzero(orders > 0).tolist()
    ]


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
