"""An item at one node, looked at closely."""

import numpy as np

from anyshelf.planning.model import NO_LIMIT, Closeup, Picture
from anyshelf.planning.rules.classes import service_percent
from anyshelf.planning.rules.picturing import both_expected, echelons, money_of
from anyshelf.planning.rules.planning import forecasts
from anyshelf.planning.rules.replenishing import wanted


def looked_at(picture: Picture, item: str, node: str) -> Closeup | None:
    """The item at the node, and what an order of today would bring it up to; None where it never lay.

    A node that feeds others is seen with all that it feeds: that is what it orders for.
    """
    rows = [
        row
        for row in range(len(picture))
        if picture.items[picture.item[row]] == item and picture.nodes[picture.node[row]] == node
    ]
    if not rows:
        return None
    at = int(picture.node[rows[0]])
    whole, row = picture, rows[0]
    if picture.source[at] < 0:
        whole, row = echelons(picture, np.array(rows)), 0
    return _closeup(whole, row)


def _closeup(picture: Picture, row: int) -> Closeup:
    at, money, days = int(picture.node[row]), money_of(picture), picture.terms.period_days
    shown, needed = both_expected(picture, money)
    here = np.array([row])
    source, coming = int(picture.source[at]), int(picture.coming[row].sum())
    shelf = int(picture.shelf[row])
    return Closeup(
        item=picture.items[int(picture.item[row])], node=picture.nodes[at],
        source=picture.nodes[source] if source >= 0 else "", currency=picture.currency, as_of=picture.as_of,
        period_days=days, history=tuple(np.nan_to_num(picture.history[row]).tolist()),
        short=tuple(picture.censored[row].tolist()), forecast=forecasts(picture, shown)[row].periods,
        free=int(picture.free[row]), on_hand=int(picture.on_hand[row]), coming=coming,
        lead_days=int(picture.lead[at]) * days, review_days=int(picture.review[at]) * days,
        pack=int(picture.pack[row]), minimum=int(picture.minimum[row]),
        shelf=None if shelf >= NO_LIMIT else shelf, holding_minor=float(money.holding[row]),
        shortage_minor=float(money.shortage[row]), service_percent=int(service_percent(picture, money)[row]),
        up_to=int(picture.free[row]) + coming + int(wanted(picture, needed, money, here)[0]),
    )  # fmt: skip
