"""Runs of planning with how far they are, and what is accepted without anybody looking."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.planning.entering import KINDS, Looks, Plans, desk_page, enter
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Forbidden, Invalid
from anyshelf.ground.http import Here, reading
from anyshelf.ground.money import Money
from anyshelf.planning import service as planning
from anyshelf.planning.model import Automation

router = APIRouter()

SHOWN = 10
MOST = 1_000_000


@router.get("/planning/runs")
def runs(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """The latest runs, when the next one comes, and the rules by which suggestions pass by themselves."""
    with reading(here) as tx:
        desk = enter(tx, principal, here.clock.now())
        found = planning.runs(tx, desk.market, SHOWN)
        turn = planning.turn(tx, desk.market)
        hour = planning.terms(tx, desk.market).plan_hour
        passing = {
            rule.kind: (rule.quantity_max, str(Money(rule.value_max_minor, desk.currency)))
            for rule in planning.automation(tx, desk.market)
        }
    return desk_page(
        request, "runs.html", principal, desk, tab="runs", found=found, turn=turn, hour=hour, passing=passing,
        busy=turn is not None and (turn.taken(desk.now) or turn.night is not None),
    )  # fmt: skip


@router.post("/planning/runs")
def plan_now(request: Request, here: Here, principal: Plans) -> Response:
    """Have the worker plan the whole market as soon as it can."""
    if principal.nodes:
        raise Forbidden("Planning looks at all nodes; ask somebody who may.")

    def work(tx: Tx) -> None:
        planning.plan_soon(tx, principal.market, here.clock.now())

    retrying(here.database, work)
    here.wake.set()
    return _back(request)


@router.post("/planning/rules/{kind}")
def pass_by_rule(kind: str, request: Request, here: Here, principal: Plans) -> Response:
    """Accept suggestions of a kind by themselves from the next run on, up to a size and a value."""
    if kind not in KINDS:
        raise Invalid(f"There are {', '.join(KINDS)}.", field="kind")
    form = form_of(request)
    units, value = form.number("quantity_max", most=MOST), form.text("value_max", longest=20) or "0"

    def work(tx: Tx) -> None:
        desk = enter(tx, principal, here.clock.now())
        minor = Money.parse(value, desk.currency, field="value_max").minor
        rule = Automation(kind=kind, quantity_max=units, value_max_minor=minor)
        planning.automate(tx, desk.market, rule, by=principal.name, now=desk.now)

    retrying(here.database, work)
    return _back(request)


def _back(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/planning/runs", status_code=303)
