"""The front door of sourcing: which nodes serve these lines, on the network and the stock as they are.

`plan` is what orders and promises both ask. `look` and `choose` are its two halves, for whoever weighs
several ways to serve the same lines: `look` reads once, `choose` decides without a database.
"""

from anyshelf.sourcing.model import Ask, Destination, Sourced, Way
from anyshelf.sourcing.rules import kept, told
from anyshelf.sourcing.service.carriers import GROUND, parcel_services, service_for
from anyshelf.sourcing.service.deciding import CARRY_OUT, TRAVELS, choose, holders, look, plan, stay, why_not
from anyshelf.sourcing.service.shelves import Grounds, Shelves, grounds_on, shelves, shelves_seen

__all__ = [
    "CARRY_OUT",
    "GROUND",
    "TRAVELS",
    "Ask",
    "Destination",
    "Grounds",
    "Shelves",
    "Sourced",
    "Way",
    "choose",
    "grounds_on",
    "holders",
    "kept",
    "look",
    "parcel_services",
    "plan",
    "service_for",
    "shelves",
    "shelves_seen",
    "stay",
    "told",
    "why_not",
]
