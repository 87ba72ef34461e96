"""A shopper says that they stand at the counter."""

import pytest

from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.errors import OutOfTurn
from anyshelf.ground.ids import Id
from city import MARKET, City


def arrive(city: City, order_id: Id, node: str, spot: str) -> None:
    with city.database.transaction() as tx:
        fulfilment.arrive(tx, MARKET, order_id, node=node, spot=spot, now=city.clock.now())


def test_said_again_it_is_said_anew(city: City) -> None:
    austin = city.store("Austin")
    austin.has("LAMP", 1)
    order = city.pick_up("LAMP", austin)
    order_id = Id(order["order_id"])
    city.settle()

    arrive(city, order_id, "Austin", "bay 1")
    arrive(city, order_id, "Austin", "bay 2")

    with city.database.transaction() as tx:
        ((where, arrival),) = fulfilment.arrivals(tx, MARKET, [order_id]).items()
    assert (where, arrival.spot) == ((order_id, "Austin"), "bay 2")
    assert city.story(order).count("ShopperArrived") == 2


@pytest.mark.parametrize("what", ["another store", "sent home", "cancelled"])
def test_nobody_is_waited_for_where_nothing_is_to_be_fetched(city: City, what: str) -> None:
    austin, dallas = city.store("Austin"), city.store("Dallas")
    austin.has("LAMP", 1)
    order = city.order("LAMP") if what == "sent home" else city.pick_up("LAMP", austin)
    city.settle()
    if what == "cancelled":
        city.post(f"/v1/orders/{order['order_id']}:cancel")
        city.settle()

    with pytest.raises(OutOfTurn, match="waits there"):
        arrive(city, Id(order["order_id"]), dallas.name if what == "another store" else "Austin", "here")
