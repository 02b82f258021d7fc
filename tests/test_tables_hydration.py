"""Which diagnoses and indications support hydration."""

from __future__ import annotations

import pytest

from auditor.tables.hydration import diagnosis_groups, shows_need, supporting

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
]


@pytest.mark.parametrize(("indication", "shows"), INDICATIONS)
def test_an_indication_shows_a_need_or_not(indication: str | None, shows: bool) -> None:
    assert shows_need(indication) is shows
