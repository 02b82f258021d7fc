"""Digests of all files → what depends on all rows, by the functions of a single machine.

Whose the rows are that do not say it, which encounters bear on each other, which columns and action
words there are.  A digest has all that these functions look at (:mod:`auditor.load.digest`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from auditor.cluster.reading import Answered, Asked, Looked, Owned, Told
from auditor.load import Tables, known_to, require, say_lacking_first, supplied_by
from auditor.load.courses import Drugs
from auditor.load.encounters import Common, formulary_of
from auditor.load.entries import unknown_actions
from auditor.load.errors import InputError
from auditor.load.keys import Keys
from auditor.load.ledger import Problems
from auditor.load.moments import Unread
from auditor.load.owners import RECORD, OrderHomes, asked_of
from auditor.load.parts import Extract, rejected_of
from auditor.load.profile import Profile
from auditor.load.questions import changed, refuse_changes
from auditor.load.rows import Found, RowSet
from auditor.record import RejectedRow

Orders = Mapping[object, str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What all digests tell; ``tables`` are theirs, ``of_file`` by number those of each file.

    ``common`` is what all encounters have alike, as far as digests tell, ``said`` what there was to
    say of drugs.
    """

    tables: Tables
    of_file: Mapping[int, Sequence[RowSet]]
    keys: Keys
    common: Common
    said: Problems

    def answers(self, file: int) -> dict[Asked, str | Unread]:
        """The encounter of every row of a file that does not name its own."""
        return {
            asked: self.keys.encounter_of(*asked)
            for rows in self._usable(file)
            for asked in asked_of(rows)
            if asked[0][0] is None
        }

    @property
    def wanted_orders(self) -> set[object]:
        """The orders of which the encounter may tell whose a row is."""
        wanted = {
            order
            for rows in (*self.tables.usable, *self.tables.refused)
            for asked, order in zip(asked_of(rows), rows.column("order_id"), strict=True)
            if isinstance(self.keys.encounter_of(*asked), Unread)
        }
        lost = chain.from_iterable(rows.lost for rows in self.tables.usable)
        return (wanted | {one.told.get("order_id") for one in lost}) - {None}

    @property
    def wanted_transactions(self) -> set[object]:
        """The charges that another charge takes back."""
        claims = (rows for rows in self.tables.usable if rows.kind == "claim_line")
        return set(chain.from_iterable(rows.column("reverses") for rows in claims)) - {None}

    def files_to_look_at(self, orders: bool, transactions: bool) -> list[int]:
        """The files that have a refused sheet, or what others ask for."""
        kinds = {*(RECORD if orders else ()), *(("claim_line",) if transactions else ())}
        refused = set(map(id, self.tables.refused))
        return [
            file
            for file, digests in self.of_file.items()
            if any(rows.kind in kinds or id(rows) in refused for rows in digests)
        ]

    def orders(self, looked: Iterable[Looked], wanted: Iterable[object]) -> Orders:
        """The encounters of the orders that are asked for, as far as the record tells."""
        record = [rows for one in looked for rows in one.record]
        homes = OrderHomes([rows for kind in RECORD for rows in record if rows.kind == kind])
        return {order: home for order in wanted if (home := homes.get(order)) is not None}

    def homes(self, file: int, orders: Orders, charges: Iterable[RowSet] = ()) -> list[RowSet]:
        """What has an encounter of the digests of a file, and of further rows of it."""
        answered = Answered(self.answers(file))
        return [_at_home(rows, answered, orders) for rows in (*self._usable(file), *charges)]

    def _usable(self, file: int) -> Iterator[RowSet]:
        usable = set(map(id, self.tables.usable))
        return (rows for rows in self.of_file[file] if id(rows) in usable and rows.kind != "drug")

    def rejected(
        self, owned: Mapping[int, Owned], orders: Orders
    ) -> Mapping[str, Sequence[RejectedRow]]:
        """The rows that are of no use, by every encounter that they may be of."""
        lost = {
            id(rows): its.lost[n]
            for file, its in owned.items()
            for n, rows in enumerate(self.of_file[file])
        }
        sheets = (
            (rows, rows.lost if rows.kind == "drug" else lost[id(rows)])
            for rows in (*self.tables.usable, *self.tables.refused)
        )
        return rejected_of(sheets, self.keys, orders, self.tables.known)

    @property
    def drugs(self) -> list[RowSet]:
        """The sheets of drugs, with the fates of their rows."""
        return [rows for _, rows in self.tables.found if rows.kind == "drug"]

    @property
    def rows_read(self) -> int:
        """How many rows the files have."""
        return sum(rows.tally.rows_read for _, rows in self.tables.found)

    @property
    def names(self) -> list[str]:
        """The sheets that can be used, as a source prints them."""
        return [rows.tally.name for rows in self.tables.usable]


def decided(told: Mapping[int, Told], profile: Profile, problems: Problems) -> Decided:
    """What the files tell by their numbers, in their order; InputError as for `load`."""
    refuse_changes(changed([found for one in told.values() for found in one.sighted], profile))
    problems.follow(one.rows for one in told.values())
    recognised = [one.recognised for one in told.values()]
    known = known_to(recognised, profile, problems)
    found = [table for one in recognised for table in one.found]
    _refuse_flowsheets(found)
    refused = [rows for _, rows in found if unknown_actions(rows, known)]
    usable = [rows for _, rows in found if rows not in refused]
    idle = [sheet for one in recognised for sheet in one.idle]
    said = Problems()
    classes, formulary = formulary_of([rows for rows in usable if rows.kind == "drug"], said)
    supplied = supplied_by(usable, profile, known)
    return Decided(
        Tables(found, usable, refused, idle, known),
        {n: [rows for _, rows in one.recognised.found] for n, one in told.items()},
        Keys(usable),
        Common(profile, supplied, known, Drugs(classes), formulary, ids_are_shared=False),
        said,
    )


def require_all(decided: Decided, looked: Iterable[Looked], problems: Problems) -> None:
    """InputError where nothing can be audited; else what is to be said of refused sheets."""
    problems.follow(one.refused for one in looked)
    require(decided.tables, problems, claims=True)
    for rows in decided.tables.usable:
        say_lacking_first(rows, problems)


def extract_of_digests(decided: Decided, at_home: Iterable[Sequence[RowSet]]) -> Extract:
    """The digests as the rows of an extract, each with its encounter."""
    return Extract(list(chain.from_iterable(at_home)), {}, decided.keys, decided.common)


def _refuse_flowsheets(tables: Iterable[tuple[Found, RowSet]]) -> None:
    refused = [
        f"{rows.tally.name}: is an infusion flowsheet, which speaks of rows in other files; leave "
        "it out, or audit the files without --cluster."
        for _, rows in tables
        if rows.kind == "flowsheet"
    ]
    if refused:
        raise InputError(refused)


def _at_home(rows: RowSet, answered: Answered, orders: Orders) -> RowSet:
    """The rows that have an encounter."""
    places, homes = [], []
    of_orders = orders if rows.kind == "order" else {}
    for place, (asked, order) in enumerate(
        zip(asked_of(rows), rows.column("order_id"), strict=True)
    ):
        home = answered.encounter_of(*asked)
        if isinstance(home, Unread):
            home = of_orders.get(order, home)
        if isinstance(home, str):
            places.append(place)
            homes.append(home)
    return replace(rows.at(places, homes), lost=[])
