"""The form-gap table: blanks of required elements by unit, form and kind of administration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from report_fixtures import (
    MAR,
    a_ledger,
    audit_of,
    encounter,
    given,
    infusion_without_stop,
    supports_of,
)

from auditor.record import Administration, Sheet, Source
from auditor.report.case import cases_of
from auditor.report.gaps import FormGap, form_gaps, gap_counts
from auditor.report.rate import Rate
from auditor.report.summary import summarise
from tests.cases import EVERY_FIELD

LOG = Sheet("log.csv", None, {"staff": "C"})


def gaps_of(
    administrations: Iterable[Administration], supplied: frozenset[str] = EVERY_FIELD
) -> dict[tuple[str, str, str, str], FormGap]:
    audit = audit_of(encounter("E-1", tuple(administrations), supplied=supplied))
    gaps = form_gaps(gap_counts(cases_of(audit, supports_of(audit))))
    return {(gap.unit, gap.form, gap.kind, gap.element): gap for gap in gaps}


def pushes(
    number: int, unit: str | None = "ED", staff: str | None = "RN-1"
) -> list[Administration]:
    one = given("morphine", "10:00", row=2)
    return [
        replace(one, administration_id=f"{staff} {n}", department=unit, staff=staff)
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("signed", "unsigned", "share"), [(28, 1, "too few"), (29, 1, "3.3%"), (30, 0, "0.0%")]
)
def test_a_share_has_its_denominator_and_is_silent_below_30(
    signed: int, unsigned: int, share: str
) -> None:
    gaps = gaps_of([*pushes(signed), *pushes(unsigned, staff=None)])
    gap = gaps["ED", "mar.xlsx · MAR", "push", "staff"]
    assert (gap.blank, gap.required) == (Rate(unsigned, signed + unsigned), signed + unsigned)
    assert gap.share_words == share


def test_without_any_column_nothing_is_blank() -> None:
    supplied = EVERY_FIELD - {"administration.staff"}
    gap = gaps_of(pushes(2, staff=None), supplied)["ED", "mar.xlsx · MAR", "push", "staff"]
    assert (gap.required, gap.blank, gap.share_words) == (2, None, "no column")


def test_units_forms_and_kinds_stand_apart() -> None:
    elsewhere = replace(pushes(1, unit=" ")[0], sources=(Source(LOG, 9),))
    infusion = replace(infusion_without_stop("vancomycin", "10:00"), department="ED")
    gaps = gaps_of([*pushes(1), elsewhere, infusion])
    assert {key[:3] for key in gaps} == {
        ("ED", "mar.xlsx · MAR", "push"),
        ("not stated", "log.csv", "push"),
        ("ED", "mar.xlsx · MAR", "infusion"),
    }
    assert gaps["not stated", "log.csv", "push", "staff"].column == "C"
    assert gaps["not stated", "log.csv", "push", "dose"].column == "none"
    assert gaps["ED", "mar.xlsx · MAR", "infusion", "stop"].column == MAR.columns["stop"]
    assert ("ED", "mar.xlsx · MAR", "push", "stop") not in gaps


def test_most_blanks_come_first_and_what_nobody_can_tell_last() -> None:
    supplied = EVERY_FIELD - {"administration.credential"}
    some = [replace(one, dose=Decimal(1), order_id="O1") for one in pushes(3)]
    gaps = gaps_of([*some, replace(some[0], administration_id="x", staff=None)], supplied)
    assert [key[3] for key in gaps] == ["staff", "order", "dose", "start", "credential"]


def test_the_report_says_what_no_file_has_a_column_for() -> None:
    audit = audit_of(encounter("E-1", tuple(pushes(1)), supplied=EVERY_FIELD))
    cases = cases_of(audit, supports_of(audit))
    assert summarise(audit, cases, a_ledger()).untold == ""
    orders = frozenset({"order.drug", "administration.order_id"})
    blind = audit_of(encounter("E-1", tuple(pushes(1)), supplied=orders))
    cases = cases_of(blind, supports_of(blind))
    assert summarise(blind, cases, a_ledger()).untold == (
        "No file has a column for dose, start, staff and credential: nobody can tell a blank."
    )
