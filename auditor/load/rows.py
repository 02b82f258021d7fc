"""One table of a sheet → its values by field, with the rows that cannot be used told apart.

Values are Python objects in arrays, one entry a row; what a cell does not say is ``None``.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as with_default
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from auditor.load.cells import Cells, Codes, Mask, Values, cells_of, joined, taken
from auditor.load.columns import LOOKED_AT, Headers, Reading, best_kind, map_table
from auditor.load.grid import laid_out, supersede
from auditor.load.header import Table, tables_of
from auditor.load.ledger import Fault, Problems, Tally
from auditor.load.moments import (
    NO_TIME,
    NOT_A_TIME,
    Calendar,
    Moment,
    Unread,
    aware,
    date_orders,
    is_either_order,
    is_repeated,
    midnight,
    moment,
    shape_of,
    together,
)
from auditor.load.profile import Profile
from auditor.load.read import RawSheet, column_letter
from auditor.load.values import READERS, number, plain, unit_in
from auditor.load.vocabulary import Field, kinds, tokens
from auditor.record import Sheet, Source

NOT_A_DATE = Unread("cannot be read as a date", "write it as MM/DD/YYYY")
_BETWEEN = "\x1f"  # stands in no cleaned cell

# The columns that state the unit of another field.
_UNITS = {"dose": "dose_unit", "rate": "rate_unit", "volume": "volume_unit"}

# What of a row that cannot be used tells whose it is and what it may have said.
OWNERS = ("encounter_id", "account_id", "patient_id")
_TOLD = (*OWNERS, "order_id", "drug", "action")


@dataclass(frozen=True, slots=True)
class Lost:
    """A row that was rejected: the field whose cell is why, and what it tells all the same.

    ``home`` is its encounter, where that is known.
    """

    source: Source
    field: str | None
    told: Mapping[str, object]
    home: str | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a mended row stands: its address, its own tally, and its cells that were left out."""

    source: Source
    tally: Tally
    unread: dict[str, set[int]]


