"""The known failures of others do not happen here, one story each; where it can be done, without the guard
they do.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from town import Town
from typer.testing import CliRunner

from anyshelf.inventory import rules, store
from anyshelf.main import app, running
from city import City, Place, serving
from people import People

SHOPPERS = 400
STOCK = 100
SERVERS = 4


# Check and reserve in different transactions


def rush(city: City) -> Counter[tuple[int, str]]:
    """Four hundred shoppers want one lamp each at the same moment; five stores have twenty each.

    They come to four servers on one database: each takes in together what comes to it.
    """
    for number in range(5):
        city.store(f"Shop {number}").has("LAMP", STOCK // 5)
    with ExitStack() as others:
        servers = [others.enter_context(serving(city.database, city.clock)) for _ in range(SERVERS)]
        shoppers = [partial(servers[number % SERVERS].order, "LAMP") for number in range(SHOPPERS)]
        answers = city.together(*shoppers)
    return Counter((answer.status, answer.problem if answer.status != 201 else "") for answer in answers)


def claimed(city: City) -> int:
    return sum(position["reserved"] for position in city.positions("LAMP").values())


def test_four_hundred_at_once_buy_exactly_the_hundred_there_are(city: City) -> None:
    """medusa#16569, vendure#3508, magento/inventory#3036: looked at in one step, taken in another."""
    assert rush(city) == {(201, ""): STOCK, (409, "shortage"): SHOPPERS - STOCK}
    assert claimed(city) == STOCK
    assert city.audit() == []


def test_without_the_guards_the_same_four_hundred_buy_more_than_there_is(
    city: City, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: looking without the row lock, as medusa#16569 does, oversells the same race."""
    take_the_guards_away(database_url, monkeypatch)
    assert rush(city)[201, ""] > STOCK
    assert claimed(city) > STOCK


def take_the_guards_away(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a constraint nor a lock: who has looked waits until others have looked as well."""
    with psycopg.connect(database_url) as owner:
        owner.execute("ALTER TABLE inventory_positions DROP CONSTRAINT never_oversold")
    without_lock = store.LOCK_POSITIONS_SQL.replace("FOR UPDATE OF p", "")
    monkeypatch.setattr(store, "LOCK_POSITIONS_SQL", without_lock)
    others_looked = threading.Barrier(SERVERS)
    decided: Callable[..., Any] = rules.granted

    def looked(*given: Any) -> Any:
        found = decided(*given)
        with suppress(threading.BrokenBarrierError):  # of the last ones, for whom nobody else is coming
            others_looked.wait(timeout=2)
        return found

    monkeypatch.setattr(rules, "granted", looked)


def test_the_one_who_lost_the_race_has_not_paid(city: City) -> None:
    """vendure#3065: the slower of two shoppers is charged for the last one and gets no order."""
    lamp = city.store("Austin").has("LAMP", 1)
    answers = city.together(*[lambda: city.order(lamp) for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    with city.database.transaction() as tx:
        paid = tx.execute("SELECT order_id::text, authorised_minor FROM payments").fetchall()
    assert paid == [(next(answer["order_id"] for answer in answers if answer.status == 201), 2500)]
    assert city.audit() == []


def test_a_promise_is_no_way_around_the_stock(town: Town) -> None:
    """vendure#1738: what was put aside in a cart is sold out, and can still be bought."""
    shop = town.shop()
    lamp = town.thing({shop: 2})
    basket = {"channel": "web", "lines": [{"item": lamp, "quantity": 2}], "stores": [shop.name]}
    (option,) = town.city.post("/v1/promises", basket)["options"]
    assert town.order((lamp, 1)).status == 201
    late = town.city.pick_up(lamp, shop, 2, option_id=option["option_id"])
    assert (late.status, late.problem, late["lines"][0]["available"]) == (409, "shortage", 1)


# The same thing on two lines of one order


def test_the_same_thing_on_two_lines_is_placed_where_there_is_enough(town: Town) -> None:
    """medusa#11403: two lines of the same stock fail together although there is enough."""
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 1), (lamp, 2))
    assert order.status == 201
    assert shop.stock(lamp) == {"on_hand": 3, "reserved": 3}
    town.people.see_through(order)
    assert town.city.states(order) == {"delivered": 3}


@pytest.mark.parametrize(("stock", "short"), [
    pytest.param(3, [(2, 2, 1)], id="the-second-does-not-fit"),
    pytest.param(1, [(1, 2, 1), (2, 2, 0)], id="neither-fits"),
])  # fmt: skip
def test_the_same_thing_on_two_lines_is_added_up(
    town: Town, stock: int, short: list[tuple[int, int, int]]
) -> None:
    """medusa#16502, vendure#2702: each line is checked by itself against the same stock, and both pass."""
    shop = town.shop()
    lamp = town.thing({shop: stock})
    refused = town.order((lamp, 2), (lamp, 2))
    assert (refused.status, refused.problem) == (409, "shortage")
    assert [(line["line"], line["wanted"], line["available"]) for line in refused["lines"]] == short
    assert shop.stock(lamp) == {"on_hand": stock}


def test_more_of_one_line_is_weighed_with_the_other_line(town: Town) -> None:
    """vendure#2736: raising one of two lines of the same thing goes past the stock."""
    lamp = town.thing({town.shop(): 2})
    order = town.order((lamp, 1), (lamp, 1))
    refused = town.change(order, lines=[{"line": 1, "quantity": 2}], payment={"provider": "cash"})
    assert (refused.status, refused.problem) == (409, "shortage")
    assert town.city.states(order) == {"released": 2}


def test_cancelling_one_of_two_lines_of_the_same_thing_leaves_the_other(town: Town) -> None:
    """medusa#12503: giving back one line's claim takes the other line's along."""
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 1), (lamp, 2))
    town.city.settle()
    assert town.cancel(order, {1: 1}).status == 200
    assert [line["states"] for line in town.city.show(order)["lines"]] == [{"cancelled": 1}, {"released": 2}]
    assert shop.stock(lamp) == {"on_hand": 3, "allocated": 2}


