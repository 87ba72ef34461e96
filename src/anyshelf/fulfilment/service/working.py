"""Work comes to a node, is claimed, picked, packed, staged, and leaves.

Every function that changes work locks its order first, then the work. A step taken twice is answered with the
work as it stands; a step out of its turn is refused as OutOfTurn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.fulfilment import rules, store
from anyshelf.fulfilment.model import UNFINISHED, Package, Pick, Release, Work, WorkLine
from anyshelf.fulfilment.rules import Turn
from anyshelf.fulfilment.service import offering
from anyshelf.fulfilment.service.arriving import FROM_THE_SHELF, STAYS
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import CodeRejected, Conflict, NotFound
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.ground.timers import Timer, set_timer
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.promising import service as promising

UNCLAIMED_TIMER = "fulfilment.unclaimed"
LATE_TIMER = "fulfilment.late"
GONE = ("rejected", "cancelled")
"""Work that takes no place of its node's day any more."""
ONE_DAY = timedelta(days=1)
MOVED = "The promise was moved and the shopper told."
STANDS = "Nothing had to be told: no promise is broken by it."


def take_on(tx: Tx, market: str, release: Release, now: datetime) -> None:
    """Turn a release into work of its node; the same release twice is once.

    What the order has cancelled since is not asked for any more.
    """
    order = orders.lock(tx, market, release.order_id)
    work = Work(
        market=market,
        work_id=_work_id(market, release),
        order_id=release.order_id,
        node=release.node,
        method=release.method,
        journey=release.journey,
        finish=release.finish,
        to_node=release.to_node,
        gift=order.gift,
        state="open",
        carrier=_carrier(tx, order, release),
        due_at=release.due_at,
        made_at=now,
        lines=tuple(release.lines),
    )
    if store.make(tx, work):
        _follow_order(tx, order, release.node, now)
        _watch(tx, work, now)
        offering.offer(tx, order, find(tx, market, work.work_id), now)


def _carrier(tx: Tx, order: Order, release: Release) -> str:
    """Who was promised to bring the parcel; nobody where it stays here, or goes on our own van."""
    if release.finish != "dispatch":
        return ""
    service = orders.service_of(order)
    known = network.atlas(tx, order.market).services.get(service)
    return known.carrier or service if known else service


def _watch(tx: Tx, work: Work, now: datetime) -> None:
    """See to it that the work is claimed in good time, and done when it is due."""
    unclaimed_at = now + orders.terms(tx, work.market).claim
    set_timer(tx, work.market, UNCLAIMED_TIMER, str(work.work_id), unclaimed_at)
    if work.due_at > now:
        set_timer(tx, work.market, LATE_TIMER, str(work.work_id), work.due_at)


def _work_id(market: str, release: Release) -> Id:
    return derived_id(
        "work", market, str(release.order_id), str(release.version), release.node, release.journey,
        release.to_node,
    )  # fmt: skip


def take_in(
    tx: Tx, order: Order, *, node: str, lines: Sequence[WorkLine], arrival: Id, now: datetime
) -> Work:
    """What another node sent has arrived: it only waits to be set ready. The same arrival twice is once.

    The caller holds the order's lock and has made these units `received`.
    """
    work = Work(
        market=order.market,
        work_id=derived_id("work", order.market, str(arrival)),
        order_id=order.order_id,
        node=node,
        method="pickup",
        journey="ship_to_store",
        finish="counter",
        gift=order.gift,
        state="picked",
        due_at=now,
        made_at=now,
        lines=tuple(replace(line, picked=line.quantity) for line in lines),
    )
    store.make(tx, work)
    return work


