"""Two drugs run at the same time, and whether they share a bag cannot be told."""

from collections.abc import Iterator
from itertools import combinations

from auditor import (
    Administration,
    Cure,
    Encounter,
    Method,
    Policy,
    Route,
    Verdict,
    blank,
    check,
    deficient,
    met,
)
from auditor.coding import DRUGS, Course, supported
from auditor.tables.sites import different_sites, site_key

SAME_BAG = 15  # minutes within which the drugs of one bag may be charted to begin: judgement


@check(
    title="Same bag or separate bags not documented",
    authority=("cpt-drug-administration", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="nursing",
    examines="pair of drugs that run at the same time at one access",
    needs=("administration.bag_id", "administration.stop"),
)
def mixture_indeterminate(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Drugs mixed in one bag are one infusion, in separate bags they are concurrent.

    The bag's identity on both tells which. So do their starts: what is in one bag begins together,
    and drugs begun more than 15 minutes apart are in two. A missing stop leaves it open.
    """
    infusions = [c for c in supported(encounter, policy).courses if _infuses(c)]
    for first, second in combinations(infusions, 2):
        one, other = first.administration, second.administration
        if one.drug == other.drug or not (_share_access(first, second) and _overlap(first, second)):
            continue
        if (one.bag_id and other.bag_id) or not _may_be_one_bag(one, other):
            yield met(other)
            continue
        without = other if not other.bag_id else one
        yield deficient(
            without,
            because=f"The {one.drug} and the {other.drug} ran at the same time, and the bag of "
            f"the {without.drug} is not identified.",
            cure=Cure.LATE_ENTRY,
            evidence=(blank("bag", without, "bag_id"),),
            administrations=(one, other),
        )


def _infuses(course: Course) -> bool:
    """Whether it is a drug infusion by vein, its stop charted or not."""
    given = course.administration
    unstopped = (
        course.technique == "none"
        and given.drug_class in DRUGS
        and given.route is Route.IV
        and given.method in (None, Method.INFUSION)
        and given.start is not None
        and given.stop is None
    )
    return course.technique == "infusion" or unstopped


def _share_access(first: Course, second: Course) -> bool:
    if first.spans and second.spans:
        return first.access == second.access
    one, other = first.administration, second.administration
    return not different_sites(site_key(one.site or one.line), site_key(other.site or other.line))


def _overlap(first: Course, second: Course) -> bool:
    """Whether they ran together; without a stop, whether one began while the other ran."""
    if first.spans and second.spans:
        return any(a < d and c < b for a, b in first.spans for c, d in second.spans)
    timed, other = (first, second) if first.spans else (second, first)
    began = other.administration.start
    if began is None:
        return False
    near = SAME_BAG * 60
    return any(start - near <= began.timestamp() < stop for start, stop in timed.spans)


def _may_be_one_bag(one: Administration, other: Administration) -> bool:
    """Whether their starts may be those of one bag; a missing one may be any."""
    if one.start is None or other.start is None:
        return True
    return abs(one.start.timestamp() - other.start.timestamp()) <= SAME_BAG * 60
