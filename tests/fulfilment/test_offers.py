"""Work that is offered to several stores: the first claim wins, and the stock goes with it."""

import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from anyshelf.fulfilment import store as fulfilment_store
from anyshelf.fulfilment.service import working as fulfilment
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders import store as order_store
from city import Answer, City, Place

SHOPS = {"Austin": 30.3, "Buda": 30.5, "Cedar": 30.8, "Waco": 31.5}


@pytest.fixture
def shops(city: City) -> list[Place]:
    """Four stores with lamps, the nearest first, and a policy that offers work to three of them."""
    there = [city.store(name, lat=lat) for name, lat in SHOPS.items()]
    for shop in there:
        shop.has("LAMP", 3)
    assert city.call("PUT", "/v1/policies/by_claim", {"offers": 3}).status == 200
    return there


def works_at(city: City, place: Place) -> dict[str, str]:
    """Who works at a store and nowhere else."""
    name = f"at {place.name} {new_id()}"
    somebody = Principal(market="main", name=name, roles=("associate",), nodes=(place.name,))
    with city.database.transaction() as tx:
        return {"authorization": f"Bearer {auth.make_key(tx, somebody, city.clock.now())}"}


def offered(city: City, place: Place) -> list[dict[str, Any]]:
    return [work for work in city.work_at(place) if work.get("offered")]


def claim(city: City, work: dict[str, Any], key: dict[str, str]) -> Answer:
    return city.call("POST", f"/v1/work/{work['work_id']}:claim", **key)


def allocated(shops: list[Place]) -> dict[str, int]:
    return {shop.name: units for shop in shops if (units := shop.stock("LAMP").get("allocated", 0))}


def test_work_is_on_the_list_of_every_store_it_is_offered_to(city: City, shops: list[Place]) -> None:
    city.order("LAMP")

    assert [bool(city.work_at(shop)) for shop in shops] == [True, True, True, False]
    assert [bool(offered(city, shop)) for shop in shops] == [False, True, True, False]
    assert allocated(shops) == {"Austin": 1}, "it lies at the best one until somebody claims it"


def test_it_goes_to_who_claims_it_with_its_stock_and_vanishes_from_the_others(
    city: City, shops: list[Place]
) -> None:
    order = city.order("LAMP", 2)
    austin, buda, cedar, _ = shops
    (work,) = offered(city, buda)

    key = works_at(city, buda)
    claimed = claim(city, work, key)

    assert (claimed.status, claimed["node"], claimed["state"]) == (200, "Buda", "claimed")
    assert allocated(shops) == {"Buda": 2}
    assert city.work_at(austin) == city.work_at(cedar) == []
    assert claim(city, work, key).status == 200, "who has claimed it is told so again"
    assert claim(city, work, works_at(city, cedar)).status == 403
    picked = city.post(f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 2}]})
    assert picked["state"] == "picked"
    assert city.states(order) == {"picked": 2}
    assert city.audit() == []


def test_of_many_who_claim_at_once_one_wins(city: City, shops: list[Place]) -> None:
    order = city.order("LAMP")
    (work,) = city.work_at(shops[0])
    keys = [works_at(city, shop) for shop in shops[:3]]

    answers = city.together(*[lambda key=key: claim(city, work, key) for key in keys * 2])

    winners = {answer["node"] for answer in answers if answer.status == 200}
    assert len(winners) == 1
    assert {answer.status for answer in answers} <= {200, 403, 409}
    assert allocated(shops) == dict.fromkeys(winners, 1)
    assert city.states(order) == {"released": 1}
    assert city.audit() == []


def claim_both(city: City, shops: list[Place], patch: pytest.MonkeyPatch) -> Counter[int]:
    """Two claim the same work when nobody locks anything, and both have read it before either writes."""
    city.order("LAMP")
    city.order("LAMP")
    work, _ = city.work_at(shops[0])
    keys = [works_at(city, shop) for shop in shops[1:3]]
    met, seen = threading.Barrier(2, timeout=20), threading.local()
    read = fulfilment_store.lock_of_order

    def read_together(*asked: Any) -> Any:
        found = read(*asked)
        if not hasattr(seen, "already"):
            seen.already = True
            met.wait()
        return found

    patch.setattr(fulfilment.orders, "lock", orders.find)
    patch.setattr(fulfilment_store, "lock_of_order", read_together)
    unlocked = fulfilment_store.LOCK_OF_ORDER_SQL.replace("FOR UPDATE", "")
    patch.setattr(fulfilment_store, "LOCK_OF_ORDER_SQL", unlocked)
    blind = order_store.SAVE_VERSION_SQL.replace("AND version = %(version)s - 1", "")
    patch.setattr(order_store, "SAVE_VERSION_SQL", blind)
    answers = city.together(*[lambda key=key: claim(city, work, key) for key in keys])
    return Counter(answer.status for answer in answers)


