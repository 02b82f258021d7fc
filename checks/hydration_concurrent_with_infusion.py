"""Hydration minutes are billed that ran beside an infusion at the same access."""

from collections.abc import Iterator
from dataclasses import replace

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met
from auditor.coding import Family, billed_of, family_of, supported


@check(
    title="Hydration billed beside an infusion",
    authority=("cpt-drug-administration", "noridian-hydration", "ncci-pm-11-b"),
    severity="high",
    responsible="coding",
    examines="hydration given beside an infusion and billed",
    needs=("claim_line.hcpcs", "administration.start", "administration.stop"),
    payment="recoded",
)
def hydration_concurrent_with_infusion(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Fluid that runs while a drug is infused at the same access is not reported.

    Deficient where the billed units need those minutes.  At another supported access they count.
    """
    codes = Family.HYDRATION.codes
    billed = billed_of(encounter, Family.HYDRATION)
    if not billed:
        return
    support = supported(encounter, policy)
    courses = [course for course in support.courses if course.technique == "hydration"]
    beside = [
        course
        for course in courses
        if any(
            start < until and since < stop
            for other in support.courses
            if other.technique in ("infusion", "transfusion")
            for start, stop in course.running
            for since, until in other.running
        )
    ]
    alone = replace(
        encounter,
        administrations=tuple(
            a
            for a in encounter.administrations
            if family_of(a, policy) not in (Family.THERAPEUTIC, Family.CHEMOTHERAPY)
        ),
    )
    has, with_them = support.units(*codes), supported(alone, policy).units(*codes)
    for course in beside:
        if billed > has and with_them > has:
            yield deficient(
                course.administration,
                because=f"{billed} hydration units are billed; without the minutes beside an "
                f"infusion at the same access the record supports {has}.",
                cure=Cure.REBILL,
                evidence=(
                    Evidence("units billed", str(billed)),
                    Evidence("units supported", str(has)),
                    Evidence("units with the minutes beside infusions", str(with_them)),
                ),
                claim_lines=encounter.lines_billing(*codes),
            )
        else:
            yield met(course.administration)
