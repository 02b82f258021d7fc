"""Files → encounters, with the ledger of what became of every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.collector import collector_paused
from auditor.load.columns import Headers
from auditor.load.encounters import Assembled, assemble, orphans_of
from auditor.load.entries import known_actions, refuse_unknown_actions
from auditor.load.errors import InputError, ProfileError
from auditor.load.files import read_files
from auditor.load.flowsheets import is_charted_flowsheet, with_flowsheets
from auditor.load.ledger import (
    Ledger,
    LedgerRow,
    LedgerSheet,
    Orphan,
    Problems,
    Tally,
    counted,
)
from auditor.load.locked import Unlock
from auditor.load.mended import Mended, is_list, put_in_place, read_mended, to_mend, wanting
from auditor.load.parts import Extract, extract_of
from auditor.load.profile import IGNORED, Profile, load_profile
from auditor.load.questions import Ask, Point, open_points, refuse_changes
from auditor.load.read import RawSheet, column_letter
from auditor.load.rows import Found, RowSet, find_tables, wanted_kind
from auditor.load.samples import samples
from auditor.load.shapes import actions_of, profile_for, read_shaped
from auditor.load.vocabulary import Field, key, kinds
from auditor.progress import Step, Tell, silent
from auditor.record import Encounter

__all__ = [
    "ColumnDescription",
    "InputError",
    "Ledger",
    "LedgerRow",
    "LedgerSheet",
    "Loaded",
    "Orphan",
    "Profile",
    "ProfileError",
    "Received",
    "SheetDescription",
    "Survey",
    "describe",
    "ledger_of",
    "load",
    "load_profile",
    "put_together",
    "receive",
    "survey",
]


_BEGUN = 50  # rows of a sheet that tell what it is


@dataclass(frozen=True)
class Loaded:
    """The encounters by number, each ``kind.field`` that some column states, and the ledger."""

    encounters: tuple[Encounter, ...]
    supplied: frozenset[str]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class ColumnDescription:
    """One column as it is understood: ``field`` is ``None`` where it is not used.

    ``samples`` are up to three values; of those that may name a patient, the shape.
    """

    letter: str
    header: str
    field: str | None
    score: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetDescription:
    """One table as it is understood: ``kind`` is ``None`` where it is not recognised.

    ``hidden`` is true of a sheet that was left alone for that.  ``shape`` names the shipped profile
    whose headers it shows.
    """

    file: str
    sheet: str | None
    kind: str | None
    score: float
    columns: tuple[ColumnDescription, ...]
    shape: str | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """The tables of the files as they are understood, and what a person should say of them."""

    sheets: tuple[SheetDescription, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sighted:
    """A sheet with the profile that its shape asks for, the shape's name, and its tables."""

    raw: RawSheet
    profile: Profile
    shape: str | None
    tables: Sequence[Found]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The rows of some tables as far as their own cells tell, and what all tables should hear.

    ``seen`` are the keys of their headers by kind, ``used`` the profiles by which they were read,
    ``idle`` the sheets of which nothing is read.
    """

    found: list[tuple[Found, RowSet]]
    seen: Mapping[str, Set[str]]
    used: Sequence[Profile]
    idle: Sequence[LedgerSheet]


@dataclass(slots=True)
class Tables:
    """The rows of all tables, with those that can be used and those of sheets refused apart."""

    found: list[tuple[Found, RowSet]]
    usable: list[RowSet]
    refused: list[RowSet]
    idle: Sequence[LedgerSheet]
    known: Mapping[str, str]

    @property
    def tallies(self) -> list[Tally]:
        """Those of the sheets, each with those of the lists in which some of its rows stand."""
        of_lists = {
            id(one.tally): one.tally for _, rows in self.found for one in rows.mended.values()
        }
        return [*(rows.tally for _, rows in self.found), *of_lists.values()]


@dataclass(frozen=True, slots=True)
class Received:
    """The rows of all files, before their encounters are put together.

    ``of_no_row`` are the tallies of mended rows that mend none.
    """

    extract: Extract
    tables: Tables
    of_no_row: Sequence[Tally]
    problems: Problems

    @property
    def supplied(self) -> frozenset[str]:
        """Each ``kind.field`` that some column states."""
        return self.extract.common.supplied


def load(
    paths: Sequence[Path],
    profile: Profile,
    *,
    claims: bool = True,
    ask: Ask | None = None,
    mended: Mapping[Path, bytes] | None = None,
    unlock: Unlock | None = None,
    tell: Tell = silent,
) -> Loaded:
    """Read the files into encounters; ``claims`` says whether claim lines are required.

    ``ask`` gives what is open to a person and returns the profile with the answers; without it
    headers that have changed since the profile was saved are refused.  ``mended`` are lists of
    rows that somebody mended, with their content: each row takes the place of its own.  ``unlock``
    gives the password of a protected workbook; without it such a file is refused.  ``tell`` hears
    how far it is.

    Raises:
        InputError: nothing can be audited; it holds every problem of every file.
        ProfileError: the time zone is not known.
    """
    received = receive(
        paths, profile, claims=claims, ask=ask, mended=mended, unlock=unlock, tell=tell
    )
    return put_together(received, tell)


def receive(
    paths: Sequence[Path],
    profile: Profile,
    *,
    claims: bool = True,
    ask: Ask | None = None,
    mended: Mapping[Path, bytes] | None = None,
    unlock: Unlock | None = None,
    lists: bool = True,
    tell: Tell = silent,
) -> Received:
    """Read the files as :func:`load` does, and put nothing together yet.

    ``lists`` says whether the ledger is to have lists of rows to mend.
    """
    _ = profile.zone  # refused before anything is read
    problems = Problems()

    def again() -> Iterator[RawSheet]:
        return read_files(paths, Problems(), unlock)

    with collector_paused():
        sighted, profile = _settled(read_files(paths, problems, unlock, tell), again, profile, ask)
        of_no_row: list[Tally] = []
        if mended:
            listed = read_mended(mended)
            sighted, of_no_row = _with_mended(sighted, again(), profile, listed, problems)
        tables = _read(sighted, profile, problems, tell)
        require(tables, problems, claims=claims)
        del sighted  # the columns of which no field is
        if not lists:
            tables.found = [(replace(found, columns={}), rows) for found, rows in tables.found]
        extract = _extract(tables, profile, problems, tell)
    return Received(extract, tables, of_no_row, problems)


def _settled(
    raws: Iterable[RawSheet],
    again: Callable[[], Iterable[RawSheet]],
    profile: Profile,
    ask: Ask | None,
) -> tuple[list[Sighted], Profile]:
    """The sheets by the profile with the answers to what is open; for those they are read again."""
    sighted = [sighted_in(raw, profile) for raw in raws]
    points = _points(sighted, profile)
    if ask is None:
        refuse_changes(points)
    asked: list[Point] = []
    while ask is not None and points and points != asked:  # an answer may open another point
        asked, profile = points, ask(points)
        sighted = [sighted_in(raw, profile) for raw in again()]
        points = _points(sighted, profile)
    return sighted, profile


def put_together(received: Received, tell: Tell = silent) -> Loaded:
    """The encounters of all rows."""
    with collector_paused():
        assembled = assemble(received.extract.whole, tell)
        return Loaded(assembled.encounters, received.supplied, ledger_of(received, [assembled]))


def ledger_of(received: Received, parts: Sequence[Assembled]) -> Ledger:
    """What became of every row, once all parts are put together."""
    tables, problems = received.tables, received.problems
    for part in parts:
        fates = zip(received.extract.sheets, part.fates, part.unread, strict=True)
        for rows, tally, unread in fates:
            rows.tally.include(tally)
            for name, numbers in unread.items():
                rows.unread.setdefault(name, set()).update(numbers)
    names = [rows.tally.name for rows in received.extract.sheets]
    problems.include([part.problems for part in parts], names)
    orphans = orphans_of(parts, problems)
    lists = tuple(
        filter(None, (to_mend(found, rows) for found, rows in tables.found if found.columns))
    )
    for one in lists:
        if one.more:
            name = f"{one.file} · {one.sheet}" if one.sheet else one.file
            problems.say(
                f"{name}: the list of rows to mend has the first {len(one.rows):,} of "
                f"{len(one.rows) + one.more:,}; so many are better mended in the export."
            )
    tallies = [*tables.tallies, *received.of_no_row]
    return Ledger(
        sheets=(*(tally.close() for tally in tallies), *tables.idle),
        rows=tuple(row for tally in tallies for row in tally.rows()),
        problems=problems.sentences(),
        orphans=orphans,
        joined=sum(part.joined for part in parts),
        to_mend=lists,
    )


def _read(
    sighted: Sequence[Sighted], profile: Profile, problems: Problems, tell: Tell = silent
) -> Tables:
    """The rows of every table that can be used, as far as their own cells tell."""
    recognised = rows_of(sighted, profile, problems, tell)
    known = known_to([recognised], profile, problems)
    sheets = [rows for _, rows in recognised.found]
    refused = [rows for rows in sheets if refuse_unknown_actions(rows, known, problems)]
    usable = with_flowsheets([rows for rows in sheets if rows not in refused], problems)
    return Tables(recognised.found, usable, refused, recognised.idle, known)


def rows_of(
    sighted: Sequence[Sighted], profile: Profile, problems: Problems, tell: Tell = silent
) -> Recognised:
    """The rows of every table that is recognised."""
    idle: list[LedgerSheet] = []
    seen: dict[str, set[str]] = {}
    tables: list[tuple[Found, RowSet]] = []
    used: list[Profile] = []
    total, done = sum(len(t.table.records) for one in sighted for t in one.tables), 0
    for found, kind, shaped in _recognise(sighted, profile, problems, idle):
        seen.setdefault(kind, set()).update(map(key, found.table.headers.values()))
        rows = read_shaped(found, shaped, problems)
        if kind == "claim_line" and not {"hcpcs", "cpt"} & set(rows.tally.columns.values()):
            problems.say(_without_codes(rows.tally.name, found))
        if not rows.tally.rows_read:
            problems.say(f"{rows.tally.name}: has a header and no row below it.")
        tables.append((found, rows))
        used.append(shaped)
        done += len(found.table.records)
        tell(Step.ROWS, done, total)
    return Recognised(tables, seen, used, idle)


def known_to(
    parts: Sequence[Recognised], profile: Profile, problems: Problems
) -> Mapping[str, str]:
    """The classes of action words by all profiles in use; what of ``profile`` no table has."""
    seen: dict[str, set[str]] = {}
    for part in parts:
        for kind, headers in part.seen.items():
            seen.setdefault(kind, set()).update(headers)
    _question_profile(profile, seen, problems)
    return known_actions(actions_of([profile, *(used for part in parts for used in part.used)]))


def _extract(tables: Tables, profile: Profile, problems: Problems, tell: Tell = silent) -> Extract:
    """The rows that can be used, each with its encounter, and what the columns supply."""
    supplied = supplied_by(tables.usable, profile, tables.known)
    note_lacking(tables.usable, supplied, tables.known)
    for rows in tables.usable:
        say_lacking_first(rows, problems)
    return extract_of(
        tables.usable, tables.refused, profile, supplied, tables.known, problems, tell
    )


def say_lacking_first(rows: RowSet, problems: Problems) -> None:
    """Say of which fields a sheet has later columns and not the first."""
    for name, headers in _without_their_first(rows):
        problems.say(
            f"{rows.tally.name}: has {_quoted(headers)} and no column before: not all "
            f"{name.replace('_', ' ')} are known, and nothing rests on them; export the first."
        )


def _with_mended(
    sighted: Sequence[Sighted],
    again: Iterable[RawSheet],
    profile: Profile,
    rows: Sequence[Mended],
    problems: Problems,
) -> tuple[list[Sighted], list[Tally]]:
    """The sheets with mended rows in their places, and the tallies of rows that mend none.

    Only a row of which the export itself would lose something is replaced; to know them it is read
    as it is.  ``again`` are the sheets as their files have them.
    """
    as_it_is = _read(sighted, profile, Problems())
    assemble(_extract(as_it_is, profile, Problems()).whole)
    wrong = {
        (rows.tally.file, rows.tally.sheet, row)
        for _, rows in as_it_is.found
        for row in wanting(rows)
    }
    tables = [found for one in sighted for found in one.tables]
    places, of_no_row = put_in_place(rows, tables, wrong, problems)
    replaced = []
    for one, raw in zip(sighted, again, strict=True):
        mended = places.get((raw.file, raw.sheet))
        replaced.append(sighted_in(replace(raw, mended=mended), profile) if mended else one)
    return replaced, of_no_row


def describe(paths: Sequence[Path], profile: Profile) -> list[SheetDescription]:
    """How each table of the files would be read, with sample values; InputError as for `load`."""
    return list(survey(paths, profile).sheets)


def survey(paths: Sequence[Path], profile: Profile, unlock: Unlock | None = None) -> Survey:
    """How each table would be read, and what is open; InputError as for `load`."""
    sighted = [sighted_in(raw, profile) for raw in read_files(paths, Problems(), unlock)]
    sheets: list[SheetDescription] = []
    for one in sighted:
        sheets += (_description(found, one.shape) for found in one.tables)
        if not one.tables:
            where = one.raw.file, one.raw.sheet
            sheets.append(SheetDescription(*where, None, 0.0, (), None, one.raw.hidden))
    return Survey(tuple(sheets), tuple(_points(sighted, profile)))


def sighted_in(raw: RawSheet, profile: Profile) -> Sighted:
    """The tables of a sheet, none where the profile says to leave it alone.

    Of its cells as the file has them no more than the first rows are kept: they are many times as
    large as the columns of its tables.
    """
    wanted = wanted_kind(raw, profile)
    shaped, shape = profile_for(raw, profile)
    idle = wanted == IGNORED or raw.cells.empty or (raw.hidden and wanted is None)
    tables = [] if idle or is_list(raw) else find_tables(raw, shaped, Headers(shaped))
    begun = replace(raw, cells=raw.cells.head(_BEGUN).copy(), coded={})
    return Sighted(begun, shaped, shape, [replace(found, raw=begun) for found in tables])


def _points(sighted: Sequence[Sighted], profile: Profile) -> list[Point]:
    return open_points([(t, one.profile) for one in sighted for t in one.tables], profile)


def _recognise(
    sighted: Sequence[Sighted], profile: Profile, problems: Problems, idle: list[LedgerSheet]
) -> Iterator[tuple[Found, str, Profile]]:
    """Each table that can be used, its kind and the profile of its shape; others are told of."""
    for one in sighted:
        raw, tables = one.raw, one.tables
        name = f"{raw.file} · {raw.sheet}" if raw.sheet else raw.file
        wanted = wanted_kind(raw, profile)
        if wanted == IGNORED or raw.cells.empty:
            idle.append(LedgerSheet(raw.file, raw.sheet, None))
            continue
        if raw.hidden and wanted is None:
            idle.append(LedgerSheet(raw.file, raw.sheet, None))
            problems.say(
                f"{name}: is hidden and was not read; to use it, name it under [sheets] in the "
                "profile."
            )
            continue
        if not tables and is_list(raw):
            problems.say(
                f"{name}: is a list of rows to mend; give it with --mended, beside the files that "
                "it is of."
            )
        elif not tables:
            problems.say(f"{name}: no row of it is a header with known names; it was not used.")
        usable = [
            (found, found.reading.kind.name, one.profile)
            for found in tables
            if found.reading is not None and not found.reading.missing
        ]
        for found in tables:
            if found.reading is None or found.reading.missing:
                problems.say(_not_recognised(name, found))
        if not usable:
            idle.append(LedgerSheet(raw.file, raw.sheet, None))
        yield from usable


def _question_profile(profile: Profile, seen: Mapping[str, set[str]], problems: Problems) -> None:
    """Say which headers of the profile no sheet of their kind has: the export may have changed."""
    for kind, headers in profile.own_columns.items():
        gone = [header for header in headers if kind in seen and key(header) not in seen[kind]]
        if gone:
            problems.say(
                f"The profile names {_quoted(gone)} for {kinds()[kind].words}, and no sheet of "
                "them has such a header; if the export has changed, change the profile."
            )


def _quoted(headers: Sequence[str]) -> str:
    return ", ".join(f"“{header}”" for header in headers)


def _not_recognised(name: str, found: Found) -> str:
    row = found.table.header + 1
    if found.reading is None:
        return (
            f"{name}: the table under row {row} was not recognised and not used; say under "
            "[sheets] in the profile what it is, or name its headers under [columns]."
        )
    kind = found.reading.kind
    lacking = []
    for group in found.reading.missing:
        examples = _quoted([kind.fields[field].names[0] for field in group[:3]])
        lacking.append(f"{' or '.join(group)} (a header such as {examples})")
    return (
        f"{name}: looks like {kind.words}, but no column of row {row} gives "
        f"{'; nor '.join(lacking)}."
        f' Name it under [columns.{kind.name}] in the profile: "My header" = "{group[0]}".'
    )


def _without_codes(name: str, found: Found) -> str:
    return (
        f"{name}: no column of row {found.table.header + 1} gives the HCPCS or CPT codes that were "
        "billed, and without them no claim can be judged. Name it under [columns.claim_line] in "
        'the profile: "My header" = "hcpcs".'
    )


def require(tables: Tables, problems: Problems, *, claims: bool) -> None:
    """InputError where no administration, or no claim line that is required, can be used."""
    usable = {rows.kind for rows in tables.usable if rows.numbers}
    needed = {
        "claim lines (HCPCS, units, service date, claim or account number)": {"claim_line"},
        "administrations (drug, times, encounter number)": {"mar_event", "administration"},
    }
    lacking = [
        f"No sheet with {what} could be used."
        for what, some_of in needed.items()
        if not usable & some_of and (claims or "claim_line" not in some_of)
    ]
    if lacking:
        doubtful = filter(None, (_taken_for(found, rows) for found, rows in tables.found))
        raise InputError([*lacking, *doubtful, *problems.sentences()])


def _taken_for(found: Found, rows: RowSet) -> str | None:
    """What a table was taken for that has more headers that are not known than ones that are."""
    unknown = [h for h in found.table.headers.values() if h not in rows.tally.columns]
    if len(unknown) <= len(rows.tally.columns):
        return None
    more = f" and {counted(len(unknown) - 3, 'more header')}" if len(unknown) > 3 else ""
    return (
        f"{rows.tally.name}: was taken for {kinds()[rows.kind].words}, and {_quoted(unknown[:3])}"
        f"{more} are not known; say under [sheets] in the profile what it is, and name its headers "
        "under [columns]."
    )


def supplied_by(
    sheets: Sequence[RowSet], profile: Profile, known: Mapping[str, str]
) -> frozenset[str]:
    """``kind.field`` for each column that some sheet has, under the names that checks use."""
    supplied = {f"encounter.{name}" for name in ("facility", "mac") if getattr(profile, name)}
    for rows in sheets:
        kind, stated = _stated(rows, known)
        supplied |= {f"{kind}.{name}" for name in stated if name in kinds()[kind].fields}
    if "administration.order_id" in supplied:  # its order says what the record leaves out
        told = (name for name in ("drug", "route") if f"order.{name}" in supplied)
        supplied |= {f"administration.{name}" for name in told}
    if "encounter.registered_at" in supplied:  # the hospital's part begins there in its place
        supplied.add("encounter.arrived_at")
    if {"administration.line", "access.access_id"} <= supplied:
        supplied.add("administration.site")  # the line record tells the site of each line
    return frozenset(supplied)


def _stated(rows: RowSet, known: Mapping[str, str]) -> tuple[str, set[str]]:
    """The kind of facts that a sheet's rows are, and the fields that its columns state."""
    kind, stated = rows.kind, set(rows.values) - dict(_without_their_first(rows)).keys()
    if kind == "mar_event":
        kind = "administration"
        stated |= {"start", "stop"} if "taken_at" in stated else set()
        if "WASTE" in {known.get(key(word)) for word in rows.column("action") if word}:
            stated.add("wasted")
    if kind == "claim_line" and "cpt" in stated:
        stated.add("hcpcs")
    if kind == "claim_line" and any(code and code.modifiers for code in _codes(rows)):
        stated.add("modifiers")
    if kind == "payment":
        kind, stated = "claim_line", stated & {"paid_amount", "paid_date"}
    return kind, stated


