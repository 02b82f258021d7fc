"""The clock that a timeline is drawn against: where moments lie, its ticks and its events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import ceil

from auditor.record import Encounter
from auditor.report.lettering import text_width
from auditor.report.text import day as in_words

WIDTH = 672.0  # of a picture in CSS pixels: seven inches
LEFT, RIGHT = 158.0, 606.0  # where the clock begins and ends
SMALL = 8.5  # letters of the axis and of the events

_NEAR = 36 * 3600  # seconds; an event farther from every dose is told, not drawn
_MOST_TICKS = 10
_MINUTE_STEPS = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
_MOST_DATES = 7
_LABEL_LINE = 10.0  # height of one line of event labels


@dataclass(frozen=True, slots=True)
class Clock:
    """Moments mapped to pixels, in the facility's zone; the ends are seconds since 1970."""

    start: float
    stop: float
    zone: tzinfo | None

    def x(self, at: datetime) -> float:
        """Where a moment lies."""
        share = (at.timestamp() - self.start) / (self.stop - self.start)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def holds(self, at: datetime) -> bool:
        """Whether a moment is on the picture."""
        return self.start <= at.timestamp() <= self.stop


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the clock: the time below the axis, at a midnight the date below that."""

    x: float
    time: str
    date: str
    midnight: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A vertical line at an event, with its label."""

    x: float
    label: str
    label_x: float
    label_y: float


def clock_for(given: Iterable[datetime], events: Iterable[tuple[str, datetime]]) -> Clock | None:
    """A clock that holds every dose and the events near them; ``None`` without a dose's time."""
    doses = sorted(given, key=datetime.timestamp)
    if not doses:
        return None
    first, last = doses[0].timestamp(), doses[-1].timestamp()
    near = [at.timestamp() for _, at in events if first - _NEAR <= at.timestamp() <= last + _NEAR]
    start, stop = min([first, *near]), max([last, *near])
    margin = max((stop - start) * 0.03, (3600 - (stop - start)) / 2)
    return Clock(start - margin, stop + margin, doses[0].tzinfo)


def events_of(encounter: Encounter) -> tuple[tuple[str, datetime], ...]:
    """The moments that decide what counts, with their names, by time."""
    elsewhere = [
        administration.start
        for administration in encounter.administrations
        if administration.began_elsewhere and administration.start is not None
    ]
    arrival = "Arrival" if encounter.arrived_at else "Registration"
    named = (
        ("Begun elsewhere", min(elsewhere, key=datetime.timestamp, default=None)),
        (arrival, encounter.window_start),
        ("Left ED", encounter.ed_departed_at),
        ("Observation", encounter.observation_start),
        ("Obs. ends", encounter.observation_end),
        ("Inpatient", encounter.inpatient_at),
        ("Discharge", encounter.discharged_at),
    )
    known = [(name, at) for name, at in named if at is not None]
    return tuple(sorted(known, key=lambda event: event[1].timestamp()))


def rules_for(
    events: Sequence[tuple[str, datetime]], clock: Clock
) -> tuple[tuple[Rule, ...], float]:
    """The lines of the events on the clock, and the height that their labels take.

    A label stands below every label that reaches over its line, so nothing crosses a text.
    """
    ends: list[float] = []  # where the text of each line of labels ends
    rules = []
    for name, at in events:
        if not clock.holds(at):
            continue
        x, label = clock.x(at), f"{name} {at:%H:%M}"
        line = max((n + 1 for n, end in enumerate(ends) if end > x - 2), default=0)
        width = text_width(label, SMALL)
        begins = round(min(x + 3, WIDTH - width), 1)
        ends[line : line + 1] = [begins + width]
        rules.append(Rule(x, label, begins, SMALL + line * _LABEL_LINE))
    return tuple(rules), _LABEL_LINE * len(ends) + 2


def ticks_for(clock: Clock) -> tuple[Tick, ...]:
    """Wall-clock ticks at round times, at most about ten, with the dates below."""
    minutes = (clock.stop - clock.start) / 60
    step = next((step for step in _MINUTE_STEPS if minutes / step <= _MOST_TICKS), None)
    if step is None:
        return _dates(clock, minutes / 1440)
    ticks = []
    for day in _days(clock):
        for minute in range(0, 1440, step):
            at = datetime.combine(day, time(*divmod(minute, 60)), clock.zone)
            if clock.holds(at):
                midnight = minute == 0
                shown = in_words(day) if midnight else ""
                ticks.append(Tick(clock.x(at), f"{at:%H:%M}", shown, midnight))
    return _with_first_date(tuple(ticks), clock)


def _dates(clock: Clock, days: float) -> tuple[Tick, ...]:
    step = ceil(days / _MOST_DATES)
    midnights = (datetime.combine(day, time(), clock.zone) for day in _days(clock)[::step])
    return tuple(
        Tick(clock.x(at), "00:00", in_words(at.date()), True) for at in midnights if clock.holds(at)
    )


def _days(clock: Clock) -> list[date]:
    first = datetime.fromtimestamp(clock.start, clock.zone).date()
    last = datetime.fromtimestamp(clock.stop, clock.zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _with_first_date(ticks: tuple[Tick, ...], clock: Clock) -> tuple[Tick, ...]:
    """The date at which the picture begins, unless the first midnight's would touch it."""
    day = in_words(datetime.fromtimestamp(clock.start, clock.zone).date())
    midnight = next((tick.x for tick in ticks if tick.midnight), RIGHT)
    room = midnight - LEFT > 1.2 * text_width(day, SMALL)
    return (Tick(LEFT, "", day, False), *ticks) if room else ticks
