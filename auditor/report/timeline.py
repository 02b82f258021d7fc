"""An encounter drawn against the clock: lanes for accesses, bars and marks for what was given.

What stands where is computed here, in CSS pixels; the template ``timeline.svg`` only places it.
Kinds differ by pattern and shape, so the picture holds in black and white.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.coding.support import Course, Interval, Support
from auditor.record import Administration, Encounter, Method, Route
from auditor.report.clock import (
    LEFT,
    RIGHT,
    SMALL,
    WIDTH,
    Clock,
    Rule,
    Tick,
    clock_for,
    events_of,
    rules_for,
    ticks_for,
)
from auditor.report.findings import drug_words
from auditor.report.lettering import text_width, wrapped
from auditor.report.segments import access_name, counted_of, counted_parts
from auditor.report.text import count, listed, moment, printable, sentence_case

LETTERS = 9.5  # of the names, as report.css has them
LINE = 11.0  # height of a line of them
_BOLD = 1.1  # how much wider a name of an access stands
_NAMES = LEFT - 14  # what the names may take
_MOST_LINES = 5  # of a name
_ROW, _COMPACT_ROW = 18.0, 14.0  # height of a row at the least
_ROOMY_ROWS = 20
_PICTURE = 540.0  # height of the rows that stand on one page beside a heading
_LANE = 15.0  # height of the name of an access at the least
_STUB = 16.0  # length of a bar of which one end is not charted
_HALF_MARK = 5.0
_STRETCHES = ("infusion", "hydration", "subcutaneous infusion", "transfusion")

_BAR_WORDS = {
    "infusion": "drug infusion",
    "hydration": "hydration",
    "subcutaneous infusion": "infusion under the skin",
    "transfusion": "transfusion",
    "minutes": "minutes of a push or injection",
    "uncounted": "charted, not counted",
    "open": "one end not charted",
}
_MARK_WORDS = {
    "push": "push",
    "injection": "injection",
    "other": "other service",
    "nothing": "given, not counted",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in one row; ``kind`` chooses its pattern."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in one row; ``kind`` chooses its shape."""

    x: float
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a lane: the drug, what was given of it, and what that amounts to.

    The drug stands left of the clock, in ``label`` line by line; the page writes it there.
    """

    y: float
    height: float
    label: tuple[str, ...]
    total: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One access with its rows; its name stands at ``y``, left of the clock, a line below it."""

    y: float
    height: float
    name: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend."""

    x: float
    y: float
    kind: str
    words: str
    is_mark: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its text alternative, and in ``notes`` what it could not show."""

    width: float
    height: float
    top: float
    axis: float
    left: float
    right: float
    outside: tuple[tuple[float, float], ...]
    lanes: tuple[Lane, ...]
    rules: tuple[Rule, ...]
    ticks: tuple[Tick, ...]
    keys: tuple[Key, ...]
    title: str
    description: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Track:
    """A row in the making: courses of one drug that do not touch each other."""

    drug: str
    courses: list[Course] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    end: float = 0.0


_Lanes = list[tuple[str, list[_Track]]]


def draw(
    encounter: Encounter,
    support: Support,
    *,
    room: float = _PICTURE,
    first: Collection[Administration] | None = None,
) -> tuple[Picture, ...]:
    """The encounter's pictures: one, or several where ``room`` pixels cannot hold every row.

    With ``first`` there is one at most, of the rows of these administrations and of as many others
    as have room; its notes say how many it leaves out.  None where no administration has a time.
    """
    courses = [course for course in support.courses if _is_drawn(course)]
    events = events_of(encounter)
    clock = clock_for((at for course in courses for at in _times(course)), events)
    if clock is None:
        return ()
    lanes = _lanes(courses, support, clock)
    notes = _notes(support, events, clock)
    compact = sum(len(tracks) for _, tracks in lanes) > _ROOMY_ROWS
    if first is None:
        pages = _pages(lanes, room, compact=compact)
    else:
        chosen, left_out = _chosen(lanes, first, room)
        pages = [chosen]
        notes += left_out
        compact = False
    rules, top = rules_for(events, clock)
    outside = _outside(encounter, clock)
    ticks = ticks_for(clock)
    description = _description(courses, support)
    pictures = []
    for number, page in enumerate(pages, start=1):
        part = f", part {number} of {len(pages)}" if len(pages) > 1 else ""
        placed, bottom = _placed(page, top, support, compact=compact)
        keys, height = _keys(placed, bottom + 38)
        pictures.append(
            Picture(
                width=WIDTH,
                height=height,
                top=top,
                axis=bottom,
                left=LEFT,
                right=RIGHT,
                outside=outside,
                lanes=placed,
                rules=rules,
                ticks=ticks,
                keys=keys,
                title=printable(f"Timeline of encounter {encounter.encounter_id}{part}"),
                description=description,
                notes=_cut_names(page) + (notes if number == len(pages) else ()),
            )
        )
    return tuple(pictures)


