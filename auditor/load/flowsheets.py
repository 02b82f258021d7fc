"""Infusion flowsheets → charted actions of the record that they stand beside.

A flowsheet row says when a bag was hung and taken down, and at which rate it ran; of which drug and
patient, the record of administrations says, which has the same order or bag, or else the order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from auditor.load.cells import Values
from auditor.load.ledger import Problems
from auditor.load.rows import OWNERS, RowSet

_TOLD = (*OWNERS, "order_id", "drug")  # what the record says of a flowsheet's bag
_START, _RATE, _STOP = "Flowsheet Start", "Flowsheet Rate", "Flowsheet Stop"

Given = dict[str, Any]


def with_flowsheets(sheets: Sequence[RowSet], problems: Problems) -> list[RowSet]:
    """The sheets, each flowsheet as the charted actions that its rows tell of.

    A row of the record that has a start and leaves its stop to a flowsheet is a charted start.
    """
    flowsheets = [rows for rows in sheets if rows.kind == "flowsheet"]
    if not flowsheets:
        return list(sheets)
    record = _Record(sheets)
    charted = [_charted(rows, record, problems) for rows in flowsheets]
    bags = {name for rows in flowsheets for name in _names(rows)}
    others = [rows for rows in sheets if rows.kind != "flowsheet"]
    return [*(part for rows in others for part in _apart(rows, bags)), *charted]


def is_charted_flowsheet(rows: RowSet) -> bool:
    """Whether the actions were made of a flowsheet, which has no column for them."""
    return rows.kind == "mar_event" and "action" not in rows.sheet.columns


def _names(rows: RowSet) -> list[tuple[object, object]]:
    """The order and bag of each row."""
    return list(zip(rows.column("order_id"), rows.column("bag_id"), strict=True))


def _apart(rows: RowSet, bags: set[tuple[object, object]]) -> list[RowSet]:
    """The sheet, its rows of which a flowsheet has the stop apart from those that say all."""
    if rows.kind != "administration" or "start" not in rows.values:
        return [rows]
    orders, only_bags = {o for o, b in bags if b is None}, {b for o, b in bags if o is None}
    left = np.array(
        [
            start is not None
            and stop is None
            and (name in bags or name[0] in orders - {None} or name[1] in only_bags - {None})
            for name, start, stop in zip(
                _names(rows), rows.column("start"), rows.column("stop"), strict=True
            )
        ],
        dtype=bool,
    )
    if not left.any():
        return [rows]
    started = rows.some(left)
    action = Values.of([_START] * int(left.sum()))
    values = {**started.values, "action": action, "taken_at": started.values["start"]}
    values.pop("start")
    values.pop("stop", None)
    columns = {**rows.sheet.columns, "taken_at": rows.sheet.columns["start"]}
    sheet = replace(rows.sheet, columns=columns)
    started = replace(started, kind="mar_event", values=values, sheet=sheet, lost=[])
    return [rows.some(~left), started]


class _Record:
    """What was given by order and bag, by order or bag alone; the order where nothing was."""

    def __init__(self, sheets: Sequence[RowSet]) -> None:
        self._by_key: dict[tuple[str | None, str | None], list[Given]] = {}
        self._learn([rows for rows in sheets if rows.kind in ("mar_event", "administration")])
        given = set(self._by_key)
        self._learn([rows for rows in sheets if rows.kind == "order"], besides=given)

    def _learn(
        self, sheets: Sequence[RowSet], besides: Collection[tuple[object, object]] = ()
    ) -> None:
        for rows in sheets:
            names = (*_TOLD, "bag_id", "taken_at", "start")
            for values in zip(*(rows.column(name) for name in names), strict=True):
                given = dict(zip(names, values, strict=True))
                order, bag = given["order_id"], given["bag_id"]
                for name in {(order, bag), (order, None), (None, bag)} - {(None, None), *besides}:
                    self._by_key.setdefault(name, []).append(given)

    def of(self, order: str | None, bag: str | None) -> list[Given]:
        """The rows that a flowsheet row is about: those of its bag, else those of its order."""
        names: list[tuple[str | None, str | None]] = [(order, bag), (order, None)]
        found = (self._by_key[name] for name in names if name in self._by_key and any(name))
        return next(found, [])


def _charted(rows: RowSet, record: _Record, problems: Problems) -> RowSet:
    """The actions of one flowsheet: each row's stop, its rate, and a start nobody else charts."""
    names = ("order_id", "bag_id", "start", "stop", "rate", *OWNERS, "drug")
    places: list[int] = []
    told: list[Given] = []
    for place, row in enumerate(zip(*(rows.column(name) for name in names), strict=True)):
        own = dict(zip(names, row, strict=True))
        if own["start"] is None and own["stop"] is None:
            _reject(rows, place, "stop", "has no time", "give the time of the stop", problems)
            continue
        given = record.of(own["order_id"], own["bag_id"])
        if not given and not any(own[name] for name in OWNERS):
            _reject(rows, place, "order_id" if own["order_id"] else "bag_id", *_ALONE, problems)
            continue
        also = {name: own.get(name) or _same(given, name) for name in _TOLD}
        for action, at in _actions(own, given):
            places.append(place)
            told.append({**also, "action": action, "taken_at": at})
    kept = np.array(places, np.intp)
    values = {name: of.take(kept) for name, of in rows.values.items()}
    for name in (*_TOLD, "action", "taken_at"):
        values[name] = Values.of([one[name] for one in told])
    for name in ("start", "stop"):
        values.pop(name, None)
    return replace(
        rows.with_column("taken_at", "stop"),
        kind="mar_event",
        numbers=[rows.numbers[place] for place in places],
        values=values,
        shown={name: cells.take(kept) for name, cells in rows.shown.items()},
    )


_ALONE = (
    "belongs to no order or bag of the administration record",
    "give the order or bag number that the record has",
)


def _actions(own: Given, given: Sequence[Given]) -> list[tuple[str, datetime]]:
    """What one row charts; a start that the record has too is not said again."""
    actions = []
    start, stop = own["start"], own["stop"]
    if start is not None:
        if start not in {at for one in given for at in (one["taken_at"], one["start"])}:
            actions.append((_START, start))
        elif own["rate"] is not None:
            actions.append((_RATE, start))
    return [*actions, *([(_STOP, stop)] if stop is not None else [])]


def _same(given: Sequence[Given], name: str) -> Any:
    """What all rows of a bag say, ``None`` where they differ."""
    said = {one[name] for one in given}
    return said.pop() if len(said) == 1 else None


def _reject(
    rows: RowSet, place: int, field: str, reason: str, remedy: str, problems: Problems
) -> None:
    rows.reject(place, field, reason, remedy)
    rows.count(problems, f"rows rejected, because each {reason}", place, field)
