"""Lists on their way into the database, in one piece: a batch sends a hundred of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import PyFormat
from psycopg.types.array import BaseListDumper, ListDumper
from psycopg.types.json import Jsonb

APART: Final = "\x1f"
"""Stands between two JSON texts until both are escaped: JSON never holds it as it is."""


class PlainListDumper(ListDumper):
    """Writes lists of one plain kind, some elements of which may be missing, and leaves others to psycopg.

    What kind of array a plain list is, is left to the statement: each of ours says so (`::uuid[]`). So one
    statement is one prepared statement, whatever its lists hold this time.
    """

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002  psycopg's name
        """What its dumper is kept under: all plain lists are written by one."""
        return PlainListDumper if _kind(obj) else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:  # noqa: A002  psycopg's name
        """The dumper for this list: this one for a plain list."""
        return self if _kind(obj) else super().upgrade(obj, format)

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The list as PostgreSQL reads it."""
        kind = _kind(obj)
        written = _WRITERS[kind](obj) if kind else None
        return super().dump(obj) if written is None else f"{{{written}}}".encode()


def _kind(given: Sequence[Any]) -> type | None:
    """What all elements are that are there; None for a mixed list and for what is not plain."""
    kinds = set(map(type, given))
    if len(kinds) > 1:
        kinds.discard(type(None))
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    return kind if kind in _WRITERS else None


def _nothing(given: list[None]) -> str:
    return ",".join(["NULL"] * len(given))


def _numbers(given: list[int | None]) -> str:
    return ",".join(["NULL" if number is None else int.__repr__(number) for number in given])


def _ids(given: list[UUID | None]) -> str:
    return ",".join(["NULL" if each is None else f"{each.int:032x}" for each in given])


def _flags(given: list[bool | None]) -> str:
    return ",".join(["NULL" if flag is None else "t" if flag else "f" for flag in given])


def _moments(given: list[datetime | None]) -> str:
    """Times; most lists hold one time over and over."""
    first = given[0]
    if first is not None and given.count(first) == len(given):
        return ",".join([first.isoformat()] * len(given))
    return ",".join(["NULL" if moment is None else moment.isoformat() for moment in given])


def _texts(given: list[str | None]) -> str | None:
    """Texts in quotation marks; None where one holds what must be escaped, or may not be held at all."""
    joined = ",".join(["NULL" if text is None else f'"{text}"' for text in given])
    quotes = 2 * (len(given) - given.count(None))
    return None if "\\" in joined or "\0" in joined or joined.count('"') != quotes else joined


def _documents(given: list[Jsonb | None]) -> str:
    """JSON documents. What stands for a missing one is put in last: no document reads like it."""
    texts = ["" if each is None else msgspec.json.encode(each.obj).decode() for each in given]
    escaped = APART.join(texts).replace("\\", "\\\\").replace('"', '\\"')
    return ",".join([f'"{text}"' if text else "NULL" for text in escaped.split(APART)])


_WRITERS: Mapping[type, Callable[[list[Any]], str | None]] = {
    type(None): _nothing,
    int: _numbers,
    UUID: _ids,
    bool: _flags,
    datetime: _moments,
    str: _texts,
    Jsonb: _documents,
}
