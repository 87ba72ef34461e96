"""The control tower: what it shows is what is there, down to the orders, and it is for who may see all."""

import re

import pytest
from test_bad_forms import send
from web_town import Town, Visit

from anyshelf.doors.web.mapping import Somewhere, around, in_states, map_of
from anyshelf.doors.web.tower.figures import FIGURES
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
    page.get_by_role("button", name="Close").click()
    page.wait_for_url("**/tower/exceptions")

    assert "Not claimed" not in page.locator("main").inner_text()
    page.get_by_role("link", name="Closed").click()
    assert "by omar: Called the store: they are on it" in page.locator("main").inner_text()
    page.get_by_role("link", name="Order", exact=True).first.click()
    assert page.url.endswith(order_id)


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


@pytest.mark.parametrize("person", ["ana", "dan", "wen", "vera", "sam"])
@pytest.mark.parametrize("path", ["/tower", "/tower/orders", "/tower/exceptions", "/tower/live"])
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
        ("/tower?days=0", 422), ("/tower?days=x", 422), ("/tower/behind/nothing", 404),
        ("/tower/orders?stage=nowhere", 404), ("/tower/orders?node=NOWHERE", 404),
        ("/tower/orders?before=x", 422), ("/tower/exceptions?state=lost", 422),
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


def test_every_figure_of_the_tower_is_one_of_insights() -> None:
    assert {each.name for each in FIGURES} <= {kpi.name for kpi in kpis.ALL}


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
