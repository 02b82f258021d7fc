"""Deficiencies by who and what they concern: coder, unit, staff, drug, check, payer, shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from auditor.check import Responsible
from auditor.record import Administration, ClaimLine, Encounter
from auditor.report.case import Case
from auditor.report.findings import administrations_of, claim_lines_of
from auditor.report.parties import PARTIES, origin_of
from auditor.report.rate import Rate
from auditor.report.text import printable
from auditor.run import CheckResult, Finding

NOT_STATED = "not stated"
UNTIED = "none concerned"
SHIFTS = ("day", "evening", "night")
_UNTIL = ((7, "night"), (15, "day"), (23, "evening"), (24, "night"))  # until which hour


@dataclass(frozen=True, slots=True)
class PivotRow:
    """What falls to one value of a pivot.

    ``findings`` are deficiencies, ``counted`` the claim lines, administrations or results that have
    the value, ``deficient`` the encounters with such a deficiency, of the ``encounters`` that have
    the value.  ``counted`` and ``encounters`` are ``None`` for deficiencies that concern nothing
    with a value.
    """

    value: str
    findings: int
    counted: int | None
    deficient: int
    encounters: int | None

    @property
    def rate(self) -> Rate | None:
        """Deficient encounters of those that have the value."""
        return None if self.encounters is None else Rate(self.deficient, self.encounters)


@dataclass(frozen=True, slots=True)
class Pivot:
    """One small table: ``counts`` names what is counted, ``note`` which deficiencies are in it."""

    title: str
    counts: str
    note: str
    rows: tuple[PivotRow, ...]


_Told = tuple[Callable[[Encounter], Iterable[str]], Callable[[Finding], Iterable[str]]]


@dataclass(frozen=True, slots=True)
class _Axis:
    """The values of an encounter's facts, and those of the facts that a finding concerns.

    Deficiencies of other than the ``parties`` do not count.
    """

    title: str
    counts: str
    has: Callable[[Encounter], Iterable[str]]
    concerned: Callable[[Finding], Iterable[str]]
    note: str
    parties: tuple[Responsible, ...] = PARTIES


@dataclass(slots=True)
class AxisCounts:
    """By value: the facts that have it, their encounters, and the deficiencies that concern it."""

    counted: Counter[str] = field(default_factory=Counter)
    encounters: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    deficient: Counter[str] = field(default_factory=Counter)

    def include(self, other: AxisCounts) -> None:
        """Add the counts of further encounters."""
        self.counted.update(other.counted)
        self.encounters.update(other.encounters)
        self.findings.update(other.findings)
        self.deficient.update(other.deficient)


@dataclass(slots=True)
class PivotCounts:
    """What the pivots count: the encounters, by axis, and those with a deficiency by check."""

    encounters: int = 0
    axes: dict[str, AxisCounts] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)

    def include(self, other: PivotCounts) -> None:
        """Add the counts of further encounters."""
        self.encounters += other.encounters
        for title, counts in other.axes.items():
            self.axes.setdefault(title, AxisCounts()).include(counts)
        self.checks.update(other.checks)


def pivot_counts(cases: Iterable[Case]) -> PivotCounts:
    """Facts, encounters and deficiencies by each axis."""
    made = PivotCounts(axes={axis.title: AxisCounts() for axis in _AXES})
    for case in cases:
        made.encounters += 1
        made.checks.update({finding.check.id for finding in case.findings})
        for axis in _AXES:
            _count(axis, case, made.axes[axis.title])
    return made


def _count(axis: _Axis, case: Case, counts: AxisCounts) -> None:
    values = list(axis.has(case.encounter))
    counts.counted.update(values)
    counts.encounters.update(set(values))
    concerned = [
        set(axis.concerned(finding)) or {UNTIED}
        for finding in case.findings
        if origin_of(finding) in axis.parties
    ]
    for found in concerned:
        counts.findings.update(found)
    counts.deficient.update(set().union(*concerned))


def pivots(results: Sequence[CheckResult], counts: PivotCounts) -> tuple[Pivot, ...]:
    """The pivots in their fixed order; ``counts`` are of the encounters that have the results."""
    by_axis = [_pivot(axis, counts.axes[axis.title]) for axis in _AXES]
    by_axis.insert(_CHECK_PLACE, _by_check(results, counts))
    return tuple(by_axis)


@lru_cache(maxsize=4_096)  # the same few names again and again
def said(value: str | None) -> str:
    """A value as pivots print it."""
    return printable((value or "").strip()) or NOT_STATED


def shift_of(start: datetime | None) -> str | None:
    """The shift of a charted start by its hour, or ``None``."""
    if start is None:
        return None
    return next(name for until, name in _UNTIL if start.hour < until)


def _pivot(axis: _Axis, counts: AxisCounts) -> Pivot:
    """The values, those with the most deficiencies first."""
    findings, deficient = counts.findings, counts.deficient
    rows = [
        PivotRow(value, findings[value], counted, deficient[value], counts.encounters[value])
        for value, counted in sorted(
            counts.counted.items(), key=lambda told: (-findings[told[0]], told[0])
        )
    ]
    if findings[UNTIED]:
        rows.append(PivotRow(UNTIED, findings[UNTIED], None, deficient[UNTIED], None))
    return Pivot(axis.title, axis.counts, axis.note, tuple(rows))


def _by_check(results: Sequence[CheckResult], counts: PivotCounts) -> Pivot:
    rows = [
        PivotRow(
            result.check.title,
            result.deficient,
            result.examined,
            counts.checks[result.check.id],
            counts.encounters,
        )
        for result in results
        if result.examined
    ]
    return Pivot(
        "Check",
        "results of the check",
        "Checks that examined something, of all encounters audited.",
        tuple(sorted(rows, key=lambda row: (-row.findings, row.value))),
    )


def _lines(value: Callable[[ClaimLine], str | None]) -> _Told:
    """By claim line; what concerns no line concerns the whole claim of its encounter."""
    return (
        lambda encounter: map(said, map(value, encounter.claim_lines)),
        lambda finding: map(
            said,
            map(value, claim_lines_of(finding.verdict) or finding.encounter.claim_lines),
        ),
    )


def _given(value: Callable[[Administration], str | None]) -> _Told:
    """By administration."""
    return (
        lambda encounter: map(said, map(value, encounter.administrations)),
        lambda finding: map(said, map(value, administrations_of(finding.verdict))),
    )


_EVERYONE = "Deficiencies of every responsible party."
# A coder answers for coding and charge set-up only, a nurse for nursing only.
_AXES = (
    _Axis(
        "Coder",
        "claim lines",
        *_lines(lambda line: line.coder),
        "Only deficiencies that coding or charge set-up can mend: one of nursing, order or "
        "data feed never counts against a coder.",
        ("coding", "charge set-up"),
    ),
    _Axis("Unit", "administrations", *_given(lambda given: given.department), _EVERYONE),
    _Axis(
        "Staff",
        "administrations",
        *_given(lambda given: given.staff),
        "Only deficiencies that nursing can mend, by who charted the administration.",
        ("nursing",),
    ),
    _Axis("Drug", "administrations", *_given(lambda given: given.drug), _EVERYONE),
    _Axis("Payer", "claim lines", *_lines(lambda line: line.payer), _EVERYONE),
    _Axis(
        "Shift",
        "administrations",
        *_given(lambda given: shift_of(given.start)),
        "By the hour of the charted start: day from 07:00, evening from 15:00, night from "
        f"23:00. {_EVERYONE}",
    ),
)
_CHECK_PLACE = 4  # of the pivot by check among them
