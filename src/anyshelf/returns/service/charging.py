"""What vendors owe us for goods they shipped that came back: debit notes, and the goods' way to them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound, OutOfTurn
from anyshelf.ground.ids import Id, derived_id
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Move
from anyshelf.network.model import Atlas
from anyshelf.returns import store
from anyshelf.returns.model import DebitNote, Disposition, Receipt, Return
from anyshelf.returns.service.finding import find, locked
from anyshelf.returns.service.telling import told

FIRST = Id(int=0)


def charge(
    tx: Tx,
    atlas: Atlas,
    known: Return,
    receipts: Sequence[Receipt],
    fates: Sequence[Disposition],
    now: datetime,
) -> None:
    """Write a debit note for every receipt of goods that a vendor shipped, at what they cost us."""
    items = {line.line: line.item for line in known.lines}
    costs = catalogue.items(tx, known.market, list(items.values()))
    notes = [
        DebitNote(
            note_id=derived_id(
                "debit note", known.market, str(known.return_id), str(each.step), str(each.entry)
            ),
            return_id=known.return_id,
            line=each.line,
            vendor_node=each.came_from,
            node=each.node,
            bucket=fate.bucket or "",
            item=items[each.line],
            quantity=each.quantity,
            amount_minor=_cost_minor(costs, items[each.line]) * each.quantity,
            currency=known.currency,
            state="open",
            made_at=now,
        )
        for each, fate in zip(receipts, fates, strict=True)
        if fate.name == "return_to_vendor" and each.came_from in atlas.index
    ]
    if notes:
        store.make_notes(tx, known, notes, now)


def _cost_minor(known: Mapping[str, Item], item: str) -> int:
    return known[item].cost_minor if item in known else 0


def to_vendor(tx: Tx, market: str, return_id: Id, now: datetime) -> Return:
    """Send what lies apart for a vendor back to it, with its debit notes; what was sent is not sent again.

    Raises OutOfTurn where the return holds nothing of a vendor's.
    """
    _, known = locked(tx, market, return_id)
    if not known.notes:
        raise OutOfTurn("Nothing of this return goes to a vendor.", state=known.state)
    waiting = [note for note in known.notes if note.state == "open"]
    if not waiting:
        return known
    after = replace(known, version=known.version + 1)
    moves = [
        Move(
            item=note.item,
            node=note.node,
            from_bucket=note.bucket,
            to_bucket="vendor",
            quantity=note.quantity,
            reason="return_to_vendor",
            line=note.line,
            reference=str(note.note_id),
        )
        for note in waiting
        if note.bucket != "vendor"
    ]
    inventory.post(tx, market, moves, cause=return_id, step=after.version, now=now)
    store.send_notes(tx, market, return_id, now)
    store.save(tx, after)
    told(tx, after, "ReturnSentToVendor", now, notes=[note.as_json() for note in waiting])
    return find(tx, market, return_id)


def notes_of_vendor(
    tx: Tx, market: str, *, vendor_node: str | None, state: str | None, after: Id | None, limit: int
) -> list[DebitNote]:
    """Debit notes by their ids, a page at a time; of one vendor's node and in one state, or all."""
    return store.notes_of_vendor(
        tx, market, vendor_node=vendor_node, state=state, after=after or FIRST, limit=limit
    )


def settle_note(tx: Tx, market: str, note_id: Id, now: datetime) -> DebitNote:
    """The vendor has paid a debit note; paid twice is paid once. Raises OutOfTurn before it was sent."""
    note = store.note(tx, market, note_id)
    if note is None:
        raise NotFound("There is no such debit note.", note_id=str(note_id))
    if note.state == "open":
        raise OutOfTurn("This debit note was not sent yet; send its return to the vendor first.")
    store.settle_note(tx, market, note_id, now)
    return replace(note, state="settled")
