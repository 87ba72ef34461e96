"""The list of what did not go as planned: what was done about it, and what is left for somebody to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run
from anyshelf.ground.errors import Conflict, NotFound, OutOfTurn
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.orders import store
from anyshelf.orders.model import Mishap, Order
from anyshelf.orders.service.steps import event

LAST_ID = Id(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which exceptions are asked for."""

    state: str | None = None
    kind: str | None = None
    order_id: Id | None = None
    assigned_to: str | None = None
    by_itself: bool | None = None
    """Of those that are closed: whether by itself, or by somebody."""
    nodes: Sequence[str] = ()
    channels: Sequence[str] = ()


def note_exception(  # noqa: PLR0913  all that a mishap is told by
    tx: Tx,
    order: Order,
    kind: str,
    *,
    cause: str,
    said: str,
    done: str,
    todo: str = "",
    node: str | None = None,
    lines: Iterable[int] = (),
    now: datetime,
) -> None:
    """List a mishap of an order; the same kind and cause again is the same mishap.

    With nothing left to do it is closed from the start.
    """
    numbers = sorted(set(lines))
    noted = run(
        tx,
        store.NOTE_EXCEPTION_SQL,
        market=order.market,
        exception_id=derived_id("exception", order.market, str(order.order_id), kind, cause),
        order_id=order.order_id,
        kind=kind,
        node=node,
        lines=Jsonb(numbers),
        said=said,
        done=done,
        todo=todo,
        state="open" if todo else "closed",
        now=now,
        closed_at=None if todo else now,
    )
    if noted:
        told = {"kind": kind, "node": node, "lines": numbers, "said": said, "done": done, "todo": todo}
        tell(tx, order.market, [event(order, "ExceptionRaised", told, now)])


def exceptions(tx: Tx, market: str, asked: Listed, *, before: Id | None, limit: int) -> list[Mishap]:
    """The exceptions asked for, newest first, a page at a time."""
    return rows(
        tx,
        Mishap,
        store.EXCEPTIONS_SQL,
        market=market,
        state=asked.state,
        kind=asked.kind,
        order_id=asked.order_id,
        assigned_to=asked.assigned_to,
        by_itself=asked.by_itself,
        nodes=list(asked.nodes),
        channels=list(asked.channels),
        before=before,
        limit=limit,
    )


def find_exception(tx: Tx, market: str, exception_id: Id) -> Mishap:
    """One exception; raises NotFound."""
    found = row(tx, Mishap, store.EXCEPTION_SQL, market=market, exception_id=exception_id)
    if found is None:
        raise NotFound("There is no such exception.")
    return found


def close_exception(tx: Tx, market: str, exception_id: Id, *, by: str, note: str, now: datetime) -> Mishap:
    """Somebody has seen to it; closed twice is closed once."""
    run(tx, store.CLOSE_EXCEPTION_SQL, market=market, exception_id=exception_id, by=by, note=note, now=now)
    return find_exception(tx, market, exception_id)


def take_exception(tx: Tx, market: str, exception_id: Id, *, by: str, over: bool, now: datetime) -> Mishap:
    """Somebody sees to it from now on; `over` takes it from whoever does so far.

    Raises Conflict where somebody else sees to it, OutOfTurn where nothing is left to do.
    """
    return _assign(tx, market, exception_id, to=by, by=by, over=over, now=now)


def leave_exception(tx: Tx, market: str, exception_id: Id, *, by: str, now: datetime) -> Mishap:
    """Who saw to it does no longer; raises as `take_exception`."""
    return _assign(tx, market, exception_id, to=None, by=by, over=False, now=now)


def _assign(
    tx: Tx, market: str, exception_id: Id, *, to: str | None, by: str, over: bool, now: datetime
) -> Mishap:
    assigned = run(
        tx, store.ASSIGN_EXCEPTION_SQL, market=market, exception_id=exception_id, to=to, by=by, over=over,
        now=now,
    )  # fmt: skip
    known = find_exception(tx, market, exception_id)
    if assigned:
        return known
    if known.state == "closed":
        raise OutOfTurn("It is closed; open it again first.")
    raise Conflict(f"{known.assigned_to} sees to it; ask them, or take it over.", field="over")


def reopen_exception(tx: Tx, market: str, exception_id: Id) -> Mishap:
    """It was closed by mistake: it waits for somebody again, what was noted stays to be read.

    Open already, it stays open; raises OutOfTurn where nothing was ever left to do.
    """
    reopened = run(tx, store.REOPEN_EXCEPTION_SQL, market=market, exception_id=exception_id)
    known = find_exception(tx, market, exception_id)
    if not reopened and known.state == "closed":
        raise OutOfTurn("Nothing was left to do about it: there is nothing to open again.")
    return known


def close_all(tx: Tx, order: Order, kind: str, *, note: str, now: datetime) -> None:
    """What was left to do about this kind of mishap of an order has been done."""
    run(
        tx, store.CLOSE_KIND_SQL,
        market=order.market, order_id=order.order_id, kind=kind, note=note, now=now,
    )  # fmt: skip


def as_json(mishap: Mishap) -> dict[str, Any]:
    """The exception as the API shows it."""
    return {
        "exception_id": str(mishap.exception_id),
        "order_id": str(mishap.order_id),
        "kind": mishap.kind,
        "node": mishap.node,
        "lines": mishap.lines,
        "said": mishap.said,
        "done": mishap.done,
        "todo": mishap.todo,
        "state": mishap.state,
        "happened_at": mishap.happened_at.isoformat(),
        "closed_at": mishap.closed_at.isoformat() if mishap.closed_at else None,
        "closed_by": mishap.closed_by,
        "note": mishap.note,
        "assigned_to": mishap.assigned_to,
        "assigned_at": mishap.assigned_at.isoformat() if mishap.assigned_at else None,
    }
