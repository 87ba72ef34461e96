"""People: who was seen, who is who, and how a wrong joining is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, NotFound, OutOfTurn
from anyshelf.ground.ids import Id, new_id
from anyshelf.insight.model import Known, Merge, Sighting, Step, Suggestion
from anyshelf.insight.rules import handles, stitching
from anyshelf.insight.rules.stitching import Circle, Verdict
from anyshelf.insight.store import entries, facts, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A person as far as we know them, with the merges that made them one."""

    known: Known
    merges: Sequence[Merge]

    def as_json(self) -> dict[str, Any]:
        """The person as the API shows them."""
        kinds: dict[str, int] = {}
        for kind in self.known.handles.values():
            kinds[kind] = kinds.get(kind, 0) + 1
        return {
            "person": str(self.known.person),
            "handles": kinds,
            "merges": [merge.as_json() for merge in self.merges],
        }


def see(tx: Tx, market: str, sightings: Sequence[Sighting], now: datetime) -> None:
    """Find out whose these sightings are, and keep what they prove; what is known already costs one look.

    Takes the market's hand for tying people, held until the transaction ends, when there is something to tie.
    """
    if not sightings or not _news(*_circle(tx, market, sightings)):
        return
    people.alone(tx, market)
    circle, telling = _circle(tx, market, sightings)
    apart = people.declined(tx, market, [one for each in circle.people.values() for one in each.people])
    found = _Found()
    for sighting in _in_time(_news(circle, telling)):
        verdict = stitching.judge(
            sighting, circle.candidates(sighting), apart=lambda one, other: _apart(apart, one, other)
        )
        found.note(sighting, verdict, circle, now)
        circle.take(sighting, verdict)
    found.keep(tx, market, now)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a batch of sightings comes to, written down together."""

    new: list[Id] = field(default_factory=list)
    ties: list[tuple[Id, Id, str]] = field(default_factory=list)
    names: list[tuple[Id, str, Id]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)

    def note(self, sighting: Sighting, verdict: Verdict, circle: Circle, now: datetime) -> None:
        """Add what one sighting comes to; nothing where nobody can tell whose it is."""
        whose = verdict.person
        if whose is None:
            return
        if verdict.new:
            self.new.append(whose)
        self.ties.extend((handle, whose, kind) for handle, kind in sighting.handles.items())
        named = (("given", sighting.given), ("family", sighting.family))
        self.names.extend((whose, part, name) for part, name in named if name)
        for other, why in verdict.merges:
            self.merges.append(_merged(circle.people[other], into=whose, why=why, now=now))
        self.suggestions.extend(verdict.suggestions)

    def keep(self, tx: Tx, market: str, now: datetime) -> None:
        """Write it all down."""
        people.add(tx, market, self.new, now)
        people.tie(tx, market, self.ties, now)
        people.name(tx, market, self.names)
        for merge in self.merges:
            people.note_merge(tx, market, merge)
        people.suggest(tx, market, self.suggestions, now)


def _in_time(sightings: Sequence[Sighting]) -> list[Sighting]:
    return sorted(sightings, key=lambda each: (each.seen_at, sorted(each.handles)))


def _circle(tx: Tx, market: str, sightings: Sequence[Sighting]) -> tuple[Circle, list[Sighting]]:
    """Everybody concerned, and the sightings without handles that half the town uses: those tell nothing."""
    asked = {handle for each in sightings for handle in each.handles}
    holders = people.holders(tx, market, asked)
    crowded = {handle for handle, found in holders.items() if len(found) > stitching.PEOPLE_ON_A_HANDLE_MAX}
    concerned = {holder for handle, found in holders.items() if handle not in crowded for holder in found}
    telling = [
        replace(
            each, handles={handle: kind for handle, kind in each.handles.items() if handle not in crowded}
        )
        for each in sightings
    ]
    circle = Circle.of(people.known(tx, market, concerned).values())
    return circle, [each for each in telling if each.handles]


def _news(circle: Circle, sightings: Sequence[Sighting]) -> list[Sighting]:
    """The sightings that say something new: not all of it is known of one person already."""
    return [
        each
        for each in sightings
        if not any(
            each.handles.keys() <= known.handles.keys()
            and {each.given} - {None} <= known.given
            and {each.family} - {None} <= known.family
            for known in circle.candidates(each)
        )
    ]


def _apart(declined: set[frozenset[Id]], one: Known, other: Known) -> bool:
    """Whether somebody has decided that two people, or any two that were found to be them, are two."""
    return any(frozenset((mine, theirs)) in declined for mine in one.people for theirs in other.people)


def _merged(other: Known, *, into: Id, why: Mapping[str, Any], now: datetime) -> Merge:
    return Merge(
        merge_id=new_id(),
        kept=into,
        merged=other.person,
        people=sorted(other.people),
        why=dict(why),
        merged_at=now,
    )


def person(tx: Tx, market: str, asked: Id) -> Seen:
    """Who a person is by now; raises NotFound."""
    known = _known(tx, market, asked)
    return Seen(known=known, merges=people.merges(tx, market, known.people))


def _known(tx: Tx, market: str, asked: Id) -> Known:
    holder = people.holder_of(tx, market, asked)
    if holder is None:
        raise NotFound("There is no such person.")
    return people.known(tx, market, [holder])[holder]


def look_up(tx: Tx, market: str, secret: bytes, kind: str, value: str) -> Id:
    """The person behind an account, e-mail, phone or number; raises NotFound, or Conflict where it is shared.

    The value itself is compared as a keyed hash, and kept nowhere.
    """
    asked = handles.sighting(secret, {kind: value}, datetime.max.replace(tzinfo=UTC))
    holders = people.holders(tx, market, asked.handles)
    found = sorted({holder for each in holders.values() for holder in each})
    if not found:
        raise NotFound(f"Nobody was seen with this {kind}.")
    if len(found) > 1:
        raise Conflict(
            f"{len(found)} people share this {kind}; ask for one of them by what is theirs alone.",
            people=[str(each) for each in found],
        )
    return found[0]


def timeline(tx: Tx, market: str, asked: Id, *, after: Id | None, limit: int) -> list[Step]:
    """What a person did and what happened to their orders, newest first, across channels.

    Steps on a device that several people use are shown only where they were signed in.
    """
    known = _known(tx, market, asked)
    return entries.timeline(tx, market, own_handles(tx, market, known), after=after, limit=limit)


def timeline_of_shopper(tx: Tx, market: str, order_id: Id, *, limit: int) -> list[Step]:
    """What whoever placed an order did, newest first, across channels; nothing where nobody can tell who.

    Somebody who has said that their journey may not be kept is nobody we can tell.
    """
    known = facts.known(tx, market, order_id)
    if known is None or known.account is None:
        return []
    holders = people.holders(tx, market, [known.account]).get(known.account, [])
    return timeline(tx, market, holders[0], after=None, limit=limit) if len(holders) == 1 else []


def own_handles(tx: Tx, market: str, known: Known) -> list[Id]:
    """The handles whose steps are this person's alone: a shared phone or device is left out."""
    holders = people.holders(tx, market, known.handles)
    return sorted(handle for handle in known.handles if holders.get(handle) == [known.person])


