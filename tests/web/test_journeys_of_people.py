"""Journeys as the people in them see them: one orders in one window, another works in the next."""

import re
from typing import Any

from chromium import PHONE
from web_town import Town, Visit

from people import People


def put_in_basket(page: Any, item: str, way: str) -> None:
    """The shopper chooses an item and one of its ways."""
    page.goto(f"/item/{item}")
    page.locator(f'input[name=way][value="{way}"]').check()
    page.get_by_role("button", name="Put in the basket").click()
    page.wait_for_url("**/basket")


def check_out(page: Any, name: str = "Sam Taylor") -> str:
    """The shopper orders what is in the basket; returns the order's number."""
    page.goto("/checkout")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill("sam@example.com")
    if page.get_by_label("Street").count():
        page.get_by_label("Street").fill("1 Congress Avenue")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url(re.compile(r"/order/.+"))
    return str(page.locator("h1").inner_text()).removeprefix("Order ")


def find_everything(page: Any) -> None:
    """The associate finds all of it, and says so."""
    page.locator(".pick").first.wait_for()
    for line in page.locator(".pick").all():
        while True:
            found, wanted = line.locator("output").inner_text().split("/")
            if found == wanted:
                break
            line.get_by_role("button", name="One more").click()
    page.get_by_role("button", name=re.compile("^Done")).click()


def all_sent(page: Any) -> None:
    """Nothing that was done on this phone waits to be sent any more."""
    page.locator('#connection[data-waiting="0"]').wait_for(state="attached")


def stage_of(page: Any) -> str:
    """The stage the shopper's order is at."""
    page.reload()
    return str(page.locator(".steps [aria-current], .steps .done").last.inner_text())


def test_ordered_online_fetched_in_the_store_and_brought_back(visit: Visit, town: Town) -> None:
    shopper, associate = visit("sam", "/"), visit("ana", "/store/AUSTIN", PHONE)
    put_in_basket(shopper, "LAMP", "pickup:AUSTIN")
    number = check_out(shopper)
    code = shopper.locator(".code-shown").inner_text()
    town.city.settle()

    associate.reload()
    associate.get_by_role("link", name="Sam Taylor").click()
    scan = associate.get_by_label("Scan or type a code")
    scan.fill("20000000000010")
    scan.press("Enter")
    associate.get_by_role("button", name=re.compile("^Done")).click()
    associate.get_by_label("Shelf at the counter").fill("B2")
    associate.get_by_role("button", name="Ready to collect").click()
    associate.get_by_role("heading", name="Hand over").wait_for()
    all_sent(associate)
    assert stage_of(shopper) == "Ready"

    shopper.get_by_placeholder("At the counter").fill("red car, bay 3")
    shopper.get_by_role("button", name="I'm here").click()
    shopper.get_by_text("The store knows that you are here").wait_for()
    associate.goto("/store/AUSTIN")
    assert "here: red car, bay 3" in associate.locator("#ready + ul").inner_text()

    associate.get_by_label("Who is at the counter?").fill(number)
    associate.get_by_role("button", name="Find", exact=True).click()
    associate.get_by_label("Code", exact=True).fill(code)
    associate.get_by_role("button", name="Hand over").click()
    associate.get_by_text("Handed over. Well done.").wait_for()
    town.city.settle()
    assert stage_of(shopper) == "Collected"
    assert "$54.99" in shopper.locator("dl.sums dd").nth(3).inner_text()

    shopper.get_by_text("Send or bring something back").click()
    shopper.get_by_role("button", name="Ask for the return").click()
    shopper.get_by_text("Show this code at AUSTIN").wait_for()
    associate.goto("/store/AUSTIN/returns")
    associate.get_by_label("Order number").fill(number)
    associate.get_by_role("button", name="Find").click()
    associate.get_by_label("How does it look?").first.select_option("new")
    associate.get_by_role("button", name="Take it back and refund").first.click()
    associate.get_by_text("$54.99 refunded").wait_for()
    assert "back on the shelf" in associate.locator("main").inner_text()
    town.city.settle()
    shopper.reload()
    assert "$54.99 refunded" in shopper.locator("main").inner_text()
    assert town.austin.stock("LAMP") == {"on_hand": 5}
    assert town.city.audit() == []


def test_the_code_on_a_shoppers_phone_opens_their_work_with_the_code_filled_in(
    visit: Visit, town: Town
) -> None:
    order = town.city.pick_up("LAMP", town.austin, contact={"name": "Ann"})
    (work,) = town.city.work_at(town.austin)
    associate = visit("ana", "/store/AUSTIN", PHONE)
    code = f"anyshelf:pickup:{order['order_id']}:{order['pickup_code']}"

    def scan() -> None:
        associate.goto("/store/AUSTIN")
        associate.get_by_label("Who is at the counter?").fill(code)
        associate.get_by_label("Who is at the counter?").press("Enter")

    scan()
    associate.get_by_text("Nothing stands ready here").wait_for()
    for step, body in (("pick", {"lines": [{"line": 1, "quantity": 1}]}), ("stage", {"shelf": "A1"})):
        assert town.city.post(f"/v1/work/{work['work_id']}:{step}", body).status == 200
    scan()

    assert associate.get_by_label("Code", exact=True).input_value() == order["pickup_code"]
    associate.get_by_role("button", name="Hand over").click()
    associate.get_by_text("Handed over. Well done.").wait_for()


