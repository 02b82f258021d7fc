"""Times and dates as people and programs write them.

One text is first taken apart into date and time of day; date order, the parts of two columns and
the time zone are settled afterwards, when the whole column is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Unread(NamedTuple):
    """A cell that cannot be read: why, to stand behind "the cell", and what would mend it."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text states: a date, a time of day or both; ``next_day`` for 24:00.

    ``zone`` is the offset that the text itself names; ``second_pass`` says which of two equal
    clock times is meant, where the text says ``EST`` or ``EDT``.
    """

    date: date | None
    time: time | None
    next_day: bool = False
    zone: tzinfo | None = None
    second_pass: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """How the dates of one column are written: day before month, and from when serials count."""

    day_first: bool | None = None
    from_1904: bool = False


NOT_A_TIME = Unread("cannot be read as a date and time", "write it as MM/DD/YYYY HH:MM")
NO_TIME = Unread("has a date but no time of day", "give the time of day as well")
NO_DATE = Unread("has a time of day but no date", "give the date, or a column of dates")
EITHER_ORDER = Unread(
    "can be read day first or month first",
    "add day_first = false (month first) or day_first = true to the profile",
)
SKIPPED = Unread(
    "does not exist on that day, because the clocks were put forward",
    "correct the time in the record",
)

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_ORDERED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?!\d)[T,]?\s*(.*)")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)[T,]?\s*(.*)")
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?$")
_DAY_MONTH = re.compile(r"(\d{1,2})[-\s]?([A-Za-z]{3,9})\.?[-\s,]*(\d{4}|\d{2})(?!\d)[:,]?\s*(.*)")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?!\d),?\s*(?:at\s+)?(.*)")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?$")
_FRACTION = re.compile(r"0?\.\d+$")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:([ap])\.?m?\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[ECMP][SD]T|AK[SD]T|HST)?$",
    re.IGNORECASE,
)
_MILITARY = re.compile(r"(\d{1,2})(\d{2})(?:h|hrs)?$")
_MILITARY_SECONDS = re.compile(r"(\d{2})(\d{2})(\d{2})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# The days on which Excel puts a time of day that has no date.
_NO_DAYS = (date(1899, 12, 30), date(1899, 12, 31), date(1904, 1, 1))
_YEARS = range(1950, 2200)
_FARTHEST = timedelta(hours=14)  # from UTC: no clock shows more


@lru_cache(maxsize=100_000)
def moment(text: str, calendar: Calendar = Calendar()) -> Moment | Unread:
    """Date and time of day that a text states; Unread where it states neither."""
    for read in (_iso, _numeric, _with_date, _clock):
        found = read(text, calendar)
        if found is not None:
            return found
    return NOT_A_TIME


def date_orders(texts: Iterable[str]) -> set[bool]:
    """Which orders the dates of a column show: ``True`` day first, ``False`` month first.

    Empty where every date can be read both ways.
    """
    shown = set()
    for text in texts:
        found = _ORDERED.match(text)
        if found and int(found[1]) > 12:
            shown.add(True)
        elif found and int(found[2]) > 12:
            shown.add(False)
    return shown


def is_either_order(text: str, calendar: Calendar) -> bool:
    """Whether a text is a date that can be read both ways."""
    return _ORDERED.match(text) is not None and moment(text, calendar) is EITHER_ORDER


def shape_of(texts: Sequence[str]) -> str:
    """What the values of a column state: ``"date"``, ``"time"`` or ``"both"``.

    Dates with midnight throughout are dates: a spreadsheet shows them so.
    """
    read = (moment(text, Calendar(day_first=False)) for text in texts)
    found = [stated for stated in read if isinstance(stated, Moment)]
    if not found:
        return "both"
    if all(m.date is None for m in found):
        return "time"
    midnights = all(m.time in (None, time()) and not m.next_day for m in found)
    return "date" if midnights and all(m.date is not None for m in found) else "both"


def midnight(text: str) -> Moment | None:
    """The midnight with which a year-first date alone begins; ``None`` for any other text."""
    found = moment(text) if _YEAR_FIRST.fullmatch(text) else None
    if isinstance(found, Moment) and found.date is not None and found.time is None:
        return replace(found, time=time())
    return None


def together(day: Moment | Unread | None, clock: Moment | Unread | None) -> Moment | Unread | None:
    """A date and a time of day from two cells; a cell that has both speaks for itself."""
    if clock is None or isinstance(clock, Unread):
        return clock
    if clock.date is not None and clock.time is not None:
        return clock
    if day is None or isinstance(day, Unread):
        return clock if day is None else day
    if clock.time is None:
        return clock
    return replace(clock, date=day.date)


def aware(found: Moment | Unread | None, zone: ZoneInfo) -> datetime | Unread | None:
    """The moment on the facility's wall; of a repeated hour the first pass, unless it says else."""
    if found is None or isinstance(found, Unread):
        return found
    if found.date is None:
        return NO_DATE
    if found.time is None:
        return NO_TIME
    day = found.date + timedelta(days=1) if found.next_day else found.date
    if found.zone is not None:
        return datetime.combine(day, found.time, found.zone).astimezone(zone)
    local = datetime.combine(day, found.time, zone)
    if not _is_changed(day, zone):
        return local
    later = local.replace(fold=1)
    if local.utcoffset() < later.utcoffset():  # type: ignore[operator]  # a zone has both
        return SKIPPED
    return later if found.second_pass and is_repeated(local) else local


