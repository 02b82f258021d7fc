"""More hours are billed than the documented minutes support."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met, undetermined
from auditor.coding import Family, family_of, has_full_times, supported


@check(
    title="Units above the documented time",
    authority=("cpt-drug-administration", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="family of timed services billed and documented",
    needs=("claim_line.hcpcs", "administration.start", "administration.stop"),
    payment="recoded",
)
def units_exceed_documented_time(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A further hour needs more than 30 minutes past the hour before it.

    Judged by family (hydration, drugs, chemotherapy, under the skin), over all its codes: what is
    billed under a wrong code of the family is another check's.  A family in which an infusion
    lacks a time is left to the checks of times.
    """
    support = supported(encounter, policy)
    for family in Family:
        lines = tuple(encounter.lines_billing(*family.codes))
        infusions = [a for a in encounter.administrations if family_of(a, policy) is family]
        complete = all(has_full_times(a, policy) for a in infusions)
        if not lines or not infusions or not complete:
            continue
        billed = sum(line.unit_count for line in lines)
        has = support.units(*family.codes)
        minutes = ", ".join(
            f"{course.administration.drug} {course.minutes}"
            for course in support.courses
            if course.administration in infusions
        )
        evidence = (
            Evidence("units billed", str(billed)),
            Evidence("units supported", str(has)),
            Evidence("counted minutes", minutes),
        )
        if billed <= has:
            yield met(lines[0])
        elif support.undetermined:
            yield undetermined(
                lines[0],
                because=f"{billed} units of {family} are billed and {has} supported; the class of "
                "an unclassified drug would settle the rest.",
                evidence=evidence,
            )
        else:
            yield deficient(
                lines[0],
                because=f"{billed} units of {family} are billed; the documented minutes support "
                f"{has}.",
                cure=Cure.REBILL,
                evidence=evidence,
                claim_lines=lines,
                administrations=infusions,
            )
