"""The description of the API (OpenAPI), with our problems in place of the framework's own."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from anyshelf.ground.http import Requires

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was not carried out (RFC 9457); nothing has changed.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/shortage"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "The field that is wrong."},
    },
}
REFUSED = {
    "description": "Refused",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "anyshelf_session"},
}
THEIRS = ("HTTPValidationError", "ValidationError")
WRITES = frozenset({"post", "put", "patch", "delete"})
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request again is answered the same, and done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application: made once, then kept."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        for name in THEIRS:
            document.get("components", {}).get("schemas", {}).pop(name, None)
        parts = document.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = PROBLEM
        parts["securitySchemes"] = SECURITY
        scopes = {(path, way): list(_scopes(needs)) for path, way, needs in _ways(app)}
        for path, ways in document["paths"].items():
            for way, operation in ways.items():
                _mend(operation, way, scopes.get((path, way), []))
        app.openapi_schema = document
    return app.openapi_schema


def _mend(operation: dict[str, Any], way: str, scopes: list[str]) -> None:
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = REFUSED
    if not scopes:
        return
    operation["security"] = [{"key": []}, {"session": []}]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scopes[0]}`.".strip()
    named = {each["name"].lower() for each in operation.get("parameters", [])}
    if way in WRITES and "idempotency-key" not in named:
        operation.setdefault("parameters", []).append(KEY)


def _ways(app: FastAPI) -> Iterator[tuple[str, str, Dependant]]:
    """Every way in: its path, its method and what it depends on, however deep its router was included."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            for way in context.methods or ():
                yield context.path or "", way.lower(), context.dependant


def _scopes(dependant: Dependant) -> Iterator[str]:
    """The scopes a route asks for."""
    if isinstance(dependant.call, Requires):
        yield dependant.call.scope
    for inner in dependant.dependencies:
        yield from _scopes(inner)
