"""What planners do with suggestions: accept, change, dismiss; and how goods then travel by the books."""

from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Move, Posting, Want
from anyshelf.planning import store
from anyshelf.planning.model import Suggestion

KEPT_DAYS = 14
"""How long goods are kept at their node for an accepted transfer that has not left."""


def found(tx: Tx, market: str, suggestion_id: Id) -> Suggestion:
    """One suggestion, locked; raises NotFound."""
    known = store.lock_suggestion(tx, market, suggestion_id)
    if known is None:
        raise NotFound("There is no such suggestion.", suggestion_id=str(suggestion_id))
    return known


def accept(
    tx: Tx, market: str, suggestion_id: Id, *, by: str, now: datetime, quantity: int | None = None
) -> Suggestion:
    """Do as suggested: the books expect the goods, and keep them at the node they come from until they leave.

    Locks the suggestion, then the position they leave. Raises Shortage when that node has not so many.
    """
    before = _in_state(found(tx, market, suggestion_id), "open")
    units = quantity or before.quantity
    lead = before.arrives_at - before.made_at
    after = replace(
        before, quantity=units, state="accepted", decided_at=now, decided_by=by,
        arrives_at=max(now + lead, before.arrives_at), reference=_reference(before),
    )  # fmt: skip
    if before.from_node:
        want = Want(line=1, item=before.item, node=before.from_node, quantity=units)
        held = inventory.hold(
            tx, market, [want], holder=after.reference, expires_at=now + timedelta(days=KEPT_DAYS), now=now
        )
        after = replace(after, hold_id=held.hold_id)
    coming = (after.node, after.item, units, after.arrives_at, _reference(before))
    inventory.expect(tx, market, [coming], now=now)
    return _saved(tx, market, after, "SuggestionAccepted", now)


def edit(tx: Tx, market: str, suggestion_id: Id, *, quantity: int, by: str, now: datetime) -> Suggestion:
    """Suggest another quantity; it stays open."""
    before = _in_state(found(tx, market, suggestion_id), "open")
    after = replace(before, quantity=quantity, decided_by=by)
    return _saved(tx, market, after, "SuggestionChanged", now)


def dismiss(tx: Tx, market: str, suggestion_id: Id, *, reason: str, by: str, now: datetime) -> Suggestion:
    """Do not do it, and say why."""
    before = _in_state(found(tx, market, suggestion_id), "open")
    after = replace(before, state="dismissed", decided_at=now, decided_by=by, note=reason)
    return _saved(tx, market, after, "SuggestionDismissed", now)


def undo(tx: Tx, market: str, suggestion_id: Id, *, by: str, now: datetime) -> Suggestion:
    """Take back that it was accepted, while nothing has left, or dismissed: the same is suggested anew.

    The goods are free again and no longer expected. Locks the suggestion, the position, what is expected.
    Raises OutOfTurn when something has left, Conflict when
    orders wait for what was expected.
    """
    before = found(tx, market, suggestion_id)
    if before.state not in {"accepted", "dismissed"}:
        raise OutOfTurn(
            f"This suggestion is {before.state}: only what is accepted and has not left, or is dismissed, "
            "can be taken back.", state=before.state,
        )  # fmt: skip
    if before.state == "accepted":
        if before.hold_id is not None:
            inventory.release_hold(tx, market, before.hold_id, now)
        inventory.call_off(
            tx, market, node=before.node, item=before.item, reference=_reference(before), now=now
        )
    store.open_again(tx, market, suggestion_id, new_id(), now)
    after = replace(before, state="withdrawn", decided_at=now, decided_by=by)
    return _saved(tx, market, after, "SuggestionWithdrawn", now)


def dispatch(tx: Tx, market: str, suggestion_id: Id, *, now: datetime) -> Suggestion:
    """An accepted transfer leaves its node: from now on it is in transit."""
    before = _in_state(found(tx, market, suggestion_id), "accepted")
    if not before.from_node:
        raise OutOfTurn("A vendor sends this; receive it when it has come.")
    if before.hold_id is not None:
        inventory.release_hold(tx, market, before.hold_id, now)
    leaving = _posting(before, "transfer", before.from_node, before.quantity)
    inventory.post_all(tx, market, [replace(leaving, to_node=before.node)], now)
    return _saved(tx, market, replace(before, state="dispatched"), "TransferDispatched", now)


def receive(
    tx: Tx, market: str, suggestion_id: Id, *, now: datetime, quantity: int | None = None
) -> Suggestion:
    """The goods have come: what did is on hand, what is missing of a transfer is lost.

    Raises OutOfTurn before they have left, Invalid when more have come than were sent.
    """
    known = found(tx, market, suggestion_id)
    before = _in_state(known, "dispatched" if known.from_node else "accepted")
    units = before.quantity if quantity is None else quantity
    if units > before.quantity:
        raise Invalid(f"{before.quantity} were sent; receive the rest under a reference of its own.",
                      field="quantity")  # fmt: skip
    if units:
        arrived = _posting(before, "arrive" if before.from_node else "receive", before.node, units)
        inventory.post_all(tx, market, [arrived], now)
    missing = before.quantity - units
    if missing and before.from_node:
        gone = Move(
            item=before.item, node=before.node, from_bucket="in_transit", to_bucket="loss", quantity=missing,
            reason="transfer", reference=before.reference,
        )  # fmt: skip
        inventory.post(tx, market, [gone], cause=before.suggestion_id, step=0, now=now)
    if missing and units:
        coming = (before.node, before.item, units, before.arrives_at, str(before.reference))
        inventory.expect(tx, market, [coming], now=now)
    after = replace(before, state="received", note=f"{missing} were missing." if missing else before.note)
    return _saved(tx, market, after, "SupplyReceived", now)


def _reference(suggestion: Suggestion) -> str:
    kind = "TR" if suggestion.from_node else "PO"
    return f"{kind}-{suggestion.suggestion_id.hex[-12:].upper()}"


def _posting(suggestion: Suggestion, kind: str, node: str, quantity: int) -> Posting:
    return Posting(
        kind=kind, node=node, item=suggestion.item, quantity=quantity, reason="planning",
        reference=suggestion.reference, happened_at=None,
    )  # fmt: skip


def _in_state(suggestion: Suggestion, state: str) -> Suggestion:
    if suggestion.state != state:
        raise OutOfTurn(f"This suggestion is {suggestion.state}, not {state}.", state=suggestion.state)
    return suggestion


def _saved(tx: Tx, market: str, after: Suggestion, told: str, now: datetime) -> Suggestion:
    store.save(tx, market, after)
    event = Event(kind=told, subject=str(after.suggestion_id), data=after.as_json(), happened_at=now)
    tell(tx, market, [event])
    return after