def test_two_ways_in_one_basket_are_one_order(visit: Visit, town: Town) -> None:
    shopper = visit("", "/")
    put_in_basket(shopper, "LAMP", "pickup:AUSTIN")
    put_in_basket(shopper, "JAR", "ship:")

    check_out(shopper)
    town.city.settle()
    shopper.reload()

    assert shopper.locator("#progress h2").all_inner_texts() == ["Pick up at AUSTIN", "Sent to AUSTIN"]
    assert shopper.locator(".code-shown").count() == 1
    shopper.goto("/basket")
    assert "Your basket is empty" in shopper.locator("main").inner_text()


def test_a_parcel_is_packed_labelled_and_gone(visit: Visit, town: Town) -> None:
    shopper, packer = visit("", "/"), visit("wen", "/store/DC", PHONE)
    put_in_basket(shopper, "BOOT", "ship:")
    check_out(shopper)
    town.city.settle()
    where = "DC" if town.city.get("/v1/nodes/DC/work")["work"] else "AUSTIN"
    packer = packer if where == "DC" else visit("ana", "/store/AUSTIN", PHONE)

    packer.goto(f"/store/{where}")
    packer.get_by_role("link", name="Ship").click()
    find_everything(packer)
    packer.get_by_role("button", name="Packed").click()
    label = packer.get_by_role("link", name="Print the label").get_attribute("href")
    packer.get_by_role("button", name="It has left").click()
    packer.get_by_text("It has left. Well done.").wait_for()
    packer.goto(label)

    assert "1 Congress Avenue" in packer.locator(".label-paper").inner_text()
    assert packer.locator(".label-paper .qr svg").count() == 1
    town.city.settle()
    assert stage_of(shopper) == "On its way"


def test_what_is_not_there_comes_from_elsewhere_and_is_counted(visit: Visit, town: Town) -> None:
    shopper, associate = visit("", "/"), visit("ana", "/store/AUSTIN", PHONE)
    put_in_basket(shopper, "JAR", "pickup:AUSTIN")
    check_out(shopper)
    town.city.settle()

    associate.goto("/store/AUSTIN")
    associate.get_by_role("link", name="Sam Taylor").click()
    associate.get_by_role("button", name="Not there").click()
    associate.get_by_role("button", name="Not on the shelf").click()
    associate.get_by_role("button", name="Done, some missing").click()
    associate.get_by_text("Nothing is left to do here").wait_for()
    all_sent(associate)
    town.city.settle()
    associate.goto("/store/AUSTIN/count")
    asked = associate.locator("form.count")
    assert "Larder Glass Storage Jar" in asked.inner_text()
    asked.get_by_label("Pieces of").fill("7")
    asked.get_by_role("button").click()
    associate.get_by_text("Counted.").wait_for()
    all_sent(associate)

    assert town.austin.stock("JAR")["on_hand"] == 7
    associate.reload()
    assert "Nobody has asked for a count" in associate.locator("main").inner_text()


def test_a_box_from_the_warehouse_is_opened_and_set_ready(visit: Visit, town: Town) -> None:
    order = town.city.order("BOOT", 2, fulfilment={"method": "pickup", "node": "DALLAS"})
    assert order.status == 201
    (work,) = town.city.work_at(town.dc)
    for step, body in (
        ("pick", {"lines": [{"line": 1, "quantity": 2}]}),
        ("pack", None),
        ("dispatch", {"carrier": "van", "tracking": "T-1"}),
    ):
        assert town.city.post(f"/v1/work/{work['work_id']}:{step}", body).status == 200
    town.city.settle()
    associate = visit("dan", "/store/DALLAS/arrivals", PHONE)

    associate.get_by_label("Received").fill("2")
    associate.get_by_label("Missing").fill("1")
    associate.get_by_role("button", name="Receive this box").click()
    assert "more than was sent" in associate.locator(".toast").inner_text()
    associate.get_by_label("Received").fill("1")
    associate.get_by_role("button", name="Receive this box").click()
    associate.get_by_text("What came is on the work list").wait_for()
    all_sent(associate)
    town.city.settle()
    associate.goto("/store/DALLAS")
    associate.get_by_role("link", name="Arrived for pickup").click()
    associate.get_by_role("button", name="Ready to collect").click()
    associate.get_by_role("heading", name="Hand over").wait_for()
    all_sent(associate)

    assert town.city.states(order)["staged"] == 1


