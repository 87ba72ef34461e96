"""Markets: the regions whose nodes serve an order, each with its currency."""

from anyshelf.ground.db import Tx, run, values

OPEN_SQL = """
INSERT INTO markets (market, currency, name) VALUES (%(market)s, %(currency)s, %(name)s)
ON CONFLICT DO NOTHING
"""

OPEN_FEED_SQL = "INSERT INTO outbox_heads (market) VALUES (%(market)s) ON CONFLICT DO NOTHING"

MARKETS_SQL = "SELECT market FROM markets ORDER BY market"


def open_market(tx: Tx, market: str, *, currency: str) -> None:
    """Open a market with its feed of events; opened twice is opened once."""
    run(tx, OPEN_SQL, market=market, currency=currency, name=market)
    run(tx, OPEN_FEED_SQL, market=market)


def markets(tx: Tx) -> list[str]:
    """Every market of this database."""
    return [market for (market,) in values(tx, MARKETS_SQL)]
