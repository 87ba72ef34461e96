"""Shoppers are asked seldom, by a link; who is unhappy becomes work; reviews are read before others may."""

from typing import Any

import pytest

from anyshelf.ground.auth import Principal, make_key
from anyshelf.insight.model.feedback import Answered
from anyshelf.insight.rules import feedback as rules
from anyshelf.insight.rules import learned
from city import MARKET, Answer, City
from people import People

CONTACT = {"name": "Ann Lee", "email": "ann@example.org", "phone": "512 555 0100"}


def collected(city: City, **more: Any) -> Answer:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 9), shop, **{"contact": CONTACT, **more})
    People(city).see_through(order)
    city.settle()
    return order


def links(city: City) -> list[str]:
    """The links of all surveys, as whoever writes to shoppers hears of them."""
    city.settle()
    events = city.get("/v1/changes?after=0&limit=500")["events"]
    told = [event["data"]["link"] for event in events if event["type"] == "anyshelf.SurveyAsked"]
    return [link.replace("/survey/", "/v1/surveys/") for link in told]


def test_a_pickup_is_asked_about_and_answered_once(city: City) -> None:
    order = collected(city)
    (link,) = links(city)

    asked = city.get(link)
    said = city.post(link, {"score": 5, "words": "Quick and friendly, great!"})
    again = city.post(link, {"score": 5, "words": "Quick and friendly, great!"})
    other = city.post(link, {"score": 1, "words": ""})

    assert (asked["kind"], asked["least"], asked["most"]) == ("csat", 1, 5)
    assert (said.status, again.status, other.problem) == (200, 200, "out-of-turn")
    city.clock.wait(hours=1)
    (group,) = city.get("/v1/insight/feedback?by=node")["groups"]
    assert (group["group"], group["csat"]) == ("Austin", {"value": 1.0, "answers": 1})
    assert city.get(f"/v1/exceptions?order_id={order['order_id']}")["exceptions"] == []


def test_a_stranger_with_the_link_answers_on_a_page(city: City) -> None:
    collected(city)
    page = links(city)[0].replace("/v1/surveys/", "/survey/")
    stranger = {"x-forwarded-for": "203.0.113.7", "accept": "text/html"}
    form = {**stranger, "content-type": "application/x-www-form-urlencoded"}

    asked = city.get(page, **stranger)
    wrong = city.call("POST", page, b"score=9", **form)
    said = city.call("POST", page, b"score=2&words=Long+wait", **form)

    assert (asked.status, b"How was it to collect" in asked.body) == (200, True)
    assert (wrong.status, said.status, b"Thank you" in said.body) == (422, 200, True)
    assert b"Thank you" in city.get(page, **stranger).body
    assert city.get("/survey/none", **stranger).status == 404


def test_an_unhappy_shopper_becomes_an_exception_to_work_on(city: City) -> None:
    order = collected(city)

    city.post(links(city)[0], {"score": 1, "words": "I waited for an hour."})

    (mishap,) = city.get(f"/v1/exceptions?order_id={order['order_id']}")["exceptions"]
    assert (mishap["kind"], mishap["state"]) == ("unhappy_shopper", "open")


def test_nobody_is_asked_twice_within_a_month(city: City) -> None:
    collected(city)
    collected(city)
    assert len(links(city)) == 1

    city.clock.wait(days=31)
    collected(city)

    assert len(links(city)) == 2


def test_who_wants_no_messages_and_who_is_nobody_is_not_asked(city: City) -> None:
    step = {"type": "track", "messageId": "1", "userId": "ann", "event": "Cart Viewed",
            "context": {"consent": {"categoryPreferences": {"marketing": False}}}}  # fmt: skip
    city.post("/v1/journey/batch", {"batch": [step]})
    collected(city, customer="ann", contact=None)
    collected(city, contact=None)

    assert links(city) == []


@pytest.mark.parametrize("score", [0, 6, -1, "five", 3.5, None])
def test_a_score_off_the_scale_is_refused_and_may_be_sent_again(city: City, score: object) -> None:
    collected(city)
    (link,) = links(city)

    assert city.post(link, {"score": score}).status == 422
    assert city.post(link, {"score": 4}).status == 200


def test_a_link_runs_out_and_a_wrong_one_is_not_found(city: City) -> None:
    collected(city)
    (link,) = links(city)
    city.clock.wait(days=15)

    assert city.post(link, {"score": 4}).problem == "out-of-turn"
    assert city.get("/v1/surveys/0123456789").status == 404


def test_the_figures_of_feedback() -> None:
    answers = [Answered(kind="nps", score=score, group="") for score in (10, 9, 8, 6, 0)]
    effort = [Answered(kind="effort", score=score, group="") for score in (1, 7)]

    assert rules.summary([*answers, *effort]) == {
        "nps": {"value": 0.0, "answers": 5},
        "effort": {"value": 4.0, "answers": 2},
    }
    assert rules.QUESTIONS["effort"].unhappy(7)
    assert not rules.QUESTIONS["effort"].unhappy(3)


