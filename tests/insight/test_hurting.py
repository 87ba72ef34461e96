"""What hurts is found where it is, and not found where it is not."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from anyshelf.ground.ids import Id, new_id
from anyshelf.insight.model import Step
from anyshelf.insight.model.stories import Visit
from anyshelf.insight.rules import stories, visiting
from city import City

FIRST = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def shoppers(count: int = 2400, *, broken: bool = False, seed: int = 3) -> list[Visit]:
    """Visits of sixty days; broken, mobile visitors cannot pay for ten of them."""
    draw = random.Random(seed)  # noqa: S311  a made-up world
    found = []
    for number in range(count):
        day, platform = draw.randrange(60), draw.choice(["mobile", "desktop"])
        steps = ["Product Viewed"]
        if draw.random() < 0.5:
            steps += ["Product Added", "Checkout Started"]
            stuck = broken and platform == "mobile" and 30 <= day < 40 and draw.random() < 0.8
            steps += ["Error Seen"] if stuck else ["Order Placed"] if draw.random() < 0.6 else []
        found.append(
            Visit(
                person=f"p{number // 3}", day=FIRST + timedelta(days=day), traits={"platform": platform},
                steps=steps, worth_minor=5000 if "Order Placed" in steps else 0,
                orders=[f"o{number}"] if "Order Placed" in steps else [],
            )
        )  # fmt: skip
    return found


def told(visits: list[Visit]) -> list[stories.Story]:
    return stories.find(visits, goal="Order Placed", funnel=visiting.FUNNEL, draw=np.random.default_rng(2))


def test_an_incident_is_found_with_its_days_its_visitors_and_its_price() -> None:
    (story, *_) = [each for each in told(shoppers(broken=True)) if each.since]

    assert (story.trait, story.value) == ("platform", "mobile")
    assert story.since is not None
    assert story.until is not None
    assert abs((story.since - FIRST).days - 30) <= 2
    assert abs((story.until - FIRST).days - 39) <= 2
    assert any("Error Seen" in finding.measure for finding in story.findings)
    assert 20 < story.lost_orders < 80
    assert story.lost_minor == round(story.lost_orders * 5000)
    assert 0 < len(story.orders) <= 50
    assert "mobile" in story.said


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_invented_where_nothing_is(seed: int) -> None:
    assert told(shoppers(seed=seed)) == []


def test_the_incident_is_gone_when_visitors_swap_their_steps() -> None:
    visits = shoppers(broken=True)
    steps = [visit.steps for visit in visits]
    random.Random(1).shuffle(steps)  # noqa: S311  a negative control

    assert told([replace(visit, steps=those) for visit, those in zip(visits, steps, strict=True)]) == []


def test_too_few_visits_tell_no_story() -> None:
    assert told(shoppers(50, broken=True)) == []


# From steps to visits


def step(name: str, minutes: float, *, who: str = "ann", **more: Any) -> Step:
    facts = {
        "message_id": new_id(), "name": name, "device": None, "account": Id(int=hash(who) % 2**100),
        "session": "", "channel": "web", "node": "", "item": "", "order_id": None, "value_minor": None,
        "currency": None, "properties": {}, "happened_at": NOON + timedelta(minutes=minutes), **more,
    }  # fmt: skip
    return Step(**facts)


def test_a_visit_ends_with_half_an_hour_of_silence() -> None:
    visits = visiting.visits([step("A", 0), step("B", 20), step("C", 60), step("D", 1, who="bob")], {})

    assert sorted(visit.steps for visit in visits) == [["A", "B"], ["C"], ["D"]]


def test_a_web_visit_that_ends_in_a_store_sale_is_won() -> None:
    sale = step("Order Placed", 3 * 24 * 60, channel="till", order_id=new_id(), value_minor=900)

    (visit,) = visiting.visits([step("Product Viewed", 0), sale], {})

    assert visit.steps == ["Product Viewed", "Order Placed"]
    assert visit.worth_minor == 900


def test_a_sale_weeks_later_was_won_by_something_else() -> None:
    sale = step("Order Placed", 9 * 24 * 60, order_id=new_id())

    (visit,) = visiting.visits([step("Product Viewed", 0), sale], {})

    assert visit.steps == ["Product Viewed"]


def test_stages_count_only_one_after_the_other() -> None:
    assert visiting.reached(["B", "A", "C", "B"], ["A", "B", "C"]) == ["A", "B"]
    assert visiting.reached(["C"], ["A"]) == []


# Over HTTP


def test_the_funnel_counts_people_across_channels(city: City) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 3)
    batch = [
        {"type": "track", "messageId": f"{who}{number}", "userId": who, "event": event,
         "properties": {"product_id": "LAMP"}}
        for who in ("ann", "bob") for number, event in enumerate(["Product Viewed", "Product Added"])
        if (who, event) != ("bob", "Product Added")
    ]  # fmt: skip
    city.post("/v1/journey/batch", {"batch": batch})
    city.carry_out("LAMP", shop, customer="ann")
    city.clock.wait(hours=1)
    city.settle()

    stages = city.get("/v1/insight/funnel?stage=Product%20Viewed&stage=Product%20Added")["stages"]

    assert [(each["stage"], each["people"]) for each in stages] == [
        ("Product Viewed", 2), ("Product Added", 1), ("Order Placed", 1),
    ]  # fmt: skip
    assert city.get("/v1/insight/funnel?stage=Product%20Viewed")["channels"] == [
        {"channel": "", "people": 2, "ordered": 1, "through": {"till": 1}},
    ]
