"""A town with pages: shops, goods and people, behind the real server, looked at in a real browser."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chromium import DESK, NoBrowser, open_browser
from web_town import Town, Visit, furnish

from anyshelf.ground.db import Database
from city import City, open_city

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE_MS = 8000


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for the session; where there is none the tests skip, but for ANYSHELF_BROWSER=required."""
    try:
        with open_browser() as opened:
            yield opened
    except NoBrowser as missing:
        if os.environ.get("ANYSHELF_BROWSER") == "required":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


@pytest.fixture
def town(city: City) -> Town:
    return furnish(city)


@pytest.fixture
def visit(browser: "Browser", town: Town) -> Iterator[Visit]:
    """Somebody opens a browser of their own: `visit("ana", "/store")`, or `visit("", "/")` for a stranger.

    Whatever their pages ask another host for, and whatever their scripts stumble over, fails the test. Only a
    browser that `keeps` pages opens them without a connection.
    """
    strange: list[str] = []
    contexts = []

    def open_for(
        person: str, path: str = "/", size: dict[str, int] = DESK, *, dark: bool = False, keeps: bool = False
    ) -> "Page":
        context = browser.new_context(
            base_url=town.address,
            viewport=size,
            color_scheme="dark" if dark else "light",
            service_workers="allow" if keeps else "block",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "request",
            lambda asked: (
                strange.append(asked.url) if not asked.url.startswith((town.address, "data:")) else None
            ),
        )
        page.on("pageerror", lambda error: strange.append(str(error)))
        page.on(
            "console",
            lambda said: strange.append(said.text) if "Content Security Policy" in said.text else None,
        )
        if person:
            page.goto("/sign-in")
            page.locator(f"form:has(input[value={person}]) button").click()
        if path:
            page.goto(path)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert strange == []
