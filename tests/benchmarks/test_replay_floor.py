"""The replay's bookkeeping: what was answered outlasts a restart, orders wait until they are due."""

from datetime import datetime, timedelta
from pathlib import Path

from replay.floor import Floor
from replay.journal import GivenBack, Intended, Journal, Placed
from replay.shoppers import SHIP

NOON = datetime(2011, 1, 3, 12)  # noqa: DTZ001  shops write local time


def placed(external_id: str, *nodes: str) -> Placed:
    return Placed(
        external_id=external_id,
        order_id=f"order-{external_id}",
        method=SHIP,
        pickup_code=None,
        lines=1,
        lines_full=1,
        units=2,
        units_had=2,
        nodes=nodes,
        parcels=len(nodes),
        km=10.0,
        seconds=0.01,
    )


def test_a_journal_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "journal.jsonl", {"seed": 7})
    asked = Intended(external_id="C2", order_id="order-1", attempt=1, cancels=((1, 2),), returns=())
    back = GivenBack(external_id="C2", cancelled=2, returned=0, never_had=0, refused=0, refunded_minor=0)
    for entry in (placed("1", "A", "B"), asked, back):
        journal.write(entry)
    journal.mark("loaded")

    again = Journal.reopen(journal.path)

    assert again is not None
    assert again.run == {"seed": 7}
    assert (again.placed, again.intended, again.given_back) == (
        journal.placed,
        journal.intended,
        journal.given_back,
    )
    assert again.marks["loaded"] == 1
    assert again.is_done("C2")
    assert not again.is_done("3")


def test_a_line_cut_off_in_the_middle_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "journal.jsonl", {"seed": 7})
    journal.write(placed("1", "A"))
    with journal.path.open("a") as file:
        file.write('{"kind": "Placed", "external_id": "2", "ord')

    again = Journal.reopen(journal.path)

    assert again is not None
    assert set(again.placed) == {"1"}


def test_an_order_is_due_when_its_shoppers_have_gone_on_for_a_while() -> None:
    floor = Floor(shards=2, clerks=1, lag=timedelta(hours=24), backlog_max=5)
    floor.put(placed("1", "A"), shard=0, placed_at=NOON)

    floor.tick(1, NOON + timedelta(days=9))
    early = floor.due(0, 0)
    floor.tick(0, NOON + timedelta(hours=24))
    due = floor.due(0, 0)

    assert early == {}
    assert [set(jobs) for jobs in due.values()] == [{"order-1"}]


def test_the_last_node_closes_an_order() -> None:
    floor = Floor(shards=1, clerks=1, lag=timedelta(0), backlog_max=5)
    floor.put(placed("1", "A", "B"), shard=0, placed_at=NOON)
    floor.end(0)
    jobs = floor.due(0, 0)
    job = jobs["A"]["order-1"]

    assert set(jobs) == {"A", "B"}
    assert [floor.leave(job, "A"), floor.leave(job, "B")] == [False, True]
    assert [floor.close(job), floor.close(job)] == [True, False]
    assert floor.waiting == 0
