"""Whether the record bears out a modifier that calls a service distinct (H-04, H-05)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from auditor.coding.access import site_record
from auditor.coding.compare import administration_lines, initial_lines
from auditor.coding.encounter import supported
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    DISTINCT_SERVICE_MODIFIERS,
    INITIAL_BY_RANK,
    INJECTION_CODES,
)
from auditor.tables.codes import code as code_entry


class DistinctLine(NamedTuple):
    """An administration line billed as distinct.

    ``holds`` is true where the record bears it out, false where it does not, and ``None`` where
    the record given cannot tell; ``because`` says why it does not or what would tell.
    """

    line: ClaimLine
    holds: bool | None
    because: str


def distinct_lines(encounter: Encounter, policy: Policy) -> Iterator[DistinctLine]:
    """The administration lines with modifier 59, XE, XP, XS or XU, each judged."""
    lines = [
        line
        for line in administration_lines(encounter)
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
    ]
    if not lines:
        return
    accesses = len(supported(encounter, policy).access_sites)
    record = site_record(encounter, policy)
    initials = len(initial_lines(encounter))
    for line in lines:
        second_initial = line.hcpcs in INITIAL_BY_RANK and initials > 1
        # two initials inside one encounter are not made distinct by another encounter
        procedure = None if second_initial else _other_procedure(line, encounter)
        separate = initials <= accesses and other_encounter_that_day(line, encounter)
        if accesses > 1 or separate or line.hcpcs in INJECTION_CODES:
            yield DistinctLine(line, True, "")
        elif procedure is not None:
            yield DistinctLine(
                line,
                None,
                f"{line.code_with_modifiers} may be distinct from {procedure.hcpcs} of the "
                "same day; the record of that procedure would tell.",
            )
        elif record.restarted or (len(record.sites) == 1 and not record.untied):
            shown = "a line restarted after it failed" if record.restarted else record.sites[0]
            yield DistinctLine(
                line,
                False,
                f"{line.code_with_modifiers} claims a distinct service, and the record "
                f"shows one access ({shown}) and one encounter.",
            )
        else:
            yield DistinctLine(
                line,
                None,
                f"{line.code_with_modifiers} claims a distinct service; "
                + (
                    "the access site of each drug would tell."
                    if record.untied
                    else "use of the sites at the same time, or the need for both, would tell."
                ),
            )


def other_encounter_that_day(line: ClaimLine, encounter: Encounter) -> bool:
    """Whether the patient was registered another time on the date of the line."""
    day = line.service_date
    return any(
        day is None
        or other.arrived_at is None
        or other.arrived_at.date() <= day <= (other.discharged_at or other.arrived_at).date()
        for other in encounter.other_encounters
    )


def _other_procedure(line: ClaimLine, encounter: Encounter) -> ClaimLine | None:
    """A procedure of the same date from which the modifier may set the line apart."""
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
