"""The demo: a seeded network of real cities, a week of its orders, and shoppers who have just ordered."""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.files import LoadReport, load
from anyshelf.ground.auth import Person, make_person
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.errors import Refusal
from anyshelf.ground.http import House
from anyshelf.ground.ids import derived_id, new_id
from anyshelf.insight import service as insight
from anyshelf.main.week import DAYS, play_week
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine
from anyshelf.payments import service as payments
from anyshelf.planning import service as planning
from anyshelf.planning.jobs import plan
from anyshelf.simulator.demo import drawn_visits, write_demo

SEED = 7
ORDERS = 40
PICKUP_EVERY = 4
PLANNED = 40
"""So many items are planned before anybody asks: a few seconds."""
"""Of so many orders one is fetched at the store where the demo's people work."""
HOME_STORE = "NEW-YORK-NY"
SHOPPERS = (
    "Maya Ellis",
    "Jonas Kim",
    "Priya Patel",
    "Liam Castillo",
    "Rosa Diaz",
    "Noor Walker",
    "Victor Tran",
)


def is_seeded(database: Database, market: str) -> bool:
    """Whether this market has nodes already."""
    with database.transaction() as tx:
        return bool(network.atlas(tx, market).nodes)


def seed_network(house: House, *, stores: int) -> LoadReport:
    """Write the demo network to files and load them, as any retailer would."""
    with tempfile.TemporaryDirectory() as folder:
        write_demo(Path(folder), seed=SEED, stores=stores, today=house.clock.now().date())
        return load(house.database, house.settings.market, Path(folder), now=house.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Somebody:
    """One of the demo's people, and which kind of place or which vendor they work for."""

    person: str
    name: str
    role: str
    kind: str = ""
    vendor: str = ""


PEOPLE = (
    _Somebody(person="sam", name="Sam Taylor", role="shopper"),
    _Somebody(person="ana", name="Ana Flores", role="associate", kind="store"),
    _Somebody(person="carl", name="Carl Webb", role="cashier", kind="store"),
    _Somebody(person="wen", name="Wen Zhang", role="warehouse", kind="dc"),
    _Somebody(person="vera", name="Vera Novak", role="vendor", vendor="FURNISH"),
    _Somebody(person="pat", name="Pat Quinn", role="planner"),
    _Somebody(person="cleo", name="Cleo Adams", role="customer_service"),
    _Somebody(person="ines", name="Ines Rowe", role="analyst"),
    _Somebody(person="omar", name="Omar Haddad", role="operations"),
    _Somebody(person="ada", name="Ada Lind", role="administrator"),
)
"""Without passwords: only the demo, on its own machine, lets them in."""


def seed_people(house: House) -> None:
    """Somebody for every role; who works in a store works in the network's first."""
    market = house.settings.market
    with house.database.transaction() as tx:
        atlas = network.atlas(tx, market)
        for somebody in PEOPLE:
            places = [node for node in atlas.nodes if node.kind == somebody.kind]
            make_person(
                tx,
                Person(
                    market=market,
                    person=somebody.person,
                    name=somebody.name,
                    password=None,
                    roles=[somebody.role],
                    nodes=[_home_store(places).node] if places else [],
                    channels=[],
                    vendors=[somebody.vendor] if somebody.vendor in atlas.vendors else [],
                ),
            )


def _home_store(places: Sequence[Node]) -> Node:
    """Where the demo's people work, and their neighbours fetch what they ordered."""
    return next((place for place in places if place.node == HOME_STORE), places[0])


def seed_week(house: House, shows: Callable[[datetime], None]) -> int:
    """Let the week before now happen, where nothing was ordered yet; returns how many orders were placed."""
    return play_week(
        house.database.url, house.settings.market, seed=SEED, home=HOME_STORE, until=house.clock.now(),
        shows=shows,
    )  # fmt: skip


def seed_orders(house: House) -> int:
    """Place the demo's open orders through the same service as everybody; returns how many were placed."""
    placed = 0
    for number in range(ORDERS):
        # Each order has its own draw: it is the same order however many of those before it are there already.
        draw = random.Random(f"{SEED}/{number}")  # noqa: S311  a demo, not a secret
        try:
            with house.database.transaction() as tx:
                placed += _order(tx, house, draw, number)
        except Refusal:
            continue
    return placed


def seed_visits(house: House) -> int:
    """Take in what shoppers did on the web before the week; twice is once. Returns how many steps are new."""
    market, now = house.settings.market, house.clock.now()
    with house.database.transaction() as tx:
        items = [item.item for item in catalogue.browse(tx, market, after="", limit=100)]
        sent = drawn_visits(items, seed=SEED, until=now - DAYS, currency=network.currency(tx, market))
        taken = insight.collect(tx, market, list(enumerate(sent)), [], sender="demo", channel="web", now=now)
    return taken.kept


def seed_plan(house: House) -> int:
    """Plan a few items, where nothing was planned yet, so that there is something to decide on.

    The rest is planned at night, or when somebody asks. Returns how many items were planned.
    """
    market = house.settings.market
    with house.database.transaction() as tx:
        if planning.runs(tx, market, 1):
            return 0
        items = [item.item for item in catalogue.browse(tx, market, after="", limit=PLANNED)]
    return plan(house.database, market, house.clock, items=items).items


def _order(tx: Tx, house: House, draw: random.Random, number: int) -> bool:
    market, now = house.settings.market, house.clock.now()
    atlas = network.atlas(tx, market)
    draft = _draft(tx, atlas, draw, number)
    if orders.sent_before(tx, market, draft):
        return False
    orders.check(tx, market, draft)
    key = str(derived_id("demo", market, str(number)))
    total = draft.goods_minor
    paid = payments.authorise("test", "tok_ok", amount_minor=total, currency=draft.currency, key=key)
    code = f"{draw.randrange(10**6):06}"
    orders.place(
        tx, market, draft, paid, now - timedelta(minutes=ORDERS - number), order_id=new_id(), pickup_code=code
    )
    return True


def _draft(tx: Tx, atlas: Atlas, draw: random.Random, number: int) -> Draft:
    stores = [node for node in atlas.nodes if node.kind == "store"]
    fetched = number % PICKUP_EVERY == 0
    home = _home_store(stores) if fetched else draw.choice(stores)
    items = draw.sample(catalogue.browse(tx, atlas.market, after="", limit=100), k=draw.randint(1, 3))
    lines = tuple(
        DraftLine(
            line=place,
            item=item.item,
            quantity=draw.randint(1, 2),
            unit_price_minor=item.price_minor,
            discount_minor=0,
            tax_minor=0,
            method="pickup" if fetched else "ship",
            node=home.node if fetched else None,
        )
        for place, item in enumerate(items, start=1)
    )
    return Draft(
        channel="web",
        external_id=f"demo-{number}",
        fingerprint=b"demo",
        customer=f"shopper-{number}",
        contact={"name": draw.choice(SHOPPERS), "email": f"shopper-{number}@example.com", "phone": ""},
        destination={
            "lat": home.lat,
            "lon": home.lon,
            "postal_code": home.postal_code,
            "country": home.country,
        },
        currency=items[0].currency,
        shipping_minor=0,
        held=None,
        promise=None,
        lines=lines,
    )
