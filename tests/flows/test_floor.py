"""The floor of a warehouse: orders become a wave, one walk, parcels on a bench, a manifest that leaves."""

import threading
from typing import Any

import pytest

from anyshelf.fulfilment.store import floor
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from city import Answer, City, Place

NOT_THERE = "01a00000-0000-7000-8000-000000000000"
NIGHT = {"carrier": "ground", "orders_max": 6}


@pytest.fixture(autouse=True, params=["calm", "stumbling"])
def weather(request: pytest.FixtureRequest, city: City) -> None:
    city.stumbling = request.param == "stumbling"


@pytest.fixture(autouse=True)
def dc(city: City) -> Place:
    place = city.dc("DC")
    for item in ("LAMP", "VASE", "RUG"):
        place.has(item, 20)
    bins = [{"item": "LAMP", "bin": "A-10"}, {"item": "RUG", "bin": "A-2"}]
    assert city.call("PUT", "/v1/nodes/DC/bins", {"bins": bins}).status == 200
    return place


def six_orders(city: City) -> list[Answer]:
    wanted = [{"LAMP": 1}, {"LAMP": 2}, {"VASE": 1}, {"RUG": 1, "LAMP": 1}, {"RUG": 3}, {"VASE": 2}]
    orders = [
        city.order("", lines=[{"item": item, "quantity": quantity} for item, quantity in each.items()])
        for each in wanted
    ]
    city.settle()
    return orders


def planned(city: City, **asked: Any) -> Answer:
    return city.twice("/v1/nodes/DC/waves", {**NIGHT, **asked})


def say(city: City, put: dict[str, Any], quantity: int, reason: str | None = None) -> None:
    """What was found for one tote at one stop."""
    line = {"line": put["line"], "quantity": quantity} | ({"short_reason": reason} if reason else {})
    city.twice(f"/v1/work/{put['work_id']}:pick", {"lines": [line]})


def walked(city: City, wave: Answer) -> None:
    """All of a wave is found."""
    for stop in city.get(f"/v1/waves/{wave['wave_id']}")["stops"]:
        for put in stop["puts"]:
            say(city, put, put["quantity"])


def packed_and_loaded(city: City, code: str) -> Answer:
    """The bench: a piece is scanned, its order packed, its parcel put on the manifest of its carrier."""
    work = city.get(f"/v1/nodes/DC/bench?code={code}")["work"]
    number = f"AS-{work['work_id'][:8]}"
    parcel = {"packages": [{"weight_g": 1200, "tracking": number}]}
    city.twice(f"/v1/work/{work['work_id']}:pack", parcel)
    return city.twice("/v1/nodes/DC/manifests:load", {"work_id": work["work_id"], "carrier": work["carrier"]})


