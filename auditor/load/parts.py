"""All rows → parts of whole encounters, which can be put together and judged apart.

What depends on more than one encounter is decided here, once over all rows; encounters that bear on
each other stay together.  So the outcome does not depend on how many parts there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any

import numpy as np

from auditor.load.courses import Drugs
from auditor.load.encounters import Common, Part, formulary_of, rejected_rows
from auditor.load.keys import Keys
from auditor.load.ledger import Problems
from auditor.load.owners import OWNERS, RECORD, owned
from auditor.load.profile import Profile
from auditor.load.rows import RowSet
from auditor.record import RejectedRow

_DATED = ("service_date", "taken_at", "start", "stop")  # what a public table is asked for


@dataclass(frozen=True, slots=True)
class Extract:
    """The rows of all sheets, each with its encounter, and what is decided over all of them.

    ``sheets`` have the rows that can be used, in the order of the sheets given.
    """

    sheets: Sequence[RowSet]
    rejected: Mapping[str, Sequence[RejectedRow]]
    keys: Keys
    common: Common

    @property
    def whole(self) -> Part:
        """All rows as one part."""
        return Part(self.sheets, self.rejected, self.keys, self.common)

    def days(self) -> set[date]:
        """Every date that the tables of an audit may be asked for, or more."""
        days: set[date] = set()
        for rows in self.sheets:
            for name in _DATED if rows.kind in (*RECORD, "claim_line") else ():
                for value in _distinct(rows.column(name)):
                    days.add(value.date() if isinstance(value, datetime) else value)
        return days - {None}

    def codes(self) -> set[str]:
        """Every code that some row bills."""
        named = (rows.column(name) for rows in self.sheets for name in ("hcpcs", "cpt"))
        codes = (value.hcpcs for value in _distinct(chain.from_iterable(named)) if value)
        return {code for code in codes if code}


def extract_of(
    sheets: Sequence[RowSet],
    refused: Sequence[RowSet],
    profile: Profile,
    supplied: frozenset[str],
    known: Mapping[str, str],
    problems: Problems,
) -> Extract:
    """Decide what depends on all rows; of ``refused`` sheets, that their rows cannot be used."""
    keys, said = Keys(sheets), Problems()
    classes, formulary = formulary_of([rows for rows in sheets if rows.kind == "drug"], said)
    own, orders = owned(sheets, keys, known, said)
    rejected: dict[str, list[RejectedRow]] = {}
    for rows in (*sheets, *refused):
        for encounter, row in rejected_rows(rows, rows.lost, keys, orders, known):
            rejected.setdefault(encounter, []).append(row)
    problems.include([said], [rows.tally.name for rows in sheets])
    common = Common(profile, supplied, known, Drugs(classes), formulary, _ids_are_shared(own))
    return Extract([replace(rows, lost=[]) for rows in own], rejected, keys, common)


def _ids_are_shared(sheets: Iterable[RowSet]) -> bool:
    """Whether some administration id of charted actions names several of them."""
    seen: set[object] = set()
    for rows in sheets:
        for own in rows.column("administration_id") if rows.kind == "mar_event" else ():
            if own in seen:
                return True
            if own is not None:
                seen.add(own)
    return False


def _distinct(values: Iterable[Any]) -> Iterable[Any]:
    """The values of a column, each object once: equal texts were read as one."""
    return {id(value): value for value in values}.values()


# ── parts ─────────────────────────────────────────────────────────────────────────────────────


class Parts(Sequence[Part]):
    """The rows of an extract in parts, each made when it is asked for."""

    def __init__(self, extract: Extract, rows: int) -> None:
        """Parts of about so many rows; encounters that bear on each other may make one larger."""
        self._extract = extract
        part_of = _parts_of(extract, rows)
        self.encounters = len(part_of)
        self._count = max(part_of.values(), default=0) + 1
        self._cuts = [_Cut(_places(sheet, extract.keys, part_of)) for sheet in extract.sheets]
        self._rejected: dict[int, dict[str, Sequence[RejectedRow]]] = {}
        for name, lost in extract.rejected.items():
            if name in part_of:
                self._rejected.setdefault(part_of[name], {})[name] = lost

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __getitem__(self, number: Any) -> Any:
        """One part, which keeps what becomes of its rows to itself."""
        sheets = zip(self._extract.sheets, self._cuts, strict=True)
        return Part(
            [rows.cut(cut.of(number)) for rows, cut in sheets],
            self._rejected.get(number, {}),
            self._extract.keys,
            self._extract.common,
        )


class _Cut:
    """The places of one sheet's rows by part."""

    def __init__(self, part_of: Sequence[int]) -> None:
        parts = np.array(part_of, np.int32)
        self._order = np.argsort(parts, kind="stable").astype(np.int32)
        self._sorted = parts[self._order]

    def of(self, number: int) -> list[int]:
        """The places of a part, in their order."""
        first, last = np.searchsorted(self._sorted, [number, number + 1])
        places: list[int] = self._order[first:last].tolist()
        return places


