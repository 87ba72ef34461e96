"""Insight on its pages: what hurts down to the orders, people by pseudonym, feedback that becomes work."""

import csv
import io

import pytest
from insight_town import people_are_unhappy
from test_bad_forms import send
from test_tower import signed_in
from web_town import Town, Visit

from anyshelf.doors.web.charts import bar, interval, line
from anyshelf.doors.web.insight.exporting import written
from anyshelf.doors.web.insight.telling import headline
from visitors import begin, cannot_pay, look_back

PAGES = ("/insight", "/insight/people", "/insight/feedback", "/insight/worth", "/insight/export/stories")


def test_what_hurts_stands_first_with_its_price_and_its_evidence(visit: Visit, town: Town) -> None:
    cannot_pay(town.city)
    look_back(town.city)

    page = visit("ines", "/insight")

    told = page.locator("article").filter(has_text="Payment Failed").first.inner_text()
    assert "hoppers on mobile" in told
    assert "shoppers met it" in told
    assert page.get_by_role("link", name="Look at").count() == 0, "an analyst opens no order"
    assert "before purchase" in told


def test_what_is_shown_is_what_the_api_tells(visit: Visit, town: Town) -> None:
    cannot_pay(town.city)
    look_back(town.city)
    stories = town.city.get("/v1/insight/stories")["stories"]

    page = visit("ines", "/insight")

    assert stories
    assert page.locator("article").count() == len(stories)
    assert page.locator("article h2").first.inner_text().startswith("1. ")


def test_before_anything_was_looked_for_the_page_says_so_and_looks_when_asked(
    visit: Visit, town: Town
) -> None:
    page = visit("omar", "/insight")
    assert "Nothing has been looked for yet" in page.locator("main").inner_text()

    page.get_by_role("button", name="Look again").click()

    page.get_by_text("It is being looked for anew").wait_for()
    assert look_back(town.city) == ["visits", "orders", "taste"]
    page.goto("/insight")
    assert "Nothing hurts that stands out from chance." in page.locator("main").inner_text()


def test_the_orders_of_a_story_are_one_click_away_for_who_may_open_orders(visit: Visit, town: Town) -> None:
    look_at_orders(town)
    page = visit("omar", "/insight")

    page.get_by_role("link", name="Look at").first.click()

    assert page.locator("tbody tr").count() > 0
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="What happened").wait_for()


def look_at_orders(town: Town) -> None:
    """A look whose story has orders of ours in it, as a look tells them."""
    order = town.city.pick_up("LAMP", town.austin, contact={"name": "Ann"})
    with town.city.database.transaction() as tx:
        tx.execute(
            "INSERT INTO insight_looks (market, what, day, looked_at, stories)"
            " VALUES ('main', 'orders', %(day)s, %(now)s, %(stories)s)",
            {
                "day": town.city.clock.now().date(),
                "now": town.city.clock.now(),
                "stories": story(order["order_id"]),
            },
        )


def story(order_id: str) -> str:
    evidence = (
        '{"measure": "Store Short Picked", "share": 0.4, "expected_share": 0.1, "times": 40, "chances": 100,'
        ' "p_value": 1e-9}'
    )
    return (
        '[{"said": "Store Short Picked, node AUSTIN: 40% instead of 10%", "segment": {"node": "AUSTIN"},'
        ' "since": null, "until": null, "shoppers": 90, "lost_orders": 30.0, "lost_minor": 90000,'
        f' "p_value": 1e-9, "evidence": [{evidence}], "orders": ["{order_id}", "{order_id[:-4]}ffff"]}}]'
    )


def test_somebody_is_found_by_their_address_which_is_in_no_url(visit: Visit, town: Town) -> None:
    town.city.carry_out("JAR", town.austin, contact={"name": "Ann Lee", "email": "ann@example.org"})
    town.city.settle()
    page = visit("cleo", "/insight/people")

    page.get_by_label("Which is").fill("nobody@example.org")
    page.get_by_role("button", name="Find").click()
    assert "Nobody was seen with this email" in page.get_by_role("alert").inner_text()
    page.get_by_label("Which is").fill("Ann@Example.org")
    page.get_by_role("button", name="Find").click()

    page.wait_for_url("**/insight/people/*")
    assert "example.org" not in page.url
    shown = page.locator("main").inner_text()
    assert "Order Placed" in shown
    assert "carry out" in shown
    assert "Ann" not in shown, "a profile has no name"


