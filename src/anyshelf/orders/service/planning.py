"""The plan for lines of an order: what quotes a promise also sources the order, journey by journey."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.network import service as network
from anyshelf.orders.journeys import first_row, journeys, sources
from anyshelf.orders.model import Draft, DraftLine, Journey, Line, Order
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import CHEAPEST, FEWEST_PARCELS, Ask, Destination, Sourced
from anyshelf.sourcing.service import Shelves


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
    weights: Mapping[str, int] | None = None,
) -> Sourced:
    """The plan for lines of one method; `partly` also takes a plan that covers only some of them.

    `on` are shelves that were read for many orders, `weights` what their items weigh. The node that was
    chosen is asked first. What it does not have comes to it from other nodes, or goes to
    the shopper from them, where the journeys table knows such a way.
    """
    row = first_row(method)
    policy = replace(FEWEST_PARCELS if wanted.together else CHEAPEST, allow_partial=partly)
    asked: dict[str, Any] = {
        "channel": wanted.channel,
        "asks": _asks(tx, market, lines, weights),
        "method": method,
        "destination": destination_of(wanted.destination),
        "kinds": sources(method),
        "excluded": excluded,
        "service": _service(wanted.promise),
        "on": on,
        "now": now,
    }
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


def _asks(
    tx: Tx, market: str, lines: Sequence[DraftLine | Line], weights: Mapping[str, int] | None
) -> list[Ask]:
    known = weights if weights is not None else weights_of(tx, market, [line.item for line in lines])
    for line in lines:
        if line.item not in known:
            raise Invalid(f"There is no item {line.item}.", field="item")
    return [
        Ask(line=line.line, item=line.item, quantity=line.quantity, weight_g=known[line.item])
        for line in lines
    ]


def weights_of(tx: Tx, market: str, items: Sequence[str]) -> dict[str, int]:
    """What one unit of each of these items weighs, in grams; an item nobody knows is left out."""
    return {code: item.weight_g for code, item in catalogue.goods(tx, market, items).items.items()}


def _service(promise: dict[str, Any] | None) -> str:
    """The carrier service that was promised, or the plain one."""
    shipments = promise.get("shipments") if promise else None
    return str(shipments[0]["service"]) or sourcing.GROUND if shipments else sourcing.GROUND


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
