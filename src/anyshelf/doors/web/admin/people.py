"""People who sign in: added, changed, shut out, let in again, given another password."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.admin.entering import Looks, Writes, admin_page, back_to, reach_of
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.ground import accounts
from anyshelf.ground.auth import Person, Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, House, reading

router = APIRouter()

Who = Annotated[str, Path(max_length=accounts.NAME_MAX)]


@router.get("/admin/people")
def people(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """Everybody who may sign in, and a form for somebody new."""
    with reading(here) as tx:
        known = accounts.accounts(tx, principal.market)
    return admin_page(request, "people.html", principal, tab="people", known=known)


@router.get("/admin/people/{person}")
def somebody(person: Who, request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """One of them: what they may do, where, and whether they may sign in."""
    with reading(here) as tx:
        known = accounts.account(tx, principal.market, person)
    return admin_page(request, "person.html", principal, tab="people", known=known)


@router.post("/admin/people")
def add(request: Request, here: Here, principal: Writes) -> Response:
    """Let somebody new sign in."""
    form = form_of(request)
    person = form.needed("person", longest=accounts.NAME_MAX)
    password = form.needed("password", longest=200)

    def adds(tx: Tx, now: datetime) -> None:
        new = _person(tx, principal, person, form, password=password)
        accounts.add(tx, new, by=principal.name, now=now)

    return _done(request, here, adds)


@router.post("/admin/people/{person}")
def change(person: Who, request: Request, here: Here, principal: Writes) -> Response:
    """Give somebody another name, other roles or places; they sign in anew."""
    form = form_of(request)

    def changes(tx: Tx, now: datetime) -> None:
        accounts.change(tx, _person(tx, principal, person, form), by=principal.name, now=now)

    return _done(request, here, changes)


def _person(tx: Tx, principal: Principal, person: str, form: Form, password: str | None = None) -> Person:
    reach = reach_of(tx, principal.market, form)
    return Person(
        market=principal.market, person=person, name=form.text("name", longest=100) or person,
        password=password, roles=reach.roles, nodes=reach.nodes, channels=reach.channels,
        vendors=reach.vendors,
    )  # fmt: skip


@router.post("/admin/people/{person}/out")
def shut_out(person: Who, request: Request, here: Here, principal: Writes) -> Response:
    """Let somebody sign in no more; what they have open ends within seconds."""
    market, by = principal.market, principal.name
    return _done(request, here, lambda tx, now: accounts.shut_out(tx, market, person, by=by, now=now))


@router.post("/admin/people/{person}/in")
def let_in(person: Who, request: Request, here: Here, principal: Writes) -> Response:
    """Let somebody sign in again."""
    market, by = principal.market, principal.name
    return _done(request, here, lambda tx, now: accounts.let_in(tx, market, person, by=by, now=now))


@router.post("/admin/people/{person}/password")
def password(person: Who, request: Request, here: Here, principal: Writes) -> Response:
    """Give somebody another password."""
    told = form_of(request).needed("password", longest=200)
    market, by = principal.market, principal.name
    return _done(
        request, here, lambda tx, now: accounts.new_password(tx, market, person, told, by=by, now=now)
    )


def _done(request: Request, here: House, doing: Callable[[Tx, datetime], None]) -> Response:
    """Do one thing about somebody, and show everybody again."""
    retrying(here.database, lambda tx: doing(tx, here.clock.now()))
    return back_to(request, "/people")