def unclaimed(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """Nobody has claimed the work: another node gets it; where there is none, somebody must see to it."""
    order, work = _locked(tx, market, Id(timer.subject), now)
    if work.state != "open":
        return
    lines = offering.open_lines(work)
    for node in store.offers(tx, work):  # whoever was silent is not asked again
        offering.decline(tx, order, work, node, now, reason="not claimed in time", kind="not_claimed")
    if orders.elsewhere(tx, order, node=work.node, lines=lines, now=now):
        reason = "not claimed in time"
        order = orders.reject(
            tx, order, node=work.node, lines=lines, reason=reason, now=now, kind="not_claimed"
        )
        _not_from_here(tx, order, work, list(lines), now)
        _tell(tx, work, "WorkRejected", now, reason=reason)
        _saved(tx, replace(work, state="rejected"), now)
        return
    orders.note_exception(
        tx, order, "not_claimed", cause=timer.subject, said=f"Nobody at {work.node} has claimed the work.",
        done="No other node has the goods, so it stays there.", todo=f"Call {work.node}.", node=work.node,
        lines=lines, now=now,
    )  # fmt: skip


def late(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """The work was due and is not done: the promise moves before it is broken, and the shopper is told.

    Where there is time enough left on the way nothing needs to be told; the work is looked at again.
    """
    order, work = _locked(tx, market, Id(timer.subject), now)
    if work.state not in UNFINISHED or (work.state == "staged" and work.finish in STAYS):
        return
    atlas = network.atlas(tx, market)
    orders.close_all(tx, order, "work_behind", note="It is late now.", now=now)
    known = promising.known_of(tx, atlas, now)
    stays = work.finish in STAYS
    next_at = promising.due_at(atlas, known, work.node, now, stays=stays) or now + ONE_DAY
    moved = orders.late(
        tx, order, node=work.node, to_node=work.to_node, leaves=next_at, why=f"late at {work.node}", now=now
    )
    if next_at > now:
        set_timer(tx, market, LATE_TIMER, timer.subject, next_at)
    orders.note_exception(
        tx, order, "milestone_missed", cause=timer.subject,
        said=f"The work at {work.node} was due and is {work.state}.",
        done=MOVED if moved else STANDS, todo=f"Call {work.node}.", node=work.node,
        lines=[line.line for line in work.lines], now=now,
    )  # fmt: skip


def withdraw(tx: Tx, market: str, order_id: Id, nodes: Iterable[str], now: datetime) -> None:
    """Take out of these nodes' work what the order no longer wants from them; twice is once."""
    order = orders.lock(tx, market, order_id)
    for node in nodes:
        _follow_order(tx, order, node, now)


def _follow_order(tx: Tx, order: Order, node: str, now: datetime) -> list[Work]:
    """All work of an order at a node, brought in line with the order; locks it."""
    works = store.lock_of_order(tx, order.market, order.order_id, node)
    unfinished = [work for work in works if work.state in UNFINISHED]
    followed = {work.work_id: work for work in rules.follow_order(unfinished, order)}
    for work in unfinished:
        if followed[work.work_id] != work:
            _saved(tx, followed[work.work_id], now)
    return [followed.get(work.work_id, work) for work in works]


def find(tx: Tx, market: str, work_id: Id) -> Work:
    """One piece of work; raises NotFound."""
    found = store.find(tx, market, work_id)
    if found is None:
        raise NotFound("There is no such work.", work_id=str(work_id))
    return found


def of_node(
    tx: Tx, market: str, node: str, *, unfinished: bool, limit: int, after: Id | None = None
) -> list[Work]:
    """A node's work, the most urgent first: all that was ever done there, or what is not finished.

    Unfinished is also what it is offered, and nobody has claimed: that still lies at another node.
    """
    if not unfinished:
        return store.of_node(tx, market, node, limit=limit, after=after)
    own = store.unfinished(tx, market, node, limit=limit, after=after)
    offered = store.offered(tx, market, node, limit=limit, after=after)
    return sorted([*own, *offered], key=lambda work: (work.due_at, work.work_id))[:limit]


def claim(tx: Tx, market: str, work_id: Id, *, by: str, now: datetime, node: str | None = None) -> Work:
    """Somebody takes the work on: the first claim wins, a second one by somebody else is a Conflict.

    Offered work goes to the `node` that claims it, with the stock for it. Raises Shortage where that node
    has sold it meanwhile.
    """
    order, work = _locked(tx, market, work_id, now)
    if node is not None and node != work.node:
        order, work = offering.hand_on(tx, order, work, to=node, now=now)
        _watch(tx, work, now)
    turn = rules.turn_for(work, "claim")
    if turn is None:
        if work.claimed_by != by:
            raise Conflict(f"{work.claimed_by} has claimed this work already.", claimed_by=work.claimed_by)
        return work
    _tell(tx, work, "WorkClaimed", now, by=by)
    return _step(tx, order, replace(work, claimed_by=by), turn, now)


def pick(tx: Tx, market: str, work_id: Id, picks: Sequence[Pick], *, by: str, now: datetime) -> Work:
    """Write down what was found on the shelf and what was not; what is short is sourced anew at once.

    Picking open work claims it; claimed work may be picked by anybody who works there.
    The work is picked when every line has been looked for, cancelled when nothing at all was found.
    """
    order, work = _locked(tx, market, work_id, now)
    turn = rules.turn_for(work, "pick")
    if turn is None or turn.moves is None:
        return work
    finds = rules.found(work, picks)
    if not finds:
        return work
    taken = [replace(line, picked=find.picked) for find in finds if (line := work.line(find.line))]
    moved = rules.steps(replace(work, lines=tuple(taken)), turn.moves)
    if moved:
        order = orders.advance(tx, order, moved, now)
    for find in finds:
        if find.short:
            order = orders.short(
                tx,
                order,
                line=find.line,
                node=work.node,
                quantity=find.short,
                reason=find.short_reason or "",
                now=now,
            )
    missed = [find.line for find in finds if find.short]
    if missed:
        _not_from_here(tx, order, work, missed, now)
    return _saved(tx, rules.after_finds(work, finds, by=by), now)


def pack(tx: Tx, market: str, work_id: Id, packages: Sequence[Package], now: datetime) -> Work:
    """Put what was picked into parcels (one, when none is named)."""
    order, work = _locked(tx, market, work_id, now)
    turn = rules.turn_for(work, "pack")
    if turn is None:
        return work
    packed = [package.as_json() for package in packages or [Package()]]
    return _step(tx, order, replace(work, packages=packed), turn, now)


def stage(tx: Tx, market: str, work_id: Id, *, shelf: str | None, now: datetime) -> Work:
    """Set the goods ready, for the counter or for the carrier."""
    order, work = _locked(tx, market, work_id, now)
    turn = rules.turn_for(work, "stage")
    if turn is None:
        return work
    staged = _step(tx, order, replace(work, shelf=shelf), turn, now)
    if work.finish in FROM_THE_SHELF:
        promising.saw_ready(tx, market, work_id, work.node, due_at=work.due_at, ready_at=now)
    return staged


def dispatch(tx: Tx, market: str, work_id: Id, *, carrier: str, tracking: str | None, now: datetime) -> Work:
    """The parcels leave with a carrier; tells `PackageDispatched`, from which delivery makes the shipment."""
    order, work = _locked(tx, market, work_id, now)
    turn = rules.turn_for(work, "dispatch")
    if turn is None:
        return work
    number = rules.tracking_of(work, tracking)
    left = _step(tx, order, work, turn, now)
    promising.saw_leaving(tx, market, work_id, work.node, due_at=work.due_at, left_at=now)
    lines = [{"line": line.line, "item": line.item, "quantity": line.picked}
             for line in work.lines if line.picked]  # fmt: skip
    _tell(
        tx, work, "PackageDispatched", now,
        carrier=carrier, tracking=number, lines=lines, to_node=work.to_node, slot=order.slot,
    )  # fmt: skip
    return left


def hand_over(
    tx: Tx, market: str, work_id: Id, *, code: str, tries_max: int, now: datetime
) -> Work | CodeRejected:
    """Give the goods to whoever shows the code; a wrong one comes back as the refusal.

    The caller commits before refusing, so that the try is counted. Raises TooManyTries.
    """
    order, work = _locked(tx, market, work_id, now)
    turn = rules.turn_for(work, "hand_over")
    if not orders.check_code(tx, order, code, tries_max=tries_max):
        return CodeRejected("This is not the code of this order.", field="code")
    return work if turn is None else _step(tx, order, work, turn, now)


def reject(tx: Tx, market: str, work_id: Id, *, reason: str, now: datetime, node: str | None = None) -> Work:
    """The node will not do this work: its lines are sourced anew at once, from elsewhere.

    Work of which something has been picked is not rejected; the rest of it is picked short. Who was only
    offered it declines; where its own node rejects it, it goes to the next one it is offered to.
    """
    order, work = _locked(tx, market, work_id, now)
    if node is not None and node != work.node:
        offering.decline(tx, order, work, node, now, reason=reason)
        return work
    if work.state == "open" and (follower := offering.next_with_the_goods(tx, work)):
        offering.decline(tx, order, work, work.node, now, reason=reason)
        _, work = offering.hand_on(tx, order, work, to=follower, now=now)
        _watch(tx, work, now)
        return work
    turn = rules.turn_for(work, "reject")
    if turn is None:
        return work
    if work.picked:
        raise Conflict("Something of this work has been picked already: pick the rest short instead.")
    asked = offering.open_lines(work)
    order = orders.reject(tx, order, node=work.node, lines=asked, reason=reason, now=now)
    _not_from_here(tx, order, work, list(asked), now)
    _tell(tx, work, "WorkRejected", now, reason=reason)
    return _saved(tx, replace(work, state=turn.leads_to), now)


def _locked(tx: Tx, market: str, work_id: Id, now: datetime) -> tuple[Order, Work]:
    """The order and the work, both locked and in line with each other."""
    known = find(tx, market, work_id)
    order = orders.lock(tx, market, known.order_id)
    for _ in range(2):
        for work in _follow_order(tx, order, known.node, now):
            if work.work_id == work_id:
                return order, work
        known = find(tx, market, work_id)  # it went to another node before we had the lock
    raise NotFound("There is no such work.", work_id=str(work_id))


def _step(tx: Tx, order: Order, work: Work, turn: Turn, now: datetime) -> Work:
    """Take every picked unit one step on, with the order that wants it."""
    if turn.moves:
        orders.advance(tx, order, rules.steps(work, turn.moves), now)
    return _saved(tx, replace(work, state=turn.leads_to), now)


def _not_from_here(tx: Tx, order: Order, work: Work, lines: Sequence[int], now: datetime) -> None:
    """Others serve, or nobody does, what this node was asked for: that is how late it is."""
    atlas = network.atlas(tx, work.market)
    stays = work.finish in FROM_THE_SHELF
    instead = {
        node
        for number in lines
        if (line := order.line(number)) is not None
        for (state, node), quantity in line.spread.items()
        if quantity and state == "released" and node != work.node
    }
    leave = [network.dispatch_at(atlas, node, now) or now + ONE_DAY for node in sorted(instead)]
    promising.not_from_here(
        tx, work.market, work.work_id, work.node, due_at=work.due_at,
        instead_at=max(leave) if leave else None, stays=stays, now=now,
    )  # fmt: skip


def _saved(tx: Tx, work: Work, now: datetime) -> Work:
    store.save(tx, work, now)
    if work.state in GONE:
        promising.give_back(tx, network.atlas(tx, work.market), work.node, work.due_at)
    return work


def _tell(tx: Tx, work: Work, kind: str, now: datetime, **more: object) -> None:
    data = {"work_id": str(work.work_id), "order_id": str(work.order_id), "node": work.node, **more}
    tell(tx, work.market, [Event(kind=kind, subject=str(work.work_id), data=data, happened_at=now)])
