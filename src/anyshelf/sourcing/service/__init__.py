"""The front door of sourcing: which nodes serve these lines, on the network and the stock as they are.

`plan` is what orders and promises both ask. `look` and `choose` are its two halves, for whoever weighs
several ways to serve the same lines: `look` reads once, `choose` decides without a database.
"""

from anyshelf.sourcing.model import Ask, Destination, Sourced, Way
from anyshelf.sourcing.service.carriers import GROUND, parcel_services, service_for
from anyshelf.sourcing.service.deciding import CARRY_OUT, choose, holders, look, plan, why_not
from anyshelf.sourcing.service.pricing import Told, Wish, count_demand, price_some, pricing_of
from anyshelf.sourcing.service.shelves import Grounds, Shelves, grounds_on, shelves, shelves_seen
from anyshelf.sourcing.service.together import Moves, Standing, choose_together, look_together

__all__ = [
    "CARRY_OUT",
    "GROUND",
    "Ask",
    "Destination",
    "Grounds",
    "Moves",
    "Shelves",
    "Sourced",
    "Standing",
    "Told",
    "Way",
    "Wish",
    "choose",
    "choose_together",
    "count_demand",
    "grounds_on",
    "holders",
    "look",
    "look_together",
    "parcel_services",
    "plan",
    "price_some",
    "pricing_of",
    "service_for",
    "shelves",
    "shelves_seen",
    "why_not",
]
