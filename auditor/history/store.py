"""The history: one SQLite file in the user's data folder, readable by its owner alone.

It holds no name, number or day of a patient: counts by month, hashes, and of each deficiency a
keyed hash of its id.  The key lies beside it, so that neither file alone says which it is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, astuple, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.history.entry import (
    Capture,
    CheckMonth,
    CheckRule,
    KeptMonth,
    Month,
    Rules,
    Run,
    Sums,
    standing,
)
from auditor.run import Status, Tally

HISTORY, KEY = "history.sqlite", "history.key"
_FORMAT = 1
_WAIT = 10.0  # seconds for another audit to let go of the file
_KEY_BYTES = 32
_OWNER_ONLY = 0o600

_TABLES = """
CREATE TABLE run (
    number INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT UNIQUE, key_name TEXT, inputs TEXT,
    rules TEXT
);
CREATE TABLE month (
    number INTEGER PRIMARY KEY, run INTEGER REFERENCES run ON DELETE CASCADE, facility TEXT,
    facility_key TEXT, month TEXT, encounters INTEGER, money TEXT, tables TEXT
);
CREATE INDEX month_of_facility ON month (facility_key, run);
CREATE TABLE result (
    month INTEGER REFERENCES month ON DELETE CASCADE, check_id TEXT, status TEXT, met INTEGER,
    deficient INTEGER, undetermined INTEGER, unevaluated INTEGER, encounters INTEGER,
    deficient_encounters INTEGER, failed_encounters INTEGER, PRIMARY KEY (month, check_id)
) WITHOUT ROWID;
CREATE TABLE stops (
    month INTEGER REFERENCES month ON DELETE CASCADE, unit TEXT, shift TEXT, stops INTEGER,
    infusions INTEGER, PRIMARY KEY (month, unit, shift)
) WITHOUT ROWID;
CREATE TABLE finding (
    month INTEGER REFERENCES month ON DELETE CASCADE, mask BLOB, check_id TEXT,
    PRIMARY KEY (month, mask)
) WITHOUT ROWID;
"""


class HistoryError(Exception):
    """The history cannot be read or written; the text is one sentence, with what would help."""


@dataclass(frozen=True, slots=True)
class Reaudit:
    """A month that was audited again: of the deficiencies before, which are there again.

    ``before`` and ``now`` count deficiencies; ``both`` are in the one and in the other.
    """

    month: date
    audits: int
    before: int
    now: int
    both: int


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a run: ``again`` where the same audit was there before and now is the latest.

    ``not_counted`` are its months that do not count, each with what counts instead, if anything.
    """

    again: bool
    not_counted: tuple[tuple[Month, Month | None], ...]


