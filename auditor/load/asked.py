"""The encounter numbers of a list: a text file, or a column of a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from auditor.load.cells import Cells, cells_of
from auditor.load.errors import InputError
from auditor.load.read import RawSheet, UnreadableFile, column_letter, read_file
from auditor.load.values import identifier
from auditor.load.vocabulary import key, kinds


class Asked(NamedTuple):
    """One encounter number as it was asked for; ``where`` leads to it without showing it."""

    number: str
    where: str


def asked_in(path: Path) -> list[Asked]:
    """The numbers of a list: the column that is headed as one, else the only column.

    InputError where the file cannot be read, or where no column tells.
    """
    try:
        sheets = read_file(path)
    except UnreadableFile as error:
        raise InputError([str(error)]) from None
    asked = [one for raw in sheets for one in _of_sheet(raw)]
    if not asked:
        raise InputError(
            [
                f"{path.name}: has no column of encounter numbers; head one “Encounter”, or leave "
                "no other column."
            ]
        )
    return asked


def _of_sheet(raw: RawSheet) -> list[Asked]:
    names = {key(name) for name in kinds()["encounter"].fields["encounter_id"].names}
    columns = {n: cells for n, cells in cells_of(raw).items() if not cells.blank.all()}
    for number, cells in columns.items():
        for row in range(len(cells.codes)):
            text = cells.at(row)
            if text is not None and key(text) in names:
                return _below(raw, number, cells, row + 1)
    if len(columns) != 1:
        return []
    ((number, cells),) = columns.items()
    return _below(raw, number, cells, 0)


def _below(raw: RawSheet, number: int, cells: Cells, first: int) -> list[Asked]:
    sheet = f"{raw.file} · {raw.sheet}" if raw.sheet else raw.file
    asked = []
    for row in range(first, len(cells.codes)):
        text = cells.at(row)
        stated = identifier(text) if text is not None else None
        if isinstance(stated, str):
            asked.append(Asked(stated, f"{sheet} · {column_letter(number)}{row + 1}"))
    return asked
