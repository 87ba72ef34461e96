"""Pages opened without a connection: what was listed or open before is there, and nothing done is lost."""

import json
import re
from typing import Any

from chromium import PHONE, serious_violations
from test_journeys_of_people import all_sent, find_everything
from test_till import READY, newest, put
from web_town import Town, Visit

KEPT_SCRIPT = """async (path) => Boolean(
  navigator.serviceWorker.controller && await caches.match(new URL(path, location).href))"""
PAGES_SCRIPT = """async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("anyshelf-pages-"));
  const kept = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).length));
  return kept.reduce((sum, each) => sum + each, 0);
}"""


def becomes(page: Any, script: str, argument: str, wanted: str) -> bool:
    """Whether a script that answers in time comes to this answer; `wait_for_function` awaits no promise."""
    asked = f"""async (argument) => {{
      const ask = {script};
      for (let round = 0; round < 300; round += 1) {{
        if (await ask(argument) === {wanted}) return true;
        await new Promise((next) => setTimeout(next, 50));
      }}
      return false;
    }}"""
    return bool(page.evaluate(asked, argument))


def kept(page: Any, path: str) -> None:
    """The phone has kept this page, and whoever keeps it answers for the one that is open."""
    assert becomes(page, KEPT_SCRIPT, path, "true")


def cut_off(page: Any) -> None:
    """The connection is gone: for the page, and for the worker that serves it."""
    page.context.set_offline(True)


def test_work_that_was_listed_is_opened_and_done_without_a_connection(visit: Visit, town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin, 2, contact={"name": "Ann"})
    (work,) = town.city.work_at(town.austin)
    page = visit("ana", "/store/AUSTIN", PHONE, keeps=True)
    kept(page, "/store/AUSTIN")
    kept(page, f"/store/AUSTIN/work/{work['work_id']}")

    cut_off(page)
    page.reload()
    page.get_by_role("link", name="Ann").click()
    page.get_by_role("heading", name="Pick", exact=True).wait_for()
    find_everything(page)
    page.goto("/store/AUSTIN")
    page.get_by_role("link", name="Ann").click()
    page.get_by_label("Shelf at the counter").fill("C4")
    page.get_by_role("button", name="Ready to collect").click()
    page.get_by_text("2 steps are kept on this phone").wait_for()
    assert town.city.states(order) == {"released": 2}

    page.context.set_offline(False)
    all_sent(page)
    assert town.city.states(order) == {"staged": 2}
    assert town.city.audit() == []


def test_a_till_opened_again_without_a_connection_sells_on(visit: Visit, town: Town) -> None:
    page = visit("carl", "", keeps=True)
    page.locator("#lease", has_text=READY).wait_for()
    kept(page, "/till/AUSTIN")

    cut_off(page)
    page.reload()
    page.locator("#lease", has_text="cut off").wait_for()
    put(page, "LAMP")
    page.get_by_role("button", name="Cash").click()
    newest(page, "kept here")
    page.context.set_offline(False)
    all_sent(page)

    newest(page, "sold")
    assert town.austin.stock("LAMP")["on_hand"] == 4
    assert town.city.audit() == []


def test_a_page_that_was_never_opened_says_so_and_names_those_that_were(visit: Visit) -> None:
    page = visit("ana", "/store/AUSTIN", PHONE, keeps=True)
    kept(page, "/store/AUSTIN")
    page.goto("/store/AUSTIN/count")
    kept(page, "/store/AUSTIN/count")

    cut_off(page)
    page.goto("/store/AUSTIN/arrivals")

    page.get_by_role("heading", name="No connection").wait_for()
    assert serious_violations(page) == []
    page.get_by_role("link", name="Count · AUSTIN").click()
    page.get_by_role("heading", name="Count something").wait_for()


def test_the_next_one_at_the_phone_sees_no_page_of_the_last(visit: Visit) -> None:
    page = visit("ana", "/store/AUSTIN", PHONE, keeps=True)
    kept(page, "/store/AUSTIN")

    page.goto("/sign-in")
    assert becomes(page, PAGES_SCRIPT, "", "0")
    page.get_by_role("button", name="Sign out ana").click()
    page.wait_for_url("**/sign-in")

    assert page.evaluate(PAGES_SCRIPT) == 0


def test_pages_for_shoppers_and_answers_of_the_api_are_not_kept(visit: Visit) -> None:
    page = visit("ana", "/store/AUSTIN", PHONE, keeps=True)
    kept(page, "/store/AUSTIN")
    page.goto("/item/LAMP", wait_until="networkidle")
    page.goto("/store/AUSTIN/returns?find=nobody")

    addresses = page.evaluate("""async () => (await Promise.all((await caches.keys()).map(
        async (name) => (await (await caches.open(name)).keys()).map((asked) => asked.url)))).flat()""")

    pages = [each.removeprefix(page.url.partition("/store")[0]) for each in addresses]
    assert [each for each in pages if not each.startswith("/static/")] == ["/store/AUSTIN"]


def test_the_script_names_its_version_and_every_part_it_keeps_is_there(town: Town) -> None:
    script = town.city.get("/offline.js").body.decode()
    version, parts = re.match(r'const VERSION = "(\w{16})";\nconst SHELL = (\[.*?\]);', script).groups()

    assert version
    assert {"queue.js", "till.js", "work.js", "anyshelf.css", "offline.html"} <= set(json.loads(parts))
    assert {town.city.get(f"/static/{part}").status for part in json.loads(parts)} == {200}
