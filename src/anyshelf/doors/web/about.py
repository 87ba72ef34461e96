"""The page that says what this is, what it holds and what a program could try; and one for every problem."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.overview import overview
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground import errors
from anyshelf.ground.http import Here, public, reading

router = APIRouter(include_in_schema=False, dependencies=[Depends(public())])

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


@router.get("/about")
def about(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """What this is, what it holds, and what to try."""
    seen = None
    if visitor is not None:
        with reading(here) as tx:
            seen = overview(tx, visitor, here.clock.now())
    base = str(request.base_url).rstrip("/")
    return page(request, "about.html", visitor=visitor, seen=seen, base=base)


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
def problems(request: Request, visitor: Visitor) -> HTMLResponse:
    """Every kind of problem."""
    kinds = sorted(_kinds().values(), key=lambda kind: (kind.status, kind.slug))
    return page(request, "problems.html", visitor=visitor, kinds=kinds)


@router.get("/problems/{slug}")
def problem(slug: str, request: Request, visitor: Visitor) -> HTMLResponse:
    """What one kind of problem means, and what to do about it."""
    kind = _kinds().get(slug)
    if kind is None:
        raise errors.NotFound("There is no problem of this name; /problems lists them.")
    return page(request, "problems.html", visitor=visitor, kinds=[kind])
