"""The control tower: the whole network at a glance, and every figure down to the orders behind it."""

from fastapi import APIRouter

from anyshelf.doors.web.tower import (
    changing,
    comparing,
    explaining,
    finding,
    helping,
    listing,
    mending,
    policies,
    watching,
)

router = APIRouter(include_in_schema=False)
for part in (watching, comparing, listing, mending, finding, helping, changing, explaining, policies):
    router.include_router(part.router)

__all__ = ["router"]
