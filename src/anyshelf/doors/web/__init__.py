"""The pages people see."""

from anyshelf.doors.web.pages import STATIC, router

__all__ = ["STATIC", "router"]
