"""Dictionary: what each column of the workbook means; the policy in force."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.report.summary import Summary
from auditor.report.workbook.column import Column, Plan
from auditor.report.workbook.sheet import Sheet

PolicyRow = tuple[str, str, str, bool]

_POLICY_COLUMNS: tuple[Column[PolicyRow], ...] = (
    Column("Choice", "Field of the policy file.", 26, lambda r: r[0]),
    Column(
        "In force",
        "Its value in this audit.",
        26,
        lambda r: r[1],
        "wrap",
        mark=lambda r: "caution" if r[3] else None,
    ),
    Column("Meaning", "What it decides.", 60, lambda r: r[2], "wrap"),
    Column(
        "Changed",
        "Whether it differs from the default.",
        14,
        lambda r: "changed" if r[3] else "default",
    ),
)

_DICTIONARY_COLUMNS: tuple[Column[tuple[str, str, str, str]], ...] = (
    Column("Sheet", "Sheet.", 24, lambda r: r[0]),
    Column("Column", "Header.", 28, lambda r: r[1], "wrap"),
    Column("Meaning", "What it says.", 60, lambda r: r[2], "wrap"),
    Column("Filled in by", "The audit, or you.", 14, lambda r: r[3]),
)

PLAN = Plan("Dictionary", "what each column means; the policy in force", _DICTIONARY_COLUMNS)


def fill_dictionary(sheet: Sheet, plans: Iterable[Plan], summary: Summary) -> None:
    """Every column of ``plans`` with its meaning, then the policy."""
    sheet.line(
        (
            "Facts on the Worklist are locked without a password; the yellow columns are yours.",
            "plain",
        )
    )
    sheet.table(
        _DICTIONARY_COLUMNS,
        [
            (plan.title, column.header, column.meaning, "you" if column.is_open else "the audit")
            for plan in plans
            for column in plan.columns
        ],
    )
    sheet.heading("Policy in force")
    sheet.table(_POLICY_COLUMNS, summary.policy)
