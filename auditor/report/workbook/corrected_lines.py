"""Corrected lines: for coding staff, what to do with each line of the claims that differ."""

from __future__ import annotations

from auditor.report.corrected import CorrectedRow
from auditor.report.workbook.column import LEGAL, Column, Plan

_COLUMNS: tuple[Column[CorrectedRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.encounter_id),
    Column("Account", "Account number as the files give it.", 13, lambda r: r.account_id),
    Column("Claim", "The claim billed; empty on a line to add.", 13, lambda r: r.claim_id),
    Column("Line", "Its line number.", 6, lambda r: r.line_number),
    Column("Billed as", "The code with its modifiers, as billed.", 12, lambda r: r.billed_as),
    Column("Billed units", "As the claim has them; a blank is one.", 8, lambda r: r.billed_units),
    Column("Billed on", "Service date of the claim.", 11, lambda r: r.billed_date),
    Column(
        "What to do",
        "With the billed line: keep, delete, or each change with what stands before and after. "
        "Add: a line that the claim lacks. Done in whole, the claim is what the record supports.",
        30,
        lambda r: r.action,
        "wrap",
        mark=lambda r: "caution" if r.correct_now == "yes" else None,
    ),
    Column(
        "Correct now",
        "Not yet: what stands under Wait for could still turn the claim out otherwise.",
        9,
        lambda r: r.correct_now,
        mark=lambda r: "grave" if r.correct_now == "not yet" else None,
    ),
    Column("Code", "Of the corrected line, in force on its date.", 8, lambda r: r.code),
    Column(
        "Modifiers",
        "Of the corrected line. Only 59 and the X modifiers are judged; others stand as billed.",
        10,
        lambda r: r.modifiers,
    ),
    Column("Units", "Of the corrected line; 0 on one to delete.", 7, lambda r: r.units, "count"),
    Column("Service date", "Of the corrected line.", 11, lambda r: r.service_date),
    Column(
        "Service", "Our own short wording, not the published one.", 26, lambda r: r.service, "wrap"
    ),
    Column("Cause", "Why the line differs.", 46, lambda r: r.cause, "wrap"),
    Column(
        "Wait for",
        "What has to be known before the claim is corrected.",
        30,
        lambda r: r.wait_for,
        "wrap",
    ),
    Column(
        "Could be cured by",
        "Where units go: what the encounter's findings ask for that could restore them.",
        26,
        lambda r: r.curable_by,
        "wrap",
    ),
    Column("Claim row", "File, sheet and row of the billed line.", 26, lambda r: r.source, "wrap"),
)

PLAN = Plan(
    "Corrected lines",
    "for coding staff: what to do with each line of the claims that differ",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
    fixed=4,
    nothing="None: no claim differs from its record.",
)
