"""Different drugs follow each other at one access without a charted flush between them."""

from collections.abc import Iterator
from itertools import accumulate

from auditor import (
    Administration,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Method,
    Policy,
    Verdict,
    check,
    clock,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import Course, Support, supported, tells_the_access
from auditor.tables.sites import different_sites, site_key


@check(
    title="No flush between two drugs",
    authority=("cpt-drug-administration", "ncci-pm-11-b"),
    severity="low",
    responsible="nursing",
    examines="drug by vein that follows another drug at its access",
    needs=("administration.drug", "administration.start"),
    opened_by=("administration",),
)
def line_flush_not_documented(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A flush, or a fluid running on, parts two drugs; without it they may have run together.

    Judged where a drug starts within the policy's minutes after the last drug at its access had
    ended; drugs that are further apart, or that overlap, are told apart by their times. A fluid
    pushed by hand is a flush; what another site had parts nothing here, what has no site may
    have been here. Undetermined where there is more than one access and a site is blank.
    Whether two pushes of one minute shared a syringe is asked by ``mixture_indeterminate``,
    where a file identifies bags.
    """
    support = supported(encounter, policy)
    fluids = [
        given
        for given in encounter.administrations
        if given.drug_class in (DrugClass.CARRIER, DrugClass.HYDRATION)
    ]
    for access in range(len(support.access_sites)):
        drugs = _drugs(support, access)
        for first, second in zip(accumulate(drugs, _last), drugs[1:], strict=False):
            ended, began = _end(first) // 60, (second.began or 0) // 60
            if first.administration.drug == second.administration.drug or began < ended:
                continue
            if _in_one_minute(first, second) and "administration.bag_id" in encounter.supplied:
                continue
            far_apart = began - ended > policy.flush_gap
            if far_apart or any(
                _parts(fluid, ended, began) and _is_at_the_site(fluid, first, second)
                for fluid in fluids
            ):
                yield met(second.administration)
                continue
            one, other = first.administration, second.administration
            many = max(len(support.access_sites), len(encounter.access_sites)) > 1
            if many and not tells_the_access(one, other, encounter):
                yield undetermined(
                    other,
                    because=f"{_what_happened(first, second)} without a charted flush; the access "
                    "site of each would tell whether they shared one.",
                    administrations=(one,),
                )
                continue
            yield deficient(
                second.administration,
                because=f"{_what_happened(first, second)}, and no flush is charted between them.",
                cure=Cure.LATE_ENTRY,
                evidence=(
                    Evidence("first drug began", clock(first.at)),
                    Evidence("second drug began", clock(second.at)),
                ),
                administrations=(first.administration,),
            )


def _in_one_minute(first: Course, second: Course) -> bool:
    pushed = all(course.technique == "push" for course in (first, second))
    return pushed and (first.began or 0) // 60 == (second.began or 0) // 60


def _what_happened(first: Course, second: Course) -> str:
    one, other = first.administration.drug, second.administration.drug
    began, next_began = (first.began or 0) // 60, (second.began or 0) // 60
    if began == next_began:
        return f"The {one} and the {other} are charted in the same minute"
    minutes = next_began - _end(first) // 60
    after = f"after {count_of(minutes, 'minute')}" if minutes else "at once"
    return f"The {other} followed the {one} {after}"


def _drugs(support: Support, access: int) -> list[Course]:
    """The drugs given by vein at an access, in time order."""
    drugs = (
        course
        for course in support.courses
        if course.technique in ("push", "infusion") and course.access == access
    )
    return sorted(drugs, key=lambda course: course.began or 0)


def _last(one: Course, other: Course) -> Course:
    """Which of two ended last: a push inside an infusion is not what the next drug follows."""
    return other if _end(other) >= _end(one) else one


def _end(course: Course) -> int:
    return course.spans[-1][1] if course.spans else course.began or 0


def _is_at_the_site(fluid: Administration, *drugs: Course) -> bool:
    """Whether nothing says that a fluid or flush went in elsewhere than the drugs."""
    key = site_key(fluid.site or fluid.line)
    return not any(
        different_sites(key, site_key(drug.administration.site or drug.administration.line))
        for drug in drugs
    )


def _parts(fluid: Administration, since: int, until: int) -> bool:
    """Whether it was flushed, or ran on, between two minutes.

    A fluid that ends between them, or begins, leaves a part of the time unflushed.
    """
    for segment in fluid.segments:
        if segment.start is None:
            continue
        start = segment.start.timestamp() // 60
        by_hand = fluid.drug_class is DrugClass.CARRIER or fluid.method in (
            Method.PUSH,
            Method.INJECTION,
        )
        if by_hand and since <= start <= until:
            return True
        if segment.stop is not None and start <= since and until <= segment.stop.timestamp() // 60:
            return True
    return False
