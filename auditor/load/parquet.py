"""Parquet files → sheets of text cells, as if the names of the columns stood in row 1.

Whole numbers, decimals, dates and times of day come exactly as they are stored; a time stamp with
a zone is an instant and comes in UTC with its ``Z``, one without is what the facility's wall clock
showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.load.cells import Cells, Codes, clean
from auditor.load.read import RawSheet, UnreadableFile

if TYPE_CHECKING:
    from auditor.load.ledger import Problems

MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_LARGEST = 4 * 1024**3  # bytes that the columns may unpack to
_BEGUN = 100  # rows that tell what a sheet is
_MOST_CELLS = 400_000_000  # a page of repeats needs no bytes


def is_parquet(data: bytes) -> bool:
    """Whether a file begins as one of Parquet does."""
    return data.startswith((MAGIC, _ENCRYPTED))


def read_parquet(name: str, data: bytes, problems: Problems) -> RawSheet:
    """The columns of a file that have a value a row; ``problems`` names the others.

    UnreadableFile where the file is damaged, encrypted or too large.
    """
    import pandas as pd
    import pyarrow
    from pyarrow import parquet

    if data.startswith(_ENCRYPTED):
        raise UnreadableFile(f"{name}: is encrypted; write it without encryption.")
    try:
        file = parquet.ParquetFile(BytesIO(data))
        _refuse_bomb(name, file.metadata)
        names = [str(field.name) for field in file.schema_arrow]
        flat = [n for n, field in enumerate(file.schema_arrow) if _is_flat(field.type)]
        columns: dict[int, Cells] = {}
        begun: dict[int, list[str | None]] = {}
        for place, column in zip(flat, _columns(file, names, flat), strict=True):
            codes, texts = _coded(column)
            begun[place] = [names[place], *(texts[code] for code in codes[:_BEGUN].tolist())]
            cleaned = (None if text is None else clean(text) for text in texts[:-1])
            codes = np.concatenate([np.array([len(texts) - 1], np.int32), codes])
            codes[1:][codes[1:] == len(texts) - 1] = -1  # blank
            columns[place] = Cells(codes, (*cleaned, clean(names[place]), None))
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError):
        raise UnreadableFile(f"{name}: is damaged or cut off; export it again.") from None
    left_out = [named for place, named in enumerate(names) if place not in columns]
    if left_out:
        shown = ", ".join(f"“{one}”" for one in left_out)
        problems.say(
            f"{name}: the columns left out hold lists, records or bytes, which no cell can: "
            f"{shown}. Write what is needed of them as columns of their own."
        )
    return RawSheet(name, None, pd.DataFrame(begun, dtype=object), coded=columns)


def _refuse_bomb(name: str, told: Any) -> None:
    unpacked = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
    if unpacked > _LARGEST or told.num_rows * told.num_columns > _MOST_CELLS:
        raise UnreadableFile(f"{name}: unpacks to more than can be read at once; split it.")


def _is_flat(kind: Any) -> bool:
    """Whether a cell of the type has one value that can be written down."""
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    return any(
        holds(kind)
        for holds in (
            *(types.is_boolean, types.is_integer, types.is_floating, types.is_decimal),
            *(types.is_date, types.is_time, types.is_timestamp, types.is_null),
            *(types.is_string, types.is_large_string, types.is_string_view),
        )
    )


def _columns(file: Any, names: list[str], flat: list[int]) -> Iterator[Any]:
    """The columns in some places, one at a time where their names tell them apart."""
    leaves = [file.metadata.schema.column(n).path for n in range(file.metadata.num_columns)]
    if len(set(leaves)) == len(leaves) and len(set(names)) == len(names):
        yield from (file.read(columns=[names[place]]).column(0) for place in flat)
    else:
        table = file.read()
        yield from (table.column(place) for place in flat)


def _coded(column: Any) -> tuple[Codes, list[str | None]]:
    """The cells of a column as places among its texts, of which the last is blank.

    Each distinct value is written once.
    """
    import pyarrow
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    ending = ""
    if types.is_timestamp(kind) and kind.tz is not None:  # without the zone: in UTC
        column, ending = column.cast(pyarrow.timestamp(kind.unit)), "Z"
    coded = column.combine_chunks().dictionary_encode()
    if types.is_floating(kind):
        distinct = list(map(_plain, coded.dictionary.to_pylist()))
    else:
        distinct = coded.dictionary.cast(pyarrow.string()).to_pylist()
    texts = [None if text is None else f"{text}{ending}" for text in distinct]
    codes = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return codes.astype(np.int32), [*texts, None]


def _plain(number: float | None) -> str | None:
    """A fraction as a sheet would show it, with nine decimals at most; ``None`` for no number."""
    if number is None or not isfinite(number):
        return None
    return f"{number:.9f}".rstrip("0").rstrip(".")
