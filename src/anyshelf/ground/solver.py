"""A solver of linear programmes that says nothing."""

import os
from functools import cache

import highspy


def new_solver() -> highspy.Highs:
    """A solver with no programme yet, on one thread: processes side by side do not wait for each other."""
    _greet_nobody()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    return solver


@cache
def _greet_nobody() -> None:
    """Have the library's greeting over with: its first solver writes one before it can be told to be silent.

    On standard output it would stand in front of the JSON of a command.
    """
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
