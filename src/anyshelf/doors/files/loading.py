"""Loading a network from a folder of files, in one transaction: all of it or, by default, nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.files import rows, stock
from anyshelf.doors.files.customers import CUSTOMERS, get_to_know
from anyshelf.doors.files.known import Known, known
from anyshelf.doors.files.order_rows import ORDER_LINES, ORDERS
from anyshelf.doors.files.orders import Orders, place_open
from anyshelf.doors.files.report import FileReport, Findings, LoadReport
from anyshelf.doors.files.sources import ENDINGS, Record, Source, find, opened
from anyshelf.doors.files.supply_rows import SUPPLY
from anyshelf.ground.db import Database, Tx, run
from anyshelf.ground.errors import NotFound, SetupProblem
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel
from anyshelf.orders import service as orders_service
from anyshelf.orders.model import PastLine
from anyshelf.planning import service as planning

T = TypeVar("T")
U = TypeVar("U")
Progress = Callable[[str, int], None]
"""Called with a file's name and how many of its rows have been read, now and then and at its end."""

BATCH_ROWS = 10_000
PROGRESS_ROWS = 50_000
STREAMED = (rows.STOCK.name, rows.EXPECTED.name, ORDERS.name, ORDER_LINES.name)

# The application's transactions are kept short; this one is as long as its files are.
PATIENCE_SQL = """
SELECT set_config('statement_timeout', '0', true),
       set_config('idle_in_transaction_session_timeout', '0', true)
"""


class _NothingKept(Exception):
    """A row was bad, and the caller wants all or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one file is taken: its shape, what a row must not clash with, and how good rows are written."""

    shape: rows.Shape[Any]
    admit: Callable[[Known, Any], rows.Faults]
    save: Callable[["Load", Sequence[Any]], object]


@dataclass(slots=True, kw_only=True)
class Load:
    """A load under way."""

    tx: Tx
    market: str
    currency: str
    skip_bad: bool
    progress: Progress
    findings: Findings
    known: Known
    cause: Id
    now: datetime

    def goes_on(self) -> bool:
        """Whether good rows are still written: once all is lost, rows are only looked at."""
        return self.skip_bad or not self.findings.faults


