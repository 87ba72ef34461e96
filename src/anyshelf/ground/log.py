"""The log: one line of JSON for each thing worth knowing, and no personal data in any of them."""

import logging
import sys
from typing import Any

import structlog


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def log_of(room: str) -> Any:
    """The log of one room."""
    return structlog.get_logger(room=room)