def test_six_orders_one_walk_one_short_line_one_manifest(city: City, dc: Place) -> None:
    orders = six_orders(city)
    waco = city.store("Waco")
    waco.has("VASE", 5)
    (waiting,) = city.get("/v1/nodes/DC/waves")["waiting"]
    assert (waiting["carrier"], waiting["orders"], waiting["units"]) == ("ground", 6, 11)

    wave = planned(city)
    assert [(stop["bin"], stop["item"], stop["quantity"]) for stop in wave["stops"]] == [
        ("A-2", "RUG", 4), ("A-10", "LAMP", 4), (None, "VASE", 3),
    ]  # fmt: skip
    assert city.get("/v1/nodes/DC/waves")["waiting"] == []
    started = city.twice(f"/v1/waves/{wave['wave_id']}:start")
    assert {tote["state"] for tote in started["totes"]} == {"claimed"}

    *whole, last = started["stops"]
    for stop in whole:
        for put in stop["puts"]:
            say(city, put, put["quantity"])
    for put in last["puts"]:
        say(city, put, 1, None if put["quantity"] == 1 else "broken on the shelf")
    assert city.get(f"/v1/waves/{wave['wave_id']}")["stops"] == []
    assert city.states(orders[5]) == {"picked": 1, "released": 1}
    (again,) = city.work_at(waco)
    assert again["order_id"] == orders[5]["order_id"], "what was short is sourced by itself"

    scanned = city.get("/v1/nodes/DC/bench?code=LAMP")
    assert "LAMP" in {line["item"] for line in scanned["work"]["lines"]}
    assert scanned["others"] == 2
    for tote in range(1, 7):
        manifest = packed_and_loaded(city, f"T{tote}")
    assert len(manifest["loads"]) == 6
    assert city.get("/v1/nodes/DC/bench?code=LAMP").status == 404
    closed = city.twice(f"/v1/manifests/{manifest['manifest_id']}:close")
    assert (closed["state"], len(closed["loads"])) == ("closed", 6)
    city.settle()

    assert [city.states(order) for order in orders[:5]] == [
        {"dispatched": 1}, {"dispatched": 2}, {"dispatched": 1}, {"dispatched": 2}, {"dispatched": 3},
    ]  # fmt: skip
    assert city.states(orders[5]) == {"dispatched": 1, "released": 1}
    assert {load["state"] for load in city.get(f"/v1/manifests/{closed['manifest_id']}")["loads"]} == {
        "dispatched"
    }
    assert dc.stock("LAMP") == {"on_hand": 16}
    assert city.audit() == []


def test_a_parcel_collected_and_told_of_twice_leaves_once(city: City) -> None:
    order = city.order("LAMP", 2)
    city.settle()
    walked(city, planned(city))
    manifest = packed_and_loaded(city, "LAMP")
    city.twice(f"/v1/manifests/{manifest['manifest_id']}:close")
    (work,) = [each["work_id"] for each in manifest["loads"]]
    by_hand = city.post(f"/v1/work/{work}:dispatch", {"carrier": "ground", "tracking": "other"})
    city.settle()

    assert by_hand.status == 200
    assert city.states(order) == {"dispatched": 2}
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    assert shipment["carrier"] == "ground"
    assert city.audit() == []


def test_what_was_cancelled_on_the_dock_is_taken_off_before_the_carrier_signs(city: City) -> None:
    kept, gone = city.order("LAMP"), city.order("RUG")
    city.settle()
    walked(city, planned(city))
    packed_and_loaded(city, "LAMP")
    manifest = packed_and_loaded(city, "RUG")
    city.twice(f"/v1/orders/{gone['order_id']}:cancel")
    city.settle()

    closed = city.twice(f"/v1/manifests/{manifest['manifest_id']}:close")

    assert [load["order_id"] for load in closed["loads"]] == [kept["order_id"]]
    assert (city.states(kept), city.states(gone)) == ({"dispatched": 1}, {"cancelled": 1})
    assert city.audit() == []


def test_what_was_cancelled_between_signature_and_booking_is_listed(city: City) -> None:
    order = city.order("LAMP")
    city.settle()
    walked(city, planned(city))
    manifest = packed_and_loaded(city, "LAMP")
    city.twice(f"/v1/manifests/{manifest['manifest_id']}:close")
    city.twice(f"/v1/orders/{order['order_id']}:cancel")
    city.settle()

    listed = city.get("/v1/exceptions?state=all")["exceptions"]
    if city.states(order) == {"dispatched": 1}:
        pytest.fail("the booking came first: this test tells nothing")
    assert [each["kind"] for each in listed] == ["left_anyway"]
    assert city.audit() == []


def test_a_wave_taken_apart_waits_again_and_work_is_in_one_wave(city: City) -> None:
    city.order("LAMP")
    city.settle()
    wave = planned(city)
    assert city.post("/v1/nodes/DC/waves", NIGHT).problem == "conflict"

    city.twice(f"/v1/waves/{wave['wave_id']}:dissolve")
    assert len(city.get("/v1/nodes/DC/waves")["waiting"]) == 1
    assert city.post(f"/v1/waves/{wave['wave_id']}:start").problem == "out-of-turn"

    again = planned(city)
    assert [tote["tote"] for tote in again["totes"]] == [1]


