"""Summary: three numbers, three risks, three actions, and the limits of the data.

Each number stands in a cell of its own that leads to the rows which it counts, and beside it a
formula counts them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.report.accuracy import EVERYBODY, OVERTURNED, Outcomes
from auditor.report.summary import Summary
from auditor.report.workbook import accuracy, checks, claim_lines, money, worklist
from auditor.report.workbook.column import Plan, Trace, place
from auditor.report.workbook.sheet import Sheet

PLAN = Plan("Summary", "the audit on one page", widths=(15, 14, 84, 11, 11))


def fill_summary(
    sheet: Sheet, summary: Summary, plans: Iterable[Plan], sizes: Mapping[str, int]
) -> None:
    """Write the page; ``plans`` are the sheets that it leads to, ``sizes`` the last row of each."""
    sheet.on_one_page()
    sheet.line((summary.title, "title"))
    sheet.line((summary.subtitle, "plain"))
    _sentence(sheet, summary.completeness, "sentence" if summary.complete else "warning")
    if summary.masked:
        _sentence(sheet, summary.masked)
    sheet.line((None, "plain"))
    again = () if summary.masked else (("counted", "quiet"), ("again", "quiet"))
    sheet.line(("Three numbers", "heading"), (None, "plain"), (None, "plain"), *again)
    traces = (None,) * 5 if summary.masked else _traces(sizes)  # they would count what is hidden
    for number, trace in zip(summary.numbers, traces[:3], strict=True):
        sheet.counted(number.hits, number.total, number.label, trace, "figure")
    _sentence(sheet, summary.money)
    for heading, sentences in (
        ("Risks", summary.risks),
        ("Actions", summary.actions),
        ("Limits of the data", summary.limits),
        ("Not looked at", summary.exclusions),
    ):
        if sentences:
            sheet.heading(heading)
        for sentence in sentences:
            _sentence(sheet, sentence)
    sheet.heading("Agreement of claim and record")
    for agreement, trace in zip(summary.agreements, traces[3:], strict=True):
        rate = agreement.rate
        words = f"{agreement.name}: {rate.words}"
        sheet.counted(rate.hits, rate.total, words, trace, "count")
        _sentence(sheet, agreement.formula, "quiet")
    if summary.outcomes is not None:
        sheet.heading("By the decisions")
        for sentence in summary.decided:
            _sentence(sheet, sentence)
        _outcomes(sheet, summary.outcomes)
    sheet.heading("Scope")
    for name, value in summary.scope:
        digits = value.replace(",", "")
        if digits.isdecimal():
            sheet.line((name, "plain"), (int(digits), "count alone"))
        else:
            sheet.line((name, "plain"), (None, "plain"), (value, "sentence"))
    sheet.heading("Sheets")
    for plan in plans:
        sheet.link(plan.title, place(plan.title, 1), plan.meaning)


def _sentence(sheet: Sheet, sentence: str, style: str = "sentence") -> None:
    sheet.line((None, "plain"), (None, "plain"), (sentence, style))


def _outcomes(sheet: Sheet, outcomes: Outcomes) -> None:
    """What the decisions come to, the coders together."""
    _sentence(sheet, outcomes.progress)
    for line in outcomes.accuracies:
        if line.coder == EVERYBODY:
            words = f"{line.name}: {line.words}"
            sheet.counted(line.most.hits, line.most.total, words, None, "count")
            _sentence(sheet, line.formula, "quiet")
    rate = outcomes.overturned
    sheet.counted(rate.hits, rate.total, f"Rebuttals overturned: {rate.words}", None, "count")
    _sentence(sheet, OVERTURNED, "quiet")
    for cause in outcomes.root_causes[:3]:
        words = f"Root cause, {cause.cause}: {cause.share.words}"
        sheet.counted(cause.share.hits, cause.share.total, words, None, "count")
    sheet.link(accuracy.PLAN.title, place(accuracy.PLAN.title, 1), "coder by coder")


def _traces(sizes: Mapping[str, int]) -> tuple[Trace, ...]:
    """Of the three numbers and the two agreements, in their order."""

    def cells(plan: Plan, header: str) -> str:
        return column_range(plan, header, sizes[plan.title])

    deficient = cells(money.PLAN, "Deficiencies")
    counted, difference = (cells(claim_lines.PLAN, h) for h in ("Counted", "Difference"))
    units, less = (cells(claim_lines.PLAN, h) for h in ("Billed", "Billed less supported"))
    agreeing = cells(money.PLAN, "Claim and record")
    result, examined = cells(worklist.PLAN, "Result"), cells(checks.PLAN, "Examined")
    return (
        Trace(
            place(money.PLAN.title, 2),
            f'=COUNTIF({deficient},">0")',
            f"=COUNT({deficient})",
        ),
        Trace(
            place(claim_lines.PLAN.title, 2),
            f'=SUMIFS({less},{less},">0",{counted},"yes")',
            f'=SUMIFS({units},{counted},"yes")',
        ),
        Trace(
            place(worklist.PLAN.title, 2),
            f'=COUNTIF({result},"undetermined")',
            f"=SUM({examined})",
        ),
        Trace(
            place(claim_lines.PLAN.title, 2),
            f'=COUNTIFS({counted},"yes",{difference},"")',
            f'=COUNTIF({counted},"yes")',
        ),
        Trace(
            place(money.PLAN.title, 2),
            f'=COUNTIF({agreeing},"agree")',
            f'=COUNTIF({agreeing},"agree")+COUNTIF({agreeing},"differ")',
        ),
    )


def column_range(plan: Plan, header: str, last: int) -> str:
    """The cells below a header, for a formula."""
    from openpyxl.utils import get_column_letter

    number = [column.header for column in plan.columns].index(header) + 1
    letter = get_column_letter(number)
    return f"'{plan.title}'!${letter}$2:${letter}${max(last, 2)}"
