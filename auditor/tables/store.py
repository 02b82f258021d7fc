"""The user's public tables: one SQLite file of dated editions, each from the files of one quarter.

Loading a quarter again replaces it.  Nothing is changed unless everything can be: an addition is
one transaction.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from auditor.tables import ncci_default
from auditor.tables.cms import Publication, TableError
from auditor.tables.codes import codes as administration_codes
from auditor.tables.published import (
    AspLimit,
    CodeTable,
    Edition,
    Kind,
    NdcCode,
    NdcTable,
    OppsRate,
    PairEdit,
    PairTable,
    PublicTables,
    QuarterTables,
    Row,
    Scope,
    UnitsEdit,
)
from auditor.tables.quarter import Quarter

_FILE = "public-tables.sqlite"
_VERSION = 1
_ROWS: Mapping[Kind, type[Any]] = {
    Kind.PTP: PairEdit,
    Kind.MUE: UnitsEdit,
    Kind.ADDENDUM_B: OppsRate,
    Kind.ASP: AspLimit,
    Kind.NDC: NdcCode,
}
_READERS: Mapping[str, Any] = {"Decimal": Decimal, "date": date.fromisoformat}
_SHARED = "rationale"  # a dozen texts on two million rows: each is kept once, in "wording"


class StoreError(Exception):
    """The store cannot be read or written; the text is one sentence."""


class SourceFile(NamedTuple):
    """A file of an edition: its name without folders, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """An edition that can be asked: from which files, how many rows, and what to know of them."""

    edition: Edition
    files: tuple[SourceFile, ...]
    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """One edition that was added; ``replaced`` is what stood for its quarter before."""

    loaded: Loaded
    replaced: Loaded | None


class Store:
    """The tables in one folder, which need not exist until something is added."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self._path = folder / _FILE

    def loaded(self) -> list[Loaded]:
        """What can be asked, by kind and quarter: what was added, and the default for the rest.

        StoreError where the store cannot be read.
        """
        with self._reading() as database:
            own = [] if database is None else [loaded for _, loaded in _editions(database)]
        taken = {(one.edition.kind, one.edition.quarter) for one in own}
        default = [d for d in _default() if (d.edition.kind, d.edition.quarter) not in taken]
        order = list(Kind)
        return sorted(
            own + default, key=lambda one: (order.index(one.edition.kind), one.edition.quarter)
        )

    def add(self, publications: Sequence[tuple[Publication, str]]) -> list[Added]:
        """Load files, each with its SHA-256: all of them or none.

        TableError where two files state one table or a part of the PTP edits is missing;
        StoreError where the store cannot be written.
        """
        assembled = list(_assembled(publications))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # what is not committed when the connection closes has not happened
            with closing(sqlite3.connect(self._path, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                if not _is_made(database):
                    _make(database)
                added = [_insert(database, loaded, rows) for loaded, rows in assembled]
                database.execute("COMMIT")
                return added
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self._path}: cannot be written ({error}).") from None

    def tables(self, quarters: Collection[Quarter], codes: Collection[str]) -> PublicTables:
        """The tables of some quarters, with the PTP edits among ``codes``.

        The codes of drug administration need not be named.  The default serves its quarter where
        nothing else is loaded.  StoreError where the store cannot be read.
        """
        asked = frozenset(codes) | frozenset(administration_codes())
        found: dict[Quarter, dict[str, Any]] = {quarter: {} for quarter in sorted(quarters)}
        with self._reading() as database:
            if database is not None:
                for number, loaded in _editions(database):
                    edition = loaded.edition
                    if edition.quarter in found:
                        table = _table(database, number, edition, asked)
                        found[edition.quarter][edition.kind.value] = table
        of_default, default = ncci_default.default_tables()
        return PublicTables(
            {
                quarter: replace(default if quarter == of_default else QuarterTables(), **tables)
                for quarter, tables in found.items()
            }
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """The store opened to be read; ``None`` where nothing was ever added."""
        if not self._path.exists():
            yield None
            return
        try:
            address = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as database:
                yield database if _is_made(database) else None
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot be read ({error}).") from None


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def _is_made(database: sqlite3.Connection) -> bool:
    """Whether the file has its tables; StoreError where another version made them."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version not in (0, _VERSION):
        raise StoreError(
            "The public tables were loaded by another version of Infusion Auditor; remove "
            f"{_FILE} and load the files again."
        )
    return bool(version)


