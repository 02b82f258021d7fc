"""An earlier workbook read back: what people typed into it, wherever they typed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from auditor.report.decisions import FIELDS, Decided, Elsewhere, Filled, Told, Typed
from auditor.report.errors import DecisionsError
from auditor.report.protect import opened
from auditor.report.workbook import earlier_decisions, seal, worklist

if TYPE_CHECKING:
    from openpyxl import Workbook

_ASKED = frozenset(field.header for field in FIELDS)
_LONGEST = 15_000  # letters of one typed text; a longer one is kept in parts
_DRAWING = re.compile(r"xl/drawings/drawing\d*\.xml")
_DRAWN = b"Anchor"  # LibreOffice gives every sheet a drawing with nothing in it

Cells = Sequence[tuple[int, object]]  # the cells of a row that hold something, with their columns


def read_back(path: Path, password: str | None = None) -> Filled:
    """Read a workbook that an audit wrote and people may have filled in.

    ``password`` opens a protected one.  :class:`DecisionsError` where it cannot be read, or is none
    of ours.
    """
    from openpyxl import load_workbook

    try:
        with opened(path, password) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Excel adds and openpyxl does not know
            book = load_workbook(file, read_only=True)
            with closing(book):
                return _filled(book, path)
    except DecisionsError:
        raise
    except OSError as error:
        raise DecisionsError(f"{path} cannot be read ({error.strerror}).") from None
    except BadZipFile:
        raise DecisionsError(f"{path} is damaged, or no .xlsx workbook.") from None
    except Exception:  # openpyxl raises whatever a damaged file makes it raise
        raise DecisionsError(f"{path} is damaged: it cannot be read to its end.") from None


def _filled(book: Workbook, path: Path) -> Filled:
    if worklist.PLAN.title not in book.sheetnames:
        raise DecisionsError(
            f"{path} has no sheet {worklist.PLAN.title}: it is no workbook of `auditor run`."
        )
    reading = _Reading(f"{path.resolve().parent.name}/{path.name}", _seal_of(book))
    for sheet in book.worksheets:
        if sheet.title != seal.TITLE:
            reading.sheet(sheet.title, _rows(sheet))
            reading.comments(book, sheet)
    reading.drawings(book)
    return reading.result()


def _seal_of(book: Workbook) -> seal.Sealed | None:
    """What was written, or ``None`` in a workbook of an earlier version."""
    if seal.TITLE not in book.sheetnames:
        return None
    return seal.Sealed(str(value) for _, cells in _rows(book[seal.TITLE]) for _, value in cells)


def _rows(sheet: Any) -> Iterator[tuple[int, Cells]]:
    """The rows that hold something, by number."""
    sheet.reset_dimensions()  # a program may have left a size that is none
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [(column, value) for column, value in enumerate(values, start=1) if _holds(value)]
        if cells:
            yield number, cells


def _holds(value: object) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


@dataclass(slots=True)
class _Reading:
    """What has been read of one workbook so far."""

    name: str
    sealed: seal.Sealed | None
    worklist: list[Decided] = field(default_factory=list)
    kept: list[Decided] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def sheet(self, title: str, rows: Iterator[tuple[int, Cells]]) -> None:
        """Read a sheet; its first row has the headers, where it is one of ours."""
        headers: dict[int, str] = {}
        for number, cells in rows:
            place = f"{self.name} · {title}"
            if number == 1:
                headers = _headers(cells)
                self._compare(place, number, cells)
            elif title == worklist.PLAN.title:
                asked = [cell for cell in cells if headers.get(cell[0]) in _ASKED]
                facts = [cell for cell in cells if headers.get(cell[0]) not in _ASKED]
                self._compare(place, number, facts)
                if self.sealed:
                    self.sealed.is_ours(asked)
                row = _by_header(cells, headers)
                self.worklist.append(_decided(row, f"{place} · row {number}"))
            else:
                self._compare(place, number, cells)
                if title == earlier_decisions.PLAN.title:
                    self._keep(_by_header(cells, headers))

    def comments(self, book: Any, sheet: Any) -> None:
        """Read the comments of a sheet: an audit writes none."""
        from openpyxl.comments.comment_sheet import CommentSheet
        from openpyxl.packaging.relationship import get_dependents, get_rels_path
        from openpyxl.xml.functions import fromstring

        archive = book._archive
        relations = get_rels_path(sheet._worksheet_path)  # type: ignore[no-untyped-call]
        if relations not in archive.namelist():
            return
        for relation in get_dependents(archive, relations):
            if relation.Type.endswith("/comments"):
                written: Any = CommentSheet.from_tree(fromstring(archive.read(relation.target)))
                for cell, comment in written.comments:
                    self._add(f"{self.name} · {sheet.title} · {cell}", f"Comment: {comment.text}")

    def drawings(self, book: Any) -> None:
        """Note the drawings and pictures: an audit writes none."""
        archive = book._archive
        drawings = filter(_DRAWING.fullmatch, archive.namelist())
        if any(_DRAWN in archive.read(name) for name in drawings):
            self._add(f"{self.name} · drawings · all", "Drawings or pictures; keep this file.")

    def result(self) -> Filled:
        """All of it."""
        return Filled(
            self.name,
            tuple(self.worklist),
            tuple(self.kept),
            tuple(self.elsewhere),
            self.sealed.missing if self.sealed else 0,
            self.sealed is not None,
        )

    def _compare(self, place: str, number: int, cells: Cells) -> None:
        """Keep what of a row was not written by an audit: the cells after it, or all of it."""
        if self.sealed is None or self.sealed.is_ours(cells):
            return
        ours = next((n for n in range(len(cells) - 1, 0, -1) if self.sealed.is_ours(cells[:n])), 0)
        typed = cells[ours:]
        address = f"{_letter(typed[0][0])}{number}" if len(typed) == 1 else f"row {number}"
        self._add(f"{place} · {address}", _words(typed))

    def _add(self, place: str, text: str) -> None:
        for at in range(0, len(text), _LONGEST):
            self.elsewhere.append(Elsewhere(place, text[at : at + _LONGEST]))

    def _keep(self, row: Mapping[str, object]) -> None:
        state, place = _text(row, "What became of it"), _text(row, "Where it stood")
        if state == earlier_decisions.ELSEWHERE:
            self.elsewhere.append(Elsewhere(place, _text(row, "Typed elsewhere")))
        else:
            self.kept.append(_decided(row, place, state))


def _headers(cells: Cells) -> dict[int, str]:
    """Each header with its column; of two that are called alike the first."""
    columns: dict[str, int] = {}
    for column, value in cells:
        columns.setdefault(str(value), column)
    return {column: header for header, column in columns.items()}


def _by_header(cells: Cells, headers: Mapping[int, str]) -> dict[str, object]:
    return {headers[column]: value for column, value in cells if column in headers}


def _decided(row: Mapping[str, object], place: str, state: str = "") -> Decided:
    told = Told(
        _text(row, "Result"),
        _text(row, "Check"),
        _text(row, "Encounter"),
        _text(row, "Finding in words"),
        _text(row, "Evidence"),
    )
    typed = {header: _typed(row[header]) for header in row if header in _ASKED}
    return Decided(place, _text(row, "Finding"), told, typed, state)


def _text(row: Mapping[str, object], header: str) -> str:
    return str(row.get(header, ""))


def _typed(value: object) -> Typed:
    """A cell's value as it is kept: a day without its midnight, what is rare as text."""
    if isinstance(value, datetime) and value == datetime(value.year, value.month, value.day):
        return value.date()
    if isinstance(value, str | int | float | Decimal | date) and not isinstance(value, bool):
        return value
    return str(value)


def _words(cells: Cells) -> str:
    if len(cells) == 1:
        return str(_typed(cells[0][1]))
    return "; ".join(f"{_letter(column)}: {_typed(value)}" for column, value in cells)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)