@dataclass(slots=True, eq=False)
class RowSet:
    """The usable rows of one table: ``values[field][i]`` belongs to row ``numbers[i]``.

    ``stop_without_date`` is true where stop times have no date of their own, ``has_repeats`` where
    some time stands in the hour that the clocks repeat.  ``lost`` are the rows that were rejected;
    ``mended`` are by row those that stand elsewhere, in the list of somebody who mended them.
    ``unread`` and ``lacks`` are those of the sheet, filled as they become known; ``homes`` are the
    encounters of the rows, once they are known.
    """

    kind: str
    sheet: Sheet
    tally: Tally
    numbers: Sequence[int]
    values: dict[str, Values]
    shown: dict[str, Cells]
    lost: list[Lost]
    unread: dict[str, set[int]]
    lacks: set[str]
    homes: list[str] = with_default(default_factory=list)
    stop_without_date: bool = False
    has_repeats: bool = False
    mended: Mapping[int, Elsewhere] = with_default(default_factory=dict)

    def column(self, name: str) -> Iterable[object]:
        """The values of a field, row by row; ``None`` throughout where no column states it."""
        values = self.values.get(name)
        return [None] * len(self.numbers) if values is None else values.tolist()

    def source(self, place: int) -> Source:
        """The address of a row."""
        mended = self.mended.get(self.numbers[place])
        return mended.source if mended else Source(self.sheet, self.numbers[place])

    def reject(
        self,
        place: int,
        field: str | None,
        reason: str,
        remedy: str | None,
        *,
        mendable: bool = True,
    ) -> None:
        """The row cannot be used, because of its cell of ``field``.

        ``mendable`` says whether another text in its cells would make it usable.
        """
        source = self.source(place)
        cell = self._cell(source, place, field)
        self._tally(place).reject(source.row, *cell, reason, remedy, mendable=mendable)
        told = {name: self.values[name][place] for name in _TOLD if name in self.values}
        home = self.homes[place] if self.homes else None
        self.lost.append(Lost(source, field, told, home))

    def supersede(
        self, place: int, reason: str, field: str | None = None, remedy: str | None = None
    ) -> None:
        """Another row, which ``reason`` names, takes the place of this one."""
        source = self.source(place)
        cell = self._cell(source, place, field)
        self._tally(place).supersede(source.row, reason, *cell, remedy)

    def count(
        self, problems: Problems, what: str, place: int, field: str = "", times: int = 1
    ) -> None:
        """Count a problem of a row under its sheet, at its cell of ``field``."""
        source = self.source(place)
        column = source.sheet.columns.get(field)
        cell = f"{column}{source.row}" if column else f"row {source.row}"
        problems.count(self._tally(place).name, what, cell, times, source.row)

    def stated(self, *fields: str) -> str:
        """The first of the fields that the sheet has a column for, else the first."""
        return next((name for name in fields if name in self.sheet.columns), fields[0])

    def note_unread(self, place: int, field: str) -> None:
        """The cell of ``field`` is no blank, though nothing is made of what it says."""
        mended = self.mended.get(self.numbers[place])
        unread = mended.unread if mended else self.unread
        unread.setdefault(field, set()).add(self.source(place).row)

    def leave_out(self, place: int, field: str, why: Unread) -> None:
        """The cell of ``field`` says something that cannot be read: the row is used without it."""
        source = self.source(place)
        self.note_unread(place, field)
        fault = Fault(*self._cell(source, place, field), _left_out(why.reason), why.remedy)
        self._tally(place).leave_out(source.row, fault)

    def with_column(self, field: str, other: str) -> RowSet:
        """The same rows, those of a sheet that states ``field`` in the column of ``other``."""

        def widened(sheet: Sheet) -> Sheet:
            at = sheet.columns.get(other)
            return replace(sheet, columns={**sheet.columns, field: at} if at else sheet.columns)

        mended = {
            number: replace(one, source=replace(one.source, sheet=widened(one.source.sheet)))
            for number, one in self.mended.items()
        }
        return replace(self, sheet=widened(self.sheet), mended=mended)

    def _tally(self, place: int) -> Tally:
        mended = self.mended.get(self.numbers[place])
        return mended.tally if mended else self.tally

    def _cell(self, source: Source, place: int, field: str | None) -> tuple[str | None, str | None]:
        """The column letter and the text of a row's cell of ``field``."""
        shown = self.shown.get(field) if field else None
        column = source.sheet.columns.get(field) if field else None
        return column, shown.at(place) if shown else None

    def some(self, kept: Mask) -> RowSet:
        """The rows for which ``kept`` is true, with the same tally."""
        return self.at(np.flatnonzero(kept).tolist())

    def at(self, places: Sequence[int], homes: Sequence[str] = ()) -> RowSet:
        """The rows in some places, with the same tally, and with their encounters."""
        if len(places) == len(self.numbers):
            return replace(self, homes=list(homes))
        kept = np.array(places, np.intp)
        numbers = array("l", [self.numbers[place] for place in places])
        shared: dict[int, Codes] = {}  # what a cell shows and what was read of it
        return replace(
            self,
            numbers=numbers,
            values=taken(self.values, kept, shared),
            shown=taken(self.shown, kept, shared),
            homes=list(homes),
        )

    def cut(self, places: Sequence[int]) -> RowSet:
        """The rows in some places as a part that keeps what becomes of them to itself."""
        part = self.at(places, [self.homes[place] for place in places])
        unread = {name: rows.intersection(part.numbers) for name, rows in self.unread.items()}
        return replace(
            part,
            tally=self.tally.of_a_part(),
            sheet=replace(self.sheet, unread=unread),
            unread=unread,
            lost=[],
        )


class Refused(Exception):
    """A whole table cannot be used; the text is a sentence, ``remedy`` what would mend it."""

    def __init__(self, sentence: str, remedy: str) -> None:
        """Say why, in words that contain no patient's data."""
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Found:
    """One table as it was recognised: its place on the sheet, and how it would be read.

    ``closings`` are the first texts of its footers, by row.
    """

    raw: RawSheet
    columns: dict[int, Cells]
    table: Table
    reading: Reading | None
    closings: Mapping[int, str | None]


def find_tables(raw: RawSheet, profile: Profile, headers: Headers) -> list[Found]:
    """The tables of a sheet, each with its kind as the profile says or as best guessed."""
    columns = cells_of(raw)
    if raw.layout is not None:
        one, certain = laid_out(raw.layout)
        used = {place: cells.take(one.records) for place, cells in columns.items()}
        return [Found(raw, used, one, certain, {})]
    wanted = wanted_kind(raw, profile)
    found = []
    for table in tables_of(columns, headers.is_name):
        used = {
            number: columns[number].take(table.records)
            for number in columns
            if number in table.headers
        }
        reading = (
            map_table(table.headers, used, headers, kinds()[wanted])
            if wanted
            else best_kind(table.headers, used, headers)
        )
        closings = {row: _first_text(columns, row) for row in table.closings.tolist()}
        found.append(Found(raw, used, table, reading, closings))
    return found


