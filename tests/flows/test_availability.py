"""What may be sold, from where, as each channel and place sees it."""

from datetime import timedelta

from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel
from city import City


def test_the_nearest_shelf_comes_first_and_expected_supply_is_told(city: City) -> None:
    near, far = city.store("Austin"), city.store("Boston", lat=42.3, lon=-71.1)
    lamp = near.has("LAMP", 2)
    far.has("LAMP", 7)
    arrives = city.clock.now() + timedelta(days=3)
    with city.database.transaction() as tx:
        inventory.expect(tx, "main", [("Austin", "LAMP", 12, arrives, "PO-1")], now=city.clock.now())

    (found,) = city.get(f"/v1/availability?item={lamp}&near=30.3,-97.7")["items"]

    assert found["available"] == 9
    assert [(node["node"], node["available"]) for node in found["nodes"]] == [("Austin", 2), ("Boston", 7)]
    assert found["nodes"][0]["expected"] == [{"at": arrives.isoformat(), "quantity": 12}]
    assert found["nodes"][0]["distance_km"] == 0.0
    assert 2600 < found["nodes"][1]["distance_km"] < 2800


def test_a_channel_sells_from_its_own_nodes_and_keeps_back_what_it_must(city: City) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp = shop.has("LAMP", 3)
    dc.has("LAMP", 5)
    with city.database.transaction() as tx:
        kept = Channel(channel="market", currency="USD", groups=("store",), holdback_units=2)
        network.save_channels(tx, "main", [kept])

    (found,) = city.get(f"/v1/availability?item={lamp}&channel=market")["items"]
    assert [(node["node"], node["available"], node["on_hand"]) for node in found["nodes"]] == [
        ("Austin", 1, 3)
    ]

    assert city.order(lamp, 2, channel="market").problem == "shortage"
    assert city.order(lamp, 1, channel="market").status == 201


def test_what_is_promised_is_no_longer_available_and_comes_back_when_cancelled(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 3)
    order = city.order(lamp, 2)
    assert city.get(f"/v1/availability?item={lamp}")["items"][0]["available"] == 1
    city.post(f"/v1/orders/{order['order_id']}:cancel")
    assert city.get(f"/v1/availability?item={lamp}")["items"][0]["available"] == 3


def test_the_answer_carries_the_number_of_the_last_event_it_knows_of(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 3)
    before = int(city.get(f"/v1/availability?item={lamp}")["sequence"])
    city.order(lamp)
    city.settle()
    assert int(city.get(f"/v1/availability?item={lamp}")["sequence"]) > before
