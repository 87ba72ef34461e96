"""Between stores: goods that will not sell where they lie go where they will, if that pays for the way."""

import numpy as np

from anyshelf.planning.model import Floats, Ints, Outlook, Picture, Proposal
from anyshelf.planning.rules.picturing import Money, coming_within
from anyshelf.planning.rules.windows import missed, window

UNITS = 24
"""At most so many units of an item in one transfer."""
DONORS = 40
RECEIVERS = 40


def rebalanced(picture: Picture, outlook: Outlook, money: Money, taken: Ints) -> list[Proposal]:
    """Transfers between stores that are expected to earn more than their freight and labour.

    `taken`: units already proposed to each series. A unit gains the sale it makes where it goes, times its
    chance, and loses the same where it leaves.
    """
    stores = np.flatnonzero(picture.source[picture.node] >= 0)
    proposals: list[Proposal] = []
    order = stores[np.argsort(picture.item[stores], kind="stable")]
    cuts = np.flatnonzero(np.diff(picture.item[order])) + 1
    for rows in np.split(order, cuts):
        if len(rows) > 1:
            proposals += _of_item(picture, outlook, money, rows, taken)
    return proposals


def transfers(
    gains: Floats, losses: Floats, *, fixed: float, each: float
) -> list[tuple[int, int, int, float]]:
    """The transfers that pay, dearest first: (from, to, units, worth) as places in the rows of both tables.

    `gains`: [receivers, units], what a 1st, 2nd, … unit more earns there; `losses`: [donors, units], what a
    1st, 2nd, … unit less costs there, at least as much for each further one. A place gives or gets, once a
    receiver; a donor gives until it no longer pays.
    """
    losses = losses.copy()
    found: list[tuple[int, int, int, float]] = []
    for receiver in np.argsort(-gains[:, 0], kind="stable").tolist():
        net = np.cumsum(gains[receiver] - losses - each, axis=1) - fixed
        best = net.argmax(axis=1)
        worth = net[np.arange(len(net)), best]
        donor = int(worth.argmax())
        if worth[donor] <= 0:
            continue
        units = int(best[donor]) + 1
        found.append((donor, receiver, units, float(worth[donor])))
        losses[donor] = np.concatenate((losses[donor, units:], np.full(units, np.inf)))
    return found


def _of_item(picture: Picture, outlook: Outlook, money: Money, rows: Ints, taken: Ints) -> list[Proposal]:
    ahead = outlook.of(rows)
    until = (picture.lead + picture.review)[picture.node[rows]]
    mean, variance = window(ahead, until)
    have = picture.free[rows] + coming_within(picture.coming[rows], until) + taken[rows]
    sale = money.shortage[rows]
    room = picture.shelf[rows] - picture.free[rows] - picture.coming[rows].sum(axis=1) - taken[rows]
    gains = missed(mean, variance, have, UNITS) * sale[:, None]
    gains = np.where(np.arange(UNITS) < room[:, None], gains, 0.0)
    terms = picture.terms
    in_need = gains.sum(axis=1) > terms.transfer_minor + terms.transfer_minor_per_unit
    receivers = _first(np.flatnonzero(in_need), -gains[:, 0], RECEIVERS)
    donors = _first(np.flatnonzero(~in_need & (picture.free[rows] > 0)), gains[:, 0], DONORS)
    if not len(donors) or not len(receivers):
        return []
    losses = _losses(mean[donors], variance[donors], have[donors], picture.free[rows[donors]], sale[donors])
    found = transfers(
        gains[receivers], losses, fixed=terms.transfer_minor, each=terms.transfer_minor_per_unit
    )
    return [
        _proposal(picture, int(rows[donors[donor]]), int(rows[receivers[receiver]]), units, worth,
                  float(mean[receivers[receiver]]))
        for donor, receiver, units, worth in found
    ]  # fmt: skip


def _first(places: Ints, by: Floats, most: int) -> Ints:
    """The places with the least of something, at most so many."""
    return places[np.argsort(by[places], kind="stable")[:most]]


def _losses(mean: Floats, variance: Floats, have: Ints, free: Ints, sale: Floats) -> Floats:
    """What a 1st, 2nd, … unit less costs: the sale it would have made; what is not there cannot go."""
    lowest = np.maximum(have - UNITS, 0)
    ladder = missed(mean, variance, lowest, UNITS)
    step = np.arange(UNITS)
    place = np.clip((have - lowest)[:, None] - 1 - step, 0, UNITS - 1)
    losses = np.take_along_axis(ladder, place, axis=1) * sale[:, None]
    found: Floats = np.where(step < free[:, None], losses, np.inf)
    return found


def _proposal(picture: Picture, donor: int, receiver: int, units: int, worth: float, mean: float) -> Proposal:
    source, node = picture.nodes[int(picture.node[donor])], picture.nodes[int(picture.node[receiver])]
    days = int(picture.lead[picture.node[receiver]]) * picture.terms.period_days
    reasons = (
        f"{int(picture.free[receiver])} at {node}, where {mean:.1f} will be wanted before more can come.",
        f"{int(picture.free[donor])} at {source}, more than will be sold there.",
    )
    return Proposal(
        kind="rebalance", item=picture.items[int(picture.item[donor])], node=node, from_node=source,
        quantity=units, lead_days=max(min(days, 7), 1), worth_minor=round(worth), reasons=reasons,
        figures={"free": int(picture.free[receiver]), "free_there": int(picture.free[donor]),
                 "expected": round(mean, 2)},
    )  # fmt: skip
