"""Manifests: what each carrier collects at a node on a day.

Closing one says that the carrier has it all. Each parcel is then dispatched by itself, from the event told of
it, by the step every parcel takes; a manifest's row is locked after any order, and holds up none.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from anyshelf.fulfilment import rules
from anyshelf.fulfilment import store as works
from anyshelf.fulfilment.model import Loaded, Manifest
from anyshelf.fulfilment.rules import walking
from anyshelf.fulfilment.service.working import dispatch
from anyshelf.fulfilment.store import floor as store
from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, NotFound, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.orders import service as orders

COLLECTED = "ParcelCollected"
LEFT_ANYWAY = "left_anyway"
LISTED = 40


def load(  # noqa: PLR0913  what goes on which manifest, by name
    tx: Tx,
    market: str,
    node: str,
    *,
    work_id: Id,
    carrier: str,
    tracking: str | None,
    manifest_id: Id,
    day: date,
    by: str,
    now: datetime,
) -> Manifest:
    """Put a packed parcel on the open manifest of its carrier and day; opens one (`manifest_id`) at need.

    Twice is once; from another open manifest it comes over. Raises OutOfTurn for what is not packed, Conflict
    for what has left.
    """
    work = works.find(tx, market, work_id)
    if work is None or work.node != node:
        raise NotFound(f"{node} has no such work.", work_id=str(work_id), field="work_id")
    walking.check_loadable(work)
    number = rules.tracking_of(work, tracking)
    new = Manifest(
        market=market, manifest_id=manifest_id, node=node, carrier=carrier, day=day, state="open",
        opened_at=now,
    )  # fmt: skip
    known = store.lock_open_manifest(tx, new)
    if known is None:
        raise Conflict("This manifest is being closed; load it once more.")
    if not store.load(tx, market, known.manifest_id, work_id, number, by, now):
        raise Conflict("This parcel is on a manifest that was closed.", work_id=str(work_id))
    return find_manifest(tx, market, known.manifest_id)


def take_off(tx: Tx, market: str, manifest_id: Id, *, work_id: Id) -> Manifest:
    """Take a parcel off an open manifest again; raises OutOfTurn when it is closed."""
    known = _locked(tx, market, manifest_id)
    if known.state == "closed":
        raise OutOfTurn("This manifest is closed: its carrier has the parcels.", state=known.state)
    run(tx, store.TAKE_OUT_SQL, market=market, manifest_id=manifest_id, work_ids=[work_id])
    return find_manifest(tx, market, manifest_id)


def find_manifest(tx: Tx, market: str, manifest_id: Id) -> Manifest:
    """One manifest with what is on it; raises NotFound."""
    found = store.manifest(tx, market, manifest_id)
    if found is None:
        raise NotFound("There is no such manifest.", manifest_id=str(manifest_id))
    return _with_loads(tx, market, [found])[0]


def manifests(tx: Tx, market: str, node: str) -> list[Manifest]:
    """A node's manifests with what is on them: the open ones, then the newest."""
    return _with_loads(tx, market, store.manifests(tx, market, node, LISTED))


def _with_loads(tx: Tx, market: str, found: Sequence[Manifest]) -> list[Manifest]:
    on: dict[Id, list[Loaded]] = {each.manifest_id: [] for each in found}
    for manifest_id, loaded in store.loads(tx, market, list(on)):
        on[manifest_id].append(loaded)
    return [replace(each, loads=tuple(on[each.manifest_id])) for each in found]


def close_manifest(tx: Tx, market: str, manifest_id: Id, *, by: str, now: datetime) -> Manifest:
    """The carrier has collected it: each parcel is told of, and dispatched by that. Closed again, it stays.

    What is no packed parcel any more (its order was cancelled) is taken off first. Raises Conflict when
    nothing is left.
    """
    if _locked(tx, market, manifest_id).state == "closed":
        return find_manifest(tx, market, manifest_id)
    known = find_manifest(tx, market, manifest_id)
    gone = [each.work_id for each in known.loads if each.state not in walking.TO_LOAD]
    run(tx, store.TAKE_OUT_SQL, market=market, manifest_id=manifest_id, work_ids=gone)
    left = store.collect(tx, market, manifest_id, [each.work_id for each in known.loads])
    leaving = [each for each in known.loads if each.work_id in left]
    if not leaving:
        raise Conflict("Nothing is on this manifest; there is nothing to collect.")
    run(tx, store.CLOSE_MANIFEST_SQL, market=market, manifest_id=manifest_id, by=by, now=now)
    tell(tx, market, [_collected(known, each, now) for each in leaving])
    return find_manifest(tx, market, manifest_id)


def collected(tx: Tx, market: str, work_id: Id, *, carrier: str, tracking: str, now: datetime) -> None:
    """A parcel left on a closed manifest: it is dispatched. Twice is once.

    Whose order was cancelled before we came to it is with the carrier all the same: somebody calls it back.
    """
    try:
        dispatch(tx, market, work_id, carrier=carrier, tracking=tracking, now=now)
    except OutOfTurn as refused:
        work = works.find(tx, market, work_id)
        if work is None:
            return
        orders.note_exception(
            tx, orders.lock(tx, market, work.order_id), LEFT_ANYWAY,
            cause=str(work_id), said=f"The parcel {tracking} left with {carrier}, but {refused.detail}",
            done="Nothing was charged for it.", todo=f"Ask {carrier} to bring {tracking} back.",
            node=work.node, lines=[line.line for line in work.lines], now=now,
        )  # fmt: skip


def _locked(tx: Tx, market: str, manifest_id: Id) -> Manifest:
    known = store.lock_manifest(tx, market, manifest_id)
    if known is None:
        raise NotFound("There is no such manifest.", manifest_id=str(manifest_id))
    return known


def _collected(manifest: Manifest, loaded: Loaded, now: datetime) -> Event:
    data = {
        "work_id": str(loaded.work_id),
        "order_id": str(loaded.order_id),
        "node": manifest.node,
        "carrier": manifest.carrier,
        "tracking": loaded.tracking,
        "manifest_id": str(manifest.manifest_id),
    }
    return Event(kind=COLLECTED, subject=str(loaded.work_id), data=data, happened_at=now)
