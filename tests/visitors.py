"""Shoppers on the web of a city: what they do, and what is found when somebody looks back at it."""

import random
from datetime import timedelta
from typing import Any

from anyshelf.insight import jobs, service
from anyshelf.insight.model.looks import Claim
from city import MARKET, City


def cannot_pay(city: City) -> None:
    """Twenty days of visits; in five of them who came by mobile could not pay."""
    draw = random.Random(4)  # noqa: S311  a made-up world
    began = city.clock.now() - timedelta(days=20)
    steps: list[dict[str, Any]] = []
    for number in range(1500):
        at, platform = began + timedelta(days=draw.random() * 20), draw.choice(["mobile", "desktop"])
        stuck = platform == "mobile" and 8 <= (at - began).days < 13 and draw.random() < 0.9
        names = ["Product Viewed", "Product Added", "Checkout Started"]
        names += ["Payment Failed"] if stuck else ["Order Placed"] if draw.random() < 0.6 else []
        facts = {
            "product_id": "LAMP", "platform": platform, "session_id": f"s{number}", "order_id": f"o{number}",
            "total": 40, "currency": "USD",
        }  # fmt: skip
        steps += [
            {"type": "track", "messageId": f"{number}/{place}", "anonymousId": f"b{number // 2}",
             "event": name, "timestamp": (at + timedelta(minutes=place)).isoformat(), "properties": facts}
            for place, name in enumerate(names)
        ]  # fmt: skip
    for start in range(0, len(steps), 2000):
        answer = city.post("/v1/journey/batch", {"batch": steps[start : start + 2000]})
        assert answer.status == 200, answer.body


def look_back(city: City) -> list[str]:
    """Everything that is due is looked for, as the worker's process apart does it; tells what that was."""
    city.settle()
    done = []
    while claimed := begin(city):
        assert jobs.look(city.database, city.database, MARKET, claimed)
        done.append(claimed.what)
    return done


def begin(city: City) -> Claim | None:
    """The look that is due next, claimed."""
    with city.database.transaction() as tx:
        return service.begin(tx, MARKET, city.clock.now())
