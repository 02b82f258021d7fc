"""The workbook: what the report tells, listed, with room for what people decide.

Each sheet has a file of its name with its columns; the dictionary is made of the same columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from auditor.load.ledger import Ledger
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows, other_rows
from auditor.report.corrected import corrected_rows
from auditor.report.decisions import Decisions
from auditor.report.findings import finding_row, in_order
from auditor.report.money import effects_of
from auditor.report.segments import SegmentRow, segment_rows
from auditor.report.summary import Summary
from auditor.report.text import printable
from auditor.report.unclassified import drug_rows
from auditor.report.workbook import (
    accuracy,
    checks,
    claim_lines,
    corrected_lines,
    data_quality,
    dictionary,
    drugs_to_classify,
    earlier_decisions,
    form_gaps,
    money,
    pivots,
    problem_codes,
    rows_not_used,
    summary_sheet,
    timeline,
    worklist,
)
from auditor.report.workbook.seal import Seal
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
        accuracy,
        earlier_decisions,
        dictionary,
    )
)


def write_workbook(
    path: Path,
    audit: Audit,
    summary: Summary,
    cases: Sequence[Case],
    ledger: Ledger,
    decisions: Decisions | None = None,
) -> None:
    """Write the workbook to ``path``.

    ``cases`` are the audit's encounters in its order, ``decisions`` what people decided earlier.
    """
    book = new_workbook()
    seal = Seal(book)
    sheets = {plan.title: Sheet(book, plan, seal) for plan in PLANS}
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
    findings = (finding_row(finding, effects) for finding in in_order(audit))
    sheets["Worklist"].fill(
        worklist.worklist_rows(findings, decisions),
        worklist.worklist_columns(claim_starts, segment_starts),
    )
    sheets["Earlier decisions"].fill(earlier_decisions.earlier_rows(decisions))
    sheets["Money"].fill(cases)
    sheets["Checks"].fill(summary.checks)
    sheets["Problem codes"].fill(summary.problem_codes)
    pivots.fill_pivots(sheets["Pivots"], summary.pivots)
    sheets["Form gaps"].fill(summary.form_gaps)
    sheets["Drugs to classify"].fill(drug_rows(cases))
    sheets["Rows not used"].fill(ledger.rows)
    data_quality.fill_quality(sheets["Data quality"], summary, ledger)
    dictionary.fill_dictionary(sheets["Dictionary"], PLANS, summary)
    accuracy.fill_accuracy(sheets["Accuracy"], summary)
    summary_sheet.fill_summary(sheets["Summary"], summary, PLANS[1:])
    seal.close()
    book.save(path)


def _encounter(row: ClaimRow | SegmentRow) -> str:
    return printable(row.case.encounter.encounter_id)
