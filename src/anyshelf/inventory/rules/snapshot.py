"""What a transaction of the database sees of the others, and so what has come since it looked."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything before `next_id` was over when we looked, but for those that were `under_way`.

    What was written since is what was under way then, and whatever came later: a transaction is in one of the
    two or was seen, so nothing is missed and nobody who takes long holds the others up.
    """

    next_id: int
    under_way: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """A snapshot as PostgreSQL writes it: `xmin:xmax:xip,xip`."""
        _, next_id, under_way = text.split(":")
        return cls(next_id=int(next_id), under_way=tuple(filter(None, under_way.split(","))))
