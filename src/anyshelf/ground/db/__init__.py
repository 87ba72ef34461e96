"""The database: where it comes from, how it is brought up to date, how a transaction reads and writes."""

from anyshelf.ground.db.connect import (
    APP_ROLE,
    Database,
    OutcomeUnknown,
    Tx,
    catch_up,
    foresee,
    later,
    persisting,
    retrying,
    row,
    rows,
    run,
    values,
)
from anyshelf.ground.db.embedded import EmbeddedServer, default_data_dir, start_embedded
from anyshelf.ground.db.errands import Question
from anyshelf.ground.db.migrations import migrate, pending

__all__ = [
    "APP_ROLE",
    "Database",
    "EmbeddedServer",
    "OutcomeUnknown",
    "Question",
    "Tx",
    "catch_up",
    "default_data_dir",
    "foresee",
    "later",
    "migrate",
    "pending",
    "persisting",
    "retrying",
    "row",
    "rows",
    "run",
    "start_embedded",
    "values",
]