def wanted_kind(raw: RawSheet, profile: Profile) -> str | None:
    """What the profile says a sheet is, by its own name or by its file's."""
    file = raw.file.rpartition("/")[2]
    return profile.sheets.get(raw.sheet or "") or profile.sheets.get(file)


def read_table(found: Found, reading: Reading, profile: Profile, problems: Problems) -> RowSet:
    """The values of a table; one that cannot be used as a whole has none, and a problem says so."""
    raw, table = found.raw, found.table
    unread: dict[str, set[int]] = {}
    lacks: set[str] = set()
    sheet = Sheet(raw.file, raw.sheet, _columns(found, reading, column_letter), unread, lacks)
    tally = Tally(raw.file, raw.sheet)
    tally.kind = reading.kind.name
    tally.columns = _headers_of(found, reading)
    tally.rows_read = len(table.records) + len(table.repeats) + len(table.closings)
    for row in table.repeats.tolist():
        tally.supersede(row + 1, f"repeats the header in row {table.header + 1}")
    for row in table.closings.tolist():
        tally.reject(row + 1, None, found.closings[row], "is a title or footer, not a record", None)
    numbers = numbers_of(found)
    if raw.layout is not None:
        supersede(raw.layout, tally)
    elsewhere = _elsewhere(found, reading, numbers, tally, lacks) if raw.mended else {}
    rows = RowSet(
        reading.kind.name, sheet, tally, numbers, {}, {}, [], unread, lacks, mended=elsewhere
    )
    reader = _TableReader(found, reading, profile, rows, problems)
    try:
        reader.read()
    except Refused as refused:
        for place in range(len(numbers)):
            rows.reject(place, None, str(refused), refused.remedy, mendable=False)
        problems.say(f"{tally.name}: {refused} {refused.remedy}")
        rows.numbers, rows.values = (), {}
    return rows


def numbers_of(found: Found) -> Sequence[int]:
    """The numbers of the records as the ledger has them."""
    records, layout = found.table.records, found.raw.layout
    if layout is None:
        return array("l", (records + 1).tolist())
    return array("l", [layout.numbers[row] for row in records.tolist()])


def _columns(found: Found, reading: Reading, letter: Callable[[int], str | None]) -> dict[str, str]:
    """The letter of the column of each field."""
    letters = {
        field.name: letter(_cited(field, found.columns, reading))
        for field in reading.kind.fields.values()
        if reading.of(field.name)
    }
    columns = {name: one for name, one in letters.items() if one is not None}
    if "taken_at" in columns:  # a charted event's time is a start or a stop
        columns = {"start": columns["taken_at"], "stop": columns["taken_at"], **columns}
    return columns


def _elsewhere(
    found: Found, reading: Reading, numbers: Sequence[int], tally: Tally, lacks: set[str]
) -> dict[int, Elsewhere]:
    """The records that stand in another list, by number; those in whose place they do are told."""
    tallies: dict[str, tuple[Tally, Sheet, dict[str, set[int]]]] = {}
    places: dict[int, Elsewhere] = {}
    for place, row in enumerate(found.table.records.tolist()):
        mended = found.raw.mended.get(row)
        if mended is None:
            continue
        if mended.where not in tallies:
            unread: dict[str, set[int]] = {}
            columns = _columns(found, reading, mended.letters.get)
            own = Tally(mended.file, mended.sheet)
            own.kind, own.columns = tally.kind, tally.columns
            sheet = Sheet(mended.file, mended.sheet, columns, unread, lacks)
            tallies[mended.where] = own, sheet, unread
        own, sheet, unread = tallies[mended.where]
        own.rows_read += 1
        tally.supersede(numbers[place], f"mended by {mended.address}")
        places[numbers[place]] = Elsewhere(Source(sheet, mended.row), own, unread)
    return places


def _cited(field: Field, columns: Mapping[int, Cells], reading: Reading) -> int:
    """The column that a finding cites for a field: of a date and a time of day the time's."""
    places = reading.of(field.name)
    return _clock_of(places, columns) if field.type == "time" else places[0]


def _clock_of(places: list[int], columns: Mapping[int, Cells]) -> int:
    """Of the columns of a time the one with the time of day."""
    return places[0] if _has_only_times(columns[places[0]]) else places[-1]


def _has_only_times(cells: Cells) -> bool:
    return shape_of(cells.distinct(LOOKED_AT)) == "time"


def _headers_of(found: Found, reading: Reading) -> dict[str, str]:
    """Each recognised header with its field; equal headers are told apart by their letter."""
    headers: dict[str, str] = {}
    for place, match in reading.columns.items():
        header = found.table.headers[place]
        name = f"{header} ({column_letter(place)})" if header in headers else header
        headers[name] = match.field.name
    return headers


