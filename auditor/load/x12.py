"""X12 files → the segments of their interchanges, and the claims and payments that they hold.

The signs that separate elements stand in the ISA segment of each interchange.  A transaction that
is not needed, or a segment that nobody reads, is passed over and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Protocol

from auditor.load.grid import Grid, standards
from auditor.load.layout import Left
from auditor.load.ledger import Problems
from auditor.load.read import RawSheet, UnreadableFile
from auditor.load.x12_claims import ClaimReader
from auditor.load.x12_payments import PaymentReader
from auditor.load.x12_segment import Segment

_LONGEST = 65_536  # characters: no segment of a claim comes near
_ELEMENTS_OF_ISA = 16


class _Signs(NamedTuple):
    """What separates elements, repetitions, components and segments."""

    element: str
    repetition: str
    component: str
    terminator: str


class _Reader(Protocol):
    """Takes the segments of the transactions of one kind and makes rows of them."""

    @property
    def grid(self) -> Grid: ...

    def begin(self) -> None: ...
    def take(self, segment: Segment) -> None: ...
    def end(self) -> None: ...
    def abandon(self) -> Sequence[int]: ...


def read_x12(name: str, text: str, problems: Problems) -> list[RawSheet]:
    """The claim lines and payments of a file, a sheet of each kind.

    Raises:
        UnreadableFile: it has no envelope, or its segments cannot be told apart.
    """
    file = _File(name, problems)
    for segment in segments(name, text, problems):
        file.take(segment)
    file.close()
    return file.sheets()


def segments(name: str, text: str, problems: Problems) -> Iterator[Segment]:
    """The segments of a file, numbered from 1; UnreadableFile where they cannot be told apart."""
    at = _next(text, 0)
    if not text.startswith("ISA", at):
        raise UnreadableFile(
            f"{name}: begins without its ISA segment; export the whole interchange, from ISA to "
            "IEA."
        )
    number = 0
    signs = _signs(name, text, at)
    while at < len(text):
        if text.startswith("ISA", at) and number:
            signs = _signs(name, text, at)
        number += 1
        end = text.find(signs.terminator, at, at + _LONGEST)
        if end < 0:
            if len(text) - at > _LONGEST:
                raise UnreadableFile(
                    f"{name}: segment {number} does not end; the file is damaged, or its ISA "
                    "segment names the wrong separators. Export it again."
                )
            problems.say(f"{name}: is cut off in segment {number}; export it again.")
            return
        elements = text[at:end].split(signs.element)
        yield Segment(number, elements, signs.component, signs.repetition)
        at = _next(text, end + 1, signs.terminator)


def _next(text: str, at: int, terminator: str = "") -> int:
    """Where the next segment begins: line ends and blank segments count for nothing."""
    blank = _blank(terminator).match(text, at)
    return blank.end() if blank else at


@cache
def _blank(terminator: str) -> re.Pattern[str]:
    return re.compile(rf"[\ufeff \t\r\n{re.escape(terminator)}]*")


def _signs(name: str, text: str, at: int) -> _Signs:
    """The separators that an ISA segment names; it is counted by elements, not by characters."""
    head = text[at : at + 400]
    element = head[3:4]
    parts = head.split(element, _ELEMENTS_OF_ISA) if element.strip() else []
    last = parts[_ELEMENTS_OF_ISA] if len(parts) > _ELEMENTS_OF_ISA else ""
    if len(last) < 2 or last[1].isalnum() or last[0].isalnum() or len({element, *last[:2]}) < 3:
        raise UnreadableFile(
            f"{name}: the ISA segment with which it begins is cut off or damaged, so that its "
            "elements cannot be told apart; export it again."
        )
    return _Signs(element, parts[11], last[0], last[1])


@dataclass(slots=True)
class _Open:
    """A transaction that has begun: its first segment, its reader, and what it is in words."""

    first: Segment
    reader: _Reader | None
    length: int = 1


class _File:
    """Follows the envelopes of a file and gives each transaction to whoever reads its kind."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.name = name
        self.problems = problems
        self.claims = ClaimReader()
        self.payments = PaymentReader()
        self.group: Segment | None = None
        self.interchange: Segment | None = None
        self.open: _Open | None = None
        self.passed: dict[str, int] = {}
        self.last = 0

    def take(self, segment: Segment) -> None:
        self.last = segment.number
        if self.open is not None:
            self.open.length += 1
        match segment.name:
            case "ISA":
                self._finish(segment)
                self._missing(self.interchange, "interchanges that do not end with IEA")
                self.interchange = segment
            case "GS":
                self._finish(segment)
                self._missing(self.group, "groups that do not end with GE")
                self.group = segment
            case "ST":
                self._finish(segment)
                self.open = _Open(segment, self._reader_of(segment))
            case "SE":
                self._end(segment)
            case "GE":
                self._finish(segment)
                self._compare(segment, self.group, 6, "groups whose GE has another number")
                self.group = None
            case "IEA":
                self._finish(segment)
                self._compare(
                    segment, self.interchange, 13, "interchanges whose IEA has another number"
                )
                self.interchange = None
            case _:
                self._inside(segment)

    def close(self) -> None:
        """The file has ended."""
        if self.open is not None:
            self._finish(self.open.first)
        self._missing(self.group, "groups that do not end with GE")
        self._missing(self.interchange, "interchanges that do not end with IEA")
        if self.passed:
            told = ", ".join(f"{name} ({count:,})" for name, count in sorted(self.passed.items()))
            self.problems.say(
                f"{self.name}: segments that are not needed were passed over: {told}."
            )

    def sheets(self) -> list[RawSheet]:
        """A sheet of each kind that the file has."""
        grids = {"837I segments": self.claims.grid, "835 segments": self.payments.grid}
        return [grid.sheet(self.name, name) for name, grid in grids.items() if len(grid)]

    def _reader_of(self, first: Segment) -> _Reader | None:
        """Who reads a transaction, by its kind and the implementation that it names."""
        words = standards()["x12"]
        version = first.at(3) or (self.group.at(8) if self.group else None) or "no version"
        family = next((part for part in version[6:].split("A") if part), version)
        kind = first.at(1)
        reader: _Reader | None = None
        if kind == "837" and family not in words["others"]:
            reader, known = self.claims, words["institutional"]
        elif kind == "835":
            reader, known = self.payments, words["remittance"]
        if reader is None:
            what = f"{words['others'][family]} claims" if kind == "837" else "other transactions"
            self._count(f"{what}, which are not read", first)
            return None
        if family not in known or not version.startswith(tuple(words["current"])):
            self._count(
                "transactions of another version than 5010, read as if they were of it", first
            )
        reader.begin()
        return reader

    def _inside(self, segment: Segment) -> None:
        if self.open is None:
            self._count("segments outside of a transaction (ST … SE), passed over", segment)
        elif self.open.reader is not None:
            if segment.name in standards()["x12"]["read"]:
                self.open.reader.take(segment)
            else:
                named = segment.name if segment.name in standards()["x12"]["known"] else "others"
                self.passed[named] = self.passed.get(named, 0) + 1

    def _end(self, segment: Segment) -> None:
        if self.open is None:
            self._count("segments outside of a transaction (ST … SE), passed over", segment)
            return
        if segment.at(1) != str(self.open.length):
            self._count(
                "transactions that do not have as many segments as they say, so that something may "
                "be missing",
                self.open.first,
            )
        if self.open.reader is not None:
            self.open.reader.end()
        self.open = None

    def _finish(self, segment: Segment) -> None:
        """A transaction that has not ended is over all the same; its last claim may lack lines."""
        if self.open is None:
            return
        self._count("transactions that break off without SE", self.open.first)
        if self.open.reader is not None:
            for row in self.open.reader.abandon():
                self.open.reader.grid.leave(row, _BROKEN_OFF)
        self.open = None

    def _missing(self, begun: Segment | None, what: str) -> None:
        if begun is not None:
            self._count(what, begun)

    def _compare(self, end: Segment, begun: Segment | None, place: int, what: str) -> None:
        """An envelope closes with the number with which it opened."""
        if begun is None or begun.at(place) != end.at(2):
            self._count(what, end)

    def _count(self, what: str, segment: Segment) -> None:
        self.problems.count(self.name, what, f"segment {segment.number}")


_BROKEN_OFF = Left(
    "rejected", "stands in a transaction that breaks off, and may be incomplete", "export it again"
)
