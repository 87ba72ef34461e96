"""Planning as values: demand and orders for the pure rules, pictures and suggestions for the live network."""

from anyshelf.planning.model.demand import (
    NO_LIMIT,
    Chain,
    Costs,
    Decision,
    Demand,
    Flags,
    Floats,
    Habits,
    Ints,
    Levels,
    Limits,
    Outlook,
    Placement,
    Reorder,
    Stage,
    Stock,
)
from anyshelf.planning.model.running import Automation, Run, SupplyRule, Turn
from anyshelf.planning.model.supply import (
    ALERTS,
    KINDS,
    TERM_MAX,
    Alert,
    Closeup,
    Forecast,
    Period,
    Picture,
    Plan,
    Proposal,
    Shared,
    Suggestion,
    Terms,
    Threat,
)

__all__ = [
    "ALERTS", "KINDS", "NO_LIMIT", "TERM_MAX", "Alert", "Automation", "Chain", "Closeup", "Costs",
    "Decision", "Demand", "Flags", "Floats", "Forecast", "Habits", "Ints", "Levels", "Limits", "Outlook",
    "Period", "Picture", "Placement", "Plan", "Proposal", "Reorder", "Run", "Shared", "Stage", "Stock",
    "Suggestion", "SupplyRule", "Terms", "Threat", "Turn",
]  # fmt: skip
