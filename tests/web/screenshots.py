"""Takes the pictures of the pages into docs/screens, from a demo started for it: `make screenshots`."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from chromium import PHONE, NoBrowser, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screens"
READY_SECONDS = 180
BYTES_MAX = 150_000
DESK = {"width": 1120, "height": 690}


class Camera:
    """Opens a browser for somebody of the demo and takes pictures of what they see."""

    def __init__(self, browser: "Browser", address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, person: str, size: dict[str, int] = DESK, *, dark: bool = False) -> "Page":
        """A browser of somebody's own, on the page where their work begins."""
        light = "dark" if dark else "light"
        context = self.browser.new_context(base_url=self.address, viewport=size, color_scheme=light)
        page = context.new_page()
        page.goto("/sign-in")
        if person:
            page.locator(f"form:has(input[value={person}]) button").click()
        return page

    def take(self, page: "Page", name: str) -> None:
        """One picture, when nothing moves any more."""
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png")


def main() -> int:
    """Start a demo, take every picture, say which are too large."""
    FOLDER.mkdir(exist_ok=True)
    try:
        with demo() as address, open_browser() as browser:
            camera = Camera(browser, address)
            camera.take(camera.open(""), "sign-in")
            shopping(camera)
            working(camera)
            selling(camera)
            watching(camera)
            looking_after(camera)
    except NoBrowser as missing:
        print(missing, file=sys.stderr)  # noqa: T201  for whoever called it
        return 1
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > BYTES_MAX]
    if large:
        print(f"Larger than {BYTES_MAX} bytes: {', '.join(large)}", file=sys.stderr)  # noqa: T201
    return 1 if large else 0


def shopping(camera: Camera) -> None:
    """A shopper looks around, puts something in the basket by two ways, and orders it."""
    page = camera.open("sam")
    camera.take(page, "shop")
    page.goto("/item/FURN-0072")
    page.locator('input[value^="pickup:"]').first.check()
    camera.take(page, "item")
    page.get_by_role("button", name="Put in the basket").click()
    page.goto("/item/LAMP-0014")
    page.get_by_role("button", name="Put in the basket").click()
    page.wait_for_url("**/basket")
    page.goto("/checkout")
    page.get_by_label("Name").fill("Sam Taylor")
    page.get_by_label("E-mail").fill("sam@example.com")
    page.get_by_label("Street").fill("1 Broadway")
    camera.take(page, "checkout")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/order/*")
    page.locator(".steps [aria-current]", has_text="Being prepared").first.wait_for(timeout=30_000)
    camera.take(page, "order")


def working(camera: Camera) -> None:
    """An associate works what was ordered, on a phone."""
    page = camera.open("ana", PHONE)
    camera.take(page, "store")
    page.get_by_role("link", name="Sam Taylor").click()
    page.get_by_role("button", name="One more").first.click()
    camera.take(page, "store-pick")
    page.get_by_role("button", name="Done", exact=True).click()
    page.get_by_label("Shelf at the counter").fill("B2")
    page.get_by_role("button", name="Ready to collect").click()
    page.get_by_role("heading", name="Hand over").wait_for()
    camera.take(page, "store-hand-over")
    camera.take(camera.open("ana", PHONE, dark=True), "store-dark")


def selling(camera: Camera) -> None:
    """A cashier sells, gets cut off, and goes on."""
    page = camera.open("carl")
    page.locator("#lease", has_text="ready to be cut off").wait_for(timeout=30_000)
    kept = "Object.entries(localStorage).find(([name]) => name.endsWith('.lease'))[1]"
    leased = [item for item, units in page.evaluate(f"JSON.parse({kept}).left").items() if units]
    field = page.get_by_label("Scan, or type a code or a name")
    page.context.set_offline(True)
    for basket in (leased[:2], leased[2:4]):
        for code in basket:
            field.fill(code)
            field.press("Enter")
        if basket == leased[:2]:
            page.get_by_role("button", name="Cash").click()
    page.screenshot(path=FOLDER / "till.png")


def watching(camera: Camera) -> None:
    """Operations look at the network, and at why a node serves an order; their page listens on."""
    page = camera.open("omar", {"width": 980, "height": 760})
    page.locator("#pulse", has_text="live").wait_for()
    page.locator(".network image").wait_for()
    page.screenshot(path=FOLDER / "tower.png")
    page.get_by_role("row", name="Ship from dc").get_by_role("link").first.click()
    page.locator("tbody a").first.click()
    page.locator(".decision:has(.way)").first.screenshot(path=FOLDER / "tower-decision.png")


def looking_after(camera: Camera) -> None:
    """An administrator looks at how the house runs, and at its people."""
    page = camera.open("ada")
    page.goto("/admin")
    camera.take(page, "admin")
    page.get_by_role("link", name="People").click()
    camera.take(page, "admin-people")


@contextmanager
def demo(stores: int = 300) -> Iterator[str]:
    """A demo of our own on a free port, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="anyshelf-screens-") as folder:
        Path(folder).chmod(0o755)  # as root, the database's own account must reach its folder in it
        process = subprocess.Popen(
            [Path(sys.executable).parent / "anyshelf", "demo", "--port", str(port),
             "--data", f"{folder}/data", "--stores", str(stores)],
            env={**os.environ, "ANYSHELF_DATABASE_URL": "", "ANYSHELF_LOG_LEVEL": "error"},
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until it answers, for as long as a demo may take to draw itself."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{address}/readyz", timeout=5):  # noqa: S310  our own address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The demo did not get ready.")


if __name__ == "__main__":
    raise SystemExit(main())