def _make(database: sqlite3.Connection) -> None:
    database.execute(
        "CREATE TABLE edition (number INTEGER PRIMARY KEY, kind TEXT, quarter TEXT, scope TEXT, "
        "files TEXT, rows INTEGER, notes TEXT, UNIQUE (kind, quarter))"
    )
    database.execute("CREATE TABLE wording (number INTEGER PRIMARY KEY, text TEXT UNIQUE)")
    for kind, row in _ROWS.items():
        columns = [column.name for column in fields(row)]
        key = columns[:2] if kind is Kind.PTP else columns[:1]
        database.execute(
            f"CREATE TABLE {kind} (edition INTEGER, place INTEGER, {', '.join(columns)}, "
            f"PRIMARY KEY (edition, {', '.join(key)}, place)) WITHOUT ROWID"
        )
    database.execute(f"PRAGMA user_version = {_VERSION}")


def _editions(database: sqlite3.Connection) -> list[tuple[int, Loaded]]:
    """Each edition of the file with its number."""
    return [
        (
            number,
            Loaded(
                Edition(Kind(kind), Quarter.said(quarter), Scope(scope)),
                tuple(SourceFile(*file) for file in json.loads(files)),
                rows,
                tuple(json.loads(notes)),
            ),
        )
        for number, kind, quarter, scope, files, rows, notes in database.execute(
            "SELECT number, kind, quarter, scope, files, rows, notes FROM edition"
        )
    ]


def _default() -> list[Loaded]:
    _, tables = ncci_default.default_tables()
    file = (SourceFile(ncci_default.FILE, ncci_default.default_hash()),)
    assert tables.mue is not None and tables.ptp is not None
    return [
        Loaded(tables.mue.edition, file, len(tables.mue.rows)),
        Loaded(tables.ptp.edition, file, len(tables.ptp.edits)),
    ]


# ── adding ────────────────────────────────────────────────────────────────────────────────────


def _assembled(
    publications: Sequence[tuple[Publication, str]],
) -> Iterator[tuple[Loaded, list[Row]]]:
    """The editions that the files make up: one file each, but for the parts of the PTP edits."""
    by_edition: dict[Edition, list[tuple[Publication, str]]] = {}
    for publication, digest in sorted(publications, key=lambda one: one[0].file):
        edition = Edition(publication.kind, publication.quarter, publication.scope)
        by_edition.setdefault(edition, []).append((publication, digest))
    if len({(edition.kind, edition.quarter) for edition in by_edition}) < len(by_edition):
        raise TableError("A whole table and an extract of it cannot be loaded together.")
    for edition, parts in by_edition.items():
        names = [publication.file for publication, _ in parts]
        if edition.kind is Kind.PTP and edition.scope is Scope.WHOLE:
            _refuse_missing_parts(edition, [publication for publication, _ in parts])
        elif len(parts) > 1:
            raise TableError(f"{' and '.join(names)} both state {edition}; load one of them.")
        yield (
            Loaded(
                edition,
                tuple(SourceFile(publication.file, digest) for publication, digest in parts),
                sum(len(publication.rows) for publication, _ in parts),
                tuple(
                    f"{publication.file}: {note}"
                    for publication, _ in parts
                    for note in publication.notes
                ),
            ),
            [row for publication, _ in parts for row in publication.rows],
        )


def _refuse_missing_parts(edition: Edition, parts: Sequence[Publication]) -> None:
    """CMS cuts the edits into files -f1, -f2 …, by column 1; the last one ends with letters."""
    numbers = [re.search(r"-f(\d+)", part.file, re.IGNORECASE) for part in parts]
    given = [int(number[1]) for number in numbers if number]
    column1 = {row.column1 for part in parts for row in part.rows if isinstance(row, PairEdit)}
    if sorted(given) != list(range(1, len(given) + 1)) or max(column1)[0].isdigit():
        raise TableError(
            f"{edition}: a part is missing or there twice; give all parts of the quarter together."
        )