_COUNTED = re.compile(r"\D.*?(\d+)")  # a header's key that ends in a number
_LATER = ("second", "third", "fourth")


def _is_later(header: str, field: Field) -> bool:
    """Whether the column is counted and not the first; ``ICD-10`` and ``FL 67`` are names."""
    whole = key(header)
    if whole in map(key, field.names):
        return whole.startswith(_LATER)
    counted = _COUNTED.fullmatch(whole)
    return counted is not None and int(counted[1]) > 1


def _without_their_first(rows: RowSet) -> Iterator[tuple[str, list[str]]]:
    """The fields whose columns are counted and of which the first is not there; their headers."""
    for name in rows.values:
        field = kinds()[rows.kind].fields[name]
        headers = [header for header, stated in rows.tally.columns.items() if stated == name]
        if field.many and headers and all(_is_later(header, field) for header in headers):
            yield name, headers


def note_lacking(
    sheets: Sequence[RowSet], supplied: frozenset[str], known: Mapping[str, str]
) -> None:
    """Keep of each sheet of administrations what only another one has a column for."""
    fields = {name for kind, _, name in (s.partition(".") for s in supplied)
              if kind == "administration"}  # fmt: skip
    charted = [_stated(rows, known)[1] for rows in sheets if is_charted_flowsheet(rows)]
    of_bags = {"start", "stop", "rate"}.intersection(set().union(*charted))
    for rows in sheets:
        kind, stated = _stated(rows, known)
        if kind != "administration":
            continue
        if "line" in stated:
            stated.add("site")
        if {"order_id", "bag_id"} & stated:
            stated |= of_bags  # of its bags a flowsheet says them
        if rows.kind == "mar_event":
            stated.add("wasted")  # a waste is an action, and there may be none
        rows.lacks.update(fields - stated)


def _codes(rows: RowSet) -> Iterator[Any]:
    yield from (*rows.column("hcpcs"), *rows.column("cpt"))


def _description(found: Found, shape: str | None) -> SheetDescription:
    reading = found.reading
    columns = []
    for number, header in found.table.headers.items():
        match = reading.columns.get(number) if reading else None
        columns.append(
            ColumnDescription(
                letter=column_letter(number),
                header=header,
                field=match.field.name if match else None,
                score=match.score if match else 0.0,
                samples=samples(found.columns[number], match.field if match else None),
            )
        )
    return SheetDescription(
        file=found.raw.file,
        sheet=found.raw.sheet,
        kind=reading.kind.name if reading else None,
        score=reading.score if reading else 0.0,
        columns=tuple(columns),
        shape=shape,
    )
