"""Sheets in the shape of a known system: recognised by their headers, read as its profile says.

A shape changes no file: a cell is read as if it said in the program's words what it says in its
system's, and keeps its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from auditor.load.cells import Cells, clean, joined
from auditor.load.columns import Match
from auditor.load.ledger import Problems
from auditor.load.moments import Calendar, Moment, Unread, date_orders, moment
from auditor.load.profile import Profile, shipped_profiles
from auditor.load.read import RawSheet
from auditor.load.rows import Found, RowSet, read_table
from auditor.load.values import number
from auditor.load.vocabulary import key

_SEARCHED = 100  # rows from the top among which a header may stand


@dataclass(frozen=True, slots=True)
class _Left:
    """A record of the sheet that is none of its kind: its row, what it says, and under what."""

    row: int
    header: str
    value: str | None


def profile_for(raw: RawSheet, own: Profile) -> tuple[Profile, str | None]:
    """The profile by which a sheet is read, and the name of the shape that its headers show.

    What the hospital's own profile says goes before what the shape says.
    """
    if raw.layout is not None:  # a file of a standard says itself what its columns are
        return own, None
    for name, signatures in _signatures().items():
        if name not in own.extends and _shows(raw, signatures):
            return own.over(shipped_profiles()[name]), name
    return own, None


def actions_of(profiles: Iterable[Profile]) -> dict[str, str]:
    """The action words of several profiles; the first that has a word says what it means."""
    known: dict[str, str] = {}
    for profile in profiles:
        known = {**profile.actions, **known}
    return known


def read_shaped(found: Found, profile: Profile, problems: Problems) -> RowSet:
    """The values of a recognised table, whatever the shape in which they stand."""
    assert found.reading is not None
    kind = found.reading.kind.name
    found, left = _without_others(found, profile.only.get(kind, {}))
    found, added = _with_constants(_in_program_words(found, profile), profile)
    assert found.reading is not None
    rows = read_table(found, found.reading, profile, problems)
    for name in added:  # no cell of the sheet states it
        rows.sheet.columns.pop(name, None)  # type: ignore[attr-defined]
    for one in left:
        rows.tally.rows_read += 1
        allowed = " or ".join(profile.only[kind][one.header])
        reason = f"is no record of these: “{one.header}” is not {allowed}"
        rows.tally.reject(one.row, None, one.value, reason, None)
    if kind in profile.says:
        problems.say(f"{rows.tally.name}: {profile.says[kind]}")
    _drop_placeholders(rows, profile.placeholder_stop_minutes, problems)
    return _current(rows)


# ── which shape ───────────────────────────────────────────────────────────────────────────────


@cache
def _signatures() -> Mapping[str, tuple[frozenset[str], ...]]:
    return {
        name: tuple(frozenset(map(key, headers)) for headers in profile.signatures)
        for name, profile in shipped_profiles().items()
        if profile.signatures
    }


def _shows(raw: RawSheet, signatures: tuple[frozenset[str], ...]) -> bool:
    """Whether one row of the sheet has all the headers of a signature."""
    for row in raw.cells.head(_SEARCHED).itertuples(index=False):
        headers = {key(text) for text in row if isinstance(text, str)}
        if any(signature <= headers for signature in signatures):
            return True
    return False


# ── its rows and cells ────────────────────────────────────────────────────────────────────────


def _without_others(found: Found, only: Mapping[str, tuple[str, ...]]) -> tuple[Found, list[_Left]]:
    """The table without the records that are none of its kind, such as payments among charges."""
    left: dict[int, _Left] = {}
    for header, allowed in only.items():
        place = next((n for n, h in found.table.headers.items() if key(h) == key(header)), None)
        if place is None:
            continue
        cells, keys = found.columns[place], set(map(key, allowed))
        others = ~cells.where(lambda text, keys=keys: key(text) in keys) & ~cells.blank  # type: ignore[misc]
        for at in np.flatnonzero(others).tolist():
            row = int(found.table.records[at])
            left.setdefault(at, _Left(row + 1, header, cells.at(at)))
    if not left:
        return found, []
    kept = np.array([at for at in range(len(found.table.records)) if at not in left], np.intp)
    table = replace(found.table, records=found.table.records[kept])
    columns = {number: cells.take(kept) for number, cells in found.columns.items()}
    return replace(found, table=table, columns=columns), list(left.values())


def _in_program_words(found: Found, profile: Profile) -> Found:
    """The table with its times on the facility's clock and its words as the program knows them."""
    reading = found.reading
    assert reading is not None
    kind = reading.kind.name
    columns = dict(found.columns)
    places = {key(header): number for number, header in found.table.headers.items()}
    for header in profile.utc.get(kind, ()):
        if key(header) in places:
            place = places[key(header)]
            columns[place] = columns[place].map(_utc_reader(columns[place], profile))
    for header, day in profile.offsets.get(kind, {}).items():
        if key(header) in places:
            place = places[key(header)]
            columns[place] = columns[place].map(
                lambda text, day=day: _from_offset(text, day, profile.zone)  # type: ignore[misc]
            )
    for name, said in profile.values.get(kind, {}).items():
        for place in reading.of(name):
            columns[place] = columns[place].map(_translator(said))
    matches = dict(reading.columns)
    for name, headers in profile.joined.get(kind, {}).items():
        parts = [places[key(header)] for header in headers if key(header) in places]
        if len(parts) == len(headers):
            for part in parts[1:]:
                columns[parts[0]] = joined(columns[parts[0]], columns[part], _end_to_end)
            matches[parts[0]] = Match(reading.kind.fields[name], 1.0, rank=0)
    return replace(found, columns=columns, reading=replace(reading, columns=matches))