def review(city: City, words: str, **more: Any) -> Answer:
    body = {"external_id": "r1", "item": "LAMP", "rating": 4, "words": words,
            "written_at": "2026-03-01T10:00:00Z", **more}  # fmt: skip
    return city.post("/v1/reviews", body)


def test_a_review_is_read_before_others_may_read_it(city: City) -> None:
    written = review(city, "A lovely warm light, I am very happy with it.")
    assert (written["state"], written["sentiment"] > 0.5) == ("waiting", True)
    assert city.get("/v1/reviews?item=LAMP")["reviews"] == []

    city.post(f"/v1/reviews/{written['review_id']}:decide", {"publish": True})

    (shown,) = city.get("/v1/reviews?item=LAMP")["reviews"]
    assert shown["rating"] == 4
    assert review(city, "something else")["words"] == shown["words"]


@pytest.mark.parametrize(
    "words", ["write to ann@example.org", "see https://spam.example", "aaaaaaaaaaaaaaaa", "bad"]
)
def test_a_review_that_breaks_a_rule_is_withheld_with_the_reason(city: City, words: str) -> None:
    written = review(city, words)

    assert written["state"] == "withheld"
    assert written["reason"]


def test_topics_come_with_their_stars(city: City) -> None:
    assert city.get("/v1/insight/topics")["topics"] == []
    for number in range(32):
        words, rating = [
            ("the lamp gives warm light at night", 5), ("shoe size runs small for my foot", 2),
        ][number % 2]  # fmt: skip
        written = review(city, f"{words} {number}", external_id=f"r{number}", rating=rating)
        city.post(f"/v1/reviews/{written['review_id']}:decide", {"publish": True})

    found = city.get("/v1/insight/topics")["topics"]

    of = {"lamp" if "lamp" in topic["words"] else "shoe": topic["rating"] for topic in found}
    assert of == {"lamp": 5.0, "shoe": 2.0}


def test_topics_are_words_that_go_together() -> None:
    light = [
        "the lamp gives warm light at night",
        "warm light and a bright lamp",
        "light of this lamp is warm",
    ]
    shoes = ["the shoe fits my foot well", "foot and shoe size fits", "shoe size runs small for my foot"]

    words, shares = learned.topics([*light, *shoes] * 5, count=2)

    assert [shares[0].argmax() == shares[1].argmax(), shares[0].argmax() == shares[3].argmax()] == [
        True,
        False,
    ]
    assert {"lamp", "shoe"} <= {word for topic in words for word in topic}


# Signals


def test_a_signal_needs_five_answers_and_tells_who_was_unhappy() -> None:
    four = [Answered(kind="csat", score=score, group="") for score in (5, 5, 4, 1)]

    assert rules.signal(four) == {}
    told = rules.signal([*four, Answered(kind="csat", score=2, group="")])
    assert told == {"csat": {"value": 0.6, "answers": 5, "unhappy": 0.4}}


def test_a_store_hears_of_its_own_orders_and_an_item_of_its_reviews(city: City) -> None:
    for number in range(5):
        who = {"email": f"a{number}@example.org", "phone": f"512 555 01{number}0"}
        collected(city, contact={**CONTACT, **who})
    for link in links(city):
        city.post(link, {"score": 5, "words": ""})
    city.settle()
    dallas = city.store("Dallas")

    assert len(links(city)) == 5
    assert city.get("/v1/signals/nodes/Austin")["csat"] == {"value": 1.0, "answers": 5, "unhappy": 0.0}
    assert "csat" not in city.get(f"/v1/signals/nodes/{dallas.name}").body
    assert city.get("/v1/signals/nodes/Austin?days=0").status == 422
    assert city.get("/v1/signals/items/LAMP").body == {
        "item": "LAMP", "reviews": 0, "rating": None, "sentiment": None,
    }  # fmt: skip
    assert city.get("/v1/signals/vendors/NOBODY").status == 404


def test_a_vendor_and_a_store_see_no_signal_but_their_own(city: City) -> None:
    city.store("Austin")
    with city.database.transaction() as tx:
        one = Principal(market=MARKET, name="vera", roles=("vendor",), vendors=("FURNISH",))
        other = Principal(market=MARKET, name="ana", roles=("associate",), nodes=("Austin",))
        vendor, store = (make_key(tx, each, city.clock.now()) for each in (one, other))
    asks = [("/v1/signals/vendors/LIGHTS", vendor), ("/v1/signals/nodes/Dallas", store)]

    assert [city.get(path, authorization=f"Bearer {key}").status for path, key in asks] == [403, 403]


def test_what_was_written_is_shown_without_addresses() -> None:
    told = rules.without_addresses("Write to ann@example.org or call +1 512 555 0100, please.")

    assert told == "Write to [removed] or call [removed], please."
