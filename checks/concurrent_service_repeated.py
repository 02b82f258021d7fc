"""The concurrent infusion code is billed more often, or for something else, than it allows."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
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
    Course,
    Family,
    Support,
    billed_untimed,
    concurrent_minutes,
    family_of,
    has_full_times,
    is_chemo,
    lines_billing,
    nothing_behind,
    runs_beside,
    supported,
    with_neighbours,
)


@check(
    title="Concurrent infusion repeated or unfit",
    authority=("cpt-drug-administration", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="coding",
    examines="claim line of a concurrent infusion",
    needs=("claim_line.hcpcs", "claim_line.units", "administration.start"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def concurrent_service_repeated(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """96368 is reported once, for a second drug in a bag of its own at the same access.

    A mixture in one bag is one infusion, and hydration beside a drug has no code.  A line for a
    drug without a stop is judged by ``infusion_without_stop_time``, one without any infusion on
    record by ``billed_service_without_administration``.
    """
    lines = lines_billing(encounter, "96368")
    if not lines or not encounter.administrations:
        return
    support = supported(encounter, policy)
    left = support.units("96368")
    billed = sum(line.unit_count for line in lines)
    without = nothing_behind(encounter, policy)
    beyond = []
    for line in lines:
        if line.unit_count <= left:
            left -= line.unit_count
            yield met(line)
        elif line not in without:
            beyond.append(line)
    if beyond and _is_left_to_another_check(encounter, support, policy):
        return
    for line in beyond:
        evidence = (
            Evidence("units billed", str(billed)),
            Evidence("units supported", str(support.units("96368"))),
        )
        if support.undetermined:
            yield undetermined(
                line,
                because="96368 is billed beyond the record; whether a drug that nobody classified "
                "is the second one, the pharmacy's class would tell.",
                evidence=evidence,
            )
        else:
            yield deficient(
                line,
                because=_reason(line, billed, support, policy),
                cure=Cure.REBILL,
                evidence=evidence,
            )


def _is_left_to_another_check(encounter: Encounter, support: Support, policy: Policy) -> bool:
    """Whether an infusion is billed without its times."""
    drugs = [
        given
        for given in encounter.administrations
        if family_of(given, policy) in (Family.THERAPEUTIC, Family.CHEMOTHERAPY)
    ]
    untimed = [given for given in drugs if not has_full_times(given, policy)]
    is_billed = (billed_untimed(given, encounter, support, policy) for given in untimed)
    return any(judged is not False for judged in is_billed)


def _reason(line: ClaimLine, billed: int, support: Support, policy: Policy) -> str:
    """Why the line is not concurrent; what is named ran at the same time, on the line's date."""
    if support.units("96368"):
        return (
            f"{count_of(billed, 'unit')} of 96368 are billed; it is reported once "
            f"{'an encounter' if policy.concurrent_once_per == 'encounter' else 'a date'}."
        )
    here = [course for course in support.courses if _is_of_that_date(course, line)]
    infusions = [course for course in here if course.technique == "infusion"]
    pairs = [
        (one, other)
        for one, near in with_neighbours(here)
        if one.technique == "infusion"
        for other in near
    ]
    for one, other in pairs:
        if other.technique == "infusion" and (together := _minutes_together(one, other)):
            return _of_two_drugs(one, other, together, policy)
    for infusion, other in pairs:
        if other.technique in ("hydration", "transfusion") and runs_beside(infusion, other):
            beside = "hydration" if other.technique == "hydration" else "a transfusion"
            return (
                f"96368 is billed, and the {infusion.administration.drug} ran beside {beside} "
                f"({other.administration.drug}), which has no concurrent code."
            )
    if len(infusions) == 1 and len(infusions[0].administration.drugs) > 1:
        return (
            f"96368 is billed for drugs mixed in one bag ({infusions[0].administration.drug}), "
            "which are one infusion."
        )
    return "96368 is billed, and no second drug ran beside another at one access."


def _is_of_that_date(course: Course, line: ClaimLine) -> bool:
    return line.service_date is None or any(
        start.date() <= line.service_date <= stop.date() for start, stop in course.running
    )


def _minutes_together(one: Course, other: Course) -> int:
    seconds = sum(
        max(0, min(stop, until) - max(start, since))
        for start, stop in one.spans
        for since, until in other.spans
    )
    return seconds // 60


def _of_two_drugs(one: Course, other: Course, together: int, policy: Policy) -> str:
    first, second = one.administration, other.administration
    said = f"96368 is billed, and the {first.drug} and the {second.drug} ran together"
    if one.access != other.access:
        return f"{said} at two accesses."
    least = concurrent_minutes(policy)
    if together < least:
        more = least - 1
        return f"{said} for {count_of(together, 'minute')}; more than {more} make them concurrent."
    if first.drug == second.drug:
        return f"{said}, which are one drug."
    if is_chemo(first, policy) and is_chemo(second, policy):
        return f"{said}; a second chemotherapy drug has no concurrent code."
    return f"{said}, and more than 15 minutes of each lie apart: that is in sequence."
