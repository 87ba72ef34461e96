"""A warehouse as the people there see it: a wave is planned, walked, packed at the bench, and collected."""

import re
from typing import Any

import pytest
from chromium import PHONE
from test_journeys_of_people import all_sent
from test_tower import signed_in
from web_town import Town, Visit

ADDRESS = {
    "lat": 32.7, "lon": -96.8, "postal_code": "75201", "country": "US", "name": "Ann", "street": "1 Elm",
    "city": "Dallas",
}  # fmt: skip


def orders_for_the_dc(town: Town) -> list[Any]:
    """Three orders that only the warehouse can serve whole."""
    wanted = ({"JAR": 12}, {"JAR": 11, "BOOT": 5}, {"BOOT": 6})
    shipped = {"method": "ship", "destination": ADDRESS}
    orders = [
        town.city.order(
            "", fulfilment=shipped, contact={"name": "Ann"}, external_id=f"W-{number}",
            lines=[{"item": item, "quantity": quantity} for item, quantity in each.items()],
        )
        for number, each in enumerate(wanted, start=1)
    ]  # fmt: skip
    town.city.settle()
    assert {work["state"] for work in town.city.work_at(town.dc)} == {"open"}
    return orders


def scan(page: Any, code: str) -> None:
    """Somebody at the bench scans something."""
    field = page.get_by_label("Scan a piece or a tote")
    field.fill(code)
    field.press("Enter")


def test_three_orders_are_walked_packed_and_collected(visit: Visit, town: Town) -> None:
    orders = orders_for_the_dc(town)
    page = visit("wen", "", PHONE)
    assert page.url.endswith("/warehouse/DC")

    page.get_by_role("button", name="Make a wave").click()
    page.get_by_role("button", name="Set out").click()
    page.get_by_role("heading", name="Place not known").wait_for()
    page.get_by_label("Scan or type a code").fill("20000000000034")
    page.get_by_label("Scan or type a code").press("Enter")
    page.get_by_text("Right: Larder Glass Storage Jar.").wait_for()
    assert page.locator(".tote").count() == 2
    page.get_by_role("button", name="All in, next").click()
    page.get_by_text("Ridgeway Leather Hiking Boots").first.wait_for()
    page.get_by_role("button", name="One less").last.click()
    page.get_by_role("button", name="Go on, 1 missing").click()
    page.get_by_role("button", name="Damaged").click()
    page.get_by_role("link", name="To the bench").click()
    all_sent(page)
    town.city.settle()
    assert town.city.states(orders[0]) == {"picked": 12}

    for tote in ("T1", "T2", "T3"):
        scan(page, tote)
        page.get_by_role("button", name="All of it is in").click()
        page.get_by_label("Weight in all").fill("9000")
        page.get_by_role("button", name="Packed").click()
        page.get_by_text("is packed and waits for").wait_for()
        page.locator("#on-bench").wait_for(state="detached")
    all_sent(page)
    page.get_by_role("link", name="Carriers").click()
    page.get_by_role("link", name="See and print it").click()
    assert page.locator("tbody tr").count() == 3
    assert "27.0 kg" in page.locator("dl").inner_text()
    page.get_by_role("link", name="Carriers").click()
    page.get_by_role("button", name="has collected it").click()
    page.get_by_text("Its parcels are on their way.").wait_for()
    all_sent(page)
    town.city.settle()

    assert sum(town.city.states(order).get("dispatched", 0) for order in orders) == 12 + 11 + 5 + 6 - 1
    assert town.city.audit() == []


def test_a_piece_tells_its_order_and_each_piece_is_checked(visit: Visit, town: Town) -> None:
    town.city.order("BOOT", 5, fulfilment={"method": "ship", "destination": ADDRESS})
    (work,) = town.city.work_at(town.dc)
    picked = {"lines": [{"line": 1, "quantity": 5}]}
    assert town.city.post(f"/v1/work/{work['work_id']}:pick", picked).status == 200
    page = visit("wen", "/warehouse/DC/bench", PHONE)

    scan(page, "LAMP")
    page.locator(".toast", has_text="Nothing that is picked here waits for LAMP").wait_for()
    scan(page, "BOOT")
    page.locator("output", has_text="1/5").wait_for()
    scan(page, "JAR")
    page.locator(".toast", has_text="JAR is not of this order").wait_for()
    assert page.get_by_role("button", name="Packed").is_disabled()
    for pieces in range(2, 6):
        scan(page, "BOOT")
        page.locator("output", has_text=f"{pieces}/5").wait_for()

    assert page.get_by_label("Weight in all").input_value() == "6500"
    page.get_by_role("button", name="Packed").click()
    label = page.get_by_role("link", name="Print the label").get_attribute("href")
    all_sent(page)
    page.goto(label)
    assert "1 Elm" in page.locator(".label-paper").inner_text()


def test_a_walk_goes_on_without_a_connection(visit: Visit, town: Town) -> None:
    order = orders_for_the_dc(town)[0]
    page = visit("wen", "", PHONE)
    page.get_by_role("button", name="Make a wave").click()
    page.get_by_role("button", name="Set out").wait_for()

    page.context.set_offline(True)
    page.get_by_role("button", name="Set out").click()
    for _ in range(2):
        page.get_by_role("button", name="All in, next").click()
    page.get_by_text("All stops are behind you.").wait_for()
    page.locator("#connection", has_text="No connection").wait_for()
    assert town.city.states(order) == {"released": 12}
    page.context.set_offline(False)
    all_sent(page)

    assert town.city.states(order) == {"picked": 12}


def test_a_lorry_is_taken_in_in_part_with_a_broken_piece(visit: Visit, town: Town) -> None:
    town.city.expect(town.dc, "JAR", 40, "PO-77")
    page = visit("wen", "/warehouse/DC/receive", PHONE)

    page.get_by_label("Good pieces").fill("0")
    page.get_by_role("button", name="Take it in").click()
    page.locator(".toast", has_text="Say how many pieces came.").wait_for()
    page.get_by_label("Good pieces").fill("30")
    page.get_by_label("Damaged pieces").fill("2")
    page.get_by_role("button", name="Take it in").click()
    page.get_by_text("What has not come stays on this list.").wait_for()
    all_sent(page)

    assert town.dc.stock("JAR") == {"on_hand": 130, "damaged": 2}
    page.reload()
    assert re.search(r"10 to come, 30 are here", page.locator("main").inner_text())
    assert town.city.audit() == []


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("wen", "/warehouse/AUSTIN", 403), ("ana", "/warehouse/DC", 403), ("vera", "/warehouse/DC", 403),
        ("sam", "/warehouse/DC", 403), ("wen", "/warehouse/DC", 200), ("omar", "/warehouse/NOWHERE", 404),
        ("omar", "/warehouse/DC/wave/0190b5a5-0000-7000-8000-000000000001", 404),
        ("omar", "/warehouse/DC/manifests/0190b5a5-0000-7000-8000-000000000001", 404),
        ("omar", "/warehouse/DC/manifests/x", 422),
    ],
)  # fmt: skip
def test_a_warehouse_is_for_who_works_there(town: Town, person: str, path: str, status: int) -> None:
    assert town.city.get(path, cookie=signed_in(town, person)).status == status
