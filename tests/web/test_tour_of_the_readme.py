"""The tour in the README, taken by somebody who does what it says and clicks on what it names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chromium import PHONE
from screenshots import demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

README = Path(__file__).parents[2] / "README.md"
STORES = 40
PATIENCE_MS = 30_000


class Words:
    """The words the tour says stand on the screen; at the end every one must have been found there."""

    def __init__(self, tour: str) -> None:
        self.left = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", tour.replace("\n   ", " "))) - {"italics"}
        self.told = frozenset(self.left)

    def __call__(self, word: str) -> str:
        assert word in self.told, f"the README does not say {word}"
        self.left.discard(word)
        return word


@pytest.fixture(scope="module")
def says() -> Words:
    whole = README.read_text()
    return Words(whole.partition("## Five minutes in the browser\n")[2].partition("\n| | | |")[0])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with demo(stores=STORES) as here:
        yield here


def somebody(browser: "Browser", address: str, name: str, **window: Any) -> Any:
    """A window of their own, signed in by one click."""
    page = browser.new_context(base_url=address, **window).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/sign-in")
    page.get_by_role("button", name=name).click()
    return page


def order(sam: Any, says: Words) -> tuple[str, str]:
    """Steps 1 and 2: the order's number and its digits."""
    sam.get_by_role("searchbox").fill("coat rack")
    sam.get_by_role("button", name=says("Search")).click()
    sam.get_by_role("link", name=says("Halden Oak Coat Rack")).click()
    way = sam.get_by_role("group", name=says("Pick it up")).locator(
        "label", has_text=re.compile("at New York\\b")
    )
    way.first.click()
    sam.get_by_role("button", name=says("Put in the basket")).click()
    sam.get_by_role("link", name=says("Check out")).click()
    sam.get_by_label(says("Name")).fill("Sam Taylor")
    sam.get_by_label(says("E-mail")).fill("sam@example.com")
    sam.get_by_role("button", name=says("Place the order")).click()
    number = sam.locator("h1", has_text="Order").inner_text().removeprefix("Order ")
    return number, sam.locator(".code-shown").inner_text()


def make_ready(ana: Any, says: Words) -> None:
    """Step 3."""
    ana.get_by_role("link", name="Sam Taylor").first.click()
    ana.get_by_role("button", name=says("One more")).first.click()
    ana.get_by_role("button", name=says("Done"), exact=True).click()
    ana.get_by_label(says("Shelf at the counter")).fill("A3")
    ana.get_by_role("button", name=says("Ready to collect")).click()
    ana.get_by_role("heading", name="Hand over").wait_for()


def test_ordered_picked_up_and_returned_as_the_readme_says(
    browser: "Browser", address: str, says: Words
) -> None:
    sam = somebody(browser, address, says("Sam Taylor"))
    number, digits = order(sam, says)
    ana = somebody(browser, address, says("Ana Flores"), viewport=PHONE)
    make_ready(ana, says)

    sam.locator(".steps [aria-current]", has_text=says("Ready")).wait_for()
    sam.get_by_role("button", name=says("I'm here")).click()
    sam.get_by_text("The store knows that you are here").wait_for()
    ana.goto("/store")
    ana.get_by_role("link", name="Sam Taylor").first.click()
    ana.get_by_label(says("Code"), exact=True).fill(digits)
    ana.get_by_role("button", name=says("Hand over")).click()
    ana.get_by_text("Handed over. Well done.").wait_for()

    sam.locator(".steps", has_text="Collected").wait_for()
    sam.reload()
    sam.get_by_text(says("Send or bring something back")).click()
    sam.get_by_role("button", name=says("Ask for the return")).click()
    ana.goto("/store")
    ana.get_by_role("link", name=says("Returns")).click()
    ana.get_by_label("Order number").fill(number)
    ana.get_by_role("button", name=says("Find")).click()
    ana.get_by_label(says("How does it look?")).first.select_option("new")
    ana.get_by_role("button", name=says("Take it back and refund")).first.click()
    ana.get_by_text("refunded").first.wait_for()
    sam.reload()
    sam.get_by_text("refunded").first.wait_for()


@pytest.mark.parametrize(
    ("name", "place"), [("Carl Webb", "/till/"), ("Omar Haddad", "/tower"), ("Ada Lind", "/tower")]
)
def test_the_others_are_behind_the_same_door(
    browser: "Browser", address: str, says: Words, name: str, place: str
) -> None:
    page = somebody(browser, address, says(name))

    page.wait_for_url(f"**{place}*")
    if place == "/tower":
        figures = page.locator(".figures, .figure, main")
        assert "On time" in figures.first.inner_text()


def test_nothing_the_readme_names_was_left_out(says: Words) -> None:
    assert says.left == set()