def test_without_any_lock_the_works_own_row_lets_one_win(
    city: City, shops: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert claim_both(city, shops, monkeypatch) == {200: 1, 409: 1}
    assert allocated(shops)["Austin"] == 1
    monkeypatch.undo()
    assert city.audit() == []


def test_without_that_guard_and_the_ledgers_key_both_win_and_somebody_loses_a_lamp(
    city: City, shops: list[Place], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The negative control: what the guards are there for does happen without them."""
    unguarded = fulfilment_store.HAND_ON_SQL.replace("AND node = %(node)s AND state = 'open'", "")
    assert unguarded != fulfilment_store.HAND_ON_SQL
    monkeypatch.setattr(fulfilment_store, "HAND_ON_SQL", unguarded)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE inventory_moves DROP CONSTRAINT inventory_moves_pkey")

    assert claim_both(city, shops, monkeypatch) == {200: 2}
    assert allocated(shops) == {"Buda": 1, "Cedar": 1}, "the lamp of Austin's other order went with them"
    monkeypatch.undo()
    assert city.audit() != []


def test_silence_of_all_gives_the_work_to_others(city: City, shops: list[Place]) -> None:
    order = city.order("LAMP")
    city.settle()
    city.wait(hours=5)

    assert allocated(shops) == {"Waco": 1}
    assert [bool(city.work_at(shop)) for shop in shops] == [False, False, False, True]
    asked = {each["node"] for each in city.get("/v1/exceptions?state=closed")["exceptions"]}
    assert asked == {"Austin", "Buda", "Cedar"}
    assert city.states(order) == {"released": 1}
    assert city.audit() == []


def test_who_declines_is_off_the_list_and_the_others_are_not(city: City, shops: list[Place]) -> None:
    city.order("LAMP")
    austin, buda, cedar, _ = shops
    (work,) = offered(city, buda)
    key = works_at(city, buda)
    declined = city.call("POST", f"/v1/work/{work['work_id']}:reject", {"reason": "full"}, **key)

    assert declined.status == 200
    assert [bool(city.work_at(shop)) for shop in (austin, buda, cedar)] == [True, False, True]
    assert claim(city, work, key).status == 403
    (told,) = city.get("/v1/nodes/Buda/finds")["classes"]
    assert told["refused"] == 1


def test_when_its_own_node_rejects_it_lies_at_the_next(city: City, shops: list[Place]) -> None:
    city.order("LAMP")
    austin, buda, cedar, _ = shops
    (work,) = city.work_at(austin)
    rejected = city.post(f"/v1/work/{work['work_id']}:reject", {"reason": "no time", "node": "Austin"})

    assert (rejected["node"], rejected["state"]) == ("Buda", "open")
    assert allocated(shops) == {"Buda": 1}
    assert [bool(city.work_at(shop)) for shop in (austin, buda, cedar)] == [False, True, True]
    for shop in (buda, cedar):
        (work,) = city.work_at(shop)
        city.post(f"/v1/work/{work['work_id']}:reject", {"reason": "no time", "node": shop.name})
    assert allocated(shops) == {"Waco": 1}
    assert city.audit() == []


def test_a_store_that_has_sold_it_meanwhile_cannot_claim_it(city: City, shops: list[Place]) -> None:
    city.order("LAMP", 2)
    (work,) = offered(city, shops[1])
    assert city.carry_out("LAMP", shops[1], 2).status == 201

    refused = claim(city, work, works_at(city, shops[1]))

    assert (refused.status, refused.problem) == (409, "shortage")
    assert allocated(shops) == {"Austin": 2}
    assert city.audit() == []


def test_what_is_offered_cannot_be_picked_before_it_is_claimed(city: City, shops: list[Place]) -> None:
    city.order("LAMP")
    (work,) = offered(city, shops[1])
    lines = {"lines": [{"line": 1, "quantity": 1}]}

    assert (
        city.call("POST", f"/v1/work/{work['work_id']}:pick", lines, **works_at(city, shops[1])).status == 403
    )


def test_a_cancelled_order_is_on_nobodys_list(city: City, shops: list[Place]) -> None:
    order = city.order("LAMP")
    city.settle()
    assert city.post(f"/v1/orders/{order['order_id']}:cancel").status == 200

    assert [city.work_at(shop) for shop in shops] == [[], [], [], []]
    assert city.audit() == []


def test_its_place_of_the_day_goes_with_it(city: City, shops: list[Place]) -> None:
    with city.database.transaction() as tx:
        atlas = network.atlas(tx, "main")
        limited = [replace(network.node(atlas, shop.name), capacity_per_day=5) for shop in shops]
        network.save_nodes(tx, "main", limited)
    city.order("LAMP")
    (work,) = offered(city, shops[1])
    claim(city, work, works_at(city, shops[1]))

    with city.database.transaction() as tx:
        booked = dict(tx.execute("SELECT node, booked FROM promising_days").fetchall())
    assert booked == {"Austin": 0, "Buda": 1}


def test_without_such_a_policy_work_is_offered_to_nobody_else(city: City) -> None:
    near, far = city.store("Austin"), city.store("Waco", lat=31.5)
    near.has("LAMP", 3)
    far.has("LAMP", 3)
    city.order("LAMP")

    assert [len(city.work_at(shop)) for shop in (near, far)] == [1, 0]