# Bundles


def test_two_kits_that_share_a_part_are_weighed_together(town: Town) -> None:
    """medusa#16502: a batch of bundles is checked bundle by bundle, and their common part is oversold."""
    shop = town.shop()
    bulb, lamp, torch = town.thing({shop: 3}), town.thing({shop: 9}), town.thing({shop: 9})
    one, other = town.kit({bulb: 1, lamp: 1}), town.kit({bulb: 2, torch: 1})
    refused = town.order((one, 2), (other, 1))
    assert (refused.status, refused.problem) == (409, "shortage")
    assert {line["item"] for line in refused["lines"]} == {bulb}
    assert {place.stock(item)["on_hand"] for place, item in ((shop, lamp), (shop, torch))} == {9}
    assert town.order((one, 1), (other, 1)).status == 201
    assert shop.stock(bulb) == {"on_hand": 3, "reserved": 3}


def test_a_kit_and_its_own_part_in_one_order_do_not_share_a_unit(town: Town) -> None:
    """medusa#11403: an order of a bundle and of what is in it."""
    shop = town.shop()
    bulb, lamp = town.thing({shop: 2}), town.thing({shop: 2})
    kit = town.kit({bulb: 1, lamp: 1})
    assert town.order((kit, 2), (bulb, 1)).problem == "shortage"
    order = town.order((kit, 1), (bulb, 1))
    town.people.see_through(order)
    assert town.city.states(order) == {"delivered": 3}
    assert (shop.stock(bulb), shop.stock(lamp)) == ({}, {"on_hand": 1})


def test_cancelling_a_kit_gives_back_its_own_parts_and_no_others(town: Town) -> None:
    """medusa#12503: a cancelled bundle recreates the claims of its neighbour's shared part."""
    shop = town.shop()
    bulb, lamp = town.thing({shop: 5}), town.thing({shop: 5})
    kit = town.kit({bulb: 2, lamp: 1})
    order = town.order((kit, 1), (bulb, 1))
    town.city.settle()
    part = next(line["line"] for line in town.city.show(order)["lines"] if line["item"] == lamp)
    assert town.cancel(order, {part: 1}).status == 200
    assert town.city.states(order) == {"cancelled": 3, "released": 1}
    assert (shop.stock(bulb), shop.stock(lamp)) == ({"on_hand": 5, "allocated": 1}, {"on_hand": 5})


# The place changes between the reservation and the work


def test_each_line_is_taken_from_where_it_lies(town: Town) -> None:
    """medusa#15132: a cart of things from two places fails, because the first place is asked for both."""
    here, there = town.shop(), town.dc()
    lamp, vase = town.thing({here: 1}), town.thing({there: 1})
    order = town.order((lamp, 1), (vase, 1))
    assert order.status == 201
    assert town.where(order) == {here.name: 1, there.name: 1}


def test_one_line_that_no_place_has_whole_is_reserved_where_its_units_are(town: Town) -> None:
    """medusa#14987, solidus#583: the sum of all places is promised, and one place is asked for all of it."""
    here, there = town.shop(), town.shop()
    lamp = town.thing({here: 2, there: 1})
    order = town.order((lamp, 3))
    assert (here.stock(lamp)["reserved"], there.stock(lamp)["reserved"]) == (2, 1)
    assert town.where(order) == {here.name: 2, there.name: 1}


