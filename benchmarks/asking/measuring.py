"""Clients that ask: as fast as they can, or at a pace; and one that watches how old an answer is."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from taking.clients import Connection, Tally

Request = tuple[bytes, bytes]
"""A path to GET, or a path to POST to with its body."""


def ask(connection: Connection, request: Request) -> tuple[int, bytes]:
    """Send one request and wait for its answer."""
    path, body = request
    return connection.post(path, body) if body else connection.get(path)


def closed(port: int, requests: Sequence[Request], *, clients: int, seconds: float) -> Tally:
    """So many clients, each asking again as soon as it is answered."""
    end = time.perf_counter() + seconds
    return _together(port, requests, clients, lambda _: time.perf_counter() < end)


def paced(port: int, requests: Sequence[Request], *, clients: int, rate: float, seconds: float) -> Tally:
    """So many requests a second, whoever is free sends the next; late ones count from when they were due."""
    begun = time.perf_counter()

    def wait(asked: int) -> bool:
        due = asked / rate
        if due > seconds:
            return False
        time.sleep(max(0.0, begun + due - time.perf_counter()))
        return True

    return _together(port, requests, clients, wait, due=lambda asked: begun + asked / rate)


def _together(
    port: int,
    requests: Sequence[Request],
    clients: int,
    more: Callable[[int], bool],
    due: Callable[[int], float] | None = None,
) -> Tally:
    tally, lock, numbers = Tally(), threading.Lock(), iter(range(10**9))

    def client() -> None:
        connection, took, statuses = Connection("127.0.0.1", port), [], {}
        while True:
            with lock:
                number = next(numbers)
            if not more(number):
                break
            start = due(number) if due else time.perf_counter()
            status, _ = ask(connection, requests[number % len(requests)])
            took.append(time.perf_counter() - start)
            statuses[status] = statuses.get(status, 0) + 1
        with lock:
            tally.seconds += took
            for status, times in statuses.items():
                tally.statuses[status] = tally.statuses.get(status, 0) + times

    sys.setswitchinterval(0.001)
    threads = [threading.Thread(target=client) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.lasted = time.perf_counter() - start
    return tally


@dataclass
class Watch:
    """How old answers are: a writer puts units of an item on a shelf, a reader asks how many there are.

    An answer is as old as the first write it does not show was committed before the answer came.
    """

    write: Callable[[], int]
    read: Callable[[], int]
    pause_seconds: float = 0.05

    def __post_init__(self) -> None:
        self.stale_seconds: list[float] = []
        self.missed = 0
        self._written: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._writing), threading.Thread(target=self._reading)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _writing(self) -> None:
        while not self._stop.wait(self.pause_seconds):
            units = self.write()
            self._written.append((time.perf_counter(), units))

    def _reading(self) -> None:
        while not self._stop.wait(self.pause_seconds / 2):
            asked = time.perf_counter()
            units = self.read()
            answered = time.perf_counter()
            missing = [at for at, known in list(self._written) if known > units and at < answered]
            self.stale_seconds.append(answered - missing[0] if missing else 0.0)
            self.missed += any(at < asked for at in missing)
