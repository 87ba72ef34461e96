"""Replays a real shop's year of orders through the HTTP API of a running Anyshelf, and audits the books.

    make replay                    the whole year: 25,900 invoices, 3,000 nodes
    make replay ORDERS=500         the first 500 orders
    python -m replay --help        in `benchmarks/`

It loads the network with `anyshelf load`, starts `anyshelf serve` (unless --url names one that runs), and
lets shoppers order, cancel and bring back while clerks in the nodes pick, pack, ship and hand over, all of
it over HTTP. Kill the server or its PostgreSQL in the middle: the server is started anew and the replay goes
on. Stop the replay itself: the next run goes on where it stood, until the run is over.

What is real and what is drawn from a seed is printed first; where shared data is missing a generated stream
is replayed instead. With --url the environment must name the database of that server (ANYSHELF_DATA or
ANYSHELF_DATABASE_URL, ANYSHELF_MARKET), so that `load` and `audit` look at the same books.

The last line is the result as JSON; the exit is not zero unless the audit is clean and no order got stuck.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from anyshelf.ground.db import default_data_dir
from anyshelf.ground.db.embedded import stop_abandoned
from replay.client import Client
from replay.crowd import Crowd, Manner, Play
from replay.house import House, Server
from replay.journal import Journal
from replay.network import write_network
from replay.report import compared, figures, latencies
from replay.shoppers import homes_of, wishes
from replay.shopping import Trade
from replay.stream import Operation, Place, operations
from replay.world import ROOT, World, read_world

ALL_WORKED_MAX, YEAR_WORKED_SHARE = 2000, 0.25
FINISHED, LOADED = "finished", "loaded"

err = Console(stderr=True)


def main(words: Sequence[str] | None = None) -> int:
    """Run the replay; returns the exit status."""
    asked = _options().parse_args(words)
    play = _play(asked)
    err.print(play.world.said)
    err.print(f"Clerks work on {play.trade.worked_share:.0%} of the orders.")
    folder = asked.data or default_data_dir(ROOT) / "replay"
    journal = _journal(folder, asked, play.world)
    house = House(_environment(folder, journal, asked))
    loaded = _load(house, journal, folder, play, asked)
    key = _key(house, folder, asked)
    if asked.url:
        return _replay(asked, play, journal, house, {**loaded, "server": "given"}, url=asked.url, key=key)
    with house.serve(asked.port or _free_port(), folder) as server:
        return _replay(asked, play, journal, house, loaded, url=server.url, key=key, server=server)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add("--orders", type=int, metavar="N", help="only the first N orders and what happens to them meanwhile")
    add("--clients", type=int, default=6, metavar="K", help="threads of shoppers (6)")
    add("--clerks", type=int, default=4, metavar="K", help="threads of clerks in the nodes (4)")
    add(
        "--work",
        type=float,
        metavar="SHARE",
        help="share of orders clerks work on (1, or 0.25 of over 2,000)",
    )
    add("--costed", type=float, default=0.1, metavar="SHARE", help="share whose sourcing is read (0.1)")
    add("--short", type=float, default=0.02, metavar="SHARE", help="share of picks that come up short (0.02)")
    add("--lag-hours", type=float, default=24, help="hours of the stream until an order is worked on (24)")
    add("--seed", type=int, default=7, help="what all draws follow from (7)")
    add("--data", type=Path, metavar="DIR", help="keep the database and the journal here")
    add(
        "--shared",
        type=Path,
        metavar="DIR",
        help="read shared data here, not where ANYSHELF_SHARED_DATA says",
    )
    add("--url", help="replay against this running Anyshelf")
    add("--key", default="", help="its API key; one is made where none is given")
    add("--port", type=int, help="port of our own server (any free one)")
    add("--fresh", action="store_true", help="begin anew, even if a run was cut off")
    return options


def _play(asked: argparse.Namespace) -> Play:
    world = read_world(asked.shared, seed=asked.seed)
    year, account = operations(world.rows)
    homes = homes_of(year, world.homes, seed=asked.seed)
    wished = wishes(year, homes, seed=asked.seed)
    told = year
    if asked.orders is not None:  # the beginning of the same year: people, goods and stock stay what they are
        told, account = operations(world.rows, limit=asked.orders)
    trade = Trade(
        wishes=wished,
        homes=homes,
        nodes={site.node: site for site in (*world.stores, *world.centres)},
        costed_share=asked.costed,
        worked_share=_worked_share(asked, told),
    )
    return Play(world=world, year=year, operations=told, account=account, wishes=wished, trade=trade)


def _worked_share(asked: argparse.Namespace, told: Sequence[Operation]) -> float:
    """The share of orders that clerks see to their end: all of a few, a part of a year."""
    if asked.work is not None:
        return float(asked.work)
    return 1.0 if sum(isinstance(each, Place) for each in told) <= ALL_WORKED_MAX else YEAR_WORKED_SHARE


def _journal(folder: Path, asked: argparse.Namespace, world: World) -> Journal:
    """The journal of the run that was cut off, if it was the same run; otherwise a new one."""
    run = {
        "seed": asked.seed,
        "orders": asked.orders,
        "said": world.said,
        "url": asked.url,
        "work": asked.work,
    }
    path = folder / "journal.jsonl"
    before = None if asked.fresh else Journal.reopen(path)
    if before and not before.marks[FINISHED] and {**before.run, "market": None} == {**run, "market": None}:
        answered = len(before.placed) + len(before.refused) + len(before.given_back)
        err.print(f"Going on after {answered:,} operations (--fresh begins anew).")
        return before
    _clear(folder)
    return Journal.begin(path, {**run, "market": f"replay-{secrets.token_hex(4)}"})


def _clear(folder: Path) -> None:
    """Remove what an earlier run left: the database of its own, its files; nothing else in the folder."""
    database = folder / "db"
    if database.is_dir():
        if not stop_abandoned(database):
            raise SystemExit(f"A server still runs in {database}: stop the replay that started it.")
        shutil.rmtree(database)
    shutil.rmtree(folder / "network", ignore_errors=True)
    for name in ("journal.jsonl", "key", "server.log", "server.pid"):
        (folder / name).unlink(missing_ok=True)


def _environment(folder: Path, journal: Journal, asked: argparse.Namespace) -> dict[str, str]:
    """The database and the market of this run; those of a server that was given are the caller's to name."""
    if asked.url:
        return {}
    own = {} if os.environ.get("ANYSHELF_DATABASE_URL") else {"ANYSHELF_DATA": str(folder / "db")}
    return {**own, "ANYSHELF_MARKET": str(journal.run["market"]), "ANYSHELF_LOG_LEVEL": "warning"}


