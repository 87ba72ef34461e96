"""The week before the demo opened: it happened in every room, by shops' hours, and the books are clean."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anyshelf.ground.db import Database
from anyshelf.ground.http import House
from anyshelf.ground.markets import open_market
from anyshelf.ground.settings import Settings
from anyshelf.insight import service as insight
from anyshelf.main import demo
from anyshelf.main.command import findings
from anyshelf.main.week.wishing import town_of
from anyshelf.orders import service as orders
from anyshelf.simulator.demo import Wish

NOW = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
FIGURES = ("on_time", "fill_rate", "perfect_order", "order_cycle_time", "cost_per_order", "return_rate")
SET_ASIDE_SQL = "SELECT reader, reason FROM outbox_set_aside"
DUE_SQL = "SELECT count(*) FROM timers WHERE due_at <= %(now)s"
JOURNEYS_SQL = "SELECT DISTINCT journey FROM order_lines WHERE journey <> ''"


class Clock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Played:
    """A demo whose week has happened."""

    house: House
    placed: int
    days: list[datetime]

    @property
    def database(self) -> Database:
        return self.house.database


def drawn(database: Database, *, stores: int) -> House:
    """A demo's network, with nothing behind it yet."""
    settings = Settings()
    with database.transaction() as tx:
        open_market(tx, settings.market, currency="USD")
    house = House(database=database, clock=Clock(), settings=settings)
    demo.seed_network(house, stores=stores)
    return house


@pytest.fixture(scope="module")
def played(fresh_databases: Any) -> Iterator[Played]:
    name = fresh_databases.take()
    with Database(fresh_databases.url_of(name)) as database:
        house = drawn(database, stores=40)
        days: list[datetime] = []
        placed = demo.seed_week(house, days.append)
        yield Played(house=house, placed=placed, days=days)
    fresh_databases.retire(name)


@pytest.fixture
def wishes(played: Played) -> list[Wish]:
    with played.database.transaction() as tx:
        return town_of(tx, "main", seed=demo.SEED, home=demo.HOME_STORE).week(NOW)


def test_the_books_are_clean_and_nothing_was_set_aside(played: Played) -> None:
    with played.database.transaction() as tx:
        assert findings(tx, "main") == []
        assert tx.execute(SET_ASIDE_SQL).fetchall() == []
        assert tx.execute(DUE_SQL, {"now": NOW}).fetchone() == (0,)


def test_every_figure_of_orders_says_something(played: Played) -> None:
    with played.database.transaction() as tx:
        said = insight.figures(tx, "main", by="", since=NOW - WEEK, until=NOW)[""]

    assert {name: said[name]["of"] > 0 for name in FIGURES} == dict.fromkeys(FIGURES, True)
    assert played.placed > 30


def test_some_orders_are_done_and_some_stand_in_the_middle(played: Played) -> None:
    with played.database.transaction() as tx:
        flow = orders.flow(tx, "main", since=NOW - WEEK)

    stages = {stage for (_, stage) in flow}
    assert {"done", "in work", "on the way"} <= stages
    assert len({journey for (journey, _) in flow}) >= 5


def test_people_looked_at_things_answered_and_wrote(played: Played) -> None:
    with played.database.transaction() as tx:
        visits = insight.visits(tx, "main", of="visits", since=NOW - WEEK, until=NOW)
        seen = insight.funnel(visits)
        asked = insight.feedback(tx, "main", by="", since=NOW - WEEK, until=NOW)
        written = insight.reviews(tx, "main", state="published", item=None, limit=10)

    assert all(stage["people"] > 0 for stage in seen["stages"])
    assert asked[""]
    assert written


def test_it_happens_once(played: Played) -> None:
    assert demo.seed_week(played.house, played.days.append) == 0


def test_stopped_in_its_middle_it_leaves_clean_books_and_is_not_begun_again(database: Database) -> None:
    house = drawn(database, stores=6)

    def stop(at: datetime) -> None:
        if at > NOW - timedelta(days=4):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.seed_week(house, stop)
    again = demo.seed_week(house, stop)

    assert again == 0
    with database.transaction() as tx:
        assert orders.recent(tx, "main", limit=1)
        assert findings(tx, "main") == []


def test_it_says_how_far_it_has_come(played: Played) -> None:
    assert played.days[0] == NOW - WEEK
    assert played.days == sorted(played.days)


def test_the_same_moment_has_the_same_week(played: Played, wishes: list[Wish]) -> None:
    with played.database.transaction() as tx:
        town = town_of(tx, "main", seed=demo.SEED, home=demo.HOME_STORE)

    assert town.week(NOW) == wishes
    assert town.week(NOW, ago=1) != wishes
    assert all(NOW - WEEK <= wish.at <= NOW for wish in wishes)


def test_tills_sell_while_the_shop_is_open(wishes: list[Wish]) -> None:
    hours = Counter(
        wish.at.astimezone(ZoneInfo(wish.store.timezone)).time() >= time(9)
        and wish.at.astimezone(ZoneInfo(wish.store.timezone)).time() < time(18)
        for wish in wishes
        if wish.channel == "till"
    )

    assert hours[True] > 0
    assert hours[False] == 0


def test_forecasts_have_weeks_to_learn_from(played: Played, wishes: list[Wish]) -> None:
    items = sorted({item.item for wish in wishes for item, _ in wish.items})
    with played.database.transaction() as tx:
        found = orders.wanted(tx, "main", items, since=NOW - 9 * WEEK, until=NOW, period=timedelta(days=7))

    periods = {ago for _, _, agos, _ in found for ago in agos}
    assert len(periods) >= 8