def unmerge(tx: Tx, market: str, merge_id: Id, *, by: str, now: datetime) -> Merge:
    """Undo a merge: everybody is who they were, and the two are not joined by rule again.

    Raises NotFound; OutOfTurn when it was undone before.
    """
    people.alone(tx, market)
    merge = people.merge_of(tx, market, merge_id)
    if merge is None:
        raise NotFound("There is no such merge.")
    if merge.undone_at is not None:
        raise OutOfTurn("This merge has been undone already.")
    people.undo(tx, market, merge, by=by, now=now)
    people.decide(tx, market, merge.kept, merge.merged, state="declined", why={"undone by": by}, now=now)
    undone = people.merge_of(tx, market, merge_id)
    return undone or merge


def merge_by_hand(tx: Tx, market: str, one: Id, other: Id, *, by: str, now: datetime) -> Merge:
    """Somebody says that two people are one; it can be undone like any merge. Raises NotFound, Conflict."""
    people.alone(tx, market)
    kept, merged = _known(tx, market, one), _known(tx, market, other)
    if kept.person == merged.person:
        raise Conflict("They are one person already.")
    people.decide(tx, market, one, other, state="accepted", why={"by": by}, now=now)
    merge = _merged(merged, into=kept.person, why={"by": by}, now=now)
    people.note_merge(tx, market, merge)
    return merge


def accept(tx: Tx, market: str, one: Id, other: Id, *, accepted: bool, by: str, now: datetime) -> None:
    """Decide a suggestion; declined, the two are never joined by rule."""
    if accepted:
        merge_by_hand(tx, market, one, other, by=by, now=now)
    else:
        people.decide(tx, market, one, other, state="declined", why={"by": by}, now=now)


def suggestions(tx: Tx, market: str, *, limit: int) -> list[Suggestion]:
    """Pairs who may be one, for somebody to decide."""
    return people.suggestions(tx, market, limit=limit)