def test_a_parcel_loaded_elsewhere_while_its_manifest_closes_is_on_one_of_them(city: City) -> None:
    orders = six_orders(city)
    walked(city, planned(city))
    for tote in range(1, 7):
        manifest = packed_and_loaded(city, f"T{tote}")
    moved = {"work_id": manifest["loads"][0]["work_id"], "carrier": "dhl"}
    closing = f"/v1/manifests/{manifest['manifest_id']}:close"
    city.together(
        lambda: city.post(closing), lambda: city.post("/v1/nodes/DC/manifests:load", moved)
    )  # fmt: skip
    city.settle()

    found = city.get("/v1/nodes/DC/manifests")["manifests"]
    on = [(load["work_id"], each["state"]) for each in found for load in each["loads"]]
    states = dict(on)
    assert len(on) == len(states) == 6
    left = {"closed": {"dispatched"}, "open": {"packed"}}[states[moved["work_id"]]]
    (mine,) = [order for order in orders if order["order_id"] == manifest["loads"][0]["order_id"]]
    assert set(city.states(mine)) == left
    assert city.audit() == []


def planned_at_once(city: City, patch: pytest.MonkeyPatch) -> list[str]:
    """The work two waves are made of, by two who saw the same work waiting."""
    six_orders(city)
    both, look = threading.Barrier(2, timeout=20), floor.unwalked

    def look_together(*asked: Any) -> Any:
        found = look(*asked)
        both.wait()
        return found

    patch.setattr(floor, "unwalked", look_together)
    plans = city.together(*[lambda: city.post("/v1/nodes/DC/waves", {"orders_max": 6}) for _ in range(2)])
    return [tote["work_id"] for plan in plans if plan.status == 201 for tote in plan["totes"]]


