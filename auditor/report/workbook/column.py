"""What a sheet is made of: its columns, its plan, and links to its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from auditor.report.rate import Rate

Value = str | int | float | Decimal | date | datetime | None
Row = TypeVar("Row")

LETTER, LEGAL = 1, 5  # Excel's numbers of paper sizes
SEVERITY_STYLES = {"high": "grave", "medium": "caution"}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a sheet.

    ``meaning`` is what the dictionary says of it, ``width`` in characters, ``style`` one of
    those of ``styles.py``.  ``mark`` may answer another style for a row, ``link`` a place
    in the workbook.  ``choices`` make a drop-down.
    """

    header: str
    meaning: str
    width: float
    value: Callable[[Row], Value]
    style: str = "text"
    mark: Callable[[Row], str | None] | None = None
    link: Callable[[Row], str | None] | None = None
    choices: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a person fills it in."""
        return self.style.startswith("open")


@dataclass(frozen=True, slots=True)
class Plan:
    """One sheet before it is written: what it is called and tells, its columns, its paper.

    ``columns`` are what the dictionary explains, of which the first ``fixed`` stay in view;
    ``pages_wide`` says over how many pages a row may run on paper.  ``widths``, in characters, are
    those of the columns unless stated; ``nothing`` is what a sheet without a row says.
    """

    title: str
    meaning: str
    columns: tuple[Column[Any], ...] = ()
    paper: int = LETTER
    pages_wide: int = 1
    fixed: int = 1
    widths: tuple[float, ...] = ()
    nothing: str = ""

    @property
    def column_widths(self) -> tuple[float, ...]:
        """The widths in force."""
        return self.widths or tuple(column.width for column in self.columns)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the rows stand that a number counts, and formulas that count it and its total again."""

    target: str
    hits: str
    total: str


def place(title: str, row: int) -> str:
    """The address of a row of a sheet, for a link."""
    return f"'{title}'!A{row}"


def share(rate: Rate) -> Value:
    """The share as a number, or why there is none."""
    return rate.share_words if rate.share is None else rate.share
