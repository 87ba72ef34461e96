"""Lists on their way into the database, in one piece: a batch sends a hundred of them."""

from typing import Any
from uuid import UUID

from psycopg.abc import Buffer
from psycopg.types.array import ListDumper


class PlainListDumper(ListDumper):
    """Writes lists of whole numbers, of ids and of plain texts at once, and leaves all others to psycopg."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The list as PostgreSQL reads it."""
        written = _written(obj) if obj else None
        return super().dump(obj) if written is None else written.encode()


def _written(given: list[Any]) -> str | None:
    """The array literal of a plain list; None where an element is missing or needs a closer look."""
    kind = type(given[0])
    try:
        if kind is int:
            return "{" + ",".join(map(int.__repr__, given)) + "}"
        if kind is UUID:
            return "{" + ",".join(map(UUID.__str__, given)) + "}"
        if kind is str:
            return _texts(given)
    except (TypeError, AttributeError):  # an element of another kind
        pass
    return None


def _texts(given: list[str]) -> str | None:
    joined = '","'.join(given)
    quotes = 2 * (len(given) - 1)
    if "\\" in joined or "\0" in joined or joined.count('"') != quotes:
        return None
    return f'{{"{joined}"}}'
