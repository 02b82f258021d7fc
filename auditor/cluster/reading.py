"""Files → rows with their encounters, in pieces by part: what a cluster does with each file.

A file is read once.  What it tells of the others' rows goes to whoever decides for all
(:mod:`auditor.cluster.audit`); with what was decided its rows find their encounters and are cut
into the parts in which they are judged.
"""

from __future__ import annotations

import io
import pickle
from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b, sha256
from typing import Any

import numpy as np

from auditor.cluster.inputs import Input
from auditor.cluster.outputs import not_used
from auditor.cluster.work import Work
from auditor.load import Recognised, note_lacking, rows_of, sighted_in
from auditor.load.digest import digest, reduced
from auditor.load.entries import refuse_unknown_actions
from auditor.load.errors import InputError, UnreadableFile
from auditor.load.files import sheets_of
from auditor.load.ledger import LedgerSheet, Problems
from auditor.load.moments import Unread
from auditor.load.owners import RECORD, Owner, owned
from auditor.load.parts import Cut, any_twice, ids_of
from auditor.load.profile import Profile
from auditor.load.rows import Found, Lost, RowSet
from auditor.report.manifest import InputFile

Asked = tuple[Owner, date | None]
BUCKETS = 64  # in which administration ids are compared


@dataclass(frozen=True, slots=True)
class Reading:
    """What every file is read by: the files, under which name each is kept, and the profile."""

    inputs: Sequence[Input]
    keys: Sequence[str]
    files: Work
    profile: Profile


@dataclass(frozen=True, slots=True)
class Told:
    """What a file tells: what it is, what there was to say, and its tables.

    ``sighted`` are all that look like one, ``recognised`` those that are used, by their digests.
    """

    file: InputFile
    reading: Problems
    rows: Problems
    sighted: Sequence[Found]
    recognised: Recognised


def read(run: Work, number: int) -> None:
    """Read a file and keep its rows; InputError where it cannot be read."""
    asked: Reading = run.shared("reading")
    one, key = asked.inputs[number], asked.keys[number]
    reading, said = Problems(), Problems()
    try:
        data = one.read()
        raws = sheets_of(one.path, one.name, data, reading)
        sighted = [sighted_in(raw, asked.profile) for raw in raws]
    except UnreadableFile as error:
        raise InputError([str(error)]) from None
    recognised = rows_of(sighted, asked.profile, said)
    asked.files.keep(f"{key}.rows", [rows for _, rows in recognised.found])
    told = Told(
        InputFile(one.path.name, sha256(data).hexdigest(), len(data)),
        reading,
        said,
        [_lean(found) for its in sighted for found in its.tables],
        replace(recognised, found=[(_lean(f), digest(rows)) for f, rows in recognised.found]),
    )
    asked.files.keep(f"{key}.told", told)


def _lean(found: Found) -> Found:
    """How a table was recognised, without its cells."""
    raw = replace(found.raw, cells=found.raw.cells.head(0), coded={})
    table = replace(found.table, records=found.table.records[:0])
    return replace(found, raw=raw, table=table, columns={}, closings={})


# ── whose the rows are ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Owning:
    """What was decided over all files, for each of them.

    ``orders`` and ``transactions`` are those of which somebody needs the encounter.
    """

    files: Work
    keys: Sequence[str]
    known: Mapping[str, str]
    supplied: frozenset[str]
    orders: Set[object]
    transactions: Set[object]


@dataclass(frozen=True, slots=True)
class Answered:
    """The encounters of rows that do not name theirs, as :class:`auditor.load.keys.Keys` know."""

    answers: Mapping[Asked, str | Unread]

    def encounter_of(self, owner: Owner, day: date | None) -> str | Unread:
        """The encounter of a row of the file."""
        return str(owner[0]) if owner[0] is not None else self.answers[owner, day]


@dataclass(frozen=True, slots=True)
class Looked:
    """What else a file tells: why a sheet is refused, and where orders and charges belong.

    ``record`` has by sheet the first row of every encounter and those of the orders asked for,
    ``charges`` those of the transactions.
    """

    refused: Problems
    record: Sequence[RowSet]
    charges: Sequence[RowSet]


@dataclass(frozen=True, slots=True)
class Owned:
    """What became of a file's rows: ``pieces`` has by part the bytes in which its rows lie.

    ``lost`` and ``sheets`` are by table; ``shared`` says that the file has an administration id
    twice, ``buckets`` where the ids of each bucket begin.
    """

    said: Problems
    lost: Sequence[Sequence[Lost]]
    sheets: Sequence[LedgerSheet]
    pieces: Mapping[int, tuple[int, int]]
    shared: bool
    buckets: Sequence[int]
    not_used: tuple[str, str]


