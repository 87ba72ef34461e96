"""Markets: the regions whose nodes serve an order, each with its currency."""

from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run, values

OPEN_SQL = """
INSERT INTO markets (market, currency, name) VALUES (%(market)s, %(currency)s, %(name)s)
ON CONFLICT DO NOTHING
"""

OPEN_FEED_SQL = "INSERT INTO outbox_heads (market) VALUES (%(market)s) ON CONFLICT DO NOTHING"

MARKETS_SQL = "SELECT market FROM markets ORDER BY market"

TERMS_SQL = "SELECT terms FROM markets WHERE market = %(market)s"
SAVE_TERMS_SQL = "UPDATE markets SET terms = terms || %(terms)s::jsonb WHERE market = %(market)s"


def open_market(tx: Tx, market: str, *, currency: str) -> None:
    """Open a market with its feed of events; opened twice is opened once."""
    run(tx, OPEN_SQL, market=market, currency=currency, name=market)
    run(tx, OPEN_FEED_SQL, market=market)


def markets(tx: Tx) -> list[str]:
    """Every market of this database."""
    return [market for (market,) in values(tx, MARKETS_SQL)]


def terms_of(tx: Tx, market: str) -> dict[str, Any]:
    """What a market has said for itself; the rooms know the rest."""
    found = values(tx, TERMS_SQL, market=market)
    return dict(found[0][0]) if found else {}


def save_terms(tx: Tx, market: str, given: dict[str, Any]) -> None:
    """Write these terms over what a market said before."""
    run(tx, SAVE_TERMS_SQL, market=market, terms=Jsonb(given))
