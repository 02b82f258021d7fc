"""What was written into a workbook, so that whatever somebody types later can be told from it.

A hidden sheet keeps a digest of every row.  A digest does not depend on where its row stands: to
sort or to filter is not to type.  It forgives what a spreadsheet program changes when it saves:
spaces, the last digits of a number, how a formula of ours is spelt.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook

TITLE = "Seal"
_BYTES = 6  # of a digest: among a million rows, one changed cell in 280 million goes unseen
_IN_A_CELL = 3_600  # digests, eight letters each; Excel holds 32,767 letters in a cell
_HALF_A_SECOND = timedelta(milliseconds=500)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how Excel may write a character


def canonical(value: object) -> str:
    """A cell's value as the seal compares it; nothing for an empty cell."""
    if isinstance(value, str):  # most cells, so first
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
        if text.startswith("="):
            text = text.replace("$", "").replace("'", "")
        return " ".join(text.split())
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float() | Decimal():
            return f"{float(value):.12g}"
        case datetime():
            return f"{value + _HALF_A_SECOND:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d} 00:00:00"
    return str(value)


def digest(cells: Iterable[tuple[int, object]]) -> bytes | None:
    """The digest of a row's cells with their columns; ``None`` where all are empty."""
    row = "".join(
        [
            f"{column}\x1e{text}\x1f"
            for column, value in cells
            if value is not None and (text := canonical(value))
        ]
    )
    return blake2b(row.encode("utf-8", "replace"), digest_size=_BYTES).digest() if row else None


class Seal:
    """The digests of the rows that are being written, streamed to a sheet that nobody sees."""

    def __init__(self, book: Workbook) -> None:
        """Nothing is sealed yet; the sheet comes after those that the workbook has by then."""
        self.book = book
        self.sheet: Any = None
        self.waiting: list[bytes] = []

    def add(self, cells: Iterable[tuple[int, object]]) -> None:
        """One row, or the part of it that people fill in."""
        made = digest(cells)
        if made is not None:
            self.waiting.append(made)
        if len(self.waiting) == _IN_A_CELL:
            self.close()

    def close(self) -> None:
        """Write down what waits, at the latest before the workbook is saved."""
        if self.sheet is None:
            self.sheet = self.book.create_sheet(TITLE)
            self.sheet.sheet_state = "veryHidden"
        if self.waiting:
            self.sheet.append([b64encode(b"".join(self.waiting)).decode()])
            self.waiting.clear()


class Sealed:
    """The rows of an earlier workbook, met one by one, beside its seal."""

    def __init__(self, cells: Iterable[str]) -> None:
        """``cells`` are those of the hidden sheet."""
        self.expected = Counter(_digests(cells))

    def is_ours(self, cells: Iterable[tuple[int, object]]) -> bool:
        """Whether the row was written by us; each written row answers once."""
        made = digest(cells)
        if made is None:
            return True
        if self.expected[made] < 1:
            return False
        self.expected[made] -= 1
        return True

    @property
    def missing(self) -> int:
        """How many rows that were written have not been met."""
        return self.expected.total()


def _digests(cells: Iterable[str]) -> Iterator[bytes]:
    for cell in cells:
        digests = b64decode(cell)
        yield from (digests[at : at + _BYTES] for at in range(0, len(digests), _BYTES))
