"""A planner's day: what to send where, accepted, changed, taken back, and what comes of it in the store."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from chromium import DESK, PHONE, serious_violations
from web_town import Town, Visit, somebody

from anyshelf.ground.auth import make_person
from anyshelf.orders import service as orders
from anyshelf.orders.model import PastLine
from anyshelf.planning import jobs
from city import MARKET

WEEKS = 40


def sold(town: Town, node: str, item: str, mean: float, seed: int) -> list[PastLine]:
    """Lines of the past, so many units a week."""
    weekly = np.random.default_rng(seed).poisson(mean, WEEKS)
    return [
        PastLine(
            channel="till", external_id=f"{node}-{item}-{ago}", line=1, item=item, quantity=int(units),
            unit_price_minor=4000, discount_minor=0, currency="USD", method="carry_out", node=node,
            customer=None, postal_code="78701", lat=None, lon=None,
            placed_at=town.city.clock.now() - timedelta(days=7 * ago + 3),
        )
        for ago, units in enumerate(weekly)
        if units
    ]  # fmt: skip


@pytest.fixture
def planned(town: Town) -> Town:
    """Boots and jars have sold well at Austin; a planner, and a plan that nobody has looked at."""
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("pat", "planner"))
        orders.keep_history(
            tx, MARKET, [*sold(town, "AUSTIN", "BOOT", 6, 1), *sold(town, "AUSTIN", "JAR", 9, 2)]
        )
    jobs.plan(town.city.database, MARKET, town.city.clock)
    return town


def to_austin(town: Town, state: str = "open") -> dict[str, dict[str, Any]]:
    """What is suggested for Austin from the warehouse, by item."""
    found = town.city.get(f"/v1/planning/suggestions?state={state}&kind=replenish&node=AUSTIN")
    return {each["item"]: each for each in found["suggestions"]}


def test_what_is_accepted_appears_at_the_store_and_is_received(visit: Visit, planned: Town) -> None:
    page = visit("pat", "/planning?kind=replenish&item=BOOT")
    page.get_by_label("Units of Ridgeway Leather Hiking Boots to AUSTIN").fill("12")
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_text("Accepted: 12 BOOT to AUSTIN").wait_for()
    reference = to_austin(planned, "accepted")["BOOT"]["reference"]

    sending = visit("wen", "/store/DC/arrivals")
    sending.get_by_text(reference).wait_for()
    sending.get_by_role("button", name="It has left").click()
    sending.get_by_text(reference).wait_for(state="detached")
    receiving = visit("ana", "/store/AUSTIN/arrivals")
    receiving.get_by_label("Received", exact=True).fill("11")
    receiving.get_by_role("button", name="Receive", exact=True).click()
    receiving.get_by_text("No box is on its way here.").wait_for()

    assert planned.austin.stock("BOOT")["on_hand"] == 4 + 11
    assert to_austin(planned, "received")["BOOT"]["note"] == "1 were missing."
    assert planned.city.audit() == []


def test_a_decision_is_taken_back(visit: Visit, planned: Town) -> None:
    page = visit("pat", "/planning?kind=replenish&item=BOOT")
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back:").wait_for()
    assert planned.dc.stock("BOOT") == {"on_hand": 40}

    page.get_by_role("button", name="Reject").click()
    page.get_by_text("Rejected:").wait_for()
    assert "BOOT" not in to_austin(planned)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back:").wait_for()

    assert "BOOT" in to_austin(planned)


def test_a_quantity_is_saved_for_later(visit: Visit, planned: Town) -> None:
    page = visit("pat", "/planning?kind=replenish&item=JAR&node=AUSTIN")
    page.get_by_label("Units of Larder Glass Storage Jar to AUSTIN").fill("3")
    page.get_by_role("button", name="Save for later").click()
    page.get_by_text("Saved: 3 JAR to AUSTIN").wait_for()

    assert to_austin(planned)["JAR"]["quantity"] == 3


def test_all_that_is_shown_is_accepted_and_what_falls_short_is_told(visit: Visit, planned: Town) -> None:
    jar = to_austin(planned)["JAR"]
    way = f"/v1/planning/suggestions/{jar['suggestion_id']}"
    assert planned.city.post(f"{way}:edit", {"quantity": 500}).status == 200
    page = visit("pat", "/planning?kind=replenish&node=AUSTIN")
    page.get_by_role("button", name="Accept all").click()
    page.get_by_text("1 could not be").wait_for()

    assert set(to_austin(planned, "accepted")) == {"BOOT"}
    assert set(to_austin(planned)) == {"JAR"}


@pytest.mark.usefixtures("planned")
def test_an_item_is_looked_at_closely(visit: Visit) -> None:
    page = visit("pat", "/planning/alerts?kind=stockout")
    page.get_by_role("link", name="Ridgeway Leather Hiking Boots · AUSTIN").click()

    page.get_by_role("img", name="BOOT at AUSTIN").wait_for()
    page.get_by_text("So it pays to have enough").wait_for()
    assert page.locator("svg.demand rect.past").count() == 26
    page.get_by_text("In figures").click()
    assert page.get_by_role("region", name="What is expected").get_by_role("row").count() >= 2


def test_a_planner_sets_a_rule_and_has_the_market_planned(visit: Visit, planned: Town) -> None:
    page = visit("pat", "/planning/runs")
    rule = page.locator("form", has=page.get_by_role("heading", name="To stores"))
    rule.get_by_label("Units").fill("200")
    rule.get_by_label("Cost").fill("2500.00")
    rule.get_by_role("button", name="Save").click()
    page.wait_for_url("**/planning/runs")
    page.get_by_role("button", name="Plan now").click()
    page.get_by_text("The worker begins in a moment").wait_for()
    while jobs.plan_by_night(planned.city.database, MARKET, planned.city.clock):
        pass
    page.get_by_role("button", name="Plan now").wait_for()  # the page brings itself up to date

    assert {each["decided_by"] for each in to_austin(planned, "accepted").values()} == {"rule"}


def test_before_a_plan_the_page_says_how_to_get_one(visit: Visit) -> None:
    page = visit("omar", "/planning")

    page.get_by_text("Nothing has been planned yet.").wait_for()
    page.goto("/planning/alerts")
    page.get_by_text("Nothing threatens.").wait_for()
    page.goto("/planning/item?item=LAMP&node=AUSTIN")
    page.get_by_text("What its orders rest on").wait_for()


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(("dark", "size"), [(False, DESK), (True, PHONE)], ids=["light", "dark"])
def test_nobody_is_kept_out_of_pages_with_something_on_them(
    visit: Visit, size: dict[str, int], *, dark: bool
) -> None:
    page = visit("pat", "", size, dark=dark)
    found = {}
    for path in ("/planning", "/planning/alerts", "/planning/runs", "/planning/item?item=BOOT&node=AUSTIN"):
        page.goto(path)
        found[path] = serious_violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, path

    assert {path: these for path, these in found.items() if these} == {}


@pytest.mark.usefixtures("planned")
def test_a_store_s_associate_does_not_plan(visit: Visit) -> None:
    page = visit("ana", "/planning")

    assert page.get_by_role("link", name="Planning").count() == 0
    page.get_by_text("planning:read").first.wait_for()
