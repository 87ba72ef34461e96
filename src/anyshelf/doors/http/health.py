"""How the server is, for those who watch over it."""

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from anyshelf.ground.db import pending
from anyshelf.ground.errors import Busy, SetupProblem
from anyshelf.ground.http import Here, public

router = APIRouter(tags=["server"], dependencies=[Depends(public())])

_migrated: set[str] = set()
"""Databases found up to date; they stay so for the life of this program."""


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether this process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(here: Here) -> dict[str, str]:
    """Whether this process can serve: its database answers, and is of this version."""
    here.database.ping()
    if here.database.url not in _migrated:
        _check_version(here.database.url)
        _migrated.add(here.database.url)
    return {"status": "ready"}


def _check_version(url: str) -> None:
    try:
        waiting = pending(url)
    except SetupProblem as problem:
        raise Busy(str(problem)) from problem
    if waiting:
        raise Busy(f"The database is not of this version yet: run `anyshelf migrate` ({len(waiting)} to go).")


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """What has been counted, in the form Prometheus reads."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
