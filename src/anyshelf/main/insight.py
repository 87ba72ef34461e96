"""`anyshelf export` and `anyshelf erase`: data for other tools, and a person's rights over their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from anyshelf.delivery import service as delivery
from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground import idempotency
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.errors import NotFound, SetupProblem
from anyshelf.ground.http import House
from anyshelf.ground.ids import Id
from anyshelf.insight import service as insight
from anyshelf.main.running import open_house, settings_now
from anyshelf.orders import service as orders
from anyshelf.returns import service as returns

out = Console()

KINDS = ("account", "email", "phone", "loyalty", "person")
MARKS = "exported.json"
ORDERS_MAX = 1000

ThePerson = Annotated[
    str | None,
    typer.Option("--person", help="KIND:VALUE, such as email:ann@example.org or account:4711."),
]


@contextmanager
def _market() -> Iterator[tuple[House, str]]:
    settings = settings_now()
    with open_house(settings) as house:
        yield house, settings.market


def export(
    folder: Annotated[Path | None, typer.Argument(help="Folder for Parquet files.")] = None,
    person: ThePerson = None,
) -> None:
    """Write what is new of steps and orders as Parquet, under pseudonyms; or all we hold of one person."""
    if (folder is None) == (person is None):
        raise SetupProblem("Say either a folder for Parquet files or --person KIND:VALUE.")
    with _market() as (house, market):
        if person is not None:
            with house.database.transaction() as tx:
                print(json.dumps(_held(tx, market, person), indent=2, default=str))  # noqa: T201  for pipes
        elif folder is not None:
            for table, rows in _exported(house.database, market, folder, house.clock.now()).items():
                out.print(f"{table}: {rows:,} rows", highlight=False)


def erase(
    person: Annotated[str, typer.Option("--person", help="KIND:VALUE, such as email:ann@example.org.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a person: their journey is deleted, and finished orders no longer say whose they were."""
    if not yes:
        typer.confirm(f"Forget {person.partition(':')[0]} {person.partition(':')[2]} for good?", abort=True)
    with _market() as (house, market), house.database.transaction() as tx:
        theirs = _orders(tx, market, person)
        gone = _erased(tx, market, person)
        done = [order_id for order_id in theirs if _forgotten(tx, market, order_id)]
        insight.forget_words(tx, market, done)
        idempotency.forget_answers(tx, market, [str(order_id) for order_id in done])
    kept = len(theirs) - len(done)
    out.print(f"{gone} rows of insight deleted, {len(done)} orders without a person now.")
    if kept:
        out.print(f"{kept} orders are still under way: erase again when they are finished.")


def _forgotten(tx: Tx, market: str, order_id: Id) -> bool:
    """Take a person out of an order and of all that was done for it; False while it is under way."""
    order = orders.lock(tx, market, order_id)
    if not orders.forget_person(tx, order):
        return False
    if order.customer:
        orders.forget_customer(tx, market, order.customer)
    for room in (fulfilment, delivery, returns):
        room.forget(tx, market, order_id)
    return True


def _read(person: str) -> tuple[str, str]:
    kind, colon, value = person.partition(":")
    if not colon or kind not in KINDS or not value:
        raise SetupProblem(f"'{person}' names nobody; write KIND:VALUE, where KIND is {', '.join(KINDS)}.")
    return kind, value


def _person_id(tx: Tx, market: str, person: str) -> Id:
    kind, value = _read(person)
    if kind == "person":
        return Id(value)
    return insight.look_up(tx, market, insight.secret_of(tx, market), kind, value)


def _held(tx: Tx, market: str, person: str) -> dict[str, Any]:
    """Everything we hold: the journey, and the orders with what they say of the person."""
    try:
        journey = insight.held(tx, market, _person_id(tx, market, person))
    except NotFound:
        journey = {}
    theirs = [
        {
            "order_id": str(order.order_id),
            "placed_at": order.placed_at.isoformat(),
            "customer": order.customer,
            "contact": order.contact,
            "destination": order.destination,
            "lines": [{"item": line.item, "quantity": line.quantity} for line in order.lines],
        }
        for order in (orders.find(tx, market, order_id) for order_id in _orders(tx, market, person))
    ]
    if not journey and not theirs:
        raise NotFound(f"We hold nothing of {person}.")
    return {"journey": journey, "orders": theirs}


def _erased(tx: Tx, market: str, person: str) -> int:
    try:
        return insight.erase(tx, market, _person_id(tx, market, person))
    except NotFound:
        return 0


def _orders(tx: Tx, market: str, person: str) -> list[Id]:
    """Their orders: those that bear what they are named by, and those insight knows to be theirs."""
    kind, value = _read(person)
    found: list[Id] = []
    if kind in ("account", "email", "phone"):
        bearing = orders.recent(
            tx,
            market,
            customer=value if kind == "account" else None,
            email=value if kind == "email" else None,
            phone=value if kind == "phone" else None,
            limit=ORDERS_MAX,
        )
        found += [order.order_id for order in bearing]
    with suppress(NotFound):
        found += insight.orders_of(tx, market, _person_id(tx, market, person))
    return sorted(set(found))


def _exported(database: Database, market: str, folder: Path, now: datetime) -> dict[str, int]:
    """Write what is new of each table into further files, what changes anew, and remember up to where."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise SetupProblem("Parquet takes a library: pip install 'anyshelf[parquet]'.") from None
    folder.mkdir(parents=True, exist_ok=True)
    book = folder / MARKS
    marks = json.loads(book.read_text(encoding="utf-8")) if book.exists() else {}
    counted = {}
    for table in insight.TABLES:
        whole = table in insight.WHOLE
        told = None if whole else marks.get(table)
        after = (datetime.fromisoformat(told[0]), Id(told[1])) if told else insight.BEGINNING
        before = set((folder / table).glob("*.parquet")) if whole else set()
        halves: list[Path] = []
        counted[table] = 0
        for rows, mark in insight.pages(database, market, table, after=after, now=now):
            (folder / table).mkdir(exist_ok=True)
            half = folder / table / f".{_name(after)}"
            pq.write_table(pa.Table.from_pylist(rows), half, compression="zstd")
            halves.append(half)
            if not whole:
                _shown(halves.pop())
            after = mark
            marks[table] = [mark[0].isoformat(), str(mark[1])]
            book.write_text(json.dumps(marks), encoding="utf-8")
            counted[table] += len(rows)
        for stale in before - {_shown(half) for half in halves}:
            stale.unlink(missing_ok=True)
    return counted


def _name(after: tuple[datetime, Id]) -> str:
    """A page is named by the mark it begins after: written again, it is written over, and no row is twice."""
    return f"{after[0]:%Y%m%dT%H%M%S%f}-{after[1].hex}.parquet"


def _shown(half: Path) -> Path:
    """Give a file that is whole the name under which it is read."""
    return half.rename(half.with_name(half.name.removeprefix(".")))
