"""Insight: what hurts, who shoppers are, what they say, and what knowing them was worth."""

from fastapi import APIRouter

from anyshelf.doors.web.insight import exporting, hearing, hurting, knowing, paying

router = APIRouter(include_in_schema=False)
for part in (hurting, knowing, hearing, paying, exporting):
    router.include_router(part.router)

__all__ = ["router"]
