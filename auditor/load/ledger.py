"""The row ledger: what became of every data row of every sheet.

A row ends as used, superseded (by which row) or rejected (with the cell and the reason), and the
three add up to the rows read.  Values of cells stand in the ledger only, which is an output; the
problem sentences also reach the terminal and name cells, headers and counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Disposition = Literal["superseded", "rejected"]


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """One sheet by its counts; ``columns`` maps each recognised header to the field it states.

    ``kind`` is ``None`` for a sheet that was not recognised or is to be ignored; such a sheet is
    not read.
    """

    file: str
    sheet: str | None
    kind: str | None
    rows_read: int = 0
    used: int = 0
    superseded: int = 0
    rejected: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)

    def less(self, superseded: int, rejected: int) -> LedgerSheet:
        """The counts once further rows turn out to be superseded or rejected."""
        return replace(
            self,
            used=self.used - superseded - rejected,
            superseded=self.superseded + superseded,
            rejected=self.rejected + rejected,
        )


class Fault(NamedTuple):
    """One cell because of which a row cannot be used; ``column`` is its letter, if one decides."""

    column: str | None
    value: str | None
    reason: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row that was not used: its cell, the value as shown, why, and what would mend it.

    ``others`` are its further faults; ``mendable`` says whether other cells would make it usable.
    """

    file: str
    sheet: str | None
    row: int
    column: str | None
    value: str | None
    disposition: Disposition
    reason: str
    remedy: str | None = None
    others: tuple[Fault, ...] = ()
    mendable: bool = False

    @property
    def fault(self) -> Fault:
        """What is wrong with the row first of all."""
        return Fault(self.column, self.value, self.reason, self.remedy)


@dataclass(frozen=True, slots=True)
class ToMend:
    """One row of a sheet for a person to mend, with what is wrong, if anything still is.

    ``cells`` are by column number; ``seal`` tells the row as the export has it from any other;
    the columns of ``faults`` are letters of the export.
    """

    row: int
    cells: Mapping[int, str | None]
    seal: str
    faults: tuple[Fault, ...] = ()


MOST_TO_MEND = 5_000  # rows of one sheet: who has more mends the export
MEND_COLUMNS = ("File", "Sheet", "Row", "What is wrong", "Seal")  # before the cells of the export


