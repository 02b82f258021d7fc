"""Rows → the encounters that they are of; a row of none is rejected, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from auditor.load.entries import fate_of
from auditor.load.keys import Keys
from auditor.load.ledger import Problems
from auditor.load.moments import Unread
from auditor.load.rows import OWNERS, RowSet
from auditor.progress import Step, Tell, silent

RECORD = ("mar_event", "administration")

# The field by whose date a row of other kinds is of one visit or another.
_DAY = {
    "claim_line": "service_date",
    "payment": "service_date",
    "order": "ordered_at",
    "access": "placed_at",
    "encounter": "arrived_at",
}
# The number that a row of the kind should have, by which its sheet is asked for it.
_ASKED = dict.fromkeys(("claim_line", "payment"), ("account_id", "encounter_id", "patient_id"))

Homes = Sequence[tuple[int, str]]


class OrderHomes:
    """The encounter of each order of the record; of several the one whose record begins last."""

    def __init__(self, record: Sequence[RowSet]) -> None:
        """Of the sheets of the record, with the encounters of their rows."""
        self._record = record

    def get(self, order: object) -> str | None:
        """The encounter of an order, ``None`` where the record does not name it."""
        return self._homes.get(order)

    @cached_property
    def _homes(self) -> dict[object, str]:
        places: dict[str, int] = {}
        homes: dict[object, str] = {}
        for rows in self._record:
            for home, order in zip(rows.homes, rows.column("order_id"), strict=True):
                place = places.setdefault(home, len(places))
                if order is not None and places[homes.setdefault(order, home)] < place:
                    homes[order] = home
        return homes


def owned(
    sheets: Sequence[RowSet],
    keys: Keys,
    known: Mapping[str, str],
    problems: Problems,
    tell: Tell = silent,
) -> tuple[list[RowSet], OrderHomes]:
    """The sheets with the rows that have an encounter, and the encounters of the record's orders.

    ``known`` are the classes of action words.  Sheets of drugs have no encounters.
    """
    own: dict[int, RowSet] = {}
    total = sum(len(rows.numbers) for rows in sheets if rows.kind != "drug")
    done = 0

    def take(rows: RowSet, homes: Iterable[tuple[int, str]]) -> None:
        nonlocal done
        done += len(rows.numbers)
        own[id(rows)] = _taken(rows, list(homes))
        tell(Step.OWN, done, total)

    for kind in (*RECORD, "claim_line", "payment"):
        for rows in sheets:
            if rows.kind == kind:
                of_kind = _of_record if kind in RECORD else _of_claims
                take(rows, of_kind(rows, keys, known, problems))
    record = [own[id(rows)] for kind in RECORD for rows in sheets if rows.kind == kind]
    orders = OrderHomes(record)
    for rows in sheets:
        if rows.kind in ("order", "access", "encounter"):
            of_orders = orders if rows.kind == "order" else None
            take(rows, _once_each(rows, keys, of_orders, problems))
    return [own.get(id(rows), rows) for rows in sheets], orders


def _taken(rows: RowSet, homes: Homes) -> RowSet:
    """The rows that have an encounter; the sheet itself is left with the fates of all."""
    own = rows.at([place for place, _ in homes], [home for _, home in homes])
    rows.numbers, rows.values, rows.shown = (), {}, {}
    return own


def _of_record(
    rows: RowSet, keys: Keys, known: Mapping[str, str], problems: Problems
) -> Iterator[tuple[int, str]]:
    names = ("status", "action", "drug", "order_id", "taken_at", "start", "stop", "saved_at")
    columns = (rows.column(name) for name in (*OWNERS, *names))
    is_event = rows.kind == "mar_event"
    for place, values in enumerate(zip(*columns, strict=True)):
        status, word, drug, order, at, start, stop, saved = values[3:]
        fate = fate_of(status, word, drug, order, at, known, is_event=is_event)
        if isinstance(fate, str):
            rows.supersede(place, fate)
        elif fate is not None:
            lacks, why = fate
            rows.reject(place, lacks, *why)
            rows.count(problems, f"rows rejected, because each {why.reason}", place)
        else:
            moment = at or start or stop or saved
            home = keys.encounter_of(values[:3], _day(moment))
            yield from _placed(home, rows, place, problems)


def _of_claims(
    rows: RowSet, keys: Keys, known: Mapping[str, str], problems: Problems
) -> Iterator[tuple[int, str]]:
    columns = (rows.column(name) for name in (*OWNERS, _DAY[rows.kind]))
    for place, (*owner, day) in enumerate(zip(*columns, strict=True)):
        home = keys.encounter_of(owner, day if isinstance(day, date) else None)
        yield from _placed(home, rows, place, problems)


def _once_each(
    rows: RowSet, keys: Keys, orders: OrderHomes | None, problems: Problems
) -> Iterator[tuple[int, str]]:
    """Each row once; ``orders`` tell the encounter of a row that has no other."""
    seen: dict[tuple[object, ...], int] = {}
    wanted = dict.fromkeys((*OWNERS, _DAY[rows.kind], *rows.values))
    for place, values in enumerate(zip(*(rows.column(name) for name in wanted), strict=True)):
        earlier = seen.setdefault(values, place)
        if earlier != place:
            rows.supersede(place, f"repeats {rows.source(earlier)}")
            continue
        told: dict[str, Any] = dict(zip(wanted, values, strict=True))
        home = keys.encounter_of(values[:3], _day(told[_DAY[rows.kind]]))
        if isinstance(home, Unread) and orders is not None:
            home = orders.get(told.get("order_id")) or home
        yield from _placed(home, rows, place, problems)


def _day(moment: object) -> date | None:
    return moment.date() if isinstance(moment, datetime) else None


def _placed(
    home: str | Unread, rows: RowSet, place: int, problems: Problems
) -> Iterator[tuple[int, str]]:
    """A row's place with its encounter; a row that has none is rejected."""
    if isinstance(home, str):
        yield place, home
        return
    owner = rows.stated(*_ASKED.get(rows.kind, OWNERS))
    rows.reject(place, owner, *home)
    told = "payments left out" if rows.kind == "payment" else "rows rejected"
    rows.count(problems, f"{told}, because each {home.reason}", place, owner)
