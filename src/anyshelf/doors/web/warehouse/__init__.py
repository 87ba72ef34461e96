"""The pages of a warehouse: waves and their walks, the bench, manifests, goods in."""

from fastapi import APIRouter

from anyshelf.doors.web.warehouse import collecting, packing, receiving, waving

router = APIRouter(include_in_schema=False)
for part in (waving, packing, collecting, receiving):
    router.include_router(part.router)

__all__ = ["router"]
