"""Pieces of all files → what the checks say of one part: what a cluster does with each part."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.audit_rows import audit_part
from auditor.cluster.outputs import data_files, not_used
from auditor.cluster.work import Work
from auditor.judge import Rules
from auditor.load.encounters import Assembled, Common
from auditor.load.keys import Keys
from auditor.load.ledger import LedgerRow
from auditor.load.parts import Extract, Parts
from auditor.load.rows import RowSet
from auditor.record import RejectedRow
from auditor.report.part import DataPart, merged
from auditor.tables.published import PublicTables
from auditor.tables.quarter import Quarter


@dataclass(frozen=True, slots=True)
class Judging:
    """By what every part is judged."""

    rules: Rules
    tables: PublicTables
    common: Common


@dataclass(frozen=True, slots=True)
class Portion:
    """One part of an audit: its encounters in the lots in which they are judged, and their rows.

    ``pieces`` are files by number and the bytes in which the rows of the part lie.
    """

    lots: Sequence[Sequence[str]]
    rejected: Mapping[str, Sequence[RejectedRow]]
    accounts: Mapping[str, str]
    patients: Mapping[str, str]
    pieces: Sequence[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """What the summary has of a part; findings and encounters are in its files, with SHA-256.

    ``not_used`` counts by file and table the rows that turned out superseded and rejected.
    """

    data: DataPart
    encounters: int
    assembled: Sequence[Assembled]
    quarters: frozenset[Quarter]
    not_used: Mapping[tuple[int, int], tuple[int, int]]
    outputs: Sequence[tuple[str, str]]


def judge(run: Work, number: int) -> None:
    """Judge the encounters of a part and write what the data files have of them."""
    asked: Judging = run.shared("judging")
    portion: Portion = run.load(f"portion-{number}")
    places: list[tuple[int, int]] = []
    sheets: list[RowSet] = []
    for file, first, last in portion.pieces:
        for table, rows in pickle.loads(run.read(f"pieces-{file}", first, last)):
            places.append((file, table))
            sheets.append(rows)
    keys = Keys(())
    keys.account_of, keys.patient_of = dict(portion.accounts), dict(portion.patients)
    extract = Extract(sheets, portion.rejected, keys, asked.common)
    lots = Parts(extract, names=portion.lots)
    made = [audit_part(lot, asked.rules, asked.tables) for lot in lots]
    fates: list[tuple[tuple[int, int], LedgerRow]] = []
    sums: dict[tuple[int, int], Counter[str]] = {}
    for one in made:
        for place, tally in zip(places, one.assembled.fates, strict=True):
            fates += ((place, row) for row in tally.rows())
            sums.setdefault(place, Counter()).update(dict(zip("sr", tally.not_used, strict=True)))
    data = merged([one.data for one in made])
    name = f"part-{number:05}"
    fates.sort(key=lambda fate: (fate[0], fate[1].row))
    outputs = [*data_files(run, name, data), not_used(run, name, (row for _, row in fates))]
    told = JudgedPart(
        replace(data, findings=(), encounters=()),
        len(data.encounters),
        [replace(one.assembled, fates=(), unread=()) for one in made],
        frozenset[Quarter]().union(*(one.quarters for one in made)),
        {place: (count["s"], count["r"]) for place, count in sums.items()},
        outputs,
    )
    run.keep(f"judged/{number}", told)
