"""The plan for lines of an order: what quotes a promise also sources the order, journey by journey."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.network import service as network
from anyshelf.orders.journeys import first_row, journeys, sources
from anyshelf.orders.model import Draft, DraftLine, Journey, Line, Order
from anyshelf.promising import service as promising
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import FEWEST_PARCELS, Ask, Destination, Policy, Sourced, Standing
from anyshelf.sourcing.service import Shelves

Booked = Mapping[str, Mapping[date, float]]


def plan_for(  # noqa: PLR0913  all that a decision is asked, by name
    tx: Tx,
    market: str,
    wanted: Draft | Order,
    lines: Sequence[DraftLine | Line],
    *,
    method: str,
    node: str | None,
    now: datetime,
    excluded: frozenset[str] = frozenset(),
    partly: bool = False,
    on: Shelves | None = None,
    goods: Mapping[str, Item] | None = None,
    booked: Booked | None = None,
    policy: Policy | None = None,
) -> Sourced:
    """The plan for lines of one method; `partly` also takes a plan that covers only some of them.

    `on` are shelves that were read for many orders, `goods` what is known of their items, `booked` how
    full the days of nodes are; `policy` is the one to choose by instead of the order's own. The node that was
    chosen is asked first. What it does not have comes to it from other nodes, or goes to the shopper from
    them, where the journeys table knows such a way.
    """
    row = first_row(method)
    policy = replace(policy or policy_of(tx, market, wanted).policy, allow_partial=partly)
    if wanted.together:
        policy = replace(policy, minor_per_parcel=FEWEST_PARCELS.minor_per_parcel)
    asked: dict[str, Any] = {
        "channel": wanted.channel,
        "asks": asks_of(tx, market, lines, goods),
        "method": method,
        "destination": destination_of(wanted.destination),
        "kinds": sources(method),
        "excluded": excluded,
        "service": service_of(wanted),
        "wanted_by": _wanted_by(wanted),
        "booked": booked_days(tx, market, now) if booked is None else booked,
        "on": on,
        "now": now,
    }
    promised = _promised_node(wanted.promise, method, excluded)
    if promised and not node:
        bound = sourcing.plan(tx, market, node=promised, policy=replace(policy, allow_partial=False), **asked)
        if not bound.plan.short:
            return bound
    first_choice = policy if not _others(row, method) else replace(policy, allow_partial=False)
    first = sourcing.plan(tx, market, node=node or None, policy=first_choice, **asked)
    if not first.plan.short or not node or not _others(row, method):
        return first
    home = None if row.prefers else node
    if home is not None and not sourcing.parcel_services(network.atlas(tx, market)):
        return sourcing.plan(tx, market, node=node, policy=policy, **asked)
    return sourcing.plan(tx, market, node=None, home=home, policy=policy, **asked)


def _others(row: Journey, method: str) -> bool:
    """Whether others may help out the node that was chosen."""
    return row.prefers or any(each.method == method and each.chosen is False for each in journeys())


def policy_of(tx: Tx, market: str, wanted: Draft | Order) -> Standing:
    """The policy that decides an order: the one it was first decided by, or the one for whoever asks."""
    if isinstance(wanted, Draft):
        return sourcing.policy_for(tx, market, channel=wanted.channel, segment=wanted.segment)
    first = wanted.sourcing[0] if wanted.sourcing else {}
    return sourcing.policy_for(
        tx, market, channel=wanted.channel, segment=segment_of(wanted), name=str(first.get("policy", ""))
    )


def segment_of(order: Order) -> str:
    """The segment an order was placed for, as its first decision keeps it; "" where it named none."""
    return str(order.sourcing[0].get("segment", "")) if order.sourcing else ""


def _wanted_by(wanted: Draft | Order) -> datetime | None:
    """The last moment at which parcels are in time: as promised, or in the shopper's slot."""
    slot, promise = wanted.slot or {}, wanted.promise or {}
    until = slot.get("to") or promise.get("arrives_by")
    return datetime.fromisoformat(until) if until else None


def asks_of(
    tx: Tx, market: str, lines: Sequence[DraftLine | Line], goods: Mapping[str, Item] | None
) -> list[Ask]:
    """What lines ask of shelves; raises Invalid for an item nobody knows."""
    known = goods if goods is not None else goods_of(tx, market, [line.item for line in lines])
    for line in lines:
        if line.item not in known:
            raise Invalid(f"There is no item {line.item}.", field="item")
    return [_ask(line, known[line.item]) for line in lines]


def _ask(line: DraftLine | Line, item: Item) -> Ask:
    return Ask(
        line=line.line, item=line.item, quantity=line.quantity, weight_g=item.weight_g, flags=item.flags
    )


def booked_days(tx: Tx, market: str, now: datetime) -> Booked:
    """How much of their days nodes have promised; nothing is read where every node takes what there is.

    Days that are not full are of interest only where a policy balances them.
    """
    atlas = network.atlas(tx, market)
    limited = network.remembered(
        atlas, "limited", lambda: any(node.capacity_per_day is not None for node in atlas.nodes)
    )
    if not limited:
        return {}
    return promising.booked_days(tx, atlas, now, full_only=not sourcing.balances(tx, market))


def goods_of(tx: Tx, market: str, items: Sequence[str]) -> Mapping[str, Item]:
    """What is known of these items; one nobody knows is left out."""
    return catalogue.goods(tx, market, items).items


def service_of(wanted: Draft | Order) -> str:
    """The carrier service that was promised, or the plain one."""
    shipments = wanted.promise.get("shipments") if wanted.promise else None
    return str(shipments[0]["service"]) or sourcing.GROUND if shipments else sourcing.GROUND


def _promised_node(promise: dict[str, Any] | None, method: str, excluded: frozenset[str]) -> str | None:
    """The node that alone serves what was promised: a promise binds us to it while it can."""
    if not promise or promise["method"] != method or len(promise["shipments"]) != 1:
        return None
    node = str(promise["shipments"][0]["node"])
    return None if node in excluded else node


def destination_of(place: dict[str, Any] | None) -> Destination | None:
    """Where the order's parcels go."""
    if not place:
        return None
    return Destination(
        lat=place["lat"], lon=place["lon"], postal_code=place["postal_code"], country=place["country"]
    )


def reachable(tx: Tx, market: str, *, channel: str, method: str, node: str | None) -> list[str]:
    """The nodes whose supply on its way may serve lines of this method."""
    atlas = network.atlas(tx, market)
    kinds = sources(method)
    if node and not _others(first_row(method), method):
        return [node]
    nodes = [atlas.nodes[index] for index in network.reach(atlas, channel).tolist()]
    return [each.node for each in nodes if each.kind in kinds]
