"""More hours are billed than the documented minutes support."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Cause,
    Family,
    excess_of,
    family_of,
    has_full_times,
    lines_billing,
    stops_before_it_starts,
    supported,
)


@check(
    title="Units above the documented time",
    authority=("cpt-drug-administration", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="family of timed services billed and documented",
    needs=("claim_line.hcpcs", "claim_line.units", "administration.start", "administration.stop"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def units_exceed_documented_time(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A further hour needs more than 30 minutes past the hour before it.

    Judged by family (hydration, drugs, chemotherapy, under the skin), over all its codes: what is
    billed under a wrong code of the family is another check's.  So are units that have another
    cause than time: minutes before arrival, after the inpatient order or discharge, at a
    keep-vein-open rate or beside an infusion, a second initial or concurrent service, a push,
    hours counted again in observation, and hydration of which no run reaches 31 minutes.  A
    family in which an infusion lacks a time, or is charted backwards, is left to the checks of
    times.
    """
    support = supported(encounter, policy)
    for family in Family:
        lines = lines_billing(encounter, *family.codes)
        if not lines:
            continue
        counted = {
            given.administration_id
            for line in support.lines
            if line.code in family.codes
            for given in line.administrations
        }
        infusions = [
            given
            for given in encounter.administrations
            if family_of(given, policy) is family or given.administration_id in counted
        ]
        is_timed = all(
            has_full_times(infusion, policy) and not stops_before_it_starts(infusion)
            for infusion in infusions
        )
        if not infusions or not is_timed:
            continue
        own = {infusion.administration_id for infusion in infusions}
        excess = excess_of(encounter, family, policy)
        minutes = ", ".join(
            f"{course.administration.drug} {course.minutes}"
            for course in support.courses
            if course.administration.administration_id in own
        )
        evidence = (
            Evidence("units billed", str(excess.billed)),
            Evidence("units supported", str(excess.supported)),
            *(Evidence(f"units by {cause}", str(units)) for cause, units in excess.causes.items()),
            Evidence("counted minutes", minutes),
        )
        if excess.billed <= excess.supported:
            yield met(lines[0])
        elif not excess.has(Cause.TIME) or (family is Family.HYDRATION and not excess.supported):
            continue
        elif support.undetermined:
            yield undetermined(
                lines[0],
                because=f"{_billed(excess.billed, family)}, and the record supports "
                f"{excess.supported}; the class of a drug that nobody classified would settle the "
                "rest.",
                evidence=evidence,
            )
        else:
            yield deficient(
                lines[0],
                because=f"{_billed(excess.billed, family)}; the documented minutes support "
                f"{excess.supported}.",
                cure=Cure.REBILL,
                evidence=evidence,
                claim_lines=lines,
                administrations=infusions,
            )


def _billed(units: int, family: Family) -> str:
    return f"{count_of(units, 'unit')} of {family} {'is' if units == 1 else 'are'} billed"
