"""Whose turn it is: the steps of work in a node, and what a pick comes to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anyshelf.fulfilment.model import UNFINISHED, Found, Pick, Work, WorkLine
from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.orders.model import Order, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A step: the states it may follow, the state it leads to, and what it does to the order's units."""

    follows: frozenset[str]
    leads_to: str
    moves: tuple[str, str] | None = None


_EVERYWHERE: Mapping[str, Turn] = {
    "claim": Turn(follows=frozenset({"open"}), leads_to="claimed"),
    "pick": Turn(follows=frozenset({"open", "claimed"}), leads_to="picked", moves=("released", "picked")),
    "reject": Turn(follows=frozenset({"open", "claimed"}), leads_to="rejected"),
}

# Parcels may wait on the dock before they leave, and goods for the counter may be packed before they are
# staged: both are steps of the work alone, which the order's units do not feel.
_PARCEL: Mapping[str, Turn] = {
    **_EVERYWHERE,
    "pack": Turn(follows=frozenset({"picked"}), leads_to="packed", moves=("picked", "packed")),
    "stage": Turn(follows=frozenset({"packed"}), leads_to="staged"),
}
_KEPT: Mapping[str, Turn] = {
    **_EVERYWHERE,
    "pack": Turn(follows=frozenset({"picked"}), leads_to="packed"),
    "stage": Turn(follows=frozenset({"picked", "packed"}), leads_to="staged", moves=("picked", "staged")),
}
_HAND_OVER = Turn(follows=frozenset({"staged"}), leads_to="handed_over", moves=("staged", "handed_over"))


def _dispatch(after: str) -> Turn:
    return Turn(follows=frozenset({"packed", "staged"}), leads_to="dispatched", moves=("packed", after))


TURNS: Mapping[str, Mapping[str, Turn]] = {
    "dispatch": {**_PARCEL, "dispatch": _dispatch("dispatched")},
    "transfer": {**_PARCEL, "dispatch": _dispatch("in_transit")},
    "hand_over": {**_KEPT, "hand_over": _HAND_OVER},
    "till": _KEPT,
    "counter": {  # what came from another node is there, and only waits for its shelf
        "stage": Turn(follows=frozenset({"picked"}), leads_to="staged", moves=("received", "staged")),
        "hand_over": _HAND_OVER,
    },
}
"""The steps of work, by how its node is done with it."""

# In which state the order keeps the units that work of this finish and state has taken from the shelf.
_AS_PARCEL = {"claimed": "picked", "picked": "picked", "packed": "packed", "staged": "packed"}
_AS_KEPT = {"claimed": "picked", "picked": "picked", "packed": "picked", "staged": "staged"}
KEPT_AS: Mapping[str, Mapping[str, str]] = {
    "dispatch": _AS_PARCEL,
    "transfer": _AS_PARCEL,
    "hand_over": _AS_KEPT,
    "till": _AS_KEPT,
    "counter": {"picked": "received", "staged": "staged"},
}


def next_steps(work: Work) -> list[str]:
    """What may be done with this work now."""
    return [verb for verb, turn in TURNS[work.finish].items() if work.state in turn.follows]


def turn_for(work: Work, verb: str) -> Turn | None:
    """The step, if it is its turn; None when it has just been done. Raises OutOfTurn at any other time."""
    turn = TURNS[work.finish].get(verb)
    if turn is not None and work.state == turn.leads_to:
        return None
    if turn is not None and work.state in turn.follows:
        return turn
    following = next_steps(work)
    may = f"next it may be told to {' or '.join(following)}" if following else "nothing more is to be done"
    raise OutOfTurn(
        f"This work is {work.state}, so it is not the turn of '{verb}'; {may}.",
        state=work.state,
        next=following,
    )


def steps(work: Work, moves: tuple[str, str]) -> list[Step]:
    """The steps that take every picked unit of the work from one state of its order to the next."""
    before, after = moves
    return [
        Step(
            line=line.line,
            node=work.node,
            before=before,
            after=after,
            quantity=line.picked,
            to_node=work.to_node if after == "in_transit" else "",
        )
        for line in work.lines
        if line.picked
    ]


