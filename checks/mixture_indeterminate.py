"""Two drugs run at the same time, and whether they share a bag or syringe cannot be told."""

from collections.abc import Iterator

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
    listed,
    met,
    undetermined,
)
from auditor.coding import DRUGS, Course, Span, around, neighbours, seconds, site_of, supported
from auditor.tables.sites import different_sites, site_key

SAME_BAG = 15  # minutes within which the drugs of one bag may be charted to begin: judgement


@check(
    title="Same bag or separate bags not documented",
    authority=("cpt-drug-administration", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="nursing",
    examines="pair of drugs given at the same time at what may be one access",
    needs=("administration.bag_id", "administration.stop"),
)
def mixture_indeterminate(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Drugs mixed in one bag or syringe are one service, in separate bags they are concurrent.

    The identity of both tells which. So do their starts: what is in one bag begins together, drugs
    begun more than 15 minutes apart are in two, and a syringe is pushed in one minute. A missing
    time or access site leaves it open.
    """
    courses = [c for c in supported(encounter, policy).courses if _is_push(c) or _infuses(c)]
    near = neighbours([_around(course) for course in courses])
    pairs = ((course, courses[n]) for at, course in enumerate(courses) for n in near[at] if n > at)
    for first, second in pairs:
        one, other = first.administration, second.administration
        if one.drug == other.drug or not _overlap(first, second):
            continue
        if not _may_share(first, second, encounter):
            continue
        if (one.bag_id and other.bag_id) or not _may_be_one_bag(one, other):
            yield met(other)
            continue
        without = other if not other.bag_id else one
        what = "syringe" if _is_push(first) else "bag"
        happened = f"The {one.drug} and the {other.drug} were given at the same time"
        unplaced = [given for given in (one, other) if site_of(given, encounter) is None]
        lost = encounter.rejected_row("administration", without)
        if lost is not None:
            yield undetermined(
                without,
                because=f"{happened}, and no row that could be used identifies the {what} of the "
                f"{without.drug}; one that was rejected may ({lost.cell}).",
                administrations=(one, other),
            )
            continue
        if unplaced and (lost := encounter.rejected_row("access")):
            yield undetermined(
                without,
                because=f"{happened}, and the {what} of the {without.drug} is not identified; a "
                f"row that was rejected may tell whether they share an access ({lost.cell}).",
                administrations=(one, other),
            )
            continue
        sites = unplaced if "administration.site" in encounter.supplied else []
        where = f", nor the access site of the {listed(g.drug for g in sites)}" if sites else ""
        yield deficient(
            without,
            because=f"{happened}, and the {what} of the {without.drug} is not identified{where}.",
            cure=Cure.LATE_ENTRY,
            evidence=(
                blank(what, without, "bag_id"),
                *(blank(f"access site of {given.drug}", given, "site") for given in sites),
            ),
            administrations=(one, other),
        )


def _is_push(course: Course) -> bool:
    """Whether it was pushed by hand; a short infusion that is coded as a push was in a bag."""
    return course.technique == "push" and course.administration.method is not Method.INFUSION


def _infuses(course: Course) -> bool:
    """Whether it is a drug infusion by vein, of which a start or a stop is charted."""
    given = course.administration
    half_timed = (
        course.technique == "none"
        and given.drug_class in DRUGS
        and given.route is Route.IV
        and given.method in (None, Method.INFUSION)
        and (given.start is None) != (given.stop is None)
    )
    return course.technique in ("infusion", "push") or half_timed


def _may_share(first: Course, second: Course, encounter: Encounter) -> bool:
    """Whether they share an access; what has no site may have been at any."""
    if first.spans and second.spans and first.access == second.access:
        return True
    one, other = (site_key(site_of(course.administration, encounter)) for course in (first, second))
    return not different_sites(one, other)


def _around(course: Course) -> Span | None:
    """The seconds within which another one must be for the two to overlap."""
    if _is_push(course):
        minute = (course.began or 0) // 60 * 60
        return minute, minute + 59
    if course.spans:
        return around(course.spans)
    began, ended = course.administration.start, course.administration.stop
    if began is not None:
        return seconds(began), seconds(began) + SAME_BAG * 60
    return None if ended is None else (seconds(ended), seconds(ended))


def _overlap(first: Course, second: Course) -> bool:
    """Whether they ran together; with one time alone, whether the other ran then.

    Of two pushes, whether they are of one minute; a push and a bag are two.
    """
    if _is_push(first) or _is_push(second):
        both = _is_push(first) and _is_push(second)
        return both and (first.began or 0) // 60 == (second.began or 0) // 60
    if first.spans and second.spans:
        return any(a < d and c < b for a, b in first.spans for c, d in second.spans)
    timed, other = (first, second) if first.spans else (second, first)
    began, ended = other.administration.start, other.administration.stop
    if began is not None:
        near = SAME_BAG * 60
        return any(start - near <= began.timestamp() < stop for start, stop in timed.spans)
    if ended is not None:
        return any(start < ended.timestamp() <= stop for start, stop in timed.spans)
    return False


def _may_be_one_bag(one: Administration, other: Administration) -> bool:
    """Whether their starts may be those of one bag; a missing one may be any."""
    if one.start is None or other.start is None:
        return True
    return abs(one.start.timestamp() - other.start.timestamp()) <= SAME_BAG * 60