@dataclass(frozen=True, slots=True)
class ToMendSheet:
    """The rows of one table to be mended, below the headers of the export by column number.

    ``more`` rows of the same table are not in the list.
    """

    file: str
    sheet: str | None
    headers: Mapping[int, str]
    rows: tuple[ToMend, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Orphan:
    """An encounter that only the claim or only the record knows; ``cell`` is its first place."""

    encounter_id: str
    missing: str
    cell: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Sheets in the order read, rows not used by sheet and row, and the problems in sentences.

    ``joined`` counts the encounters that have both claim lines and administrations; ``to_mend`` has
    the rows that other cells would make usable, or usable in whole, and those that somebody mended.
    """

    sheets: tuple[LedgerSheet, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    problems: tuple[str, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    joined: int | None = None
    to_mend: tuple[ToMendSheet, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Why the files were not audited as asked: a sheet refused, or nothing in common."""
        refused = [
            f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file
            for sheet in self.sheets
            if sheet.kind is not None and sheet.rejected and not sheet.used
        ]
        reasons = [f"no row of {name} could be used" for name in refused]
        if self.joined == 0:
            reasons.append("no claim line and administration share an encounter")
        return tuple(reasons)


def counted(number: int, one: str, several: str | None = None) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


class Problems:
    """The sentences for the user, in the order in which they arose; equal ones are counted."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self._counted: dict[tuple[str, str], tuple[int, int, str]] = {}

    def say(self, sentence: str) -> None:
        """One whole sentence."""
        self._counted.setdefault((sentence, ""), (1, 0, ""))

    def count(self, where: str, what: str, cell: str, times: int = 1, row: int = 0) -> None:
        """Something that happened to cells of a sheet, in words that fit one and many.

        The cell of the first ``row`` is told, without rows the cell that was named first.
        """
        number, first_row, first = self._counted.get((where, what), (0, row, cell))
        if row < first_row:
            first_row, first = row, cell
        self._counted[where, what] = (number + times, first_row, first)

    def include(self, parts: Iterable[Problems], sheets: Sequence[str]) -> None:
        """Add what is said of parts of the rows, by sheet and row: the same however they lie."""
        both = Problems()
        for part in parts:
            for (where, what), (number, row, cell) in part._counted.items():
                both.count(where, what, cell, number, row)
        places = {name: place for place, name in reversed(list(enumerate(sheets)))}
        for (where, what), (number, row, cell) in sorted(
            both._counted.items(), key=lambda one: (places.get(one[0][0], -1), one[1][1], one[0])
        ):
            self.count(where, what, cell, number, row)

    def follow(self, others: Iterable[Problems]) -> None:
        """Add what was said afterwards, one after the other."""
        for one in others:
            for (where, what), (number, row, cell) in one._counted.items():
                self.count(where, what, cell, number, row) if what else self.say(where)

    def sentences(self) -> tuple[str, ...]:
        """Every sentence, the counted ones with their number and their first cell."""
        return tuple(
            f"{where}: {what} ({number:,} in all, first at {cell})." if what else where
            for (where, what), (number, _, cell) in self._counted.items()
        )


class Tally:
    """The fates of the rows of one table while they are decided; the first fate stands."""

    def __init__(self, file: str, sheet: str | None) -> None:
        """No row has been read."""
        self.file = file
        self.sheet = sheet
        self.kind: str | None = None
        self.rows_read = 0
        self.columns: dict[str, str] = {}
        self._fates: dict[int, LedgerRow] = {}
        self._others: dict[int, list[Fault]] = {}
        self._left_out: dict[int, list[Fault]] = {}

    def of_a_part(self) -> Tally:
        """A tally for some rows of the same table."""
        part = Tally(self.file, self.sheet)
        part.kind, part.columns = self.kind, self.columns
        return part

    def include(self, part: Tally) -> None:
        """Add the fates of some rows."""
        for row, fate in part._fates.items():
            self._fates.setdefault(row, fate)
        self._others.update(part._others)

    @property
    def name(self) -> str:
        """File and sheet, as a source prints them."""
        return f"{self.file} · {self.sheet}" if self.sheet else self.file

    def is_used(self, row: int) -> bool:
        """Whether nothing has been said against the row."""
        return row not in self._fates

    def reject(
        self,
        row: int,
        column: str | None,
        value: str | None,
        reason: str,
        remedy: str | None,
        *,
        mendable: bool = False,
    ) -> None:
        """The row cannot be used, because of the cell in ``column``."""
        fate = LedgerRow(
            *(self.file, self.sheet, row, column, value, "rejected", reason, remedy),
            mendable=mendable,
        )
        first = self._fates.setdefault(row, fate)
        if first is not fate and first.disposition == "rejected":
            self._others.setdefault(row, []).append(Fault(column, value, reason, remedy))

    def leave_out(self, row: int, fault: Fault) -> None:
        """The row is used without one of its cells, which cannot be read."""
        if row in self._left_out or len(self._left_out) < MOST_TO_MEND:
            self._left_out.setdefault(row, []).append(fault)

    @property
    def mendable(self) -> set[int]:
        """The rejected rows that other cells would make usable."""
        return {row for row, fate in self._fates.items() if fate.mendable}

    def faults(self, row: int) -> tuple[Fault, ...]:
        """What is wrong with the cells of a row."""
        fate = self._fates.get(row)
        first = (fate.fault,) if fate and fate.disposition == "rejected" else ()
        return *first, *self._others.get(row, ()), *self._left_out.get(row, ())

    def supersede(
        self,
        row: int,
        reason: str,
        column: str | None = None,
        value: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Another row, which ``reason`` names, takes the place of this one."""
        fate = LedgerRow(self.file, self.sheet, row, column, value, "superseded", reason, remedy)
        self._fates.setdefault(row, fate)

    def rows(self) -> list[LedgerRow]:
        """The rows not used, from top to bottom."""
        for row, others in self._others.items():
            self._fates[row] = replace(self._fates[row], others=tuple(others))
        return [self._fates[row] for row in sorted(self._fates)]

    @property
    def not_used(self) -> tuple[int, int]:
        """How many rows are superseded and how many rejected."""
        rejected = sum(fate.disposition == "rejected" for fate in self._fates.values())
        return len(self._fates) - rejected, rejected

    def close(self) -> LedgerSheet:
        """The counts; every row read has exactly one fate."""
        superseded, rejected = self.not_used
        used = self.rows_read - rejected - superseded
        assert used >= 0, f"{self.name}: more fates than rows"
        return LedgerSheet(
            self.file,
            self.sheet,
            self.kind,
            self.rows_read,
            used,
            superseded,
            rejected,
            dict(self.columns),
        )
