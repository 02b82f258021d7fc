"""The findings for other programs: a CSV and a JSON, the same bytes for the same input."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path

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
from auditor.report.findings import FindingRow, claim_lines_of, finding_row, in_order
from auditor.report.gaps import FormGap
from auditor.report.manifest import program
from auditor.report.money import Direction, Money, effects_of, money_of
from auditor.report.parties import origin_of
from auditor.report.pivots import Pivot
from auditor.report.ranking import ProblemCode
from auditor.report.rate import Hidden
from auditor.report.summary import Summary
from auditor.report.text import day, printable
from auditor.run import Audit, Finding, subject_key

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_findings(path: Path, audit: Audit, effects: Mapping[str, Decimal]) -> None:
    """Write findings.csv: one row a finding, in the worklist's order and columns.

    ``effects`` on payment are by finding id, printed with two places.  UTF-8 with a byte order
    mark, without which Excel reads accented names wrongly.  A text that a spreadsheet would take
    for a formula gets an apostrophe before it.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(field.name for field in fields(FindingRow))
        for finding in in_order(audit):
            row = finding_row(finding, effects)
            table.writerow(_cell(getattr(row, field.name)) for field in fields(row))


def write_corrected(path: Path, cases: Sequence[Case]) -> None:
    """Write corrected_lines.csv in the form of findings.csv: the claims that differ, line by line.

    The columns are those of the workbook's sheet and the patient number.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(field.name for field in fields(CorrectedRow))
        for row in chain.from_iterable(map(corrected_rows, cases)):
            table.writerow(as_text(str(getattr(row, field.name))) for field in fields(row))


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
    path: Path, audit: Audit, summary: Summary, cases: Sequence[Case], ledger: Ledger
) -> None:
    """Write audit.json: policy, results, findings, money, lines, variances, rankings, ledger sums.

    Times are ISO 8601 with their offset, amounts texts in US dollars with two places; nothing
    depends on the clock or on the machine.
    """
    effects = effects_of(cases)
    money = money_of(cases)
    content = {
        "program": program(),
        "policy": {name: value for name, value, _, _ in policy_rows(audit.policy)},
        "complete": audit.complete,
        "masked": bool(summary.masked),
        "results": [
            {
                "check": result.check.id,
                "status": result.status.value,
                "deficient": result.deficient,
                "met": result.met,
                "undetermined": result.undetermined,
                "examined": line.examined,
                "missing": list(result.missing),
                "unevaluated": dict(sorted(result.unevaluated.items())),
                "failed_encounters": list(result.failed_encounters),
            }
            for line in sorted(summary.checks, key=lambda line: line.check.id)
            for result in (line.result,)
        ],
        "findings": [
            {**_finding(finding), "payment_effect": _amount(effects.get(finding.finding_id))}
            for finding in in_order(audit)
        ],
        "money": _money(hide_in(money) if summary.masked else money),
        "problem_codes": [_problem_code(code) for code in summary.problem_codes],
        "pivots": [_pivot(pivot) for pivot in summary.pivots],
        "form_gaps": [_form_gap(gap) for gap in summary.form_gaps],
        "decisions": _outcomes(summary.outcomes) if summary.outcomes else None,
        "encounters": [_encounter(case) for case in cases],
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
    text = printable(json.dumps(_shown(content), indent=1, ensure_ascii=False))
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


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
