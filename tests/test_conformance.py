"""Published scenarios: what is undisputed matches by default, the rest stands in the table."""

from __future__ import annotations

import pytest

from tests import conformance

if not conformance.CASES.exists():
    pytest.skip("the published scenarios are not here", allow_module_level=True)

ROWS = [pytest.param(row, id=row.case["id"]) for row in conformance.rows()]


@pytest.mark.parametrize("row", ROWS)
def test_scenario(row: conformance.Row) -> None:
    if row.case["id"] not in conformance.VIEWS:
        assert row.matches_by_default
        return
    choices, reason = conformance.VIEWS[row.case["id"]]
    assert not row.matches_by_default, "it needs no reason"
    assert row.matches_under_view is (choices is not None)
    assert reason.endswith(".")


def test_what_differs_is_disputed_or_an_office_answer() -> None:
    for row in conformance.rows():
        if not row.matches_by_default:
            disputed = "dispute" in row.case or "truncated" in str(row.case["facts"]["other"])
            assert disputed or row.case.get("is_facility") is False, row.case["id"]


def test_the_table_is_fresh() -> None:
    assert conformance.TABLE.read_text(encoding="utf-8") == conformance.document()
