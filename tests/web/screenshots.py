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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from chromium import DESK, PHONE, NoBrowser, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screens"
READY_SECONDS = 180
BYTES_MAX = 100_000


@dataclass(frozen=True)
class Picture:
    """A picture: whose, of which page, how large and in which light."""

    name: str
    person: str
    path: str
    size: dict[str, int] = field(default_factory=lambda: DESK)
    dark: bool = False


PICTURES = (
    Picture("sign-in", "", "/sign-in"),
    Picture("store", "ana", "", PHONE),
    Picture("store-dark", "ana", "", PHONE, dark=True),
    Picture("shop", "sam", "/"),
)


def main() -> int:
    """Start a demo, take every picture, say which are too large."""
    FOLDER.mkdir(exist_ok=True)
    try:
        with demo() as address, open_browser() as browser:
            for picture in PICTURES:
                take(browser, address, picture)
    except NoBrowser as missing:
        print(missing, file=sys.stderr)  # noqa: T201  for whoever called it
        return 1
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > BYTES_MAX]
    if large:
        print(f"Larger than {BYTES_MAX} bytes: {', '.join(large)}", file=sys.stderr)  # noqa: T201
    return 1 if large else 0


def take(browser: "Browser", address: str, picture: Picture) -> None:
    """One picture, of the page as that person sees it."""
    context = browser.new_context(
        base_url=address, viewport=picture.size, color_scheme="dark" if picture.dark else "light"
    )
    page = context.new_page()
    if picture.person:
        page.goto("/sign-in")
        page.locator(f"form:has(input[value={picture.person}]) button").click()
    if picture.path:
        page.goto(picture.path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()


@contextmanager
def demo() -> Iterator[str]:
    """A demo of our own on a free port, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="anyshelf-screens-") as folder:
        Path(folder).chmod(0o755)  # as root, the database's own account must reach its folder in it
        process = subprocess.Popen(
            [Path(sys.executable).parent / "anyshelf", "demo", "--port", str(port),
             "--data", f"{folder}/data"],
            env={**os.environ, "ANYSHELF_DATABASE_URL": ""}, stdout=subprocess.DEVNULL,
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
