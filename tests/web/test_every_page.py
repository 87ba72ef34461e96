"""What holds for every page: nobody is kept out, nothing is heavy, nothing has to be pushed sideways."""

import pytest
from chromium import DESK, NARROWEST, PHONE, serious_violations
from insight_town import people_are_unhappy
from web_town import Town, Visit

from anyshelf.doors.files.scenarios import scenario_of
from anyshelf.ground.ids import Id
from anyshelf.simulator import jobs
from anyshelf.simulator import service as simulator
from city import MARKET
from visitors import cannot_pay, look_back

BYTES_MAX = 150_000
TINY = """question = "Do stores send?"
[world]
stores = 60
items = 10
days = 2
orders_per_day = 30
[[variant]]
name = "Centres"
online_from = ["dc"]
[[variant]]
name = "All"
"""
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
    city.call("PUT", "/v1/policies/mine", {"weights": {"split_penalty_minor": 900}})
    city.call("PUT", "/v1/policies/nearest", {"mode": "shadow", "sample_percent": 100})
    town.city.settle()
    played, waits = simulated(town)
    open_work = next(work for work in city.work_at(town.austin) if work["state"] == "open")
    floor = warehouse_pages(town)
    exchanged = waits_for_an_exchange(town)
    links = [town.link_to(order) for order in (ready, back)]
    return (
        "/", "/?find=lamp", "/item/LAMP", "/place", "/basket", "/order", *links, "/sign-in", "/about",
        "/problems", "/problems/shortage", "/nowhere", "/store", "/store/AUSTIN", "/store/DALLAS/arrivals",
        f"/store/AUSTIN/work/{open_work['work_id']}", f"/store/AUSTIN/work/{waiting['work_id']}",
        f"/store/AUSTIN/work/{waiting['work_id']}/label", "/store/AUSTIN/count",
        "/store/AUSTIN/returns?find=T-1", "/tower", "/tower?days=1",
        "/tower/figures?by=channel", "/tower/figures?by=node", "/tower/stock",
        "/tower/orders?node=AUSTIN&stage=to%20do",
        "/tower/behind/short_pick_rate", "/tower/exceptions", "/tower/find?what=T-1",
        f"/tower/order/{short['order_id']}",
        f"/tower/order/{short['order_id']}/change", "/tower/exceptions?state=by_itself",
        "/tower/policies", "/tower/policies/mine", "/tower/policies/nearest", "/tower/policy?like=mine",
        "/simulator", "/simulator/new", "/simulator/scenarios/black-friday",
        "/simulator/scenarios/black-friday?as=text", f"/simulator/runs/{played}", f"/simulator/runs/{waits}",
        f"/simulator/runs/{played}/report.html", f"/simulator/compare?one={played}:0&other={played}:1",
        *insight_pages(town),
        "/till", "/till/AUSTIN", "/till/AUSTIN/kept", "/till/AUSTIN/back?find=T-1",
        f"/till/AUSTIN/back/{exchanged}", "/till/AUSTIN/tills", "/vendor", "/vendor/FURNISH", *floor,
        "/planning", "/planning/alerts", "/planning/runs", "/planning/item?item=LAMP&node=AUSTIN",
    )  # fmt: skip


def waits_for_an_exchange(town: Town) -> str:
    """A return that came and is not paid yet; beside it a till is open."""
    bought = town.city.carry_out("BOOT", town.austin)
    line = {"line": 1, "quantity": 1, "reason": "too_small"}
    asked = {"order_id": bought["order_id"], "at": "AUSTIN", "lines": [line]}
    known = town.city.post("/v1/returns", asked)
    brought = {"node": "AUSTIN", "refund": False, "lines": [{"line": 1, "quantity": 1, "grade": "new"}]}
    assert town.city.post(f"/v1/returns/{known['return_id']}:receive", brought).status == 200
    assert town.city.call("PUT", "/v1/nodes/AUSTIN/tills/T1/lease").status == 200
    return str(known["return_id"])


def warehouse_pages(town: Town) -> tuple[str, ...]:
    """The pages of a warehouse in which a wave is walked, one waits, and two carriers are waited for."""
    city = town.city
    for way in ({"method": "pickup", "node": "DALLAS"}, {"method": "pickup", "node": "AUSTIN"}):
        for quantity in (41, 10):
            city.order("JAR", quantity, fulfilment=way, contact={"name": "Eve"})
    city.expect(town.dc, "JAR", 40, "PO-77")
    city.settle()
    wave = city.post("/v1/nodes/DC/waves", {"orders_max": 2})
    assert wave.status == 201, wave.body
    assert city.post(f"/v1/waves/{wave['wave_id']}:start").status == 200
    put = wave["stops"][0]["puts"][0]
    step(town, put["work_id"], "pick", {"lines": [{"line": put["line"], "quantity": put["quantity"]}]})
    step(town, put["work_id"], "pack", {"packages": [{"weight_g": 600, "tracking": "T-9"}]})
    loaded = city.post("/v1/nodes/DC/manifests:load", {"work_id": put["work_id"], "carrier": "van"})
    assert loaded.status == 200, loaded.body
    return (
        "/warehouse", "/warehouse/DC", f"/warehouse/DC/wave/{wave['wave_id']}", "/warehouse/DC/bench",
        "/warehouse/DC/manifests", f"/warehouse/DC/manifests/{loaded['manifest_id']}",
        "/warehouse/DC/receive",
    )  # fmt: skip


def insight_pages(town: Town) -> tuple[str, ...]:
    """The pages of insight when somebody is known, something was said, and something hurts."""
    city = town.city
    known = city.carry_out("JAR", town.austin, contact={"name": "Ann Lee", "email": "ann@example.org"})
    assert known.status == 201, known.body
    people_are_unhappy(city)
    cannot_pay(city)
    look_back(city)
    found = city.post("/v1/people:find", {"kind": "email", "value": "ann@example.org"})
    return (
        "/insight", "/insight/story/visits/0/orders", "/insight/people", f"/insight/people/{found['person']}",
        "/insight/feedback", "/insight/worth",
    )  # fmt: skip


def simulated(town: Town) -> tuple[Id, Id]:
    """A run that was played, and one that waits."""
    scenario, now = scenario_of(TINY, "tiny"), town.city.clock.now()
    with town.city.database.transaction() as tx:
        simulator.keep_scenario(tx, MARKET, "tiny", TINY, by="omar", now=now)
        played, waits = (
            simulator.ask(tx, MARKET, scenario, TINY, replications=2, by="omar", now=now) for _ in range(2)
        )
        simulator.take(tx, MARKET, now)
    jobs.play(town.city.database, MARKET, played.run_id, town.city.clock, workers=1)
    return played.run_id, waits.run_id


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