def test_the_node_that_reserved_is_the_node_that_picks_and_sends(town: Town) -> None:
    """medusa#16338: work is made at the place a shipping option names, not where the goods are claimed."""
    here, there = town.shop(), town.dc()
    lamp = town.thing({here: 1})
    order = town.order((lamp, 1))
    town.thing({there: 5})
    assert (town.where(order, "sourced", "released"), list(town.work(order))) == ({here.name: 1}, [here.name])
    town.ship(order)
    assert [shipment["node"] for shipment in town.shipments(order)] == [here.name]
    assert here.stock(lamp) == {}


@pytest.mark.parametrize("mishap", ["rejected", "short", "unclaimed"])
def test_when_the_place_changes_claim_and_work_move_together(town: Town, mishap: str) -> None:
    """medusa#16338, magento/inventory#3374: units leave one place, the reservation stays at the other."""
    here, there = town.shop(), town.dc()
    lamp = town.thing({here: 1})
    order = town.order((lamp, 1))
    there.has(lamp, 4)
    ((work,),) = town.work(order).values()
    if mishap == "rejected":
        town.city.post(f"/v1/work/{work['work_id']}:reject", {"reason": "too busy"})
    elif mishap == "short":
        town.pick(work, {1: 0})
    else:
        town.city.wait(hours=5)
    assert list(town.work(order)) == [there.name]
    assert there.stock(lamp) == {"on_hand": 4, "allocated": 1}
    assert here.stock(lamp) == ({} if mishap == "short" else {"on_hand": 1})
    town.people.see_through(order)
    assert (town.city.states(order), there.stock(lamp)) == ({"delivered": 1}, {"on_hand": 3})


def test_an_order_can_be_worked_on_when_all_stock_is_reserved(town: Town) -> None:
    """medusa#6500: with every unit reserved nothing is left, not even for the orders that reserved it."""
    shop = town.shop()
    lamp = town.thing({shop: 2})
    orders = [town.order((lamp, 1)) for _ in range(2)]
    assert town.available(lamp) == 0
    for order in orders:
        town.people.see_through(order)
    assert (shop.stock(lamp), town.available(lamp)) == ({}, 0)


# Cancelled after it was sent


@pytest.mark.parametrize("standing", ["dispatched", "delivered"])
def test_what_was_sent_cannot_be_cancelled_and_no_stock_appears(town: Town, standing: str) -> None:
    """magento2#21517, medusa#11131: cancelling a shipped order moves stock that is not there any more."""
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 2))
    town.people.see_through(order, until=standing)
    before = (shop.stock(lamp), town.city.money(order))
    for lines in (None, {1: 1}):
        refused = town.cancel(order, lines)
        assert (refused.status, refused.problem) == (409, "out-of-turn")
    assert (shop.stock(lamp), town.city.money(order)) == before
    assert before[0] == {"on_hand": 1}


def test_an_order_cancelled_twice_gives_its_stock_back_once(town: Town) -> None:
    """reaction#3678: cancelling again takes or gives the stock again."""
    shop = town.shop()
    lamp = town.thing({shop: 2})
    order = town.order((lamp, 2))
    answers = town.city.together(*[lambda: town.cancel(order) for _ in range(4)])
    assert {answer.status for answer in answers} == {200}
    assert shop.stock(lamp) == {"on_hand": 2}
    assert town.city.money(order)["voided"] == "50.00"


# Returns


@pytest.mark.parametrize("kind", ["the-shop-that-sold-it", "another-shop", "a-warehouse", "a-hub"])
def test_goods_come_back_to_whichever_node_they_are_brought_to(town: Town, kind: str) -> None:
    """magento/inventory#2343, #3109, spree#4324: returns always go back to where the goods came from."""
    sold_by = town.shop()
    desks: dict[str, Callable[[], Place]] = {
        "the-shop-that-sold-it": lambda: sold_by, "another-shop": town.shop, "a-warehouse": town.dc,
        "a-hub": town.hub,
    }  # fmt: skip
    lamp = town.thing({sold_by: 2})
    order = town.delivered((lamp, 2))
    desk = desks[kind]()
    done = town.give_back(order, 1, at=desk)
    assert (done.status, done["state"]) == (200, "settled")
    assert [receipt["node"] for receipt in done["receipts"]] == [desk.name]
    assert desk.stock(lamp) == {"on_hand": 1}


def test_goods_meant_for_one_node_may_be_brought_to_another(town: Town) -> None:
    """magento/inventory#3109: where a return goes is settled before anybody knows where it is brought."""
    shop, other = town.shop(), town.shop()
    lamp = town.thing({shop: 1})
    order = town.delivered((lamp, 1))
    back = town.ask_back(order, 1, at=shop.name)
    assert town.bring(back, (1, "new"), at=other.name).status == 200
    assert (shop.stock(lamp), other.stock(lamp)) == ({}, {"on_hand": 1})


