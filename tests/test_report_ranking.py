"""Problem codes and pivots: who and what the differences and deficiencies concern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest
from report_fixtures import (
    MODIFIER,
    NO_STOP,
    a_check,
    audit_of,
    billed,
    encounter,
    given,
    infusion_without_stop,
    saline,
    supports_of,
)

from auditor import Cure, DrugClass, Encounter, Policy, Verdict, deficient
from auditor.report.case import cases_of
from auditor.report.pivots import Pivot, PivotRow, pivot_counts, pivots
from auditor.report.ranking import ProblemCode, code_counts, problem_codes
from auditor.report.rate import Rate
from auditor.run import Audit


def codes_of(*encounters: Encounter) -> dict[str, ProblemCode]:
    audit = audit_of(*encounters)
    return {
        code.code: code for code in problem_codes(code_counts(cases_of(audit, supports_of(audit))))
    }


def pivot_of(title: str, audit: Audit) -> Pivot:
    return {
        p.title: p for p in pivots(audit.results, pivot_counts(cases_of(audit, supports_of(audit))))
    }[title]


def test_over_and_under_do_not_cancel() -> None:
    too_many = encounter("E-1", (saline("09:00", "10:30"),), (billed("96360", 2),))
    too_few = encounter("E-2", (saline("09:00", "10:30"),), (billed("99284"),))
    right = encounter("E-3", (saline("09:00", "10:30"),), (billed("96360"),))
    code = codes_of(too_many, too_few, right)["96360"]
    assert (code.billed, code.supported, code.over, code.under, code.difference) == (3, 3, 1, 1, 2)
    assert code.differing == Rate(2, 3)
    assert code.cause == "billed beyond what the record supports (1 of 2 units)"


def test_ranked_by_units_in_difference() -> None:
    pushed = encounter("E-1", (given("ondansetron", "10:00"),), (billed("96365", 3),))
    codes = codes_of(pushed, encounter("E-2", (saline("09:00", "10:30"),), (billed("96360"),)))
    assert [(code.code, code.difference) for code in codes.values()] == [
        ("96365", 3),
        ("96374", 1),
        ("96360", 0),
    ]
    assert codes["96374"].cause == "billed as 96365 (1 of 1 unit)"
    assert codes["96360"].cause == ""


def test_a_deleted_code_counts_as_the_one_that_took_its_place() -> None:
    codes = codes_of(encounter("E-1", (), (billed("90765"),)))
    assert [(code.code, code.billed) for code in codes.values()] == [("96365", 1)]


def test_services_that_changed_places_have_a_cause() -> None:
    swapped = encounter(
        "E-1",
        (given("ondansetron", "09:00"), given("ceftriaxone", "10:00", "11:00", row=3)),
        (billed("96374"), billed("96367", number=2)),
    )
    codes = codes_of(swapped)
    assert codes["96367"].cause == "changes places with the initial service (1 of 1 unit)"
    assert codes["96374"].cause == "billed instead of 96365 (1 of 1 unit)"


def test_findings_on_the_lines_of_a_code_are_counted_by_check() -> None:
    untimed = encounter(
        "E-1",
        (infusion_without_stop("vancomycin", "10:00"),),
        (billed("96365", 1, "59"), billed("96366", number=2)),
    )
    codes = codes_of(untimed)
    assert codes["96365"].findings == ((MODIFIER.title, 1), (NO_STOP.title, 1))
    assert codes["96366"].findings == ((NO_STOP.title, 1),)


# -- pivots ----------------------------------------------------------------------------------------


def faulty(key: str, coder: str | None, *modifiers: str, start: str = "10:00") -> Encounter:
    row = replace(infusion_without_stop("vancomycin", start), department="ED", staff="RN-1")
    return encounter(key, (row,), (replace(billed("96365", 1, *modifiers), coder=coder),))


def test_a_nursing_deficiency_never_counts_against_a_coder() -> None:
    audit = audit_of(faulty("E-1", "C-1"), faulty("E-2", "C-2", "59"))
    assert len(audit.findings) == 3  # two stops of nursing, one modifier of coding
    assert pivot_of("Coder", audit).rows == (
        PivotRow("C-2", 1, 1, 1, 1),
        PivotRow("C-1", 0, 1, 0, 1),
    )
    assert pivot_of("Staff", audit).rows == (PivotRow("RN-1", 2, 2, 2, 2),)


@pytest.mark.parametrize(
    ("responsible", "coder", "staff"),
    [
        ("coding", 1, 0),
        ("charge set-up", 1, 0),
        ("nursing", 0, 1),
        ("provider order", 0, 0),
        ("data feed", 0, 0),
    ],
)
def test_who_answers_for_what(responsible: str, coder: int, staff: int) -> None:
    def says(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        yield deficient(encounter.administrations[0], because="It is wrong.", cure=Cure.REBILL)

    audit = audit_of(faulty("E-1", "C-1"), checks=(a_check("says", says, responsible=responsible),))
    for title, findings in (("Coder", coder), ("Staff", staff), ("Unit", 1), ("Payer", 1)):
        assert sum(row.findings for row in pivot_of(title, audit).rows) == findings, title


def test_what_concerns_nothing_with_a_value_stands_apart() -> None:
    audit = audit_of(faulty("E-1", None, "59"), checks=(MODIFIER,))
    assert pivot_of("Unit", audit).rows == (
        PivotRow("ED", 0, 1, 0, 1),
        PivotRow("none concerned", 1, None, 1, None),
    )
    assert pivot_of("Coder", audit).rows == (PivotRow("not stated", 1, 1, 1, 1),)


@pytest.mark.parametrize(
    ("start", "shift"),
    [
        ("06:59", "night"),
        ("07:00", "day"),
        ("14:59", "day"),
        ("15:00", "evening"),
        ("22:59", "evening"),
        ("23:00", "night"),
    ],
)
def test_shifts_by_the_hour_of_the_start(start: str, shift: str) -> None:
    audit = audit_of(faulty("E-1", "C-1", start=start))
    assert [row.value for row in pivot_of("Shift", audit).rows] == [shift]


def test_every_pivot_shows_its_denominators() -> None:
    unknown = given("study drug", "10:00", drug_class=DrugClass.UNCLASSIFIED)
    audit = audit_of(faulty("E-1", "C-1", "59"), encounter("E-2", (unknown,), (billed("96374"),)))
    cases = cases_of(audit, supports_of(audit))
    rows = list(
        chain.from_iterable(pivot.rows for pivot in pivots(audit.results, pivot_counts(cases)))
    )
    assert all(row.deficient <= (row.encounters or row.deficient) for row in rows)
    assert all(row.counted for row in rows if row.encounters is not None)
    check = {row.value: row for row in pivot_of("Check", audit).rows}[NO_STOP.title]
    assert check == PivotRow(NO_STOP.title, 1, 1, 1, 2)