def _is_drawn(course: Course) -> bool:
    """Whatever was injected or infused and has a time; tablets and the like stand in the notes."""
    injected = course.administration.route is not Route.OTHER or course.technique != "none"
    return injected and bool(_times(course))


def _times(course: Course) -> list[datetime]:
    ends = [at for s in course.administration.segments for at in (s.start, s.stop)]
    return [at for at in (course.at, *ends) if at is not None]


def _lanes(courses: Iterable[Course], support: Support, clock: Clock) -> _Lanes:
    lanes: dict[str, list[_Track]] = {}
    for course in sorted(courses, key=_lane_order):
        if _uses_access(course.administration):
            name = access_name(support, course.access)
        else:
            name = "no vascular access"
        _place(course, lanes.setdefault(sentence_case(name), []), support, clock)
    return list(lanes.items())


def _lane_order(course: Course) -> tuple[bool, int, float]:
    begins = min(at.timestamp() for at in _times(course))
    return not _uses_access(course.administration), course.access, begins


def _uses_access(administration: Administration) -> bool:
    return administration.route in (Route.IV, Route.IA)


def _place(course: Course, tracks: list[_Track], support: Support, clock: Clock) -> None:
    """Add the course to the first row of its drug that has room, else to a new row."""
    bars = _bars(course, support, clock)
    marks = _marks(course, bars, clock)
    begins = min([bar.x for bar in bars] + [mark.x - _HALF_MARK for mark in marks])
    ends = max([bar.x + bar.width for bar in bars] + [mark.x + _HALF_MARK for mark in marks])
    drug = printable(drug_words(course.administration))
    track = next((track for track in tracks if track.drug == drug and track.end <= begins), None)
    if track is None:
        track = _Track(drug)
        tracks.append(track)
    track.courses.append(course)
    track.bars += bars
    track.marks += marks
    track.end = ends


def _bars(course: Course, support: Support, clock: Clock) -> list[Bar]:
    kind = course.technique if course.technique in _BAR_WORDS else "minutes"
    counted = counted_of(course, support)
    bars = []
    for segment in course.administration.segments:
        start, stop = segment.start, segment.stop
        if start is not None and stop is not None:
            if start != stop:
                bars.append(_bar(start, stop, "uncounted", clock))
            bars += [_bar(*part, kind, clock) for part in counted_parts(segment, counted)]
        elif stop is not None:
            bars.append(Bar(round(clock.x(stop) - _STUB, 1), _STUB, "open"))
        elif start is not None and not _is_moment(course):
            bars.append(Bar(clock.x(start), _STUB, "open"))
    return bars


def _bar(start: datetime, stop: datetime, kind: str, clock: Clock) -> Bar:
    """Never thinner than a hairline; a stop charted before its start spans the same stretch."""
    begins, ends = sorted((clock.x(start), clock.x(stop)))
    return Bar(begins, round(max(ends - begins, 1.5), 1), kind)


def _marks(course: Course, bars: list[Bar], clock: Clock) -> list[Mark]:
    if course.technique in _STRETCHES and bars:
        return []
    if course.at is not None:
        kind = course.technique if course.technique in _MARK_WORDS else "other"
        return [Mark(clock.x(course.at), kind)]
    start = course.administration.start
    return [] if bars or start is None else [Mark(clock.x(start), "nothing")]


