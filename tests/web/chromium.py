"""The browser the pages are tested in: a real Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOW_TO_GET_IT = (
    "The pages are tested in Chromium with Playwright: apt-get install chromium and pip install playwright "
    "(make test does both where it may), or name a Chromium in ANYSHELF_CHROMIUM."
)

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

AXE = Path(__file__).parent / "axe" / "axe-4.14.1.min.js"
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}


class NoBrowser(Exception):
    """There is no Chromium here, or no Playwright."""


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """A Chromium of our own; raises NoBrowser with the sentence that says how to get one."""
    program = os.environ.get("ANYSHELF_CHROMIUM") or shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  it may not be installed
    except ImportError:
        raise NoBrowser(HOW_TO_GET_IT) from None
    if program is None:
        raise NoBrowser(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def serious_violations(page: "Page") -> list[str]:
    """What axe finds on a page that keeps somebody out: each with its rule and the first place it is at."""
    page.evaluate(AXE.read_text())  # a page's own policy allows no script of ours, and this is none of it
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} ({each['nodes'][0]['failureSummary'][:300]})"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
