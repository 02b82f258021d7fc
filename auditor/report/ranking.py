"""Which codes are billed most differently from what the record supports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.coding import Variance
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows
from auditor.report.findings import claim_lines_of
from auditor.report.rate import Rate
from auditor.report.text import count
from auditor.tables.codes import code as code_entry
from auditor.tables.codes import current


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """One administration code over the whole audit.

    ``billed``, ``supported``, ``over`` and ``under`` are units, ``differing`` the encounters with a
    difference of those that bill or support the code.  ``cause`` is the cause of most differing
    units, ``findings`` the deficiencies on its claim lines by check, the most first.
    """

    code: str
    billed: int
    supported: int
    over: int
    under: int
    differing: Rate
    cause: str
    findings: tuple[tuple[str, int], ...]

    @property
    def service(self) -> str:
        """What the code is for, in our own words."""
        entry = code_entry(self.code)
        return entry.wording if entry else ""

    @property
    def difference(self) -> int:
        """Units in difference, both directions together."""
        return self.over + self.under


@dataclass(slots=True)
class CodeCounts:
    """The counts of one code: units, encounters, the units of each cause, findings by check."""

    billed: int = 0
    supported: int = 0
    over: int = 0
    under: int = 0
    differing: int = 0
    encounters: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, row: ClaimRow) -> None:
        """Count one encounter."""
        self.billed += row.billed or 0
        self.supported += row.supported or 0
        self.over += max(row.difference, 0)
        self.under += max(-row.difference, 0)
        self.differing += bool(row.mark)
        self.encounters += 1
        self.causes.update(_causes(row))

    def include(self, other: CodeCounts) -> None:
        """Add the counts of further encounters."""
        self.billed += other.billed
        self.supported += other.supported
        self.over += other.over
        self.under += other.under
        self.differing += other.differing
        self.encounters += other.encounters
        self.causes.update(other.causes)
        self.findings.update(other.findings)


def code_counts(cases: Iterable[Case]) -> dict[str, CodeCounts]:
    """What is billed and supported by code.

    Cases whose coding cannot be judged, because a drug of theirs lacks a class, are left out.
    """
    codes: dict[str, CodeCounts] = {}
    for case in cases:
        if case.support.undetermined:
            continue
        for row in administration_rows(case):
            codes.setdefault(row.code, CodeCounts()).add(row)
        for finding in case.findings:
            lines = claim_lines_of(finding.verdict)
            for code in sorted({current(line.hcpcs) for line in lines if line.hcpcs}):
                codes.setdefault(code, CodeCounts()).findings[finding.check.title] += 1
    return codes


def problem_codes(counts: Mapping[str, CodeCounts]) -> tuple[ProblemCode, ...]:
    """The administration codes billed or supported, those with most units in difference first."""
    codes = [_problem(code, counted) for code, counted in counts.items() if counted.encounters]
    return tuple(
        sorted(codes, key=lambda code: (-code.difference, -code.differing.hits, code.code))
    )


def _problem(code: str, counted: CodeCounts) -> ProblemCode:
    findings = sorted(counted.findings.items(), key=lambda found: (-found[1], found[0]))
    return ProblemCode(
        code=code,
        billed=counted.billed,
        supported=counted.supported,
        over=counted.over,
        under=counted.under,
        differing=Rate(counted.differing, counted.encounters),
        cause=_main_cause(counted.causes) if counted.causes else "",
        findings=tuple(findings),
    )


def _causes(row: ClaimRow) -> Counter[str]:
    """The causes of one code's difference, each with its units."""
    causes = Counter[str]()
    for variance in row.case.variances:
        if row.code in (variance.billed, variance.supported):
            causes[_cause(variance, row.code)] += variance.units
    if row.mark and not causes:  # a cause names it that changed other codes
        causes["changes places with the initial service"] = abs(row.difference)
    return causes


def _cause(variance: Variance, code: str) -> str:
    """A difference without its numbers, as seen from ``code``."""
    match variance.kind:
        case "over":
            return "billed beyond what the record supports"
        case "under":
            return "supported and not billed"
        case "wrong date":
            return "billed on another date"
        case "modifier":
            return "billed without the modifier of a second access"
        case _ if code == variance.billed:
            return f"billed instead of {variance.supported}"
        case _:
            return f"billed as {variance.billed}"


def _main_cause(causes: Counter[str]) -> str:
    """The cause of most units, the first by its words of equals."""
    cause = min(causes, key=lambda cause: (-causes[cause], cause))
    return f"{cause} ({causes[cause]:,} of {count(causes.total(), 'unit')})"
