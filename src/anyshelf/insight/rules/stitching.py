"""Who is who: a sighting is somebody we know, somebody new, or proof that two we know are one.

The rule is a table of points, the same for everybody and kept with every merge. An account or a loyalty
number is sure; an e-mail address is nearly so; a phone or a card is shared in families and needs the name
with it; a device never tells by itself. A given name that differs speaks against all but an account.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from anyshelf.ground.ids import Id
from anyshelf.insight.model import KINDS, Known, Sighting, Suggestion

POINTS = {"account": 9, "loyalty": 5, "email": 3, "card": 2, "phone": 2, "device": 1}
SAME_GIVEN = 2
SAME_FAMILY = 1
OTHER_GIVEN = -7
OTHER_FAMILY = -1
OTHER_ACCOUNT = -2
OTHER_LOYALTY = -3
OTHER_EMAIL = -2
ENOUGH = 3
ENOUGH_ON_A_DEVICE = 4
"""A device with the whole name; by itself it is worth one point."""
WORTH_A_LOOK = 1
PEOPLE_ON_A_HANDLE_MAX = 50
"""A handle seen with more people than that is a till's or a call centre's own, and says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a sighting amounts to: whose it is (None: nobody can tell), who else they are, who they may be."""

    person: Id | None
    new: bool = False
    merges: tuple[tuple[Id, Mapping[str, int]], ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    known: Known
    why: dict[str, int]

    @property
    def points(self) -> int:
        return sum(self.why.values())

    @property
    def enough(self) -> bool:
        ties = self.why.keys() & POINTS.keys()
        return self.points >= (ENOUGH if ties - {"device"} else ENOUGH_ON_A_DEVICE)


def judge(
    sighting: Sighting, candidates: Iterable[Known], *, apart: Callable[[Known, Known], bool]
) -> Verdict:
    """Whose sighting this is, among all who were seen with one of its handles before.

    `apart` says of two people that somebody has decided they are two.
    """
    matches = sorted(
        (_Match(known=each, why=_evidence(sighting, each)) for each in candidates),
        key=lambda match: (-match.points, match.known.person),
    )
    sure = [match for match in matches if match.enough]
    if not sure:
        person = _newcomer(sighting, matches)
        return Verdict(
            person=person, new=person is not None, suggestions=_to_ask(person, matches) if person else ()
        )
    first, *others = sure
    merges, doubtful = [], [match for match in matches if not match.enough]
    for other in others:
        why = {**{f"sighting {name}": points for name, points in other.why.items()},
               **_contradictions(first.known, other.known)}  # fmt: skip
        if sum(why.values()) >= ENOUGH and not apart(first.known, other.known):
            merges.append((other.known.person, why))
        else:
            doubtful.append(other)
    return Verdict(
        person=first.known.person,
        merges=tuple(merges),
        suggestions=_to_ask(first.known.person, doubtful),
    )


def _evidence(sighting: Sighting, known: Known) -> dict[str, int]:
    """What speaks for and against a sighting being this person, by the table of points."""
    shared = {sighting.handles[each] for each in sighting.handles.keys() & known.handles.keys()}
    why = {kind: POINTS[kind] for kind in KINDS if kind in shared}
    seen = Known(
        person=known.person,
        handles=sighting.handles,
        given=frozenset({sighting.given} - {None}),  # type: ignore[arg-type]
        family=frozenset({sighting.family} - {None}),  # type: ignore[arg-type]
    )
    if seen.given & known.given:
        why["same given name"] = SAME_GIVEN
    if seen.family & known.family:
        why["same family name"] = SAME_FAMILY
    return {**why, **_contradictions(seen, known)}


def _contradictions(one: Known, other: Known) -> dict[str, int]:
    """What speaks against two being one."""
    told = (
        ("other given name", OTHER_GIVEN, one.given, other.given),
        ("other family name", OTHER_FAMILY, one.family, other.family),
        ("other account", OTHER_ACCOUNT, one.of_kind("account"), other.of_kind("account")),
        ("other e-mail", OTHER_EMAIL, one.of_kind("email"), other.of_kind("email")),
        ("other loyalty number", OTHER_LOYALTY, one.of_kind("loyalty"), other.of_kind("loyalty")),
    )
    return {name: points for name, points, mine, theirs in told if mine and theirs and not mine & theirs}


def _newcomer(sighting: Sighting, matches: Iterable[_Match]) -> Id | None:
    """The id of somebody new: their surest handle that nobody has; None where every handle is another's."""
    taken = {handle for match in matches for handle in match.known.handles}
    own = [(KINDS.index(kind), handle) for handle, kind in sighting.handles.items() if handle not in taken]
    return min(own)[1] if own else None


def _to_ask(person: Id, doubtful: Iterable[_Match]) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            one=min(person, match.known.person),
            other=max(person, match.known.person),
            points=match.points,
            why=match.why,
        )
        for match in doubtful
        if match.points >= WORTH_A_LOOK and match.why.keys() & POINTS.keys() != {"device"}
    )


@dataclass(slots=True)
class Circle:
    """People in memory: what the database holds of those concerned, or all of a data set."""

    people: dict[Id, Known] = field(default_factory=dict)
    by_handle: dict[Id, set[Id]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Known]) -> "Circle":
        """A circle of these people."""
        circle = cls()
        for each in known:
            circle._put(each)
        return circle

    def candidates(self, sighting: Sighting) -> list[Known]:
        """Everybody seen with one of its handles; a handle that everybody uses counts for nobody."""
        found: set[Id] = set()
        for handle in sighting.handles:
            seen = self.by_handle.get(handle, set())
            if len(seen) <= PEOPLE_ON_A_HANDLE_MAX:
                found |= seen
        return [self.people[person] for person in found]

    def take(self, sighting: Sighting, verdict: Verdict) -> None:
        """Remember what was decided of a sighting."""
        if verdict.person is None:
            return
        known = self.people.get(verdict.person) or Known(
            person=verdict.person, people=frozenset({verdict.person})
        )
        for other, _ in verdict.merges:
            known = _joined(known, self._drop(other))
        seen = Known(
            person=known.person,
            handles=sighting.handles,
            given=frozenset({sighting.given} - {None}),  # type: ignore[arg-type]
            family=frozenset({sighting.family} - {None}),  # type: ignore[arg-type]
        )
        self._put(_joined(known, seen))

    def _put(self, known: Known) -> None:
        self.people[known.person] = known
        for handle in known.handles:
            self.by_handle.setdefault(handle, set()).add(known.person)

    def _drop(self, person: Id) -> Known:
        known = self.people.pop(person)
        for handle in known.handles:
            self.by_handle[handle].discard(person)
        return known


def _joined(one: Known, other: Known) -> Known:
    return Known(
        person=one.person,
        people=one.people | other.people,
        handles={**one.handles, **other.handles},
        given=one.given | other.given,
        family=one.family | other.family,
    )
