"""Modifier 59 or an X modifier stands on drug administration at one access in one encounter."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    clock,
    deficient,
    met,
    undetermined,
)
from auditor.coding import Accesses, accesses_of, distinct_lines, encounters_that_day


@check(
    title="Modifier 59 or X{EPSU} without support",
    authority=("ncci-pm-11-b", "cms-cpm-4-230.2", "cms-ncci-ptp", "rac-0071"),
    severity="high",
    responsible="coding",
    examines="administration line with modifier 59, XE, XP, XS or XU",
    needs=("claim_line.hcpcs", "administration.site"),
    payment="recoded",
    beyond_record=True,
)
def modifier_59_unsupported(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """The modifier says that a service is distinct: another access, or another encounter that day.

    Each access supports one initial service, and an added one is distinct where it was given at a
    further access.  An injection is at a site of its own.  A line that is no second initial may
    carry the modifier for another procedure of that day into which drug administration is bundled:
    by the date's PTP edits or, without them, by those of one quarter.  A visit is set apart by 25.
    Unsupported is a modifier for which the record has none of these.  A port flush is billed
    where it is the only service of its date.  Blood is not looked at.
    """
    for distinct in distinct_lines(encounter, policy):
        line, because = distinct.line, distinct.because
        evidence = _evidence(line, accesses_of(encounter, policy), encounter)
        if distinct.holds:
            yield met(line, because, evidence=evidence)
        elif distinct.holds is False:
            yield deficient(line, because=because, cure=Cure.REBILL, evidence=evidence)
        elif because:
            yield undetermined(line, because=because, evidence=evidence)


def _evidence(line: ClaimLine, accesses: Accesses, encounter: Encounter) -> tuple[Evidence, ...]:
    others = (
        f"{other.encounter_id}, {clock(other.arrived_at)} to {clock(other.discharged_at)}"
        for other in encounters_that_day(line, encounter)
    )
    codes = dict.fromkeys(
        other.code_with_modifiers
        for other in encounter.claim_lines
        if other is not line and other.service_date == line.service_date and other.hcpcs
    )
    return (
        Evidence("modifiers", " ".join(line.modifiers), cell_of(line, "modifiers")),
        Evidence("access sites in use", ", then ".join(accesses.record.sites) or "none documented"),
        Evidence("drugs by vein without a site", str(accesses.record.untied)),
        Evidence("other services of that date", ", ".join(codes) or "none"),
        Evidence("other encounters that day", "; ".join(others) or "none"),
    )
