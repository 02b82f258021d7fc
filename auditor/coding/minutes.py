"""Whole minutes, units of time, and sets of time spans.

A span is a pair of seconds since the epoch, so that minutes are elapsed minutes even where the
clocks change; whole minutes are floored only where a rule counts them (coding.md, section 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from heapq import heappop, heappush

Span = tuple[int, int]


def add(minutes: int) -> int:
    """Additional hours after a first hour: 90 → 0, 91 → 1, 150 → 1, 151 → 2 (T-04)."""
    return max(0, (minutes + 29) // 60 - 1)


def whole(minutes: int) -> int:
    """Hours where every hour is an add-on: 30 → 0, 31 → 1, 90 → 1, 91 → 2 (T-05)."""
    return (minutes + 29) // 60 if minutes >= 31 else 0


def seconds(moment: datetime) -> int:
    """Seconds since the epoch, whatever the clocks did."""
    return int(moment.timestamp())


def length(spans: Iterable[Span]) -> int:
    """The elapsed seconds of spans that do not overlap."""
    total = 0
    for start, stop in spans:
        total += stop - start
    return total


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in time order; touching spans become one."""
    ordered = sorted(spans)
    if len(ordered) == 1 and ordered[0][0] < ordered[0][1]:
        return ordered
    joined: list[Span] = []
    for start, stop in ordered:
        if stop <= start:
            continue
        if joined and start <= joined[-1][1]:
            if stop > joined[-1][1]:
                joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def clip(spans: Iterable[Span], start: int | None, stop: int | None) -> list[Span]:
    """What of ``spans`` lies between two moments, either of which may be open."""
    clipped = []
    for begin, end in spans:
        if start is not None and begin < start:
            begin = start
        if stop is not None and end > stop:
            end = stop
        if begin < end:
            clipped.append((begin, end))
    return clipped


def minus(spans: Iterable[Span], removed: Sequence[Span]) -> list[Span]:
    """What remains of disjoint ``spans`` when disjoint, ordered ``removed`` are taken out."""
    if not removed:
        return list(spans)
    remaining: list[Span] = []
    for start, stop in spans:
        at = start
        for a, b in removed:
            if b <= at:
                continue
            if a >= stop:
                break
            if a > at:
                remaining.append((at, a))
            at = b
        if at < stop:
            remaining.append((at, stop))
    return remaining


def around(spans: Sequence[Span]) -> Span | None:
    """From the first moment of spans in time order to the last; None where there is none."""
    return (spans[0][0], max(stop for _, stop in spans)) if spans else None


def neighbours(spans: Sequence[Span | None]) -> list[list[int]]:
    """For each span the places of the others that touch it, in order; None touches nothing.

    Asking each span about every other one would take hours where one encounter has very many.
    """
    near: list[list[int]] = [[] for _ in spans]
    last: list[tuple[int, int]] = []  # of each that may go on: its last second, and its place
    for (start, stop), place in sorted((span, n) for n, span in enumerate(spans) if span):
        while last and last[0][0] < start:
            heappop(last)
        for _, other in last:
            near[other].append(place)
            near[place].append(other)
        heappush(last, (stop, place))
    for places in near:
        places.sort()
    return near


def local_date(second: int, zone: tzinfo | None) -> date:
    """The calendar date on the facility's wall."""
    return datetime.fromtimestamp(second, zone).date()


def unit_dates(
    counted: Sequence[Span], units: int, zone: tzinfo | None, *, split: bool
) -> list[date]:
    """The service date of each unit: unit k on the day its running hour begins (T-16).

    That is when 60·(k−1) counted minutes have run; at a pause, the next counted minute.  Without
    ``split`` all units carry the date on which the counted minutes start.
    """
    first = local_date(counted[0][0], zone)
    if not split or local_date(counted[-1][1], zone) == first:
        return [first] * units
    dates = []
    for hour in range(units):
        left = hour * 3600
        for start, stop in counted:
            if left < stop - start:
                dates.append(local_date(start + left, zone))
                break
            left -= stop - start
    return dates
