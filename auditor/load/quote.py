"""Rows as they stand in their files: the cells that were read, word for word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from auditor.load.files import read_files
from auditor.load.ledger import Ledger, Problems
from auditor.load.locked import Unlock
from auditor.load.read import RawSheet, column_number
from auditor.record import Sheet, Source


class Quoted(NamedTuple):
    """One cell of a row: its column letter, the header above it and its text, ``""`` if blank."""

    letter: str
    header: str
    text: str


def quote(
    paths: Sequence[Path],
    ledger: Ledger,
    sources: Iterable[Source],
    unlock: Unlock | None = None,
) -> dict[Source, tuple[Quoted, ...]]:
    """The used cells of some rows, from left to right; the files are read again for it.

    A row whose place cannot be told is left out: another file has the name of its file, or another
    row its number.  InputError as for ``load``.
    """
    wanted = list(dict.fromkeys(sources))
    sheets: dict[tuple[str, str | None], list[RawSheet]] = {}
    for raw in read_files(paths, Problems(), unlock):
        sheets.setdefault((raw.file, raw.sheet), []).append(raw)
    headers = {
        (sheet.file, sheet.sheet, field): header
        for sheet in ledger.sheets
        for header, field in sheet.columns.items()
    }
    columns = {source.sheet: _columns(source.sheet, headers) for source in wanted}
    places: dict[Sheet, dict[int, int]] = {}
    quoted = {}
    for source in wanted:
        sheet = source.sheet
        found = sheets.get((sheet.file, sheet.sheet), [])
        if len(found) != 1:
            continue
        (raw,) = found
        row: int | None = source.row - 1
        if raw.layout is not None:
            if sheet not in places:
                places[sheet] = _places(raw.layout.numbers)
            row = places[sheet].get(source.row)
        if row is None:
            continue
        quoted[source] = tuple(
            Quoted(letter, header, _text(raw, row, letter)) for letter, header in columns[sheet]
        )
    return quoted


def _places(numbers: Sequence[int]) -> dict[int, int]:
    """Where the rows stand that are alone with their number."""
    times = Counter(numbers)
    return {number: at for at, number in enumerate(numbers) if times[number] == 1}


def _columns(
    sheet: Sheet, headers: dict[tuple[str, str | None, str], str]
) -> list[tuple[str, str]]:
    """Letter and header of each column that was read, from left to right."""
    named: dict[str, str] = {}
    for field, letter in sheet.columns.items():
        header = headers.get((sheet.file, sheet.sheet, field))
        if header is not None or letter not in named:
            named[letter] = header or named.get(letter) or field
    return sorted(named.items(), key=lambda column: column_number(column[0]))


def _text(raw: RawSheet, row: int, letter: str) -> str:
    column = column_number(letter)
    text = raw.coded[column].at(row) if raw.coded else raw.cells[column].iloc[row]
    return text.strip() if isinstance(text, str) else ""
