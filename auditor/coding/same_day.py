"""What else happened on the day of a line that a modifier may set it apart from (H-04, H-05)."""

from __future__ import annotations

from auditor.record import ClaimLine, Encounter
from auditor.tables.codes import ADMINISTRATION_CODES
from auditor.tables.codes import code as code_entry


def other_encounter_that_day(line: ClaimLine, encounter: Encounter) -> bool:
    """Whether the patient was registered another time on the date of the line."""
    day = line.service_date
    return any(
        day is None
        or other.arrived_at is None
        or other.arrived_at.date() <= day <= (other.discharged_at or other.arrived_at).date()
        for other in encounter.other_encounters
    )


def other_procedure(line: ClaimLine, encounter: Encounter) -> ClaimLine | None:
    """A procedure of the same date from which a modifier may set the line apart."""
    for other in encounter.claim_lines:
        if other.service_date == line.service_date and _is_procedure(other.hcpcs or ""):
            return other
    return None


def _is_procedure(code: str) -> bool:
    """A CPT procedure: no visit (99202–99499), laboratory test (80047–89398) or drug line."""
    entry = code_entry(code)
    if entry is not None and entry.family == "vascular access":
        return False
    if len(code) != 5 or not code.isdigit() or code in ADMINISTRATION_CODES:
        return False
    return not ("80000" <= code < "90000" or "99200" <= code < "99500")
