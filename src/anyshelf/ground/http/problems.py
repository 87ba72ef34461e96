"""Every refusal as an RFC 9457 problem, and never a word about our insides."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import errors
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anyshelf.ground.errors import Busy, Conflict, Invalid, Malformed, NotFound, Refusal, Unauthenticated
from anyshelf.ground.log import log_of

ERRORS_TOLD_MAX = 100

log = log_of("http")


class Unexpected(Refusal):
    """Something went wrong on our side; it is written down there, and not told here."""

    status = 500
    slug = "unexpected"
    title = "Our mistake"


class MethodNotAllowed(Refusal):
    """This address is there, and not for this method."""

    status = 405
    slug = "method-not-allowed"
    title = "Not by this method"


class UnsupportedMediaType(Refusal):
    """The body is not in a form this address reads."""

    status = 415
    slug = "unsupported-media-type"
    title = "Not in this form"


class Problem(JSONResponse):
    """A refusal on its way out. Written in ASCII: it may name a field that no UTF-8 can hold."""

    media_type = "application/problem+json"

    def __init__(self, refusal: Refusal, headers: Mapping[str, str] | None = None) -> None:
        said = dict(headers or {})
        if isinstance(refusal, Busy):
            said["Retry-After"] = str(refusal.retry_after_seconds)
        if isinstance(refusal, Unauthenticated):
            said["WWW-Authenticate"] = "Bearer"
        super().__init__(refusal.as_problem(), status_code=refusal.status, headers=said)

    def render(self, content: Any) -> bytes:
        """The problem as bytes of JSON."""
        return json.dumps(content, separators=(",", ":"), default=str).encode()


def install_problems(app: FastAPI) -> None:
    """Teach an application to answer with problems, whatever is raised in it."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.Error, _database)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101  it is what this handler was installed for
    return Problem(error)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    return Problem(_as_refusal(request, error))


def _as_refusal(request: Request, error: RequestValidationError) -> Refusal:
    faults = [_Fault(one) for one in error.errors()[:ERRORS_TOLD_MAX]]
    for fault in faults:
        if fault.kind == "json_invalid":
            return Malformed(f"The body is not JSON: {fault.reason}", field="body")
    first = faults[0]
    if first.field == "body" and isinstance(error.body, bytes) and "json" not in _content_type(request):
        return UnsupportedMediaType(
            "Send the body as 'Content-Type: application/json'.", field="Content-Type"
        )
    told = [{"field": fault.field, "detail": fault.sentence} for fault in faults]
    return Invalid(first.sentence, field=first.field, errors=told)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")


class _Fault:
    """One thing pydantic found: where, and a sentence without the value itself (it may be personal)."""

    PLACES: ClassVar = frozenset({"body", "query", "path", "header", "cookie"})

    def __init__(self, error: Mapping[str, Any]) -> None:
        place, *inner = [str(part) for part in error["loc"]] or ["body"]
        path = inner if place in self.PLACES else [place, *inner]
        self.kind = str(error["type"])
        self.field = ".".join(path) or place
        self.reason = str(error.get("ctx", {}).get("error", error["msg"]))
        self.sentence = f"{self.field}: {error['msg'].removeprefix('Value error, ').rstrip('.')}."


FRAMEWORKS: Mapping[int, tuple[type[Refusal], str]] = {
    404: (NotFound, "There is nothing at this address."),
    405: (MethodNotAllowed, "This address does not take this method."),
    415: (UnsupportedMediaType, "The body is not in a form this address reads."),
}


async def _http(_request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown addresses, methods, bodies it cannot read."""
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    return Problem(_as_ours(error), error.headers)


def _as_ours(error: HTTPException) -> Refusal:
    if isinstance(error.__cause__, Refusal):  # raised while the framework was reading the body
        return error.__cause__
    if error.status_code == 400:  # noqa: PLR2004  the framework's word for a body it cannot read
        utf8 = not isinstance(error.__cause__, UnicodeDecodeError)
        return Malformed("The body cannot be read." if utf8 else "The body is not UTF-8.", field="body")
    if error.status_code in FRAMEWORKS:
        kind, sentence = FRAMEWORKS[error.status_code]
        return kind(sentence)
    if error.status_code < 500:  # noqa: PLR2004  everything below is the asker's to mend
        return Invalid(str(error.detail))
    return Unexpected("Something went wrong on our side.")


async def _database(_request: Request, error: Exception) -> Response:
    """What the database refused although nobody here had: the last line of defence."""
    assert isinstance(error, psycopg.Error)  # noqa: S101  as above
    log.error("the database refused", exc_info=error)
    return Problem(_as_words(error))


def _as_words(error: psycopg.Error) -> Refusal:
    match error:
        case errors.NotNullViolation() | errors.ForeignKeyViolation():
            return Unexpected("Something went wrong on our side.")
        case psycopg.IntegrityError():
            return Conflict("Another change came first, and both cannot stand. Look again.")
        case psycopg.DataError():
            return Invalid("A value is too large, too small or holds a character no text may hold.")
        case psycopg.OperationalError():
            return Busy("The database is busy; please send this again.")
    return Unexpected("Something went wrong on our side.")


class Guard:
    """ASGI: whatever nobody caught is written down, and answered as a problem without details."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http":
                raise
            log.exception("nobody expected this", method=scope["method"])
            if begun:
                raise
            await Problem(Unexpected("Something went wrong on our side."))(scope, receive, send)
