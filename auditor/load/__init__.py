"""Files → encounters, with the ledger of what became of every row."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditor.load.columns import Headers, Reading
from auditor.load.encounters import assemble
from auditor.load.entries import known_actions, refuse_unknown_actions
from auditor.load.errors import InputError, ProfileError
from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet, Orphan, Problems, Tally
from auditor.load.profile import Profile, load_profile
from auditor.load.read import RawSheet, UnreadableFile, column_letter, read_bytes, read_file
from auditor.load.rows import Found, RowSet, find_tables, read_table, wanted_kind
from auditor.load.vocabulary import key, kinds
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
    "SheetDescription",
    "describe",
    "load",
    "load_profile",
]

_SAMPLES = 3
# Types of field whose values alone tell of no patient; others are shown by their shape.
_HARMLESS = frozenset(
    {
        *("bill_type", "codes", "duration", "flag", "hcpcs", "modifiers", "money", "name"),
        *("number", "quantity", "revenue_code", "volume", "word"),
    }
)


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
    """One table as it is understood: ``kind`` is ``None`` where it is not recognised."""

    file: str
    sheet: str | None
    kind: str | None
    score: float
    columns: tuple[ColumnDescription, ...]


def load(paths: Sequence[Path], profile: Profile, *, claims: bool = True) -> Loaded:
    """Read the files into encounters; ``claims`` says whether claim lines are required.

    Raises:
        InputError: nothing can be audited; it holds every problem of every file.
        ProfileError: the time zone is not known.
    """
    _ = profile.zone  # refused before anything is read
    problems = Problems()
    with _collector_paused():
        raws = _read_all(paths, problems)
        tallies: list[Tally] = []
        sheets: list[RowSet] = []
        idle: list[LedgerSheet] = []
        seen: dict[str, set[str]] = {}
        for found, reading in _recognise(raws, profile, problems, idle):
            seen.setdefault(reading.kind.name, set()).update(map(key, found.table.headers.values()))
            rows = read_table(found, reading, profile, problems)
            if reading.kind.name == "claim_line" and not reading.fields & {"hcpcs", "cpt"}:
                problems.say(_without_codes(rows.tally.name, found))
            if not rows.tally.rows_read:
                problems.say(f"{rows.tally.name}: has a header and no row below it.")
            tallies.append(rows.tally)
            sheets.append(rows)
        _question_profile(profile, seen, problems)
        known = known_actions(profile.actions)
        refused = [rows for rows in sheets if refuse_unknown_actions(rows, known, problems)]
        usable = [rows for rows in sheets if rows not in refused]
        _require(usable, problems, claims=claims)
        supplied = _supplied(usable, profile, known)
        assembled = assemble(usable, refused, profile, supplied, known, problems)
    ledger = Ledger(
        sheets=(*(tally.close() for tally in tallies), *idle),
        rows=tuple(row for tally in tallies for row in tally.rows()),
        problems=problems.sentences(),
        orphans=assembled.orphans,
        joined=sum(bool(e.claim_lines and e.administrations) for e in assembled.encounters),
    )
    return Loaded(assembled.encounters, supplied, ledger)


def describe(paths: Sequence[Path], profile: Profile) -> list[SheetDescription]:
    """How each table of the files would be read, with sample values; InputError as for `load`."""
    headers = Headers(profile)
    described: list[SheetDescription] = []
    for raw in _read_all(paths, Problems()):
        tables = find_tables(raw, profile, headers)
        described += map(_description, tables)
        if not tables:
            described.append(SheetDescription(raw.file, raw.sheet, None, 0.0, ()))
    return described


def _read_all(paths: Sequence[Path], problems: Problems) -> list[RawSheet]:
    """The sheets of all files, each file once; InputError names those that cannot be read."""
    sheets: list[RawSheet] = []
    unreadable = []
    contents: dict[bytes, Path] = {}
    for path in paths:
        try:
            data = read_bytes(path)
            earlier = contents.setdefault(sha256(data).digest(), path)
            if earlier is path:
                sheets += read_file(path, data)
            else:
                problems.say(_given_twice(path, earlier))
        except UnreadableFile as error:
            unreadable.append(str(error))
    if unreadable:
        raise InputError(unreadable)
    return sheets


def _given_twice(path: Path, earlier: Path) -> str:
    if path.name == earlier.name:
        return f"{path.name}: was given twice and read once."
    return f"{path.name}: has the same content as {earlier.name} and was not read again."


def _recognise(
    raws: Sequence[RawSheet], profile: Profile, problems: Problems, idle: list[LedgerSheet]
) -> Iterator[tuple[Found, Reading]]:
    """Each table that can be used, with its reading; the others are said to be left out."""
    headers = Headers(profile)
    for raw in raws:
        name = f"{raw.file} · {raw.sheet}" if raw.sheet else raw.file
        wanted = wanted_kind(raw, profile)
        if wanted == "ignore" or raw.cells.empty:
            idle.append(LedgerSheet(raw.file, raw.sheet, None))
            continue
        if raw.hidden and wanted is None:
            idle.append(LedgerSheet(raw.file, raw.sheet, None))
            problems.say(
                f"{name}: is hidden and was not read; to use it, name it under [sheets] in the "
                "profile."
            )
            continue
        tables = find_tables(raw, profile, headers)
        if not tables:
            problems.say(f"{name}: no row of it is a header with known names; it was not used.")
        usable = [
            (found, found.reading)
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
    for kind, headers in profile.columns.items():
        gone = [header for header in headers if kind in seen and key(header) not in seen[kind]]
        if gone:
            named = ", ".join(f"“{header}”" for header in gone)
            problems.say(
                f"The profile names {named} for {kinds()[kind].words}, and no sheet of them has "
                "such a header; if the export has changed, change the profile."
            )


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
        examples = ", ".join(f"“{kind.fields[field].names[0]}”" for field in group[:3])
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


def _require(sheets: Sequence[RowSet], problems: Problems, *, claims: bool) -> None:
    """InputError where no administration, or no claim line that is required, can be used."""
    usable = {rows.kind for rows in sheets if rows.numbers}
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
        raise InputError([*lacking, *problems.sentences()])


def _supplied(
    sheets: Sequence[RowSet], profile: Profile, known: Mapping[str, str]
) -> frozenset[str]:
    """``kind.field`` for each column that some sheet has, under the names that checks use."""
    supplied = {f"encounter.{name}" for name in ("facility", "mac") if getattr(profile, name)}
    for rows in sheets:
        stated = set(rows.values)
        if rows.kind == "mar_event":
            stated |= {"start", "stop"} if "taken_at" in stated else set()
            if "WASTE" in {known.get(key(word)) for word in rows.column("action") if word}:
                stated.add("wasted")
            kind = "administration"
        else:
            kind = rows.kind
        if kind == "claim_line" and "cpt" in stated:
            stated.add("hcpcs")
        if kind == "claim_line" and any(code and code.modifiers for code in _codes(rows)):
            stated.add("modifiers")
        supplied |= {f"{kind}.{name}" for name in stated if name in kinds()[kind].fields}
    if {"administration.line", "access.access_id"} <= supplied:
        supplied.add("administration.site")  # the line record tells the site of each line
    return frozenset(supplied)


def _codes(rows: RowSet) -> Iterator[Any]:
    yield from (*rows.column("hcpcs"), *rows.column("cpt"))


def _description(found: Found) -> SheetDescription:
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
                samples=tuple(
                    _shown(value, match.field.type if match else None)
                    for value in found.columns[number].distinct()[:_SAMPLES]
                ),
            )
        )
    return SheetDescription(
        file=found.raw.file,
        sheet=found.raw.sheet,
        kind=reading.kind.name if reading else None,
        score=reading.score if reading else 0.0,
        columns=tuple(columns),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Millions of new objects and no cycles: the collector would only walk them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _shown(value: str, type_: str | None) -> str:
    """A sample value, or its shape (``MRN-0042`` as ``XXX-9999``) where it may name a patient."""
    if type_ in _HARMLESS:
        return value
    return "".join("9" if c.isdigit() else "X" if c.isalpha() else c for c in value)
