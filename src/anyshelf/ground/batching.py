"""Many callers, one transaction: what waits is taken together, and every caller is answered for itself.

The batch forms by itself from what is waiting while the one before it is at work; nobody waits for company.
"""

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from anyshelf.ground.errors import Busy
from anyshelf.ground.log import log_of

T = TypeVar("T")
R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)

log = log_of("batching")


class Reply(Protocol[R_contra]):
    """What a caller waits for; to be given once, from whichever thread."""

    def done(self) -> bool:
        """Whether it was given."""

    def set_result(self, result: R_contra, /) -> None:
        """Give it."""

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Refuse it."""


class LoopReply(Generic[R]):
    """An answer for whoever waits in an event loop.

    It is kept until its whole batch is done, and then given with all others of the same loop: one sign to
    the loop for a batch of two hundred.
    """

    __slots__ = ("_refused", "_result", "given", "loop", "promised")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.promised: asyncio.Future[R] = loop.create_future()
        self.given = False
        self._refused: BaseException | None = None

    def done(self) -> bool:
        """Whether the answer is known."""
        return self.given

    def set_result(self, result: R, /) -> None:
        """Answer."""
        self._result, self.given = result, True

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Refuse."""
        self._refused, self.given = exception, True

    def tell(self) -> None:
        """Wake who waits, unless they went away; in the loop's own thread."""
        if self.promised.done():
            return
        if self._refused is not None:
            self.promised.set_exception(self._refused)
        else:
            self.promised.set_result(self._result)


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T, R]):
    """Something handed in, and the answer its caller waits for."""

    item: T
    answer: Reply[R]


class Batcher(Generic[T, R]):
    """Takes what callers hand in, as much as waits but no more than `batch_max`, and works on it together.

    `work` gets the waiting ones and answers each of them, by a result or an exception; one it has not
    answered is refused as Busy. At most `waiting_max` wait; the next caller is refused as Busy at once.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Waiting[T, R]]], None],
        *,
        batch_max: int = 200,
        waiting_max: int = 4000,
        threads: int = 1,
    ) -> None:
        self._work = work
        self._batch_max = batch_max
        self._waiting: queue.SimpleQueue[Waiting[T, R] | None] = queue.SimpleQueue()
        self._waiting_max = waiting_max
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"anyshelf-{name}-{number}", daemon=True)
            for number in range(1, threads + 1)
        ]

    def submit(self, item: T) -> "Future[R]":
        """Hand something in; raises Busy when too much waits already, or nothing is taken any more."""
        answer: Future[R] = Future()
        self._take(Waiting(item, answer))
        return answer

    def hand_in(self, item: T) -> "asyncio.Future[R]":
        """Hand something in from an event loop, whose future is told; raises Busy as `submit`."""
        answer: LoopReply[R] = LoopReply(asyncio.get_running_loop())
        self._take(Waiting(item, answer))
        return answer.promised

    def _take(self, waiting: Waiting[T, R]) -> None:
        if self._closed.is_set() or self._waiting.qsize() >= self._waiting_max:
            raise Busy("Too many wait already; please send this again in a moment.")
        self._start()
        self._waiting.put(waiting)

    def _start(self) -> None:
        """Begin working, with the first that is handed in."""
        if self._threads[-1].ident is None:
            with self._starting:
                for thread in self._threads:
                    if thread.ident is None:
                        thread.start()

    def close(self, *, wait_seconds: float = 30.0) -> None:
        """Finish what was handed in, and take nothing more."""
        self._closed.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(wait_seconds)

    def _run(self) -> None:
        while True:
            batch = self._next()
            if not batch:
                return
            try:
                self._work(batch)
            except Exception as error:
                log.exception("a batch failed", size=len(batch))
                _answer_all(batch, error)
            _answer_all(batch, Busy("This was not taken in; please send it again in a moment."))
            _tell_loops(batch)

    def _next(self) -> list[Waiting[T, R]]:
        first = self._waiting.get()
        batch = [] if first is None else [first]
        while first is not None and len(batch) < self._batch_max:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._waiting.put(None)
                break
            batch.append(more)
        return batch


def _answer_all(batch: Sequence[Waiting[T, R]], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def _tell_loops(batch: Sequence[Waiting[T, R]]) -> None:
    """Give the answers that are waited for in event loops, all those of a loop at once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[LoopReply[R]]] = defaultdict(list)
    for waiting in batch:
        if isinstance(waiting.answer, LoopReply):
            by_loop[waiting.answer.loop].append(waiting.answer)
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_tell_all, answers)


def _tell_all(answers: Sequence[LoopReply[R]]) -> None:
    for answer in answers:
        answer.tell()
