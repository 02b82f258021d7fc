"""Different drugs follow each other at one access without a charted flush between them."""

from collections.abc import Iterator
from itertools import pairwise

from auditor import (
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    clock,
    count_of,
    deficient,
    met,
)
from auditor.coding import Course, Support, supported


@check(
    title="No flush between two drugs",
    authority=("cpt-drug-administration", "ncci-pm-11-b"),
    severity="low",
    responsible="nursing",
    examines="drug by vein that follows another drug at its access",
    needs=("administration.drug", "administration.start"),
)
def line_flush_not_documented(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A flush, or a fluid running on, parts two drugs; without it they may have run together.

    Judged where the second drug starts within the policy's minutes after the first ended; drugs
    that are further apart, or that overlap, are told apart by their times.
    """
    support = supported(encounter, policy)
    flushes = [
        given.start.timestamp() // 60
        for given in encounter.administrations
        if given.drug_class is DrugClass.CARRIER and given.start is not None
    ]
    for access in range(len(support.access_sites)):
        for first, second in pairwise(_drugs(support, access)):
            ended, began = _end(first) // 60, (second.began or 0) // 60
            if first.administration.drug == second.administration.drug or began < ended:
                continue
            far_apart = began - ended > policy.flush_gap
            flushed = any(ended <= flush <= began for flush in flushes)
            if far_apart or flushed or _fluid_ran(support, access, ended, began):
                yield met(second.administration)
                continue
            yield deficient(
                second.administration,
                because=f"The {second.administration.drug} followed the "
                f"{first.administration.drug} {_after(began - ended)}, and no flush is "
                "charted between them.",
                cure=Cure.LATE_ENTRY,
                evidence=(
                    Evidence("first drug began", clock(first.at)),
                    Evidence("second drug began", clock(second.at)),
                ),
                administrations=(first.administration,),
            )


def _after(minutes: int) -> str:
    return f"after {count_of(minutes, 'minute')}" if minutes else "at once"


def _drugs(support: Support, access: int) -> list[Course]:
    """The drugs given by vein at an access, in time order."""
    drugs = (
        course
        for course in support.courses
        if course.technique in ("push", "infusion") and course.access == access
    )
    return sorted(drugs, key=lambda course: course.began or 0)


def _end(course: Course) -> int:
    return course.spans[-1][1] if course.spans else course.began or 0


def _fluid_ran(support: Support, access: int, since: int, until: int) -> bool:
    return any(
        start // 60 <= since and until <= stop // 60
        for course in support.courses
        if course.technique == "hydration" and course.access == access
        for start, stop in course.spans
    )
