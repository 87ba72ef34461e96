"""The pages of administrators: how the house runs, who may do what, and who did what."""

from fastapi import APIRouter

from anyshelf.doors.web.admin import keys, people, running

router = APIRouter(include_in_schema=False)
for part in (running, people, keys):
    router.include_router(part.router)

__all__ = ["router"]
