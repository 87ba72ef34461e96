"""Which ways stand first, and what could be had instead of what is not to be had."""

from datetime import UTC, datetime

import pytest

from anyshelf.ground.ids import new_id
from anyshelf.insight.rules import choosing, instead, personal
from anyshelf.promising.model import Liking, Option
from anyshelf.promising.rules import likely_first
from city import HOME, MARKET, City, Place
from visitors import look_back

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def option(method: str, node: str | None = None) -> Option:
    return Option(
        option_id="", method=method, speed="standard", node=node, arrives_from=NOON, arrives_by=NOON,
        currency="USD", fee_minor=0, cost_minor=0, confidence=0.9, shipments=(),
    )  # fmt: skip


WAYS = [option("ship"), option("pickup", "Near"), option("reserve", "Near"), option("pickup", "Far")]


def test_the_likeliest_method_stands_first_and_in_it_the_preferred_store() -> None:
    liking = Liking(methods={"pickup": 0.7, "ship": 0.3}, stores={"Far": 0.9, "Near": 0.1})

    told = [(each.method, each.node) for each in likely_first(WAYS, liking)]

    assert told == [("pickup", "Far"), ("pickup", "Near"), ("ship", None), ("reserve", "Near")]


def test_where_nothing_is_known_ways_stay_as_they_were() -> None:
    assert likely_first(WAYS, None) == WAYS
    assert likely_first(WAYS, Liking(methods={}, stores={})) == WAYS


def test_one_order_does_not_outweigh_what_everybody_does_and_ten_do() -> None:
    everybody = {"ship": 90, "pickup": 10}

    once = choosing.method_shares(["pickup"], everybody)
    often = choosing.method_shares(["pickup"] * 10, everybody)

    assert once["ship"] > once["pickup"]
    assert often["pickup"] > often["ship"]
    assert sum(often.values()) == pytest.approx(1)
    assert choosing.method_shares([], {}) == {}
    assert choosing.store_shares(["A", "A", "B", ""]) == {
        "A": pytest.approx(2 / 3),
        "B": pytest.approx(1 / 3),
    }


# Through the quote