def test_two_who_plan_at_once_never_walk_for_the_same_order(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    totes = planned_at_once(city, monkeypatch)

    assert len(totes) == len(set(totes)) == 6


def test_without_the_rows_own_word_both_walk_for_it(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    blind, guard, _ = floor.PUT_IN_TOTES_SQL.partition("WHERE fulfilment_totes.let_go")
    assert guard
    monkeypatch.setattr(floor, "PUT_IN_TOTES_SQL", blind)

    assert len(planned_at_once(city, monkeypatch)) == 12


def test_two_who_load_the_first_parcel_at_once_open_one_manifest(city: City, dc: Place) -> None:
    six_orders(city)
    walked(city, planned(city))
    works = [work for work in city.work_at(dc) if work["state"] == "picked"]
    for work in works:
        city.twice(f"/v1/work/{work['work_id']}:pack", {"packages": [{"tracking": work["work_id"]}]})

    loaded = city.together(
        *[
            lambda work=work: city.post(
                "/v1/nodes/DC/manifests:load", {"work_id": work["work_id"], "carrier": "ups"}
            )
            for work in works
        ]
    )

    assert {each.status for each in loaded} == {200}
    (manifest,) = city.get("/v1/nodes/DC/manifests")["manifests"]
    assert len(manifest["loads"]) == 6


def test_a_parcel_goes_to_another_carrier_until_one_has_it(city: City) -> None:
    city.order("LAMP")
    city.settle()
    walked(city, planned(city))
    first = packed_and_loaded(city, "LAMP")
    (work_id,) = [each["work_id"] for each in first["loads"]]
    other = city.twice("/v1/nodes/DC/manifests:load", {"work_id": work_id, "carrier": "dhl"})
    assert city.get(f"/v1/manifests/{first['manifest_id']}")["loads"] == []
    assert city.post(f"/v1/manifests/{first['manifest_id']}:close").problem == "conflict"
    city.twice(f"/v1/manifests/{other['manifest_id']}:take_off", {"work_id": work_id})
    city.twice("/v1/nodes/DC/manifests:load", {"work_id": work_id, "carrier": "dhl"})
    city.twice(f"/v1/manifests/{other['manifest_id']}:close")

    assert city.post("/v1/nodes/DC/manifests:load", {"work_id": work_id, "carrier": "ups"}).status == 409
    again = city.post(f"/v1/manifests/{other['manifest_id']}:take_off", {"work_id": work_id})
    assert again.problem == "out-of-turn"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/v1/nodes/DC/waves", {"orders_max": 0}, 422, "orders_max"),
        ("POST", "/v1/nodes/DC/waves", {"colour": "red"}, 422, "colour"),
        ("POST", "/v1/nodes/NOWHERE/waves", {}, 404, "node"),
        ("POST", "/v1/nodes/DC/waves", {"carrier": "nobody"}, 409, None),
        ("GET", "/v1/nodes/DC/bench?code=NOTHING", None, 404, "code"),
        ("GET", "/v1/nodes/DC/bench", None, 422, "code"),
        ("PUT", "/v1/nodes/DC/bins", {"bins": [{"item": "NONE", "bin": "A"}]}, 422, "bins.0.item"),
        ("POST", "/v1/nodes/DC/manifests:load", {"work_id": "x", "carrier": "ups"}, 422, "work_id"),
        ("POST", f"/v1/waves/{NOT_THERE}:start", None, 404, None),
        ("POST", f"/v1/manifests/{NOT_THERE}:close", None, 404, None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    city: City, method: str, path: str, body: Any, status: int, field: str | None
) -> None:
    answer = city.call(method, path, body)

    assert (answer.status, answer.body.get("field")) == (status, field), answer.body


def test_only_a_packed_parcel_is_loaded(city: City, dc: Place) -> None:
    city.order("LAMP")
    (work,) = city.work_at(dc)
    asked = {"work_id": work["work_id"], "carrier": "ups", "tracking": "T"}

    assert city.post("/v1/nodes/DC/manifests:load", asked).problem == "out-of-turn"
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 1}]})
    city.twice(f"/v1/work/{work['work_id']}:pack")
    assert city.post("/v1/nodes/DC/manifests:load", {**asked, "tracking": None})["field"] == "tracking"
    city.store("Waco")
    assert city.post("/v1/nodes/Waco/manifests:load", asked).status == 404


def test_the_floor_is_for_who_works_there(city: City) -> None:
    city.order("LAMP")
    city.settle()
    wave = planned(city)
    keys = {}
    for role, scope in (("warehouse", {"nodes": ("Waco",)}), ("cashier", {"nodes": ("Waco",)}),
                        ("vendor", {"vendors": ("V",)}), ("planner", {})):  # fmt: skip
        with city.database.transaction() as tx:
            somebody = Principal(market="main", name=role, roles=(role,), **scope)
            keys[role] = {"authorization": f"Bearer {auth.make_key(tx, somebody, city.clock.now())}"}
    at = f"/v1/waves/{wave['wave_id']}"
    asked = [
        ("GET", "/v1/nodes/DC/waves"), ("POST", "/v1/nodes/DC/waves"), ("GET", at), ("POST", f"{at}:start"),
        ("GET", "/v1/nodes/DC/bench?code=LAMP"), ("GET", "/v1/nodes/DC/manifests"),
        ("GET", "/v1/nodes/DC/bins?item=LAMP"), ("GET", "/v1/nodes/DC/expected"),
    ]  # fmt: skip

    found = {
        (role, method, path): city.call(method, path, **key).status
        for role, key in keys.items()
        for method, path in asked
        if (role, path) != ("planner", "/v1/nodes/DC/expected")
    }

    assert {way: status for way, status in found.items() if status != 403} == {}
