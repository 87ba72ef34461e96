"""The shop: a plain storefront, good enough to feel every journey."""

from fastapi import APIRouter

from anyshelf.doors.web.shop import basket, browsing, buying, following

router = APIRouter(include_in_schema=False)
for part in (browsing, basket, buying, following):
    router.include_router(part.router)

__all__ = ["router"]
