"""Services that do not compete for the initial (coding.md, section 2)."""

from __future__ import annotations

from datetime import date, timedelta, tzinfo

from auditor.coding.collect import Collector
from auditor.coding.courses import Given
from auditor.coding.minutes import add, local_date, whole
from auditor.record import DrugClass, Method, Route


def other_lines(courses: list[Given], collector: Collector) -> None:
    """Injections, pumps, subcutaneous infusions, transfusions; a port flush only when alone.

    ``courses`` are all of the encounter: what supports nothing was given all the same.
    """
    in_time = sorted(courses, key=lambda course: (course.at, course.number))
    for course in in_time:
        match course.technique:
            case "injection":
                collector.once(_injection_code(course), course, "2", "One injection.")
            case "on-body injector":
                collector.once("96377", course, "2", "An on-body injector was applied.")
            case "pump start":
                collector.once(*_pump(course))
    _subcutaneous([c for c in in_time if c.technique == "subcutaneous infusion"], collector)
    transfusions = [course for course in in_time if course.technique == "transfusion"]
    _once_per_date("36430", transfusions, collector, "A transfusion, once a date.")
    flushes = [course for course in in_time if course.technique == "port flush"]
    if flushes:
        _port_flushes(flushes, in_time, collector)


def _injection_code(course: Given) -> str:
    administration = course.administrations[0]
    if administration.route is Route.IA:
        return "96373"
    if administration.drug_class is DrugClass.HORMONAL:
        return "96402"
    return "96401" if course.chemo else "96372"


def _pump(course: Given) -> tuple[str, Given, str, str]:
    if not course.chemo:
        return "C8957", course, "2", "A pump started for more than 8 hours."
    if course.administrations[0].method is Method.HOME_PUMP:
        return "G0498", course, "2", "Started here, continued at home by the facility's pump."
    return "96416", course, "2", "A chemotherapy pump started for more than 8 hours."


def _subcutaneous(infusions: list[Given], collector: Collector) -> None:
    for place, infusion in enumerate(infusions):
        minutes = infusion.minutes
        first = place == 0
        collector.mark_borderline(infusion, minutes, 16 if first else 31)
        codes = ["96369"] + ["96370"] * add(minutes) if first else ["96370"] * whole(minutes)
        because = f"{minutes} counted minutes under the skin."
        if not codes:
            because = f"{minutes} minutes more under the skin earn no unit"
            collector.earns_nothing(infusion, because, "2")
            continue
        collector.hours(
            codes, infusion.administrations, infusion.access, infusion.running, "2", because
        )
    extra = [i for i in infusions if i.administrations[0].extra_pump_setup]
    if extra:
        collector.once("96371", extra[0], "2", "A further pump set-up at new sites, once.")


def _port_flushes(flushes: list[Given], courses: list[Given], collector: Collector) -> None:
    """96523 where nothing else ran or was given that day, paid or not, its stop charted or not."""
    served: set[date] = set()
    for course in courses:
        if course.technique != "port flush" and course.at:
            served |= _dates(course, collector.zone)
    alone = []
    for flush in flushes:
        if local_date(flush.at, collector.zone) in served:
            collector.earns_nothing(flush, "not the sole service of its date", "2")
        else:
            alone.append(flush)
    _once_per_date("96523", alone, collector, "A port flush, the sole service of its date.")


def _dates(course: Given, zone: tzinfo | None) -> set[date]:
    """The dates on which a course was given or ran."""
    dates = {local_date(course.at, zone)}
    for start, stop in course.running:
        first, last = local_date(start, zone), local_date(stop - 1, zone)
        dates |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return dates


def _once_per_date(code: str, courses: list[Given], collector: Collector, because: str) -> None:
    dates = set()
    for course in courses:
        day = local_date(course.at, collector.zone)
        if day not in dates:
            dates.add(day)
            collector.once(code, course, "2", because)
