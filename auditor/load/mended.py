"""Rows that somebody mended: given out as a list, read back, and put in their places.

A mended row stands for the row of the export that it names: it is read as if the export had said
so, in its place and among its columns.  It does so only where that row is still the one that was
given out, and still cannot be used, or not in whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.load.cells import clean
from auditor.load.errors import InputError
from auditor.load.ledger import (
    MEND_COLUMNS,
    MOST_TO_MEND,
    Fault,
    Problems,
    Tally,
    ToMend,
    ToMendSheet,
    counted,
)
from auditor.load.read import (
    RawSheet,
    UnreadableFile,
    column_letter,
    column_number,
    read_file,
)

if TYPE_CHECKING:
    import pandas as pd

    from auditor.load.rows import Found, RowSet

_FILE, _SHEET, _ROW, _WRONG, _SEAL = MEND_COLUMNS
_HEADER = re.compile(r"([A-Z]{1,3}): ")
_SEARCHED = 20  # rows from the top within which the header stands

Address = tuple[str, str | None, int]


@dataclass(frozen=True, slots=True)
class Mended:
    """One mended row: the row that it stands for, where it stands itself, and what it says.

    ``cells`` are by column of the export, ``letters`` say in which column of its own sheet each of
    them stands; ``seal`` is that of the row as it was given out.
    """

    original: Address
    file: str
    sheet: str | None
    row: int
    cells: Mapping[int, str | None]
    letters: Mapping[int, str]
    seal: str | None

    @property
    def address(self) -> str:
        """File, sheet and row, as a source prints them."""
        return f"{self.where} · row {self.row}"

    @property
    def where(self) -> str:
        """File and sheet, as a source prints them."""
        return f"{self.file} · {self.sheet}" if self.sheet else self.file


def read_mended(files: Mapping[Path, bytes]) -> list[Mended]:
    """The rows of filled lists, in order; InputError where a file is no such list."""
    rows: list[Mended] = []
    refused: list[str] = []
    for path, data in files.items():
        try:
            found = [row for raw in read_file(path, data) for row in _rows(raw)]
        except UnreadableFile as error:
            refused.append(str(error))
            continue
        if not found:
            refused.append(
                f"{path.name}: has no row to mend; give the list of rows to mend that an audit "
                "wrote, filled in."
            )
        rows += found
    if refused:
        raise InputError(refused)
    return rows


def is_list(raw: RawSheet) -> bool:
    """Whether a sheet is one of a list of rows to mend."""
    return bool(_header(raw.cells.head(_SEARCHED))[1])


def _rows(raw: RawSheet) -> Iterator[Mended]:
    """The mended rows of one sheet; none where it is no list of them."""
    texts = raw.cells.astype(object).where(raw.cells.notna(), None)
    top, headers = _header(texts)
    own = {text: number for number, text in headers.items() if text in MEND_COLUMNS}
    places = {
        column_number(found[1]): number
        for number, text in headers.items()
        if (found := _HEADER.match(text))
    }
    letters = {source: column_letter(number) for source, number in places.items()}
    for at in range(top + 1, len(texts)) if own else ():
        told = {name: _said(texts, at, number) for name, number in own.items()}
        file, number = told[_FILE], told[_ROW]
        if file is not None and number is not None:
            yield Mended(
                (file, told.get(_SHEET), int(number) if number.isdecimal() else 0),
                *(raw.file, raw.sheet, at + 1),
                {source: _said(texts, at, place) for source, place in places.items()},
                letters,
                told[_SEAL],
            )


def _header(texts: pd.DataFrame) -> tuple[int, dict[int, str]]:
    """The row of the headers, and each of them by its column; none in a sheet of another kind."""
    for row in range(min(_SEARCHED, len(texts))):
        headers = {int(n): str(texts.at[row, n]) for n in texts.columns}
        if {_FILE, _ROW, _SEAL} <= set(headers.values()):
            return row, headers
    return 0, {}


def _said(texts: pd.DataFrame, row: int, column: int) -> str | None:
    text = texts.at[row, column]
    return None if text is None else clean(str(text))


# ── into their places ─────────────────────────────────────────────────────────────────────────

_NOT_GIVEN = "the file and sheet of the row that each mends are not among those given"
_CHANGED = "the row that each mends is not the one that was given out: the export has changed"
_IS_RIGHT = "the row that each mends can be read as it is"
_TWICE = "an earlier one mends the same row otherwise"
_REMEDY = {
    _NOT_GIVEN: "give the files of the earlier audit, under the same names",
    _CHANGED: "mend it in the list of rows to mend that this audit wrote",
    _IS_RIGHT: "none: the export itself is used",
    _TWICE: "keep one of them",
}


def put_in_place(
    rows: Iterable[Mended],
    tables: Sequence[Found],
    wrong: Set[Address],
    problems: Problems,
) -> tuple[dict[tuple[str, str | None], dict[int, Mended]], list[Tally]]:
    """Which rows of which sheet are mended by which row, and the tallies of those that mend none.

    ``wrong`` are the rows of which a cell cannot be used as the export has it.  A row that says
    what the export says mends nothing, and nothing is said of it.
    """
    by_sheet: dict[tuple[str, str | None], list[tuple[Found, dict[int, int]]]] = {}
    for found in tables:
        by_sheet.setdefault((found.raw.file, found.raw.sheet), []).append((found, _places(found)))
    mended: dict[tuple[str, str | None], dict[int, Mended]] = {}
    idle: dict[str, Tally] = {}
    used: dict[str, int] = {}
    for one in rows:
        sheet = one.original[:2]
        place = _place_of(one, by_sheet.get(sheet, ()))
        if place is not None and place[2] == one.seal and _says_the_same(one, *place[:2]):
            continue
        there = mended.setdefault(sheet, {})
        reason = None
        if sheet not in by_sheet:
            reason = _NOT_GIVEN
        elif place is None or place[2] != one.seal:
            reason = _CHANGED
        elif one.original not in wrong:
            reason = _IS_RIGHT
        else:
            first = there.setdefault(int(place[0].table.records[place[1]]), one)
            if first is one:
                used[one.where] = used.get(one.where, 0) + 1
            elif first.cells != one.cells:
                reason = _TWICE
        if reason is not None:
            tally = idle.setdefault(one.where, Tally(one.file, one.sheet))
            tally.rows_read += 1
            tally.reject(one.row, None, None, f"was not used: {reason}", _REMEDY[reason])
            what = f"mended rows not used, because {reason}: {_REMEDY[reason]}"
            problems.count(one.where, what, f"row {one.row}")
    for where, number in used.items():
        verb = "takes the place of its own" if number == 1 else "take the place of their own"
        problems.say(f"{where}: {counted(number, 'mended row')} {verb} in the export.")
    return {sheet: there for sheet, there in mended.items() if there}, list(idle.values())


def _place_of(
    one: Mended, tables: Sequence[tuple[Found, dict[int, int]]]
) -> tuple[Found, int, str] | None:
    """The table, the place among its records and the seal of the row that a mended row names."""
    for found, places in tables:
        place = places.get(one.original[2])
        if place is not None:
            return found, place, _seal(found, place)
    return None


def _places(found: Found) -> dict[int, int]:
    """The place of each record by its number, where that names one record alone."""
    from auditor.load.rows import numbers_of

    numbers = numbers_of(found)
    places = {number: place for place, number in enumerate(numbers)}
    if len(places) < len(numbers):
        for number, times in Counter(numbers).items():
            if times > 1:
                del places[number]
    return places


def _says_the_same(one: Mended, found: Found, place: int) -> bool:
    return all(
        cells.at(place) == one.cells.get(column, cells.at(place))
        for column, cells in found.columns.items()
    )


def _seal(found: Found, place: int) -> str:
    """What tells a row from any other that may once stand in its place."""
    told = "".join(f"{n}\x1e{cells.at(place) or ''}\x1f" for n, cells in found.columns.items())
    return f"s{blake2b(told.encode('utf-8', 'replace'), digest_size=9).hexdigest()}"


# ── given out ─────────────────────────────────────────────────────────────────────────────────


def wanting(rows: RowSet) -> set[int]:
    """The rows of a table that other cells would make usable, or usable in whole."""
    left_out = set[int]().union(*rows.unread.values())
    return rows.tally.mendable | set(filter(rows.tally.is_used, left_out))


def to_mend(found: Found, rows: RowSet) -> ToMendSheet | None:
    """The rows of a table that a person can mend, and those that somebody has mended."""
    wrong = wanting(rows)
    if not wrong and not rows.mended:
        return None
    places = _places(found)
    wrong &= places.keys()
    listed = []
    for number in sorted({*sorted(wrong)[:MOST_TO_MEND], *rows.mended}):
        place = places[number]
        mended = found.raw.mended.get(int(found.table.records[place]))
        cells = {column: cells.at(place) for column, cells in found.columns.items()}
        if mended is None:
            listed.append(ToMend(number, cells, _seal(found, place), rows.tally.faults(number)))
        else:
            left = _faults_of(mended, rows.mended[number].tally)
            listed.append(ToMend(number, cells, mended.seal or "", left))
    more = max(0, len(wrong) - MOST_TO_MEND)
    headers = dict(found.table.headers)
    return ToMendSheet(found.raw.file, found.raw.sheet, headers, tuple(listed), more)


def _faults_of(mended: Mended, tally: Tally) -> tuple[Fault, ...]:
    """What is still wrong with a mended row, by the columns of the export."""
    back = {letter: column_letter(source) for source, letter in mended.letters.items()}
    faults = tally.faults(mended.row)
    return tuple(fault._replace(column=back.get(fault.column or "")) for fault in faults)
