"""The workbook: what the report tells, listed, with room for what people decide.

Each sheet has a file of its name with its columns; the dictionary is made of the same columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

from auditor.load.ledger import Ledger
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows, other_rows
from auditor.report.corrected import corrected_rows
from auditor.report.findings import finding_row
from auditor.report.money import effects_of
from auditor.report.segments import SegmentRow, segment_rows
from auditor.report.summary import Summary
from auditor.report.text import printable
from auditor.report.unclassified import drug_rows
from auditor.report.workbook import (
    checks,
    claim_lines,
    corrected_lines,
    data_quality,
    dictionary,
    drugs_to_classify,
    form_gaps,
    money,
    pivots,
    problem_codes,
    rows_not_used,
    summary_sheet,
    timeline,
    worklist,
)
from auditor.report.workbook.sheet import Sheet, noting_first
from auditor.report.workbook.styles import new_workbook
from auditor.run import Audit

PLANS = tuple(
    module.PLAN
    for module in (
        summary_sheet,
        worklist,
        claim_lines,
        money,
        corrected_lines,
        timeline,
        checks,
        problem_codes,
        pivots,
        form_gaps,
        drugs_to_classify,
        data_quality,
        rows_not_used,
        dictionary,
    )
)


def holds_decisions(path: Path) -> bool:
    """Whether somebody has typed into the worklist of an earlier workbook.

    A file that cannot be read as one of ours may hold anything: it counts as typed into.
    """
    from openpyxl import load_workbook

    open_headers = {column.header for column in worklist.PLAN.columns if column.is_open}
    try:
        book = load_workbook(path, read_only=True)
        with closing(book):
            rows = book["Worklist"].iter_rows(values_only=True)
            header = next(rows, ())
            places = [place for place, title in enumerate(header) if title in open_headers]
            return any(row[place] not in (None, "") for row in rows for place in places)
    except Exception:  # openpyxl raises whatever a damaged file makes it raise
        return True


def write_workbook(
    path: Path, audit: Audit, summary: Summary, cases: Sequence[Case], ledger: Ledger
) -> None:
    """Write the workbook to ``path``; ``cases`` are the audit's encounters in its order."""
    book = new_workbook()
    sheets = {plan.title: Sheet(book, plan) for plan in PLANS}
    claim_starts: dict[str, int] = {}
    segment_starts: dict[str, int] = {}
    claim_rows = chain.from_iterable(
        (*administration_rows(case), *other_rows(case)) for case in cases
    )
    segments = chain.from_iterable(map(segment_rows, cases))
    sheets["Claim lines"].fill(noting_first(claim_rows, _encounter, claim_starts))
    sheets["Corrected lines"].fill(chain.from_iterable(map(corrected_rows, cases)))
    sheets["Timeline"].fill(noting_first(segments, _encounter, segment_starts))
    effects = effects_of(cases)
    findings = (finding_row(finding, effects) for finding in worklist.findings_in_order(audit))
    sheets["Worklist"].fill(findings, worklist.worklist_columns(claim_starts, segment_starts))
    sheets["Money"].fill(cases)
    sheets["Checks"].fill(summary.checks)
    sheets["Problem codes"].fill(summary.problem_codes)
    pivots.fill_pivots(sheets["Pivots"], summary.pivots)
    sheets["Form gaps"].fill(summary.form_gaps)
    sheets["Drugs to classify"].fill(drug_rows(cases))
    sheets["Rows not used"].fill(ledger.rows)
    data_quality.fill_quality(sheets["Data quality"], summary, ledger)
    dictionary.fill_dictionary(sheets["Dictionary"], PLANS, summary)
    summary_sheet.fill_summary(sheets["Summary"], summary, PLANS[1:])
    book.save(path)


def _encounter(row: ClaimRow | SegmentRow) -> str:
    return printable(row.case.encounter.encounter_id)
