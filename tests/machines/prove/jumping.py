"""`anyshelf worker`, on a clock that jumps: a file says by how many seconds it is wrong."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anyshelf.main.running import open_house, settings_now, work_alone

FILE = "PROVE_CLOCK"


class JumpingClock:
    """This machine's clock, wrong by what a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._file.read_text() or 0))


def main() -> None:
    with open_house(settings_now(), pool_max=4) as house:
        work_alone(replace(house, clock=JumpingClock(Path(os.environ[FILE]))))


if __name__ == "__main__":
    main()
