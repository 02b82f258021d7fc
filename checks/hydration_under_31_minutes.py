"""Hydration is billed, and no uninterrupted run of it reaches 31 minutes."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    clock,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Cause,
    Course,
    Family,
    excess_of,
    family_of,
    has_full_times,
    lines_billing,
    stops_before_it_starts,
    supported,
)

# Minutes that would make a run of 31, each judged by a check of its own.
OTHERWISE = (
    Cause.AFTER_THE_INPATIENT_ORDER,
    Cause.AFTER_DISCHARGE,
    Cause.BEFORE_ARRIVAL,
    Cause.INTEGRAL,
    Cause.KEPT_OPEN,
    Cause.BESIDE_AN_INFUSION,
)


@check(
    title="Hydration of 30 minutes or less",
    authority=("cpt-drug-administration", "noridian-hydration"),
    severity="high",
    responsible="charge set-up",
    examines="claim line of hydration",
    needs=("claim_line.hcpcs", "administration.start", "administration.stop"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def hydration_under_31_minutes(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """At least one run must last 31 minutes once other infusions and push minutes are taken out.

    Fluids without both times, or charted backwards, are judged by the checks of times.  Where
    minutes before arrival, after the inpatient order or discharge, integral to chemotherapy, at a
    keep-vein-open rate or beside an infusion would make up 31, the check of those minutes speaks.
    """
    lines = lines_billing(encounter, *Family.HYDRATION.codes)
    fluids = [a for a in encounter.administrations if family_of(a, policy) is Family.HYDRATION]
    timed = [
        fluid
        for fluid in fluids
        if has_full_times(fluid, policy) and not stops_before_it_starts(fluid)
    ]
    if not lines or not timed:
        return
    support = supported(encounter, policy)
    if support.units(*Family.HYDRATION.codes):
        yield from (met(line) for line in lines)
        return
    if excess_of(encounter, Family.HYDRATION, policy).has(*OTHERWISE):
        return
    evidence = [
        Evidence(
            f"{course.administration.drug}, counted",
            _runs(course),
            cell_of(course.administration, "start"),
        )
        for course in support.courses
        if course.administration in timed
    ]
    for line in lines:
        if len(timed) < len(fluids):
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed; the timed fluids do not reach 31 minutes, and "
                "the times of another fluid are incomplete.",
                evidence=evidence,
            )
        else:
            yield deficient(
                line,
                because=f"{line.hcpcs} is billed, and no uninterrupted hydration of 31 minutes is "
                "left beside the other services.",
                cure=Cure.NOTHING,
                evidence=evidence,
                administrations=timed,
            )


def _runs(course: Course) -> str:
    """Each run of a fluid with its minutes, and the pauses between them."""
    said = []
    for number, ((begun, ended), (start, stop)) in enumerate(
        zip(course.spans, course.running, strict=True)
    ):
        if number:
            paused = (begun - course.spans[number - 1][1]) // 60
            said.append(f"a pause of {count_of(paused, 'minute')}")
        ran = count_of((ended - begun) // 60, "minute")
        said.append(f"{ran} from {clock(start)} to {stop:%H:%M}")
    return ", ".join(said) or "no minutes"
