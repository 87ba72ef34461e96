"""Reading CSV and Parquet files row by row: every cell as text, every row with its line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from anyshelf.ground.errors import SetupProblem

Record: TypeAlias = tuple[int, list[str] | str]
"""A line and its cells, or the line and the reason it cannot be read."""

ENDINGS = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An opened file: its name, the columns its header names, and its rows, to be read once."""

    file: str
    header: list[str]
    records: Iterator[Record]


def find(folder: Path, name: str) -> Path | None:
    """The file that holds these rows (`nodes` is `nodes.csv` or `nodes.parquet`), if there is one."""
    found = [folder / f"{name}{ending}" for ending in ENDINGS if (folder / f"{name}{ending}").is_file()]
    if len(found) > 1:
        raise SetupProblem(f"There are {name}.csv and {name}.parquet: keep the one that is to be loaded.")
    return found[0] if found else None


def opened(path: Path) -> Source:
    """A file ready to be read; its header is already read."""
    if path.suffix == ".parquet":
        return _parquet(path)
    records = _records(path)
    line, header = next(records, (1, "is empty: the first line names the columns"))
    if isinstance(header, str):
        return Source(file=path.name, header=[], records=iter([(line, header)]))
    return Source(file=path.name, header=[column_name(name) for name in header], records=records)


def column_name(heading: str) -> str:
    """A column's heading as it is compared: small letters, with underscores."""
    return heading.strip().lower().replace(" ", "_").replace("-", "_")


def _records(path: Path) -> Iterator[Record]:
    """The records of a CSV file, each with the line it begins on; blank lines are passed over."""
    spoiled: list[int] = []
    with path.open("rb") as file:
        reader = csv.reader(_lines(file, spoiled), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, f"cannot be read as CSV: {error}"
                continue
            if spoiled:
                yield spoiled[0], "is not valid UTF-8"
                spoiled.clear()
            elif cells:
                yield line, cells


def _lines(file: BinaryIO, spoiled: list[int]) -> Iterator[str]:
    """The lines of a file as text; the number of a line that is not UTF-8 goes into `spoiled`."""
    for number, raw in enumerate(file, 1):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            spoiled.append(number)
            text = raw.decode(errors="replace")
        yield text.removeprefix("\ufeff") if number == 1 else text


def _parquet(path: Path) -> Source:
    try:
        from anyshelf.doors.files import parquet  # noqa: PLC0415  only who loads Parquet needs the extra
    except ImportError:
        raise SetupProblem(
            f"{path.name} needs the Parquet extra: run pip install 'anyshelf[parquet]', or give it as CSV."
        ) from None
    header, records = parquet.read(path)
    return Source(file=path.name, header=[column_name(name) for name in header], records=records)
