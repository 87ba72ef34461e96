"""Parquet files, read as text cells like CSV: the one module that needs pyarrow."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types

BATCH_ROWS = 20_000


def read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str] | str]]]:
    """The columns of a Parquet file and its rows, numbered from 1; a file that is none is one bad row."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        reason = f"cannot be read as Parquet: {str(error).partition(chr(10))[0]}"
        return [], iter([(1, reason)])
    return list(file.schema_arrow.names), _rows(file)


def _rows(file: Any) -> Iterator[tuple[int, list[str] | str]]:
    number = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS):
        columns = [[as_text(cell) for cell in column.to_pylist()] for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            yield number, list(cells)


def as_text(cell: Any) -> str:
    """A typed cell as it would stand in a CSV file: nothing as an empty cell, lists parted by semicolons."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, list):
        return ";".join(as_text(part) for part in cell)
    return str(cell)
