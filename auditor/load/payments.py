"""What was paid, put beside the claim lines for which it was paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from auditor.load.claims import Billed
from auditor.load.ledger import Problems
from auditor.load.moments import Unread
from auditor.load.rows import RowSet
from auditor.load.values import Code

_NAMES = (
    "transaction_id", "bill_type", "revenue_code", "hcpcs", "modifiers", "units", "charge",
    "service_date", "paid_amount", "paid_date",
)  # fmt: skip
_WHOLE = Unread(
    "pays a claim as a whole and names no service line",
    "nothing needs to be done; payments are shown by line only",
)
_NO_CLAIM = Unread(
    "is for a bill of which no file has a line", "give the claims of the same dates as well"
)
_NO_LINE = Unread(
    "is for a service that no claim line has with its code, modifiers and date",
    "compare the line with the claim that was sent",
)


def paid(
    billed: Sequence[Billed], payments: Sequence[RowSet], problems: Problems
) -> Iterator[Billed]:
    """The claim lines, each with the sum of what was paid for it and the last day of payment.

    A payment is for the line of its bill with the same code, modifiers and date; of several by the
    line's control number, else by charge and units, else in the order of both files.  A reversal
    is paid back on the line that it reverses.  Other payments are rejected with the reason.
    """
    by_encounter: dict[str, list[Billed]] = {}
    for one in billed:
        by_encounter.setdefault(one.encounter_id, []).append(one)
    amounts: dict[int, Decimal] = {}
    days: dict[int, date] = {}
    for rows in payments:
        columns = (rows.column(name) for name in _NAMES)
        for place, (home, *values) in enumerate(zip(rows.homes, *columns, strict=True)):
            told: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
            line = _line_of(told, by_encounter.get(home, []), amounts)
            if isinstance(line, Unread):
                rows.reject(place, "account_id", *line)
                rows.count(problems, f"payments left out, because each {line.reason}", place)
                continue
            amount, day = told["paid_amount"] or Decimal(0), told["paid_date"]
            amounts[id(line)] = amounts.get(id(line), Decimal(0)) + amount
            if day is not None:
                days[id(line)] = max(day, days.get(id(line), day))
    for one in billed:
        if id(one) in amounts:
            paid_date = days.get(id(one), one.line.paid_date)
            one.line = replace(one.line, paid_amount=amounts[id(one)], paid_date=paid_date)
        yield one


def _line_of(
    told: dict[str, Any], lines: Sequence[Billed], amounts: dict[int, Decimal]
) -> Billed | Unread:
    """The line that a payment is for, or why there is none."""
    if told["hcpcs"] is None and told["revenue_code"] is None:
        return _WHOLE
    if not lines:
        return _NO_CLAIM
    candidates = [one for one in lines if _is_for(told, one)]
    if not candidates:
        return _NO_LINE
    return min(candidates, key=lambda one: _distance(told, one, id(one) in amounts))


def _is_for(told: dict[str, Any], one: Billed) -> bool:
    code: Code | None = told["hcpcs"]
    line = one.line
    same_day = told["service_date"] in (None, line.service_date)
    if code is None:
        return same_day and line.hcpcs is None and line.revenue_code == told["revenue_code"]
    modifiers = {*code.modifiers, *(told["modifiers"] or ())}
    return same_day and line.hcpcs == code.hcpcs and set(line.modifiers) == modifiers


def _distance(told: dict[str, Any], one: Billed, has_payment: bool) -> tuple[bool, ...]:
    """How far a line is from the one meant; a reversal looks for a line that has been paid."""
    control = told["transaction_id"]
    names = (one.transaction_id, one.line.line_number)
    takes_back = (told["charge"] or Decimal(0)) < 0
    return (
        control is not None and control not in names,
        abs(told["charge"] or 0) != (one.line.charge or 0),
        told["units"] is not None and abs(told["units"]) != one.line.units,
        has_payment is not takes_back,
    )
