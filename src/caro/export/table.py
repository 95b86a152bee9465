"""A record as a table of rows and columns: CSV (RFC 4180), and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from caro.errors import CaroError
from caro.model import Event
from caro.printable import printable
from caro.show.event_text import command_line

COLUMNS = (
    "ts kind source session_id id parent_id line_id line command path cwd pid ppid user host exit_code signal"
    " duration_ms agent level score action"
).split()
NUMBERS = frozenset(("pid", "ppid", "exit_code", "signal", "score"))
BATCH = 10_000


def csv_rows(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the heading and a row for each event; `line` is the typed text, or the command line, quoted for a shell."""
    yield _csv_line(COLUMNS)
    for event in events:
        yield _csv_line(["" if value is None else _harmless(value) for value in _row(event)])


def _harmless(value: Any) -> Any:
    return printable(value, kept="\n\t") if isinstance(value, str) else value


def _csv_line(values: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue().encode("utf-8", "replace")


def _row(event: Event) -> list[Any]:
    return [_line(event) if name == "line" else getattr(event, name) for name in COLUMNS]


def _line(event: Event) -> str:
    """Return the typed text as it is, for whoever runs it; else argv quoted."""
    return command_line(event) if event.text is None else event.text


def parquet_file(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the bytes of a Parquet file; raises CaroError without pyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CaroError(
            "parquet needs pyarrow, which is not installed; pipx install --force '.[parquet]'"
        ) from None
    kinds = {name: pyarrow.int64() if name in NUMBERS else pyarrow.string() for name in COLUMNS}
    kinds["duration_ms"] = pyarrow.float64()
    schema = pyarrow.schema(list(kinds.items()))
    out = io.BytesIO()
    rows = iter(events)
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            columns = zip(*map(_row, batch), strict=True)
            arrays = [
                pyarrow.array(list(values), kind)
                for values, kind in zip(columns, kinds.values(), strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
