"""The pages of the simulator: scenarios, their form, runs and what they came to."""

from fastapi import APIRouter

from anyshelf.doors.web.simulator import comparing, listing, running, writing

router = APIRouter(include_in_schema=False)
for part in (listing, writing, running, comparing):
    router.include_router(part.router)

__all__ = ["router"]