class History:
    """The history in one folder, which need not exist until something is added."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self.path = folder / HISTORY
        self._key_path = folder / KEY

    def facilities(self) -> list[str]:
        """The facilities, each as it was last spelled.  HistoryError where it cannot be read."""
        with self._reading() as database:
            if database is None:
                return []
            spelled = dict(
                database.execute("SELECT facility_key, facility FROM month ORDER BY run, number")
            )
            return sorted(spelled.values())

    def months(self, facility: str) -> list[KeptMonth]:
        """Every month of a facility in every audit, in the order of the audits.

        HistoryError where it cannot be read.
        """
        with self._reading() as database:
            return [] if database is None else _months(database, facility)

    def reaudits(self, facility: str) -> list[Reaudit]:
        """The months audited more than once: what counts beside what counted before it.

        Findings masked by different keys cannot be compared; such a pair is left out.
        HistoryError where it cannot be read.
        """
        with self._reading() as database:
            if database is None:
                return []
            kept = _months(database, facility)
            found = []
            for month, now in standing(kept).items():
                earlier = [one for one in kept if one.number < now.number]
                before = standing(earlier).get(month)
                if before is None:
                    continue
                masks = [_masks(database, one) for one in (before, now)]
                if masks[0][0] != masks[1][0]:
                    continue
                old, new = masks[0][1], masks[1][1]
                audits = sum(one.month.month == month for one in kept)
                found.append(Reaudit(month, audits, len(old), len(new), len(old & new)))
            return found

    def add(self, run: Run) -> Added:
        """Keep a run: as a whole or not at all, and as the latest even if it was there before.

        HistoryError where it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _make_private(self.path)
            with closing(_connected(self.path)) as database:
                database.execute("PRAGMA foreign_keys = ON")
                database.execute("BEGIN IMMEDIATE")
                if not _is_made(database):
                    _make(database)
                again = database.execute("DELETE FROM run WHERE identity = ?", (run.identity,))
                number = _insert(database, run, self._key())
                added = Added(again.rowcount > 0, _not_counted(database, number, run))
                database.execute("COMMIT")
                return added
        except (OSError, sqlite3.Error) as error:
            raise _unusable(self.path, "written", error) from None

    def _key(self) -> bytes:
        """The key that masks findings, made once; the lock on the file keeps two from making it."""
        with suppress(FileNotFoundError):
            key = self._key_path.read_bytes()
            if len(key) != _KEY_BYTES:
                raise HistoryError(
                    f"{self._key_path}: is damaged; remove it, and a new one is made with the next "
                    "audit."
                )
            return key
        key = secrets.token_bytes(_KEY_BYTES)
        made = self._key_path.with_suffix(".new")
        made.unlink(missing_ok=True)
        _make_private(made)
        made.write_bytes(key)
        made.replace(self._key_path)
        return key

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """The history opened to be read; ``None`` where nothing was ever added."""
        try:
            if not self.path.exists():
                yield None
                return
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(_connected(address, uri=True)) as database:
                yield database if _is_made(database) else None
        except (OSError, sqlite3.Error) as error:
            raise _unusable(self.path, "read", error) from None


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def _connected(where: Path | str, *, uri: bool = False) -> sqlite3.Connection:
    # what is not committed when the connection closes has not happened
    return sqlite3.connect(where, uri=uri, isolation_level=None, timeout=_WAIT)


def _make_private(path: Path) -> None:
    """An empty file that others cannot read, before anything is in it."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))


def _unusable(path: Path, use: str, error: Exception) -> HistoryError:
    why = str(getattr(error, "strerror", None) or error)
    help = ""
    if "not a database" in why or "malformed" in why:
        help = " It is damaged: move it away to begin a new one."
    elif "locked" in why:
        help = " Another audit is being kept: try again when it is done."
    return HistoryError(f"{path}: the history cannot be {use} ({why}).{help}")


def _is_made(database: sqlite3.Connection) -> bool:
    """Whether the file has its tables; HistoryError where a newer version made them."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version not in (0, _FORMAT):
        raise HistoryError(
            f"The history {HISTORY} was written by a newer version of Infusion Auditor: update the "
            "program. Nothing was changed in it."
        )
    return bool(version)


def _make(database: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA user_version = {_FORMAT}")


# ── adding ────────────────────────────────────────────────────────────────────────────────────


def _insert(database: sqlite3.Connection, run: Run, key: bytes) -> int | None:
    number = database.execute(
        "INSERT INTO run (identity, key_name, inputs, rules) VALUES (?, ?, ?, ?)",
        (
            run.identity,
            _mask(key, "the name of this key").hex(),
            json.dumps(run.inputs),
            json.dumps(asdict(run.rules)),
        ),
    ).lastrowid
    for month in run.months:
        money = None if month.money is None else json.dumps([str(v) for v in astuple(month.money)])
        key_of_month = database.execute(
            "INSERT INTO month (run, facility, facility_key, month, encounters, money, tables) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                month.facility,
                month.facility.casefold(),
                f"{month.month:%Y-%m}",
                month.encounters,
                money,
                json.dumps(month.tables),
            ),
        ).lastrowid
        database.executemany(
            "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (key_of_month, check_id, result.status, *astuple(result.tally))
                for check_id, result in month.results.items()
            ),
        )
        database.executemany(
            "INSERT INTO stops VALUES (?, ?, ?, ?, ?)",
            ((key_of_month, *place, *capture) for place, capture in month.stops.items()),
        )
        database.executemany(
            "INSERT OR IGNORE INTO finding VALUES (?, ?, ?)",
            (
                (key_of_month, _mask(key, f"{month.facility.casefold()}\x1f{finding_id}"), check_id)
                for check_id, finding_id in month.findings
            ),
        )
    return number


