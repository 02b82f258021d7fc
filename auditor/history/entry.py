"""What one audit leaves behind: hashes, counts by facility and month, and nothing of a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from auditor.run import Status, Tally


class Capture(NamedTuple):
    """Infusions that must have a stop, and how many of them have it on record."""

    stops: int
    infusions: int


class FoundAs(NamedTuple):
    """A deficiency: its check, and its id, which the store keeps masked only."""

    check_id: str
    finding_id: str


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A check as it was: what it was called, how grave it was, and the SHA-256 of its file."""

    title: str
    severity: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What ruled on an audit.

    ``program`` is name and version, ``judging`` the SHA-256 of the code and shipped tables that
    decide findings, ``policy`` each choice in words, ``checks`` are by id, ``profile`` is a
    SHA-256.
    """

    program: str
    judging: str
    policy: dict[str, str]
    checks: dict[str, CheckRule]
    profile: str | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of a month in US dollars: encounters priced, billed too much and too little."""

    priced: int
    too_much: Decimal
    too_little: Decimal

    @property
    def net(self) -> Decimal:
        """Too much less too little."""
        return self.too_much - self.too_little


@dataclass(frozen=True, slots=True)
class CheckMonth:
    """One check in one month: whether it could speak, and its counts."""

    status: Status
    tally: Tally


@dataclass(frozen=True, slots=True)
class Month:
    """One facility's month of service in one audit; ``month`` is its first day.

    ``results`` are by check id, ``stops`` by unit and shift; ``money`` is ``None`` where nothing
    was priced.  ``tables`` are the public ones of its quarter; ``findings`` are empty in what is
    read back.
    """

    facility: str
    month: date
    encounters: int
    results: dict[str, CheckMonth]
    stops: dict[tuple[str, str], Capture]
    money: Sums | None
    tables: tuple[str, ...] = ()
    findings: tuple[FoundAs, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One audit.

    ``inputs`` are the SHA-256 of its files; ``identity`` is that of all that decides its findings,
    so that two audits of one identity are the same audit.  ``left_out`` counts the encounters that
    are in none of the months.
    """

    identity: str
    inputs: tuple[str, ...]
    rules: Rules
    months: tuple[Month, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class KeptMonth:
    """A month as one audit left it; of two audits the later has the greater ``number``."""

    number: int
    identity: str
    rules: Rules
    month: Month


SHRUNK = 0.5
"""An audit with less than this share of the encounters that a month has already does not take its
place: it is the fringe of another month's audit, or a trial with a few.
"""

FRINGE = 0.1
"""A month with less than this share of the encounters of the largest month in the same audit is
what its files brought along, and no audit of that month.
"""


def standing(kept: Sequence[KeptMonth]) -> dict[date, KeptMonth]:
    """Of each month of one facility the audit that counts: the latest that is not cut short.

    ``kept`` in the order of their numbers; the answer in that of the months.
    """
    largest: dict[int, int] = {}
    for one in kept:
        largest[one.number] = max(largest.get(one.number, 0), one.month.encounters)
    found: dict[date, KeptMonth] = {}
    for one in kept:
        if one.month.encounters < FRINGE * largest[one.number]:
            continue
        before = found.get(one.month.month)
        if before is None or one.month.encounters >= SHRUNK * before.month.encounters:
            found[one.month.month] = one
    return dict(sorted(found.items()))
