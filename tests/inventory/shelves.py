"""What the inventory tests put on shelves, and when."""

from collections.abc import Callable
from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Stock = Callable[..., None]
