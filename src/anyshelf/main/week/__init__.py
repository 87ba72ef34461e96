"""The week before the demo opened: ordered, served and brought back through the services of the house."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from psycopg.conninfo import make_conninfo

from anyshelf.ground.db import Database, Tx
from anyshelf.main.week.looking import look
from anyshelf.main.week.ordering import Placed, cancel, order
from anyshelf.main.week.player import Past
from anyshelf.main.week.serving import Serving
from anyshelf.main.week.telling import Telling
from anyshelf.main.week.wishing import sold_before, town_of
from anyshelf.orders import service as orders
from anyshelf.simulator.demo import Wish

DAYS: Final = timedelta(days=7)
LAZILY: Final = "-c synchronous_commit=off"
"""The past need not wait for the disk at every step: what a power cut takes of it nobody was promised."""
CHANGED_MIND: Final = timedelta(minutes=4)


def play_week(
    url: str, market: str, *, seed: int, home: str, until: datetime, shows: Callable[[datetime], None]
) -> int:
    """Let the seven days before `until` happen; returns how many orders were placed in them.

    Does nothing where anything was ordered before: a demo that was stopped in the middle of its week goes on
    from where it stood. `shows` is told how far the week has come.
    """
    with Database(make_conninfo(url, options=LAZILY), pool_max=2) as database:
        with database.transaction() as tx:
            if orders.recent(tx, market, limit=1):
                return 0
            town = town_of(tx, market, seed=seed, home=home)
            orders.keep_history(tx, market, list(sold_before(town, until - DAYS)))
        past, placed, wishes = Past(database, market, town.atlas, until - DAYS), Placed(), town.week(until)
        telling = Telling(past, placed)
        look(past, wishes, town.items, until)
        for wish in wishes:
            past.later(wish.at, partial(_buy, past, placed, telling, wish))
            if wish.fate == "cancelled":
                past.later(wish.at + CHANGED_MIND, partial(cancel, past, wish))
        past.play(until, Serving(past, placed, telling.done).hear, shows)
        return len(placed.wishes)


def _buy(past: Past, placed: Placed, telling: Telling, wish: Wish, tx: Tx, now: datetime) -> None:
    """Somebody orders; who carries it out of the shop has it at once."""
    order_id = order(past, placed, wish, tx, now)
    if wish.method == "carry_out":
        telling.done(order_id, now)