def found(work: Work, picks: Sequence[Pick]) -> list[Found]:
    """What these picks come to; raises Invalid naming the line that cannot be.

    A reason says that the rest of the line is not there; without one the rest is left for a later pick. A
    line that was finished with this very quantity is a repetition and comes to nothing.
    """
    seen: set[int] = set()
    results = []
    for place, pick in enumerate(picks):
        field = f"lines.{place}"
        line = work.line(pick.line)
        if line is None:
            raise Invalid(f"This work has no line {pick.line}.", field=f"{field}.line")
        if pick.line in seen:
            raise Invalid(f"Line {pick.line} is given twice.", field=f"{field}.line")
        seen.add(pick.line)
        if not _repeated(line, pick):
            results.append(_found(line, pick, field))
    return results


def _repeated(line: WorkLine, pick: Pick) -> bool:
    return line.remaining == 0 and pick.quantity == line.picked


def _found(line: WorkLine, pick: Pick, field: str) -> Found:
    if pick.quantity < 0 or pick.quantity > line.remaining:
        raise Invalid(
            f"Line {line.line} has {line.remaining} left to pick, not {pick.quantity}.",
            field=f"{field}.quantity",
        )
    if pick.quantity == 0 and not pick.short_reason:
        raise Invalid(
            f"Nothing picked of line {line.line}: say why with short_reason, or leave it for later.",
            field=f"{field}.short_reason",
        )
    short = line.remaining - pick.quantity if pick.short_reason else 0
    reason = pick.short_reason if short else None
    return Found(line=line.line, picked=pick.quantity, short=short, short_reason=reason)


def after_finds(work: Work, finds: Sequence[Found], *, by: str) -> Work:
    """The work after what was found, and not found, is written to its lines; who picks it has claimed it."""
    by_line = {find.line: find for find in finds}
    lines = tuple(_with(line, by_line[line.line]) if line.line in by_line else line for line in work.lines)
    claimed = replace(work, state="claimed", claimed_by=work.claimed_by or by)
    return come_to(replace(claimed, lines=lines))


def _with(line: WorkLine, find: Found) -> WorkLine:
    return replace(
        line,
        picked=line.picked + find.picked,
        short=line.short + find.short,
        short_reason=find.short_reason or line.short_reason,
    )


def come_to(work: Work) -> Work:
    """The work in the state its lines brought it to: all looked for is picked, nothing left is cancelled."""
    if work.state not in UNFINISHED or work.remaining:
        return work
    if not work.picked:
        return replace(work, state="cancelled")
    return replace(work, state="picked") if work.state == "claimed" else work


def follow_order(works: Sequence[Work], order: Order) -> list[Work]:
    """The unfinished works of one order at one node, without the units the order no longer wants from it.

    The order's own quantities are the truth; earlier work keeps its units first.
    """
    wanted = {
        (line.line, state): line.in_state(state, node=works[0].node)
        for line in order.lines
        for state in ("released", "picked", "packed", "received", "staged")
        if works
    }
    return [_follow(work, wanted) for work in works]


def _follow(work: Work, wanted: dict[tuple[int, str], int]) -> Work:
    kept_as = KEPT_AS[work.finish].get(work.state, "picked")
    lines = []
    for line in work.lines:
        remaining = _keep(wanted, (line.line, "released"), line.remaining)
        picked = _keep(wanted, (line.line, kept_as), line.picked)
        gone = line.remaining - remaining + line.picked - picked
        lines.append(replace(line, picked=picked, cancelled=line.cancelled + gone))
    return come_to(replace(work, lines=tuple(lines)))


def _keep(wanted: dict[tuple[int, str], int], key: tuple[int, str], quantity: int) -> int:
    kept = min(quantity, wanted.get(key, 0))
    wanted[key] = wanted.get(key, 0) - kept
    return kept


def tracking_of(work: Work, given: str | None) -> str:
    """The tracking number a dispatch goes by: the one given, else that of a package; raises Invalid."""
    known = [package["tracking"] for package in work.packages or [] if package.get("tracking")]
    if not given and not known:
        raise Invalid("A dispatch needs a tracking number, here or on a package.", field="tracking")
    return given or str(known[0])
