"""From steps to visits: what belongs together, across channels, and how it ended."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.insight.model import Step
from anyshelf.insight.model.stories import Visit

PAUSE = timedelta(minutes=30)
"""After so long without a step the next one begins another visit."""
PATIENCE = timedelta(days=7)
"""An order within it, through whatever channel, was won by the visit before it."""
WON = "Order Placed"
ENDED_WELL = "Ended Well"
FUNNEL = ("Product Viewed", "Product Added", "Cart Viewed", "Checkout Started", "Payment Info Entered")
SAYS_WHO = frozenset({"Identified", "Aliased"})
"""Tells who somebody is, and is nothing that they did."""
TRAITS = ("platform", "acquisition_channel", "country", "lifecycle")
TROUBLE = frozenset({
    "Store Short Picked", "Store Rejected", "Promise Changed", "Parcel Lost", "Delivery Failed",
    "Order Cancelled", "Payment Declined", "Return Requested", "Order Backordered", "Shopper Appeased",
})  # fmt: skip


def visits(steps: Sequence[Step], whose: Mapping[Id, Id]) -> list[Visit]:
    """Visits of all people, cut by session or by a pause; `whose` tells the person behind a handle.

    What happens to an order later is no step of a visit; that it was placed is, wherever it was.
    """
    ours: dict[str, list[Step]] = defaultdict(list)
    orders: dict[str, list[Step]] = defaultdict(list)
    for step in sorted(steps, key=lambda each: (each.happened_at, each.message_id)):
        handle = step.account or step.device
        if handle is None or step.name in SAYS_WHO:
            continue
        person = str(whose.get(handle, handle))
        if step.name == WON:
            orders[person].append(step)
        elif step.order_id is None or step.session:
            ours[person].append(step)
    return [_visit(person, part, orders[person]) for person, theirs in ours.items() for part in _cut(theirs)]


def _cut(steps: Sequence[Step]) -> list[list[Step]]:
    parts: list[list[Step]] = []
    for step in steps:
        last = parts[-1][-1] if parts else None
        same = last is not None and (
            step.session == last.session if step.session or last.session
            else step.happened_at - last.happened_at <= PAUSE
        )  # fmt: skip
        if same:
            parts[-1].append(step)
        else:
            parts.append([step])
    return parts


def _visit(person: str, steps: Sequence[Step], orders: Sequence[Step]) -> Visit:
    began = steps[0].happened_at
    won = [order for order in orders if began <= order.happened_at <= began + PATIENCE]
    return Visit(
        person=person,
        day=began.date(),
        traits=_traits(steps),
        steps=[*(step.name for step in steps), *([WON] if won else [])],
        worth_minor=sum(order.value_minor or 0 for order in won),
        orders=[str(order.order_id) for order in won if order.order_id],
        won_through=[order.channel for order in won],
    )


def _traits(steps: Sequence[Step]) -> dict[str, str]:
    found = {"channel": next((step.channel for step in steps if step.channel), "")}
    for trait in TRAITS:
        value: Any = next((step.properties[trait] for step in steps if step.properties.get(trait)), "")
        found[trait] = str(value)
    return found


def ways(steps: Sequence[Step]) -> list[Visit]:
    """The way of every order: its steps since it was placed, by channel, node and journey."""
    by_order: dict[Id, list[Step]] = defaultdict(list)
    for step in sorted(steps, key=lambda each: (each.happened_at, each.message_id)):
        if step.order_id is not None and step.name:
            by_order[step.order_id].append(step)
    found = []
    for order_id, theirs in by_order.items():
        names = [step.name for step in theirs]
        if WON in names:
            placed = theirs[names.index(WON)]
            node = next((step.node for step in theirs if step.node), "")
            well = [] if TROUBLE & set(names) else [ENDED_WELL]
            found.append(
                Visit(
                    person=str(placed.account or order_id),
                    day=placed.happened_at.date(),
                    traits={"channel": placed.channel, "node": node},
                    steps=[*names, *well],
                    worth_minor=placed.value_minor or 0,
                    orders=[str(order_id)],
                )
            )
    return found


def by_person(known: Sequence[Visit]) -> dict[str, list[str]]:
    """Everything each person did, one visit after the other."""
    found: dict[str, list[str]] = defaultdict(list)
    for visit in sorted(known, key=lambda each: each.day):
        found[visit.person] += visit.steps
    return found


def reached(way: Sequence[str], stages: Sequence[str]) -> list[str]:
    """The stages somebody came to, each after the one before it."""
    found, rest = [], list(way)
    for stage in stages:
        if stage not in rest:
            break
        rest = rest[rest.index(stage) :]
        found.append(stage)
    return found


def stages_of(known: Sequence[Visit]) -> list[str]:
    """The usual stages before an order, without those that nobody tells us of."""
    told = {step for visit in known for step in visit.steps}
    return [stage for stage in FUNNEL if stage in told] or list(FUNNEL)


def funnel(known: Sequence[Visit], stages: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """How many people came to each stage after the one before it, and through which channels they ordered.

    All channels count together: whoever looked on the web and bought in a store has bought. `channels` tells
    where people began, the commonest first, with how many of them ordered, and where.
    """
    asked = [*stages, WON]
    came: Counter[str] = Counter()
    began: dict[str, str] = {}
    through: dict[str, list[str]] = defaultdict(list)
    for visit in sorted(known, key=lambda each: each.day):
        began.setdefault(visit.person, visit.traits.get("channel", ""))
        through[visit.person] += visit.won_through
    for way in by_person(known).values():
        came.update(reached(way, asked))
    first = max(came[asked[0]], 1)
    return {
        "stages": [
            {"stage": stage, "people": came[stage], "share": round(came[stage] / first, 4)} for stage in asked
        ],
        "channels": _channels(began, through),
    }


def _channels(began: Mapping[str, str], through: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """For each channel in which people began: how many, how many ordered, and through which channel first."""
    people: Counter[str] = Counter(began.values())
    won: dict[str, Counter[str]] = defaultdict(Counter)
    for person, channel in began.items():
        if through[person]:
            won[channel][through[person][0]] += 1
    return [
        {"channel": channel, "people": count, "ordered": won[channel].total(),
         "through": dict(won[channel].most_common())}
        for channel, count in people.most_common()
    ]  # fmt: skip
