"""Doses, waste and the pharmacy's products, as the reader gives them to the checks of drugs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from loading import CLAIM, LOG, MAR, loaded, only

from auditor.record import Dose

DAY = "09/01/2026 "
EVENTS = (*MAR, "Dose", "Dose Unit", "Bag ID", "NDC")


def event(action: str, at: str, dose: object = None, unit: str | None = "mg", bag: str = "B1"):
    return ("E1", "O1", "heparin", DAY + at, action, "IV", dose, unit, bag, "63323-0540-11")


def doses(folder: Path, *rows) -> list[tuple[Dose, ...]]:
    result = loaded(folder, mar=[EVENTS, *rows])
    return [given.doses for given in only(result).administrations]


CHARTED = [
    ("one bag", [event("New Bag", "08:00", 100), event("Stopped", "09:00")], 100, None),
    (
        "two bags of one infusion are added",
        [
            event("New Bag", "08:00", 100, "mL"),
            event("New Bag", "09:00", 50, "mL", bag="B2"),
            event("Stopped", "10:00", None, bag="B2"),
        ],
        150,
        None,
    ),
    (
        "a rate check repeats the dose and gives none",
        [
            event("New Bag", "08:00", 100),
            event("Rate Verify", "08:30", 100),
            event("Stopped", "09:00", 100),
        ],
        100,
        None,
    ),
    (
        "what is charted as waste was not given",
        [
            event("New Bag", "08:00", 100),
            event("Waste", "08:05", 20),
            event("Stopped", "09:00"),
        ],
        100,
        20,
    ),
    ("only the end was charted", [event("Stopped", "09:00", 100)], 100, None),
]


@pytest.mark.parametrize(
    ("rows", "amount", "wasted"), [pytest.param(*case[1:], id=case[0]) for case in CHARTED]
)
def test_the_dose_of_charted_actions(tmp_path, rows, amount, wasted) -> None:
    ((dose,),) = doses(tmp_path, *rows)
    assert dose.drug == "heparin"
    assert (dose.amount, dose.wasted) == tuple(
        None if value is None else Decimal(value) for value in (amount, wasted)
    )
    assert dose.ndc == "63323-0540-11"


def test_each_drug_of_a_mixture_has_its_dose(tmp_path: Path) -> None:
    header = (*LOG, "Bag ID", "Dose", "Wasted")
    rows = [
        ("E1", "ondansetron", DAY + "08:00", DAY + "08:20", "IVPB", "B1", "8 mg", "2 mg"),
        ("E1", "dexamethasone", DAY + "08:00", DAY + "08:20", "IVPB", "B1", "10 mg", None),
    ]
    result = loaded(tmp_path, log=[header, *rows])
    (mixture,) = only(result).administrations
    assert {(d.drug, d.amount, d.unit, d.wasted) for d in mixture.doses} == {
        ("ondansetron", Decimal(8), "mg", Decimal(2)),
        ("dexamethasone", Decimal(10), "mg", None),
    }


@pytest.mark.parametrize(("action", "supplied"), [("Waste", True), ("Rate Verify", False)])
def test_waste_is_supplied_where_it_is_charted(tmp_path, action, supplied) -> None:
    rows = [event("New Bag", "08:00", 100), event(action, "08:05", 20), event("Stopped", "09:00")]
    result = loaded(tmp_path, mar=[EVENTS, *rows])
    assert ("administration.wasted" in result.supplied) is supplied


CONTENTS = [
    ("100 mg", (Decimal(100), "mg")),
    ("100", (None, None)),
    (None, (None, None)),
]


@pytest.mark.parametrize(("holds", "expected"), CONTENTS)
def test_the_formulary_says_what_a_container_holds(tmp_path, holds, expected) -> None:
    header = ("Drug", "Class", "HCPCS", "Dose per HCPCS Unit", "Container", "Container Amount")
    log = [LOG, ("E1", "infliximab", DAY + "08:00", DAY + "09:00", "IVPB")]
    said = ("infliximab", "complex biologic", "J1745", "10 mg", "single-dose vial", holds)
    encounter = only(loaded(tmp_path, claims=CLAIM, log=log, formulary=[header, said]))
    product = encounter.formulary.of("infliximab")
    assert product is not None
    assert (product.contents, product.contents_unit) == expected


def test_a_waste_that_is_no_amount_is_left_out_and_told(tmp_path) -> None:
    log = [(*LOG, "Dose", "Wasted"), ("E1", "infliximab", DAY + "08:00", None, "IVPB", 350, "yes")]
    (given,) = only(loaded(tmp_path, claims=CLAIM, log=log)).administrations
    assert given.doses[0].wasted is None
    assert given.sources[0].was_left_out("wasted")


PRODUCTS = [
    ("10 mg", "single-dose vial", (Decimal(10), "mg", True)),
    ("0.1 mg", "SDV", (Decimal("0.1"), "mg", True)),
    ("1,000 units", "multi-dose vial", (Decimal(1000), "units", False)),
    ("10 mg", "vial", (Decimal(10), "mg", None)),
    ("per therapy", None, (None, None, None)),
]


@pytest.mark.parametrize(("one", "container", "expected"), PRODUCTS)
def test_the_formulary_says_how_a_drug_is_billed(tmp_path, one, container, expected) -> None:
    header = ("Drug", "Class", "HCPCS", "Dose per HCPCS Unit", "Container")
    log = [LOG, ("E1", "infliximab", DAY + "08:00", DAY + "09:00", "IVPB")]
    rows = [header, ("Infliximab 100 mg vial", "complex biologic", "j1745", one, container)]
    encounter = only(loaded(tmp_path, claims=CLAIM, log=log, formulary=rows))
    product = encounter.formulary.of("infliximab")
    assert product is not None
    assert product.hcpcs == "J1745"
    assert (product.amount, product.unit, product.single_dose) == expected
    billed = encounter.formulary.billed_as("J1745")
    assert (billed is product) is (expected[0] is not None)