def test_goods_are_received_today_and_paid_back_tomorrow(town: Town) -> None:
    """medusa#4052: a return cannot be received without refunding it."""
    shop = town.shop()
    lamp = town.thing({shop: 2})
    order = town.delivered((lamp, 2))
    back = town.ask_back(order, 2, at=shop.name)
    received = town.bring(back, (2, "new"), at=shop.name, refund=False)
    assert (received["state"], received["refund_waits"]) == ("received", True)
    assert (shop.stock(lamp), town.city.money(order)["refunded"]) == ({"on_hand": 2}, "0.00")
    for _ in range(2):
        settled = town.city.post(f"/v1/returns/{back['return_id']}:settle")
        assert (settled.status, settled["state"]) == (200, "settled")
    assert town.city.money(order)["refunded"] == "50.00"


def test_several_returns_of_one_payment_add_up(town: Town) -> None:
    """medusa#13433: more than one return of an order makes its sums wrong."""
    shop = town.shop()
    lamp = town.thing({shop: 3}, price=333)
    order = town.delivered((lamp, 3))
    for refunded in ("3.33", "6.66", "9.99"):
        town.give_back(order, 1, at=shop)
        assert town.city.money(order)["refunded"] == refunded
    assert town.ask_back(order, 1, at=shop.name).status == 409


# A hold that locks out its own owner


def test_who_has_the_last_one_kept_may_ask_for_it_again(town: Town) -> None:
    """woocommerce#67354: for days a shopper cannot have the last unit, for it is reserved - for them."""
    shop = town.shop()
    lamp = town.thing({shop: 1})
    orders = [town.city.reserve(lamp, shop, customer="own hold") for _ in range(3)]
    assert [order.status for order in orders] == [201, 201, 201]
    assert [town.city.states(order) for order in orders] == [
        {"cancelled": 1},
        {"cancelled": 1},
        {"released": 1},
    ]
    assert town.city.reserve(lamp, shop, customer="somebody else").problem == "shortage"
    assert shop.stock(lamp) == {"on_hand": 1, "allocated": 1}


def test_a_payment_that_failed_leaves_nothing_that_blocks_the_next_try(town: Town) -> None:
    """woocommerce#67354: an abandoned payment keeps the last unit from the shopper who abandoned it."""
    lamp = town.thing({town.shop(): 1})
    declined = town.order((lamp, 1), payment={"provider": "test", "token": "tok_decline"})
    silent = town.order((lamp, 1), payment={"provider": "test", "token": "tok_timeout"})
    assert (declined.status, silent.status) == (402, 503)
    assert town.available(lamp) == 1
    assert town.order((lamp, 1)).status == 201


# Drift


@pytest.mark.parametrize(("drift", "where", "left"), [
    pytest.param("on_hand = on_hand + 3", "on_hand", 8, id="more-on-hand"),
    pytest.param("on_hand = on_hand - 1", "on_hand", 4, id="less-on-hand"),
    pytest.param("reserved = reserved + 1", "reserved", 5, id="a-reservation-of-nobody"),
    pytest.param("reserved = reserved - 1", "reserved", 5, id="a-reservation-lost"),
    pytest.param("allocated = allocated + 1", "allocated", 5, id="an-allocation-of-nobody"),
    pytest.param("allocated = allocated - 1", "allocated", 5, id="an-allocation-lost"),
])  # fmt: skip
def test_drift_is_found_and_mended_by_moves(
    city: City, people: People, database_url: str, monkeypatch: pytest.MonkeyPatch,
    drift: str, where: str, left: int,
) -> None:  # fmt: skip
    """medusa#12401, magento/inventory#3153, #2522, saleor#5334: figures part, and no tool mends them."""
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 9)
    worked_on = city.order(lamp, 2)
    city.settle()
    held = city.order(lamp, 2, hold=True)
    with psycopg.connect(database_url) as owner:
        owner.execute(f"UPDATE inventory_positions SET {drift}".encode())  # noqa: S608  one of the six
    before = city.ledger()
    monkeypatch.setattr(running, "start_log", lambda _level: None)

    def audit(*words: str) -> tuple[int, list[dict[str, Any]]]:
        settings = {"ANYSHELF_DATABASE_URL": database_url, "ANYSHELF_LOG_LEVEL": "error"}
        told = CliRunner().invoke(app, ["audit", "--json", *words], env=settings)
        return told.exit_code, json.loads(told.stdout)["findings"]

    code, found = audit()
    assert (code, [(each["room"], each["what"].split()[0]) for each in found]) == (1, [("inventory", where)])
    assert audit("--repair") == (0, [])
    assert set(before) < set(city.ledger()), "moves were added, none was changed"
    city.post(f"/v1/orders/{held['order_id']}:release")
    people.see_through(held)
    people.see_through(worked_on)
    assert (city.states(held), city.states(worked_on)) == ({"delivered": 2}, {"delivered": 2})
    assert shop.stock(lamp) == {"on_hand": left}
    assert city.audit() == []
