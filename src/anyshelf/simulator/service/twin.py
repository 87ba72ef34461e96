"""The same orders through the live services: what a world decided must be what PostgreSQL's twin decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.errors import Shortage
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Rate
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine
from anyshelf.payments import service as payments
from anyshelf.simulator.world.demand import Day
from anyshelf.simulator.world.stage import CHANNEL, Ints, Stage

CURRENCY = "USD"
Decision = tuple[tuple[int, int, int], ...]
"""Who sends what: (node, item, units), in order."""


def stand_up(tx: Tx, market: str, stage: Stage, level: Ints, now: datetime) -> None:
    """Write a world's network, goods and stock as a market of their own."""
    open_market(tx, market, currency=CURRENCY)
    goods = stage.goods
    nodes = [replace(node, lat=float(node.lat), lon=float(node.lon)) for node in stage.atlas.nodes]
    network.save_nodes(tx, market, nodes)
    network.save_rates(tx, market, list(_rates(stage)))
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


def _rates(stage: Stage) -> Iterator[Rate]:
    for (service, zone), tariff in stage.atlas.tariffs.items():
        days = int(stage.atlas.transit[service][zone])
        for grams, amount in zip(tariff.weights_g_max, tariff.amounts_minor, strict=True):
            yield Rate(service=service, zone=zone, weight_g_max=grams, amount_minor=amount, transit_days=days)


def decided_live(database: Database, market: str, stage: Stage, day: Day, now: datetime) -> list[Decision]:
    """Place the orders of a day to be sent, one after the other, each in a transaction of its own.

    Who is told that something is short orders what can be had.
    """
    found = []
    for order in range(len(day.kind)):
        lines = list(range(int(day.first[order]), int(day.first[order + 1])))
        decision: Decision = ()
        while lines:
            try:
                decision = _place(database, market, stage, day, order, lines, now)
                break
            except Shortage as refused:
                short = {int(each["line"]) for each in refused.extra["lines"]}
                lines = [line for number, line in enumerate(lines, start=1) if number not in short]
        found.append(decision)
    return found


def _place(
    database: Database, market: str, stage: Stage, day: Day, order: int, lines: list[int], now: datetime
) -> Decision:
    draft = _draft(stage, day, order, lines)
    paid = payments.authorise(
        "test", "tok_ok", amount_minor=draft.goods_minor, currency=CURRENCY, key=str(new_id())
    )
    with database.transaction() as tx:
        placed = orders.place(tx, market, draft, paid, now, order_id=new_id(), pickup_code="000000")
    known = {code: place for place, code in enumerate(stage.goods.codes)}
    return tuple(sorted(
        (stage.atlas.index[parcel["node"]], known[part["item"]], int(part["quantity"]))
        for sourced in placed.sourcing or () for parcel in sourced["shipments"] for part in parcel["lines"]
    ))  # fmt: skip


def _draft(stage: Stage, day: Day, order: int, lines: list[int]) -> Draft:
    home, goods = stage.places[int(day.place[order])], stage.goods
    asked = tuple(
        DraftLine(
            line=number, item=goods.codes[day.item[line]], quantity=int(day.units[line]),
            unit_price_minor=int(goods.price_minor[day.item[line]]), discount_minor=0, tax_minor=0,
            method="ship", node=None,
        )
        for number, line in enumerate(lines, start=1)
    )  # fmt: skip
    return Draft(
        channel=CHANNEL, external_id=f"{order}-{len(lines)}", fingerprint=b"twin",
        customer=f"shopper-{order}",
        contact={"name": "Twin", "email": "twin@example.com", "phone": ""},
        destination={
            "lat": home.lat, "lon": home.lon, "postal_code": home.postal_code, "country": "US",
        },
        currency=CURRENCY, shipping_minor=0, held=None, promise=None, lines=asked,
    )  # fmt: skip
