"""What an audit finds: the books say one thing, the rows another."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference between what is and what the records say should be."""

    room: str
    what: str
    where: str
    expected: str
    found: str
    mendable: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as the command line prints it."""
        return asdict(self)
