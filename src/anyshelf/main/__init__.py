"""The command line, and the place where the rooms are put together."""

from anyshelf.main.command import app

__all__ = ["app"]
