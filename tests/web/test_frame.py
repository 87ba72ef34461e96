"""The frame of every page: signing in by role, what each finds there, and who is kept out."""

import pytest
from chromium import DESK, NARROWEST, serious_violations
from web_town import Town, Visit

PAGES = ("/", "/sign-in", "/about", "/problems", "/store", "/store/AUSTIN", "/nowhere")
BYTES_MAX = 150_000


def test_one_click_makes_somebody_of_the_demo_of_one(visit: Visit, town: Town) -> None:
    page = visit("ana", "")

    assert page.url == f"{town.address}/store/AUSTIN"
    assert page.locator(".person span").inner_text().split("\n") == ["ana", "associate"]


def test_a_shopper_finds_the_shop_alone(visit: Visit) -> None:
    page = visit("sam", "")

    assert page.locator(".places a").all_inner_texts() == ["Shop"]


def test_signing_out_ends_it(visit: Visit) -> None:
    page = visit("ana", "/sign-in")

    page.get_by_role("button", name="Sign out ana").click()

    page.wait_for_url("**/sign-in")
    assert "ana" not in page.locator(".who").inner_text()


def test_nobody_signs_in_by_one_click_where_no_demo_runs(town: Town) -> None:
    strangers_address = {"x-forwarded-for": "203.0.113.7", "origin": town.address}

    answer = town.city.post(
        "/sign-in/as",
        b"person=ana",
        **strangers_address,
        **{"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 403
    assert b"/sign-in/as" not in town.city.get("/sign-in", **strangers_address).body


def test_an_associate_cannot_open_another_stores_work(visit: Visit) -> None:
    page = visit("ana", "/store/DALLAS")

    assert page.locator("h1").inner_text() == "Not allowed"
    assert "works at AUSTIN, not at DALLAS" in page.locator("main").inner_text()


def test_where_somebody_goes_after_signing_in_is_a_page_of_ours(visit: Visit) -> None:
    page = visit("", "/sign-in?next=https://evil.example/")

    assert page.locator("input[name=next]").first.input_value() == ""


def test_the_checker_notices_what_keeps_people_out(visit: Visit) -> None:
    page = visit("", "/about")
    page.evaluate("document.querySelector('main').innerHTML = '<input><img src=x>'")

    assert len(serious_violations(page)) == 2


@pytest.mark.parametrize("light", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visit, light: str) -> None:
    page = visit("omar", "", dark=light == "dark")
    found = {}
    for path in PAGES:
        page.goto(path)
        found[path] = serious_violations(page)

    assert {path: these for path, these in found.items() if these} == {}


def test_every_page_is_light(visit: Visit) -> None:
    page = visit("omar", "")
    weights: dict[str, int] = {}
    for path in PAGES:
        sent: list[int] = []
        page.on("response", lambda answer, sent=sent: sent.append(answer.request.sizes()["responseBodySize"]))
        page.goto(path, wait_until="load")
        weights[path] = sum(sent)

    assert {path: weight for path, weight in weights.items() if weight > BYTES_MAX} == {}


@pytest.mark.parametrize(
    "size", [NARROWEST, DESK, {"width": 2560, "height": 1300}], ids=["360", "1280", "2560"]
)
def test_no_page_has_to_be_pushed_sideways(visit: Visit, size: dict[str, int]) -> None:
    page = visit("omar", "", size)
    wide = []
    for path in PAGES:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)

    assert wide == []
