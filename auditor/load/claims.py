"""Rows of claim sheets → claim lines by encounter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.load.ledger import Problems
from auditor.load.rows import RowSet
from auditor.load.values import Code
from auditor.record import ClaimLine, Source

_NAMES = (
    "account_id", "claim_id", "transaction_id", "reverses", "payer",
    "bill_type", "line_number", "revenue_code", "hcpcs", "cpt", "modifiers", "units", "charge",
    "service_date", "paid_amount", "paid_date", "diagnosis_codes", "condition_codes", "department",
    "coder", "ndc", "order_id",
)  # fmt: skip


@dataclass(slots=True)
class Billed:
    """One claim line with the row that states it; ``account`` is its number or the encounter's."""

    encounter_id: str
    account: str
    line: ClaimLine
    rows: RowSet
    place: int
    transaction_id: str | None
    reverses: str | None
    numbered: bool

    def supersede(self, reason: str, field: str | None = None, remedy: str | None = None) -> None:
        """Another row, which ``reason`` names, takes the place of its own."""
        self.rows.supersede(self.place, reason, field, remedy)

    def count(
        self, problems: Problems, what: str, field: str = "line_number", times: int = 1
    ) -> None:
        """Count a problem of its row at its cell of ``field``."""
        self.rows.count(problems, what, self.place, field, times)

    @property
    def source(self) -> Source:
        """The address of its row."""
        return self.rows.source(self.place)


def claim_lines(sheets: Sequence[RowSet]) -> list[Billed]:
    """The lines of all sheets, whose rows have their encounters."""
    return [line for rows in sheets for line in _lines(rows)]


def _lines(rows: RowSet) -> Iterator[Billed]:
    columns = (rows.column(name) for name in _NAMES)
    unnumbered: dict[str, int] = {}
    for place, (encounter, *values) in enumerate(zip(rows.homes, *columns, strict=True)):
        told: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
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
            encounter,
            told["account_id"] or encounter,
            line,
            rows,
            place,
            told["transaction_id"],
            told["reverses"],
            bool(number),
        )


def _moved(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that a row states in the cell of another: a code's stand-in, its modifiers."""
    code_in = "hcpcs" if told["hcpcs"] else "cpt"
    if told["cpt"] and code_in == "cpt":
        yield "hcpcs", "cpt"
    if told["modifiers"] is None and told[code_in] and told[code_in].modifiers:
        yield "modifiers", code_in