def _insert(database: sqlite3.Connection, loaded: Loaded, rows: Sequence[Row]) -> Added:
    edition = loaded.edition
    replaced = None
    for number, earlier in _editions(database):
        if (earlier.edition.kind, earlier.edition.quarter) == (edition.kind, edition.quarter):
            replaced = earlier
            database.execute(f"DELETE FROM {edition.kind} WHERE edition = ?", (number,))
            database.execute("DELETE FROM edition WHERE number = ?", (number,))
    added = database.execute(
        "INSERT INTO edition (kind, quarter, scope, files, rows, notes) VALUES (?, ?, ?, ?, ?, ?)",
        (
            edition.kind,
            str(edition.quarter),
            edition.scope,
            json.dumps(loaded.files),
            loaded.rows,
            json.dumps(loaded.notes),
        ),
    )
    columns = [column.name for column in fields(_ROWS[edition.kind])]
    wordings = dict.fromkeys(getattr(row, _SHARED, None) for row in rows)
    database.executemany(
        "INSERT OR IGNORE INTO wording (text) VALUES (?)", [(text,) for text in wordings if text]
    )
    values = ", ".join(
        "(SELECT number FROM wording WHERE text = ?)" if column == _SHARED else "?"
        for column in columns
    )
    database.executemany(
        f"INSERT INTO {edition.kind} (edition, place, {', '.join(columns)}) "
        f"VALUES (?, ?, {values})",
        (
            (added.lastrowid, place, *(_stored(getattr(row, column)) for column in columns))
            for place, row in enumerate(rows)
        ),
    )
    return Added(loaded, replaced)


def _stored(value: str | int | Decimal | date | None) -> str | int | None:
    return value if value is None or isinstance(value, str | int) else str(value)


# ── asking ────────────────────────────────────────────────────────────────────────────────────


def _table(
    database: sqlite3.Connection, number: int, edition: Edition, asked: frozenset[str]
) -> CodeTable[Any] | PairTable | NdcTable:
    """One edition as a check asks it."""
    if edition.kind is Kind.PTP:
        pairs = _grouped(_pairs(database, number, asked), attrgetter("column1", "column2"))
        with_one_of = None if edition.scope is Scope.WHOLE else ncci_default.WITH_ONE_OF
        return PairTable(edition, pairs, asked, with_one_of)
    rows = _rows(database, edition.kind, "edition = ?", (number,))
    if edition.kind is Kind.NDC:
        return NdcTable(edition, _grouped(rows, attrgetter("ndc")))
    return CodeTable(edition, {row.code: row for row in rows})


def _pairs(database: sqlite3.Connection, number: int, asked: frozenset[str]) -> Iterator[PairEdit]:
    database.execute("CREATE TEMP TABLE IF NOT EXISTS asked (code TEXT PRIMARY KEY)")
    database.executemany("INSERT OR IGNORE INTO asked VALUES (?)", [(code,) for code in asked])
    # + keeps the key from being sought for every two codes: it is read once for each column 1
    among = "edition = ? AND column1 IN asked AND +column2 IN asked"
    return _rows(database, Kind.PTP, among, (number,))


def _rows(
    database: sqlite3.Connection, kind: Kind, where: str, values: tuple[int, ...]
) -> Iterator[Any]:
    row = _ROWS[kind]
    columns = [
        f"(SELECT text FROM wording WHERE number = {_SHARED})" if c.name == _SHARED else c.name
        for c in fields(row)
    ]
    # annotations are texts here: "Decimal | None"
    readers = [_READERS.get(str(c.type).removesuffix(" | None"), _as_is) for c in fields(row)]
    for cells in database.execute(
        f"SELECT {', '.join(columns)} FROM {kind} WHERE {where} ORDER BY place", values
    ):
        yield row(
            *(
                None if cell is None else read(cell)
                for cell, read in zip(cells, readers, strict=True)
            )
        )


def _as_is(cell: Any) -> Any:
    return cell


def _grouped(rows: Iterator[Any], key: Callable[[Any], Any]) -> dict[Any, tuple[Any, ...]]:
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {value: tuple(found) for value, found in groups.items()}
