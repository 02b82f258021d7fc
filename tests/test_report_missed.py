"""Missed charges: what supports them, and what the claim would be paid more with them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from report_fixtures import at, audit_of, billed, encounter, given, saline, supports_of

import checks
from auditor import Encounter, Policy
from auditor.check import discover
from auditor.record import ClaimLine
from auditor.report.case import cases_of
from auditor.report.missed import MissedCharge, missed_rows
from auditor.tables.published import PublicTables
from tests.cases import EVERY_FIELD
from tests.test_money import RATES, tables_of

TABLES = tables_of(RATES, "2026Q3")


(NOT_BILLED,) = (check for check in discover(checks) if check.id == "administration_not_billed")


def missed(audited: Encounter, tables: PublicTables = TABLES) -> list[MissedCharge]:
    audit = audit_of(replace(audited, tables=tables), checks=(NOT_BILLED,), supplied=EVERY_FIELD)
    return list(missed_rows(cases_of(audit, supports_of(audit)), Policy()))


def visit(*lines: ClaimLine) -> Encounter:
    """Two pushes and 150 minutes of hydration: 96374, 96375, 96361 ×2."""
    given_then = (
        saline("09:00", "11:30"),
        given("morphine", "09:10", row=3),
        given("ondansetron", "09:20", row=4),
    )
    return encounter("E-1", given_then, lines)


def test_the_claim_is_priced_as_a_whole_with_all_its_missed_services() -> None:
    rows = missed(visit(billed("96374")))
    assert [(row.code, row.units) for row in rows] == [("96361", 2), ("96375", 1)]
    assert [row.payment for row in rows] == [Decimal("30.00"), None]  # 2 × 10 + 10
    assert [row.unpriced for row in rows] == ["", ""]
    assert rows[0].supported_by == "sodium chloride 09/03/2026 09:00 to 11:30"
    assert rows[1].rows == "mar.xlsx · MAR · row 4"


def test_the_department_goes_with_the_services_added() -> None:
    (hydration, _) = missed(visit(billed("96374", 1, "PN")))
    assert hydration.payment == Decimal("12.00")  # at 40 percent


def test_without_a_price_there_is_a_reason() -> None:
    rows = missed(visit(billed("96374")), PublicTables())
    assert [row.payment for row in rows] == [None, None]
    assert all(row.unpriced == "OPPS Addendum B of 2026Q3 is not loaded" for row in rows)


def test_a_new_drug_billed_as_more_of_an_earlier_one_is_missed_and_priced_in_its_place() -> None:
    claim = (billed("96374"), billed("96376", number=2), billed("96361", 2, number=3))
    (push,) = missed(visit(*claim))
    assert (push.code, push.instead, push.units, push.bill) == ("96375", "96376", 1, "yes")
    assert push.payment == Decimal("10.00")  # 96376 is packaged
    (pushes,) = missed(visit(claim[0], billed("96376", 3, number=2), claim[2]))
    assert (pushes.units, pushes.payment) == (1, Decimal("10.00"))


def test_what_is_billed_under_the_code_of_another_technique_is_not_missed() -> None:
    assert missed(visit(billed("96374"), billed("96367", number=2), billed("96361", 2))) == []


def test_what_has_to_be_known_first_is_said_and_not_priced() -> None:
    admitted = replace(visit(billed("96374"), billed("96375", number=2)), inpatient_at=at("12:00"))
    (hydration,) = missed(admitted)
    assert (hydration.bill, hydration.payment) == ("not yet", None)
    assert "bill type would tell" in hydration.wait_for


def test_an_encounter_without_a_claim_misses_nothing() -> None:
    assert missed(visit()) == []
