"""Who looks at a page, and pages that say no to people instead of programs."""

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anyshelf.doors.web.rendering import page
from anyshelf.ground import errors
from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, asker, house

PROBLEM = "application/problem+json"
NOT_KNOWN = 401
SERVER_FAILED = 500


async def known(request: Request, here: Here) -> Principal | None:
    """Who looks at a page that anybody may see, if we know them."""
    try:
        return await asker(request, here)
    except errors.Unauthenticated:
        return None


Visitor = Annotated[Principal | None, Depends(known)]


class ErrorPages:
    """ASGI: a browser that asked for a page gets a page, also where the answer is a problem.

    Scripts of our pages (`HX-Request`), programs and the API get the problem as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        kept: list[Message] = []

        async def hold_back(message: Message) -> None:
            """Keep a problem to ourselves; everything else goes out as it comes."""
            begins = message["type"] == "http.response.start"
            if kept or (begins and Headers(raw=message["headers"]).get("content-type") == PROBLEM):
                kept.append(message)
            else:
                await send(message)

        await self.app(scope, receive, hold_back)
        if kept:
            request = Request(scope)
            body = b"".join(message.get("body", b"") for message in kept[1:])
            answer = await _as_page(request, kept[0]["status"], json.loads(body))
            await answer(scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return (
        "text/html" in headers.get("accept", "")
        and "hx-request" not in headers
        and not scope["path"].startswith("/v1/")
    )


async def _as_page(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """The problem as a page; who is not known is asked to sign in, and comes back here."""
    if status == NOT_KNOWN and request.method == "GET":
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", status_code=303)
    try:
        visitor = await known(request, await house(request))
    except errors.Refusal:
        visitor = None
    return page(
        request, "error.html", visitor=visitor, status=status, problem=problem,
        ours=status >= SERVER_FAILED, back=_from_here(request),
    )  # fmt: skip


def _from_here(request: Request) -> str:
    """The page of ours somebody came from; the first page where nobody knows."""
    before = request.headers.get("referer", "")
    base = str(request.base_url)
    return f"/{before.removeprefix(base)}" if before.startswith(base) else "/"
