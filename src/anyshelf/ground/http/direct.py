"""Routes that are asked for thousands of times a second: a plain request goes straight to its endpoint."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Message, Receive, Scope, Send

Dependency = Callable[[Request], Awaitable[Any]]
Straight = Callable[[Request], Awaitable[Response | None]]


class DirectRoute(APIRoute):
    """A route whose body is read in one step, and whose dependencies are asked without ceremony.

    They must be coroutines that need nothing but the request, as all of ours are. Whatever is not plainly
    right goes the framework's own way, which finds the words for what is wrong: no refusal is worded twice.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._straight = _straight(self)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: straight where it is plain, else as usual, and then heard from its beginning."""
        if self._straight is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        response = await self._straight(request)
        if response is None:
            await super().handle(scope, _heard_again(await request.body(), receive), send)
        else:
            await response(scope, receive, send)


def _straight(route: APIRoute) -> Straight | None:
    """How to answer a plain request to a route; None where it takes more than a body."""
    found = route.dependant
    if len(found.body_params) != 1 or found.query_params or found.header_params or found.cookie_params:
        return None
    (body,) = found.body_params
    model = cast("type[BaseModel]", body.field_info.annotation)
    dependencies = {str(each.name): cast("Dependency", each.call) for each in found.dependencies}
    endpoint = cast("Callable[..., Awaitable[Response]]", route.endpoint)

    async def straight(request: Request) -> Response | None:
        given = {name: await ask(request) for name, ask in dependencies.items()}
        read = await _read(model, request)
        if read is None:
            return None
        if found.request_param_name:
            given[found.request_param_name] = request
        return await endpoint(**given, **{body.name: read})

    return straight


def _heard_again(body: bytes, receive: Receive) -> Receive:
    """A request whose body was read before: it is given once more, then what comes after it."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _read(model: type[BaseModel], request: Request) -> BaseModel | None:
    """The body, or None where somebody has to look closer."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        return None
