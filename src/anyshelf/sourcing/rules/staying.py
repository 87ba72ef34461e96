"""The plan where there is nothing to choose: goods stay at the node the shopper named."""

from collections import defaultdict
from collections.abc import Sequence

from anyshelf.sourcing.model import (
    Ask,
    CostTerms,
    NodeTrace,
    Plan,
    PlannedLine,
    PlannedShipment,
    Policy,
    Trace,
)
from anyshelf.sourcing.rules.costs import half_up
from anyshelf.sourcing.rules.reach import NOT_CHOSEN, REASONS, MayServe


def stays_at(
    asks: Sequence[Ask], who: MayServe, stock: Sequence[int], place: int, policy: Policy
) -> Plan | None:
    """The one plan there is, from units in stock at that place, ask by ask; None where it has not enough.

    The same plan the search would find with every other node barred.
    """
    left: dict[str, int] = {ask.item: held for ask, held in zip(asks, stock, strict=True)}
    wanted: dict[str, int] = defaultdict(int)
    for ask in asks:
        wanted[ask.item] += ask.quantity
    if any(left[item] < units for item, units in wanted.items()):
        return None
    node = who.nodes[place]
    units = sum(ask.quantity for ask in asks)
    handling = who.handling_minor_per_order[place] + who.handling_minor_per_unit[place] * units
    cost = CostTerms(freight_minor=0, handling_minor=half_up(float(handling)), split_minor=0)
    lines = tuple(
        PlannedLine(line=ask.line, item=ask.item, quantity=ask.quantity)
        for ask in sorted(asks, key=lambda ask: ask.line)
    )
    seen = NodeTrace(
        node=node, distance_km=0.0, eliminated=None, lines=len(asks), units=units, cost=cost, chosen=True
    )
    others = {REASONS[NOT_CHOSEN]: len(who.nodes) - 1} if len(who.nodes) > 1 else {}
    trace = Trace(
        policy=policy.name, considered=len(who.nodes), chosen=(node,), chosen_minor=cost.total_minor,
        nodes=(seen,), others=others,
    )  # fmt: skip
    shipment = PlannedShipment(node=node, lines=lines, cost=cost)
    return Plan(shipments=(shipment,), cost_minor=cost.total_minor, short=(), exact=True, trace=trace)
