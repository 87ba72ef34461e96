"""How the house runs: its version, what its readers have still to read, what was set aside, what was done."""

from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import version
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.admin.entering import Looks, Writes, admin_page, back_to
from anyshelf.doors.web.forms import form_of
from anyshelf.ground import deeds, dispatch, outbox, timers
from anyshelf.ground.db import pending, retrying
from anyshelf.ground.errors import NotFound, SetupProblem
from anyshelf.ground.http import Here, House, reading
from anyshelf.ground.settings import Settings

router = APIRouter()

SEQUENCE_MAX: Final = 2**63 - 1
DEEDS_MAX: Final = 200
HIDDEN: Final = frozenset({"database_url"})
"""Settings that hold a password: only whether they are set is shown."""


@router.get("/admin")
def running(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """Whether everything runs, and what waits for somebody to see to it."""
    now = here.clock.now()
    with reading(here) as tx:
        lags = dispatch.behind(tx, principal.market)
        aside = dispatch.set_aside(tx, principal.market)
        overdue = timers.overdue(tx, principal.market, now)
        head = outbox.head(tx, principal.market)
    return admin_page(
        request, "running.html", principal, tab="running", lags=sorted(lags.items()), aside=aside,
        overdue=overdue, head=head, now=now, version=version("anyshelf"), waiting=_migrations(here),
    )  # fmt: skip


def _migrations(here: House) -> str:
    """What is wrong with the database's version, in a sentence; empty where nothing is."""
    try:
        left = pending(here.database.url)
    except SetupProblem as problem:
        return str(problem)
    return f"{len(left)} to go: run `anyshelf migrate`." if left else ""


@router.post("/admin/again")
def again(request: Request, here: Here, principal: Writes) -> Response:
    """Hand an event that was set aside to its reader once more; what still fails stays where it is."""
    form = form_of(request)
    name = form.needed("reader", longest=64)
    sequence = form.number("sequence", least=1, most=SEQUENCE_MAX)
    reader = next((each for each in here.readers if each.name == name), None)
    if reader is None:
        raise NotFound(f"Nobody called {name} reads events.", field="reader")
    retrying(
        here.database, lambda tx: dispatch.try_again(tx, principal.market, reader, sequence, here.clock.now())
    )
    here.wake.set()
    return back_to(request, "")


@router.get("/admin/settings")
def settings(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """The settings in force, without secrets."""
    return admin_page(
        request, "settings.html", principal, tab="settings", settings=list(_shown(here.settings))
    )


def _shown(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Each setting's variable, its value as it may be shown, and whether it is not the default."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        said = ("set" if value else "not set") if field.name in HIDDEN else str(value)
        yield f"ANYSHELF_{field.name.upper()}", said, value != field.default


@router.get("/admin/deeds")
def done(
    request: Request,
    here: Here,
    principal: Looks,
    by: Annotated[str, Query(max_length=100)] = "",
    about: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Who did what, the newest first: of people, keys, policies, terms, money given back."""
    with reading(here) as tx:
        found = deeds.latest(tx, principal.market, by=by, about=about, limit=DEEDS_MAX)
    return admin_page(
        request, "deeds.html", principal, tab="deeds", found=found, by=by, about=about, most=DEEDS_MAX
    )
