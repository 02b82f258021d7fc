"""The findings for other programs: a CSV and a JSON, the same bytes for the same input."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from auditor.authority import authority
from auditor.coding.correction import CorrectedLine
from auditor.coding.explain import COMPUTED, units_in_words
from auditor.coding.support import Support, SupportedLine, Variance
from auditor.load.ledger import Ledger
from auditor.money import Impact, Price
from auditor.policy import Policy, policy_rows
from auditor.record import Administration, Source
from auditor.report.accuracy import Outcomes
from auditor.report.case import Case
from auditor.report.corrected import CorrectedRow, action_words, corrected_rows
from auditor.report.errors import OutputError
from auditor.report.few import hide_in
from auditor.report.findings import (
    FindingRow,
    claim_lines_of,
    finding_row,
    worklist_order,
    worklist_place,
)
from auditor.report.gaps import FormGap, GapCounts, form_gaps, gap_counts
from auditor.report.manifest import program
from auditor.report.money import Direction, Money, effects_of, money_of
from auditor.report.parties import origin_of
from auditor.report.pivots import Pivot, PivotCounts, pivot_counts, pivots
from auditor.report.ranking import CodeCounts, ProblemCode, code_counts, problem_codes
from auditor.report.rate import Hidden
from auditor.report.remembered import MonthsCounts, months_counts
from auditor.report.summary import Summary
from auditor.report.text import day, printable
from auditor.run import Audit, CheckResult, Finding, is_complete, subject_key

FINDING_COLUMNS = tuple(field.name for field in fields(FindingRow))
CORRECTED_COLUMNS = tuple(field.name for field in fields(CorrectedRow))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class FindingText:
    """One finding as the data files have it; ``place`` is its place among all of an audit."""

    place: tuple[int, int, str, str, str]
    cells: tuple[str, ...]
    json: str


@dataclass(slots=True)
class DataCounts:
    """What the data files and the history count of some encounters."""

    money: Money
    codes: dict[str, CodeCounts]
    pivots: PivotCounts
    gaps: GapCounts
    months: MonthsCounts

    def include(self, other: DataCounts) -> None:
        """Add the counts of further encounters."""
        self.money = self.money.plus(other.money)
        for code, counts in other.codes.items():
            self.codes.setdefault(code, CodeCounts()).include(counts)
        self.pivots.include(other.pivots)
        self.gaps.include(other.gaps)
        self.months.include(other.months)


def data_counts(cases: Sequence[Case]) -> DataCounts:
    """Count some encounters."""
    return DataCounts(
        money_of(cases),
        code_counts(cases),
        pivot_counts(cases),
        gap_counts(cases),
        months_counts(cases),
    )


def finding_texts(audit: Audit, cases: Iterable[Case]) -> list[FindingText]:
    """The findings in the order of the worklist; ``cases`` are the audit's encounters."""
    effects = effects_of(cases)
    groups = (audit.findings, audit.undetermined, audit.notes)
    texts = []
    for number, findings in enumerate(groups):
        for finding in worklist_order(findings):
            row = finding_row(finding, effects)
            told = {**_finding(finding), "payment_effect": _amount(row.payment_effect)}
            place = (number, *worklist_place(finding))
            cells = tuple(_cell(getattr(row, field.name)) for field in fields(row))
            texts.append(FindingText(place, cells, _on_a_line(told)))
    return texts


def write_findings(path: Path, findings: Iterable[FindingText]) -> None:
    """Write findings.csv: one row a finding, in the worklist's order and columns.

    Effects on payment have two places.  UTF-8 with a byte order mark, without which Excel reads
    accented names wrongly.  A text that a spreadsheet would take for a formula gets an apostrophe
    before it.
    """
    _write_table(path, FINDING_COLUMNS, (finding.cells for finding in findings))


def corrected_cells(case: Case) -> list[tuple[str, ...]]:
    """The rows of corrected_lines.csv of one encounter."""
    return [
        tuple(as_text(str(getattr(row, field.name))) for field in fields(row))
        for row in corrected_rows(case)
    ]


