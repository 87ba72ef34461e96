"""Planning as values: demand and orders for the pure rules, pictures and suggestions for the live network."""

from anyshelf.planning.model.demand import (
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
from anyshelf.planning.model.supply import (
    ALERTS,
    KINDS,
    TERM_MAX,
    Alert,
    Automation,
    Forecast,
    Period,
    Picture,
    Plan,
    Proposal,
    Run,
    Suggestion,
    Terms,
    Threat,
)

__all__ = [
    "ALERTS", "KINDS", "TERM_MAX", "Alert", "Automation", "Chain", "Costs", "Decision", "Demand", "Flags",
    "Floats", "Forecast", "Habits", "Ints", "Levels", "Limits", "Outlook", "Period", "Picture", "Placement",
    "Plan", "Proposal", "Reorder", "Run", "Stage", "Stock", "Suggestion", "Terms", "Threat",
]  # fmt: skip
