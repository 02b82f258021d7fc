"""Published scenarios: what is undisputed matches by default, the rest stands in the table."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

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


def test_the_views_hold_what_their_own_publications_say() -> None:
    cases = {row.case["id"]: row for row in conformance.rows()}
    for name, view in conformance.OF_VIEWS.items():
        case = cases[name].case
        ours = conformance.answer(conformance.encounter_of(case), conformance.policy_of(view))
        assert ours == conformance.published_of(case), name


def test_stated_dates_are_compared() -> None:
    dated = [row for row in conformance.rows() if row.case["id"] in conformance.DATED]
    assert dated
    for row in dated:
        assert row.matches_by_default
        moved = Counter({(code, day + 1): n for (code, day), n in row.dated.items()})
        assert not replace(row, dated=moved).matches_by_default


def test_the_table_is_fresh() -> None:
    assert conformance.TABLE.read_text(encoding="utf-8") == conformance.document()
