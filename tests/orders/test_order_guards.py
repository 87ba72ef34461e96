"""What the database itself refuses of an order, and that it is the guard and nothing else."""

import psycopg
import pytest

from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id

ORDER_SQL = """
INSERT INTO orders (market, order_id, channel, currency, goods_minor, shipping_minor, placed_at)
VALUES ('main', %s, 'web', 'USD', 100, 0, now())
"""
LINE_SQL = """
INSERT INTO order_lines (market, order_id, line, item, quantity, unit_price_minor, method, journey, captured,
                         sourced)
VALUES ('main', %s, 1, 'LAMP', 2, 50, 'ship', 'ship_from_dc', 'dispatched', 2)
"""


@pytest.fixture
def order(database: Database) -> str:
    order_id = str(new_id())
    with database.transaction() as tx:
        tx.execute(ORDER_SQL, [order_id])
        tx.execute(LINE_SQL, [order_id])
    return order_id


@pytest.mark.usefixtures("order")
@pytest.mark.parametrize("change", ["picked = 1", "sourced = 1", "sourced = -1, picked = 3"])
def test_a_line_cannot_gain_or_lose_units(database: Database, change: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        tx.execute(f"UPDATE order_lines SET {change}".encode())  # noqa: S608  the cases are above


def test_without_the_guard_it_could(database: Database, database_url: str, order: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("ALTER TABLE order_lines DROP CONSTRAINT the_sum_never_changes")
    with database.transaction() as tx:
        assert tx.execute("UPDATE order_lines SET picked = 1 WHERE order_id = %s", [order]).rowcount == 1


@pytest.mark.usefixtures("order")
@pytest.mark.parametrize("change", ["quantity = 5", "unit_price_minor = 0", "item = 'VASE'"])
def test_what_was_ordered_cannot_be_rewritten(database: Database, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(f"UPDATE order_lines SET {change}".encode())  # noqa: S608  the cases are above


@pytest.mark.usefixtures("order")
def test_an_order_cannot_be_deleted(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute("DELETE FROM orders")