def _load(
    house: House, journal: Journal, folder: Path, play: Play, asked: argparse.Namespace
) -> dict[str, Any]:
    """Write the network and load it, once in a run."""
    told = folder / "network.json"
    if not journal.marks[LOADED]:
        with err.status("Writing the network …"):
            written = write_network(folder / "network", play.world, play.year, play.wishes, seed=asked.seed)
        start = time.monotonic()
        with err.status(f"Loading {written.nodes:,} nodes, {written.positions:,} positions …"):
            house.load(folder / "network")
        seconds = round(time.monotonic() - start, 1)
        told.write_text(json.dumps({**written.as_json(), "load_seconds": seconds}), encoding="utf-8")
        journal.mark(LOADED)
    loaded: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return {"network": loaded}


def _key(house: House, folder: Path, asked: argparse.Namespace) -> str:
    """The API key of this run, made on its first use."""
    if asked.key:
        return str(asked.key)
    kept = folder / "key"
    if not kept.is_file():
        secret = house.make_key(f"replay-{secrets.token_hex(4)}")
        kept.touch(mode=0o600)
        kept.write_text(secret, encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _replay(
    asked: argparse.Namespace,
    play: Play,
    journal: Journal,
    house: House,
    network: dict[str, Any],
    *,
    url: str,
    key: str,
    server: Server | None = None,
) -> int:
    """Let everybody do what they do, audit, and tell what it came to."""
    done_before = len(journal.placed)
    manner = Manner(
        clients=asked.clients,
        clerks=asked.clerks,
        lag=timedelta(hours=asked.lag_hours),
        short_share=asked.short,
        seed=asked.seed,
    )
    crowd = Crowd(manner, play, journal, url=url, key=key, console=err)
    timing = crowd.run()
    with err.status("Auditing …"):
        books = compared(Client(url, key).orders(), journal, {each.external_id for each in play.operations})
        audit = house.audit()
    if audit["clean"] and not crowd.stopped:
        journal.mark(FINISHED)
    orders = len(journal.placed) - done_before
    detail = {
        "data": "shared" if play.world.is_real else "generated",
        "said": play.world.said,
        "audit_clean": audit["clean"],
        "findings": audit["findings"][:20],
        **books,
        "orders_this_run": orders,
        **timing,
        "placing_orders_per_s": _per_second(orders, timing["placing_seconds"]),
        "worked_share": play.trade.worked_share,
        "clients": asked.clients,
        "clerks": asked.clerks,
        "retries": crowd.retries,
        "restarts": server.restarts if server else None,
        **figures(journal, play.account),
        "told": dict(crowd.counts),
        "clerks_were_refused": crowd.refusals,
        "requests": latencies(crowd.seconds),
        **network,
    }
    value = _per_second(orders, timing["seconds"])
    _print(value, detail)
    line = {"name": "replay", "value": value, "unit": "orders/s", "anchors": {}, "detail": detail}
    sys.stdout.write(json.dumps(line) + "\n")
    well = audit["clean"] and not any(detail[what] for what in ("stuck", "lost", "twice", "unheard_of"))
    return 0 if well and not crowd.stopped else 1


def _per_second(many: int, seconds: float) -> float:
    return round(many / seconds, 2) if seconds else 0.0


def _print(value: float, detail: dict[str, Any]) -> None:
    """The figures a person looks for first."""
    lost = f"{detail['lost']} orders lost, {detail['twice']} twice, {detail['unheard_of']} nobody was told of"
    books = "clean" if detail["audit_clean"] else "NOT CLEAN: `anyshelf audit` names what is wrong"
    err.print(
        f"[bold]{value:,.2f} orders/s[/bold], worked to the door or the counter "
        f"({detail['placing_orders_per_s']:,.2f} while shoppers ordered)\n"
        f"fill rate   {detail['fill_rate_units']:.2%} of units, {detail['fill_rate_lines']:.2%} of lines, "
        f"{detail['orders_in_full']:.2%} of orders in full\n"
        f"split rate  {detail['split_rate']:.2%} of shipped orders in several parcels\n"
        f"cost        {detail['cost_per_order']:,.2f} USD a shipped order, of it freight "
        f"{detail['freight_per_order']:,.2f} ({detail['costed_orders']:,} orders looked at)\n"
        f"distance    {detail['km_per_parcel']:,.0f} km a parcel, {detail['parcels']:,} parcels\n"
        f"taken back  {detail['units_cancelled']:,} units cancelled, {detail['units_returned']:,} returned\n"
        f"books       {lost}; audit {books}",
        highlight=False,
    )