def _mask(key: bytes, text: str) -> bytes:
    """Half of an HMAC-SHA-256: without the key nobody can try out which finding it is of."""
    return hmac.digest(key, text.encode(), hashlib.sha256)[:16]


def _not_counted(
    database: sqlite3.Connection, number: int | None, run: Run
) -> tuple[tuple[Month, Month | None], ...]:
    counted = {
        facility: standing(_months(database, facility))
        for facility in {month.facility for month in run.months}
    }
    found = [(month, counted[month.facility].get(month.month)) for month in run.months]
    return tuple(
        (month, one.month if one else None)
        for month, one in found
        if one is None or one.number != number
    )


# ── asking ────────────────────────────────────────────────────────────────────────────────────


def _months(database: sqlite3.Connection, facility: str) -> list[KeptMonth]:
    rules: dict[int, Rules] = {}
    kept = []
    for key, run, identity, text, name, month, encounters, money, tables in database.execute(
        "SELECT month.number, run, identity, rules, facility, month, encounters, money, tables "
        "FROM month JOIN run ON run.number = month.run WHERE facility_key = ? "
        "ORDER BY run, month",
        (facility.casefold(),),
    ).fetchall():
        if run not in rules:
            rules[run] = _rules(json.loads(text))
        kept.append(
            KeptMonth(
                run,
                identity,
                rules[run],
                Month(
                    name,
                    date.fromisoformat(f"{month}-01"),
                    encounters,
                    {
                        check_id: CheckMonth(Status(status), Tally(*counts))
                        for check_id, status, *counts in database.execute(
                            "SELECT check_id, status, met, deficient, undetermined, unevaluated, "
                            "encounters, deficient_encounters, failed_encounters FROM result "
                            "WHERE month = ? ORDER BY check_id",
                            (key,),
                        )
                    },
                    {
                        (unit, shift): Capture(*counts)
                        for unit, shift, *counts in database.execute(
                            "SELECT unit, shift, stops, infusions FROM stops WHERE month = ? "
                            "ORDER BY unit, shift",
                            (key,),
                        )
                    },
                    _sums(money),
                    tuple(json.loads(tables)),
                ),
            )
        )
    return kept


def _masks(database: sqlite3.Connection, kept: KeptMonth) -> tuple[str, set[bytes]]:
    """The name of the key, and the masked deficiencies of a month in one audit."""
    (name,) = database.execute(
        "SELECT key_name FROM run WHERE number = ?", (kept.number,)
    ).fetchone()
    rows = database.execute(
        "SELECT mask FROM finding JOIN month ON month.number = finding.month "
        "WHERE run = ? AND facility_key = ? AND month.month = ?",
        (kept.number, kept.month.facility.casefold(), f"{kept.month.month:%Y-%m}"),
    )
    return name, {mask for (mask,) in rows}


def _rules(content: dict[str, Any]) -> Rules:
    checks = {check_id: CheckRule(**rule) for check_id, rule in content["checks"].items()}
    return Rules(**{**content, "checks": checks})


def _sums(text: str | None) -> Sums | None:
    if text is None:
        return None
    priced, too_much, too_little = json.loads(text)
    return Sums(int(priced), Decimal(too_much), Decimal(too_little))
