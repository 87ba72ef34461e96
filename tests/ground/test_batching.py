"""What waits is taken together, and everybody is answered for themselves."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from anyshelf.ground.batching import Batcher, Waiting
from anyshelf.ground.errors import Busy, Invalid


class Kitchen:
    """Works on batches when it is let, and remembers them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.cooking = threading.Event()

    def cook(self, waiting: Sequence[Waiting[int, int]]) -> None:
        self.cooking.set()
        self.open.wait(10)
        self.batches.append([each.item for each in waiting])
        for each in waiting:
            if each.item == 13:
                each.answer.set_exception(Invalid("Not thirteen."))
            elif each.item != 99:
                each.answer.set_result(each.item * 2)


def test_what_waits_is_taken_together_and_answered_one_by_one() -> None:
    kitchen = Kitchen()
    batcher = Batcher("test", kitchen.cook, batch_max=3)
    first = batcher.submit(1)
    assert kitchen.cooking.wait(10)
    others = [batcher.submit(number) for number in (2, 13, 4, 5)]
    kitchen.open.set()
    assert first.result(10) == 2
    assert [others[place].result(10) for place in (0, 2, 3)] == [4, 8, 10]
    with pytest.raises(Invalid):
        others[1].result(10)
    assert kitchen.batches == [[1], [2, 13, 4], [5]]
    batcher.close()


def test_callers_in_an_event_loop_are_answered_there_and_one_who_left_disturbs_nobody() -> None:
    kitchen = Kitchen()
    batcher = Batcher("test", kitchen.cook)

    async def dine() -> list[int | BaseException]:
        guests = [asyncio.ensure_future(batcher.hand_in(number)) for number in (1, 13, 4, 99)]
        guests[2].cancel()
        kitchen.open.set()
        return await asyncio.wait_for(asyncio.gather(*guests, return_exceptions=True), 10)

    with ThreadPoolExecutor(1) as kitchen_door:  # a thread of its own: this one may have a loop already
        first, *others = kitchen_door.submit(asyncio.run, dine()).result(20)
    assert first == 2
    assert list(map(type, others)) == [Invalid, asyncio.CancelledError, Busy]
    batcher.close()


def test_who_comes_when_too_much_waits_is_told_at_once() -> None:
    kitchen = Kitchen()
    batcher = Batcher("test", kitchen.cook, waiting_max=2)
    taken = [batcher.submit(1)]
    assert kitchen.cooking.wait(10)
    taken += [batcher.submit(2), batcher.submit(3)]
    with pytest.raises(Busy):
        batcher.submit(4)
    kitchen.open.set()
    assert [answer.result(10) for answer in taken] == [2, 4, 6]
    batcher.close()


def test_closing_finishes_what_was_handed_in_and_takes_nothing_more() -> None:
    kitchen = Kitchen()
    batcher = Batcher("test", kitchen.cook)
    taken = [batcher.submit(number) for number in (1, 2)]
    kitchen.open.set()
    batcher.close()
    assert [answer.result(0) for answer in taken] == [2, 4]
    with pytest.raises(Busy):
        batcher.submit(3)


def test_nobody_is_left_without_an_answer() -> None:
    kitchen = Kitchen()
    kitchen.open.set()
    batcher = Batcher("test", kitchen.cook)
    with pytest.raises(Busy):
        batcher.submit(99).result(10)

    def burn(waiting: Sequence[Waiting[int, int]]) -> None:
        raise ZeroDivisionError(str(len(waiting)))

    burnt = Batcher("burnt", burn)
    with pytest.raises(ZeroDivisionError):
        burnt.submit(1).result(10)
    assert burnt.submit(2).exception(10) is not None, "and it goes on"
    batcher.close()
    burnt.close()
