"""The elements that a record must have: what the check judges and the form-gap table counts."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.coding import ELEMENTS, required_elements
from tests.cases import encounter

FULL: dict[str, Any] = {
    "drug": "ceftriaxone",
    "from": "08:00",
    "to": "08:30",
    "dose": 1,
    "rates": [["08:00", 100]],
    "order": "O1",
    "staff": "RN-1",
    "credential": "RN",
}


def elements(row: dict[str, Any], **more: Any) -> dict[str, tuple[bool, bool]]:
    stay = encounter({"given": [row], **more})
    return {
        element.name: (element.supplied, element.blank)
        for element in required_elements(stay.administrations[0], stay)
    }


def test_an_infusion_needs_stop_and_rate_and_a_push_does_not() -> None:
    assert elements(FULL) == dict.fromkeys(ELEMENTS[:-1], (True, False))
    push = {**FULL, "how": "push"}
    assert list(elements(push)) == ["order", "dose", "start", "staff", "credential"]


def test_the_site_is_required_where_more_than_one_line_was_placed() -> None:
    one, two = [{"site": "left arm"}], [{"site": "left arm"}, {"site": "right arm"}]
    assert "site" not in elements(FULL, lines=one)
    assert elements(FULL, lines=two)["site"] == (True, True)
    assert elements({**FULL, "site": "left arm"}, lines=two)["site"] == (True, False)


@pytest.mark.parametrize("name", ["staff", "credential", "dose"])
def test_a_blank_without_a_column_is_no_blank(name: str) -> None:
    blank = {key: value for key, value in FULL.items() if key != name}
    assert elements(blank)[name] == (True, True)
    assert elements(blank, without=[f"administration.{name}"])[name] == (False, False)


def test_what_is_not_audited_requires_nothing() -> None:
    assert elements({"drug": "ondansetron", "how": "oral", "from": "08:00"}) == {}
    assert elements({"drug": "saline flush", "how": "port flush", "from": "08:00"}) == {}
