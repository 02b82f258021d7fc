"""Problem codes: the codes by units in difference, with their main cause."""

from __future__ import annotations

from auditor.report.ranking import ProblemCode
from auditor.report.workbook.column import LEGAL, Column, Plan, share

_COLUMNS: tuple[Column[ProblemCode], ...] = (
    Column(
        "Code",
        "Administration code billed or supported; encounters with a drug that nobody classified "
        "are left out.",
        9,
        lambda r: r.code,
    ),
    Column(
        "Service", "Our own short wording, not the published one.", 26, lambda r: r.service, "wrap"
    ),
    Column("Billed", "Units billed.", 9, lambda r: r.billed, "count"),
    Column("Supported", "Units that the records support.", 10, lambda r: r.supported, "count"),
    Column("Over", "Units billed too much, summed by encounter.", 8, lambda r: r.over, "count"),
    Column("Under", "Units left out, summed by encounter.", 8, lambda r: r.under, "count"),
    Column(
        "In difference",
        "Over and under together: the rank.",
        11,
        lambda r: r.difference,
        "count",
    ),
    Column(
        "Encounters that differ",
        "Encounters with any difference of the code, dates and modifiers included.",
        11,
        lambda r: r.differing.hits,
        "count",
    ),
    Column(
        "Encounters", "That bill or support the code.", 11, lambda r: r.differing.total, "count"
    ),
    Column(
        "Share",
        "Encounters that differ ÷ encounters; too few below 30.",
        9,
        lambda r: share(r.differing),
        "share",
    ),
    Column("95% interval", "Wilson score interval.", 12, lambda r: r.differing.interval_words),
    Column(
        "Main cause", "The cause of most of its differing units.", 36, lambda r: r.cause, "wrap"
    ),
    Column(
        "Findings by check",
        "Deficiencies on claim lines with the code; one that concerns several codes is at each.",
        60,
        lambda r: "; ".join(f"{title}: {number:,}" for title, number in r.findings),
        "wrap",
    ),
)

PLAN = Plan(
    "Problem codes",
    "codes by units in difference, with their main cause",
    _COLUMNS,
    paper=LEGAL,
)
