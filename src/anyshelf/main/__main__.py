"""`python -m anyshelf.main` is `anyshelf`."""

from anyshelf.main.command import app

app()
