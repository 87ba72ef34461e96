"""The same orders through the live services: what a world decided must be what PostgreSQL's twin decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.errors import Shortage
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine
from anyshelf.payments import service as payments
from anyshelf.simulator.model import PICKUP, RESERVE, SHIP, WALK_IN
from anyshelf.simulator.world.demand import Day
from anyshelf.simulator.world.stage import CHANNEL, Ints, Stage, rates_of

CURRENCY = "USD"
Decision = tuple[tuple[int, int, int], ...]
"""Who serves what: (node, item, units), in order."""
METHODS: Final = {WALK_IN: "carry_out", SHIP: "ship", PICKUP: "pickup", RESERVE: "reserve"}


def stand_up(tx: Tx, market: str, stage: Stage, level: Ints, now: datetime) -> None:
    """Write a world's network, goods and stock as a market of their own; its nodes take what there is."""
    open_market(tx, market, currency=CURRENCY)
    goods = stage.goods
    nodes = [
        replace(node, lat=float(node.lat), lon=float(node.lon), capacity_per_day=None)
        for node in stage.atlas.nodes
    ]
    network.save_nodes(tx, market, nodes)
    network.save_rates(tx, market, list(rates_of(stage.atlas)))
    network.save_channels(
        tx, market, [Channel(channel=CHANNEL, currency=CURRENCY, nodes=tuple(node.node for node in nodes))]
    )
    rows = zip(goods.codes, goods.weight_g.tolist(), goods.price_minor.tolist(), strict=True)
    items = [
        Item(item=code, name=code, weight_g=grams, price_minor=price, currency=CURRENCY)
        for code, grams, price in rows
    ]
    catalogue.save_items(tx, market, items)
    opening = [
        (nodes[place].node, goods.codes[item], int(level[item, place]))
        for item, place in zip(*(each.tolist() for each in level.nonzero()), strict=True)
    ]
    inventory.receive_opening(tx, market, opening, cause=new_id(), now=now)


def decided_live(database: Database, market: str, stage: Stage, day: Day, now: datetime) -> list[Decision]:
    """Serve the orders of a day, one after the other, each order in a transaction of its own.

    Who is told that something is short orders what can be had; what a shelf or a counter has not is sent
    home, as by a world whose shoppers always switch.
    """
    found = []
    for order in range(len(day.kind)):
        lines = list(range(int(day.first[order]), int(day.first[order + 1])))
        way = METHODS[int(day.kind[order])]
        taken, short = _served(database, market, stage, day, order, lines, way, now)
        if short and way in {"carry_out", "reserve"}:
            taken += _served(database, market, stage, day, order, short, "ship", now)[0]
        found.append(tuple(sorted(taken)))
    return found


def _served(
    database: Database, market: str, stage: Stage, day: Day, order: int, lines: list[int], method: str,
    now: datetime,
) -> tuple[list[tuple[int, int, int]], list[int]]:  # fmt: skip
    """What can be had of these lines, from where, and the lines that cannot."""
    left, gone = lines, list[int]()
    while left:
        try:
            return _place(database, market, stage, _draft(stage, day, order, left, method), now), gone
        except Shortage as refused:
            short = {int(each["line"]) for each in refused.extra["lines"]}
            gone += [line for number, line in enumerate(left, start=1) if number in short]
            left = [line for number, line in enumerate(left, start=1) if number not in short]
    return [], gone


def _place(
    database: Database, market: str, stage: Stage, draft: Draft, now: datetime
) -> list[tuple[int, int, int]]:
    due = orders.to_authorise_minor(draft)
    paid = (
        payments.authorise("test", "tok_ok", amount_minor=due, currency=CURRENCY, key=str(new_id()))
        if due
        else None
    )
    with database.transaction() as tx:
        placed = orders.place(tx, market, draft, paid, now, order_id=new_id(), pickup_code="000000")
    known = {code: place for place, code in enumerate(stage.goods.codes)}
    return [
        (stage.atlas.index[node], known[item], int(units))
        for sourced in placed.sourcing or ()
        for node, item, units in _parts(sourced)
    ]


def _parts(sourced: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Who serves what, of a decision as it is kept with the order: of goods that travel, or that stay."""
    if "stays" in sourced:
        yield from ((sourced["stays"], item, units) for _, item, units in sourced["lines"])
        return
    for parcel in sourced["shipments"]:
        yield from ((parcel["node"], part["item"], part["quantity"]) for part in parcel["lines"])


def _draft(stage: Stage, day: Day, order: int, lines: list[int], method: str) -> Draft:
    home, goods = stage.places[int(day.place[order])], stage.goods
    node = None if method == "ship" else stage.atlas.nodes[int(day.store[order])].node
    asked = tuple(
        DraftLine(
            line=number, item=goods.codes[day.item[line]], quantity=int(day.units[line]),
            unit_price_minor=int(goods.price_minor[day.item[line]]), discount_minor=0, tax_minor=0,
            method=method, node=node,
        )
        for number, line in enumerate(lines, start=1)
    )  # fmt: skip
    return Draft(
        channel=CHANNEL, external_id=f"{order}-{method}-{len(lines)}", fingerprint=b"twin",
        customer=f"shopper-{order}",
        contact={"name": "Twin", "email": f"twin-{order}@example.com", "phone": ""},
        destination={
            "lat": home.lat, "lon": home.lon, "postal_code": home.postal_code, "country": "US",
        },
        currency=CURRENCY, shipping_minor=0, held=None, promise=None, lines=asked,
    )  # fmt: skip
