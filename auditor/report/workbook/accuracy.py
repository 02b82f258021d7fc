"""Accuracy: what the decisions say of coders, rebuttals and root causes, with the formulas."""

from __future__ import annotations

from auditor.report.accuracy import (
    OVERTURNED,
    ROOT_CAUSES,
    STANDING,
    Accuracy,
    RootCause,
)
from auditor.report.summary import Summary
from auditor.report.workbook.column import Column, Plan, share
from auditor.report.workbook.sheet import Sheet

_OPEN = "The same, with every open finding taken for an error."

_ACCURACY_COLUMNS: tuple[Column[Accuracy], ...] = (
    Column("Coder", "As the claim lines name the coder.", 24, lambda r: r.coder, "wrap"),
    Column("Measure", "Code over code, or case over case.", 16, lambda r: r.name, "wrap"),
    Column("Right", "Open findings are not taken for errors.", 10, lambda r: r.most.hits, "count"),
    Column("Of", "The denominator.", 10, lambda r: r.most.total, "count"),
    Column("Share", "Right ÷ of; too few below 30.", 10, lambda r: share(r.most), "share"),
    Column("95% interval", "Wilson score interval.", 13, lambda r: r.most.interval_words),
    Column("Right, open as errors", _OPEN, 11, lambda r: r.least.hits, "count"),
    Column("Of, open as errors", _OPEN, 11, lambda r: r.least.total, "count"),
    Column("Share, open as errors", _OPEN, 11, lambda r: share(r.least), "share"),
    Column("Formula", "What is divided by what.", 60, lambda r: r.formula, "wrap"),
)

_CAUSE_COLUMNS: tuple[Column[RootCause], ...] = (
    Column("Root cause", "As people gave it.", 24, lambda r: r.cause, "wrap"),
    Column("Findings", "That stand and have it.", 16, lambda r: r.share.hits, "count"),
    Column("Of", "All that stand.", 10, lambda r: r.share.total, "count"),
    Column("Share", "Findings ÷ of; too few below 30.", 10, lambda r: share(r.share), "share"),
    Column("95% interval", "Wilson score interval.", 13, lambda r: r.share.interval_words),
)

PLAN = Plan(
    "Accuracy",
    "by the decisions: coders' accuracy, rebuttals overturned, root causes",
    (*_ACCURACY_COLUMNS, *_CAUSE_COLUMNS[:2]),
    widths=tuple(column.width for column in _ACCURACY_COLUMNS),
)


def fill_accuracy(sheet: Sheet, summary: Summary) -> None:
    """Write the three tables, or why there are none."""
    outcomes = summary.outcomes
    if outcomes is None:
        sheet.line(("No decisions were given.", "heading"))
        sheet.line(
            (
                "Fill in the yellow columns of the Worklist, save, and run again with --decisions "
                "and this file.",
                "plain",
            )
        )
        return
    sheet.line((outcomes.progress, "heading"))
    sheet.line((STANDING, "plain"))
    sheet.heading("Accuracy: a fault of nursing, order or data feed never counts against a coder")
    sheet.table(_ACCURACY_COLUMNS, outcomes.accuracies)
    sheet.heading("Rebuttals overturned")
    sheet.line((outcomes.overturned.words, "plain"))
    sheet.line((OVERTURNED, "plain"))
    sheet.heading("Root causes")
    sheet.line((ROOT_CAUSES, "plain"))
    sheet.table(_CAUSE_COLUMNS, outcomes.root_causes)
    sheet.heading("Beside the earlier workbooks")
    for sentence in summary.decided:
        sheet.line((sentence, "plain"))
