"""A short inbound: who gets how much of what a centre receives, by node and by channel."""

import numpy as np

from anyshelf.planning.model import Ints, Picture, Proposal, Shared
from anyshelf.planning.rules.allocating import allocated
from anyshelf.planning.rules.picturing import coming_within, expected, money_of, only
from anyshelf.planning.rules.replenishing import exposed, in_packs
from anyshelf.planning.rules.windows import missed, window


def shared(picture: Picture, centre: str, quantity: int, channels: dict[str, float]) -> Shared:
    """So many units of the picture's one item, over the stores a centre feeds and over channels.

    Each goes where its sale is likeliest, times what it earns; `channels` is what each sold of the item,
    and says how likely it will sell more. Shares are whole packs; what is left stays at the centre.
    """
    place = list(picture.nodes).index(centre)
    rows = np.flatnonzero(picture.source[picture.node] == place)
    money, outlook = money_of(picture), expected(picture)
    until = exposed(picture, rows)
    mean, variance = window(outlook.of(rows), until)
    have = picture.free[rows] + coming_within(picture.coming[rows], until)
    room = np.maximum(picture.shelf[rows] - picture.free[rows] - picture.coming[rows].sum(axis=1), 0)
    share = allocated(
        quantity, have=have, mean=mean, variance=variance, worth=money.shortage[rows], most=room
    )
    units = in_packs(share, np.minimum(room, quantity), picture.pack[rows], picture.minimum[rows], quantity)
    gains = missed(mean, variance, have, int(units.max(initial=0)) or 1)
    stores = only(picture, rows)
    proposals = tuple(
        _proposal(
            stores, row, centre, int(units[row]), float(mean[row]),
            float(gains[row, : units[row]].sum() * money.shortage[rows[row]]),
        )
        for row in np.flatnonzero(units > 0).tolist()
    )  # fmt: skip
    return Shared(
        proposals=proposals, channels=_by_channel(quantity, channels, float(mean.sum())),
        left=quantity - int(units.sum()),
    )  # fmt: skip


def _proposal(stores: Picture, row: int, centre: str, units: int, mean: float, worth: float) -> Proposal:
    free, coming = int(stores.free[row]), int(stores.coming[row].sum())
    days = int(stores.lead[stores.node[row]]) * stores.terms.period_days
    reason = (
        f"A share of a short delivery: {free} to sell and {coming} on the way, {mean:.1f} will be wanted "
        "before more can come."
    )
    return Proposal(
        kind="replenish", item=stores.items[int(stores.item[row])], node=stores.nodes[int(stores.node[row])],
        from_node=centre, quantity=units, lead_days=max(days, 1), worth_minor=round(worth), reasons=(reason,),
        figures={
            "free": free, "on_the_way": coming, "expected": round(mean, 2), "pack": int(stores.pack[row])
        },
    )  # fmt: skip


def _by_channel(quantity: int, sold: dict[str, float], wanted: float) -> dict[str, int]:
    """The units each channel is likeliest to sell, all channels earning alike."""
    total = sum(sold.values())
    if total <= 0:
        return {}
    mean = np.array([units / total * max(wanted, 1.0) for units in sold.values()])
    nothing: Ints = np.zeros(len(mean), dtype=np.int64)
    units = allocated(quantity, have=nothing, mean=mean, variance=mean * 1.5, worth=np.ones(len(mean)))
    return dict(zip(sold, units.tolist(), strict=True))
