"""Rows → the encounters that they are of; a row of none is rejected, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from auditor.load.entries import fate_of
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

# The times of a row of the record; the first that it has is its day.
_MOMENTS = ("taken_at", "start", "stop", "saved_at")

Homes = Sequence[tuple[int, str]]
Owner = tuple[Any, Any, Any]
"""A row's encounter, account and patient numbers, each of which may be ``None``."""


class Answers(Protocol):
    """Tells the encounter of a row: :class:`auditor.load.keys.Keys`, or who has asked them."""

    def encounter_of(self, owner: Owner, day: date | None) -> str | Unread:
        """The encounter of a row with this day; Unread where nothing tells."""


def days_of(kind: str) -> Sequence[str]:
    """The fields by which a row of a kind is of one visit or another; the first that it has."""
    return _MOMENTS if kind in RECORD else tuple(filter(None, [_DAY.get(kind)]))


def asked_of(rows: RowSet) -> Iterator[tuple[Owner, date | None]]:
    """By what the encounter of each row is asked for."""
    columns = (rows.column(name) for name in (*OWNERS, *days_of(rows.kind)))
    for encounter, account, patient, *moments in zip(*columns, strict=True):
        day: Any = next(filter(None, moments), None)
        yield (encounter, account, patient), day.date() if isinstance(day, datetime) else day


class OrdersOf(Protocol):
    """Tells the encounter of an order: :class:`OrderHomes`, or what they have told."""

    def get(self, order: Any) -> str | None:
        """The encounter of an order, ``None`` where the record does not name it."""


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
    keys: Answers,
    known: Mapping[str, str],
    problems: Problems,
    tell: Tell = silent,
    orders: OrdersOf | None = None,
) -> tuple[list[RowSet], OrdersOf]:
    """The sheets with the rows that have an encounter, and the encounters of the record's orders.

    ``known`` are the classes of action words; ``orders`` the encounters of orders, where the record
    has further sheets.  Sheets of drugs have no encounters.
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
                take(
                    rows,
                    _of_record(rows, keys, known, problems)
                    if kind in RECORD
                    else _of_claims(rows, keys, problems),
                )
    record = [own[id(rows)] for kind in RECORD for rows in sheets if rows.kind == kind]
    orders = orders or OrderHomes(record)
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
    rows: RowSet, keys: Answers, known: Mapping[str, str], problems: Problems
) -> Iterator[tuple[int, str]]:
    names = ("status", "action", "drug", "order_id", "taken_at")
    columns = zip(asked_of(rows), *(rows.column(name) for name in names), strict=True)
    is_event = rows.kind == "mar_event"
    for place, (asked, status, word, drug, order, at) in enumerate(columns):
        fate = fate_of(status, word, drug, order, at, known, is_event=is_event)
        if isinstance(fate, str):
            rows.supersede(place, fate)
        elif fate is not None:
            lacks, why = fate
            rows.reject(place, lacks, *why)
            rows.count(problems, f"rows rejected, because each {why.reason}", place)
        else:
            yield from _placed(keys.encounter_of(*asked), rows, place, problems)


def _of_claims(rows: RowSet, keys: Answers, problems: Problems) -> Iterator[tuple[int, str]]:
    for place, asked in enumerate(asked_of(rows)):
        yield from _placed(keys.encounter_of(*asked), rows, place, problems)


def _once_each(
    rows: RowSet, keys: Answers, orders: OrdersOf | None, problems: Problems
) -> Iterator[tuple[int, str]]:
    """Each row once; ``orders`` tell the encounter of a row that has no other."""
    seen: dict[tuple[object, ...], int] = {}
    wanted = dict.fromkeys((*OWNERS, _DAY[rows.kind], *rows.values))
    columns = zip(*(rows.column(name) for name in wanted), strict=True)
    ordered = rows.column("order_id")
    for place, (values, asked, order) in enumerate(
        zip(columns, asked_of(rows), ordered, strict=True)
    ):
        earlier = seen.setdefault(values, place)
        if earlier != place:
            rows.supersede(place, f"repeats {rows.source(earlier)}")
            continue
        home = keys.encounter_of(*asked)
        if isinstance(home, Unread) and orders is not None:
            home = orders.get(order) or home
        yield from _placed(home, rows, place, problems)


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
