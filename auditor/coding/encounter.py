"""One encounter's record as service lines: the rules of coding.md in their order."""

from __future__ import annotations

from datetime import date, tzinfo

from auditor.coding.access import assign_accesses
from auditor.coding.collect import HYDRATION, Collector, hours_in_words
from auditor.coding.courses import Given, courses_of, window_of
from auditor.coding.hierarchy import Access, accesses_by_rank
from auditor.coding.infusions import concurrent_lines, infusion_lines
from auditor.coding.minutes import add, seconds, whole
from auditor.coding.other import other_lines
from auditor.coding.pushes import push_lines
from auditor.coding.remembered import remembered
from auditor.coding.support import Course, Review, Support, SupportedLine
from auditor.policy import Policy
from auditor.record import DrugClass, Encounter, Method, Route
from auditor.tables.codes import ADD_ON_CODES, FIRST_CODES, codes


@remembered
def supported(encounter: Encounter, policy: Policy) -> Support:
    """The service lines that the encounter's record supports, each with its reason.

    Pure: the same encounter and policy give the same lines.  Nothing of the claim is read.
    """
    zone = _zone(encounter)
    reviews: list[Review] = []
    courses = courses_of(encounter, policy, reviews)
    counting = [course for course in courses if course.technique != "none"]
    names = assign_accesses(encounter, counting, policy)
    collector = Collector(policy, zone, reviews)
    accesses = accesses_by_rank(counting, collector)
    for access in accesses:
        infusion_lines(access, collector)
    concurrent_lines(collector)
    push_lines(accesses, collector, _pushes_before_arrival(encounter, policy))
    for access in accesses:
        _hydration_lines(access, collector)
    other_lines(courses, collector)
    if policy.add_on_needs == "date":
        _leave_out_add_ons_alone(courses, collector)
    return Support(
        lines=tuple(collector.lines),
        courses=tuple(_shown(course, zone) for course in courses),
        access_sites=names,
        reviews=_once_each(reviews),
        undetermined=tuple(
            administration
            for administration in encounter.administrations
            if administration.drug_class is DrugClass.UNCLASSIFIED
            and administration.route is not Route.OTHER
        ),
    )


def _hydration_lines(access: Access, collector: Collector) -> None:
    """96360 where hydration is the initial, else every hour an add-on (rule 5)."""
    for run in access.runs:
        minutes = run.minutes
        administrations = tuple(a for fluid in run.fluids for a in fluid.administrations)
        if run is access.initial:
            codes = ["96360"] + ["96361"] * add(minutes)
            because = f"{minutes} counted minutes, the initial: {hours_in_words(add(minutes))}."
        else:
            codes = ["96361"] * whole(minutes)
            because = f"{minutes} counted minutes beside another initial: {len(codes)} h."
        modifiers = access.modifiers if run is access.initial else ()
        collector.hours(
            codes, administrations, access.number, run.counted, "6.5", because, HYDRATION, modifiers
        )


def _leave_out_add_ons_alone(courses: list[Given], collector: Collector) -> None:
    """What is added to a service needs a first one on its own date of service (J9)."""
    begun = {_day(line) for line in collector.lines if line.code in FIRST_CODES}
    alone = [line for line in collector.lines if line.code in ADD_ON_CODES]
    alone = [line for line in alone if _day(line) not in begun]
    if not alone:
        return
    collector.lines = [line for line in collector.lines if line not in alone]
    coded = {id(one) for line in collector.lines for one in line.administrations}
    left_out = {id(one) for line in alone for one in line.administrations} - coded
    for course in courses:
        if any(id(one) in left_out for one in course.administrations):
            collector.earns_nothing(course, "no first service on its date of service", "6")


def _day(line: SupportedLine) -> tuple[date, bool]:
    """Its date of service, apart for what runs under the skin: only its own pump begins it."""
    return line.service_date, codes()[line.code].family == "subcutaneous infusion"


def _pushes_before_arrival(encounter: Encounter, policy: Policy) -> list[tuple[str, int]]:
    """Drug and second of each push given before the hospital had the patient (J23)."""
    if not policy.ems_push_starts_clock:
        return []
    start = window_of(encounter).start
    if start is None:
        return []
    return [
        (administration.drug, seconds(administration.start))
        for administration in encounter.administrations
        if administration.method in (Method.PUSH, Method.INJECTION)
        and administration.route is Route.IV
        and administration.start is not None
        and seconds(administration.start) < start
    ]


def _once_each(reviews: list[Review]) -> tuple[Review, ...]:
    """Two rules may come to the same question of one administration."""
    unique = {(id(review.administration), review.because): review for review in reviews}
    return tuple(unique.values())


def _zone(encounter: Encounter) -> tzinfo | None:
    for administration in encounter.administrations:
        for segment in administration.segments:
            if segment.start is not None:
                return segment.start.tzinfo
            if segment.stop is not None:
                return segment.stop.tzinfo
    return None


def _shown(course: Given, zone: tzinfo | None) -> Course:
    return Course(
        course.administrations[0],
        course.technique,
        course.at if course.technique != "none" else None,
        tuple(course.running),
        course.minutes,
        course.access,
        course.because,
        zone,
        course.rule,
    )