def quoted(city: City, customer: str | None) -> list[tuple[str, str | None]]:
    body = {"channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "destination": HOME}
    answer = city.post("/v1/promises", {**body, **({"customer": customer} if customer else {})})
    assert answer.status == 201, answer.body
    return [(each["method"], each.get("node")) for each in answer["options"]]


def two_shops(city: City) -> tuple[Place, Place]:
    near, far = city.store("Near"), city.store("Far", lat=30.5, lon=-97.7)
    for shop in (near, far):
        shop.has("LAMP", 60)
    return near, far


def somebody_who_fetches(city: City, at: Place, *, held_out: bool) -> str:
    """A customer who has fetched five orders at a store, in the group that is asked for."""
    while True:
        customer = f"c-{new_id()}"
        for _ in range(5):
            assert city.pick_up("LAMP", at, customer=customer).status == 201
        city.settle()
        whose = city.post("/v1/people:find", {"kind": "account", "value": customer})["person"]
        if personal.held_out(MARKET, whose) == held_out:
            return customer


def test_a_quote_tells_a_customer_their_likely_ways_first(city: City) -> None:
    _, far = two_shops(city)
    usual = quoted(city, None)
    customer = somebody_who_fetches(city, far, held_out=False)

    told = quoted(city, customer)

    assert usual[0][0] == "ship"
    assert told[0] == ("pickup", "Far")
    assert sorted(map(str, told)) == sorted(map(str, usual)), "the same ways, in another order"
    assert quoted(city, None) == usual


def test_who_is_held_out_sees_the_usual_order_and_both_are_counted(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, far = two_shops(city)
    usual = quoted(city, None)
    shown = somebody_who_fetches(city, far, held_out=False)
    monkeypatch.setattr(personal, "HELD_OUT_OF", 1)
    held = f"c-{new_id()}"
    city.pick_up("LAMP", far, customer=held)
    city.settle()

    assert quoted(city, held) == usual
    monkeypatch.undo()
    quoted(city, shown)
    city.clock.wait(days=1)

    lift = city.get("/v1/insight/lift?of=ways")
    assert (lift["of"], lift["shown"]["people"], lift["held_out"]["people"]) == ("ways", 1, 1)
    assert city.get("/v1/insight/lift")["shown"]["people"] == 0


def test_a_quote_asked_twice_under_one_key_is_told_the_same_though_habits_have_changed(city: City) -> None:
    near, far = two_shops(city)
    customer = somebody_who_fetches(city, far, held_out=False)
    body = {
        "channel": "web", "customer": customer, "lines": [{"item": "LAMP", "quantity": 1}],
        "destination": HOME,
    }  # fmt: skip

    first = city.post("/v1/promises", body, key="q1")
    for _ in range(9):
        city.pick_up("LAMP", near, customer=customer)
    city.settle()
    again, anew = city.post("/v1/promises", body, key="q1"), city.post("/v1/promises", body)

    assert first["options"][0]["node"] == "Far"
    assert again.body == first.body
    assert anew["options"][0]["node"] == "Near"


def test_a_stranger_named_in_a_quote_is_served_as_everybody(city: City) -> None:
    two_shops(city)

    assert quoted(city, "nobody-we-know")[0][0] == "ship"
    assert city.post("/v1/promises", {"channel": "web", "lines": [], "customer": ""}).status == 422


# Instead of what is not to be had


def good(item: str, name: str, price: int = 5000, category: str = "lamps") -> instead.Good:
    return instead.Good(item=item, name=name, category=category, price_minor=price)


LAMP = good("L1", "Halden Brass Table Lamp")


def test_what_is_alike_in_kind_and_price_stands_in() -> None:
    others = [
        good("L2", "Nordby Steel Table Lamp"), good("L3", "Nordby Steel Table Lamp", 40_000),
        good("L4", "Oslo Ceiling Light"), good("B1", "Brass Table Lamp", category="books"), LAMP,
    ]  # fmt: skip

    assert instead.alike(LAMP, others, popular={}, beside={}) == ["L2", "L4", "L3"]


def test_what_is_bought_with_it_is_no_substitute_and_what_is_popular_goes_first() -> None:
    others = [good("L2", "Steel Table Lamp"), good("L3", "Glass Table Lamp")]

    assert instead.alike(LAMP, others, popular={"L3": 0.4, "L2": 0.1}, beside={}) == ["L3", "L2"]
    assert instead.alike(LAMP, others, popular={}, beside={"L2": 0.9}) == ["L3"]


def test_substitutes_lie_on_a_shelf_near_the_shopper(city: City) -> None:
    near, far = city.store("Near"), city.store("Far", lat=45.0, lon=-90.0)
    city_goods(city, {"TABLE LAMP A": near, "TABLE LAMP B": near, "TABLE LAMP C": far})

    everywhere = city.get("/v1/items/TABLE%20LAMP%20A/substitutes")["substitutes"]
    here = city.get("/v1/items/TABLE%20LAMP%20A/substitutes?near=30.3,-97.7")["substitutes"]

    assert {each["item"] for each in everywhere} == {"TABLE LAMP B", "TABLE LAMP C"}
    assert [(each["item"], each["nodes"]) for each in here] == [("TABLE LAMP B", ["Near"])]
    assert city.get("/v1/items/NOTHING/substitutes").status == 404
    assert city.get("/v1/items/TABLE%20LAMP%20A/substitutes?near=91,0").status == 422
    assert city.get("/v1/items/TABLE%20LAMP%20A/substitutes?near=x").status == 422


def city_goods(city: City, there: dict[str, Place]) -> None:
    """Goods of one shelf, each at one place."""
    for item, place in there.items():
        place.has(item, 5)
    with city.database.transaction() as tx:
        tx.execute("UPDATE items SET category = 'lamps'")
    look_back(city)
