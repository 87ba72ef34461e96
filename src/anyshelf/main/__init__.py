"""The command line, and the place where the rooms are put together."""

from anyshelf.main.command import app
from anyshelf.main.planning import plan_app
from anyshelf.main.simulating import simulate

__all__ = ["app", "plan_app", "simulate"]
