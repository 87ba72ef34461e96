"""A store whose network drops in mid-pick: nothing that was done is lost, and nothing is done twice."""

from chromium import PHONE
from test_journeys_of_people import all_sent, find_everything
from web_town import Town, Visit


def test_what_is_picked_without_a_connection_is_sent_when_it_is_back(visit: Visit, town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin, 2, contact={"name": "Ann"})
    town.city.settle()
    page = visit("ana", "/store/AUSTIN", PHONE)
    page.get_by_role("link", name="Ann").click()
    page.get_by_role("heading", name="Pick", exact=True).wait_for()

    page.context.set_offline(True)
    find_everything(page)
    page.get_by_label("Shelf at the counter").fill("C4")
    page.get_by_role("button", name="Ready to collect").click()

    page.get_by_text("2 steps are kept on this phone").wait_for()
    assert town.city.states(order) == {"released": 2}
    page.context.set_offline(False)
    all_sent(page)
    assert town.city.states(order) == {"staged": 2}
    assert page.get_by_role("heading", name="Hand over").is_visible()
    assert town.city.audit() == []


def test_a_half_finished_pick_outlives_the_page(visit: Visit, town: Town) -> None:
    town.city.pick_up("LAMP", town.austin, 2, contact={"name": "Ann"})
    town.city.settle()
    page = visit("ana", "/store/AUSTIN", PHONE)
    page.get_by_role("link", name="Ann").click()
    page.get_by_role("button", name="One more").click()
    page.locator("output", has_text="1/2").wait_for()

    page.reload()

    page.locator("output", has_text="1/2").wait_for()


def test_a_step_whose_answer_was_lost_is_done_once(visit: Visit, town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin, 2, contact={"name": "Ann"})
    town.city.settle()
    page = visit("ana", "/store/AUSTIN", PHONE)
    page.get_by_role("link", name="Ann").click()
    lost = []

    def deliver_and_lose_the_answer(route) -> None:  # noqa: ANN001  Playwright's own
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/v1/work/*:pick", deliver_and_lose_the_answer)
    find_everything(page)
    all_sent(page)

    assert lost == [200]
    assert town.city.states(order) == {"picked": 2}
    assert town.austin.stock("LAMP") == {"on_hand": 5, "allocated": 2}


def test_a_step_the_server_refuses_is_told_and_the_page_looks_again(visit: Visit, town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin, 1, contact={"name": "Ann"})
    town.city.settle()
    page = visit("ana", "/store/AUSTIN", PHONE)
    page.get_by_role("link", name="Ann").click()
    page.get_by_role("heading", name="Pick", exact=True).wait_for()
    page.context.set_offline(True)
    find_everything(page)
    town.city.post(f"/v1/orders/{order['order_id']}:cancel")
    town.city.settle()

    page.context.set_offline(False)

    page.locator("#connection", has_text="Pick:").wait_for()
    page.get_by_text("Nothing is left to do here").wait_for()
    page.get_by_role("button", name="Seen").click()
    assert page.locator("#connection").is_hidden()