def look(run: Work, number: int) -> None:
    """Look through the rows of a file for what another file needs of them."""
    asked: Owning = run.shared("owning")
    answers = Answered(run.load(f"answers-{number}"))
    rows: list[RowSet] = asked.files.load(f"{asked.keys[number]}.rows")
    refused, record, charges = Problems(), [], []
    for sheet in rows:
        if refuse_unknown_actions(sheet, asked.known, refused):
            continue
        if sheet.kind in RECORD and asked.orders:
            ((own,), _) = owned([sheet], answers, asked.known, Problems(), orders={})
            homes: dict[str, int] = {}
            for place, home in enumerate(own.homes):
                homes.setdefault(home, place)
            record.append(_only(own, "order_id", asked.orders, homes.values()))
        if sheet.kind == "claim_line" and asked.transactions:
            charges.append(_only(sheet, "transaction_id", asked.transactions))
    run.keep(f"looked/{number}", Looked(refused, record, charges))


def _only(rows: RowSet, name: str, wanted: Set[object], also: Any = ()) -> RowSet:
    """The rows whose field is among those ``wanted``, and those in some places besides."""
    places = {place for place, value in enumerate(rows.column(name)) if value in wanted}
    whose = ("encounter_id", "account_id", "patient_id", "service_date", "claim_id", name)
    told = {name: rows.values[name] for name in whose if name in rows.values}
    return reduced(rows, np.array(sorted(places.union(also)), np.intp), told)


def own(run: Work, number: int) -> None:
    """Find the encounters of a file's rows, and lay those of each part together."""
    asked: Owning = run.shared("owning")
    answers = Answered(run.load(f"answers-{number}"))
    orders, part_of = run.load(f"homes-{number}")
    tables: list[RowSet] = asked.files.load(f"{asked.keys[number]}.rows")
    refused = [refuse_unknown_actions(rows, asked.known, Problems()) for rows in tables]
    usable = [
        n for n, rows in enumerate(tables) if not refused[n] and rows.kind != "drug"
    ]  # drugs are for all
    note_lacking([tables[n] for n in usable], asked.supplied, asked.known)
    said = Problems()
    rows, _ = owned([tables[n] for n in usable], answers, asked.known, said, orders=orders)
    ids = list(ids_of(rows))
    shared = any_twice(ids)
    buckets = [] if shared else _kept_ids(run, number, ids)
    packed = io.BytesIO()
    pieces = {}
    cuts = [Cut([part_of.get(home, 0) for home in own.homes]) for own in rows]
    for part in sorted({part for cut in cuts for part in cut.parts}):
        cut = [
            (n, replace(own, lost=[]).cut(places))
            for n, own, its in zip(usable, rows, cuts, strict=True)
            if (places := its.of(part))
        ]
        first = packed.tell()
        pickle.dump(cut, packed, pickle.HIGHEST_PROTOCOL)
        pieces[part] = first, packed.tell()
    run.write(f"pieces-{number}", packed.getvalue())
    fates = [row for rows in tables if rows.kind != "drug" for row in rows.tally.rows()]
    kept = Owned(
        said,
        [rows.lost for rows in tables],
        [rows.tally.close() for rows in tables],
        pieces,
        shared,
        buckets,
        not_used(run, f"file-{number:05}", fates),
    )
    run.keep(f"owned/{number}", kept)


# ── administration ids ────────────────────────────────────────────────────────────────────────


def _kept_ids(run: Work, number: int, ids: Sequence[object]) -> list[int]:
    """Keep what tells the ids of a file apart, in buckets; where each bucket begins, and the end.

    Sixteen bytes of a digest: that two of ten billion ids share them is less likely than that a
    disk errs.
    """
    told = sorted(blake2b(str(one).encode(), digest_size=16).digest() for one in ids)
    run.write(f"ids-{number}", b"".join(told))
    firsts = [digest[0] * BUCKETS // 256 for digest in told]
    return [bisect_left(firsts, bucket) for bucket in range(BUCKETS + 1)]


def compare_ids(run: Work, number: int) -> None:
    """Whether two files have the same administration id, of those in one bucket."""
    found = b""
    for file, buckets in run.shared("ids"):
        first, last = buckets[number], buckets[number + 1]
        if first < last:
            found += run.read(f"ids-{file}", 16 * first, 16 * last)
    ids = [found[at : at + 16] for at in range(0, len(found), 16)]
    run.keep(f"compared/{number}", any_twice(ids))
