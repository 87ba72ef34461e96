"""Planning over HTTP: suggestions to decide on, alerts, forecasts, runs, what planning goes by."""

from fastapi import APIRouter

from anyshelf.planning.api import deciding, running

router = APIRouter(prefix="/v1/planning", tags=["planning"])
for part in (deciding, running):
    router.include_router(part.router)

__all__ = ["router"]
