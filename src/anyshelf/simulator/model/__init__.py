"""The values of the simulator: settings, scenarios, figures, runs."""

from anyshelf.simulator.model.figures import FIGURES, Figure, Figures
from anyshelf.simulator.model.runs import (
    BEAT_SECONDS,
    REPLICATIONS_MAX,
    SILENT,
    TRIES_MAX,
    KeptScenario,
    Run,
)
from anyshelf.simulator.model.setting import (
    PICKUP,
    RESERVE,
    SHIP,
    WALK_IN,
    Home,
    Network,
    Opened,
    Outage,
    Peak,
    Scenario,
    Setting,
    Sold,
    Staffing,
    Variant,
)
from anyshelf.simulator.model.words import SETTINGS, Word

__all__ = [
    "BEAT_SECONDS",
    "FIGURES",
    "PICKUP",
    "REPLICATIONS_MAX",
    "RESERVE",
    "SETTINGS",
    "SHIP",
    "SILENT",
    "TRIES_MAX",
    "WALK_IN",
    "Figure",
    "Figures",
    "Home",
    "KeptScenario",
    "Network",
    "Opened",
    "Outage",
    "Peak",
    "Run",
    "Scenario",
    "Setting",
    "Sold",
    "Staffing",
    "Variant",
    "Word",
]
