"""Who may do what: keys open only their own doors."""

from dataclasses import replace

import pytest

from anyshelf.ground.auth import Principal, make_key
from city import City


@pytest.fixture
def locked(city: City) -> City:
    """The same city, where being on this machine is not enough."""
    city.server.state.house = replace(city.house, loopback_market=None)
    return city


def key_for(city: City, role: str, *, nodes: tuple[str, ...] = (), channels: tuple[str, ...] = ()) -> str:
    name = "-".join((role, *nodes, *channels))
    who = Principal(market="main", name=name, roles=(role,), nodes=nodes, channels=channels)
    with city.database.transaction() as tx:
        return f"Bearer {make_key(tx, who, city.clock.now())}"


def test_nobody_gets_in_without_a_key(locked: City) -> None:
    assert locked.get("/v1/orders").status == 401
    assert locked.get("/v1/orders", authorization="Bearer ask_nothing").status == 401
    assert locked.get("/v1/orders", authorization="Basic abc").status == 401
    assert locked.get("/healthz").status == 200


def test_an_associate_sees_the_work_of_their_own_store_only(locked: City) -> None:
    here, there = locked.store("Austin"), locked.store("Waco")
    here.has("LAMP", 1)
    there.has("VASE", 1)
    seller = key_for(locked, "operations")
    body = {"channel": "web", "lines": [{"item": "VASE", "quantity": 1, "method": "pickup", "node": "Waco"}]}
    assert locked.post("/v1/orders", body, authorization=seller).status == 201
    ann = key_for(locked, "associate", nodes=("Austin",))
    locked.settle()
    assert locked.get("/v1/nodes/Austin/work", authorization=ann).status == 200
    assert locked.get("/v1/nodes/Waco/work", authorization=ann).status == 403
    (work,) = locked.get("/v1/nodes/Waco/work", authorization=seller)["work"]
    assert locked.post(f"/v1/work/{work['work_id']}:claim", authorization=ann).status == 403
    move = {"moves": [{"kind": "count", "node": "Waco", "item": "VASE", "quantity": 9}]}
    assert locked.post("/v1/inventory/moves", move, authorization=ann).status == 403
    assert locked.post("/v1/orders", body, authorization=ann).status == 403
    assert locked.get("/v1/changes", authorization=ann).status == 403


def test_a_channel_sells_and_sees_as_itself_only(locked: City) -> None:
    locked.store("Austin").has("LAMP", 3)
    web = key_for(locked, "channel", channels=("web",))
    body = {"lines": [{"item": "LAMP", "quantity": 1, "method": "pickup", "node": "Austin"}]}
    assert locked.post("/v1/orders", {**body, "channel": "web"}, authorization=web).status == 201
    assert locked.post("/v1/orders", {**body, "channel": "till"}, authorization=web).status == 403
    assert locked.get("/v1/nodes/Austin/work", authorization=web).status == 403
    till = key_for(locked, "channel", channels=("till",))
    order = locked.get("/v1/orders", authorization=web)["orders"][0]["order_id"]
    assert locked.get("/v1/orders", authorization=till)["orders"] == []
    assert locked.get(f"/v1/orders/{order}", authorization=till).status == 404
    assert locked.post(f"/v1/orders/{order}:cancel", authorization=till).status == 404
