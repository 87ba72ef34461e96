"""What can be set from outside, all of it in the environment. docs/howto/settings.md lists every name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from anyshelf.ground.errors import SetupProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process runs; every field is read from `ANYSHELF_` + its name in capitals."""

    database_url: str = ""
    """PostgreSQL to use; empty starts the embedded one."""
    analysis_url: str = ""
    """A copy of the database, such as a standby, for heavy questions; empty asks the database itself."""
    data: Path = Path()
    """Folder of the embedded PostgreSQL; empty picks a folder of this user."""
    market: str = "main"
    """The market of this deployment: the region whose nodes serve an order."""
    currency: str = "USD"
    """Currency of a market made by `anyshelf load` or `anyshelf demo`."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """Port to listen on."""
    pool_max: int = 16
    """Most database connections one process opens."""
    body_bytes_max: int = 5_000_000
    """Largest request body taken in one piece."""
    release_after_seconds: int = 0
    """How long an order may still be re-sourced or cancelled for free before its work is released."""
    promise_minutes: int = 30
    """How long a promise may be taken up."""
    code_tries_max: int = 5
    """Wrong pickup codes before a person must look at it."""
    log_level: str = "info"
    """debug, info, warning or error."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; raises SetupProblem naming the variable that cannot be read."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = f"ANYSHELF_{field.name.upper()}"
            if environment.get(name):
                given[field.name] = _read(name, environment[name], type(field.default))
        return cls(**given)


def _read(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise SetupProblem(f"{name} is '{text}', which is not a whole number.") from None
