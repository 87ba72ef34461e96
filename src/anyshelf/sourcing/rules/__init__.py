"""Choosing the nodes that serve an order: pure functions of values, the same live, simulated and measured.

`choose` decides and explains from candidates; `choose_in_field` decides from arrays and `explain` explains
that later; `choose_from_arrays` is the search beneath both. `together` plans many orders at once.
`may_serve`, `field_towards` and `units_by_node` make the field and the stock of a real network.
"""

from anyshelf.sourcing.rules.assignment import Assignment, Piece, choose_from_arrays
from anyshelf.sourcing.rules.basket import gathered, handed_back
from anyshelf.sourcing.rules.comparing import figures_of, served_by, summed
from anyshelf.sourcing.rules.costs import field_of, stock_of
from anyshelf.sourcing.rules.decision import choose, choose_in_field, explain, planned
from anyshelf.sourcing.rules.joint import OpenOrder, Outcome, Together, together
from anyshelf.sourcing.rules.reach import (
    FULL,
    LEFT_OUT,
    NO_COUNTER,
    REASONS,
    TOO_LATE,
    MayServe,
    barred_by,
    barred_for,
    field_towards,
    may_serve,
    unfit_goods,
    units_by_node,
)
from anyshelf.sourcing.rules.ruling import (
    BY_ITSELF,
    decided_where,
    deciding,
    looking_on,
    named,
    priority_to_rule,
    same_since,
)
from anyshelf.sourcing.rules.staying import chance_at, enough, in_full, kept, kept_at, sourced_at
from anyshelf.sourcing.rules.telling import told

__all__ = [
    "BY_ITSELF",
    "FULL",
    "LEFT_OUT",
    "NO_COUNTER",
    "REASONS",
    "TOO_LATE",
    "Assignment",
    "MayServe",
    "OpenOrder",
    "Outcome",
    "Piece",
    "Together",
    "barred_by",
    "barred_for",
    "chance_at",
    "choose",
    "choose_from_arrays",
    "choose_in_field",
    "decided_where",
    "deciding",
    "enough",
    "explain",
    "field_of",
    "field_towards",
    "figures_of",
    "gathered",
    "handed_back",
    "in_full",
    "kept",
    "kept_at",
    "looking_on",
    "may_serve",
    "named",
    "planned",
    "priority_to_rule",
    "same_since",
    "served_by",
    "sourced_at",
    "stock_of",
    "summed",
    "together",
    "told",
    "unfit_goods",
    "units_by_node",
]
