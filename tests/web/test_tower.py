"""The control tower: what it shows is what is there, down to the orders, and it is for who may see all."""

import re

import pytest
from test_bad_forms import send
from web_town import Town, Visit, somebody

from anyshelf.doors.web.mapping import Somewhere, around, in_states, map_of
from anyshelf.doors.web.tower.figures import FIRST, OF_STOCK
from anyshelf.ground.auth import make_person
from anyshelf.insight.rules import kpis
from anyshelf.orders import service as orders
from anyshelf.orders.model import STATES


def nobody_takes_it_on(town: Town) -> str:
    """A pickup that nobody claims in time, of goods no other node has: somebody must call the store."""
    order = town.city.pick_up("LAMP", town.austin, 5, contact={"name": "Ann"}, external_id="W-LATE")
    town.city.settle()
    town.city.wait(minutes=250)
    return str(order["order_id"])


def test_a_click_on_a_number_of_the_flow_shows_as_many_orders(visit: Visit, town: Town) -> None:
    for _ in range(3):
        town.city.pick_up("JAR", town.austin)
    town.city.order("BOOT", 1)
    town.city.settle()
    page = visit("omar", "/tower")

    number = page.get_by_role("row", name=re.compile("Bopis")).get_by_role("link")
    assert number.inner_text() == "3"
    number.click()

    page.get_by_role("heading", name="Orders: bopis, in work").wait_for()
    assert page.locator("tbody tr").count() == 3


def test_the_tower_looks_again_when_something_happens(visit: Visit, town: Town) -> None:
    page = visit("omar", "/tower")
    page.locator("#pulse", has_text="live").wait_for()
    page.get_by_text("No order was placed in this time.").wait_for()

    town.city.pick_up("JAR", town.austin)
    town.city.settle()

    page.get_by_role("row", name=re.compile("Bopis")).wait_for()
    assert page.locator(".network circle.busy").count() == 1


def test_an_exception_is_closed_with_a_note_and_is_off_the_list(visit: Visit, town: Town) -> None:
    order_id = nobody_takes_it_on(town)
    page = visit("omar", "/tower")

    page.get_by_role("link", name="Not claimed").click()
    page.get_by_label("What was done about it").fill("Called the store: they are on it")
    page.get_by_role("button", name="Done").click()

    page.get_by_text("Not claimed at Austin is done").wait_for()
    page.get_by_text("Nothing waits for anybody.").wait_for()
    page.get_by_role("link", name="Seen to").click()
    assert "by omar: Called the store: they are on it" in page.locator("main").inner_text()
    page.get_by_role("link", name="Order", exact=True).first.click()
    assert page.url.endswith(order_id)


def test_one_of_two_sees_to_an_exception_and_undoes_what_was_too_quick(visit: Visit, town: Town) -> None:
    nobody_takes_it_on(town)
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("olga", "operations"))
    path = "/tower/exceptions?kind=not_claimed"
    omar, olga = visit("omar", path), visit("olga", path)

    omar.get_by_role("button", name="I see to it").click()
    omar.get_by_text("you see to it").wait_for()
    olga.reload()
    olga.get_by_text("omar sees to it").wait_for()
    assert not olga.get_by_label("What was done about it").is_visible()
    olga.get_by_role("button", name="Take it over").click()
    olga.get_by_role("link", name="Mine").click()
    olga.get_by_label("What was done about it").fill("called them")
    olga.get_by_role("button", name="Done").click()
    olga.get_by_text("Nothing waits for you").wait_for()

    olga.get_by_role("button", name="Undo").click()

    olga.get_by_text("Noted before: called them").wait_for()
    (still,) = town.city.get("/v1/exceptions?assigned_to=olga")["exceptions"]
    assert (still["state"], still["closed_at"]) == ("open", None)


