"""Routes that are asked for thousands of times a second: a plain request goes straight to its endpoint."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Dependency = Callable[[Request], Awaitable[Any]]


class DirectRoute(APIRoute):
    """A route whose body is read in one step, and whose dependencies are asked without ceremony.

    They must be coroutines that need nothing but the request, as all of ours are. Whatever is not plainly
    right goes the framework's own way, which finds the words for what is wrong: no refusal is worded twice.
    """

    def get_route_handler(self) -> Handler:
        """What answers a request to this route."""
        usual = super().get_route_handler()
        found = self.dependant
        if len(found.body_params) != 1 or found.query_params or found.header_params or found.cookie_params:
            return usual
        (body,) = found.body_params
        model = cast("type[BaseModel]", body.field_info.annotation)
        dependencies = {str(each.name): cast("Dependency", each.call) for each in found.dependencies}
        endpoint = cast("Callable[..., Awaitable[Response]]", self.endpoint)

        async def direct(request: Request) -> Response:
            given = {name: await ask(request) for name, ask in dependencies.items()}
            read = await _read(model, request)
            if read is None:
                return await usual(request)
            if found.request_param_name:
                given[found.request_param_name] = request
            return await endpoint(**given, **{body.name: read})

        return direct


async def _read(model: type[BaseModel], request: Request) -> BaseModel | None:
    """The body, or None where somebody has to look closer."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        return None
