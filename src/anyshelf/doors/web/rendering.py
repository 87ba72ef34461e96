"""How a page is made: its template, who looks at it, and the headers that keep it to itself."""

import gzip
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anyshelf.doors.web import wording
from anyshelf.doors.web.navigation import places_for
from anyshelf.ground.auth import Principal

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
COMPRESSED_FROM_BYTES = 1000

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(
    moment=wording.moment,
    money=wording.money,
    units_by_state=wording.units_by_state,
    day=wording.day,
    day_and_time=wording.day_and_time,
    until=wording.until,
    urgency=wording.urgency,
    state_name=wording.state_name,
    tone=wording.tone,
    plain=wording.plain,
    role_name=wording.role_name,
    hue=wording.hue,
    distance=wording.distance,
)


def page(
    request: Request, name: str, *, visitor: Principal | None = None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page from its template. It names no other host, and no other site may show it in a frame."""
    root = request.scope.get("root_path", "")
    text = _templates.get_template(name).render(
        root=root, visitor=visitor, nav=places_for(visitor, request.url.path), **values
    )
    return _sent(request, text, status)


def fragment(request: Request, name: str, **values: Any) -> HTMLResponse:
    """A piece of a page, for a page that is open to put in its place."""
    text = _templates.get_template(name).render(root=request.scope.get("root_path", ""), **values)
    return _sent(request, text, 200)


def _sent(request: Request, text: str, status: int) -> HTMLResponse:
    """The text on its way, small where the browser can unpack it."""
    answer = HTMLResponse(text, status_code=status, headers={**HEADERS, "Vary": "Accept-Encoding"})
    if "gzip" in request.headers.get("accept-encoding", "") and len(answer.body) > COMPRESSED_FROM_BYTES:
        answer.body = gzip.compress(bytes(answer.body), 5, mtime=0)
        answer.headers["content-encoding"] = "gzip"
        answer.headers["content-length"] = str(len(answer.body))
    return answer
