"""The pages people see."""

from anyshelf.doors.web import (
    about,
    admin,
    asking,
    insight,
    offline,
    planning,
    shop,
    signing,
    simulator,
    store,
    till,
    tower,
    vendor,
    warehouse,
)
from anyshelf.doors.web.rendering import STATIC
from anyshelf.doors.web.visiting import ErrorPages

ROUTERS = (
    about.router,
    signing.router,
    simulator.router,
    asking.router,
    offline.router,
    shop.router,
    store.router,
    till.router,
    tower.router,
    planning.router,
    vendor.router,
    insight.router,
    warehouse.router,
    admin.router,
)

__all__ = ["ROUTERS", "STATIC", "ErrorPages"]
