"""The shopper's own link to an order: whoever holds it may see the order and decide for its shopper."""

from datetime import datetime

from anyshelf.ground.auth import hash_of
from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id
from anyshelf.orders import store


def make_link(tx: Tx, market: str, order_id: Id, *, token: str, now: datetime) -> None:
    """Let `token` open this order; it is long and random, made by the caller, and only its hash is kept."""
    run(tx, store.MAKE_LINK_SQL, market=market, token_hash=hash_of(token), order_id=order_id, now=now)


def linked(tx: Tx, market: str, token: str) -> Id:
    """The order a link opens; raises NotFound."""
    found = values(tx, store.LINKED_SQL, market=market, token_hash=hash_of(token))
    if not found:
        raise NotFound("This link opens no order. Look for it by its number and your e-mail address.")
    return Id(str(found[0][0]))