def is_repeated(local: datetime) -> bool:
    """Whether the wall clock shows this time twice, because the clocks are put back."""
    if local.tzinfo is None or not _is_changed(local.date(), local.tzinfo):
        return False
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@lru_cache(maxsize=10_000)
def _is_changed(day: date, zone: tzinfo) -> bool:
    """Whether the clocks are changed between a day's first minute and that of the next."""
    first, last = (datetime.combine(on, time(), zone) for on in (day, day + timedelta(days=1)))
    return first.utcoffset() != last.replace(fold=1).utcoffset()


def _iso(text: str, _: Calendar) -> Moment | None:
    """What most exports write: ``2026-09-01 08:30:00``."""
    if not _ISO.fullmatch(text):
        return None
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:  # 24:00, or a date that is none
        return None
    on = stated.date()
    return Moment(on, stated.time()) if stated.year in _YEARS and on not in _NO_DAYS else None


def _numeric(text: str, calendar: Calendar) -> Moment | None:
    """Excel serials, fractions of a day, and dates and times without signs between the digits."""
    if not text[0].isdigit() and text[0] != ".":
        return None
    if _SERIAL.match(text):
        serial = float(text) + (1462 if calendar.from_1904 else 0)
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(serial * 86400))
        return Moment(moment.date(), moment.time() if "." in text else None)
    if _FRACTION.match(text):
        return Moment(None, (datetime.min + timedelta(seconds=round(float(text) * 86400))).time())
    compact = _COMPACT.match(text)
    if compact:
        year, month, day, hour, minute, second = compact.groups()
        return _dated(year, month, day, f"{hour}:{minute}:{second or '00'}" if hour else "")
    return _military(text)


def _with_date(text: str, calendar: Calendar) -> Moment | Unread | None:
    found = _YEAR_FIRST.match(text)
    if found:
        return _dated(found[1], found[2], found[3], found[4])
    found = _ORDERED.match(text)
    if found:
        return _ordered(found, calendar)
    found = _DAY_MONTH.match(text)
    if found:
        return _dated(found[3], _month(found[2]), found[1], found[4])
    found = _MONTH_DAY.match(text)
    if found:
        return _dated(found[3], _month(found[1]), found[2], found[4])
    return None


def _ordered(found: re.Match[str], calendar: Calendar) -> Moment | Unread | None:
    """A date of three numbers: read the only way it can be, else as the column is written."""
    first, second = int(found[1]), int(found[2])
    day_first = calendar.day_first
    if first > 12 or second > 12:
        day_first = first > 12
    elif first == second:
        day_first = False
    elif day_first is None:
        return EITHER_ORDER
    day, month = (first, second) if day_first else (second, first)
    return _dated(found[3], str(month), str(day), found[4])


def _dated(year: str, month: str | None, day: str, rest: str) -> Moment | None:
    """A date and what follows it; ``None`` where either is none."""
    if month is None:
        return None
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 69 else 1900)
    try:
        on = date(full_year, int(month), int(day))
    except ValueError:
        return None
    if not rest:
        return Moment(on, None) if on.year in _YEARS else None
    clock = _clock(rest) or _military(rest)
    if clock is None:
        return None
    if on in _NO_DAYS:
        return clock
    return replace(clock, date=on) if on.year in _YEARS else None


def _military(text: str) -> Moment | None:
    found = _MILITARY.match(text) or _MILITARY_SECONDS.match(text)
    return _at(*found.groups()) if found and len(text) >= 3 else None


def _clock(text: str, _: Calendar | None = None) -> Moment | None:
    found = _CLOCK.match(text)
    if not found:
        return None
    hour, half, zone = int(found[1]), (found[4] or "").lower(), (found[5] or "").upper()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    clock = _at(str(hour), found[2], found[3])
    if clock is None or not zone:
        return clock
    if zone in ("Z", "UTC", "GMT"):
        return replace(clock, zone=UTC)
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        if offset > _FARTHEST or int(zone[-2:]) > 59:
            return None
        return replace(clock, zone=timezone(-offset if zone[0] == "-" else offset))
    return replace(clock, second_pass=zone[-2] == "S")


def _at(hour: str, minute: str, second: str | None = None) -> Moment | None:
    """A time of day; 24:00 is midnight at the end of the day."""
    parts = int(hour), int(minute), int(second or 0)
    if parts == (24, 0, 0):
        return Moment(None, time(), next_day=True)
    if parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        return None
    return Moment(None, time(*parts))


def _month(name: str) -> str | None:
    start = name[:3].lower()
    return str(_MONTHS.index(start) + 1) if start in _MONTHS else None
