"""Where the parts of a line stood in a table of their own, they stand in the line afterwards."""

import shutil
import uuid
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from anyshelf.ground.db import Database, migrate
from anyshelf.ground.ids import new_id
from anyshelf.orders import service as orders

MOVED_BY = "*_hot_path.sql"
"""The migration that moved them."""

ORDER_SQL = """
INSERT INTO orders (market, order_id, channel, currency, goods_minor, shipping_minor, placed_at)
VALUES ('main', %s, 'web', 'USD', 100, 0, now())
"""
LINE_SQL = """
INSERT INTO order_lines (market, order_id, line, item, quantity, unit_price_minor, method, journey, captured,
                         sourced, cancelled)
VALUES ('main', %s, %s, 'LAMP', 4, 50, 'ship', 'ship_from_dc', 'dispatched', 3, 1)
"""
PART_SQL = """
INSERT INTO order_allocations (market, order_id, line, node, state, quantity)
VALUES ('main', %s, %s, %s, %s, %s)
"""
ELSEWHERE_SQL = """
UPDATE order_lines SET stands = '[["sourced", "AUSTIN", 2], ["picked", "AUSTIN", 1]]'
"""
PARTS = [("DALLAS", "sourced", 1), ("AUSTIN", "sourced", 2), ("", "cancelled", 1), ("AUSTIN", "released", 0)]


@pytest.fixture
def older(server_url: str, tmp_path: Path) -> Iterator[str]:
    """A database as it was before."""
    folder = tmp_path / "before"
    folder.mkdir()
    packaged = Path(str(files("anyshelf.migrations")))
    (moved_by,) = packaged.glob(MOVED_BY)
    for script in packaged.glob("[0-9]*.sql"):
        if script.name < moved_by.name:
            shutil.copy(script, folder)
    name = f"older_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
        migrate(url, folder=folder)
        yield url
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_orders_taken_before_stand_where_they_stood(older: str) -> None:
    order_id = new_id()
    with psycopg.connect(older) as owner:
        owner.execute(ORDER_SQL, [order_id])
        for line in (1, 2):
            owner.execute(LINE_SQL, [order_id, line])
            for part in PARTS:
                owner.execute(PART_SQL, [order_id, line, *part])
    migrate(older)
    with Database(older) as database, database.transaction() as tx:
        found = orders.find(tx, "main", order_id)
        uneven = [each for each in orders.audit(tx, "main") if "stand" in each.what]

    stood = {("sourced", "DALLAS"): 1, ("sourced", "AUSTIN"): 2, ("cancelled", ""): 1}
    assert [line.spread for line in found.lines] == [stood, stood]
    assert uneven == []


def test_the_audit_finds_a_line_that_stands_elsewhere_than_it_says(older: str) -> None:
    order_id = new_id()
    migrate(older)
    with psycopg.connect(older) as owner:
        owner.execute(ORDER_SQL, [order_id])
        owner.execute(LINE_SQL, [order_id, 1])
        owner.execute(
            """UPDATE order_lines SET stands = '[["sourced", "AUSTIN", 2], ["picked", "AUSTIN", 1]]'"""
        )
    with Database(older) as database, database.transaction() as tx:
        found = {
            (each.where.rpartition(": ")[2], each.expected, each.found)
            for each in orders.audit(tx, "main")
            if "stand" in each.what
        }

    assert found == {("sourced", "3", "2"), ("picked", "0", "1"), ("cancelled", "1", "0")}