def test_the_list_is_worked_by_keys_alone(visit: Visit, town: Town) -> None:
    nobody_takes_it_on(town)
    page = visit("omar", "/tower/exceptions")

    page.keyboard.press("j")
    page.keyboard.press("t")
    page.get_by_text("you see to it").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("called the store")
    page.keyboard.press("Enter")
    page.get_by_text("is done: called the store").wait_for()
    page.keyboard.press("u")

    page.get_by_text("Noted before: called the store").wait_for()


def test_exceptions_are_narrowed_to_a_node_and_to_what_was_done_by_itself(visit: Visit, town: Town) -> None:
    nobody_takes_it_on(town)
    page = visit("omar", "/tower/exceptions")

    page.get_by_label("Node").select_option("AUSTIN")
    page.wait_for_url("**node=AUSTIN**")
    there = town.city.get("/v1/exceptions?node=AUSTIN")["exceptions"]
    assert page.locator("ul[data-keys] > li").count() == len(there) > 0
    page.goto("/tower/exceptions?node=DALLAS")
    page.get_by_text("Nothing waits for anybody.").wait_for()
    page.goto("/tower/exceptions?state=by_itself")
    by_itself = town.city.get("/v1/exceptions?state=by_itself")["exceptions"]
    assert page.locator("ul[data-keys] > li").count() == len(by_itself)
    assert {each["closed_by"] for each in by_itself} <= {None}


def test_a_decision_is_drawn_with_who_was_chosen_and_who_was_not(visit: Visit, town: Town) -> None:
    order = town.city.order("BOOT", 1)
    town.city.settle()

    page = visit("omar", f"/tower/order/{order['order_id']}")

    assert "AUSTIN serves it" in page.locator("section[aria-label='Decision 1']").inner_text()
    assert page.locator(".decision .node-chosen").count() == 1
    assert page.locator(".decision .way").count() == 1
    assert page.locator(".decision .node-able, .decision .node-out").count() >= 1
    told = page.locator(".timeline").inner_text()
    assert told.index("Order placed") < told.index("Order released")


def test_goods_that_stay_where_they_were_chosen_are_explained_too(town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin)
    town.city.settle()

    page = town.city.get(f"/tower/order/{order['order_id']}").body.decode()

    assert "Why these nodes" in page
    assert "No node could serve it" not in page


@pytest.mark.parametrize("person", ["ana", "dan", "wen", "vera", "sam"])
@pytest.mark.parametrize(
    "path", ["/tower", "/tower/orders", "/tower/exceptions", "/tower/live", "/tower/find", "/tower/stock"]
)
def test_who_works_for_some_of_it_is_kept_out(town: Town, person: str, path: str) -> None:
    answer = town.city.get(path, cookie=signed_in(town, person))

    assert answer.status == 403, answer.body


def test_an_associate_closes_no_exception_from_the_tower(town: Town) -> None:
    nobody_takes_it_on(town)
    before = town.city.get("/v1/exceptions")["exceptions"]
    assert before

    answer = send(
        town,
        f"/tower/exceptions/{before[0]['exception_id']}/close",
        {"note": "x"},
        cookie=signed_in(town, "ana"),
    )

    assert answer.status == 403
    assert town.city.get("/v1/exceptions")["exceptions"] == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tower/behind/fill_rate?node=AUSTIN", 422), ("/tower/behind/fill_rate?day=2026-99-99", 422),
        ("/tower/behind/fill_rate?day=x", 422), ("/tower/figures?by=moon", 422), ("/tower/stock?days=x", 422),
        ("/tower/behind/days_of_supply", 404), ("/tower?days=0", 422),
        ("/tower?days=x", 422), ("/tower/behind/nothing", 404),
        ("/tower/orders?stage=nowhere", 404), ("/tower/orders?node=NOWHERE", 404),
        ("/tower/orders?before=x", 422), ("/tower/exceptions?state=lost", 422),
        ("/tower/exceptions?node=NOWHERE", 404),
        ("/tower/exceptions?closed=0190b5a5-0000-7000-8000-000000000001", 404),
        ("/tower/order/0190b5a5-0000-7000-8000-000000000001/change", 404), ("/tower/policies/nobodys", 404),
        ("/tower/order/0190b5a5-0000-7000-8000-000000000001", 404),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(town: Town, path: str, status: int) -> None:
    assert town.city.get(path).status == status