def write_corrected(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write corrected_lines.csv in the form of findings.csv: the claims that differ, line by line.

    The columns are those of the workbook's sheet and the patient number.
    """
    _write_table(path, CORRECTED_COLUMNS, rows)


def _write_table(path: Path, header: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(header)
        table.writerows(rows)


def write_supported(
    path: Path,
    supports: Mapping[str, Support],
    alternatives: Mapping[str, Support],
    policy: Policy,
) -> None:
    """Write the supported lines as CSV, in the form of findings.csv; ``supports`` by encounter.

    After the lines of an encounter, with 0 units, stand what is left to review, the drugs that
    nobody classified, and what computed stops would support (``alternatives``).  The file appears
    whole or not at all; OutputError where it cannot be written.
    """
    header = (
        *("encounter", "kind", "code", "units", "service_date", "modifiers", "access", "minutes"),
        *("drugs", "because", "rule", "authorities", "source_rows", "policy"),
    )
    try:
        with tempfile.TemporaryDirectory(prefix=".auditor-", dir=path.parent) as folder:
            made = Path(folder) / path.name
            with made.open("w", encoding="utf-8-sig", newline="") as file:
                table = csv.writer(file, lineterminator="\r\n")
                table.writerow(header)
                for encounter_id, support in supports.items():
                    for cells in _rows_of(support, alternatives.get(encounter_id)):
                        row = (encounter_id, *cells, policy.name)
                        table.writerow(as_text(cell) for cell in row)
            made.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from None


def _rows_of(support: Support, alternative: Support | None) -> Iterator[tuple[str, ...]]:
    """The rows of one encounter: its lines, then what no unit shows."""
    for line in support.lines:
        yield _supported_cells(line, support)
    for review in support.reviews:
        yield _cells_without_units("review", review.because, review.rule, review.administration)
    for administration in support.undetermined:
        because = "Nobody classified the drug: it supports nothing until the pharmacy does."
        yield _cells_without_units("undetermined", because, "1", administration)
    if alternative is not None:
        because = f"With {COMPUTED} the record would support {units_in_words(alternative)}."
        yield _cells_without_units("alternative", because, "1")


def _cells_without_units(
    kind: str, because: str, rule: str, *administrations: Administration
) -> tuple[str, ...]:
    drugs = "; ".join(drug for given in administrations for drug in given.drugs)
    rows = "; ".join(str(row) for given in administrations for row in given.sources)
    return (kind, "", "0", "", "", "", "", drugs, because, rule, "", rows)


def _supported_cells(line: SupportedLine, support: Support) -> tuple[str, ...]:
    drugs = dict.fromkeys(drug for given in line.administrations for drug in given.drugs)
    rows = dict.fromkeys(str(row) for given in line.administrations for row in given.sources)
    return (
        "supported",
        line.code,
        str(line.units),
        day(line.service_date),
        " ".join(line.modifiers),
        support.access_sites[line.access] or "",
        str(line.minutes),
        "; ".join(drugs),
        line.because,
        line.rule,
        "; ".join(authority(key).citation for key in line.authorities),
        "; ".join(rows),
    )


def write_audit_json(
    path: Path,
    policy: Policy,
    results: Sequence[CheckResult],
    counts: DataCounts,
    findings: Iterable[FindingText] | None,
    encounters: Iterable[str] | None,
    ledger: Ledger,
    summary: Summary | None = None,
) -> None:
    """Write audit.json: policy, results, findings, money, lines, variances, rankings, ledger sums.

    ``encounters`` are the :func:`encounter_json` in the order of their numbers; neither they nor
    the findings are in it where they stand elsewhere.  Of a ``summary`` the decisions and, where it
    is masked, the counts are taken.  Times are ISO 8601 with their
    offset, amounts texts in US dollars with two places; nothing depends on the clock or on the
    machine.
    """
    masked = summary is not None and bool(summary.masked)
    codes = problem_codes(counts.codes)
    tables = pivots(results, counts.pivots)
    gaps = form_gaps(counts.gaps)
    lines = [(result, result.examined) for result in results]
    if summary is not None:
        codes, tables, gaps = summary.problem_codes, summary.pivots, summary.form_gaps
        lines = [(line.result, line.examined) for line in summary.checks]
    before = {
        "program": program(),
        "policy": {name: value for name, value, _, _ in policy_rows(policy)},
        "complete": is_complete(results),
        "masked": masked,
        "results": [
            {
                "check": result.check.id,
                "status": result.status.value,
                "deficient": result.deficient,
                "met": result.met,
                "undetermined": result.undetermined,
                "examined": examined,
                "missing": list(result.missing),
                "unevaluated": dict(sorted(result.unevaluated.items())),
                "failed_encounters": list(result.failed_encounters),
            }
            for result, examined in sorted(lines, key=lambda told: told[0].check.id)
        ],
    }
    between = {
        "money": _money(hide_in(counts.money) if masked else counts.money),
        "problem_codes": [_problem_code(code) for code in codes],
        "pivots": [_pivot(pivot) for pivot in tables],
        "form_gaps": [_form_gap(gap) for gap in gaps],
        "decisions": _outcomes(summary.outcomes) if summary and summary.outcomes else None,
    }
    after = {
        "ledger": [
            {
                "file": sheet.file,
                "sheet": sheet.sheet,
                "kind": sheet.kind,
                "rows_read": sheet.rows_read,
                "used": sheet.used,
                "superseded": sheet.superseded,
                "rejected": sheet.rejected,
            }
            for sheet in ledger.sheets
        ],
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{")
        file.write(_members(before))
        if findings is not None:
            _write_list(file, "findings", (finding.json for finding in findings))
        file.write(f",{_members(between)}")
        if encounters is not None:
            _write_list(file, "encounters", encounters)
        file.write(f",{_members(after)}\n}}\n")


def encounter_json(case: Case) -> str:
    """One encounter as audit.json has it."""
    return _on_a_line(_encounter(case))


def _json(content: object) -> str:
    return printable(json.dumps(content, indent=1, ensure_ascii=False))


def _on_a_line(content: object) -> str:
    """A finding or an encounter on one line: a short text, quickly made."""
    return printable(json.dumps(content, ensure_ascii=False))


def _members(content: Mapping[str, object]) -> str:
    """The members of an object, as they stand between its braces."""
    return _json(_shown(content))[1:-2]


def _write_list(file: TextIO, name: str, items: Iterable[str]) -> None:
    """A member of an object that is a list, each item on a line."""
    file.write(f',\n "{name}": [')
    separator, end = "\n  ", ""
    for item in items:
        file.write(separator + item)
        separator, end = ",\n  ", "\n "
    file.write(f"{end}]")


def _shown(content: object) -> object:
    """The content with the word in place of every hidden count."""
    match content:
        case Hidden():
            return str(content)
        case dict():
            return {name: _shown(value) for name, value in content.items()}
        case list() | tuple():
            return list(map(_shown, content))
        case _:
            return content


def write_json(path: Path, content: object) -> None:
    """Write a small JSON file."""
    text = printable(json.dumps(content, indent=2, ensure_ascii=False))
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _cell(value: str | Decimal | None) -> str:
    return as_text(value) if isinstance(value, str) else _amount(value) or ""


def _amount(value: Decimal | None) -> str | None:
    """An amount of money as data."""
    return None if value is None else f"{value:.2f}"


def as_text(value: str) -> str:
    """``value`` as a cell of a CSV: what a spreadsheet would take for a formula stays a text."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _finding(finding: Finding) -> dict[str, object]:
    verdict = finding.verdict
    return {
        "id": finding.finding_id,
        "check": finding.check.id,
        "outcome": verdict.outcome.value,
        "severity": finding.check.severity,
        "responsible": origin_of(finding),
        "encounter": finding.encounter.encounter_id,
        "subject": subject_key(verdict.subject),
        "because": verdict.because,
        "evidence": [asdict(evidence) for evidence in verdict.evidence],
        "cure": verdict.cure.value if verdict.cure else None,
        "authorities": [authority.id for authority in finding.check.authorities],
        "claim_lines": [
            {"claim": line.claim_id, "line": line.line_number} for line in claim_lines_of(verdict)
        ],
        "sources": [_source(source) for source in verdict.sources],
    }


def _encounter(case: Case) -> dict[str, object]:
    support = case.support
    return {
        "encounter": case.encounter.encounter_id,
        "access_sites": list(support.access_sites),
        "supported": [_line(line) for line in support.lines],
        "variances": [_variance(variance) for variance in case.variances],
        "money": _impact(case.impact),
        "corrected": [_corrected(line) for line in case.corrected],
        "reviews": [
            {
                "administration": review.administration.administration_id,
                "because": review.because,
                "rule": review.rule,
            }
            for review in support.reviews
        ],
        "unclassified": [given.administration_id for given in support.undetermined],
    }


def _money(money: Money) -> dict[str, object]:
    return {
        "encounters": money.encounters,
        "priced": money.priced,
        "agreeing": money.agreeing,
        "comprehensive_observation": money.comprehensive,
        "overpaid": _direction(money.overpaid),
        "underpaid": _direction(money.underpaid),
        "net": _direction(money.net),
        "explained_by_one_finding": money.explained,
        "unsettled": _direction(money.unsettled),
        "not_priced": dict(money.reasons),
    }


def _direction(direction: Direction) -> dict[str, object]:
    return {
        "encounters": direction.encounters,
        "total": _amount(direction.total),
        "medicare": _amount(direction.medicare),
        "copayment": _amount(direction.copayment),
    }


def _impact(impact: Impact) -> dict[str, object]:
    return {
        "billed": _price(impact.billed),
        "supported": _price(impact.supported),
        "difference": _amount(impact.difference),
        "medicare": _amount(impact.medicare_difference),
        "copayment": _amount(impact.copayment_difference),
        "findings": [finding.finding_id for finding in impact.findings],
        "undetermined": [finding.finding_id for finding in impact.open_results],
        "because": impact.because,
    }


def _price(price: Price | None) -> dict[str, object] | None:
    if price is None:
        return None
    return {
        "total": _amount(price.total),
        "medicare": _amount(price.medicare),
        "copayment": _amount(price.copayment),
        "lines": [
            {
                "code": line.service.code,
                "service_date": _iso(line.service.service_date),
                "units": line.service.units,
                "status": line.rate.status,
                "rate": None if line.rate.payment_rate is None else str(line.rate.payment_rate),
                "times": str(line.times),
                "share": str(line.share),
            }
            for line in price.lines
        ],
        "not_priced": list(price.unpriced),
    }


def _line(line: SupportedLine) -> dict[str, object]:
    return {
        "code": line.code,
        "modifiers": list(line.modifiers),
        "units": line.units,
        "service_date": _iso(line.service_date),
        "access": line.access,
        "minutes": line.minutes,
        "counted": [[_iso(start), _iso(stop)] for start, stop in line.counted],
        "administrations": [given.administration_id for given in line.administrations],
        "rule": line.rule,
        "because": line.because,
        "authorities": list(line.authorities),
    }


def _variance(variance: Variance) -> dict[str, object]:
    return {
        "kind": variance.kind,
        "billed": variance.billed,
        "supported": variance.supported,
        "units": variance.units,
        "service_date": _iso(variance.service_date),
        "administrations": [given.administration_id for given in variance.administrations],
        "because": variance.because,
        "undetermined": variance.undetermined,
    }


def _corrected(line: CorrectedLine) -> dict[str, object]:
    billed = line.billed
    return {
        "claim": billed.claim_id if billed else None,
        "line": billed.line_number if billed else None,
        "action": line.action,
        "in_words": action_words(line),
        "code": line.code,
        "modifiers": list(line.modifiers),
        "units": line.units,
        "service_date": _iso(line.service_date),
        "because": line.because,
        "undetermined": bool(line.wait_for),
        "wait_for": line.wait_for,
    }


def _problem_code(code: ProblemCode) -> dict[str, object]:
    return {
        "code": code.code,
        "billed": code.billed,
        "supported": code.supported,
        "over": code.over,
        "under": code.under,
        "encounters_that_differ": code.differing.hits,
        "encounters": code.differing.total,
        "main_cause": code.cause,
        "findings": dict(code.findings),
    }


def _pivot(pivot: Pivot) -> dict[str, object]:
    return {
        "by": pivot.title.lower(),
        "counts": pivot.counts,
        "note": pivot.note,
        "rows": [asdict(row) for row in pivot.rows],
    }


def _outcomes(outcomes: Outcomes) -> dict[str, object]:
    return {
        "stands": outcomes.stands,
        "falls": outcomes.falls,
        "open": outcomes.open,
        "rebuttals": outcomes.rebuttals,
        "overturned": asdict(outcomes.overturned),
        "accuracy": [
            {
                "coder": accuracy.coder,
                "measure": accuracy.name.lower(),
                "open_taken_for_errors": asdict(accuracy.least),
                "open_not_taken_for_errors": asdict(accuracy.most),
            }
            for accuracy in outcomes.accuracies
        ],
        "root_causes": {cause.cause: cause.share.hits for cause in outcomes.root_causes},
    }


def _form_gap(gap: FormGap) -> dict[str, object]:
    return {
        "unit": gap.unit,
        "form": gap.form,
        "kind": gap.kind,
        "element": gap.element,
        "column": gap.column,
        "required": gap.required,
        "blank": gap.blank.hits if gap.blank else None,
    }


def _source(source: Source) -> dict[str, object]:
    return {"file": source.sheet.file, "sheet": source.sheet.sheet, "row": source.row}


def _iso(at: date | datetime | None) -> str | None:
    return None if at is None else at.isoformat()
