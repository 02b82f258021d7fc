"""Where on a sheet the header stands, and which rows below it are records.

A header row is one whose cells are names of fields.  Titles above it are no data; below it, the
same header again (one a page), page titles and footers are told apart from records, and a further
header after a blank row begins another table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from auditor.load.cells import Cells, Mask, Rows
from auditor.load.vocabulary import words

_SEARCHED = 100  # rows from the top within which the first header must stand
_CERTAIN = 12  # names that make a header of a row, however many other cells it has
_TITLES = 3  # rows between a blank row and the header of a further table


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a sheet; rows count from 0.

    ``headers`` are the texts by column number, ``header`` the last row of the header, ``records``
    the rows of data, ``repeats`` those that say the header again, ``closings`` footers and page
    titles.
    """

    header: int
    headers: Mapping[int, str]
    records: Rows
    repeats: Rows
    closings: Rows


def tables_of(columns: Mapping[int, Cells], is_name: Callable[[str], bool]) -> list[Table]:
    """The tables of a sheet from top to bottom; none where no row looks like a header."""
    if not columns:
        return []
    blank = np.logical_and.reduce([cells.blank for cells in columns.values()])
    filled = np.flatnonzero(~blank)
    after_blank = [row for row in filled.tolist() if blank[max(0, row - _TITLES) : row].any()]
    first = _first_header(columns, filled[:_SEARCHED].tolist(), is_name)
    if first is None:
        return []
    tops = [first]
    for row in (row for row in after_blank if row > tops[0]):
        texts = _row(columns, row)
        if texts != _row(columns, tops[-1]) and _is_header(texts, is_name, least=3, share=0.6):
            tops.append(int(row))
    ends = [*tops[1:], len(blank)]
    above = [*range(tops[0]), *(row for top in tops[1:] for row in range(top - _TITLES, top))]
    titles = {text for row in above for text in _row(columns, row).values()}
    return [
        _table(columns, top, filled[(filled > top) & (filled < end)], is_name, titles)
        for top, end in zip(tops, ends, strict=True)
    ]


def _first_header(
    columns: Mapping[int, Cells], rows: list[int], is_name: Callable[[str], bool]
) -> int | None:
    """The first row of names, or a fuller one close below it: filters above a table name fields."""
    texts = {row: _row(columns, row) for row in rows}
    for place, row in enumerate(rows):
        if _is_header(texts[row], is_name, least=2, share=0.3):
            below = [r for r in rows[place : place + _TITLES] if len(texts[r]) >= len(texts[row])]
            return max(below, key=lambda r: sum(map(is_name, texts[r].values())))
    return None


def _row(columns: Mapping[int, Cells], row: int) -> dict[int, str]:
    """The texts of one row by column number."""
    texts = {number: cells.at(row) for number, cells in columns.items()}
    return {number: text for number, text in texts.items() if text is not None}


def _is_header(
    texts: Mapping[int, str], is_name: Callable[[str], bool], least: int, share: float
) -> bool:
    named = sum(map(is_name, texts.values()))
    return named >= least and named >= min(_CERTAIN, share * len(texts))


def _table(
    columns: Mapping[int, Cells],
    top: int,
    below: Rows,
    is_name: Callable[[str], bool],
    titles: set[str],
) -> Table:
    headers = _row(columns, top)
    header = top
    if len(below) and below[0] == top + 1:
        second = _row(columns, top + 1)
        if len(second) >= 2 and all(map(is_name, second.values())):
            headers = _two_rows(headers, second, columns, is_name)
            header, below = top + 1, below[1:]
    if header == top and top > 0:
        above = _row(columns, top - 1)
        if len(above) >= 2:
            headers = _two_rows(above, headers, columns, is_name)
            top -= 1
    repeats = _repeats(columns, headers, top, header, below)
    closings = _closings(columns, below, titles) & ~repeats
    return Table(header, headers, below[~repeats & ~closings], below[repeats], below[closings])


def _two_rows(
    upper: Mapping[int, str],
    lower: Mapping[int, str],
    columns: Mapping[int, Cells],
    is_name: Callable[[str], bool],
) -> dict[int, str]:
    """One header of two rows: the lower text, with the group above it where that names a field."""
    headers = {}
    group = ""
    for number in sorted(columns):
        group = upper.get(number, group if number in lower else "")
        own = lower.get(number)
        if own is None:
            if group:
                headers[number] = group
            continue
        both = f"{group} {own}".strip()
        headers[number] = both if is_name(both) else own
    return headers


def _repeats(
    columns: Mapping[int, Cells], headers: Mapping[int, str], top: int, header: int, below: Rows
) -> Mask:
    """The rows below that say most of the header again, either row of it."""
    repeated = np.zeros(len(below), dtype=bool)
    for row in {top, header}:
        texts = _row(columns, row)
        same = np.zeros(len(below), dtype=int)
        for number, text in texts.items():
            same += columns[number].where(lambda cell, text=text: cell == text)[below]  # type: ignore[misc]
        repeated |= same >= max(2, 0.6 * len(texts))
    return repeated


def _closings(columns: Mapping[int, Cells], below: Rows, titles: set[str]) -> Mask:
    """Rows with little in them that begin as a total, page number or page title does."""
    filled = np.sum([~cells.blank[below] for cells in columns.values()], axis=0)
    closing = np.zeros(len(below), dtype=bool)
    for place in np.flatnonzero(filled <= max(2, len(columns) // 3)):
        texts = list(_row(columns, below[place]).values())
        title = len(texts) == 1 and texts[0] in titles
        closing[place] = title or bool(_footer().match(texts[0]))
    return closing


@cache
def _footer() -> re.Pattern[str]:
    begins = "|".join(re.escape(word) for word in words().footers)
    return re.compile(rf"\W*(?:{begins})(?!\w)", re.IGNORECASE)
