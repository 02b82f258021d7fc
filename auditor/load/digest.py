"""The rows of a sheet that tell all what the whole sheet tells of other sheets' rows.

Whose a row is, which encounters bear on each other, which columns and codes and days there are: for
all that one row of many that say the same is enough, so that somebody who knows only the digests of
all sheets can decide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import numpy as np

from auditor.load.cells import Codes, Rows, Values
from auditor.load.owners import days_of
from auditor.load.rows import OWNERS, RowSet

_BLANK = np.array([None], object)
# What rows are told apart by, besides their numbers and days.
_ALSO = {
    "encounter": ("arrived_at", "registered_at", "observation_start", "discharged_at"),
    "claim_line": ("claim_id", "reverses"),
}
_EACH = ("action", "hcpcs", "cpt")  # of which each value is there once


def digest(rows: RowSet) -> RowSet:
    """The first row of each that tells something; times are days, and other fields are blank.

    A sheet of drugs, which is small and no encounter's, is its own digest.
    """
    if rows.kind == "drug":
        return rows
    told = [*OWNERS, *days_of(rows.kind), *_ALSO.get(rows.kind, ())]
    values = {name: _by_day(rows.values[name]) for name in told if name in rows.values}
    if "order_id" in rows.values:  # which tells the encounter where no number does
        owner = rows.values.get("encounter_id")
        orders = rows.values["order_id"]
        values["order_id"] = (
            orders.blanked(owner.where(lambda n: n is not None)) if owner else orders
        )
    each = {name: rows.values[name] for name in _EACH if name in rows.values}
    firsts = [_firsts(values.values(), len(rows.numbers))]
    firsts += (_firsts([one], len(rows.numbers)) for one in each.values())
    return reduced(rows, np.unique(np.concatenate(firsts)), values | each)


def reduced(rows: RowSet, places: Rows, told: dict[str, Values]) -> RowSet:
    """The rows in some places with what is ``told`` of them; their other fields are blank."""
    some = rows.at(places.tolist(), [rows.homes[p] for p in places.tolist()] if rows.homes else ())
    nothing = Values(np.zeros(len(places), np.int32), _BLANK)
    values = {name: told[name].take(places) if name in told else nothing for name in rows.values}
    return replace(some, values=values, shown={})


def _by_day(values: Values) -> Values:
    """The same values, times as the beginnings of their days."""
    return replace(values, distinct=_each(values.distinct, _day))


def _each(values: Any, change: Callable[[Any], object]) -> Any:
    changed = np.empty(len(values), object)
    changed[:] = [change(value) for value in values]
    return changed


def _day(value: object) -> object:
    if isinstance(value, datetime):
        return datetime.combine(value.date(), time(), value.tzinfo)
    return value


def _firsts(columns: Iterator[Values] | Any, rows: int) -> Rows:
    """The places of the first of all rows that have the same values in all columns."""
    combined: Any = np.zeros(rows, np.int64)
    for values in columns:
        places: dict[object, int] = {}
        codes: Codes = np.array([places.setdefault(v, len(places)) for v in values.distinct])
        pairs = combined * (len(places) + 1) + codes[values.codes]
        _, combined = np.unique(pairs, return_inverse=True)
    return np.unique(combined, return_index=True)[1]
