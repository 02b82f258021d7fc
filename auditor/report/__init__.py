"""What auditors and compliance officers receive: workbook, report, PDF and data files."""

from auditor.report.data import write_supported
from auditor.report.errors import DecisionsError, OutputError
from auditor.report.packet import Letter, sources_of_packet
from auditor.report.packets import WrittenPackets, write_packets
from auditor.report.pdf import PdfUnavailable
from auditor.report.protect import PasswordError, checked_password, opened
from auditor.report.write import MEND, Written, is_output, write_audit, write_data

__all__ = [
    "MEND",
    "DecisionsError",
    "Letter",
    "OutputError",
    "PasswordError",
    "PdfUnavailable",
    "Written",
    "WrittenPackets",
    "checked_password",
    "is_output",
    "opened",
    "sources_of_packet",
    "write_audit",
    "write_data",
    "write_packets",
    "write_supported",
]
