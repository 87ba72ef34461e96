"""Who may look into the simulator, who may have something played, and where its pages lead."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.files.networks import LIVE, live_network
from anyshelf.doors.files.scenarios import Networks, shipped, text_of
from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import requires
from anyshelf.simulator import service
from anyshelf.simulator.model import Network, Run

Reads = Annotated[Principal, Depends(requires("simulator:read"))]
Writes = Annotated[Principal, Depends(requires("simulator:write"))]

TONES: Final[Mapping[str, str]] = {"played": "good", "playing": "info", "failed": "bad", "stopped": "warn"}
ZONE: Final = ZoneInfo("UTC")


def simulator_page(
    request: Request, template: str, principal: Principal, *, now: datetime, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the simulator."""
    return page(
        request, f"simulator/{template}", visitor=principal, status=status, tones=TONES, now=now, zone=ZONE,
        may=principal.may("simulator:write"), left=left, **values,
    )  # fmt: skip


def back(request: Request, path: str = "") -> Response:
    """To a page of the simulator, after something was changed."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/simulator{path}", status_code=303)


def text_named(tx: Tx, market: str, name: str) -> str:
    """The TOML of a scenario, shipped or kept; raises NotFound."""
    return text_of(name) if name in shipped() else service.kept_scenario(tx, market, name).told


def networks_of(tx: Tx, market: str, now: datetime) -> Networks:
    """What `[stage] from` may name on a page: this market's own network, and no folder of the server."""

    def read(source: str) -> Network:
        if source != LIVE:
            raise Invalid(
                f'On a page a scenario is played on the network of this market: from = "{LIVE}". '
                "Folders are for anyshelf simulate.",
                field="stage.from",
            )
        return live_network(tx, market, now)

    return read


def left(run: Run, now: datetime) -> str:
    """How long it will still take, going by what was played: "about 3 minutes"."""
    if not run.done or run.begun_at is None:
        return ""
    seconds = (now - run.begun_at) / timedelta(seconds=1) / run.done * (run.of - run.done)
    if seconds < 60:  # noqa: PLR2004  a minute
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} {'minute' if minutes == 1 else 'minutes'}"
