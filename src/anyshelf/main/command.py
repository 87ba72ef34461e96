"""The program `anyshelf`: thin commands over what the rooms do."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from anyshelf.doors.files import LoadReport, load
from anyshelf.ground import accounts, deeds
from anyshelf.ground.audit import Finding
from anyshelf.ground.auth import Person, Principal, keys, make_person, people
from anyshelf.ground.db import Database, Tx, migrate
from anyshelf.ground.errors import Anyshelf
from anyshelf.inventory import service as inventory
from anyshelf.main import demo as demo_world
from anyshelf.main import insight
from anyshelf.main.running import (
    address_of,
    database_url,
    listen,
    open_house,
    serve_house,
    serve_many,
    settings_now,
    stoppable,
    work_alone,
)
from anyshelf.orders import service as orders
from anyshelf.payments import service as payments

app = typer.Typer(
    name="anyshelf",
    help="Any channel sells, any shelf serves, any place hands over, any place takes back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True)
people_app = typer.Typer(help="People who sign in: add, list.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(people_app, name="users")

BY = "the command line"
"""Who does what is done here, as it is written down."""

out = Console()
err = Console(stderr=True)

P = ParamSpec("P")
T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Names = Annotated[list[str] | None, typer.Option(help="May be given several times; none is all.")]


def plainly(command: Callable[P, T]) -> Callable[P, T]:
    """Say what is wrong in one sentence, without a traceback, and exit 2."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Anyshelf as wrong:
            err.print(f"anyshelf: {wrong}", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            err.print("anyshelf: stopped.", highlight=False)
            raise typer.Exit(1) from None

    return told


@app.command()
@plainly
def demo(
    data: Annotated[Path | None, typer.Option(help="Keep the demo in this folder.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    stores: Annotated[int, typer.Option(min=1, max=2000, help="How many stores to draw.")] = 300,
) -> None:
    """Start everything with a seeded network, on this machine only."""
    # Never in a database somebody named for work: the demo has one of its own.
    settings = replace(settings_now(), database_url="")
    ear = listen("127.0.0.1", settings.port if port is None else port)
    with stoppable(), open_house(settings, data=data, loopback=True) as house:
        if not demo_world.is_seeded(house.database, settings.market):
            with out.status("Drawing stores, goods and stock …"):
                demo_world.seed_network(house, stores=stores)
        demo_world.seed_people(house)
        with out.status("The week before …") as told:
            demo_world.seed_week(house, lambda at: told.update(f"The week before: {at:%A, %H:%M} …"))
        with out.status("Shoppers are ordering …"):
            demo_world.seed_orders(house)
            demo_world.seed_visits(house)
        with out.status("A planner is at it …"):
            demo_world.seed_plan(house)
        here = address_of(ear)
        out.print(f"\n[bold]Anyshelf is open:[/bold] {here}\n")
        out.print(f"  Try   curl '{here}/v1/orders?limit=3'", soft_wrap=True)
        out.print(
            f"        {here}/openapi.json lists every call; the README has a five-minute tour.",
            soft_wrap=True,
        )
        out.print("  Stop  with Ctrl-C.\n")
        sys.stdout.flush()
        serve_house(house, ear)


@app.command()
@plainly
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Serve the API, the web pages and the background work."""
    settings = settings_now()
    ear = listen(host or settings.host, settings.port if port is None else port)
    with stoppable(), open_house(settings) as house:
        out.print(f"Anyshelf serves {address_of(ear)} (keys: anyshelf keys make)", soft_wrap=True)
        sys.stdout.flush()
        if workers > 1:
            serve_many(house.database.url, ear, workers=workers)
        else:
            serve_house(house, ear)


@app.command()
@plainly
def worker() -> None:
    """Do the background work alone, beside servers on the same database."""
    with open_house(settings_now(), pool_max=4) as house:
        out.print("Anyshelf works in the background; stop with Ctrl-C.")
        work_alone(house)


@app.command("migrate")
@plainly
def migrate_(*, as_json: AsJson = False) -> None:
    """Bring the database to this version; safe to run twice and at once."""
    with database_url(settings_now()) as url:
        applied = migrate(url)
    if as_json:
        print(json.dumps({"applied": applied}))  # noqa: T201  JSON goes out plain
        return
    out.print(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


@app.command("load")
@plainly
def load_(
    folder: Annotated[Path, typer.Argument(help="Folder of CSV or Parquet files.")],
    *,
    skip_bad: Annotated[bool, typer.Option(help="Load the good rows and leave out the bad ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load a network from files: all of it or nothing, every bad row named."""
    settings = settings_now()
    with open_house(settings) as house, _progress() as told:
        report = load(
            house.database, settings.market, folder, now=house.clock.now(), skip_bad=skip_bad, progress=told
        )
    if as_json:
        print(json.dumps(report.as_json()))  # noqa: T201  as above
    else:
        _print_report(report)
    raise typer.Exit(0 if report.loaded and not report.faults else 1)


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """A line for each file with the rows read so far, on the terminal only."""
    columns = (TextColumn("{task.description:<16}"), BarColumn(), TextColumn("{task.completed:>12,} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def told(file: str, rows: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=None)
            bars.update(tasks[file], completed=rows)

        yield told


def _print_report(report: LoadReport) -> None:
    table = Table("file", "rows", "loaded", "bad")
    for each in report.files:
        table.add_row(each.file, f"{each.read:,}", f"{each.loaded:,}", f"{each.bad:,}")
    out.print(table)
    for line in [*report.warnings, *(str(row) for row in report.bad_rows)]:
        err.print(line, markup=False, highlight=False, soft_wrap=True)
    if report.faults > len(report.bad_rows):
        err.print(f"… and {report.faults - len(report.bad_rows):,} more.")
    if not report.loaded:
        err.print("Nothing was loaded. Mend these rows, or leave them out with --skip-bad.")


@app.command()
@plainly
def audit(
    *,
    repair: Annotated[bool, typer.Option(help="Write the moves that account for drift.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check that positions, claims and money are what the books say; exit 1 when they are not."""
    settings = settings_now()
    with open_house(settings) as house:
        found = _audited(house.database, settings.market)
        if repair and found:
            with house.database.transaction() as tx:
                mended = inventory.repair(tx, settings.market, house.clock.now())
            err.print(f"Wrote {mended} correcting moves.")
            found = _audited(house.database, settings.market)
    if as_json:
        print(json.dumps({"clean": not found, "findings": [each.as_json() for each in found]}))  # noqa: T201
    else:
        _print_findings(found)
    raise typer.Exit(1 if found else 0)


def _audited(database: Database, market: str) -> list[Finding]:
    """What the audits of all rooms find, on one unchanging view of the database."""
    with database.transaction() as tx:
        tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tx.execute("SET LOCAL statement_timeout = 0")
        return findings(tx, market)


def findings(tx: Tx, market: str) -> list[Finding]:
    """The audits of all rooms: stock, orders with their claims and money, payments."""
    return [
        *inventory.audit(tx, market),
        *orders.audit(tx, market),
        *payments.audit(tx, market),
    ]


def _print_findings(found: list[Finding]) -> None:
    if not found:
        out.print("Clean: every unit and every cent is accounted for.")
        return
    table = Table("room", "what", "where", "expected", "found", "mendable")
    for each in found[:200]:
        mendable = "by --repair" if each.mendable else ""
        table.add_row(each.room, each.what, each.where, each.expected, each.found, mendable)
    out.print(table)
    err.print(f"{len(found)} differences.")


@keys_app.command("make")
@plainly
def keys_make(
    name: str,
    role: Annotated[list[str], typer.Option(help="What the key may do; may be given several times.")],
    node: Names = None,
    channel: Names = None,
    vendor: Names = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make an API key; its secret is shown this once."""
    settings = settings_now()
    principal = Principal(
        market=settings.market,
        name=name,
        roles=role,
        nodes=node or (),
        channels=channel or (),
        vendors=vendor or (),
    )
    with open_house(settings) as house, house.database.transaction() as tx:
        secret = accounts.make_key(tx, principal, by=BY, now=house.clock.now())
    print(json.dumps({"name": name, "secret": secret}) if as_json else secret)  # noqa: T201  for pipes


@keys_app.command("list")
@plainly
def keys_list(*, as_json: AsJson = False) -> None:
    """The keys in force."""
    settings = settings_now()
    with open_house(settings) as house, house.database.transaction() as tx:
        known = keys(tx, settings.market)
    if as_json:
        print(json.dumps([{"name": key.name, "roles": list(key.roles)} for key in known]))  # noqa: T201
        return
    for key in known:
        out.print(f"{key.name}: {', '.join(key.roles)} {' '.join([*key.nodes, *key.channels, *key.vendors])}")


@keys_app.command("revoke")
@plainly
def keys_revoke(name: str) -> None:
    """End a key at once."""
    settings = settings_now()
    with open_house(settings) as house, house.database.transaction() as tx:
        accounts.revoke_key(tx, settings.market, name, by=BY, now=house.clock.now())
    out.print(f"{name} is revoked.")


@people_app.command("add")
@plainly
def users_add(
    person: str,
    role: Annotated[list[str], typer.Option(help="What they may do; may be given several times.")],
    name: Annotated[str, typer.Option(help="How they are called.")] = "",
    node: Names = None,
    channel: Names = None,
    vendor: Names = None,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="ANYSHELF_PASSWORD")
    ] = "",
) -> None:
    """Add somebody who signs in, or change what they may do."""
    settings = settings_now()
    somebody = Person(
        market=settings.market,
        person=person,
        name=name or person,
        password=password,
        roles=role,
        nodes=node or (),
        channels=channel or (),
        vendors=vendor or (),
    )
    with open_house(settings) as house, house.database.transaction() as tx:
        make_person(tx, somebody)
        deeds.note(
            tx, settings.market, by=BY, did="person added", about=person, said={"roles": role},
            now=house.clock.now(),
        )  # fmt: skip
    out.print(f"{person} may sign in.")


@people_app.command("shut-out")
@plainly
def users_shut_out(person: str) -> None:
    """Let somebody sign in no more, and sign them out."""
    settings = settings_now()
    with open_house(settings) as house, house.database.transaction() as tx:
        accounts.shut_out(tx, settings.market, person, by=BY, now=house.clock.now())
    out.print(f"{person} may not sign in any more.")


@people_app.command("let-in")
@plainly
def users_let_in(person: str) -> None:
    """Let somebody sign in again."""
    settings = settings_now()
    with open_house(settings) as house, house.database.transaction() as tx:
        accounts.let_in(tx, settings.market, person, by=BY, now=house.clock.now())
    out.print(f"{person} may sign in again.")


@people_app.command("list")
@plainly
def users_list() -> None:
    """Everybody who may sign in."""
    settings = settings_now()
    with open_house(settings) as house, house.database.transaction() as tx:
        for person in people(tx, settings.market):
            out.print(f"{person.person}: {', '.join(person.roles)}")


app.command("export")(plainly(insight.export))
app.command("erase")(plainly(insight.erase))
