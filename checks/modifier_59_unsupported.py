"""Modifier 59 or an X modifier stands on drug administration at one access in one encounter."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    deficient,
    met,
    undetermined,
)
from auditor.coding import initial_lines, site_record, supported
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    DISTINCT_SERVICE_MODIFIERS,
    INITIAL_BY_RANK,
    INJECTION_CODES,
)
from auditor.tables.codes import code as code_entry


@check(
    title="Modifier 59 or X{EPSU} without support",
    authority=("ncci-pm-11-b", "cms-cpm-4-230.2", "rac-0071"),
    severity="high",
    responsible="coding",
    examines="administration line with modifier 59, XE, XP, XS or XU",
    needs=("claim_line.hcpcs", "administration.site"),
    payment="recoded",
)
def modifier_59_unsupported(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """The modifier says that a service is distinct: another access, or another encounter that day.

    It is unsupported where every drug by vein was given at one documented site and the patient
    had one encounter that day.  An injection is at a site of its own.  A line that is no second
    initial may carry the modifier for another procedure of that day, which this record cannot
    judge.
    """
    lines = [
        line
        for line in encounter.lines_billing(*sorted(ADMINISTRATION_CODES))
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
        separate = initials <= accesses and _other_encounter_that_day(line, encounter)
        if accesses > 1 or separate or line.hcpcs in INJECTION_CODES:
            yield met(line)
        elif procedure is not None:
            yield undetermined(
                line,
                because=f"{line.code_with_modifiers} may be distinct from {procedure.hcpcs} of the "
                "same day; the record of that procedure would tell.",
            )
        elif record.restarted or (len(record.sites) == 1 and not record.untied):
            shown = "a line restarted after it failed" if record.restarted else record.sites[0]
            yield deficient(
                line,
                because=f"{line.code_with_modifiers} claims a distinct service, and the record "
                f"shows one access ({shown}) and one encounter.",
                cure=Cure.REBILL,
                evidence=(
                    Evidence("access sites in use", ", then ".join(record.sites)),
                    Evidence("other encounters that day", "none"),
                ),
            )
        else:
            yield undetermined(
                line,
                because=f"{line.code_with_modifiers} claims a distinct service; "
                + (
                    "the access site of each drug would tell."
                    if record.untied
                    else "use of the sites at the same time, or the need for both, would tell."
                ),
            )


def _other_encounter_that_day(line: ClaimLine, encounter: Encounter) -> bool:
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
