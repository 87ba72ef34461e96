"""Every way in says who may use it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from anyshelf.doors.http.app import build
from anyshelf.ground.auth import SCOPES_OF_ROLE
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.http import House, Public, Requires
from anyshelf.ground.settings import Settings

OPEN_TO_ALL = {"/openapi.json", "/static"}
"""What FastAPI and the file server answer by themselves: the description of the API, and pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in: a path with its methods, and what it declares of who may use it."""

    path: str
    methods: tuple[str, ...]
    declared: tuple[Requires | Public, ...]

    @property
    def name(self) -> str:
        return f"{' '.join(self.methods)} {self.path}"


@pytest.fixture
def app() -> FastAPI:
    """The whole application, put together and never asked anything."""
    database = Database("postgresql://nobody@localhost:1/nowhere")
    return build(House(database=database, clock=SystemClock(), settings=Settings()))


@pytest.fixture
def ways(app: FastAPI) -> list[Way]:
    return [
        Way(
            path=context.path or "",
            methods=tuple(sorted(context.methods or ())),
            declared=tuple(declarations(context.dependant)),
        )
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
    ]


def declarations(dependant: Dependant) -> Iterator[Requires | Public]:
    if isinstance(dependant.call, Requires | Public):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from declarations(inner)


def test_the_routes_are_found(ways: list[Way]) -> None:
    assert {"POST /v1/orders", "GET /readyz", "POST /v1/returns"} <= {way.name for way in ways}


def test_every_route_declares_its_scope_or_that_anybody_may(ways: list[Way]) -> None:
    assert [way.name for way in ways if len(set(way.declared)) != 1] == []


def test_nothing_else_is_reachable(app: FastAPI) -> None:
    others = {
        context.path
        for context in iter_route_contexts(app.routes)
        if not isinstance(context.original_route, APIRoute)
    }

    assert others <= OPEN_TO_ALL


def test_every_scope_a_route_asks_for_is_in_somebodys_role(ways: list[Way]) -> None:
    asked = {each.scope for way in ways for each in way.declared if isinstance(each, Requires)}
    given = {scope for scopes in SCOPES_OF_ROLE.values() for scope in scopes}

    assert asked - given == set()


def test_whoever_may_only_look_changes_nothing(ways: list[Way]) -> None:
    """A route that writes asks for a right to write."""
    writes = [way for way in ways if set(way.methods) & {"POST", "PUT", "PATCH", "DELETE"}]

    assert [
        way.name
        for way in writes
        for each in way.declared
        if isinstance(each, Requires) and not each.scope.endswith(":write")
    ] == []


def test_no_route_is_hidden_behind_another(ways: list[Way]) -> None:
    pairs = [(method, way.path) for way in ways for method in way.methods]

    assert len(pairs) == len(set(pairs))


def test_the_description_of_the_api_names_the_scope_of_every_way_in(app: FastAPI, ways: list[Way]) -> None:
    described = app.openapi()["paths"]
    silent = [
        way.name
        for way in ways
        for method in way.methods
        for each in way.declared
        if isinstance(each, Requires) and way.path in described
        if each.scope not in described[way.path].get(method.lower(), {}).get("description", each.scope)
    ]

    assert silent == []
