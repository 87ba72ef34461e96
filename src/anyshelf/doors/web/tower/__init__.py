"""The control tower: the whole network at a glance, and every figure down to the orders behind it."""

from fastapi import APIRouter

from anyshelf.doors.web.tower import explaining, helping, listing, mending, policies, watching

router = APIRouter(include_in_schema=False)
for part in (watching, listing, mending, helping, explaining, policies):
    router.include_router(part.router)

__all__ = ["router"]