def _is_moment(course: Course) -> bool:
    """Whether no stop is to be expected: a push or an injection, counted or not."""
    if course.technique != "none":
        return course.technique not in _STRETCHES
    given = course.administration
    return given.method in (Method.PUSH, Method.INJECTION) or given.route is Route.IM


def _pages(lanes: _Lanes, room: float, *, compact: bool) -> list[_Lanes]:
    """The lanes, cut so that no picture is higher than a page has room for."""
    pages: list[_Lanes] = [[]]
    free = room
    for name, tracks in lanes:
        heading = name
        while tracks:
            fitting = _fitting(tracks, free - _lane_height(heading), compact=compact)
            if not fitting and free == room:
                fitting = 1
            if fitting:
                pages[-1].append((heading, tracks[:fitting]))
                free -= _lane_height(heading)
                free -= sum(_row_height(track, compact=compact) for track in tracks[:fitting])
                tracks = tracks[fitting:]
                heading = f"{name}, continued"
            if tracks:
                pages.append([])
                free = room
    return pages


def _fitting(tracks: Sequence[_Track], free: float, *, compact: bool) -> int:
    """How many of the rows have room."""
    for number, track in enumerate(tracks):
        free -= _row_height(track, compact=compact)
        if free < 0:
            return number
    return len(tracks)


def _chosen(
    lanes: _Lanes, first: Collection[Administration], room: float
) -> tuple[_Lanes, tuple[str, ...]]:
    """The rows that one picture has room for, in their order, and what is left out in words."""
    concerned = {id(administration) for administration in first}
    rows = [(name, track) for name, tracks in lanes for track in tracks]
    kept: set[int] = set()
    named: set[str] = set()
    for name, track in sorted(rows, key=lambda row: not _concerns(row[1], concerned)):
        needed = _row_height(track, compact=False)
        needed += 0 if name in named else _lane_height(name)
        if needed > room and kept:
            break
        room -= needed
        kept.add(id(track))
        named.add(name)
    chosen = [(name, [track for track in tracks if id(track) in kept]) for name, tracks in lanes]
    further = len(rows) - len(kept)
    left_out = f"{count(further, 'further row')} of {len(rows):,} on the workbook’s Timeline."
    return [lane for lane in chosen if lane[1]], (left_out,) * bool(further)


def _concerns(track: _Track, administrations: Collection[int]) -> bool:
    return any(id(course.administration) in administrations for course in track.courses)


def _placed(
    page: _Lanes, top: float, support: Support, *, compact: bool
) -> tuple[tuple[Lane, ...], float]:
    """The lanes with their heights, and where the last one ends."""
    lanes = []
    y = top + 4
    for name, tracks in page:
        heading, height = y, _lane_height(name)
        y += height
        placed = []
        for track in tracks:
            row = _row_height(track, compact=compact)
            placed.append(
                Row(
                    y,
                    row,
                    wrapped(track.drug, _NAMES, LETTERS, _MOST_LINES),
                    _total(track.courses, support),
                    tuple(track.bars),
                    tuple(track.marks),
                )
            )
            y += row
        lanes.append(Lane(heading, height, _lane_name(name), tuple(placed)))
        y += 4
    return tuple(lanes), y


def _row_height(track: _Track, *, compact: bool) -> float:
    lines = len(wrapped(track.drug, _NAMES, LETTERS, _MOST_LINES))
    return max(_COMPACT_ROW if compact else _ROW, lines * LINE + 3)


def _lane_name(name: str) -> tuple[str, ...]:
    """The access on one line, or its site below it where the clock would begin too soon."""
    parts = [printable(name)]
    if text_width(parts[0], LETTERS * _BOLD) > _NAMES:
        parts = parts[0].replace(" (", "\n(", 1).split("\n")
    return tuple(line for part in parts for line in wrapped(part, _NAMES, LETTERS * _BOLD, 2))


def _lane_height(name: str) -> float:
    return max(_LANE, len(_lane_name(name)) * LINE + 4)


