"""Dates that go by what was seen: as late as one has to be to be sure, on days that are not full."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from test_promises import MONDAY, NODES, at, basket, local, market, quote, standard

from anyshelf.ground.db import Database
from anyshelf.ground.errors import Invalid, PromiseExpired
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import save_terms
from anyshelf.network import service as network
from anyshelf.promising import service as promising
from anyshelf.promising.model import Option, Promise, Slot

__all__ = ["market"]

pytestmark = pytest.mark.usefixtures("market")


def by_method(promise: Promise, method: str) -> list[Option]:
    return [option for option in promise.options if option.method == method]


def change(database: Database, node: str, **more: Any) -> None:
    known = next(each for each in NODES if each.node == node)
    with database.transaction() as tx:
        network.save_nodes(tx, "north", [replace(known, **more)])


def see(database: Database, times: int, late_days: int, *, node: str = "AUSTIN") -> None:
    """Parcels of a node that left so many days late, and the habits refreshed."""
    with database.transaction() as tx:
        for _ in range(times):
            left = MONDAY + timedelta(days=late_days)
            promising.saw_leaving(tx, "north", new_id(), node, due_at=MONDAY, left_at=left)
    with database.transaction() as tx:
        promising.refresh(tx, "north", MONDAY + timedelta(days=late_days + 1))


# What was seen


def test_a_node_that_leaves_late_is_promised_late_and_the_others_are_not(database: Database) -> None:
    before = standard(quote(database, basket(("LAMP", 2))))
    see(database, 300, 0)
    see(database, 60, 1)

    after = standard(quote(database, basket(("LAMP", 2))))

    assert at(before.arrives_by) == "Wed 04 Mar 20:00"
    assert at(after.arrives_by) == "Thu 05 Mar 20:00"
    assert after.shipments[0].dispatch_by == before.shipments[0].dispatch_by, "its milestone stays"
    assert after.confidence > 0.95


def test_what_history_says_is_told_as_confidence(database: Database) -> None:
    see(database, 400, 0)

    option = standard(quote(database, basket(("LAMP", 2))))

    assert at(option.arrives_by) == "Wed 04 Mar 20:00"
    assert option.confidence > 0.96


def test_who_wants_to_be_surer_promises_later(database: Database) -> None:
    with database.transaction() as tx:
        save_terms(tx, "north", {"promise_percent": 99})

    option = standard(quote(database, basket(("LAMP", 2))))

    assert at(option.arrives_by) == "Fri 06 Mar 20:00"
    assert option.confidence >= 0.99


def test_what_is_old_counts_half_and_in_the_end_not_at_all(database: Database) -> None:
    see(database, 60, 2)
    later = MONDAY + timedelta(days=365)
    with database.transaction() as tx:
        promising.refresh(tx, "north", later)

    assert standard(quote(database, basket(("LAMP", 2)), later)).confidence == 0.95


def test_parcels_that_travel_together_are_sure_together(database: Database) -> None:
    option = standard(quote(database, basket(("LAMP", 1), ("RUG", 1))))

    assert option.confidence >= 0.95, "0.95 twice would be 0.90"
    assert option.arrives_by == max(each.arrives_by for each in option.shipments)


def test_a_store_that_sets_out_late_is_promised_later(database: Database) -> None:
    with database.transaction() as tx:
        for _ in range(300):
            ready = MONDAY + timedelta(minutes=40)
            promising.saw_ready(tx, "north", new_id(), "DALLAS", due_at=MONDAY, ready_at=ready)
        promising.refresh(tx, "north", MONDAY + timedelta(hours=2))

    (pickup,) = by_method(
        quote(database, basket(("LAMP", 1), stores=("DALLAS",), destination=None)), "pickup"
    )

    assert at(pickup.ready_from) == "Mon 02 Mar 12:45"
    assert at(pickup.shipments[0].dispatch_by) == "Mon 02 Mar 12:00"


# Full days


def fill(database: Database, node: str, times: int, day: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, "north")
        for _ in range(times):
            promising.book(tx, atlas, node, local(day))


def test_a_node_that_is_full_today_sends_tomorrow(database: Database) -> None:
    change(database, "AUSTIN", capacity_per_day=2)
    fill(database, "AUSTIN", 1, "2026-03-02 16:00")
    assert at(standard(quote(database, basket(("LAMP", 2)))).shipments[0].dispatch_by) == "Mon 02 Mar 16:00"

    fill(database, "AUSTIN", 1, "2026-03-02 16:00")
    fill(database, "AUSTIN", 2, "2026-03-03 16:00")

    assert at(standard(quote(database, basket(("LAMP", 2)))).shipments[0].dispatch_by) == "Wed 04 Mar 16:00"


def test_a_place_that_was_given_back_is_free_again(database: Database) -> None:
    change(database, "AUSTIN", capacity_per_day=1)
    fill(database, "AUSTIN", 1, "2026-03-02 16:00")
    with database.transaction() as tx:
        promising.give_back(tx, network.atlas(tx, "north"), "AUSTIN", local("2026-03-02 16:00"))

    assert at(standard(quote(database, basket(("LAMP", 2)))).shipments[0].dispatch_by) == "Mon 02 Mar 16:00"


def test_a_capacity_that_was_raised_makes_room(database: Database) -> None:
    change(database, "AUSTIN", capacity_per_day=1)
    fill(database, "AUSTIN", 1, "2026-03-02 16:00")
    change(database, "AUSTIN", capacity_per_day=2)

    assert at(standard(quote(database, basket(("LAMP", 2)))).shipments[0].dispatch_by) == "Mon 02 Mar 16:00"


def test_a_store_that_is_full_today_is_ready_tomorrow(database: Database) -> None:
    change(database, "DALLAS", capacity_per_day=1)
    fill(database, "DALLAS", 1, "2026-03-02 12:00")

    (pickup,) = by_method(
        quote(database, basket(("LAMP", 1), stores=("DALLAS",), destination=None)), "pickup"
    )

    assert at(pickup.ready_from) == "Tue 03 Mar 11:00"


# Kept unpaid, and brought by van


def test_a_store_that_offers_it_keeps_goods_and_brings_them_by_van(database: Database) -> None:
    change(database, "DALLAS", capabilities=("pickup", "reserve", "deliver"))

    promise = quote(database, basket(("LAMP", 1)))

    (kept,), (brought,) = by_method(promise, "reserve"), by_method(promise, "deliver")
    assert (kept.node, kept.fee_minor, at(kept.ready_from)) == ("DALLAS", 0, "Mon 02 Mar 12:00")
    assert brought.ready_from is None
    assert [(at(slot.opens_at), at(slot.closes_at)) for slot in brought.slots[:3]] == [
        ("Mon 02 Mar 15:00", "Mon 02 Mar 18:00"),
        ("Mon 02 Mar 18:00", "Mon 02 Mar 21:00"),
        ("Tue 03 Mar 09:00", "Tue 03 Mar 12:00"),
    ]
    assert (at(brought.arrives_from), at(brought.arrives_by)) == ("Mon 02 Mar 15:00", "Mon 02 Mar 18:00")


def test_a_van_does_not_go_across_the_state(database: Database) -> None:
    change(database, "HOUSTON", capabilities=("pickup", "deliver"))

    assert by_method(quote(database, basket(("LAMP", 1))), "deliver") == []


def test_only_the_methods_that_are_asked_for_are_told(database: Database) -> None:
    change(database, "DALLAS", capabilities=("pickup", "reserve"))

    only = quote(database, basket(("LAMP", 1), methods=("reserve",)))

    assert [(option.method, option.node) for option in only.options] == [
        ("reserve", "DALLAS"), ("reserve", "AUSTIN"), ("reserve", "HOUSTON"),
    ], "a store that names no capability has them all, where it is asked"  # fmt: skip
    assert {option.method for option in quote(database, basket(("LAMP", 1), methods=("ship",))).options} == {
        "ship"
    }


def test_a_method_nobody_offers_is_answered_with_the_reason(database: Database) -> None:
    answer = quote(database, basket(("LAMP", 1), stores=("DALLAS",), methods=("reserve", "deliver")))

    assert answer.options == ()
    assert [each.method for each in answer.unreachable] == ["reserve", "deliver"]


def test_a_slot_is_chosen_of_those_that_were_offered(database: Database) -> None:
    change(database, "DALLAS", capabilities=("pickup", "deliver"))
    promise = quote(database, basket(("LAMP", 1)))
    (brought,) = by_method(promise, "deliver")

    with database.transaction() as tx:
        chosen = promising.take(tx, "north", None, brought.option_id, MONDAY, slot=brought.slots[2])
        first = promising.take(tx, "north", None, brought.option_id, MONDAY)
    assert chosen.option.arrives_by == brought.slots[2].closes_at
    assert first.option.arrives_by == brought.slots[0].closes_at
    another = Slot(opens_at=MONDAY, closes_at=MONDAY + timedelta(hours=1))
    with pytest.raises(Invalid), database.transaction() as tx:
        promising.take(tx, "north", None, brought.option_id, MONDAY, slot=another)


def test_an_option_whose_parcel_has_left_cannot_be_taken(database: Database) -> None:
    ordered = local("2026-03-02 15:50")
    promise = quote(database, basket(("LAMP", 2)), ordered)
    ship = standard(promise)
    left = ship.shipments[0].dispatch_by
    assert at(left) == "Mon 02 Mar 17:50"

    change(database, "AUSTIN", processing_minutes=5)
    soon = standard(quote(database, basket(("LAMP", 2)), ordered))
    assert at(soon.shipments[0].dispatch_by) == "Mon 02 Mar 16:00"
    with database.transaction() as tx:
        promising.take(tx, "north", None, soon.option_id, local("2026-03-02 15:59"))
    with pytest.raises(PromiseExpired), database.transaction() as tx:
        promising.take(tx, "north", None, soon.option_id, local("2026-03-02 16:00"))


def test_milestones_run_backwards_through_the_hours_a_node_is_open(database: Database) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, "north")

    release_by, pick_by = promising.milestones(atlas, "AUSTIN", local("2026-03-03 10:00"))

    assert (at(release_by), at(pick_by)) == ("Mon 02 Mar 20:00", "Tue 03 Mar 09:30")
