"""What moves do to positions. Pure: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from anyshelf.ground.errors import Invalid
from anyshelf.ground.ids import Id
from anyshelf.inventory.model import (
    CLAIMS,
    KEPT,
    Claimant,
    Expected,
    Move,
    Position,
    Posting,
    Waiting,
    Want,
)
from anyshelf.inventory.rules.free import Standing, promisable

Key = tuple[str, str]
NOTHING: Final[Mapping[Key, int]] = MappingProxyType({})


def changes(moves: Iterable[Move]) -> dict[Key, Position]:
    """What the moves add to each position (item, node), summed; negative where they take away."""
    sums: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KEPT, 0))
    for move in moves:
        if move.from_bucket in KEPT:
            sums[move.item, move.node][move.from_bucket] -= move.quantity
        if move.to_bucket in KEPT:
            sums[move.item, move.ends_at][move.to_bucket] += move.quantity
    return {key: Position(item=key[0], node=key[1], **sums[key]) for key in sorted(sums)}


def shortfalls(before: dict[Key, Position], change: dict[Key, Position]) -> list[Key]:
    """The positions that cannot bear the change: a bucket would go below nothing, or claims beyond stock."""
    return [key for key, delta in change.items() if not bears(before.get(key), delta)]


def bears(position: Position | None, delta: Position) -> bool:
    """Whether a position can take a change and still be true."""
    start = position or Position(item=delta.item, node=delta.node)
    after: dict[str, int] = {bucket: getattr(start, bucket) + getattr(delta, bucket) for bucket in KEPT}
    claimed = sum(after[bucket] for bucket in CLAIMS)
    return min(after.values()) >= 0 and claimed <= after["on_hand"]


def lacking(position: Position, delta: Position) -> dict[str, int | str]:
    """How much a change wanted of a position that cannot bear it, and how much there is.

    That is of what is free, unless units on their way or damaged ones fell short: then it says so.
    """
    for bucket in ("in_transit", "damaged"):
        there, wanted = getattr(position, bucket), -getattr(delta, bucket)
        if wanted > there:
            return {"wanted": wanted, "available": there, "bucket": bucket}
    wanted = max(delta.reserved + delta.allocated, -delta.on_hand, 0)
    return {"wanted": wanted, "available": max(position.free, 0)}


def reservation(want: Want, *, reason: str) -> Move:
    """The move that reserves what is wanted."""
    return Move(
        item=want.item,
        node=want.node,
        from_bucket="free",
        to_bucket="reserved",
        quantity=want.quantity,
        reason=reason,
        line=want.line,
    )


def granted(
    before: Mapping[Key, Standing],
    asked: Sequence[Claimant],
    lost: Mapping[str, int],
    doubted: Mapping[Key, int] = NOTHING,
) -> tuple[list[int], dict[Key, int]]:
    """Which of these askers get all they want, in the order they came; and how much of each position that is.

    Who wants more than what those before them left gets nothing, and takes nothing from those behind. `lost`
    is what the stock of a node counts less because it is known from a feed, as `lost_by_feeds`; `doubted` how
    many of a thousand units of a position are not expected to be found.
    """
    claimed: dict[Key, int] = dict.fromkeys(before, 0)
    served: list[int] = []
    for place, each in enumerate(asked):
        needed: dict[Key, int] = {}
        for want in each.wants:
            key = want.item, want.node
            needed[key] = needed.get(key, 0) + want.quantity
        if all(
            key in before
            and units + claimed[key]
            <= promisable(before[key], each.holdback, lost.get(key[1], 0), doubted.get(key, 0))
            for key, units in needed.items()
        ):
            served.append(place)
            for key, units in needed.items():
                claimed[key] += units
    return served, {key: units for key, units in claimed.items() if units}


def release(want: Want, *, reason: str) -> Move:
    """The move that gives a reservation back."""
    return Move(
        item=want.item,
        node=want.node,
        from_bucket="reserved",
        to_bucket="free",
        quantity=want.quantity,
        reason=reason,
        line=want.line,
    )


def moves_of(posting: Posting, on_hand: int) -> list[Move]:
    """The moves an outside message stands for; a count is compared with what is on hand now.

    Raises Invalid for a quantity this kind cannot have.
    """
    if posting.kind not in ("adjust", "count") and posting.quantity < 1:
        raise Invalid(f"A {posting.kind} needs a quantity of at least 1.", field="quantity")
    if posting.kind == "count":
        if posting.quantity < 0:
            raise Invalid("Nobody can count fewer than none.", field="quantity")
        return _adjusted(posting, posting.quantity - on_hand)
    if posting.kind == "adjust":
        return _adjusted(posting, posting.quantity)
    ways = {
        "receive": ("vendor", "on_hand"),
        "receive_damaged": ("vendor", "damaged"),
        "damage": ("on_hand", "damaged"),
        "transfer": ("on_hand", "in_transit"),
        "arrive": ("in_transit", "on_hand"),
    }
    source, target = ways[posting.kind]
    return [_move(posting, source, target, posting.quantity)]


def _adjusted(posting: Posting, difference: int) -> list[Move]:
    if difference == 0:
        return []
    if difference > 0:
        return [_move(posting, "loss", "on_hand", difference)]
    return [_move(posting, "on_hand", "loss", -difference)]


def _move(posting: Posting, source: str, target: str, quantity: int) -> Move:
    return Move(
        item=posting.item,
        node=posting.node,
        from_bucket=source,
        to_bucket=target,
        quantity=quantity,
        reason=posting.reason,
        to_node=posting.to_node if posting.kind == "transfer" else "",
        reference=posting.reference,
    )


def correction(item: str, node: str, bucket: str, difference: int) -> Move:
    """The move that brings the fold of moves to what the position says (difference = position - fold)."""
    other = "free" if bucket in CLAIMS else "loss"
    source, target = (other, bucket) if difference > 0 else (bucket, other)
    return Move(
        item=item,
        node=node,
        from_bucket=source,
        to_bucket=target,
        quantity=abs(difference),
        reason="audit",
    )


def undone(move: Move) -> Move:
    """The move that takes another back, within one node."""
    return replace(move, from_bucket=move.to_bucket, to_bucket=move.from_bucket)


def waits(
    wants: Sequence[Want], coming: Sequence[Expected], cause: Id
) -> tuple[list[Waiting], list[tuple[Want, int]]]:
    """What each want is promised of the supply on its way, in the order given; and what is not covered.

    Of a want that cannot be covered the second says how much of it could be.
    """
    left = [supply.quantity for supply in coming]
    promised: list[Waiting] = []
    missing: list[tuple[Want, int]] = []
    for want in wants:
        still = want.quantity
        for place, supply in enumerate(coming):
            part = min(left[place], still) if supply.item == want.item else 0
            if part:
                promised.append(_waiting(want, supply, part, cause))
                left[place] -= part
                still -= part
        if still:
            missing.append((want, want.quantity - still))
    return promised, missing


def _waiting(want: Want, supply: Expected, quantity: int, cause: Id) -> Waiting:
    return Waiting(
        cause=cause,
        line=want.line,
        reference=supply.reference,
        item=supply.item,
        node=supply.node,
        quantity=quantity,
        arrives_at=supply.arrives_at,
    )