def _total(courses: Sequence[Course], support: Support) -> str:
    """What a row amounts to: counted minutes, or how many doses."""
    counting = [course for course in courses if course.technique != "none"]
    if not counting:
        return "not counted"
    if any(course.technique not in _STRETCHES for course in counting):
        return count(len(counting), "dose")
    spans = {span for course in counting for span in counted_of(course, support)}
    return f"{_minutes(spans)} min" if spans else "not counted"


def _minutes(spans: Iterable[Interval]) -> int:
    return int(sum(stop.timestamp() - start.timestamp() for start, stop in spans)) // 60


def _outside(encounter: Encounter, clock: Clock) -> tuple[tuple[float, float], ...]:
    """The stretches (left, width) in which nothing counts for the hospital outpatient claim."""
    arrival, end = encounter.window_start, encounter.window_end
    stretches = []
    if arrival is not None and clock.holds(arrival):
        stretches.append((LEFT, round(clock.x(arrival) - LEFT, 1)))
    if end is not None and clock.holds(end):
        stretches.append((clock.x(end), round(RIGHT - clock.x(end), 1)))
    return tuple(stretches)


def _keys(lanes: Iterable[Lane], y: float) -> tuple[tuple[Key, ...], float]:
    """The legend of the kinds that the lanes show, in lines, and where it ends."""
    rows = [row for lane in lanes for row in lane.rows]
    bars = {bar.kind for row in rows for bar in row.bars}
    marks = {mark.kind for row in rows for mark in row.marks}
    entries = [(kind, words, False) for kind, words in _BAR_WORDS.items() if kind in bars]
    entries += [(kind, words, True) for kind, words in _MARK_WORDS.items() if kind in marks]
    keys = []
    x = LEFT
    for kind, words, is_mark in entries:
        width = 30 + text_width(words, SMALL)
        if x > LEFT and x + width > WIDTH:
            x, y = LEFT, y + 14
        keys.append(Key(round(x, 1), y, kind, words, is_mark))
        x += width + 8
    return tuple(keys), y + 12


def _notes(
    support: Support, events: Sequence[tuple[str, datetime]], clock: Clock
) -> tuple[str, ...]:
    """What belongs to the encounter and is not on the picture."""
    untimed = [c for c in support.courses if not _times(c)]
    elsewhere = [c for c in support.courses if _times(c) and not _is_drawn(c)]
    far = [f"{name.lower()} {moment(at)}" for name, at in events if not clock.holds(at)]
    notes = []
    if untimed:
        notes.append(f"Without any time: {_names(untimed)}.")
    if elsewhere:
        notes.append(f"Neither injected nor infused: {_names(elsewhere)}.")
    if far:
        notes.append(f"Too far off to be drawn: {listed(far)}.")
    return tuple(notes)


def _cut_names(page: _Lanes) -> tuple[str, ...]:
    """In full the names that their rows have no room for."""
    cut = [track.drug for _, tracks in page for track in tracks if _is_cut(track.drug)]
    return (f"Names in full: {listed(dict.fromkeys(cut))}.",) * bool(cut)


def _is_cut(drug: str) -> bool:
    return len(wrapped(drug, _NAMES, LETTERS, _MOST_LINES + 1)) > _MOST_LINES


def _names(courses: Iterable[Course]) -> str:
    return listed(dict.fromkeys(printable(drug_words(c.administration)) for c in courses))


def _description(courses: Sequence[Course], support: Support) -> str:
    """The picture in words, dose after dose."""
    timed = sorted(courses, key=lambda course: min(at.timestamp() for at in _times(course)))
    sentences = []
    for course in timed:
        start, stop = course.administration.start, course.administration.stop
        if start is None:
            charted = f"no start, stop {moment(stop)}"
        elif _is_moment(course):
            charted = moment(start)
        else:
            charted = f"{moment(start)} to {moment(stop) or 'no stop'}"
        if course.technique == "none":
            counts = f"not counted: {course.because}"
        elif course.technique in _STRETCHES:
            minutes = _minutes(counted_of(course, support))
            counts = f"{course.technique}, {count(minutes, 'minute')} counted"
        else:
            counts = course.technique
        sentences.append(f"{drug_words(course.administration)}, {charted}, {counts}.")
    return printable(" ".join(sentences))
