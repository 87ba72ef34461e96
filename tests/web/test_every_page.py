"""What holds for every page: nobody is kept out, nothing is heavy, nothing has to be pushed sideways."""

import pytest
from chromium import DESK, NARROWEST, PHONE, serious_violations
from web_town import Town, Visit

BYTES_MAX = 150_000
WALL = {"width": 2560, "height": 1300}


def lived_in(town: Town) -> tuple[str, ...]:
    """The pages of a town in which something of everything is going on."""
    city = town.city
    ready = city.pick_up("LAMP", town.austin, contact={"name": "Ann"}, external_id="W-READY")
    city.order("BOOT", 2, fulfilment={"method": "pickup", "node": "DALLAS"})
    back = city.carry_out("JAR", town.austin, external_id="T-1")
    (waiting,) = city.work_at(town.austin)
    step(town, waiting["work_id"], "pick", {"lines": [{"line": 1, "quantity": 1}]})
    step(town, waiting["work_id"], "stage", {"shelf": "B2"})
    city.pick_up("JAR", town.austin, 2, contact={"name": "Ben"})
    short = city.pick_up("LAMP", town.austin, 1)
    for work in city.work_at(town.austin):
        if work["order_id"] == short["order_id"]:
            step(
                town, work["work_id"], "pick", {"lines": [{"line": 1, "quantity": 0, "short_reason": "gone"}]}
            )
    (sent,) = city.work_at(town.dc)
    step(town, sent["work_id"], "pick", {"lines": [{"line": 1, "quantity": 2}]})
    step(town, sent["work_id"], "pack")
    step(town, sent["work_id"], "dispatch", {"carrier": "van", "tracking": "T-1"})
    asked = {"order_id": back["order_id"], "at": "AUSTIN"}
    line = {"line": 1, "quantity": 1, "reason": "changed_mind"}
    assert city.post("/v1/returns", {**asked, "lines": [line]}).status == 201
    city.store("FURNISH", "vendor").has("TABLE", 9)
    city.order("TABLE", 2, contact={"name": "Dee"})
    city.reserve("JAR", town.austin, 2, contact={"name": "Cid"})
    town.city.settle()
    open_work = next(work for work in city.work_at(town.austin) if work["state"] == "open")
    links = [town.link_to(order) for order in (ready, back)]
    return (
        "/", "/?find=lamp", "/item/LAMP", "/place", "/basket", "/order", *links, "/sign-in", "/about",
        "/problems", "/problems/shortage", "/nowhere", "/store", "/store/AUSTIN", "/store/DALLAS/arrivals",
        f"/store/AUSTIN/work/{open_work['work_id']}", f"/store/AUSTIN/work/{waiting['work_id']}",
        f"/store/AUSTIN/work/{waiting['work_id']}/label", "/store/AUSTIN/count",
        "/store/AUSTIN/returns?find=T-1", "/tower", "/tower?days=1",
        "/tower/orders?node=AUSTIN&stage=to%20do",
        "/tower/behind/short_pick_rate", "/tower/exceptions", "/tower/find?what=T-1",
        f"/tower/order/{short['order_id']}",
        "/till", "/till/AUSTIN", "/till/AUSTIN/kept", "/vendor", "/vendor/FURNISH",
        "/planning", "/planning/alerts", "/planning/runs", "/planning/item?item=LAMP&node=AUSTIN",
    )  # fmt: skip


def step(town: Town, work_id: str, verb: str, body: object = None) -> None:
    """One step of work, taken over HTTP."""
    answer = town.city.post(f"/v1/work/{work_id}:{verb}", body)
    assert answer.status == 200, answer.body
    town.city.settle()


def fill_basket(page: object) -> None:
    """Something in the basket, so that there is something to check out."""
    page.goto("/item/JAR")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Put in the basket").click()  # type: ignore[attr-defined]
    page.wait_for_url("**/basket")  # type: ignore[attr-defined]


def test_the_checker_notices_what_keeps_people_out(visit: Visit) -> None:
    page = visit("", "/about")
    page.evaluate("document.querySelector('main').innerHTML = '<input><img src=x>'")

    assert len(serious_violations(page)) == 2


@pytest.mark.parametrize(("light", "size"), [("light", DESK), ("dark", PHONE)], ids=["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(
    visit: Visit, town: Town, light: str, size: dict[str, int]
) -> None:
    paths = (*lived_in(town), "/checkout")
    page = visit("omar", "", size, dark=light == "dark")
    fill_basket(page)
    found = {}
    for path in paths:
        page.goto(path, wait_until="networkidle" if path.startswith("/item") else "load")
        found[path] = serious_violations(page)

    assert {path: these for path, these in found.items() if these} == {}


def test_no_page_is_heavy_and_none_has_to_be_pushed_sideways(visit: Visit, town: Town) -> None:
    paths = (*lived_in(town), "/checkout")
    page = visit("omar", "")
    fill_basket(page)
    weights: dict[str, int] = dict.fromkeys(paths, 0)
    wide = []
    at = ""
    page.context.route("**/*", lambda route: route.continue_())  # without the browser's own cache
    page.on(
        "requestfinished",
        lambda asked: weights.update({at: weights[at] + asked.sizes()["responseBodySize"]}) if at else None,
    )
    for path in paths:
        at = path
        page.set_viewport_size(NARROWEST)
        page.goto(path, wait_until="networkidle" if path.startswith("/item") else "load")
        for size in (NARROWEST, DESK, WALL):
            page.set_viewport_size(size)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append((path, size["width"]))

    assert wide == []
    assert {path: weight for path, weight in weights.items() if not 1000 < weight < BYTES_MAX} == {}
