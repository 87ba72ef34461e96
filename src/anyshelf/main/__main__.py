"""`python -m anyshelf.main` is `anyshelf`."""

from anyshelf.main import app

app()
