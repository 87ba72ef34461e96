"""Ids made by the application: ordered by time, unique without a sequence."""

import hashlib
import os
import threading
import time
import uuid
from datetime import datetime

Id = uuid.UUID

_NAMESPACE = uuid.UUID("6f1d3c1e-6d0c-5b8f-9a51-0a7be5e1f000")
_OF_NAMESPACE = hashlib.sha1(_NAMESPACE.bytes, usedforsecurity=False)  # the hash RFC 9562 names
_FREE_BITS = ~(0xF << 76 | 0b11 << 62)
_VERSION_5 = 0x5 << 76 | 0b10 << 62
_lock = threading.Lock()
_last = 0


def new_id() -> Id:
    """A new id (UUID version 7, RFC 9562) that sorts after every earlier one of this process."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[Id]:
    """So many new ids, as `new_id`; each sorts after the one before it."""
    global _last  # noqa: PLW0603  the one clock hand that makes ids monotone in this process
    with _lock:
        first = max(time.time_ns() >> 8, _last + 1)  # 256 ns steps: 48 bits of ms hold the upper part
        _last = first + count - 1
    drawn = os.urandom(8 * count)
    return [
        _made(_timed(first + place) | int.from_bytes(drawn[8 * place : 8 * place + 8]) >> 2)
        for place in range(count)
    ]


def _timed(tick: int) -> int:
    """The bits of an id that tell its time, its version and its variant."""
    milliseconds, fraction = divmod(tick << 8, 1_000_000)
    return milliseconds << 80 | 0x7 << 76 | (fraction << 12) // 1_000_000 << 64 | 0b10 << 62


def _made(value: int) -> Id:
    """An id of these 128 bits. Its own constructor looks through all the other ways to name one first."""
    made = object.__new__(Id)
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", uuid.SafeUUID.unknown)
    return made


def id_made_at(at: datetime, *parts: str) -> Id:
    """The id that these words lead to, as one made at that moment: it sorts among ids by its time."""
    luck = int.from_bytes(derived_id(*parts).bytes[:10])
    value = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | (luck >> 62 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | luck & (2**62 - 1))


def derived_id(*parts: str) -> Id:
    """The id these words always lead to (UUID version 5): the same words, the same id."""
    named = _OF_NAMESPACE.copy()
    named.update("\x1f".join(parts).encode())
    value = int.from_bytes(named.digest()[:16])
    return _made(value & _FREE_BITS | _VERSION_5)


def new_code() -> str:
    """Six digits nobody can guess, for a shopper to show at a counter."""
    return new_codes(1)[0]


def new_codes(count: int) -> list[str]:
    """So many codes, as `new_code`. Drawn from 64 bits each, so that no code is likelier than another."""
    drawn = os.urandom(8 * count)
    return [f"{int.from_bytes(drawn[8 * place : 8 * place + 8]) % 10**6:06}" for place in range(count)]


def first_id_of(at: datetime) -> Id:
    """The least id that can be made at this moment or later: ids begin with their time."""
    return Id(int=int(at.timestamp() * 1000) << 80)
