"""The pages of a till: selling, what is kept for shoppers, what comes back, and which tills are open."""

from fastapi import APIRouter

from anyshelf.doors.web.till import closing, returning, selling

router = APIRouter(include_in_schema=False)
for part in (selling, returning, closing):
    router.include_router(part.router)

__all__ = ["router"]
