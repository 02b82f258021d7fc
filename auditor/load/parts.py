"""All rows → parts of whole encounters, which can be put together and judged apart.

What depends on more than one encounter is decided here, once over all rows; encounters that bear on
each other stay together.  So the outcome does not depend on how many parts there are.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from auditor.load.courses import Drugs
from auditor.load.encounters import Common, Part, formulary_of, rejected_row
from auditor.load.keys import Keys
from auditor.load.ledger import Problems
from auditor.load.owners import RECORD, OrdersOf, owned
from auditor.load.profile import Profile
from auditor.load.rows import OWNERS, Lost, RowSet
from auditor.progress import Step, Tell, silent
from auditor.record import RejectedRow

K = TypeVar("K")
T = TypeVar("T")

ROWS = 5_000  # of a part: judged in less than a second
MANY = 3_000_000  # rows that are not to lie in memory while parts of them are judged
_DATED = ("service_date", "taken_at", "start", "stop")  # what a public table is asked for


@dataclass(slots=True)
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
        numbers = self.keys.account_of, self.keys.patient_of
        return Part(self.sheets, self.rejected, *numbers, self.common)

    @property
    def rows(self) -> int:
        """How many rows there are, of all sheets."""
        return sum(len(rows.numbers) for rows in self.sheets)

    @property
    def has_mended(self) -> bool:
        """Whether rows stand in lists of mended ones, which keep their fates in this process."""
        return any(rows.mended for rows in self.sheets)

    def let_go(self) -> None:
        """Keep of the rows nothing but their fates."""
        for rows in self.sheets:
            rows.numbers, rows.values, rows.shown, rows.homes = (), {}, {}, []
        self.rejected, self.keys = {}, Keys(())

    def days(self) -> set[date]:
        """Every date that the tables of an audit may be asked for, or more."""
        days: set[date] = set()
        for rows in self.sheets:
            for name in _DATED if rows.kind in (*RECORD, "claim_line") else ():
                for value in rows.values[name].present if name in rows.values else ():
                    days.add(value.date() if isinstance(value, datetime) else value)
        return days - {None}

    def codes(self) -> set[str]:
        """Every code that some row bills."""
        claims = [rows for rows in self.sheets if rows.kind == "claim_line"]
        named = (r.values[name] for r in claims for name in ("hcpcs", "cpt") if name in r.values)
        codes = (code.hcpcs for values in named for code in values.present if code)
        return {code for code in codes if code}


def extract_of(
    sheets: Sequence[RowSet],
    refused: Sequence[RowSet],
    profile: Profile,
    supplied: frozenset[str],
    known: Mapping[str, str],
    problems: Problems,
    tell: Tell = silent,
) -> Extract:
    """Decide what depends on all rows; of ``refused`` sheets, that their rows cannot be used."""
    keys, said = Keys(sheets), Problems()
    classes, formulary = formulary_of([rows for rows in sheets if rows.kind == "drug"], said)
    own, orders = owned(sheets, keys, known, said, tell)
    rejected = rejected_of(((rows, rows.lost) for rows in (*sheets, *refused)), keys, orders, known)
    problems.include([said], [rows.tally.name for rows in sheets])
    common = Common(profile, supplied, known, Drugs(classes), formulary, _ids_are_shared(own))
    return Extract([replace(rows, lost=[]) for rows in own], rejected, keys, common)


def rejected_of(
    sheets: Iterable[tuple[RowSet, Iterable[Lost]]],
    keys: Keys,
    orders: OrdersOf,
    known: Mapping[str, str],
) -> dict[str, list[RejectedRow]]:
    """The rejected rows of each sheet by every encounter that they may be of."""
    rejected: dict[str, list[RejectedRow]] = {}
    for rows, rejections in sheets:
        for lost in rejections:
            if row := rejected_row(rows, lost, known):
                for encounter in _possible(lost, keys, orders):
                    rejected.setdefault(encounter, []).append(row)
    return rejected


def _possible(lost: Lost, keys: Keys, orders: OrdersOf) -> Sequence[str]:
    """Every encounter that a rejected row may be of."""
    possible = keys.possible([lost.told.get(name) for name in OWNERS])
    ordered = None if possible else orders.get(lost.told.get("order_id"))
    return possible if ordered is None else (ordered,)


def _ids_are_shared(sheets: Iterable[RowSet]) -> bool:
    """Whether some administration id of charted actions names several of them."""
    return any_twice(ids_of(sheets))


def ids_of(sheets: Iterable[RowSet]) -> Iterator[object]:
    """The administration id of each charted action that has one."""
    for rows in sheets:
        for own in rows.column("administration_id") if rows.kind == "mar_event" else ():
            if own is not None:
                yield own


def any_twice(things: Iterable[object]) -> bool:
    """Whether some of the things is there twice."""
    seen: set[object] = set()
    for thing in things:
        if thing in seen:
            return True
        seen.add(thing)
    return False


# ── parts ─────────────────────────────────────────────────────────────────────────────────────


class Parts(Sequence[Part]):
    """The rows of an extract in parts, each made when it is asked for."""

    def __init__(
        self, extract: Extract, rows: int = ROWS, names: Sequence[Sequence[str]] = ()
    ) -> None:
        """Parts of about so many rows; encounters that bear on each other may make one larger.

        ``names`` are the encounters of each part, where that is decided already.
        """
        self._extract = extract
        self._names = names or list(together(extract, rows)) or [[]]
        part_of = {name: part for part, names in enumerate(self._names) for name in names}
        self.encounters = len(part_of)
        self._cuts = [Cut([part_of.get(h, 0) for h in rows.homes]) for rows in extract.sheets]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._names)

    def __getitem__(self, number: Any) -> Any:
        """One part, which keeps what becomes of its rows to itself."""
        extract, names = self._extract, self._names[number]
        sheets = zip(extract.sheets, self._cuts, strict=True)
        return Part(
            [rows.cut(cut.of(number)) for rows, cut in sheets],
            some_of(names, extract.rejected),
            some_of(names, extract.keys.account_of),
            some_of(names, extract.keys.patient_of),
            extract.common,
        )

    def kept_in(self, folder: Path, tell: Tell = silent) -> KeptParts:
        """The same parts as files of a folder; the extract is left with the fates of its rows."""
        common = self._extract.common
        for number in range(len(self)):
            part = replace(self[number], common=None)
            (folder / str(number)).write_bytes(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
            tell(Step.KEEP, number + 1, len(self))
        self._extract.let_go()
        return KeptParts(folder, common, len(self), self.encounters)


@dataclass(frozen=True, slots=True)
class KeptParts(Sequence[Part]):
    """Parts in a folder that nobody else can write to, each read when it is asked for."""

    folder: Path
    common: Common
    parts: int
    encounters: int

    def __len__(self) -> int:
        """How many there are."""
        return self.parts

    def __getitem__(self, number: Any) -> Any:
        """One part, as it was kept."""
        part = pickle.loads((self.folder / str(number)).read_bytes())
        return replace(part, common=self.common)


def some_of(names: Iterable[K], told: Mapping[K, T]) -> dict[K, T]:
    """What is told of those named, as far as something is."""
    return {name: told[name] for name in names if name in told}


class Cut:
    """The places of one sheet's rows by part."""

    def __init__(self, part_of: Sequence[int]) -> None:
        """By the number of each row's part."""
        parts = np.array(part_of, np.int32)
        self._order = np.argsort(parts, kind="stable").astype(np.int32)
        self._sorted = parts[self._order]

    @property
    def parts(self) -> list[int]:
        """The numbers of the parts that have a row."""
        parts: list[int] = np.unique(self._sorted).tolist()
        return parts

    def of(self, number: int) -> list[int]:
        """The places of a part, in their order."""
        first, last = np.searchsorted(self._sorted, [number, number + 1])
        places: list[int] = self._order[first:last].tolist()
        return places


def together(extract: Extract, rows: int) -> Iterator[list[str]]:
    """The encounters of each part by their numbers, those that bear on each other together."""
    numbers: Counter[str] = Counter()
    for sheet in extract.sheets:
        if sheet.kind != "payment":  # which alone is no encounter
            numbers.update(sheet.homes)
    together: dict[str, list[str]] = {}
    groups = _Groups(_bearing(extract))
    for name in sorted(numbers):
        together.setdefault(groups.of(name), []).append(name)
    part: list[str] = []
    filled = 0
    for names in together.values():
        part += names
        filled += sum(numbers[name] for name in names)
        if filled >= rows:
            yield part
            part, filled = [], 0
    if part:
        yield part


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
