"""The workbook: what the report tells, listed, with room for what people decide.

Each sheet has a file of its name with its columns; the dictionary is made of the same columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import IO

from auditor.load.ledger import Ledger
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows, other_rows
from auditor.report.corrected import corrected_rows
from auditor.report.decisions import Decisions
from auditor.report.few import hide_in
from auditor.report.findings import in_order
from auditor.report.missed import missed_rows
from auditor.report.money import effects_of
from auditor.report.segments import SegmentRow, segment_rows
from auditor.report.summary import Summary
from auditor.report.text import printable
from auditor.report.trend import Trend
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
    missed_charges,
    money,
    pivots,
    problem_codes,
    rows_not_used,
    summary_sheet,
    timeline,
    trend,
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
        trend,
        problem_codes,
        pivots,
        form_gaps,
        drugs_to_classify,
        missed_charges,
        data_quality,
        rows_not_used,
        accuracy,
        earlier_decisions,
        dictionary,
    )
)


def write_workbook(
    target: Path | IO[bytes],
    audit: Audit,
    summary: Summary,
    cases: Sequence[Case],
    ledger: Ledger,
    decisions: Decisions | None = None,
    trends: Sequence[Trend] = (),
) -> None:
    """Write the workbook to ``target``, a path or an open file.

    ``cases`` are the audit's encounters in its order, ``decisions`` what people decided earlier,
    ``trends`` those of its facilities.
    """
    book = new_workbook()
    seal = Seal(book)
    sheets = {plan.title: Sheet(book, plan, seal) for plan in PLANS}
    claim_starts: dict[str, int] = {}
    segment_starts: dict[str, int] = {}
    first = [case for case in cases if _is_under_review(case)]
    rest = [case for case in cases if not _is_under_review(case)]
    lines, segments = sheets["Claim lines"], sheets["Timeline"]
    compared = (chain.from_iterable(map(administration_rows, group)) for group in (first, rest))
    others = chain.from_iterable(map(other_rows, cases))
    lines.fill(
        noting_first(lines, next(compared), _encounter, claim_starts),
        on_screen=noting_first(lines, chain(next(compared), others), _encounter, claim_starts),
    )
    charted = (chain.from_iterable(map(segment_rows, group)) for group in (first, rest))
    segments.fill(
        noting_first(segments, next(charted), _encounter, segment_starts),
        on_screen=noting_first(segments, next(charted), _encounter, segment_starts),
    )
    sheets["Corrected lines"].fill(chain.from_iterable(map(corrected_rows, cases)))
    effects = effects_of(cases)
    sheets["Worklist"].fill(
        worklist.worklist_rows(in_order(audit), effects, decisions),
        worklist.worklist_columns(claim_starts, segment_starts),
    )
    sheets["Earlier decisions"].fill(earlier_decisions.earlier_rows(decisions))
    sheets["Money"].fill(first, on_screen=rest)
    sheets["Checks"].fill(summary.checks)
    trend.fill_trend(sheets["Trend"], trends)
    sheets["Problem codes"].fill(summary.problem_codes)
    pivots.fill_pivots(sheets["Pivots"], summary.pivots)
    sheets["Form gaps"].fill(summary.form_gaps)
    unclassified = drug_rows(cases)
    sheets["Drugs to classify"].fill(hide_in(unclassified) if summary.masked else unclassified)
    sheets["Missed charges"].fill(missed_rows(cases, audit.policy))
    sheets["Rows not used"].fill(ledger.rows)
    data_quality.fill_quality(sheets["Data quality"], summary, ledger)
    dictionary.fill_dictionary(sheets["Dictionary"], PLANS, summary)
    accuracy.fill_accuracy(sheets["Accuracy"], summary)
    sizes = {title: sheet.rows for title, sheet in sheets.items()}
    summary_sheet.fill_summary(sheets["Summary"], summary, PLANS[1:], sizes)
    seal.close()
    book.save(target)


def _encounter(row: ClaimRow | SegmentRow) -> str:
    return printable(row.case.encounter.encounter_id)


def _is_under_review(case: Case) -> bool:
    return bool(case.findings or case.undetermined or case.variances)
