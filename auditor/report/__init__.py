"""What auditors and compliance officers receive: workbook, report, PDF and data files."""

from auditor.report.write import OutputError, Written, write_audit

__all__ = ["OutputError", "Written", "write_audit"]