def _first_text(columns: Mapping[int, Cells], row: int) -> str | None:
    return next(filter(None, (columns[number].at(row) for number in sorted(columns))), None)


class _TableReader:
    """Reads the fields of one table, times last, because dates are settled by the whole sheet."""

    def __init__(
        self,
        found: Found,
        reading: Reading,
        profile: Profile,
        rows: RowSet,
        problems: Problems,
    ) -> None:
        self.columns = found.columns
        self.headers = found.table.headers
        self.from_1904 = found.raw.from_1904
        self.bare_midnights = found.raw.bare_midnights
        self.layout = found.raw.layout
        self.records = found.table.records
        self.reading = reading
        self.profile = profile
        self.zone: ZoneInfo = profile.zone
        self.rows = rows
        self.problems = problems
        self._sheet_orders: set[bool] | None = None
        self._unread: list[tuple[Field, int, Unread]] = []

    def read(self) -> None:
        for field in self.reading.kind.fields.values():
            if field.type != "time" and self.reading.of(field.name):
                self._keep(field, *self._plain(field))
        for field in self.reading.kind.fields.values():
            if field.type == "time" and self.reading.of(field.name):
                self._keep(field, *self._times(field))
        rows = self.rows
        usable = np.ones(len(rows.numbers), dtype=bool)
        headers = {
            name: self.headers[_cited(self.reading.kind.fields[name], self.columns, self.reading)]
            for name in {field.name for field, _, _ in self._unread}
        }
        for field, place, unread in self._unread:  # once the rest of its row is known
            self._say(field, headers[field.name], place, unread)
            usable[place] &= not field.judged
        for place in self._taken_back():
            usable[place] = False
        if not usable.all():
            kept = rows.some(usable)
            rows.numbers, rows.values, rows.shown = kept.numbers, kept.values, kept.shown

    def _taken_back(self) -> Iterator[int]:
        """The rows that the file itself says are not to be used, rejected on the way."""
        taken_back = self.layout.left if self.layout else {}
        for place, row in enumerate(self.records.tolist() if taken_back else ()):
            if row in taken_back:
                left = taken_back[row]
                self.rows.reject(place, None, left.reason, left.remedy, mendable=False)
                yield place

    def _cells(self, name: str) -> Cells:
        """The cells of a field, those of several columns joined."""
        first, *others = (self.columns[number] for number in self.reading.of(name))
        for other in others:
            first = joined(first, other, _spaced)
        return first

    def _plain(self, field: Field) -> tuple[Cells, Values]:
        cells = self._cells(field.name)
        self.rows.shown[field.name] = cells
        unit = _UNITS.get(field.name)
        if field.type == "day":
            calendar = self._calendar(self.reading.of(field.name))
            return cells, cells.read(lambda text: _day(moment(text, calendar)))
        if unit is not None and field.type != "text":
            header_unit = unit_in(self.headers[self.reading.of(field.name)[0]])
            if self.reading.of(unit):
                cells = joined(cells, self._cells(unit), _with_unit)
            elif header_unit:
                cells = cells.map(lambda text: f"{text} {header_unit}" if _is_bare(text) else text)
        as_written = (
            self.layout is not None and field.type == "identifier"
        )  # no program shortened it
        return cells, cells.read(plain if as_written else READERS[field.type])

    def _times(self, field: Field) -> tuple[Cells, Values]:
        """A time from its own cell, or from a date and a time of day in two."""
        places = self.reading.of(field.name)
        clock = _clock_of(places, self.columns)
        day = next((place for place in places if place != clock), None)
        if day is None and _has_only_times(self.columns[clock]):
            day = self._date_for(field.name)
            self.rows.stop_without_date |= field.name == "stop" and day is not None
        self.rows.shown[field.name] = self.columns[clock]
        of_clock = self._calendar([clock])
        in_utc = _says_utc(self.headers[clock])
        shape = shape_of(self.columns[clock].distinct(LOOKED_AT))
        bare_midnights = self.bare_midnights and shape == "both"

        def stated(text: str) -> Moment | Unread:
            read = (midnight(text) if bare_midnights else None) or moment(text, of_clock)
            if in_utc and isinstance(read, Moment) and read.zone is None:
                return replace(read, zone=UTC)
            return read

        if day is None:
            cells = self.columns[clock]
            if shape == "date" and self.layout is None:  # midnight is not a time it states
                return cells, cells.read(lambda _: NO_TIME)
            return cells, cells.read(lambda text: aware(stated(text), self.zone))
        of_day = self._calendar([day])

        def dated(text: str) -> datetime | Unread | None:
            date_text, _, clock_text = text.partition(_BETWEEN)
            on = moment(date_text, of_day) if date_text else None
            return aware(together(on, stated(clock_text)), self.zone)

        cells = joined(self.columns[day], self.columns[clock], _dated)
        return cells, cells.read(dated)

    def _date_for(self, name: str) -> int | None:
        """The column whose date goes with a bare time of day: a date column, or the start's own."""
        days = self.reading.of("date")
        if not days and name == "stop":
            days = [n for n in self.reading.of("start") if not _has_only_times(self.columns[n])]
        return days[0] if days else None

    def _calendar(self, numbers: list[int]) -> Calendar:
        """How a column writes dates: as it shows itself, else as the sheet does, else as told."""
        shown = set().union(*(date_orders(self.columns[n].distinct()) for n in numbers))
        if not shown:
            shown = self._shown_by_sheet()
        if len(shown) == 1:
            return Calendar(shown.pop(), self.from_1904)
        calendar = Calendar(self.profile.day_first, self.from_1904)
        if shown or calendar.day_first is not None:
            return calendar
        for place in numbers:
            if any(is_either_order(text, calendar) for text in self.columns[place].distinct()):
                raise Refused(
                    f"every date in column {column_letter(place)} (“{self.headers[place]}”) can "
                    "be read day first or month first.",
                    "Add day_first = false (month first) or day_first = true to the profile.",
                )
        return calendar

    def _shown_by_sheet(self) -> set[bool]:
        """Which date order the other date columns of the sheet show: one export writes one way."""
        if self._sheet_orders is None:
            self._sheet_orders = {
                order
                for number, match in self.reading.columns.items()
                if match.field.type in ("time", "day")
                for order in date_orders(self.columns[number].distinct())
            }
        return set(self._sheet_orders)

    def _keep(self, field: Field, cells: Cells, values: Values) -> None:
        """Store what was read, and note what was not."""
        unread = values.where(lambda value: isinstance(value, Unread))
        if field.type == "time":
            self._look_at_repeats(field, cells, values)
        if unread.any():
            for place in np.flatnonzero(unread).tolist():
                why = values[place]
                assert isinstance(why, Unread)
                self._unread.append((field, place, why))
            values = values.blanked(unread)
        self.rows.values[field.name] = values

    def _say(self, field: Field, header: str, place: int, unread: Unread) -> None:
        rows = self.rows
        if field.judged:
            rows.reject(place, field.name, f"{unread.reason} (“{header}”)", unread.remedy)
            what = f"rows rejected, because “{header}” {unread.reason}: {unread.remedy}"
        else:
            rows.leave_out(place, field.name, unread)
            what = f"cells of “{header}” left out, because each {unread.reason}"
        rows.count(self.problems, what, place, field.name)

    def _look_at_repeats(self, field: Field, cells: Cells, values: Values) -> None:
        repeated = values.where(lambda value: isinstance(value, datetime) and is_repeated(value))
        if repeated.any():
            repeated &= ~cells.where(_names_its_offset)
        if repeated.any():
            self.rows.has_repeats = True
            first = int(np.flatnonzero(repeated)[0])
            self.rows.count(
                self.problems,
                "times in the hour that the clocks repeat, read as its first pass unless the "
                "record's own order shows the second",
                first,
                field.name,
                int(repeated.sum()),
            )


@cache
def _left_out(reason: str) -> str:
    return f"{reason}, and the row is used without it"


def _day(found: Moment | Unread) -> object:
    if isinstance(found, Unread):
        return NOT_A_DATE if found is NOT_A_TIME else found
    return found.date or NOT_A_DATE


def _names_its_offset(text: str) -> bool:
    read = moment(text)
    return isinstance(read, Moment) and read.zone is not None


def _is_bare(text: str) -> bool:
    return not isinstance(number(text), Unread)


def _says_utc(header: str) -> bool:
    return bool({"utc", "gmt"} & set(tokens(header)))


def _spaced(one: str | None, other: str | None) -> str | None:
    return " ".join(part for part in (one, other) if part is not None) or None


def _with_unit(amount: str | None, unit: str | None) -> str | None:
    return amount if amount is None or unit is None else f"{amount} {unit}"


def _dated(day: str | None, clock: str | None) -> str | None:
    return None if clock is None else f"{day or ''}{_BETWEEN}{clock}"
