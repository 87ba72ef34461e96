"""What each store should get from its centre, and each centre from its vendor, and why."""

import numpy as np

from anyshelf.planning.model import Floats, Ints, Limits, Outlook, Picture, Proposal, Stock
from anyshelf.planning.rules.allocating import allocated
from anyshelf.planning.rules.classes import classes, service_percent
from anyshelf.planning.rules.ordering import ordered
from anyshelf.planning.rules.picturing import Money, coming_within
from anyshelf.planning.rules.windows import missed, window

UNITS_SHOWN = 500
"""Of so many units of a purchase the worth is worked out; further ones are worth little."""


def replenished(picture: Picture, outlook: Outlook, money: Money, rows: Ints) -> list[Proposal]:
    """What goes from centres to the stores they feed (`rows`), as far as the centres have it."""
    rows = rows[picture.waits[picture.node[rows]] == 0]
    needs = np.zeros(len(picture), dtype=np.int64)
    needs[rows] = wanted(picture, outlook, money, rows)
    told = _Told(picture, outlook, money)
    proposals: list[Proposal] = []
    for group, centre in _by_centre(picture, rows[needs[rows] > 0]):
        proposals += _shared_out(told, group, centre, needs)
    return proposals


def exposed(picture: Picture, rows: Ints) -> Ints:
    """For how many coming periods an order of now must do: until the next one can be there."""
    at = picture.node[rows]
    periods: Ints = picture.lead[at] + picture.review[at]
    return periods


def wanted(picture: Picture, outlook: Outlook, money: Money, rows: Ints) -> Ints:
    """What each series would order if its source had all of it; series of one lead and review at once."""
    orders = np.zeros(len(rows), dtype=np.int64)
    ways = np.stack([picture.lead[picture.node[rows]], picture.review[picture.node[rows]]], axis=1)
    for lead, review in np.unique(ways, axis=0).tolist():
        part = np.flatnonzero((ways == (lead, review)).all(axis=1))
        those = rows[part]
        stock = Stock(on_hand=picture.free[those], on_order=picture.coming[those, : lead + 1])
        limits = Limits(
            pack=picture.pack[those], minimum=picture.minimum[those], shelf=picture.shelf[those],
            review_periods=review,
        )  # fmt: skip
        orders[part] = ordered(outlook.of(those, lead + review), stock, lead, money.costs(those), limits)
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


class _Told:
    """What proposals say for themselves: figures and reasons, for any series of a picture."""

    def __init__(self, picture: Picture, outlook: Outlook, money: Money) -> None:
        self.picture, self.outlook, self.money = picture, outlook, money
        self.classes = classes(picture, money)
        self.service = service_percent(picture, money)
        self.daily = outlook.mean.mean(axis=1) / picture.terms.period_days

    def days(self, row: int) -> int:
        """The days an order of now must do for."""
        return int(exposed(self.picture, np.array([row]))[0]) * self.picture.terms.period_days

    def figures(self, row: int, mean: float, *, wanted: int, room: int) -> dict[str, float | str]:
        """What a suggestion rests on, in figures; `room` is how many units more would not lie too long."""
        picture = self.picture
        return {
            "free": int(picture.free[row]), "on_the_way": int(picture.coming[row].sum()),
            "expected": round(mean, 2), "wanted": wanted, "class": str(self.classes[picture.item[row]]),
            "service_percent": int(self.service[row]), "daily": round(float(self.daily[row]), 4),
            "pack": int(picture.pack[row]), "weight_g": int(picture.weight_g[picture.item[row]]),
            "room": room,
        }  # fmt: skip

    def room(self, row: int, units: int) -> int:
        """How many units more fit the shelf and sell before they count as too many."""
        picture = self.picture
        held = int(picture.free[row]) + int(picture.coming[row].sum()) + units
        long = int(picture.terms.overstock_days * float(self.daily[row])) - held
        return max(0, min(long, int(picture.shelf[row]) - held))

    def ordered_how(self, row: int, units: int) -> list[str]:
        """What made the number another than need alone would."""
        picture, said = self.picture, []
        if picture.pack[row] > 1 and units % picture.pack[row] == 0:
            said.append(f"In packs of {picture.pack[row]}.")
        if picture.minimum[row] > 1 and units <= picture.minimum[row]:
            said.append(f"At least {picture.minimum[row]} are ordered.")
        if picture.shelf[row] - picture.free[row] - picture.coming[row].sum() < units + picture.pack[row]:
            said.append(f"The shelf takes {picture.shelf[row]}.")
        return said


