"""From a network to a field: which nodes may serve a demand, what keeps the others out, what each costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from anyshelf.network.model import Atlas, Flags, Indices
from anyshelf.sourcing.model import Ask, Field, FloatArray, IntArray

REASONS: Final = (
    "",
    "is closed down",
    "takes no orders",
    "is never open",
    "is outside the channel's reach",
    "is not of a kind that may serve this",
    "is not equipped for this",
    "is left out of this decision",
    "is not the node that was chosen",
    "is where the carrier does not come from to this place",
    "would send to a store that hands nothing over",
    "is not equipped for these goods",
    "would have to send what may not be sent",
    "could not have it there in time",
    "has no room left for the day",
)
"""Why a node may not serve, by its place; the first that holds is told."""

LEFT_OUT: Final = 7
NOT_CHOSEN: Final = 8
NO_CARRIER: Final = 9
NO_COUNTER: Final = 10
NOT_EQUIPPED_FOR_GOODS: Final = 11
NOT_SENT: Final = 12
TOO_LATE: Final = 13
FULL: Final = 14

NO_SHIP: Final = "no_ship"
NEEDS: Final[frozenset[str]] = frozenset({"hazmat", "oversize"})
"""Flags of goods that only a node with the capability of that name may send."""

HANDLING_MINOR: Final[Mapping[str, tuple[int, int]]] = {
    "dc": (45, 18),
    "fc": (45, 18),
    "hub": (45, 18),
    "dark_store": (60, 20),
    "store": (90, 30),
    "vendor": (250, 0),
}
"""Labour for one order and for one unit, in minor units, by the kind of node.

Set at 18.00 an hour: a warehouse packs 40 orders and picks 100 units in it, a store 20 and 60; a vendor asks
a fee for each order. Learned figures for each node are to take its place.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MayServe:
    """All nodes of a network as one channel and one way of serving sees them, in the order of the atlas."""

    nodes: tuple[str, ...]
    barred: IntArray
    handling_minor_per_order: FloatArray
    handling_minor_per_unit: FloatArray


def may_serve(atlas: Atlas, reach: Indices, *, kinds: frozenset[str], capability: str) -> MayServe:
    """Who may serve, whatever the destination: of these kinds, within reach, equipped, and taking orders.

    A node that names no capability has them all; an empty `capability` asks for none.
    """
    within = np.zeros(len(atlas.nodes), dtype=np.bool_)
    within[reach] = True
    hurdles: list[Flags] = [  # in the order of REASONS; the first that bars a node is told
        ~atlas.active,
        np.array([node.capacity_per_day == 0 for node in atlas.nodes], dtype=np.bool_),
        np.array([not any(calendar.days) for calendar in atlas.calendars], dtype=np.bool_),
        ~within,
        ~np.isin(atlas.kinds, sorted(kinds)),
        np.array([not _equipped(node.capabilities, capability) for node in atlas.nodes], dtype=np.bool_),
    ]
    barred = np.zeros(len(atlas.nodes), dtype=np.int64)
    for reason, hurdle in reversed(list(enumerate(hurdles, start=1))):
        barred[hurdle] = reason
    handling = [HANDLING_MINOR[kind] for kind in atlas.kinds.tolist()]
    return MayServe(
        nodes=tuple(node.node for node in atlas.nodes),
        barred=barred,
        handling_minor_per_order=np.array([order for order, _ in handling], dtype=np.float64),
        handling_minor_per_unit=np.array([unit for _, unit in handling], dtype=np.float64),
    )


def unfit_goods(atlas: Atlas, asks: Sequence[Ask]) -> IntArray | None:
    """What keeps each node from sending each of these goods, [nodes, asks]: places in REASONS.

    None where nothing is asked for that not everybody may send.
    """
    flags = [NEEDS.union({NO_SHIP}).intersection(ask.flags) for ask in asks]
    if not any(flags):
        return None
    unfit: IntArray = np.zeros((len(asks), len(atlas.nodes)), dtype=np.int64)
    for place, needs in enumerate(flags):
        for need in needs - {NO_SHIP}:
            able = np.array([_equipped(node.capabilities, need) for node in atlas.nodes], dtype=np.bool_)
            unfit[place, ~able] = NOT_EQUIPPED_FOR_GOODS
        if NO_SHIP in needs:
            unfit[place] = NOT_SENT
    return unfit.T


def barred_by(barred: IntArray, unfit: IntArray) -> IntArray:
    """As `barred`, without the nodes that may give nothing of what is asked; the first reason is told."""
    nothing = (barred == 0) & (unfit != 0).all(axis=1)
    return np.where(nothing, unfit.min(axis=1), barred)


def _equipped(capabilities: tuple[str, ...], capability: str) -> bool:
    return not capability or not capabilities or capability in capabilities


def barred_for(who: MayServe, *, excluded: Sequence[int], only: int | None) -> IntArray:
    """What keeps each node out of one decision: places in `REASONS`, 0 where nothing does."""
    barred = who.barred.copy()
    for node in excluded:
        barred[node] = barred[node] or LEFT_OUT
    if only is not None:
        others = barred == 0
        others[only] = False
        barred[others] = NOT_CHOSEN
    return barred


def field_towards(
    who: MayServe,
    barred: IntArray,
    *,
    distance_km: FloatArray,
    base_minor: FloatArray,
    per_kg_minor: FloatArray,
) -> Field:
    """The field of one decision; freight is NaN from where the carrier does not come."""
    unreached = np.isnan(base_minor)
    if unreached.any():
        base_minor, per_kg_minor = (np.where(unreached, 0.0, each) for each in (base_minor, per_kg_minor))
        barred = np.where((barred == 0) & unreached, NO_CARRIER, barred)
    return Field(
        nodes=who.nodes,
        distance_km=distance_km,
        freight_base_minor=base_minor,
        freight_per_kg_minor=per_kg_minor,
        handling_minor_per_order=who.handling_minor_per_order,
        handling_minor_per_unit=who.handling_minor_per_unit,
        barred=barred,
        reasons=REASONS,
    )


def units_by_node(held: Sequence[tuple[str, int]], index: Mapping[str, int]) -> IntArray:
    """Free units of one item as (node, units), laid out in the order of the nodes."""
    column: IntArray = np.zeros(len(index), dtype=np.int64)
    known = [(index[node], units) for node, units in held if node in index]
    if known:
        places, units = zip(*known, strict=True)
        column[list(places)] = units
    return column
