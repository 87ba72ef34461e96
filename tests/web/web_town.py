"""Two shops, a warehouse, goods with names, and people who work there."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.auth import Person, make_person
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.orders import service as orders
from city import MARKET, Answer, City, Place

GOODS = (
    Item(
        item="LAMP", name="Halden Brass Table Lamp", category="lamps", gtin="20000000000010", weight_g=1800,
        price_minor=5499, currency="USD",
    ),
    Item(
        item="BOOT", name="Ridgeway Leather Hiking Boots", category="shoes", gtin="20000000000027",
        weight_g=1300, price_minor=12999, currency="USD",
    ),
    Item(
        item="JAR", name="Larder Glass Storage Jar", category="kitchen", gtin="20000000000034", weight_g=600,
        price_minor=1499, currency="USD",
    ),
)  # fmt: skip
STOCK = {
    "AUSTIN": {"LAMP": 5, "BOOT": 4, "JAR": 9},
    "DALLAS": {"LAMP": 3, "BOOT": 0, "JAR": 2},
    "DC": {"BOOT": 40, "JAR": 100},
}


Visit = Callable[..., Any]
"""Opens a page for somebody, in a browser of their own."""


@dataclass(frozen=True)
class Town:
    """A city with goods and people, and where its pages are."""

    city: City
    austin: Place
    dallas: Place
    dc: Place

    @property
    def address(self) -> str:
        """Where to point a browser; the name of this machine, as people type it."""
        return f"http://127.0.0.1:{self.city.address[1]}"

    def link_to(self, order: Answer) -> str:
        """The path of a shopper's link to an order."""
        token = secrets.token_urlsafe(18)
        with self.city.database.transaction() as tx:
            orders.make_link(tx, MARKET, order["order_id"], token=token, now=self.city.clock.now())
        return f"/order/{token}"


def furnish(city: City) -> Town:
    """Shops, a warehouse, goods and people."""
    town = Town(
        city=city,
        austin=city.store("AUSTIN", lat=30.27, lon=-97.74),
        dallas=city.store("DALLAS", lat=32.78, lon=-96.80),
        dc=city.dc("DC"),
    )
    with city.database.transaction() as tx:
        catalogue.save_items(tx, MARKET, GOODS)
        shelf = [
            (node, item, units) for node, there in STOCK.items() for item, units in there.items() if units
        ]
        inventory.receive_opening(tx, MARKET, shelf, cause=new_id(), now=city.clock.now())
        for person, role, node in (
            ("ana", "associate", "AUSTIN"),
            ("dan", "associate", "DALLAS"),
            ("carl", "cashier", "AUSTIN"),
            ("wen", "warehouse", "DC"),
            ("sam", "shopper", ""),
            ("omar", "operations", ""),
            ("ines", "analyst", ""),
            ("cleo", "customer_service", ""),
        ):
            make_person(tx, somebody(person, role, node))
        make_person(tx, somebody("vera", "vendor", vendor="FURNISH"))
    return town


def somebody(person: str, role: str, node: str = "", vendor: str = "") -> Person:
    """One of the demo's people."""
    return Person(
        market=MARKET, person=person, name=person.title(), password=None, roles=[role],
        nodes=[node] if node else [], channels=[], vendors=[vendor] if vendor else [],
    )  # fmt: skip
