"""Claim lines: each encounter's codes as billed beside what the record supports."""

from __future__ import annotations

from auditor.coding import is_open
from auditor.report.claims import ClaimRow
from auditor.report.findings import rows_words
from auditor.report.workbook.column import LEGAL, Column, Plan
from auditor.tables.codes import code as code_entry


def _counted(row: ClaimRow) -> str:
    if row.billed is None:
        return "not compared"
    return "no" if is_open(row.case.encounter, row.case.support) else "yes"


_COLUMNS: tuple[Column[ClaimRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.case.encounter.encounter_id),
    Column("Code", "HCPCS or CPT code, billed or supported.", 9, lambda r: r.code),
    Column(
        "Service",
        "Our own short wording, not the published one.",
        24,
        lambda r: _service(r),
        "wrap",
    ),
    Column(
        "Billed as",
        "The code with its modifiers, as the claim has it.",
        18,
        lambda r: r.billed_as,
        "wrap",
    ),
    Column(
        "Billed",
        "Units billed, all lines and dates together; a blank is one.",
        8,
        lambda r: r.billed,
        "count",
    ),
    Column("Supported", "Units that the record supports.", 10, lambda r: r.supported, "count"),
    Column(
        "Billed less supported",
        "Units: positive is billed too much, negative is left out.",
        11,
        lambda r: None if r.billed is None or r.supported is None else r.billed - r.supported,
        "difference",
    ),
    Column(
        "Difference",
        "In words; empty where claim and record agree.",
        20,
        lambda r: r.mark,
        "wrap",
        mark=lambda r: "caution" if r.mark and r.billed is not None else None,
    ),
    Column(
        "Counted",
        "Yes: it is in the numbers of the Summary. No: a drug of the encounter has no class. Not "
        "compared: it bills no drug administration; such lines stand last and are not printed, nor "
        "are encounters without a finding or difference.",
        11,
        _counted,
    ),
    Column("Cause", "The one cause of the difference.", 38, lambda r: r.cause, "wrap"),
    Column("Billed on", "Service dates of the claim.", 13, lambda r: r.billed_on, "wrap"),
    Column("Supported on", "Service dates by the record.", 13, lambda r: r.supported_on, "wrap"),
    Column(
        "Minutes",
        "Counted minutes behind the units.",
        9,
        lambda r: r.counted_minutes or None,
        "count",
    ),
    Column("Why supported", "The rule at work.", 46, lambda r: r.rule, "wrap"),
    Column(
        "Claim rows",
        "File, sheet and row of each line.",
        30,
        lambda r: rows_words(line.source for line in r.lines if line.source),
        "wrap",
    ),
)

PLAN = Plan(
    "Claim lines",
    "billed beside supported, code by code",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
    fixed=2,
)


def _service(row: ClaimRow) -> str:
    entry = code_entry(row.code)
    return entry.wording if entry else ""