def test_fewer_then_none_as_long_as_nobody_has_begun(visit: Visit, town: Town) -> None:
    shopper = visit("", "/")
    put_in_basket(shopper, "LAMP", "pickup:AUSTIN")
    shopper.get_by_label("How many of").fill("3")
    shopper.get_by_label("How many of").press("Enter")
    shopper.wait_for_url("**/basket")
    shopper.get_by_text("$164.97").first.wait_for()
    check_out(shopper)

    shopper.get_by_text("Change or cancel").click()
    shopper.get_by_label("Halden Brass Table Lamp").fill("1")
    shopper.get_by_role("button", name="Change").click()
    shopper.get_by_text("2 cancelled").wait_for()
    assert sum(town.austin.stock("LAMP").values()) == 5 + 1, "one is claimed, two are free again"
    shopper.get_by_text("Change or cancel").click()
    shopper.get_by_role("button", name="Cancel all that has not left").click()
    shopper.locator("#progress .badge", has_text="Cancelled").first.wait_for()

    assert town.austin.stock("LAMP") == {"on_hand": 5}
    assert town.city.audit() == []


def test_a_declined_card_is_told_where_it_is_chosen_and_nothing_is_ordered(visit: Visit, town: Town) -> None:
    shopper = visit("", "/")
    put_in_basket(shopper, "LAMP", "pickup:AUSTIN")
    shopper.goto("/checkout")
    shopper.get_by_label("Name").fill("Sam Taylor")
    shopper.get_by_label("E-mail").fill("sam@example.com")
    shopper.get_by_label("declined").check()

    shopper.get_by_role("button", name="Place the order").click()

    assert "Nothing was ordered or paid" in shopper.get_by_role("alert").inner_text()
    assert shopper.get_by_label("Name").input_value() == "Sam Taylor"
    assert town.austin.stock("LAMP") == {"on_hand": 5}


def test_an_order_is_found_by_number_and_address_and_not_by_number_alone(visit: Visit) -> None:
    shopper = visit("", "/")
    put_in_basket(shopper, "LAMP", "reserve:AUSTIN")
    number = check_out(shopper)
    stranger = visit("", "/order")

    stranger.get_by_label("Order number").fill(number)
    stranger.get_by_label("E-mail").fill("somebody@example.com")
    stranger.get_by_role("button", name="Open it").click()
    assert "no order of this number" in stranger.get_by_role("alert").inner_text()
    stranger.get_by_label("E-mail").fill("SAM@example.com")
    stranger.get_by_role("button", name="Open it").click()

    assert stranger.locator("h1").inner_text() == f"Order {number}"
    assert stranger.url != shopper.url


def test_a_link_nobody_made_opens_nothing(visit: Visit) -> None:
    stranger = visit("", "/order/AAAAAAAAAAAAAAAAAAAAAAAA")

    assert "This link opens no order" in stranger.locator("main").inner_text()


def test_of_two_stores_that_are_offered_it_the_faster_one_gets_it(visit: Visit, town: Town) -> None:
    assert town.city.call("PUT", "/v1/policies/by_claim", {"offers": 2}).status == 200
    town.city.order("LAMP", contact={"name": "Ann"})
    town.city.settle()
    first, second = visit("dan", "/store/DALLAS", PHONE), visit("ana", "/store/AUSTIN", PHONE)
    offered = first if first.get_by_text("offered").count() else second
    other = second if offered is first else first
    assert other.get_by_text("offered").count() == 0
    for page in (offered, other):
        page.get_by_role("link", name="Ship").click()

    offered.get_by_role("button", name="Claim it").click()
    offered.get_by_role("heading", name="Pick", exact=True).wait_for()
    find_everything(offered)
    offered.get_by_role("heading", name="Pack").wait_for()
    other.reload()

    assert other.locator("h1").inner_text() == "Not found"


def test_a_parcel_goes_back_by_mail_with_a_label(visit: Visit, town: Town) -> None:
    order = town.city.order("BOOT", contact={"name": "Ann"})
    People(town.city).see_through(order)
    shopper = visit("", town.link_to(order))
    assert stage_of(shopper) == "Delivered"

    shopper.get_by_text("Send or bring something back").click()
    shopper.get_by_label("How?").select_option("mail")
    shopper.get_by_label("Why?").select_option("too_small")
    shopper.get_by_role("button", name="Ask for the return").click()
    label = shopper.get_by_role("link", name="Label").get_attribute("href")
    shopper.goto(label)
    assert shopper.locator("svg").count() == 1
    shopper.go_back()
    shopper.get_by_role("button", name="Keep it after all").click()
    shopper.get_by_text("Send or bring something back").wait_for()

    assert shopper.get_by_role("heading", name="Return").count() == 0


def test_a_parcel_that_nobody_has_touched_may_go_somewhere_else(visit: Visit, town: Town) -> None:
    shopper = visit("", "/")
    put_in_basket(shopper, "LAMP", "ship:")
    number = check_out(shopper)

    shopper.get_by_text("Change or cancel").click()
    shopper.get_by_label("Street").fill("99 River Road")
    shopper.get_by_label("City").fill("Waco")
    shopper.get_by_role("button", name="Send it there").click()

    shopper.get_by_role("heading", name="Sent to Waco").wait_for()
    (order,) = town.city.get(f"/v1/orders?external_id={number}")["orders"]
    assert order["status"] != "cancelled"
