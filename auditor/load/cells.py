"""Columns of cells, each distinct text once.

Cells are cleaned and later read by their distinct texts: a column of a million cells has a few
thousand of them, and only those are looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from auditor.load.read import RawSheet
from auditor.load.vocabulary import words

if TYPE_CHECKING:
    import pandas as pd

Rows = np.ndarray[Any, np.dtype[np.intp]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Codes = np.ndarray[Any, np.dtype[np.int32]]
Objects = np.ndarray[Any, np.dtype[np.object_]]

# What is no sign, control characters too: some would steer the terminal that shows them.
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00a0\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Values:
    """What was read of a column: each cell is the place of its value in ``distinct``."""

    codes: Codes
    distinct: Objects

    @classmethod
    def of(cls, values: Sequence[object]) -> Values:
        """A column of values that are not looked at."""
        distinct = np.empty(len(values) + 1, dtype=object)
        distinct[: len(values)] = values
        return cls(np.arange(len(values), dtype=np.int32), distinct)

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.codes)

    def __getitem__(self, row: int) -> object:
        """The value of one cell."""
        return self.distinct[int(self.codes[row])]

    def tolist(self) -> list[Any]:
        """The value of each cell."""
        values: list[Any] = self.distinct[self.codes].tolist()
        return values

    def where(self, holds: Callable[[object], bool]) -> Mask:
        """The rows whose value satisfies ``holds``."""
        chosen = np.zeros(len(self.distinct), dtype=bool)
        chosen[self._present] = [holds(value) for value in self.present]
        return chosen[self.codes]

    @property
    def present(self) -> Objects:
        """The values that occur, each once."""
        return self.distinct[self._present]

    @property
    def _present(self) -> Rows:
        return np.unique(self.codes % len(self.distinct))

    def blanked(self, rows: Sequence[int] | Mask) -> Values:
        """The same values, ``None`` in some rows."""
        codes = self.codes.copy()
        codes[rows] = len(self.distinct)
        distinct = np.empty(len(self.distinct) + 1, dtype=object)
        distinct[:-1] = self.distinct
        return Values(codes, distinct)

    def take(self, rows: Rows) -> Values:
        """The values of some rows."""
        return Values(self.codes[rows], self.distinct)

    def __reduce__(self) -> tuple[Any, ...]:
        """Nothing is sent that no cell has."""
        present, codes = np.unique(self.codes % len(self.distinct), return_inverse=True)
        return Values, (codes.astype(np.int32), self.distinct[present])


@dataclass(frozen=True, slots=True)
class Cells:
    """One column: each cell is the place of its text in ``texts``, whose last entry is blank."""

    codes: Codes
    texts: tuple[str | None, ...]

    def at(self, row: int) -> str | None:
        """The text of one cell, ``None`` where it is blank."""
        return self.texts[int(self.codes[row])]

    def take(self, rows: Rows) -> Cells:
        """The cells of some rows."""
        return Cells(self.codes[rows], self.texts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Nothing is sent that no cell has."""
        present, codes = np.unique(self.codes % len(self.texts), return_inverse=True)
        texts = (*(self.texts[code] for code in present.tolist()), None)
        return Cells, (codes.astype(np.int32), texts)

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """The rows whose text satisfies ``holds``."""
        return np.array([text is not None and holds(text) for text in self.texts])[self.codes]

    @property
    def blank(self) -> Mask:
        """The rows in which the cell says nothing."""
        return np.array([text is None for text in self.texts])[self.codes]

    def with_texts(self, texts: Mapping[int, str | None]) -> Cells:
        """The cells with other texts in some rows."""
        codes = self.codes.copy()
        last = len(self.texts) - 1  # what -1 means too
        codes[codes == last] = -1
        codes[list(texts)] = [-1 if t is None else last + n for n, t in enumerate(texts.values())]
        return Cells(codes, (*self.texts[:-1], *texts.values(), None))

    def read(self, reader: Callable[[str], object]) -> Values:
        """What ``reader`` makes of each cell, ``None`` of blank ones; each text is read once."""
        values = np.empty(len(self.texts), dtype=object)
        for code in np.flatnonzero(self._present).tolist():
            text = self.texts[code]
            values[code] = None if text is None else reader(text)
        return Values(self.codes, values)

    def map(self, change: Callable[[str], str]) -> Cells:
        """The same cells with each text changed."""
        return Cells(self.codes, tuple(None if t is None else change(t) for t in self.texts))

    def distinct(self, most: int | None = None) -> list[str]:
        """The texts that occur, in order of first occurrence; ``most`` of them are enough."""
        present = np.flatnonzero(self._present)
        in_order = present[np.argsort(self._first[present], kind="stable")].tolist()
        return list(islice((t for t in map(self.texts.__getitem__, in_order) if t), most))

    @property
    def _present(self) -> Mask:
        """By text, whether it occurs."""
        present = np.zeros(len(self.texts), dtype=bool)
        present[self.codes] = True
        return present

    @property
    def _first(self) -> Rows:
        """By text, the row in which it occurs first."""
        first = np.zeros(len(self.texts), dtype=np.intp)
        first[self.codes[::-1]] = np.arange(len(self.codes) - 1, -1, -1)  # the last one said stands
        return first


Column = TypeVar("Column", Cells, Values)


def cells_of(raw: RawSheet) -> dict[int, Cells]:
    """The columns of a sheet by their number, cleaned, merged cells filled down, rows mended."""
    columns = dict(raw.coded) or {int(n): _coded(raw.cells[n]) for n in raw.cells.columns}
    for top, bottom, number in raw.merged:
        if number in columns and top < len(columns[number].codes):
            codes = columns[number].codes
            codes[top + 1 : bottom + 1] = codes[top]
    for number in columns if raw.mended else ():
        mended = {row: one.cells for row, one in raw.mended.items() if number in one.cells}
        if mended:
            texts = {row: cells[number] for row, cells in mended.items()}
            columns[number] = columns[number].with_texts(texts)
    return columns


def _coded(series: pd.Series[str]) -> Cells:
    import pandas as pd

    codes, texts = pd.factorize(series)
    # -1, the code of a missing cell, is also the place of the last text
    return Cells(codes.astype(np.int32), (*map(clean, texts.tolist()), None))


def clean(text: str) -> str | None:
    """The text without stray spaces; ``None`` for a word that says that nothing is known."""
    plain = text.isascii() and text.isprintable() and "  " not in text
    tidy = (text if plain else _SPACES.sub(" ", text)).strip()
    return None if tidy.casefold() in words().missing else tidy


def joined(
    one: Cells, other: Cells, combine: Callable[[str | None, str | None], str | None]
) -> Cells:
    """Two columns as one: each distinct pair of texts is combined once."""
    width = len(other.texts)
    places = one.codes.astype(np.int64) % len(one.texts) * width + other.codes % width
    pairs, codes = np.unique(places, return_inverse=True)
    texts = [combine(one.texts[pair // width], other.texts[pair % width]) for pair in pairs]
    return Cells(codes.astype(np.int32), (*texts, None))


def taken(columns: Mapping[str, Column], rows: Rows, shared: dict[int, Codes]) -> dict[str, Column]:
    """Some rows of columns; those that share their places, by ``shared``, go on sharing them."""
    for column in columns.values():
        if id(column.codes) not in shared:
            shared[id(column.codes)] = column.codes[rows]
    return {name: replace(c, codes=shared[id(c.codes)]) for name, c in columns.items()}