def test_two_who_are_one_are_merged_and_taken_apart_again(visit: Visit, town: Town) -> None:
    city = town.city
    for number, who in enumerate(({"email": "a@example.org"}, {"email": "b@example.org"})):
        city.carry_out("JAR", town.austin, contact={"name": f"Person {number}", **who})
    city.settle()
    one, other = (
        city.post("/v1/people:find", {"kind": "email", "value": f"{each}@example.org"})["person"]
        for each in "ab"
    )
    with city.database.transaction() as tx:
        tx.execute(
            "INSERT INTO insight_suggestions (market, one, other, state, points, why, said_at)"
            " VALUES ('main', %(a)s, %(b)s, 'open', 60, %(why)s, now())",
            {**dict(zip("ab", sorted((one, other)), strict=True)), "why": '{"same": ["phone"]}'},
        )
    page = visit("cleo", "/insight/people")

    page.get_by_role("button", name="One person").click()
    page.wait_for_url("**/insight/people/*")
    assert "2 orders" in page.locator(".figures").inner_text().replace("\n", " ")
    page.get_by_role("button", name="Undo").click()

    page.get_by_text("Undone by cleo").wait_for()
    assert "1 order" in page.locator(".figures").inner_text().replace("\n", " ")


def test_an_unhappy_answer_is_work_and_a_review_waits_for_a_decision(visit: Visit, town: Town) -> None:
    people_are_unhappy(town.city)
    page = visit("omar", "/insight/feedback")

    assert "I waited for an hour." in page.get_by_role("region", name="What they wrote").inner_text()
    assert page.get_by_role("link", name="Open the order").count() == 1
    page.get_by_role("button", name="Withhold").click()
    page.get_by_text("Say why nobody else should read it.").wait_for()
    page.goto("/insight/feedback")
    page.get_by_role("button", name="Publish", exact=True).click()

    page.get_by_text("No review waits.").wait_for()
    assert len(town.city.get("/v1/reviews?state=published")["reviews"]) == 1


def test_lift_is_told_with_what_is_not_known(visit: Visit) -> None:
    page = visit("ines", "/insight/worth")

    assert page.get_by_text("Nothing can be said yet").count() == 2


@pytest.mark.parametrize("person", ["ana", "carl", "wen", "vera", "sam"])
@pytest.mark.parametrize("path", PAGES)
def test_who_works_for_some_of_it_sees_no_insight(town: Town, person: str, path: str) -> None:
    assert town.city.get(path, cookie=signed_in(town, person)).status == 403


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/insight/people/find", {"kind": "email", "value": "ann@example.org"}),
        ("/insight/people/decide", {"one": "x", "other": "y", "same": "yes"}),
    ],
)
def test_an_analyst_looks_nobody_up_and_joins_nobody(town: Town, path: str, form: dict[str, str]) -> None:
    assert send(town, path, form, cookie=signed_in(town, "ines")).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/insight/people/0190b5a5-0000-7000-8000-000000000001", 404), ("/insight/people/x", 422),
        ("/insight/story/visits/0/orders", 404), ("/insight/story/weather/0/orders", 422),
        ("/insight/export/secrets", 422), ("/insight/worth?days=0", 422), ("/insight/feedback?days=x", 422),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(town: Town, path: str, status: int) -> None:
    assert town.city.get(path).status == status


def test_what_the_pages_show_is_taken_along_as_tables(town: Town) -> None:
    cannot_pay(town.city)
    look_back(town.city)
    people_are_unhappy(town.city)

    tables = {
        what: list(csv.DictReader(io.StringIO(town.city.get(f"/insight/export/{what}").body.decode())))
        for what in ("stories", "funnel", "figures", "feedback", "cohorts")
    }

    assert {what for what, rows in tables.items() if not rows} == set()
    assert tables["funnel"][0]["stage"] == "Product Viewed"
    assert begin(town.city) is None


def test_a_spreadsheet_takes_nothing_for_a_formula() -> None:
    assert written(["a"], [["=1+1"], [-2], ["plain"]]).split() == ["a", "'=1+1", "-2", "plain"]


def test_a_headline_says_which_way_it_went() -> None:
    more = {"measure": "Payment Failed", "share": 0.5, "expected_share": 0.1}
    fewer = {"measure": "Product Added … Order Placed", "share": 0.1, "expected_share": 0.5}

    assert headline(more) == "Payment Failed more often than it should be"
    assert headline(fewer) == "Fewer come from Product Added to Order Placed"
    assert headline({**more, "measure": "A → B"}) == "After A, B follows more often"


def test_charts_stay_within_their_frame_and_escape_what_they_say() -> None:
    assert 'width="200.0"' in bar(1.7)
    assert 'width="0.0"' in bar(-1)
    assert "<b>" not in line([1, 2], least=0, most=1, said="<b>")
    assert "<b>" not in interval(-1, 0, 1, said="<b>")
