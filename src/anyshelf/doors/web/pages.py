"""The first page, signing in and out, and a page for every kind of problem."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.attempts import Attempts
from anyshelf.doors.web.overview import overview
from anyshelf.doors.web.rendering import STATIC, page
from anyshelf.ground import auth, errors
from anyshelf.ground.auth import Principal
from anyshelf.ground.http import (
    SESSION_COOKIE,
    Here,
    asker,
    body_of,
    check_same_origin,
    public,
    reading,
)

__all__ = ["STATIC", "router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(public())])

_attempts = Attempts()

ADVICE = {
    400: "Send a body that can be read: JSON in UTF-8, in the shape /openapi.json describes.",
    401: "Send an API key as “Authorization: Bearer …”, or sign in.",
    402: "Ask the shopper for another means of payment.",
    403: "Ask for the code again, or ask an administrator for a key that may do this.",
    404: "Check the address and the id; it may belong to somebody else.",
    405: "Use one of the methods the Allow header names.",
    409: "Read how things stand now, then decide; the answer names what stood in the way.",
    410: "Ask for a new promise.",
    413: "Send it in several requests.",
    415: "Send the body as application/json.",
    422: "Correct the field that “field” names.",
    429: "A person must look at it.",
    500: "It was written to the server's log; tell whoever runs it.",
    503: "Send the same request with the same Idempotency-Key after as many seconds as Retry-After says.",
}


async def _known(request: Request, here: Here) -> Principal | None:
    """Who looks at the page, if we know them."""
    try:
        return await asker(request, here)
    except errors.Unauthenticated:
        return None


Visitor = Annotated[Principal | None, Depends(_known)]


@router.get("/")
def first_page(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """What this is, what it holds, and what to try."""
    if visitor is None:
        return page(request, "first.html", visitor=None, seen=None, wrong="", base=_base(request))
    with reading(here) as tx:
        seen = overview(tx, visitor, here.clock.now())
    return page(request, "first.html", visitor=visitor, seen=seen, wrong="", base=_base(request))


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


@router.post("/sign-in")
def sign_in(request: Request, here: Here) -> Response:
    """Open a session for somebody who knows their password."""
    check_same_origin(request)
    name, password = _name_and_password(request)
    place = (request.client.host if request.client else "", name)
    try:
        _attempts.check(*place)
        with here.database.transaction() as tx:
            secret = auth.sign_in(tx, here.settings.market, name, password, here.clock.now())
    except (errors.Unauthenticated, errors.TooManyTries) as refused:
        _attempts.note(*place)
        return page(
            request, "first.html", status=refused.status, visitor=None, seen=None, wrong=refused.detail,
            base=_base(request),
        )  # fmt: skip
    _attempts.forget(*place)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(auth.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


def _name_and_password(request: Request) -> tuple[str, str]:
    try:
        form = parse_qs(body_of(request).decode(errors="replace"), max_num_fields=10)
    except ValueError:
        raise errors.Malformed("This is not the form of the first page.", field="body") from None
    name, password = (form.get(field, [""])[0] for field in ("name", "password"))
    return name.replace("\0", ""), password


@router.post("/sign-out")
def sign_out(request: Request, here: Here) -> Response:
    """End the session."""
    check_same_origin(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with here.database.transaction() as tx:
            auth.sign_out(tx, secret, here.clock.now())
        here.known.forget(secret)
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    slug: str
    status: int
    title: str
    meaning: str
    advice: str


def _kinds() -> dict[str, _Kind]:
    """Every kind of refusal there is, by its slug."""
    found: dict[str, _Kind] = {}
    waiting = [errors.Refusal]
    while waiting:
        kind = waiting.pop(0)
        waiting += kind.__subclasses__()
        if kind is not errors.Refusal:
            found[kind.slug] = _Kind(
                slug=kind.slug,
                status=kind.status,
                title=kind.title,
                meaning=(kind.__doc__ or "").partition("\n")[0],
                advice=ADVICE.get(kind.status, ""),
            )
    return found


@router.get("/problems")
def problems(request: Request) -> HTMLResponse:
    """Every kind of problem."""
    kinds = sorted(_kinds().values(), key=lambda kind: (kind.status, kind.slug))
    return page(request, "problems.html", kinds=kinds)


@router.get("/problems/{slug}")
def problem(slug: str, request: Request) -> HTMLResponse:
    """What one kind of problem means, and what to do about it."""
    kind = _kinds().get(slug)
    if kind is None:
        raise errors.NotFound("There is no problem of this name; /problems lists them.")
    return page(request, "problems.html", kinds=[kind])