def load(
    database: Database,
    market: str,
    folder: Path,
    *,
    now: datetime,
    skip_bad: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a network from the CSV or Parquet files of a folder, over what the market already holds.

    Every bad row is counted and the first 100 are told with file, line, column and reason. One bad row and
    nothing is kept, unless `skip_bad` leaves such rows out. Rates are replaced whole for every service the
    file names, kits for every kit; every other row is written over the one with its key. Raises SetupProblem
    for a folder without any file to read and NotFound for a market nobody has opened.
    """
    findings = Findings()
    names = _files(folder, findings)
    try:
        with database.transaction() as tx:
            run(tx, PATIENCE_SQL)
            under_way = Load(
                tx=tx,
                market=market,
                currency=_currency(tx, market),
                skip_bad=skip_bad,
                progress=progress or (lambda _file, _rows: None),
                findings=findings,
                known=known(tx, market),
                cause=new_id(),
                now=now,
            )
            _load(under_way, names)
    except _NothingKept:
        return findings.report(market, loaded=False)
    return findings.report(market, loaded=True)


def _currency(tx: Tx, market: str) -> str:
    try:
        return network.currency(tx, market)
    except NotFound:
        raise SetupProblem(f"There is no market '{market}': open it first, or name another.") from None


def _files(folder: Path, findings: Findings) -> dict[str, Path]:
    """The files of a folder that are read, by name; other CSV and Parquet files are warned of."""
    if not folder.is_dir():
        raise SetupProblem(
            f"{folder} is not a folder: name the one that holds nodes.csv, items.csv and so on."
        )
    names = (*(step.shape.name for step in STEPS), *STREAMED)
    found = {name: path for name in names if (path := find(folder, name)) is not None}
    for path in sorted(folder.iterdir()):
        if path.suffix in ENDINGS and path.stem not in found:
            findings.warn(f"{path.name} is not read.")
    if not found:
        raise SetupProblem(
            f"{folder} has none of the files that are read: {', '.join(names)} (.csv or .parquet)."
        )
    return found


def _load(under_way: Load, files: dict[str, Path]) -> None:
    for step in STEPS:
        if step.shape.name in files:
            _table(under_way, step, opened(files[step.shape.name]))
        if step.shape is rows.CHANNELS:
            _channels_nodes_name(under_way)
    if "stock" in files:
        _stock(under_way, opened(files["stock"]))
    if "expected" in files:
        _expected(under_way, opened(files["expected"]))
    _orders(under_way, files)
    if not under_way.goes_on():
        raise _NothingKept


def _table(under_way: Load, step: Step, source: Source) -> None:
    """Take one file of a few hundred thousand rows at most: its keys are kept in memory."""
    counted = _Counted(under_way, source)
    seen: set[Any] = set()
    batch: list[Any] = []
    for value in counted.taken(step.shape, lambda _, value: _admitted(under_way, step, value, seen)):
        batch.append(value)
        if len(batch) == BATCH_ROWS:
            counted.loaded += _saved(under_way, step, batch)
            batch = []
    counted.loaded += _saved(under_way, step, batch)
    counted.close()


def _admitted(under_way: Load, step: Step, value: Any, seen: set[Any]) -> Any:
    key = step.shape.key(value)
    faults = [("", "is in the file twice")] if key in seen else step.admit(under_way.known, value)
    if faults:
        raise rows.Faulty(faults)
    seen.add(key)
    return value


def _saved(under_way: Load, step: Step, batch: Sequence[Any]) -> int:
    if batch and under_way.goes_on():
        step.save(under_way, batch)
    return len(batch)


def _stock(under_way: Load, source: Source) -> None:
    counted = _Counted(under_way, source)
    layout = _layout(under_way, rows.STOCK, source)
    if layout:
        good = stock.positions(counted.records(), layout, under_way.known, counted.refuse)
        wanted = counted.while_it_goes_on(good)
        inventory.receive_opening(
            under_way.tx, under_way.market, wanted, cause=under_way.cause, now=under_way.now
        )
    counted.close()


def _expected(under_way: Load, source: Source) -> None:
    counted = _Counted(under_way, source)
    layout = _layout(under_way, rows.EXPECTED, source)
    if layout:
        good = stock.expectations(counted.records(), layout, under_way.known, counted.refuse)
        wanted = counted.while_it_goes_on(good)
        inventory.expect(under_way.tx, under_way.market, wanted, now=under_way.now)
    counted.close()


def _orders(under_way: Load, files: dict[str, Path]) -> None:
    """Keep what was sold before, and place what is still open."""
    orders = Orders(under_way.known)
    heads = _Counted(under_way, opened(files[ORDERS.name])) if ORDERS.name in files else None
    if heads:
        for _ in heads.taken(ORDERS, orders.note):
            pass
    if ORDER_LINES.name in files:
        _order_lines(under_way, opened(files[ORDER_LINES.name]), orders)
    if heads:
        if under_way.goes_on():
            place_open(under_way.tx, under_way.market, orders, heads.refuse, under_way.now)
        heads.loaded = heads.read - under_way.findings.bad_by_file[heads.source.file]
        heads.close()


def _order_lines(under_way: Load, source: Source, orders: Orders) -> None:
    counted = _Counted(under_way, source)
    past: list[PastLine] = []
    for sold in counted.taken(ORDER_LINES, orders.line):
        counted.loaded += 1
        past += [sold] if sold else []
        if len(past) == BATCH_ROWS:
            past = _kept(under_way, past)
    _kept(under_way, past)
    counted.close()


def _kept(under_way: Load, past: Sequence[PastLine]) -> list[PastLine]:
    """Write what was sold before, if anything still is written; what is left to be written."""
    if past and under_way.goes_on():
        orders_service.keep_history(under_way.tx, under_way.market, past)
    return []


def _layout(under_way: Load, shape: rows.Shape[T], source: Source) -> rows.Layout[T] | None:
    """Where the columns of a file stand; None, and a bad row for the header, if it cannot be read."""
    if not source.header:
        for line, reason in source.records:
            under_way.findings.bad(source.file, line, [("", str(reason))])
        return None
    layout, faults, odd = rows.lay_out(shape, source.header, under_way.currency)
    for sentence in odd:
        under_way.findings.warn(f"{source.file} {sentence}.")
    if faults:
        under_way.findings.bad(source.file, 1, faults)
        return None
    return layout


class _Counted:
    """A file being read: counts its rows, tells the progress, notes the bad ones."""

    def __init__(self, under_way: Load, source: Source) -> None:
        self.under_way = under_way
        self.source = source
        self.read = 0
        self.loaded = 0

    def records(self) -> Iterator[Record]:
        """The rows of the file, counted."""
        for record in self.source.records:
            self.read += 1
            if self.read % PROGRESS_ROWS == 0:
                self.under_way.progress(self.source.file, self.read)
            yield record

    def taken(self, shape: rows.Shape[T], take: Callable[[int, T], U]) -> Iterator[U]:
        """What each good row becomes; every other is noted."""
        layout = _layout(self.under_way, shape, self.source)
        if layout is None:
            return
        for line, row in self.records():
            try:
                became = take(line, rows.convert(layout, row))
            except rows.Faulty as faulty:
                self.refuse(line, faulty.faults)
            else:
                yield became

    def refuse(self, line: int, faults: rows.Faults) -> None:
        """Note a bad row."""
        self.under_way.findings.bad(self.source.file, line, faults)

    def while_it_goes_on(self, good: Iterator[T]) -> Iterator[T]:
        """Good rows as long as they are written; after that they are only read, for their faults."""
        for row in good:
            if self.under_way.goes_on():
                self.loaded += 1
                yield row

    def close(self) -> None:
        """Report the file."""
        file, findings = self.source.file, self.under_way.findings
        self.under_way.progress(file, self.read)
        bad = findings.bad_by_file[file]
        findings.files.append(FileReport(file=file, read=self.read, loaded=self.loaded, bad=bad))


def _channels_nodes_name(under_way: Load) -> None:
    """Open the channels that nodes name and no file or earlier load has told of, with nothing kept back."""
    missing = under_way.known.missing_channels()
    under_way.known.channels.update(missing)
    new = [
        Channel(channel=code, kind=rows.kind_of_channel(code), currency=under_way.currency)
        for code in missing
    ]
    for channel in new:
        under_way.findings.warn(f"Channel {channel.channel} is opened because nodes name it.")
    if new and under_way.goes_on():
        network.save_channels(under_way.tx, under_way.market, new)


# What is read, in the order in which rows refer to each other


def _save_kit_parts(load_: Load, batch: Sequence[Any]) -> None:
    anew = load_.known.told_anew("kit", (row.kit for row in batch))
    catalogue.save_kit_parts(load_.tx, load_.market, batch, anew=anew)


def _save_rates(load_: Load, batch: Sequence[Any]) -> None:
    anew = load_.known.told_anew("service", (row.service for row in batch))
    network.save_rates(load_.tx, load_.market, batch, anew=anew)


def _save_channels(load_: Load, batch: Sequence[Any]) -> None:
    network.save_channels(load_.tx, load_.market, [load_.known.settled(row) for row in batch])


def _plainly(save: Callable[[Tx, str, Sequence[Any]], object]) -> Callable[[Load, Sequence[Any]], object]:
    """Rows that are written as they are."""
    return lambda load_, batch: save(load_.tx, load_.market, batch)


def _free(_: Known, __: Any) -> rows.Faults:
    return []


STEPS = (
    Step(
        shape=rows.NODES,
        admit=Known.admit_node,
        save=_plainly(lambda tx, market, batch: network.save_nodes(tx, market, [node for node, _ in batch])),
    ),
    Step(shape=rows.ITEMS, admit=Known.admit_item, save=_plainly(catalogue.save_items)),
    Step(shape=rows.KITS, admit=Known.admit_part, save=_save_kit_parts),
    Step(shape=rows.CHANNELS, admit=Known.admit_channel, save=_save_channels),
    Step(shape=rows.SERVICES, admit=_free, save=_plainly(network.save_services)),
    Step(shape=rows.LANES, admit=Known.admit_lane, save=_plainly(network.save_lanes)),
    Step(shape=rows.RATES, admit=_free, save=_save_rates),
    Step(shape=rows.ZONES, admit=_free, save=_plainly(network.save_zones)),
    Step(shape=rows.VENDORS, admit=Known.admit_vendor, save=_plainly(network.save_vendors)),
    Step(shape=SUPPLY, admit=Known.admit_supply, save=_plainly(planning.save_supply_rules)),
    Step(
        shape=CUSTOMERS,
        admit=_free,
        save=lambda load_, batch: get_to_know(load_.tx, load_.market, batch, load_.now),
    ),
)
