"""How often somebody may guess a password."""

import threading
import time
from collections import OrderedDict

from anyshelf.ground.errors import TooManyTries

TRIES_MAX = 10
WITHIN_SECONDS = 900.0
KEPT_MAX = 10_000


class Attempts:
    """Counts failed sign-ins by address and name, in this process, in bounded memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def check(self, address: str, name: str) -> None:
        """Raises TooManyTries after ten failures within a quarter of an hour."""
        since = time.monotonic() - WITHIN_SECONDS
        with self._lock:
            failed = [at for at in self._failed.get((address, name[:200]), []) if at > since]
        if len(failed) >= TRIES_MAX:
            raise TooManyTries("Too many wrong passwords; try again in a quarter of an hour.")

    def note(self, address: str, name: str) -> None:
        """One more failure."""
        key = (address, name[:200])
        with self._lock:
            self._failed[key] = [*self._failed.get(key, [])[1 - TRIES_MAX :], time.monotonic()]
            self._failed.move_to_end(key)
            while len(self._failed) > KEPT_MAX:
                self._failed.popitem(last=False)

    def forget(self, address: str, name: str) -> None:
        """They knew it after all."""
        with self._lock:
            self._failed.pop((address, name[:200]), None)
