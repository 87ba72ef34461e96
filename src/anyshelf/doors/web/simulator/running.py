"""A run: how far it is, what it came to, its report; stopped, played on, deleted."""

import base64
import hashlib
import json
import re
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from anyshelf.doors.web.rendering import HEADERS, fragment
from anyshelf.doors.web.simulator.entering import (
    TONES,
    ZONE,
    Reads,
    Writes,
    back,
    left,
    simulator_page,
)
from anyshelf.ground.db import retrying
from anyshelf.ground.errors import OutOfTurn
from anyshelf.ground.http import Here, House, reading
from anyshelf.simulator import service

router = APIRouter()

STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@router.get("/simulator/runs/{run_id}")
def run(run_id: UUID, request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """A run: its progress while it is played, then all it came to."""
    with reading(here) as tx:
        asked = service.run_of(tx, principal.market, run_id)
        answer = service.answer_to(tx, principal.market, asked)
    told = Markup(service.body_of(answer)) if answer else ""  # noqa: S704  our own template, escaped
    return simulator_page(request, "run.html", principal, now=here.clock.now(), run=asked, told=told)


@router.get("/simulator/runs/{run_id}/progress")
def progress(run_id: UUID, request: Request, here: Here, principal: Reads) -> Response:
    """How far it is, for a page that is open; the page is asked for anew once it is over."""
    with reading(here) as tx:
        asked = service.run_of(tx, principal.market, run_id)
    answer = fragment(
        request, "simulator/progress.html", run=asked, tones=TONES, now=here.clock.now(), zone=ZONE, left=left
    )
    if not asked.is_under_way:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.get("/simulator/runs/{run_id}/report.html")
def report(run_id: UUID, here: Here, principal: Reads) -> Response:
    """The report as a page that stands alone, to be kept and shown around."""
    text = service.as_html(_answer(here, principal.market, run_id))
    return HTMLResponse(text, headers={**HEADERS, "Content-Security-Policy": policy_for(text)})


def policy_for(text: str) -> str:
    """Nothing may be fetched and no script may run; of styles only the very one that stands in the page."""
    style = STYLE.search(text)
    mark = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode() if style else ""
    return f"default-src 'none'; style-src 'sha256-{mark}'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/simulator/runs/{run_id}/report.json")
def report_json(run_id: UUID, here: Here, principal: Reads) -> Response:
    """All figures, replication by replication."""
    told = json.dumps(_answer(here, principal.market, run_id).as_json(), indent=1)
    return Response(told, media_type="application/json", headers=HEADERS)


def _answer(here: House, market: str, run_id: UUID) -> service.Answer:
    with reading(here) as tx:
        asked = service.run_of(tx, market, run_id)
        answer = service.answer_to(tx, market, asked)
    if answer is None:
        raise OutOfTurn(f"This run is {asked.state}; there is a report once it is played.")
    return answer


@router.post("/simulator/runs/{run_id}/stop")
def stop(run_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Let it be; what was played stays."""
    retrying(here.database, lambda tx: service.stop(tx, principal.market, run_id, here.clock.now()))
    return back(request, f"/runs/{run_id}")


@router.post("/simulator/runs/{run_id}/again")
def again(run_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Play it on where it broke off, or once more: the same seed, the same figures."""
    asked = retrying(
        here.database,
        lambda tx: service.again(tx, principal.market, run_id, by=principal.name, now=here.clock.now()),
    )
    here.wake.set()
    return back(request, f"/runs/{asked.run_id}")


@router.post("/simulator/runs/{run_id}/drop")
def drop(run_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Delete it; whoever wants it back plays its scenario again, and has the same figures."""
    retrying(here.database, lambda tx: service.drop_run(tx, principal.market, run_id))
    return back(request)
