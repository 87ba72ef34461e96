"""A short inbound shared out: looked at, and suggested in place of what was suggested before."""

from datetime import UTC, datetime, timedelta

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.planning import rules, store
from anyshelf.planning.model import Shared
from anyshelf.planning.service.picturing import picture_of
from anyshelf.planning.service.planning import suggestion_of
from anyshelf.planning.service.supplying import CENTRES
from anyshelf.planning.service.terms import terms
from anyshelf.planning.store import running

LOOKED_BACK = timedelta(days=91)
"""What channels sold in so many days says what they will sell."""


def share_out(tx: Tx, market: str, item: str, centre: str, quantity: int, now: datetime) -> Shared:
    """Who gets how much of so many units that come to a centre; raises Invalid for what there is not."""
    if item not in catalogue.items(tx, market, [item]):
        raise Invalid(f"There is no item '{item}'.", field="item")
    atlas = network.atlas(tx, market)
    if centre not in atlas.index or network.node(atlas, centre).kind not in CENTRES:
        raise Invalid(f"'{centre}' is no centre that feeds stores: name a dc or fc.", field="node")
    as_of = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    picture = picture_of(tx, market, [item], terms(tx, market), as_of)
    sold = orders.sold_by_channel(tx, market, item, since=now - LOOKED_BACK, until=now)
    return rules.shared(picture, centre, quantity, sold)


def suggest_shares(tx: Tx, market: str, item: str, centre: str, shares: Shared, now: datetime) -> int:
    """Suggest these shares in place of what this centre was to send of the item; returns how many.

    Under the lock of the market's turn: a run that thinks meanwhile replaces them all, or none.
    """
    running.lock_turn(tx, market, now)
    store.replace_from(tx, market, item, centre, now)
    new = [suggestion_of(each, network.currency(tx, market), now) for each in shares.proposals]
    return store.suggest(tx, market, new_id(), new, now, known=[], since=now)