def _shared_out(told: _Told, rows: Ints, centre: int, needs: Ints) -> list[Proposal]:
    """What a centre sends of one item to the stores that want it: all they want, or what it has, shared."""
    picture, money = told.picture, told.money
    there = int(picture.free[centre])
    until = exposed(picture, rows)
    mean, variance = window(told.outlook.of(rows), until)
    have = picture.free[rows] + coming_within(picture.coming[rows], until)
    sent = needs[rows]
    if sent.sum() > there:
        share = allocated(
            there, have=have, mean=mean, variance=variance, worth=money.shortage[rows], most=sent
        )
        sent = in_packs(share, sent, picture.pack[rows], picture.minimum[rows], there)
    left = (there - int(sent.sum())) // max(len(rows), 1)
    gains = missed(mean, variance, have, int(sent.max(initial=0)) or 1)
    return [
        _to_store(told, int(row), centre, int(units), int(needs[row]), float(mean[n]), left,
                  float(gains[n, : int(units)].sum() * money.shortage[row]))
        for n, (row, units) in enumerate(zip(rows.tolist(), sent.tolist(), strict=True))
        if units > 0
    ]  # fmt: skip


def in_packs(share: Ints, wanted: Ints, pack: Ints, minimum: Ints, there: int) -> Ints:
    """Shares in whole packs: rounded down, then what is left goes to whom most of a pack was cut off.

    Nobody gets more than they want; who would get less than their minimum gets none.
    """
    whole = share // pack * pack
    left = there - int(whole.sum())
    for place in np.argsort(-(share - whole) / pack, kind="stable").tolist():
        step = int(pack[place])
        if share[place] > whole[place] and step <= left and whole[place] + step <= wanted[place]:
            whole[place] += step
            left -= step
    found: Ints = np.where(whole >= minimum, whole, 0)
    return found


def _to_store(
    told: _Told, row: int, centre: int, units: int, wanted: int, mean: float, left: int, worth: float
) -> Proposal:
    picture = told.picture
    node, source = picture.nodes[int(picture.node[row])], picture.nodes[int(picture.node[centre])]
    days = int(picture.lead[picture.node[row]]) * picture.terms.period_days
    reasons = [_stands(picture, row, mean, told.days(row))]
    if units < wanted:
        reasons.append(f"{wanted} would be right; {source} has {int(picture.free[centre])} to share.")
    reasons += told.ordered_how(row, units)
    return Proposal(
        kind="replenish", item=picture.items[int(picture.item[row])], node=node, from_node=source,
        quantity=units, lead_days=max(days, 1), worth_minor=round(worth), reasons=tuple(reasons),
        figures=told.figures(row, mean, wanted=wanted, room=min(left, told.room(row, units))),
    )  # fmt: skip


def _stands(picture: Picture, row: int, mean: float, days: int) -> str:
    free, coming = int(picture.free[row]), int(picture.coming[row].sum())
    return f"{free} to sell and {coming} on the way; {mean:.1f} will be wanted in {days} days."


def purchased(whole: Picture, outlook: Outlook, money: Money) -> list[Proposal]:
    """What centres buy, seen with all that they feed, as `echelons` makes it."""
    rows = np.flatnonzero(whole.waits[whole.node] == 0)
    orders = np.zeros(len(whole), dtype=np.int64)
    orders[rows] = wanted(whole, outlook, money, rows)
    until = exposed(whole, np.arange(len(whole)))
    mean, variance = window(outlook, until)
    have = whole.free + coming_within(whole.coming, until)
    gains = missed(mean, variance, have, min(int(orders.max(initial=0)), UNITS_SHOWN) or 1)
    worth: Floats = (
        np.where(np.arange(gains.shape[1]) < orders[:, None], gains, 0.0).sum(axis=1) * money.shortage
    )
    told = _Told(whole, outlook, money)
    return [
        _to_centre(told, row, int(orders[row]), float(mean[row]), float(worth[row]))
        for row in np.flatnonzero(orders > 0).tolist()
    ]


def _to_centre(told: _Told, row: int, units: int, mean: float, worth: float) -> Proposal:
    whole = told.picture
    days = int(whole.lead[whole.node[row]]) * whole.terms.period_days
    reason = (
        f"{int(whole.free[row])} here and in its stores, {int(whole.coming[row].sum())} on the way; "
        f"{mean:.1f} will be wanted in {told.days(row)} days."
    )
    return Proposal(
        kind="purchase", item=whole.items[int(whole.item[row])], node=whole.nodes[int(whole.node[row])],
        from_node="", quantity=units, lead_days=max(days, 1), worth_minor=round(worth),
        reasons=(reason, *told.ordered_how(row, units)),
        figures=told.figures(row, mean, wanted=units, room=told.room(row, units)),
    )  # fmt: skip
