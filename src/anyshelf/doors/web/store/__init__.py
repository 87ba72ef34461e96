"""The pages of a store, made for the phone in an associate's hand."""

from fastapi import APIRouter

from anyshelf.doors.web.store import counting, receiving, returning, transferring, working

router = APIRouter(include_in_schema=False)
for part in (working, receiving, transferring, counting, returning):
    router.include_router(part.router)

__all__ = ["router"]
