"""Rows not used: every superseded and rejected row with its reason."""

from __future__ import annotations

from auditor.load.ledger import LedgerRow
from auditor.report.workbook.column import Column, Plan

_COLUMNS: tuple[Column[LedgerRow], ...] = (
    Column("File", "File name.", 26, lambda r: r.file, "wrap"),
    Column("Sheet", "Sheet of the file.", 18, lambda r: r.sheet or "", "wrap"),
    Column("Cell", "Column and row.", 9, lambda r: f"{r.column or ''}{r.row}"),
    Column("Disposition", "Superseded or rejected.", 13, lambda r: r.disposition),
    Column("Value", "As the cell shows it.", 30, lambda r: r.value or "", "wrap"),
    Column("Reason", "Why the row was not used.", 50, lambda r: r.reason, "wrap"),
    Column("Remedy", "What would mend it.", 50, lambda r: r.remedy or "", "wrap"),
)

PLAN = Plan(
    "Rows not used",
    "every superseded and rejected row with its reason",
    _COLUMNS,
)
