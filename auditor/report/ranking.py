"""Which codes are billed most differently from what the record supports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def problem_codes(cases: Sequence[Case]) -> tuple[ProblemCode, ...]:
    """The codes billed or supported, those with most units in difference first.

    ``cases`` are those whose coding can be judged: no drug of theirs lacks a class.
    """
    rows: dict[str, list[ClaimRow]] = {}
    causes: dict[str, Counter[str]] = {}
    for case in cases:
        for row in administration_rows(case):
            rows.setdefault(row.code, []).append(row)
            causes.setdefault(row.code, Counter()).update(_causes(row))
    findings = _findings_by_code(cases)
    codes = [
        _problem(code, rows[code], causes[code], findings.get(code, Counter())) for code in rows
    ]
    return tuple(
        sorted(codes, key=lambda code: (-code.difference, -code.differing.hits, code.code))
    )


def _problem(
    code: str, rows: Sequence[ClaimRow], causes: Counter[str], findings: Counter[str]
) -> ProblemCode:
    return ProblemCode(
        code=code,
        billed=sum(row.billed or 0 for row in rows),
        supported=sum(row.supported or 0 for row in rows),
        over=sum(max(row.difference, 0) for row in rows),
        under=sum(max(-row.difference, 0) for row in rows),
        differing=Rate(sum(bool(row.mark) for row in rows), len(rows)),
        cause=_main_cause(causes) if causes else "",
        findings=tuple(sorted(findings.items(), key=lambda found: (-found[1], found[0]))),
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


def _findings_by_code(cases: Iterable[Case]) -> dict[str, Counter[str]]:
    """Deficiencies by check of each administration code that their claim lines bill."""
    counted: dict[str, Counter[str]] = {}
    for case in cases:
        for finding in case.findings:
            lines = claim_lines_of(finding.verdict)
            for code in sorted({current(line.hcpcs) for line in lines if line.hcpcs}):
                counted.setdefault(code, Counter())[finding.check.title] += 1
    return counted
