"""Waiting at a counter: first come, first served, by whoever of the associates is free first."""

from heapq import heapreplace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def waits(arrivals: Floats, services: Floats, associates: int) -> Floats:
    """How long each waits who arrives (in order of arrival) and takes so long to serve; any unit of time.

    The recursion of Kiefer and Wolfowitz (1955) for any number of servers.
    """
    free = [float("-inf")] * associates
    waited = np.empty(len(arrivals))
    pairs = zip(arrivals.tolist(), services.tolist(), strict=True)
    for number, (arrives, takes) in enumerate(pairs):
        begins = max(arrives, free[0])
        heapreplace(free, begins + takes)
        waited[number] = begins - arrives
    return waited
