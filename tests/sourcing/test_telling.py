"""A decision told in sentences, from the figures that are kept with an order."""

from typing import Any

from anyshelf.sourcing.rules import told

DECISION: dict[str, Any] = {
    "considered": 40,
    "chosen": ["Austin"],
    "chosen_minor": 640,
    "terms": {"freight": 490, "handling": 150, "failure": 60},
    "next_best": ["Dallas"],
    "next_best_terms": {"freight": 610, "handling": 90, "late": 200},
    "nodes": [
        {"node": "Austin", "eliminated": None},
        {"node": "Boston", "eliminated": "is not equipped for this"},
    ],
    "others": {"is not equipped for this": 3, "has none of the items": 30},
}


def test_it_says_who_serves_what_came_second_and_who_was_left_out() -> None:
    assert told(DECISION, "USD") == (
        "Austin serves it for 6.40 USD (4.90 freight, 1.50 labour), "
        "weighed besides: 0.60 for what may not be found or taken on. "
        "Next best was Dallas, by 2.00 USD: 1.20 more freight, 0.60 less labour, "
        "0.60 less for what may not be found or taken on, 2.00 more for coming late. "
        "Of 40 nodes were left out: 30 (has none of the items), 4 (is not equipped for this)."
    )


def test_several_nodes_serve_together() -> None:
    several = DECISION | {"chosen": ["Austin", "Boston", "Waco"], "next_best": []}

    assert told(several, "USD").startswith("Austin, Boston and Waco serve it for 6.40 USD")
    assert "Next best" not in told(several, "USD")


def test_yen_have_no_cents() -> None:
    assert "for 640 JPY" in told(DECISION, "JPY")


def test_a_decision_that_was_kept_before_terms_were_says_what_it_knows() -> None:
    old = {"considered": 2, "chosen": ["Austin"], "chosen_minor": 640, "nodes": [], "others": {}}

    assert told(old, "USD") == "Austin serves it for 6.40 USD. Of 2 nodes all might have served."


def test_where_nobody_could_serve_it_says_so() -> None:
    assert told({"chosen": []}, "USD") == "No node could serve it."
