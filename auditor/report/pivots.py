"""Deficiencies by who and what they concern: coder, unit, staff, drug, check, payer, shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.check import Responsible
from auditor.record import Administration, ClaimLine, Encounter
from auditor.report.case import Case
from auditor.report.findings import administrations_of, claim_lines_of
from auditor.report.parties import PARTIES, origin_of
from auditor.report.rate import Rate
from auditor.report.text import printable
from auditor.run import Audit, Finding

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


@dataclass(frozen=True, slots=True)
class _Axis:
    """The values of an encounter's facts, and those of the facts that a finding concerns."""

    has: Callable[[Encounter], Iterable[str]]
    concerned: Callable[[Finding], Iterable[str]]


def pivots(audit: Audit, cases: Sequence[Case]) -> tuple[Pivot, ...]:
    """The pivots in their fixed order; ``cases`` are the audit's encounters.

    A coder answers for coding and charge set-up only, a nurse for nursing only.
    """
    return (
        _pivot(
            "Coder",
            "claim lines",
            _lines(lambda line: line.coder),
            cases,
            "Only deficiencies that coding or charge set-up can mend: one of nursing, order or "
            "data feed never counts against a coder.",
            ("coding", "charge set-up"),
        ),
        _pivot("Unit", "administrations", _given(lambda given: given.department), cases),
        _pivot(
            "Staff",
            "administrations",
            _given(lambda given: given.staff),
            cases,
            "Only deficiencies that nursing can mend, by who charted the administration.",
            ("nursing",),
        ),
        _pivot("Drug", "administrations", _given(lambda given: given.drug), cases),
        _by_check(audit, cases),
        _pivot("Payer", "claim lines", _lines(lambda line: line.payer), cases),
        _pivot(
            "Shift",
            "administrations",
            _given(lambda given: shift_of(given.start)),
            cases,
            "By the hour of the charted start: day from 07:00, evening from 15:00, night from "
            "23:00. Deficiencies of every responsible party.",
        ),
    )


def _lines(value: Callable[[ClaimLine], str | None]) -> _Axis:
    """By claim line; what concerns no line concerns the whole claim of its encounter."""
    return _Axis(
        lambda encounter: map(said, map(value, encounter.claim_lines)),
        lambda finding: map(
            said,
            map(value, claim_lines_of(finding.verdict) or finding.encounter.claim_lines),
        ),
    )


def _given(value: Callable[[Administration], str | None]) -> _Axis:
    """By administration."""
    return _Axis(
        lambda encounter: map(said, map(value, encounter.administrations)),
        lambda finding: map(said, map(value, administrations_of(finding.verdict))),
    )


def said(value: str | None) -> str:
    """A value as pivots print it."""
    return printable((value or "").strip()) or NOT_STATED


def shift_of(start: datetime | None) -> str | None:
    """The shift of a charted start by its hour, or ``None``."""
    if start is None:
        return None
    return next(name for until, name in _UNTIL if start.hour < until)


def _pivot(
    title: str,
    counts: str,
    axis: _Axis,
    cases: Sequence[Case],
    note: str = "Deficiencies of every responsible party.",
    parties: tuple[Responsible, ...] = PARTIES,
) -> Pivot:
    """Count facts, encounters and deficiencies by value; the most deficiencies first."""
    counted, encounters = Counter[str](), Counter[str]()
    findings, deficient = Counter[str](), Counter[str]()
    for case in cases:
        values = list(axis.has(case.encounter))
        counted.update(values)
        encounters.update(set(values))
        concerned = [
            set(axis.concerned(finding)) or {UNTIED}
            for finding in case.findings
            if origin_of(finding) in parties
        ]
        for found in concerned:
            findings.update(found)
        deficient.update(set().union(*concerned))
    rows = [
        PivotRow(value, findings[value], counted[value], deficient[value], encounters[value])
        for value in sorted(counted, key=lambda value: (-findings[value], value))
    ]
    if findings[UNTIED]:
        rows.append(PivotRow(UNTIED, findings[UNTIED], None, deficient[UNTIED], None))
    return Pivot(title, counts, note, tuple(rows))


def _by_check(audit: Audit, cases: Sequence[Case]) -> Pivot:
    deficient = Counter(
        check_id for case in cases for check_id in {found.check.id for found in case.findings}
    )
    rows = [
        PivotRow(
            result.check.title,
            result.deficient,
            result.examined,
            deficient[result.check.id],
            len(cases),
        )
        for result in audit.results
        if result.examined
    ]
    return Pivot(
        "Check",
        "results of the check",
        "Checks that examined something, of all encounters audited.",
        tuple(sorted(rows, key=lambda row: (-row.findings, row.value))),
    )
