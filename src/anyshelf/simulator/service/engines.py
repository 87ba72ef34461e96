"""Who plays the replications: this process, others beside it on all cores, or the machines of a cluster.

The answer is the same whoever plays: a replication draws its luck from its own number alone.
"""

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing.connection import wait
from typing import Any, Final, TypeVar

from anyshelf.ground.errors import SetupProblem

LOCAL: Final = "local"
RAY: Final = "ray"
ENGINES: Final = (LOCAL, RAY)

T = TypeVar("T")
Task = tuple[Any, ...]


def each_of(work: Callable[..., T], tasks: Sequence[Task], *, workers: int, engine: str) -> Iterator[T]:
    """What `work` says of each task, as it is done, in no order. Raises SetupProblem for a missing engine."""
    if engine == RAY:
        return _by_ray(work, tasks, workers)
    if workers <= 1 or len(tasks) == 1:
        return (work(*task) for task in tasks)
    return _beside(work, tasks, workers)


def _beside(work: Callable[..., T], tasks: Sequence[Task], workers: int) -> Iterator[T]:
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(tasks)), mp_context=fresh, initializer=end_with_the_parent
    ) as pool:
        waiting = [pool.submit(work, *task) for task in tasks]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def end_with_the_parent() -> None:
    """End this process when the one that started it is gone, however that came about."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _by_ray(work: Callable[..., T], tasks: Sequence[Task], workers: int) -> Iterator[T]:
    """On the cluster of RAY_ADDRESS, else on a Ray of our own with so many workers, stopped afterwards."""
    try:
        ray = import_module("ray")  # an extra: whoever does not sweep has no need of it
    except ImportError:
        raise SetupProblem(
            "Ray is not installed: pip install 'anyshelf[sweep]', or leave out --engine."
        ) from None
    ours = not ray.is_initialized()
    if ours:
        size = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **size)
    try:
        remote = ray.remote(num_cpus=1)(work)
        waiting = [remote.remote(*task) for task in tasks]
        while waiting:
            done, waiting = ray.wait(waiting)
            yield ray.get(done[0])
    finally:
        if ours:
            ray.shutdown()
