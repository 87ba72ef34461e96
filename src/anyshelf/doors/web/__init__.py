"""The pages people see."""

from anyshelf.doors.web import about, asking, offline, shop, signing, store, till, tower, vendor, warehouse
from anyshelf.doors.web.rendering import STATIC
from anyshelf.doors.web.visiting import ErrorPages

ROUTERS = (
    about.router,
    signing.router,
    asking.router,
    offline.router,
    shop.router,
    store.router,
    till.router,
    tower.router,
    vendor.router,
    warehouse.router,
)

__all__ = ["ROUTERS", "STATIC", "ErrorPages"]
