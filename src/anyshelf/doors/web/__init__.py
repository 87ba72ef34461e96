"""The pages people see."""

from anyshelf.doors.web import about, asking, planning, shop, signing, store, till, tower, vendor
from anyshelf.doors.web.rendering import STATIC
from anyshelf.doors.web.visiting import ErrorPages

ROUTERS = (
    about.router,
    signing.router,
    asking.router,
    shop.router,
    store.router,
    till.router,
    tower.router,
    planning.router,
    vendor.router,
)

__all__ = ["ROUTERS", "STATIC", "ErrorPages"]
