"""What became of the files that were loaded."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

LISTED_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be taken: the file, its line (row, in Parquet), the column and what is wrong."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.column}: {self.reason}" if self.column else f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What one file held: rows read, rows written, rows that could not be taken."""

    file: str
    read: int
    loaded: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did. `loaded` is false when nothing was kept, because a row was bad.

    `bad_rows` lists the first 100 faults; `faults` counts them all (a row can have several).
    """

    market: str
    loaded: bool
    files: tuple[FileReport, ...]
    bad_rows: tuple[BadRow, ...]
    faults: int
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return asdict(self)


@dataclass(slots=True)
class Findings:
    """What has been found so far, in bounded memory."""

    files: list[FileReport] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    faults: int = 0
    bad_by_file: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def bad(self, file: str, line: int, faults: list[tuple[str, str]]) -> None:
        """Note a bad row with its faults, as (column, reason)."""
        self.bad_by_file[file] += 1
        self.faults += len(faults)
        room = LISTED_MAX - len(self.bad_rows)
        self.bad_rows += [
            BadRow(file=file, line=line, column=column, reason=reason) for column, reason in faults[:room]
        ]

    def warn(self, sentence: str) -> None:
        """Note something that is odd and does no harm; the same sentence once."""
        if sentence not in self.warnings and len(self.warnings) < LISTED_MAX:
            self.warnings.append(sentence)

    def report(self, market: str, *, loaded: bool) -> LoadReport:
        """The findings as a report; where nothing was kept, no row counts as loaded."""
        files = [
            FileReport(file=one.file, read=one.read, loaded=one.loaded if loaded else 0, bad=one.bad)
            for one in self.files
        ]
        return LoadReport(
            market=market,
            loaded=loaded,
            files=tuple(files),
            bad_rows=tuple(self.bad_rows),
            faults=self.faults,
            warnings=tuple(self.warnings),
        )
