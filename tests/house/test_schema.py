"""The database holds the rules that must never break, whatever the program does."""

import re
from typing import Any

import psycopg
import pytest
from the_source import PACKAGE

from anyshelf.ground.db import APP_ROLE, Database

NOT_BY_MARKET = {
    "schema_migrations": "the book of migrations belongs to the database",
    "auth_keys": "a key names its own market: it is found before the market is known",
}

APPEND_ONLY = (
    "inventory_moves", "inventory_hold_lines", "promising_promises", "promising_seen", "delivery_events",
    "return_receipts",
    "return_scans", "outbox_set_aside", "outbox_handled_after_all", "deeds",
)  # fmt: skip

FIXED_ONCE_WRITTEN = {
    "outbox": {"market", "event_id", "kind", "subject", "data", "happened_at", "written_at"},
    "payments": {"authorised_minor", "currency", "order_id", "provider_reference"},
    "payment_operations": {"amount_minor", "kind", "payment_id", "order_id", "reason"},
    "orders": {"channel", "external_id", "currency", "goods_minor", "shipping_minor", "placed_at"},
    "order_lines": {"item", "quantity", "unit_price_minor", "discount_minor", "tax_minor"},
}

MAY_BE_DELETED = {
    "idempotency_keys", "timers", "order_reserved",
    "items", "kits", "network_version", "nodes", "services", "lanes", "zones", "rates", "channels", "vendors",
    "insight_entries", "insight_set_aside", "insight_consents", "insight_people", "insight_handles",
    "insight_names", "insight_merges", "insight_suggestions", "insight_shown",
    "simulator_runs", "simulator_replications",
}  # fmt: skip
"""Keys nobody will send again, timers that rang, reservations that are over, what `anyshelf load` replaces,
what tells one person's journey, which they may have erased, and simulations, which can be played again to the
same figures; everything else is history."""

PRIMARY_KEYS_SQL = """
SELECT c.relname, (SELECT a.attname FROM pg_index i JOIN pg_attribute a
                   ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                   WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""

UNIQUE_KEYS_SQL = """
SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND NOT c.relname = ANY(%(apart)s)
"""

MACHINERY_SQL = """
SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'sequence ' || relname FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""

MAY_SQL = "SELECT has_table_privilege(%(role)s, %(table)s, %(right)s)"
MAY_ANY_COLUMN_SQL = "SELECT has_any_column_privilege(%(role)s, %(table)s, 'UPDATE')"
MAY_COLUMN_SQL = "SELECT has_column_privilege(%(role)s, %(table)s, %(column)s, 'UPDATE')"


@pytest.fixture
def owner(database_url: str) -> Any:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_the_market_leads_every_primary_key(owner: psycopg.Connection) -> None:
    leaders = dict(owner.execute(PRIMARY_KEYS_SQL).fetchall())

    assert {
        table: first for table, first in leaders.items() if first != "market"
    }.keys() == NOT_BY_MARKET.keys()


def test_the_market_leads_every_unique_key(owner: psycopg.Connection) -> None:
    keys = owner.execute(UNIQUE_KEYS_SQL, {"apart": list(NOT_BY_MARKET)}).fetchall()

    assert [key for key, first in keys if first != "market"] == []


def test_there_are_no_triggers_sequences_or_functions(owner: psycopg.Connection) -> None:
    assert owner.execute(MACHINERY_SQL).fetchall() == []


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_may_only_add_to(owner: psycopg.Connection, table: str) -> None:
    assert may(owner, table, "INSERT")
    assert not may(owner, table, "DELETE")
    assert not may(owner, table, "TRUNCATE")
    assert owner.execute(MAY_ANY_COLUMN_SQL, {"role": APP_ROLE, "table": table}).fetchone() == (False,)


@pytest.mark.parametrize("table", FIXED_ONCE_WRITTEN)
def test_what_was_written_once_stays(owner: psycopg.Connection, table: str) -> None:
    changeable = [
        column
        for column in FIXED_ONCE_WRITTEN[table]
        if owner.execute(MAY_COLUMN_SQL, {"role": APP_ROLE, "table": table, "column": column}).fetchone()
        != (False,)
    ]

    assert changeable == []


def test_the_application_deletes_nothing_but_keys_and_reference_rows(owner: psycopg.Connection) -> None:
    tables = [table for table, _ in owner.execute(PRIMARY_KEYS_SQL)]

    assert {table for table in tables if may(owner, table, "DELETE")} <= MAY_BE_DELETED
    assert [table for table in tables if may(owner, table, "TRUNCATE")] == []


def test_the_application_cannot_change_a_move(database: Database) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.transaction() as tx,
    ):
        tx.execute("UPDATE inventory_moves SET quantity = 1")


def test_no_position_can_be_oversold(owner: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="never_oversold"):
        owner.execute(
            "INSERT INTO inventory_positions (market, item, node, on_hand, reserved)"
            " VALUES ('main', 'LAMP', 'S1', 1, 2)"
        )


def test_migrations_are_numbered_without_a_gap() -> None:
    names = sorted(file.name for file in (PACKAGE / "migrations").glob("*.sql"))

    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def may(owner: psycopg.Connection, table: str, right: str) -> bool:
    parameters = {"role": APP_ROLE, "table": table, "right": right}
    return owner.execute(MAY_SQL, parameters).fetchone() == (True,)
