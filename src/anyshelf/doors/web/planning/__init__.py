"""The pages of planners: what to send where, what threatens, one item at one node, runs and rules."""

from fastapi import APIRouter

from anyshelf.doors.web.planning import deciding, running, watching

router = APIRouter(include_in_schema=False)
for part in (deciding, watching, running):
    router.include_router(part.router)

__all__ = ["router"]
