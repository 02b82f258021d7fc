"""Rows not used: every superseded and rejected row with its reason."""

from __future__ import annotations

from auditor.load.ledger import LedgerRow
from auditor.report.received import remedy_of
from auditor.report.workbook.column import Column, Plan


def _address(row: LedgerRow) -> str:
    name = f"{row.file} · {row.sheet}" if row.sheet else row.file
    return f"{name} · {row.column}{row.row}" if row.column else f"{name} · row {row.row}"


def _reason(row: LedgerRow) -> str:
    """Why the row was not used, with the cells besides the one that is named."""
    others = (f"{fault.column or 'the row'}: {fault.reason}" for fault in row.others)
    return "; also ".join([row.reason, *others])


_COLUMNS: tuple[Column[LedgerRow], ...] = (
    Column("File", "File name.", 26, lambda r: r.file, "wrap"),
    Column("Sheet", "Sheet of the file.", 18, lambda r: r.sheet or "", "wrap"),
    Column(
        "Cell", "Its full address; the row, where no single cell decides.", 34, _address, "wrap"
    ),
    Column("Disposition", "Superseded or rejected.", 13, lambda r: r.disposition),
    Column("Value", "As the cell shows it.", 30, lambda r: r.value or "", "wrap"),
    Column("Reason", "Why the row was not used.", 50, _reason, "wrap"),
    Column("Remedy", "What would mend it, or why nothing need be done.", 50, remedy_of, "wrap"),
)

PLAN = Plan(
    "Rows not used",
    "every superseded and rejected row with its reason",
    _COLUMNS,
    nothing="None: every row was used.",
)
