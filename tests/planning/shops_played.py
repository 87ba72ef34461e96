"""What tests of planning tell of a city: items, shelves, weeks of sales, plans and what they suggest."""

from datetime import timedelta
from typing import Any

import numpy as np

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.orders import service as orders
from anyshelf.orders.model import PastLine
from anyshelf.planning import jobs
from anyshelf.planning.model import Run
from city import MARKET, City, Place


def item(city: City, code: str, *, price: int = 4000, cost: int = 1500, weight_g: int = 0) -> str:
    known = Item(
        item=code, name=code.title(), currency="USD", price_minor=price, cost_minor=cost, weight_g=weight_g
    )
    with city.database.transaction() as tx:
        catalogue.save_items(tx, MARKET, [known])
    return code


def shelve(city: City, place: Place, code: str, quantity: int) -> None:
    with city.database.transaction() as tx:
        shelf = [(place.name, code, quantity)]
        inventory.receive_opening(tx, MARKET, shelf, cause=new_id(), now=city.clock.now())


def sold_before(city: City, place: Place, code: str, weekly: list[int]) -> None:
    """So many a week, the last figure in the week before now."""
    lines = [
        PastLine(
            channel="till", external_id=f"{place.name}-{code}-{ago}", line=1, item=code, quantity=units,
            unit_price_minor=4000, discount_minor=0, currency="USD", method="carry_out", node=place.name,
            customer=None, postal_code="78701", lat=None, lon=None,
            placed_at=city.clock.now() - timedelta(days=7 * ago + 3),
        )
        for ago, units in enumerate(reversed(weekly))
        if units
    ]  # fmt: skip
    with city.database.transaction() as tx:
        orders.keep_history(tx, MARKET, lines)


def steadily(mean: float, weeks: int = 40, seed: int = 1) -> list[int]:
    return [int(units) for units in np.random.default_rng(seed).poisson(mean, weeks)]


def plan(city: City) -> Run:
    return jobs.plan(city.database, MARKET, city.clock)


def suggested(city: City, kind: str, state: str = "open") -> list[dict[str, Any]]:
    answer = city.get(f"/v1/planning/suggestions?kind={kind}&state={state}")
    assert answer.status == 200, answer.body
    return list(answer["suggestions"])


def shop_of(city: City) -> tuple[City, Place, Place]:
    """A store that sells six lamps a week and has two left, and the warehouse that feeds it."""
    austin, dallas = city.store("Austin"), city.dc("Dallas")
    item(city, "LAMP")
    shelve(city, austin, "LAMP", 2)
    shelve(city, dallas, "LAMP", 60)
    sold_before(city, austin, "LAMP", steadily(6.0))
    return city, austin, dallas
