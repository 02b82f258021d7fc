"""Rows as the reader of a standard finds them → a sheet like those of a spreadsheet."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from auditor.load.columns import Match, Reading
from auditor.load.header import Table
from auditor.load.layout import Layout, Left
from auditor.load.ledger import Tally
from auditor.load.read import RawSheet
from auditor.load.vocabulary import kinds


@cache
def standards() -> Mapping[str, Any]:
    """The tables of ``standards.toml``."""
    text = files("auditor.load").joinpath("standards.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class Grid:
    """The rows of one kind in one file, each with the number of its segment, line or entry."""

    def __init__(self, kind: str, places: Mapping[str, str]) -> None:
        """No row yet; ``places`` says of each field in which element the standard has it."""
        self.kind = kind
        self.left: dict[int, Left] = {}
        self.numbers: list[int] = []
        self._places = places
        self._cells: dict[str, list[str | None]] = {name: [] for name in places}

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def add(self, number: int, told: Mapping[str, str | None]) -> int:
        """One row with what it tells by field; its place among the rows."""
        self.numbers.append(number)
        for name, column in self._cells.items():
            column.append(told.get(name))
        return len(self.numbers) - 1

    def leave(self, row: int, left: Left) -> None:
        """A row is not to be used; the first reason stands."""
        self.left.setdefault(row, left)

    def sheet(self, file: str, name: str) -> RawSheet:
        """The rows as a sheet; a column in which no row says anything is not there.

        Otherwise a blank would count as one that nobody filled in.
        """
        import pandas as pd

        stated = {name for name, column in self._cells.items() if any(column)}
        for group in kinds()[self.kind].requires:  # what a kind cannot do without is missed by row
            known = [name for name in group if name in self._cells]
            stated |= set() if stated & set(known) else set(known[:1])
        kept = [name for name in self._cells if name in stated]
        cells = pd.DataFrame(
            {place: pd.Series(self._cells[name], dtype=object) for place, name in enumerate(kept)}
        )
        headers = {place: f"{self._places[name]} {name}" for place, name in enumerate(kept)}
        layout = Layout(self.kind, dict(enumerate(kept)), headers, self.numbers, self.left)
        return RawSheet(file, name, cells, layout=layout)


def laid_out(layout: Layout) -> tuple[Table, Reading]:
    """The one table of a sheet that says itself what its columns are, and how it is read."""
    current = [row for row in range(len(layout.numbers)) if not _is_superseded(layout, row)]
    none = np.array([], np.intp)
    kind = kinds()[layout.kind]
    matches = {place: Match(kind.fields[name], 1.0) for place, name in layout.fields.items()}
    table = Table(0, layout.headers, np.array(current, np.intp), none, none)
    return table, Reading(kind, 1.0, matches)


def supersede(layout: Layout, tally: Tally) -> None:
    """Give the rows in whose place the file itself puts another one their fate."""
    for row, left in layout.left.items():
        if left.disposition == "superseded":
            tally.rows_read += 1
            tally.supersede(layout.numbers[row], left.reason)


def _is_superseded(layout: Layout, row: int) -> bool:
    return row in layout.left and layout.left[row].disposition == "superseded"
