"""The plan where there is nothing to choose: goods stay at the node the shopper named."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anyshelf.inventory.model import Doubts
from anyshelf.sourcing.model import (
    Ask,
    CostTerms,
    NodeTrace,
    Plan,
    PlannedLine,
    PlannedShipment,
    Policy,
    Sourced,
    SourcedShipment,
    Trace,
)
from anyshelf.sourcing.rules.costs import half_up
from anyshelf.sourcing.rules.reach import NOT_CHOSEN, REASONS, MayServe

Part = tuple[int, str, int]
"""A line's number, its item and how many units of it."""


def enough(asks: Sequence[Ask], stock: Sequence[int]) -> bool:
    """Whether units in stock, ask by ask, cover all that is asked for."""
    left: dict[str, int] = {ask.item: held for ask, held in zip(asks, stock, strict=True)}
    for ask in asks:
        left[ask.item] -= ask.quantity
    return min(left.values()) >= 0


def stays_at(asks: Sequence[Ask], who: MayServe, place: int, policy: Policy) -> Plan:
    """The one plan there is where that place has enough.

    The same plan the search would find with every other node barred.
    """
    node = who.nodes[place]
    units = sum([ask.quantity for ask in asks])
    handling = who.handling_minor_per_order[place] + who.handling_minor_per_unit[place] * units
    cost = CostTerms(freight_minor=0, handling_minor=half_up(float(handling)), split_minor=0)
    lines = tuple([
        PlannedLine(line=ask.line, item=ask.item, quantity=ask.quantity)
        for ask in sorted(asks, key=lambda ask: ask.line)
    ])  # fmt: skip
    shipment = PlannedShipment(node=node, lines=lines, cost=cost)
    trace = stayed(node, policy.name, len(who.nodes), len(asks), units, cost)
    return Plan(shipments=(shipment,), cost_minor=cost.total_minor, short=(), exact=True, trace=trace)


def sourced_at(
    asks: Sequence[Ask], who: MayServe, place: int, policy: Policy, decided_at: datetime
) -> Sourced:
    """The plan where goods stay, as it is carried out: nothing travels, nothing is paid to a carrier."""
    found = stays_at(asks, who, place, policy)
    (planned,) = found.shipments
    shipment = SourcedShipment(
        node=planned.node, lines=planned.lines, zone=0, distance_km=0.0,
        weight_g=sum([ask.quantity * ask.weight_g for ask in asks]), freight_minor=0,
        handling_minor=planned.cost.handling_minor, split_minor=0,
    )  # fmt: skip
    return Sourced(
        plan=found, service="", shipments=(shipment,), decided_at=decided_at, explanation=lambda: found.trace,
        stays=True,
    )  # fmt: skip


def kept(sourced: Sourced) -> dict[str, Any]:
    """Why this plan, as it is kept with the order: in a few words where goods stay, with nothing weighed."""
    if not sourced.stays:
        return sourced.explain_json()
    (shipment,) = sourced.shipments
    return {
        "stays": shipment.node,
        "policy": sourced.plan.trace.policy,
        "considered": sourced.plan.trace.considered,
        "lines": [(part.line, part.item, part.quantity) for part in shipment.lines],
        "weight_g": shipment.weight_g,
        "handling_minor": shipment.handling_minor,
        "decided_at": sourced.decided_at.isoformat(),
        **({} if sourced.chance == 1 else {"chance": sourced.chance}),
    }


def kept_at(
    lines: Sequence[Part],
    weight_g: int,
    who: MayServe,
    place: int,
    policy: Policy,
    now: datetime,
    *,
    chance: float = 1.0,
) -> dict[str, Any]:
    """As `kept` of the plan where these parts, in the order of their lines, stay at a place."""
    handling = who.handling_minor_per_order[place] + who.handling_minor_per_unit[place] * sum(
        [quantity for _, _, quantity in lines]
    )
    return {
        "stays": who.nodes[place],
        "policy": policy.name,
        "considered": len(who.nodes),
        "lines": lines,
        "weight_g": weight_g,
        "handling_minor": half_up(float(handling)),
        "decided_at": now.isoformat(),
        **({} if chance == 1 else {"chance": chance}),
    }


def chance_at(doubts: Doubts, classes: Sequence[str], place: int) -> float:
    """How likely it is that a node takes lines of these classes of goods on and finds all of each."""
    rows = [doubts.of_class(category) for category in classes]
    chance = 1 - max([int(doubts.refusing[row, place]) for row in rows]) / 1000
    for row in rows:
        chance *= 1 - int(doubts.missing[row, place]) / 1000
    return chance


def in_full(kept_: Mapping[str, Any]) -> dict[str, Any]:
    """Why this plan in full, from what was kept of it."""
    if "stays" not in kept_:
        return dict(kept_)
    lines = tuple(PlannedLine(line=line, item=item, quantity=units) for line, item, units in kept_["lines"])
    cost = CostTerms(freight_minor=0, handling_minor=kept_["handling_minor"], split_minor=0)
    trace = stayed(
        kept_["stays"], kept_["policy"], kept_["considered"], len(lines),
        sum(part.quantity for part in lines), cost,
    )  # fmt: skip
    shipment = PlannedShipment(node=kept_["stays"], lines=lines, cost=cost)
    plan = Plan(shipments=(shipment,), cost_minor=cost.total_minor, short=(), exact=True, trace=trace)
    sent = SourcedShipment(
        node=kept_["stays"], lines=lines, zone=0, distance_km=0.0, weight_g=kept_["weight_g"],
        freight_minor=0, handling_minor=cost.handling_minor, split_minor=0,
    )  # fmt: skip
    return Sourced(
        plan=plan, service="", shipments=(sent,), decided_at=datetime.fromisoformat(kept_["decided_at"]),
        explanation=lambda: trace, stays=True, chance=kept_.get("chance", 1.0),
    ).explain_json() | ({"segment": kept_["segment"]} if "segment" in kept_ else {})  # fmt: skip


def stayed(node: str, policy: str, considered: int, lines: int, units: int, cost: CostTerms) -> Trace:
    """Why goods stay where the shopper chose: no other node was asked."""
    chosen = NodeTrace(
        node=node, distance_km=0.0, eliminated=None, lines=lines, units=units, cost=cost, chosen=True
    )
    return Trace(
        policy=policy, considered=considered, chosen=(node,), chosen_minor=cost.total_minor, nodes=(chosen,),
        others={REASONS[NOT_CHOSEN]: considered - 1} if considered > 1 else {},
    )  # fmt: skip
