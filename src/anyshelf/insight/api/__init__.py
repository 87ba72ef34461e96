"""Insight over HTTP: the journey comes in; people, figures, stories and feedback are looked at."""

from fastapi import APIRouter

from anyshelf.insight.api import collecting, feedback, figures, people

router = APIRouter()
for part in (collecting, people, figures, feedback):
    router.include_router(part.router)

__all__ = ["router"]
