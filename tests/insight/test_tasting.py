"""What the route recommends is what the measured rule says, over baskets of a market."""

import random
from datetime import timedelta

import numpy as np

from anyshelf.ground.ids import Id, new_id
from anyshelf.insight.rules import baskets
from anyshelf.insight.service import tasting
from city import MARKET, City
from visitors import look_back

ITEMS = [f"I{number:02}" for number in range(40)]

ORDER_SQL = """
INSERT INTO insight_orders (market, order_id, channel, method, account, currency, total_minor, lines, units,
                            placed_at)
VALUES ('main', %(order_id)s, 'web', 'ship', %(account)s, 'USD', 100, 1, 1, %(at)s)
"""
LINE_SQL = """
INSERT INTO insight_lines (market, order_id, line, item, quantity, paid_minor, method, placed_at)
VALUES ('main', %(order_id)s, %(line)s, %(item)s, 1, 100, 'ship', %(at)s)
"""


def everybody_shops(city: City, people: int = 60) -> list[Id]:
    """People with habits of their own, over most of a year; tells their accounts."""
    draw = random.Random(5)  # noqa: S311  a made-up world
    accounts = [new_id() for _ in range(people)]
    with city.database.transaction() as tx:
        for account in accounts:
            likes = draw.sample(ITEMS, 8)
            for _ in range(draw.randint(2, 9)):
                at, order_id = city.clock.now() - timedelta(days=draw.randint(1, 300)), new_id()
                tx.execute(ORDER_SQL, {"order_id": order_id, "account": account, "at": at})
                for line, item in enumerate(draw.sample(likes, 4) + draw.sample(ITEMS[:5], 2)):
                    tx.execute(LINE_SQL, {"order_id": order_id, "line": line, "item": item, "at": at})
    return accounts


def test_the_route_and_the_benchmark_ask_one_rule(city: City) -> None:
    accounts = everybody_shops(city)
    look_back(city)
    now = city.clock.now()

    with city.database.transaction() as tx:
        since, gathered = tasting.baskets_of(tx, MARKET, now)
        told = {who: tasting.wanted_by(tx, MARKET, [who], now=now) for who in accounts[:10]}
        history = {who: tasting.store.history(tx, MARKET, [who], since, limit=300) for who in accounts[:10]}
    taste = baskets.taste(gathered.baskets, len(gathered.codes))
    number = {code: place for place, code in enumerate(gathered.codes)}

    for who, bought in history.items():
        own = [
            baskets.Basket(
                person=0,
                day=(day - since.date()).days,
                items=np.array(sorted({number[item] for item in items})),
            )
            for day, items in bought
        ]
        best = baskets.best(baskets.wanted(taste, own, 365), len(gathered.codes))
        assert told[who][:20] == [gathered.codes[place] for place in best][:20]


def test_strangers_are_told_what_everybody_buys(city: City) -> None:
    everybody_shops(city)
    look_back(city)

    with city.database.transaction() as tx:
        told = tasting.wanted_by(tx, MARKET, [], now=city.clock.now())
        everybody = tasting.store.popular(tx, MARKET, limit=3)

    assert told[:3] == [item for item, *_ in everybody]


def test_an_item_the_last_look_did_not_see_counts_no_more(city: City) -> None:
    everybody_shops(city, people=5)
    look_back(city)
    with city.database.transaction() as tx:
        tx.execute("UPDATE insight_taste SET learned_at = learned_at - interval '1 day' WHERE item = 'I00'")
        told = tasting.wanted_by(tx, MARKET, [], now=city.clock.now())

    assert "I00" not in told
    assert "I01" in told