def _translator(said: Mapping[str, str]) -> Callable[[str], str]:
    words = {key(word): meant for word, meant in said.items()}
    return lambda text: words.get(key(text), text)


def _with_constants(found: Found, profile: Profile) -> tuple[Found, list[str]]:
    """The table with a column for each field of which every row says the same; their names."""
    reading = found.reading
    assert reading is not None
    constants = profile.constants.get(reading.kind.name, {})
    added = {name: text for name, text in constants.items() if not reading.of(name)}
    columns, headers = dict(found.columns), dict(found.table.headers)
    matches = dict(reading.columns)
    every = np.zeros(len(found.table.records), np.int32)
    for place, (name, text) in enumerate(added.items(), start=max(columns, default=0) + 1):
        columns[place] = Cells(every, (clean(text), None))
        headers[place] = f"every row: {text}"
        matches[place] = Match(reading.kind.fields[name], 1.0, rank=0)
    table = replace(found.table, headers=headers)
    return (
        replace(found, columns=columns, table=table, reading=replace(reading, columns=matches)),
        list(added),
    )


def _utc_reader(cells: Cells, profile: Profile) -> Callable[[str], str]:
    """Makes of a time in UTC the one on the facility's clock; what is none, or two, stays."""
    shown = date_orders(cells.distinct())
    calendar = Calendar(shown.pop() if len(shown) == 1 else profile.day_first)

    def local(text: str) -> str:
        read = moment(text, calendar)
        if not isinstance(read, Moment) or read.date is None or read.time is None:
            return text
        day = read.date + timedelta(days=1) if read.next_day else read.date
        return _stamp(datetime.combine(day, read.time, read.zone or UTC), profile.zone)

    return local


def _from_offset(text: str, day: date, zone: ZoneInfo) -> str:
    """The time that lies so many minutes after a day begins; what is no number stays."""
    minutes = number(text)
    if isinstance(minutes, Unread):
        return text
    midnight = datetime.combine(day, datetime.min.time(), zone)
    try:
        return _stamp(midnight.astimezone(UTC) + timedelta(minutes=float(minutes)), zone)
    except OverflowError:
        return text


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(" ", "seconds")


def _end_to_end(one: str | None, other: str | None) -> str | None:
    return f"{one or ''}{other or ''}" or None


# ── its rows as a system writes them ──────────────────────────────────────────────────────────


def _drop_placeholders(rows: RowSet, minutes: int | None, problems: Problems) -> None:
    """Take a stop that the system writes by itself for what it is: no stop."""
    starts, stops = rows.values.get("start"), rows.values.get("stop")
    if minutes is None or starts is None or stops is None:
        return
    written = []
    for place, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        if start and stop and stop.timestamp() - start.timestamp() == minutes * 60:
            written.append(place)
            what = (
                f"stops {minutes} minute after the start, which the system writes where nobody "
                "charts one, taken for no stop"
            )
            rows.count(problems, what, place, "stop")
    if written:
        rows.values["stop"] = stops.blanked(written)


def _current(rows: RowSet) -> RowSet:
    """Of the rows of one event the one saved last, which is what the record says."""
    if "event_id" not in rows.values or "saved_at" not in rows.values:
        return rows
    last: dict[object, int] = {}
    saved = [at.timestamp() if at else 0.0 for at in rows.values["saved_at"].tolist()]
    for place, event in enumerate(rows.column("event_id")):
        if event is not None and saved[place] >= saved[last.setdefault(event, place)]:
            last[event] = place
    kept = np.ones(len(rows.numbers), dtype=bool)
    for place, event in enumerate(rows.column("event_id")):
        if event is not None and last[event] != place:
            rows.supersede(place, f"corrected by {rows.source(last[event])}, which was saved later")
            kept[place] = False
    return rows.some(kept)