def signed_in(town: Town, person: str) -> str:
    """The session cookie of one of the demo's people."""
    answer = send(town, "/sign-in/as", {"person": person})
    assert answer.status == 303, answer.body
    return next(value for name, value in answer.headers.items() if name.lower() == "set-cookie").split(";")[0]


def test_every_state_stands_for_one_stage() -> None:
    assert sorted(state for states in orders.STAGES.values() for state in states) == sorted(STATES)


def test_every_figure_of_the_tower_is_one_of_insights_and_leads_to_what_is_behind_it(town: Town) -> None:
    assert {*FIRST, *OF_STOCK} <= {kpi.name for kpi in kpis.ALL}
    for name in FIRST:
        assert town.city.get(f"/tower/behind/{name}").status == 200, name


def test_a_figure_of_a_channel_leads_to_its_own_orders(visit: Visit, town: Town) -> None:
    town.city.pick_up("JAR", town.austin, external_id="W-1")
    town.city.carry_out("JAR", town.austin, external_id="T-1")
    town.city.settle()
    page = visit("omar", "/tower")
    page.get_by_role("link", name="Compare").click()

    row = page.get_by_role("row", name=re.compile("^till"))
    row.get_by_role("link", name="1", exact=True).first.click()

    page.get_by_role("heading", name="Orders: all of them (till)").wait_for()
    assert page.locator("tbody a").all_inner_texts() == ["T-1"]


def test_the_figures_of_stock_lead_to_items_and_counts(visit: Visit, town: Town) -> None:
    town.city.pick_up("JAR", town.austin, 2)
    count = {"kind": "count", "node": "AUSTIN", "item": "LAMP", "quantity": 4, "reference": "C-1"}
    assert town.city.post("/v1/inventory/moves", {"moves": [count]}).status < 300
    town.city.settle()
    page = visit("omar", "/tower")

    page.get_by_role("link", name="Inventory accuracy").click()

    page.get_by_role("heading", name="Counts that found something else").wait_for()
    counted = page.locator("section[aria-labelledby=counts] tbody td").all_inner_texts()
    assert counted[:4] == ["LAMP", "AUSTIN", "5", "4"]
    assert "Larder Glass Storage Jar" in page.locator("section[aria-labelledby=out]").inner_text()


@pytest.mark.parametrize(
    ("lat", "lon", "x", "y"),
    [(40.7128, -74.006, 870, 216), (34.0522, -118.2437, 87, 363), (25.7617, -80.1918, 823, 573),
     (61.2181, -149.9003, 112, 544), (21.3069, -157.8583, 267, 549)],
    ids=["New York", "Los Angeles", "Miami", "Anchorage", "Honolulu"],
)  # fmt: skip
def test_cities_stand_where_the_outline_has_them(lat: float, lon: float, x: float, y: float) -> None:
    assert in_states(Somewhere(lat=lat, lon=lon)) == pytest.approx((x, y), abs=1)


def test_another_network_fills_its_picture_with_north_on_top() -> None:
    north, south = Somewhere(lat=60, lon=10), Somewhere(lat=45, lon=20)

    drawn = map_of([north, south], country="DE")

    assert drawn.outline == ""
    assert drawn.project(north)[1] == pytest.approx(40)
    assert drawn.project(south)[1] == pytest.approx(570)


def test_a_view_holds_all_its_spots() -> None:
    view = around([(100, 100), (500, 300)])

    assert (view.left < 100, view.left + view.width > 500) == (True, True)
    assert (view.top < 100, view.top + view.height > 300) == (True, True)
