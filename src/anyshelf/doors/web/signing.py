"""Signing in and out; in the demo, by one click as one of its people."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.attempts import Attempts
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.navigation import home_of
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground import auth, errors
from anyshelf.ground.auth import Person, Principal
from anyshelf.ground.http import (
    SESSION_COOKIE,
    Here,
    House,
    at_home,
    check_same_origin,
    public,
    reading,
)
from anyshelf.network import service as network

router = APIRouter(include_in_schema=False, dependencies=[Depends(public())])

_attempts = Attempts()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """One of the demo's people as a button: who they are and where they work."""

    person: str
    name: str
    role: str
    place: str


@router.get("/sign-in")
def ask(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """Asks who somebody is: a name and a password, or in the demo one of its people."""
    return _asked(request, here, visitor)


def _asked(
    request: Request, here: House, visitor: Principal | None, *, wrong: str = "", status: int = 200
) -> HTMLResponse:
    return page(
        request, "sign_in.html", visitor=visitor, status=status, wrong=wrong,
        after=_within(request.query_params.get("next", "")), people=_people(request, here),
        signed_in=SESSION_COOKIE in request.cookies,
    )  # fmt: skip


def _within(path: str) -> str:
    """A path of this very site; anything else is none."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path[:500] if fine else ""


def _people(request: Request, here: House) -> list[DemoPerson]:
    """The demo's people, for who sits at the demo's own machine; nobody anywhere else."""
    if at_home(request, here) is None:
        return []
    market = here.settings.market
    with reading(here) as tx:
        atlas = network.atlas(tx, market)
        known = auth.people(tx, market)
    names = {node.node: node.name for node in atlas.nodes}
    names |= {code: vendor.name for code, vendor in atlas.vendors.items()}
    shown = [
        DemoPerson(
            person=each.person,
            name=each.name,
            role=", ".join(each.roles),
            place=", ".join(names.get(code, code) for code in (*each.nodes, *each.vendors)),
        )
        for each in known
        if each.password is None
    ]
    order = list(auth.SCOPES_OF_ROLE)
    return sorted(shown, key=lambda each: (-order.index(each.role.split(", ")[0]), each.name))


@router.post("/sign-in")
def sign_in(request: Request, here: Here, visitor: Visitor) -> Response:
    """Open a session for somebody who knows their password."""
    check_same_origin(request)
    form = form_of(request)
    name, password = form.text("name"), form.text("password")
    place = (request.client.host if request.client else "", name)
    try:
        _attempts.check(*place)
        with here.database.transaction() as tx:
            secret = auth.sign_in(tx, here.settings.market, name, password, here.clock.now())
    except (errors.Unauthenticated, errors.TooManyTries) as refused:
        _attempts.note(*place)
        return _asked(request, here, visitor, wrong=refused.detail, status=refused.status)
    _attempts.forget(*place)
    return _inside(request, here, secret)


@router.post("/sign-in/as")
def sign_in_as(request: Request, here: Here) -> Response:
    """Be one of the demo's people, by one click: only at the demo's own machine."""
    check_same_origin(request)
    if at_home(request, here) is None:
        raise errors.Forbidden("Only the demo, on its own machine, lets people in without a password.")
    wanted = form_of(request).needed("person")
    with here.database.transaction() as tx:
        people = auth.people(tx, here.settings.market)
        secret = auth.open_session(tx, _one_of(people, wanted), here.clock.now())
    return _inside(request, here, secret)


def _one_of(people: Sequence[Person], wanted: str) -> Person:
    found = next((each for each in people if each.person == wanted and each.password is None), None)
    if found is None:
        raise errors.NotFound(f"The demo knows nobody called {wanted}.", field="person")
    return found


def _inside(request: Request, here: House, secret: str) -> Response:
    """Where somebody goes who has just signed in, with their session."""
    with here.database.transaction() as tx:
        principal = auth.recognise(tx, secret, here.clock.now())
    answer = RedirectResponse(_within(form_of(request).text("next")) or home_of(principal), status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(auth.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, here: Here) -> Response:
    """End the session."""
    check_same_origin(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with here.database.transaction() as tx:
            auth.sign_out(tx, secret, here.clock.now())
        here.known.forget(secret)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer
