"""What is counted and written down of every request: its route, never its address, body or sender."""

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anyshelf.ground.log import log_of
from anyshelf.ground.metrics import REQUEST_SECONDS, REQUESTS

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
NO_ROUTE = "(none)"

Templates = Mapping[Callable[..., Any], str]
"""The address of each endpoint, as it was declared."""

log = log_of("http")


def templates_of(app: FastAPI) -> Templates:
    """The addresses of an application's endpoints."""
    return {
        found.original_route.endpoint: found.path or NO_ROUTE
        for found in iter_route_contexts(app.routes)
        if isinstance(found.original_route, APIRoute)
    }


class Observe:
    """ASGI: counts and times every request and writes one line of it."""

    def __init__(self, app: ASGIApp, *, templates: Templates) -> None:
        self.app = app
        self.templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = self.templates.get(scope.get("endpoint", _nobody), NO_ROUTE)
            _note(scope["method"], route, status, time.perf_counter() - begun)


def _nobody() -> None:
    """The endpoint of an address nobody answers."""


@cache
def _meters(route: str, status: int) -> tuple[Counter, Histogram]:
    """What counts and times a route; there are as many as routes and statuses."""
    return REQUESTS.labels(route, status), REQUEST_SECONDS.labels(route)


def _note(method: str, route: str, status: int, seconds: float) -> None:
    counter, timer = _meters(route, status)
    counter.inc()
    timer.observe(seconds)
    if route not in QUIET:
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
