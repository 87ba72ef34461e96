"""The log: one line of JSON for each thing worth knowing, and no personal data in any of them."""

import io
import logging
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog


class _StandardError(io.TextIOBase):
    """Standard error as it stands at each line; where it cannot be written, nobody's work stops for it."""

    def write(self, text: str, /) -> int:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def start_log(level: str) -> None:
    """Write JSON lines to standard error from this level on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )


def log_of(room: str) -> Any:
    """The log of one room."""
    return structlog.get_logger(room=room)
