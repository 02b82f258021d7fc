"""Summary: three numbers, three risks, three actions, and the limits of the data."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.report.accuracy import EVERYBODY, OVERTURNED
from auditor.report.summary import Summary
from auditor.report.text import sentence_case
from auditor.report.workbook.column import Plan, place
from auditor.report.workbook.sheet import Sheet

PLAN = Plan("Summary", "the audit on one page", (), widths=(28, 96))


def fill_summary(sheet: Sheet, summary: Summary, plans: Iterable[Plan]) -> None:
    """Write the page; ``plans`` are the sheets that it leads to."""
    sheet.on_one_page()
    sheet.line((summary.title, "title"))
    sheet.line((summary.subtitle, "plain"))
    sheet.line(
        (None, "plain"), (summary.completeness, "sentence" if summary.complete else "warning")
    )
    sheet.heading("Three numbers")
    for number in summary.numbers:
        sheet.line((number.value, "figure"), (number.label, "sentence"))
    sheet.line((None, "plain"), (summary.money, "sentence"))
    for heading, sentences in (
        ("Risks", summary.risks),
        ("Actions", summary.actions),
        ("Limits of the data", summary.limits),
        ("Not looked at", summary.exclusions),
    ):
        if sentences:
            sheet.heading(heading)
        for sentence in sentences:
            sheet.line((None, "plain"), (sentence, "sentence"))
    sheet.heading("Agreement of claim and record")
    for agreement in summary.agreements:
        sheet.line((agreement.name, "plain"), (agreement.rate.words, "sentence"))
        sheet.line((None, "plain"), (agreement.formula, "quiet"))
    if summary.outcomes is not None:
        sheet.heading("By the decisions")
        for sentence in (*summary.decided, summary.outcomes.progress):
            sheet.line((None, "plain"), (sentence, "sentence"))
        for accuracy in summary.outcomes.accuracies:
            if accuracy.coder == EVERYBODY:
                sheet.line((accuracy.name, "plain"), (accuracy.words, "sentence"))
                sheet.line((None, "plain"), (accuracy.formula, "quiet"))
        sheet.line(
            ("Rebuttals overturned", "plain"), (summary.outcomes.overturned.words, "sentence")
        )
        sheet.line((None, "plain"), (OVERTURNED, "quiet"))
        for cause in summary.outcomes.root_causes[:3]:
            sheet.line((sentence_case(cause.cause), "plain"), (cause.share.words, "sentence"))
    sheet.heading("Scope")
    for name, value in summary.scope:
        sheet.line((name, "plain"), (value, "sentence"))
    sheet.heading("Sheets")
    for plan in plans:
        sheet.link(plan.title, place(plan.title, 1), plan.meaning)
