"""Which claim lines stand: repeats, reversals, and bills that later bills replace or void."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from auditor.load.claims import Billed
from auditor.load.ledger import Problems
from auditor.record import ClaimLine

_REPEATS = "rows that repeat an earlier row of the same claim and line number, used once"
_ONCE = "where both were billed, give each a line number of its own"
_ALIKE = "rows that repeat an earlier row in every column and have no line number, used once"
_GONE = "rows of bills that a later bill of the account replaces or voids"
_UNTOLD = (
    "rows of void bills, and which of the account's bills they void cannot be told: leave that "
    "bill out of the file"
)
_REPLACEMENT, _VOID = "7", "8"  # the last digit of a type of bill: its frequency
_ALL = [field.name for field in fields(ClaimLine) if field.name not in ("line_number", "source")]

Bill = list[Billed]


def standing(billed: Sequence[Billed], problems: Problems) -> list[Billed]:
    """The lines that the payer has in the end; every other row has a fate and a sentence."""
    current = _without_earlier_bills(_without_repeats(billed, problems), problems)
    return _without_duplicates(_without_reversed(current), problems)


# ── lines ─────────────────────────────────────────────────────────────────────────────────────


def _without_repeats(billed: Sequence[Billed], problems: Problems) -> list[Billed]:
    """Each claim and line number once; a later row that differs is rejected."""
    first: dict[tuple[str | None, ...], Billed] = {}
    kept = []
    for one in billed:
        if not one.numbered:
            kept.append(one)
            continue
        line = one.line
        name = (
            *(one.encounter_id, line.claim_id, line.bill_type, line.line_number),
            one.transaction_id,
        )
        earlier = first.setdefault(name, one)
        if earlier is one:
            kept.append(one)
        elif _content(earlier) == _content(one):
            one.supersede(f"repeats {earlier.source}", "line_number", _ONCE)
            one.count(problems, f"{_REPEATS}: {_ONCE}")
        else:
            one.rows.reject(
                one.place,
                "line_number",
                f"has the claim and line number of {earlier.source}, but says otherwise",
                "keep the line that was billed",
            )
            what = (
                "rows rejected, because an earlier row has the same line number and says otherwise"
            )
            one.count(problems, what)
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
            one.supersede(f"reverses {other.source}")
            other.supersede(f"reversed by {one.source}")
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


def _without_duplicates(billed: Sequence[Billed], problems: Problems) -> list[Billed]:
    """Lines without a number that agree in all that the file says, the charge included, once."""
    first: dict[tuple[object, ...], Billed] = {}
    kept = []
    for one in billed:
        whole = _whole(one) if not one.numbered and one.line.charge is not None else (id(one),)
        earlier = first.setdefault(whole, one)
        if earlier is one:
            kept.append(one)
        else:
            one.supersede(f"repeats {earlier.source} in every column", None, _ONCE)
            one.count(problems, f"{_ALIKE}: {_ONCE}")
    return kept


def _whole(one: Billed) -> tuple[object, ...]:
    told = (getattr(one.line, name) for name in _ALL)
    return one.encounter_id, one.account, one.transaction_id, one.reverses, *told


# ── bills ─────────────────────────────────────────────────────────────────────────────────────


def _without_earlier_bills(billed: Sequence[Billed], problems: Problems) -> list[Billed]:
    """The lines without the bills that a replacement takes the place of or a void takes back."""
    accounts: dict[str, dict[tuple[str, str | None], Bill]] = {}
    for one in billed:
        name = (one.line.claim_id, one.line.bill_type)
        accounts.setdefault(one.account, {}).setdefault(name, []).append(one)
    gone: set[int] = set()
    for bills in accounts.values():
        for bill, reason in _settle(list(bills.values()), problems):
            for one in bill:
                if id(one) not in gone:
                    one.supersede(reason, "bill_type")
                    one.count(problems, _GONE, "bill_type")
            gone |= set(map(id, bill))
    return [one for one in billed if id(one) not in gone]


def _settle(bills: list[Bill], problems: Problems) -> Iterator[tuple[Bill, str]]:
    """The bills of one account that do not stand, each with the reason."""
    replacements = sorted((b for b in bills if _frequency(b) == _REPLACEMENT), key=_recency)
    voids = [bill for bill in bills if _frequency(bill) == _VOID]
    replaced: list[Bill] = []
    for number, replacement in enumerate(replacements):
        earlier = [b for b in bills if _frequency(b) not in (_REPLACEMENT, _VOID)]
        for bill in (*earlier, *replacements[:number]):
            if _is_of(replacement, bill) and not any(bill is other for other in replaced):
                replaced.append(bill)
                yield bill, f"replaced by the later bill of {replacement[0].source}"
    others = [bill for bill in bills if _frequency(bill) != _VOID]
    for void in voids:
        candidates = [bill for bill in others if _is_of(void, bill)]
        left = [b for b in candidates if not any(b is other for other in replaced)]
        alike = [bill for bill in candidates if _services(bill) == _services(void)]
        voided = (alike or (left if len(left) == 1 else []))[:1]
        if candidates and not voided:
            void[0].count(problems, _UNTOLD, "bill_type", len(void))
        for bill in voided:
            yield bill, f"voided by the later bill of {void[0].source}"
        others = [bill for bill in others if not any(bill is gone for gone in voided)]
        of = str(voided[0][0].source) if voided else "a bill that cannot be told"
        yield void, f"voids {of if candidates else 'a bill that no file has'}"


def _is_of(later: Bill, bill: Bill) -> bool:
    """Whether a later bill is for the same kind of stay and dates as another one."""
    if (later[0].line.bill_type or "")[:-1] != (bill[0].line.bill_type or "")[:-1]:
        return False
    one, other = (
        sorted(b.line.service_date for b in lines if b.line.service_date) for lines in (later, bill)
    )
    return not one or not other or (one[0] <= other[-1] and other[0] <= one[-1])


def _frequency(bill: Bill) -> str | None:
    told = bill[0].line.bill_type
    return told[-1] if told and len(told) == 3 else None


def _recency(bill: Bill) -> tuple[Any, ...]:
    """Which of several replacements is the last: by its payment, else by its number."""
    paid = max((b.line.paid_date.toordinal() for b in bill if b.line.paid_date), default=0)
    return paid, bill[0].line.claim_id


def _services(bill: Bill) -> Counter[tuple[object, ...]]:
    """What a bill bills, whether it writes its units as taken back or not."""
    return Counter(
        (b.line.hcpcs, b.line.modifiers, abs(b.line.units or 0), b.line.service_date) for b in bill
    )
