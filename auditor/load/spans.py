"""Rows with start and stop → courses: one a row, or one of several rows of the same bag."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from auditor.load.courses import Course, Run, settle_repeated_hour
from auditor.load.entries import Entry, drop_repeats, latest, were_saved_apart
from auditor.record import StopEvidence


def courses_of_rows(entries: Sequence[Entry]) -> list[Course]:
    """The courses of one encounter's rows; a row that says that nothing was given is none."""
    given = [entry for entry in drop_repeats(entries) if entry.action != "VOID"]
    versions: dict[object, list[Entry]] = {}
    for entry in given:
        name = (entry.administration_id, entry.identity) if entry.administration_id else entry
        versions.setdefault(name, []).append(entry)
    current = [entry for rows in versions.values() for entry in _current(rows)]
    together: dict[object, list[Entry]] = {}
    for entry in current:
        together.setdefault(_bag_or_id(entry), []).append(entry)
    return [course for rows in together.values() for course in _courses(rows)]


def _bag_or_id(entry: Entry) -> object:
    """What makes rows one administration: its id, else the same bag of the same drug."""
    if entry.administration_id is not None:
        return entry.administration_id, entry.identity
    return (entry.bag_id, entry.identity, entry.order_id) if entry.bag_id is not None else entry


def _current(rows: list[Entry]) -> list[Entry]:
    """Of rows with one id that share time, the last one saved; rows apart in time are segments."""
    if were_saved_apart(rows) and not _are_apart(rows):
        return [latest(rows)]
    return rows


def _courses(rows: list[Entry]) -> list[Course]:
    """One course of rows that follow each other, else one of each."""
    if len(rows) > 1 and not _are_apart(rows):
        return [_course([row]) for row in rows]
    return [_course(rows)]


def _are_apart(rows: Sequence[Entry]) -> bool:
    """Whether each row has both times and none begins before the one before it ends."""
    if any(row.start is None or row.stop is None for row in rows):
        return False
    ordered = sorted(rows, key=lambda row: row.stamp)
    return all(
        earlier.stop is not None and later.stamp >= earlier.stop.timestamp()
        for earlier, later in pairwise(ordered)
    )


def _course(rows: list[Entry]) -> Course:
    ordered = sorted(rows, key=lambda row: (row.stamp, row.content))
    course = Course(ordered, [_run(row) for row in ordered], ordered[0])
    settle_repeated_hour(course.runs)
    return course


def _run(row: Entry) -> Run:
    stop: datetime | None = row.stop
    grade = StopEvidence.CHARTED if stop else StopEvidence.NONE
    run = Run(row.start, row.source, stop, grade, row.source)
    at = row.start or row.stop  # a rate is charted even where its start is not
    if at is not None:
        run.charts_rate(at, row.rate)
    return run