def _places(rows: RowSet, keys: Keys, part_of: Mapping[str, int]) -> list[int]:
    """The part of each row; the rows of no encounter are the first part's."""
    if rows.kind == "drug":
        return []
    if rows.kind != "payment":
        return [part_of[home] for home in rows.homes]
    owners = zip(*(rows.column(name) for name in OWNERS), strict=True)
    paid = (next(iter(keys.possible(owner)), "") for owner in owners)
    return [part_of.get(home, 0) for home in paid]


def _parts_of(extract: Extract, rows: int) -> dict[str, int]:
    """The part of each encounter: those that bear on each other together, by their numbers."""
    numbers: Counter[str] = Counter()
    for sheet in extract.sheets:
        numbers.update(sheet.homes)
    together: dict[str, list[str]] = {}
    groups = _Groups(_bearing(extract))
    for name in sorted(numbers):
        together.setdefault(groups.of(name), []).append(name)
    part_of: dict[str, int] = {}
    part = filled = 0
    for names in together.values():
        if filled >= rows:
            part, filled = part + 1, 0
        for name in names:
            part_of[name] = part
            filled += numbers[name]
    return part_of


def _bearing(extract: Extract) -> Iterator[Iterable[str]]:
    """Encounters of which one may bear on another.

    Those of one patient or account, those whose lines stand on one claim, and those of which a
    charge takes back another's.
    """
    yield from extract.keys.shared
    claims = [rows for rows in extract.sheets if rows.kind == "claim_line"]
    of_claim: dict[object, str] = {}
    of_account: dict[object, str] = {}
    reversing: dict[object, str] = {}
    names = ("account_id", "claim_id", "reverses")
    for rows in claims:
        columns = (rows.column(name) for name in names)
        for home, account, claim, reverses in zip(rows.homes, *columns, strict=True):
            yield home, of_account.setdefault(account or home, home)
            yield home, of_claim.setdefault(claim or account or home, home)
            if reverses is not None:
                yield home, reversing.setdefault(reverses, home)
    for rows in claims if reversing else ():
        for home, own in zip(rows.homes, rows.column("transaction_id"), strict=True):
            yield home, reversing.get(own, home)


class _Groups:
    """Encounters that are tied to each other, over any number of others."""

    def __init__(self, ties: Iterable[Iterable[str]]) -> None:
        self._above: dict[str, str] = {}
        for first, *others in ties:
            for other in others:
                if other != first:
                    one, two = sorted((self.of(first), self.of(other)))
                    if one != two:
                        self._above[two] = one

    def of(self, name: str) -> str:
        """The least number of its group."""
        above = self._above
        while name in above:
            if above[name] in above:
                above[name] = above[above[name]]
            name = above[name]
        return name
