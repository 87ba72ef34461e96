"""API keys: made, shown once, revoked."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.admin.entering import Looks, Writes, admin_page, back_to, reach_of
from anyshelf.doors.web.forms import form_of
from anyshelf.ground import accounts
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, reading

router = APIRouter()

DAYS_MAX = 3650


@router.get("/admin/keys")
def keys(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """The keys in force, and a form for a new one."""
    with reading(here) as tx:
        known = accounts.keys(tx, principal.market)
    return admin_page(request, "keys.html", principal, tab="keys", known=known, secret="", made="")


@router.post("/admin/keys")
def make(request: Request, here: Here, principal: Writes) -> HTMLResponse:
    """Make a key; the page that answers is the only one that ever shows its secret."""
    form = form_of(request)
    name = form.needed("name", longest=accounts.NAME_MAX)
    days = form.number("days", most=DAYS_MAX, otherwise=0)

    def work(tx: Tx) -> str:
        reach, now = reach_of(tx, principal.market, form), here.clock.now()
        key = Principal(
            market=principal.market, name=name, roles=reach.roles, nodes=reach.nodes,
            channels=reach.channels, vendors=reach.vendors,
        )  # fmt: skip
        ends = now + timedelta(days=days) if days else None
        return accounts.make_key(tx, key, by=principal.name, now=now, expires_at=ends)

    secret = retrying(here.database, work)
    with reading(here) as tx:
        known = accounts.keys(tx, principal.market)
    return admin_page(
        request, "keys.html", principal, tab="keys", status=201, known=known, secret=secret, made=name
    )


@router.post("/admin/keys/revoke")
def revoke(request: Request, here: Here, principal: Writes) -> Response:
    """End a key; within seconds nothing is taken under it any more."""
    name = form_of(request).needed("name", longest=200)
    retrying(here.database, lambda tx: accounts.revoke_key(
        tx, principal.market, name, by=principal.name, now=here.clock.now()
    ))  # fmt: skip
    return back_to(request, "/keys")
