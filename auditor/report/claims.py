"""Billed beside supported, by encounter and code, each difference with its one cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditor.coding.claim import administration_lines, billed_units
from auditor.coding.open_questions import is_open
from auditor.coding.support import SupportedLine, Variance
from auditor.record import ClaimLine
from auditor.report.case import Case
from auditor.report.text import day, listed
from auditor.tables.codes import current


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One code of one encounter; a deleted code stands with the one that took its place.

    ``billed`` and ``supported`` are units; both are ``None`` on a line that bills no drug
    administration, which is shown and not compared.  ``mark`` is empty where claim and record
    agree; ``rule`` says why the record supports the code, ``authorities`` by which texts.
    """

    case: Case
    code: str
    billed: int | None
    supported: int | None
    billed_as: str
    billed_on: str
    supported_on: str
    counted_minutes: int
    mark: str
    cause: str
    rule: str
    authorities: tuple[str, ...]
    lines: tuple[ClaimLine, ...]

    @property
    def difference(self) -> int:
        """Units billed less units supported; 0 where nothing is compared."""
        return (self.billed or 0) - (self.supported or 0)

    @property
    def agrees(self) -> bool:
        """Whether the code was compared and nothing differs."""
        return self.billed is not None and not self.mark


def administration_rows(case: Case) -> tuple[ClaimRow, ...]:
    """The administration codes billed or supported, by code."""
    billed = billed_units(case.encounter)
    lines: dict[str, list[ClaimLine]] = {}
    for line in administration_lines(case.encounter):
        lines.setdefault(current(line.hcpcs or ""), []).append(line)
    supported: dict[str, list[SupportedLine]] = {}
    for supported_line in case.support.lines:
        supported.setdefault(supported_line.code, []).append(supported_line)
    return tuple(
        _administration_row(case, code, billed[code], lines.get(code, []), supported.get(code, []))
        for code in sorted({*lines, *supported})
    )


def other_rows(case: Case) -> tuple[ClaimRow, ...]:
    """The claim lines that bill something else: shown for the whole picture, not compared."""
    compared = {id(line) for line in administration_lines(case.encounter)}
    return tuple(
        ClaimRow(
            case=case,
            code=line.hcpcs or "",
            billed=None,
            supported=None,
            billed_as=_as_billed([line]),
            billed_on=day(line.service_date),
            supported_on="",
            counted_minutes=0,
            mark="not compared",
            cause="",
            rule="",
            authorities=(),
            lines=(line,),
        )
        for line in case.encounter.claim_lines
        if id(line) not in compared
    )


def agreement_of(case: Case) -> str:
    """Whether claim and record ``agree`` or ``differ``; nothing where that cannot be compared."""
    if is_open(case.encounter, case.support) or not administration_rows(case):
        return ""
    return "differ" if case.variances else "agree"


def _administration_row(
    case: Case,
    code: str,
    billed: int,
    lines: list[ClaimLine],
    supported: list[SupportedLine],
) -> ClaimRow:
    units = sum(line.units for line in supported)
    variances = [v for v in case.variances if code in (v.billed, v.supported)]
    if not variances and billed != units:  # it changed places with the code that a cause names
        variances = [v for v in case.variances if code in v.because]
    counted = {line.counted: line.minutes for line in supported}
    why = " ".join(dict.fromkeys(line.because for line in supported))
    return ClaimRow(
        case=case,
        code=code,
        billed=billed,
        supported=units,
        billed_as=_as_billed(lines),
        billed_on=_dates(line.service_date for line in lines),
        supported_on=_dates(line.service_date for line in supported),
        counted_minutes=sum(minutes for spans, minutes in counted.items() if spans),
        mark="; ".join(dict.fromkeys(_mark(variance, code) for variance in variances)),
        cause=" ".join(dict.fromkeys(variance.because for variance in variances)),
        rule=why,
        authorities=tuple(dict.fromkeys(key for line in supported for key in line.authorities)),
        lines=tuple(lines),
    )


def _dates(dates: Iterable[date | None]) -> str:
    return listed(dict.fromkeys(day(on) or "no date" for on in dates))


def _as_billed(lines: list[ClaimLine]) -> str:
    return listed(dict.fromkeys(line.code_with_modifiers for line in lines))


def _mark(variance: Variance, code: str) -> str:
    """The difference in a few words, as seen from ``code``."""
    mark = variance.kind
    if variance.kind == "wrong code":
        if code == variance.billed:
            mark = f"instead of {variance.supported}"
        elif code == variance.supported:
            mark = f"billed as {variance.billed}"
        else:
            mark = "changes places"
    elif variance.kind in ("over", "under"):
        mark = f"{variance.kind} by {variance.units}"
    return f"{mark} (undetermined)" if variance.undetermined else mark
