"""What auditors and compliance officers receive: workbook, report, PDF and data files."""

from auditor.report.data import write_supported
from auditor.report.errors import DecisionsError, OutputError
from auditor.report.packet import Letter, sources_of_packet
from auditor.report.packets import WrittenPackets, write_packets
from auditor.report.pdf import PdfUnavailable
from auditor.report.protect import PasswordError, checked_password
from auditor.report.write import Written, write_audit

__all__ = [
    "DecisionsError",
    "Letter",
    "OutputError",
    "PasswordError",
    "PdfUnavailable",
    "Written",
    "WrittenPackets",
    "checked_password",
    "sources_of_packet",
    "write_audit",
    "write_packets",
    "write_supported",
]
