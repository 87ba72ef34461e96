"""What is known when something is promised: which days are full, what nodes and carriers did, how sure to be.

The habits stay in memory until they are refreshed; full days and the terms are read for every look.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from anyshelf.ground.db import Tx
from anyshelf.ground.markets import terms_of
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.promising import rules, store
from anyshelf.promising.model import SURE_PERCENT, TRANSIT, UNSEEN, Habits, Known, Slips
from anyshelf.sourcing.model import Destination

KEPT_MAX = 32
BOOKED_AHEAD = timedelta(days=8)
"""How far ahead the days of nodes are balanced: an order leaves on the first day its node works."""
SURE_MIN, SURE_MAX = 0.5, 0.999

_habits: OrderedDict[tuple[str, ...], tuple[tuple[object, object], Habits]] = OrderedDict()


def known_of(tx: Tx, atlas: Atlas, now: datetime) -> Known:
    """All that dates rest on beside the network, as this transaction sees it: two cheap queries."""
    refreshed_at, full = store.standing(tx, atlas.market, since=now.date() - timedelta(days=1))
    percent = terms_of(tx, atlas.market).get("promise_percent", SURE_PERCENT)
    return Known(
        habits=_habits_of(tx, atlas, refreshed_at),
        full=_full_days(atlas, full),
        sure=min(max(percent / 100, SURE_MIN), SURE_MAX),
    )


def _full_days(atlas: Atlas, rows: Iterable[tuple[str, date, int]]) -> dict[str, frozenset[date]]:
    """The days that are full by what the nodes take now: a capacity that was raised makes room."""
    found: dict[str, set[date]] = defaultdict(set)
    for node, day, booked in rows:
        place = atlas.index.get(node)
        takes = None if place is None else atlas.nodes[place].capacity_per_day
        if takes is not None and booked >= takes:
            found[node].add(day)
    return {node: frozenset(days) for node, days in found.items()}


def booked_days(tx: Tx, atlas: Atlas, now: datetime, *, full_only: bool) -> dict[str, dict[date, float]]:
    """How much of what nodes take is booked, by node and its days: 1 is full; or the full days alone."""
    if full_only:
        full = known_of(tx, atlas, now).full
        return {node: dict.fromkeys(days, 1.0) for node, days in full.items()}
    found: dict[str, dict[date, float]] = defaultdict(dict)
    since = now.date() - timedelta(days=1)
    for node, day, booked in store.booked(tx, atlas.market, since=since, until=since + BOOKED_AHEAD):
        place = atlas.index.get(node)
        takes = None if place is None else atlas.nodes[place].capacity_per_day
        if takes:
            found[node][day] = booked / takes
    return found


def _habits_of(tx: Tx, atlas: Atlas, refreshed_at: datetime | None) -> Habits:
    if refreshed_at is None:
        return UNSEEN
    key = (tx.info.host, str(tx.info.port), tx.info.dbname, atlas.market)
    stamp = (refreshed_at, atlas.stamp)
    kept = _habits.get(key)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    found = gathered(store.spreads(tx, atlas.market), {node.node: node.kind for node in atlas.nodes})
    _habits[key] = (stamp, found)
    while len(_habits) > KEPT_MAX:
        _habits.popitem(last=False)
    return found


def gathered(spreads: Iterable[store.KeptSpread], kinds: dict[str, str]) -> Habits:
    """The habits of nodes and services, and of their groups: nodes of a kind, a service in all zones."""
    seen: dict[tuple[str, str, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for each in spreads:
        group = each.place if each.kind == TRANSIT else kinds.get(each.place, "")
        for slip, times in each.slips.items():
            seen[each.kind, group, 0][int(slip)] += times
            if (group, 0) != (each.place, each.zone):
                seen[each.kind, each.place, each.zone][int(slip)] += times
    frozen: dict[tuple[str, str, int], Slips] = {key: dict(slips) for key, slips in seen.items()}
    return Habits(seen=frozen)


# A node's day


def due_at(atlas: Atlas, known: Known, node: str, now: datetime, *, stays: bool) -> datetime | None:
    """When a node is to be done with work it is given now: gone with its carrier, or ready if it `stays`.

    By its own hours, and on a day that is not full; None if it never opens.
    """
    if stays:
        return rules.ready_by_the_books(atlas, known, node, now)
    return network.dispatch_at(atlas, node, now, full=known.full_at(node))


def book(tx: Tx, atlas: Atlas, node: str, due: datetime) -> None:
    """Count a piece of work on the day it is due, at a node that takes only so much a day.

    The counts are the last thing their transaction locks.
    """
    capacity = network.node(atlas, node).capacity_per_day
    if capacity is not None:
        store.book(tx, atlas.market, node, _day(atlas, node, due), capacity=capacity)


def give_back(tx: Tx, atlas: Atlas, node: str, due: datetime) -> None:
    """A piece of work is not done there after all: its place on that day is free again."""
    if network.node(atlas, node).capacity_per_day is not None:
        store.give_back(tx, atlas.market, node, _day(atlas, node, due))


def _day(atlas: Atlas, node: str, moment: datetime) -> date:
    return moment.astimezone(network.timezone_of(atlas, node)).date()


def milestones(atlas: Atlas, node: str, dispatch_by: datetime) -> tuple[datetime, datetime]:
    """When a node must have its work, and when it must have picked it, to be done by a moment."""
    return rules.milestones(atlas, node, dispatch_by)


def surely_there(
    atlas: Atlas, known: Known, *, node: str, leaves: datetime, service: str, end: Destination | str
) -> datetime:
    """When goods that leave a node at a moment are surely there: at an address, or ready at a store."""
    if isinstance(end, str):
        if end == node:
            return leaves
        store_ = network.node(atlas, end)
        place = Destination(lat=store_.lat, lon=store_.lon, postal_code=store_.postal_code)
        tz = network.timezone_of(atlas, end)
    else:
        place, tz = end, time_zone_at(atlas, end)
    zone = network.zone_between(atlas, node, place.postal_code, place.lat, place.lon)
    comes = rules.arrival_from(
        atlas, known, node=node, leaves=leaves, service=service, zone=zone, destination_tz=tz
    )
    if isinstance(end, str):
        return rules.ready_by_the_books(atlas, known, end, comes) or comes
    return comes


def time_zone_at(atlas: Atlas, destination: Destination | None) -> ZoneInfo:
    """The time zone of an address; UTC where nobody knows where it lies."""
    if destination is None or destination.lat is None or destination.lon is None:
        return ZoneInfo("UTC")
    return network.timezone_near(atlas, destination.lat, destination.lon)
