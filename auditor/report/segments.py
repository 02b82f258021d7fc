"""The charted segments of an encounter beside what counts of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from auditor.coding.support import Course, Interval, Support
from auditor.record import Encounter, Segment
from auditor.report.case import Case
from auditor.report.text import listed


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One charted segment, the part of it that counts, and why the rest does not."""

    case: Case
    course: Course
    segment: Segment
    access: str
    counted_from: datetime | None
    counted_to: datetime | None
    counted_minutes: int | None
    clipped: str


def segment_rows(case: Case) -> tuple[SegmentRow, ...]:
    """Every segment of every administration, by time; what has no start stands last."""
    rows = [
        _row(case, course, segment, counted_of(course, case.support))
        for course in case.support.courses
        for segment in course.administration.segments
    ]
    return tuple(sorted(rows, key=_by_time))


def counted_of(course: Course, support: Support) -> tuple[Interval, ...]:
    """The minutes of a course that count; for hydration those that earn a line.

    A fluid runs on beside drug infusions: only what its supported line counts is hydration.
    """
    if course.technique != "hydration":
        return course.running
    spans = {
        span
        for line in support.lines
        if course.administration in line.administrations
        for span in line.counted
    }
    return tuple(sorted(spans, key=lambda span: _instant(span[0])))


def access_name(support: Support, access: int) -> str:
    """``access 1 (left forearm)``."""
    names = support.access_sites
    name = names[access] if access < len(names) else None
    return f"access {access + 1} ({name or 'site not documented'})"


def counted_parts(segment: Segment, running: Iterable[Interval]) -> list[Interval]:
    """The parts of ``running`` that lie within the segment."""
    start, stop = segment.start, segment.stop
    if start is None or stop is None:
        return []
    return [
        (max(start, begins, key=_instant), min(stop, ends, key=_instant))
        for begins, ends in running
        if _instant(begins) < _instant(stop) and _instant(ends) > _instant(start)
    ]


def _row(case: Case, course: Course, segment: Segment, counted: tuple[Interval, ...]) -> SegmentRow:
    parts = counted_parts(segment, counted)
    timed = segment.start is not None and segment.stop is not None
    minutes = sum(int(_instant(stop) - _instant(start)) // 60 for start, stop in parts)
    return SegmentRow(
        case,
        course,
        segment,
        access_name(case.support, course.access),
        parts[0][0] if parts else None,
        parts[-1][1] if parts else None,
        minutes if timed else None,
        _clipped(case.encounter, course, segment, parts),
    )


def _clipped(encounter: Encounter, course: Course, segment: Segment, parts: list[Interval]) -> str:
    """Why the segment, or part of it, does not count; nothing where all of it does."""
    start, stop = segment.start, segment.stop
    if start is None or stop is None:
        return course.because
    reasons = []
    arrival, end = encounter.window_start, encounter.window_end
    if arrival is not None and _instant(start) < _instant(arrival):
        reasons.append("before arrival")
    if end is not None and _instant(stop) > _instant(end):
        inpatient = end == encounter.inpatient_at
        reasons.append("after the inpatient order" if inpatient else "after discharge")
    whole = [(start, stop)] == parts or _instant(start) == _instant(stop)
    if not whole and not reasons:
        reasons.append(_not_counted(course))
    return listed(reasons)


def _not_counted(course: Course) -> str:
    if course.technique == "hydration":
        return "beside a drug infusion, or 30 minutes or less remain"
    return course.because or "a push or injection is not counted by time"


def _instant(at: datetime) -> float:
    return at.timestamp()


def _by_time(row: SegmentRow) -> tuple[bool, float]:
    at = row.segment.start or row.segment.stop
    return (at is None, _instant(at) if at else 0.0)
