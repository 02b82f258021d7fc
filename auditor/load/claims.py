"""Rows of claim sheets → claim lines by encounter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from auditor.load.keys import Keys
from auditor.load.ledger import Problems
from auditor.load.moments import Unread
from auditor.load.rows import RowSet
from auditor.load.values import Code
from auditor.record import ClaimLine, Source

_NAMES = (
    "encounter_id", "account_id", "patient_id", "claim_id", "transaction_id", "reverses", "payer",
    "bill_type", "line_number", "revenue_code", "hcpcs", "cpt", "modifiers", "units", "charge",
    "service_date", "paid_amount", "paid_date", "diagnosis_codes", "condition_codes", "department",
    "coder", "ndc", "order_id",
)  # fmt: skip


@dataclass(slots=True)
class Billed:
    """One claim line with the row that states it."""

    encounter_id: str
    line: ClaimLine
    rows: RowSet
    place: int
    transaction_id: str | None
    reverses: str | None
    numbered: bool

    @property
    def source(self) -> Source:
        """The address of its row."""
        return self.rows.source(self.place)


def claim_lines(sheets: Sequence[RowSet], keys: Keys, problems: Problems) -> list[Billed]:
    """Every line that stands, without repeats, contradictions and reversed pairs."""
    billed = [line for rows in sheets for line in _lines(rows, keys, problems)]
    return _without_reversed(_without_repeats(billed, problems))


def _lines(rows: RowSet, keys: Keys, problems: Problems) -> Iterator[Billed]:
    columns = [rows.column(name) for name in _NAMES]
    unnumbered: dict[str, int] = {}
    for place, values in enumerate(zip(*columns, strict=True)):
        told: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
        encounter = keys.encounter_of(values[:3], told["service_date"])
        if isinstance(encounter, Unread):
            rows.reject(place, "account_id", *encounter)
            cell = f"{rows.sheet.columns.get('account_id', '')}{rows.numbers[place]}"
            problems.count(rows.tally.name, f"rows rejected, because each {encounter.reason}", cell)
            continue
        claim = told["claim_id"] or told["account_id"] or encounter
        number = told["line_number"]
        if number is None:
            unnumbered[claim] = unnumbered.get(claim, 0) + 1
        code: Code | None = told["hcpcs"] or told["cpt"]
        beside = told["modifiers"] or ()
        line = ClaimLine(
            claim_id=claim,
            line_number=number or str(unnumbered[claim]),
            hcpcs=code.hcpcs if code else None,
            modifiers=tuple(dict.fromkeys((*(code.modifiers if code else ()), *beside))),
            units=told["units"],
            service_date=told["service_date"],
            revenue_code=told["revenue_code"],
            charge=told["charge"],
            payer=told["payer"],
            bill_type=told["bill_type"],
            paid_amount=told["paid_amount"],
            paid_date=told["paid_date"],
            diagnosis_codes=told["diagnosis_codes"] or (),
            condition_codes=told["condition_codes"] or (),
            department=told["department"],
            coder=told["coder"],
            ndc=told["ndc"],
            order_id=told["order_id"],
            source=replace(rows.source(place), moved=tuple(_moved(told))),
        )
        yield Billed(
            encounter, line, rows, place, told["transaction_id"], told["reverses"], bool(number)
        )


def _moved(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that a row states in the cell of another: a code's stand-in, its modifiers."""
    code_in = "hcpcs" if told["hcpcs"] else "cpt"
    if told["cpt"] and code_in == "cpt":
        yield "hcpcs", "cpt"
    if told["modifiers"] is None and told[code_in] and told[code_in].modifiers:
        yield "modifiers", code_in


def _without_repeats(billed: Sequence[Billed], problems: Problems) -> list[Billed]:
    """Each claim and line number once; a later row that differs is rejected."""
    first: dict[tuple[str, str, str, str | None], Billed] = {}
    kept = []
    for one in billed:
        if not one.numbered:
            kept.append(one)
            continue
        name = (one.encounter_id, one.line.claim_id, one.line.line_number, one.transaction_id)
        earlier = first.setdefault(name, one)
        if earlier is one:
            kept.append(one)
        elif _content(earlier) == _content(one):
            one.rows.supersede(one.place, f"repeats {earlier.source}")
        else:
            one.rows.reject(
                one.place,
                "line_number",
                f"has the claim and line number of {earlier.source}, but says otherwise",
                "keep the line that was billed",
            )
            cell = f"{one.rows.sheet.columns['line_number']}{one.rows.numbers[one.place]}"
            what = (
                "rows rejected, because an earlier row has the same line number and says otherwise"
            )
            problems.count(one.rows.tally.name, what, cell)
    return kept


def _content(one: Billed) -> tuple[object, ...]:
    line = one.line
    return (
        line.hcpcs, line.modifiers, line.units, line.service_date, line.revenue_code, line.charge,
        line.paid_amount,
    )  # fmt: skip


def _without_reversed(billed: Sequence[Billed]) -> list[Billed]:
    """The lines without the pairs of which one takes the other back."""
    by_transaction = {one.transaction_id: one for one in billed if one.transaction_id}
    gone: set[int] = set()
    for one in billed:
        if id(one) in gone:
            continue
        other = by_transaction.get(one.reverses) if one.reverses else None
        if other is None and (one.line.units or Decimal(0)) < 0:
            other = next((o for o in billed if id(o) not in gone and _takes_back(one, o)), None)
        if other is not None and other is not one:
            one.rows.supersede(one.place, f"reverses {other.source}")
            other.rows.supersede(other.place, f"reversed by {one.source}")
            gone |= {id(one), id(other)}
    return [one for one in billed if id(one) not in gone]


def _takes_back(one: Billed, other: Billed) -> bool:
    """Whether one line is the other with negative units."""
    a, b = one.line, other.line
    return (
        a.units is not None
        and b.units == -a.units
        and (a.claim_id, a.hcpcs, a.modifiers, a.service_date, a.revenue_code)
        == (b.claim_id, b.hcpcs, b.modifiers, b.service_date, b.revenue_code)
    )
