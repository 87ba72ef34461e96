"""The front door of sourcing: which nodes serve these lines, on the network and the stock as they are.

`plan` is what orders and promises both ask. `look` and `choose` are its two halves, for whoever weighs
several ways to serve the same lines: `look` reads once, `choose` decides without a database.
"""

from anyshelf.sourcing.model import Ask, Destination, Sourced, Way
from anyshelf.sourcing.rules import in_full, kept, told
from anyshelf.sourcing.service.carriers import GROUND, parcel_services, service_for
from anyshelf.sourcing.service.deciding import CARRY_OUT, TRAVELS, choose, holders, look, plan, stay, why_not
from anyshelf.sourcing.service.editions import (
    decided_where,
    edition_json,
    editions,
    known_policy,
    let_rule,
    newest,
    put_policy,
    restore,
)
from anyshelf.sourcing.service.finds import finds_json
from anyshelf.sourcing.service.markdowns import put_markdowns
from anyshelf.sourcing.service.policies import (
    balances,
    checked_weights,
    policies,
    policy_for,
    standing_json,
    weighed,
    weights_json,
)
from anyshelf.sourcing.service.pricing import Told, Wish, count_demand, price_some, pricing_of
from anyshelf.sourcing.service.shadows import (
    Judged,
    compared,
    judge,
    judged_since,
    look_on,
    looked_to,
    note_shadow,
    otherwise,
    report,
    shadows,
)
from anyshelf.sourcing.service.shelves import Grounds, Shelves, grounds_on, shelves, shelves_seen
from anyshelf.sourcing.service.together import Moves, Unreleased, choose_together, look_together

__all__ = [
    "CARRY_OUT",
    "GROUND",
    "TRAVELS",
    "Ask",
    "Destination",
    "Grounds",
    "Judged",
    "Moves",
    "Shelves",
    "Sourced",
    "Told",
    "Unreleased",
    "Way",
    "Wish",
    "balances",
    "checked_weights",
    "choose",
    "choose_together",
    "compared",
    "count_demand",
    "decided_where",
    "edition_json",
    "editions",
    "finds_json",
    "grounds_on",
    "holders",
    "in_full",
    "judge",
    "judged_since",
    "kept",
    "known_policy",
    "let_rule",
    "look",
    "look_on",
    "look_together",
    "looked_to",
    "newest",
    "note_shadow",
    "otherwise",
    "parcel_services",
    "plan",
    "policies",
    "policy_for",
    "price_some",
    "pricing_of",
    "put_markdowns",
    "put_policy",
    "report",
    "restore",
    "service_for",
    "shadows",
    "shelves",
    "shelves_seen",
    "standing_json",
    "stay",
    "told",
    "weighed",
    "weights_json",
    "why_not",
]
