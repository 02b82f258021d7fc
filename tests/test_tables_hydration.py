"""Which diagnoses and indications support hydration."""

from __future__ import annotations

import pytest

from auditor.tables.hydration import (
    diagnosis_groups,
    no_individual_basis,
    shows_need,
    supporting,
)

DIAGNOSES = [
    ("E86.0", "volume depletion", False),
    ("E860", "volume depletion", False),
    ("e87.1", "disorders of sodium, potassium, acid and base", False),
    ("R11.2", "nausea, vomiting, diarrhea", True),
    ("O21.0", "vomiting of pregnancy", False),
    ("R65.21", "sepsis", False),
]


@pytest.mark.parametrize(("code", "name", "weak"), DIAGNOSES)
def test_a_diagnosis_supports_as_its_group(code: str, name: str, weak: bool) -> None:
    (group,) = supporting([code])
    assert (group.name, group.is_weak) == (name, weak)


@pytest.mark.parametrize("code", ["R07.9", "E85.0", "E87.70", "Z51.11", ""])
def test_other_diagnoses_support_nothing(code: str) -> None:
    assert supporting([code]) == ()


def test_no_group_holds_a_code_of_another() -> None:
    codes = [(group.name, code) for group in diagnosis_groups() for code in group.codes]
    for name, code in codes:
        assert not [other for other, one in codes if other != name and one.startswith(code)]


INDICATIONS = [
    ("Dehydration, vomiting", True),
    ("poor oral intake", True),
    ("NPO", False),
    ("routine", False),
    ("NPO - routine pre-op", False),
    ("Maintain patency", False),
    ("nausea", False),
    ("nausea and vomiting", True),
    ("to keep open", False),
    ("", False),
    (None, False),
    ("...", False),
    ("NPO for procedure", False),
    ("NPO for pancreatitis", True),
    ("Maintenance IV fluids", False),
    ("Routine IV hydration", False),
    ("IV hydration", True),  # says nothing of a routine
    ("maintenance fluids, unable to drink", True),
    ("No signs of dehydration, routine fluids", False),
    ("no evidence of dehydration or vomiting", False),
    ("no dehydration, vomiting since yesterday", True),
    ("no oral intake for two days", True),
    ("not tolerating oral fluids and dehydrated", True),
]


@pytest.mark.parametrize(("indication", "shows"), INDICATIONS)
def test_an_indication_shows_a_need_or_not(indication: str | None, shows: bool) -> None:
    assert shows_need(indication) is shows


BASES = [
    ("protocol", "a protocol order"),
    ("Standing order", "a standing order"),
    ("ED nursing protocol", "a protocol order"),
    ("Drug protocol (pre-medication)", "a protocol order"),
    ("Facility standard of care", "a standard of the facility"),
    ("KVO", "an open vein"),
    ("Order set", None),
    ("individual", None),
    ("Individual order, not by protocol", None),
    ("Sepsis protocol, ordered by the physician", None),
    ("outstanding", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("basis", "called"), BASES)
def test_a_basis_that_is_no_order_for_the_patient(basis: str | None, called: str | None) -> None:
    assert no_individual_basis(basis) == called
