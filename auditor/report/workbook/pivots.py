"""Pivots: deficiencies by who and what they concern, a small table each."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.report.pivots import Pivot, PivotRow
from auditor.report.workbook.column import Column, Plan, share
from auditor.report.workbook.sheet import Sheet

_COLUMNS: tuple[Column[PivotRow], ...] = (
    Column(
        "Value",
        "None concerned: deficiencies that nothing with a value is behind.",
        44,
        lambda r: r.value,
        "wrap",
    ),
    Column(
        "Findings",
        "Deficiencies; one that concerns several values counts at each.",
        11,
        lambda r: r.findings,
        "count",
    ),
    Column("Counted", "What has the value, as the heading says.", 11, lambda r: r.counted, "count"),
    Column(
        "Deficient encounters",
        "Encounters with such a deficiency.",
        12,
        lambda r: r.deficient,
        "count",
    ),
    Column("Encounters", "Encounters that have the value.", 12, lambda r: r.encounters, "count"),
    Column(
        "Share",
        "Deficient encounters ÷ encounters; too few below 30.",
        11,
        lambda r: share(r.rate) if r.rate else None,
        "share",
    ),
    Column(
        "95% interval",
        "Wilson score interval.",
        14,
        lambda r: r.rate.interval_words if r.rate else None,
    ),
)

PLAN = Plan(
    "Pivots",
    "deficiencies by coder, unit, staff, drug, check, payer and shift",
    _COLUMNS,
)


def fill_pivots(sheet: Sheet, pivots: Iterable[Pivot]) -> None:
    """Write one table a pivot, each with what it counts."""
    sheet.line(("Deficiencies only; what is undetermined counts against nobody.", "plain"))
    for pivot in pivots:
        sheet.heading(f"{pivot.title} · counted: {pivot.counts}")
        sheet.line((pivot.note, "plain"))
        sheet.table(_COLUMNS, pivot.rows)
