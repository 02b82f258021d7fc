"""What auditors and compliance officers receive: workbook, report, PDF and data files."""

from auditor.report.data import write_supported
from auditor.report.errors import DecisionsError, OutputError
from auditor.report.protect import PasswordError, checked_password, opened
from auditor.report.write import MEND, Written, is_output, write_audit

__all__ = [
    "MEND",
    "DecisionsError",
    "OutputError",
    "PasswordError",
    "Written",
    "checked_password",
    "is_output",
    "opened",
    "write_audit",
    "write_supported",
]
