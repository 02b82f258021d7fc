"""The rows to mend: a workbook of its own, which goes back into the next audit once filled in.

Each sheet has the rows of one sheet of the export that could not be used, or not in whole, under
its headers and their letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from auditor.load.ledger import MEND_COLUMNS, Fault, ToMend, ToMendSheet
from auditor.report.errors import DecisionsError
from auditor.report.protect import opened
from auditor.report.text import sentence_case
from auditor.report.workbook.column import Column, Plan
from auditor.report.workbook.seal import TITLE as SEAL
from auditor.report.workbook.seal import Seal, Sealed
from auditor.report.workbook.sheet import Sheet
from auditor.report.workbook.styles import new_workbook

_HOW = Plan("How to mend", "", widths=(100,))
_STEPS = (
    "Each sheet has the rows of one of your sheets of which a cell could not be used, as they are "
    "there: rejected rows, and rows that are used without the cell.",
    "Correct the yellow cells, and others where they are wrong; “What is wrong” says why. Leave a "
    "row as it is where nobody knows better: it stays as it was.",
    "Save, and run the audit again on the same files, with --mended and the name of this workbook.",
    "A mended row then takes the place of its own, which the audit lists as superseded. What is "
    "still wrong comes back in a new list, beside what is mended, so that the last list has all.",
    "Mend the export itself as well: a later export that has the row right needs no list.",
)
_NO_TITLE = re.compile(r"[\\/*?:\[\]\x00-\x1f']")
_LONGEST_TITLE = 31


def write_rows_to_mend(target: IO[bytes], sheets: Sequence[ToMendSheet]) -> None:
    """Write the workbook; the letters of the headers are those of the export."""
    book = new_workbook()
    seal = Seal(book)
    how = Sheet(book, _HOW, seal)
    for step in _STEPS:
        how.line((step, "sentence"))
    taken = {_HOW.title.casefold(), SEAL.casefold()}
    for one in sheets:
        columns = _columns(one)
        title = _title(one.sheet or one.file, taken)
        sheet = Sheet(book, Plan(title, "", columns, fixed=len(MEND_COLUMNS)), seal)
        sheet.sheet.column_dimensions["E"].hidden = True  # the seal is for the program
        sheet.fill(one.rows)
    seal.close()
    book.save(target)


def was_typed_into(path: Path, password: str | None) -> bool:
    """Whether a person has changed the workbook; DecisionsError where that cannot be told."""
    from openpyxl import load_workbook

    try:
        with opened(path, password) as file, closing(load_workbook(file, read_only=True)) as book:
            return _is_touched(book)
    except (DecisionsError, OSError):
        raise
    except Exception:  # openpyxl raises whatever a damaged file makes it raise
        raise DecisionsError(f"{path} is damaged: it cannot be read to its end.") from None


def _is_touched(book: Any) -> bool:
    sealed = Sealed(str(row[0]) for row in book[SEAL].iter_rows(values_only=True))
    for sheet in (one for one in book.worksheets if one.title != SEAL):
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = list(enumerate(row, start=1))
            split = len(cells) if number == 1 or sheet.title == _HOW.title else len(MEND_COLUMNS)
            if not (sealed.is_ours(cells[:split]) and sealed.is_ours(cells[split:])):
                return True
    return sealed.missing > 0


def _columns(sheet: ToMendSheet) -> tuple[Column[ToMend], ...]:
    file, name, row, wrong, seal = MEND_COLUMNS
    return (
        Column(file, "", 20, lambda _: sheet.file, "wrap"),
        Column(name, "", 16, lambda _: sheet.sheet, "wrap"),
        Column(row, "", 8, lambda r: r.row),
        Column(wrong, "", 48, lambda r: "\n".join(_words(r.faults)), "wrap"),
        Column(seal, "", 20, lambda r: r.seal),
        *(_column(number, header) for number, header in sheet.headers.items()),
    )


def _column(number: int, header: str) -> Column[ToMend]:
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(number + 1)
    return Column(
        f"{letter}: {header}",
        "",
        20,
        lambda r: r.cells.get(number),
        "open text",
        mark=lambda r: (
            "open text fault" if any(fault.column == letter for fault in r.faults) else None
        ),
    )


def _words(faults: Sequence[Fault]) -> Iterator[str]:
    """What is wrong, a line for each cell."""
    for fault in faults:
        where = f"{fault.column}: " if fault.column else ""
        remedy = f" {sentence_case(fault.remedy)}." if fault.remedy else ""
        yield f"{where}{fault.reason}.{remedy}"
    if not faults:
        yield "Mended: nothing is wrong with it any more."


def _title(name: str, taken: set[str]) -> str:
    """A title that Excel takes and no other sheet has."""
    plain = _NO_TITLE.sub(" ", name).strip() or "Rows"
    number, title = 1, plain[:_LONGEST_TITLE]
    while title.casefold() in taken:
        number += 1
        ending = f" ({number})"
        title = plain[: _LONGEST_TITLE - len(ending)] + ending
    taken.add(title.casefold())
    return title
