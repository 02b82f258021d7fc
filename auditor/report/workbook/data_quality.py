"""Data quality: what was read of each sheet, what could not be judged, how columns were read."""

from __future__ import annotations

from auditor.load.ledger import Ledger, LedgerSheet, Orphan
from auditor.report.received import field_words, kind_words, sheet_name
from auditor.report.summary import Summary
from auditor.report.workbook.column import Column, Plan
from auditor.report.workbook.sheet import Sheet

_LEDGER_COLUMNS: tuple[Column[LedgerSheet], ...] = (
    Column("Sheet", "File and sheet.", 34, sheet_name, "wrap"),
    Column("Kind", "What its rows are.", 16, lambda r: kind_words(r.kind), "wrap"),
    Column(
        "Read",
        "Data rows: used, superseded and rejected together.",
        12,
        lambda r: r.rows_read,
        "count",
    ),
    Column("Used", "Rows that became facts.", 12, lambda r: r.used, "count"),
    Column("Superseded", "Rows that another row replaces.", 12, lambda r: r.superseded, "count"),
    Column(
        "Rejected",
        "Rows that could not be read.",
        12,
        lambda r: r.rejected,
        "count",
        mark=lambda r: "caution" if r.rejected else None,
    ),
)

_ORPHAN_COLUMNS: tuple[Column[Orphan], ...] = (
    Column("Encounter", "In one kind of file only.", 34, lambda r: r.encounter_id),
    Column("Missing", "What no file has of it.", 16, lambda r: r.missing, "wrap"),
    Column("First cell", "Where it stands.", 12, lambda r: r.cell, "wrap"),
)

_MAPPING_COLUMNS: tuple[Column[tuple[LedgerSheet, str, str]], ...] = (
    Column("Sheet", "File and sheet.", 34, lambda r: sheet_name(r[0]), "wrap"),
    Column("Header", "As the file has it.", 16, lambda r: r[1], "wrap"),
    Column("Understood as", "The field that it states.", 12, lambda r: field_words(r[2]), "wrap"),
)

PLAN = Plan(
    "Data quality",
    "what was read from each sheet and how its columns were understood",
    (*_LEDGER_COLUMNS, *_ORPHAN_COLUMNS, *_MAPPING_COLUMNS),
    widths=(44, 28, 28, 12, 12, 12),
)


def fill_quality(sheet: Sheet, summary: Summary, ledger: Ledger) -> None:
    """Write the sheet's tables one below the other."""
    sheet.line(("Sheets read: read = used + superseded + rejected", "heading"))
    sheet.table(_LEDGER_COLUMNS, ledger.sheets)
    if summary.unevaluated:
        sheet.heading("Checks that could not be evaluated, and what would enable them")
    for gap in summary.unevaluated:
        for _, how in gap.wants:
            sheet.line((gap.check.title, "wrap"), (f"{how}.", "plain"))
    if ledger.orphans:
        sheet.heading("Encounters that only some files know")
        sheet.table(_ORPHAN_COLUMNS, ledger.orphans)
    sheet.heading("How the columns were understood")
    sheet.table(
        _MAPPING_COLUMNS,
        (
            (ledger_sheet, header, field)
            for ledger_sheet in ledger.sheets
            for header, field in ledger_sheet.columns.items()
        ),
    )
