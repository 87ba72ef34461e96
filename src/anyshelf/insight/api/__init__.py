"""Insight over HTTP: the journey comes in; people, figures, stories and feedback are looked at."""

from fastapi import APIRouter

from anyshelf.insight.api import collecting, feedback, figures, people, signals, substitutes
from anyshelf.insight.service import Likings

router = APIRouter()
for part in (collecting, people, figures, feedback, signals, substitutes):
    router.include_router(part.router)

__all__ = ["Likings", "router"]
