"""Observation hours are billed that were spent on actively monitored drug administration."""

from collections.abc import Iterator
from datetime import datetime
from math import ceil, floor

from auditor import (
    Administration,
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
    units_billed,
)
from auditor.coding import (
    Course,
    Family,
    family_of,
    has_full_times,
    is_chemo,
    lines_billing,
    supported,
)

OBSERVATION_HOUR = "G0378"
INFUSED = (Family.THERAPEUTIC, Family.CHEMOTHERAPY)
TITRATED = 2  # changes of rate from which a drip is a titrated one (judgement)


@check(
    title="Observation hours with monitored infusions in them",
    authority=("cms-cpm-4-290",),
    severity="medium",
    responsible="charge set-up",
    examines="observation with a monitored infusion in it",
    needs=("claim_line.hcpcs", "claim_line.units", "encounter.observation_start",
           "administration.start", "administration.stop"),
)  # fmt: skip
def observation_hours_include_monitored_infusion(
    encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """The time of what is monitored as a part of its giving is no observation.

    The hospital decides which administrations are: by policy chemotherapy, drips that were
    titrated, and the drugs that it names. Where only the rounding of the hours decides, the check
    does not.
    """
    lines = lines_billing(encounter, OBSERVATION_HOUR)
    begins = encounter.observation_start
    if not lines or policy.observation_carve_out == "none":
        return
    monitored = [
        course for course in supported(encounter, policy).courses if _is_monitored(course, policy)
    ]
    if not monitored:
        return
    ends = encounter.observation_end or encounter.window_end
    if begins is None or ends is None:
        yield undetermined(
            lines[0],
            because="Observation is billed beside a monitored infusion, and its start or end is "
            "not on record; both would tell its hours.",
            claim_lines=lines,
        )
        return
    untimed = [
        course.administration
        for course in monitored
        if not has_full_times(course.administration, policy)
    ]
    if untimed:
        yield undetermined(
            lines[0],
            because=f"How long the monitored {untimed[0].drug} ran is not on record; its times "
            "would tell the hours of observation.",
            administrations=untimed,
        )
        return
    inside = _minutes_within(monitored, begins, ends)
    if not inside:
        return
    billed = sum(line.unit_count for line in lines)
    stay = int(ends.timestamp() - begins.timestamp()) // 60
    left = (stay - inside) / 60
    evidence = (
        Evidence("observation", f"{clock(begins)} to {clock(ends)}, {stay} min",
                 cell_of(encounter, "observation_start")),
        Evidence("monitored minutes in it", str(inside)),
        Evidence("hours left", f"{left:.1f}"),
        units_billed(lines),
    )  # fmt: skip
    drugs = tuple(course.administration for course in monitored)
    if billed > ceil(left):
        yield deficient(
            lines[0],
            because=f"{billed} hours of observation are billed; without the monitored infusions "
            f"{left:.1f} are left.",
            cure=Cure.REBILL,
            evidence=evidence,
            claim_lines=lines,
            administrations=drugs,
        )
    elif billed > floor(left + 0.5):
        yield undetermined(
            lines[0],
            because=f"{billed} hours of observation are billed and {left:.1f} are left; the "
            "hospital's rounding would tell.",
            evidence=evidence,
            claim_lines=lines,
        )
    else:
        yield met(lines[0])


def _is_monitored(course: Course, policy: Policy) -> bool:
    given = course.administration
    timed = has_full_times(given, policy)
    infused = family_of(given, policy) in INFUSED and (course.technique == "infusion" or not timed)
    return infused and (
        policy.observation_carve_out == "all infusions"
        or given.drug in policy.monitored_drugs
        or is_chemo(given, policy)
        or _is_titrated(given)
    )


def _is_titrated(given: Administration) -> bool:
    return sum(max(0, len(segment.rates) - 1) for segment in given.segments) >= TITRATED


def _minutes_within(courses: list[Course], begins: datetime, ends: datetime) -> int:
    """Minutes of observation during which at least one of the courses ran."""
    start, stop = int(begins.timestamp()), int(ends.timestamp())
    spans = sorted(span for course in courses for span in course.spans)
    seconds, reached = 0, start
    for span_start, span_stop in spans:
        seconds += max(0, min(span_stop, stop) - max(span_start, reached))
        reached = max(reached, span_stop)
    return seconds // 60
