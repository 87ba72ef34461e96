"""Choosing the nodes that serve an order: pure functions of values, the same live, simulated and measured.

`choose` decides and explains from candidates; `choose_in_field` decides from arrays and `explain` explains
that later; `choose_from_arrays` is the search beneath both. `may_serve`, `field_towards` and `units_by_node`
make the field and the stock of a real network.
"""

from anyshelf.sourcing.rules.assignment import Assignment, Piece, choose_from_arrays
from anyshelf.sourcing.rules.costs import field_of, stock_of
from anyshelf.sourcing.rules.decision import choose, choose_in_field, explain
from anyshelf.sourcing.rules.reach import (
    LEFT_OUT,
    NO_COUNTER,
    REASONS,
    MayServe,
    barred_for,
    field_towards,
    may_serve,
    units_by_node,
)
from anyshelf.sourcing.rules.staying import enough, kept, kept_at, sourced_at, told

__all__ = [
    "LEFT_OUT",
    "NO_COUNTER",
    "REASONS",
    "Assignment",
    "MayServe",
    "Piece",
    "barred_for",
    "choose",
    "choose_from_arrays",
    "choose_in_field",
    "enough",
    "explain",
    "field_of",
    "field_towards",
    "kept",
    "kept_at",
    "may_serve",
    "sourced_at",
    "stock_of",
    "told",
    "units_by_node",
]
