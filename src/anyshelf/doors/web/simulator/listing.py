"""The first page of the simulator: the questions there are, and what was played of late."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.doors.files.scenarios import question_of, shipped, text_of
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.simulator.entering import TONES, ZONE, Reads, Writes, back, left, simulator_page
from anyshelf.ground.db import retrying
from anyshelf.ground.http import Here, reading
from anyshelf.simulator import service

router = APIRouter()

LISTED_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A scenario as one row: whose it is, and what it asks."""

    name: str
    question: str
    kept_by: str


@router.get("/simulator")
def first(
    request: Request, here: Here, principal: Reads, dropped: Annotated[str, Query(max_length=60)] = ""
) -> HTMLResponse:
    """The scenarios that are shipped and kept, and the latest runs."""
    with reading(here) as tx:
        kept = service.kept_scenarios(tx, principal.market)
        runs = service.runs(tx, principal.market, limit=LISTED_MAX)
    listed = [Listed(name=each.scenario, question=question_of(each.told), kept_by=each.kept_by)
              for each in kept]  # fmt: skip
    listed += [Listed(name=name, question=question_of(text_of(name)), kept_by="") for name in shipped()]
    return simulator_page(
        request, "list.html", principal, now=here.clock.now(), listed=listed, runs=runs, dropped=dropped
    )


@router.get("/simulator/runs")
def runs(request: Request, here: Here, principal: Reads) -> Response:
    """The latest runs, for a page that is open: how far they are."""
    with reading(here) as tx:
        found = service.runs(tx, principal.market, limit=LISTED_MAX)
    return fragment(
        request, "simulator/runs.html", runs=found, tones=TONES, now=here.clock.now(), zone=ZONE, left=left
    )


@router.post("/simulator/scenarios/{name}/drop")
def drop(name: str, request: Request, here: Here, principal: Writes) -> Response:
    """Put a kept scenario away; the next page offers to bring it back."""
    retrying(
        here.database, lambda tx: service.drop_scenario(tx, principal.market, name, here.clock.now())
    )  # fmt: skip
    return back(request, f"?dropped={name}")


@router.post("/simulator/scenarios/{name}/back")
def bring_back(name: str, request: Request, here: Here, principal: Writes) -> Response:
    """Bring back a scenario that was put away."""
    retrying(here.database, lambda tx: service.bring_back(tx, principal.market, name))
    return back(request)
