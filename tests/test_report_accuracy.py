"""What decisions come to: accuracy both ways, rebuttals, root causes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from report_fixtures import (
    MODIFIER,
    NO_STOP,
    a_ledger,
    audit_of,
    billed,
    encounter,
    infusion_without_stop,
    supports_of,
)

from auditor import Encounter
from auditor.report import write_audit
from auditor.report.accuracy import Outcomes, outcomes_of, standing
from auditor.report.case import cases_of
from auditor.report.decisions import (
    DECISION,
    RESPONSE,
    ROOT_CAUSE,
    RULING,
    Decided,
    Filled,
    Told,
    decisions_of,
)
from auditor.report.findings import finding_row, in_order
from auditor.run import Audit

TOLD = Told("", "", "", "", "")
Typed = dict[str, Any]


def coded(key: str, coder: str, *modifiers: str, stop: bool = True) -> Encounter:
    """One infusion: a modifier is an error of coding, a missing stop one of nursing."""
    line = replace(billed("96365", 1, *modifiers), coder=coder)
    given = () if stop else (infusion_without_stop("vancomycin", "10:00"),)
    return encounter(key, given, (line,))


def outcomes(audit: Audit, typed: dict[str, Typed]) -> Outcomes:
    """``typed`` by encounter; a finding of nursing is not asked about unless it says so."""
    rows = [finding_row(finding, {}) for finding in in_order(audit)]
    filled = tuple(
        Decided("f · Worklist · row 2", row.finding_id, TOLD, typed[row.encounter_id])
        for row in rows
        if row.encounter_id in typed
    )
    cases = cases_of(audit, supports_of(audit))
    return outcomes_of(audit, cases, decisions_of([Filled("f", filled)], rows))


def accuracy(found: Outcomes, coder: str) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    return {
        a.name: ((a.least.hits, a.least.total), (a.most.hits, a.most.total))
        for a in found.accuracies
        if a.coder == coder
    }


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({}, "open"),
        ({DECISION: "agree"}, "stands"),
        ({DECISION: " Agree"}, "stands"),
        ({DECISION: "agree", RESPONSE: "agrees"}, "stands"),
        ({DECISION: "agree", RESPONSE: "disagrees"}, "open"),
        ({DECISION: "agree", RESPONSE: "needs record"}, "open"),
        ({DECISION: "agree", RESPONSE: "disagrees", RULING: "upheld"}, "stands"),
        ({DECISION: "agree", RESPONSE: "disagrees", RULING: "amended"}, "stands"),
        ({DECISION: "agree", RESPONSE: "disagrees", RULING: "overturned"}, "falls"),
        ({DECISION: "disagree"}, "falls"),
        ({DECISION: "disagree", RULING: "upheld"}, "stands"),
        ({DECISION: "not applicable"}, "falls"),
        ({DECISION: "needs record"}, "open"),
        ({DECISION: "perhaps"}, "open"),
    ],
)
def test_when_a_finding_stands(typed: Typed, expected: str) -> None:
    assert standing(typed) == expected


def test_accuracy_of_each_coder_with_its_bounds_while_findings_are_open() -> None:
    audit = audit_of(
        coded("E-1", "Ann", "59"),
        coded("E-2", "Ann", "59"),
        coded("E-3", "Ann"),
        coded("E-4", "Bob", "59"),
        checks=(MODIFIER,),
    )
    found = outcomes(audit, {"E-1": {DECISION: "agree"}, "E-4": {DECISION: "disagree"}})
    assert (found.stands, found.falls, found.open) == (1, 1, 1)
    assert accuracy(found, "Ann") == {
        "Code over code": ((1, 3), (2, 3)),
        "Case over case": ((1, 3), (2, 3)),
    }
    assert accuracy(found, "Bob")["Code over code"] == ((1, 1), (1, 1))
    assert accuracy(found, "all coders")["Case over case"] == ((2, 4), (3, 4))
    assert [a.coder for a in found.accuracies][::2] == ["all coders", "Ann", "Bob"]


def test_a_fault_of_nursing_never_lowers_a_coders_score() -> None:
    audit = audit_of(coded("E-1", "Ann", stop=False), checks=(NO_STOP,))
    for typed in ({}, {DECISION: "agree"}, {DECISION: "agree", ROOT_CAUSE: "documentation"}):
        found = outcomes(audit, {"E-1": typed})
        assert accuracy(found, "Ann")["Code over code"] == ((1, 1), (1, 1))


def test_the_root_cause_that_a_person_gave_goes_before_the_checks() -> None:
    nursing = audit_of(coded("E-1", "Ann", stop=False), checks=(NO_STOP,))
    found = outcomes(nursing, {"E-1": {DECISION: "agree", ROOT_CAUSE: "coding"}})
    assert accuracy(found, "Ann")["Case over case"] == ((0, 1), (0, 1))
    coding = audit_of(coded("E-1", "Ann", "59"), checks=(MODIFIER,))
    found = outcomes(coding, {"E-1": {DECISION: "agree", ROOT_CAUSE: "form or EHR screen"}})
    assert accuracy(found, "Ann")["Case over case"] == ((1, 1), (1, 1))


def test_a_service_not_billed_is_a_code_of_its_own() -> None:
    missed = replace(NO_STOP, responsible="charge set-up")
    line = replace(billed("J3370"), coder="Ann")
    unbilled = encounter("E-1", (infusion_without_stop("vancomycin", "10:00"),), (line,))
    found = outcomes(audit_of(unbilled, checks=(missed,)), {"E-1": {DECISION: "agree"}})
    assert accuracy(found, "Ann") == {
        "Code over code": ((0, 1), (0, 1)),
        "Case over case": ((0, 1), (0, 1)),
    }


def test_rates_begin_at_30_rebuttals_and_findings() -> None:
    keys = [f"E-{n}" for n in range(30)]
    audit = audit_of(*(coded(key, "Ann", "59") for key in keys), checks=(MODIFIER,))
    rebutted = {DECISION: "agree", RESPONSE: "disagrees", ROOT_CAUSE: "coding"}
    typed = {
        key: {**rebutted, RULING: "overturned" if n < 6 else "upheld"} for n, key in enumerate(keys)
    }
    found = outcomes(audit, typed)
    assert found.rebuttals == 30
    assert found.overturned.words == "20.0% (6 of 30; 95% interval 9.5–37.3%)"
    assert [(c.cause, c.share.words) for c in found.root_causes] == [
        ("coding", "24 of 24; too few for a rate")
    ]
    fewer = {key: value for key, value in typed.items() if key != "E-0"}
    assert outcomes(audit, fewer).overturned.words == "5 of 29; too few for a rate"


def test_the_workbook_prints_them_with_their_formulas(tmp_path: Path) -> None:
    audit = audit_of(coded("E-1", "Ann", "59"), checks=(MODIFIER,))

    def run(out: str, *earlier: Path) -> Path:
        folder = tmp_path / out
        write_audit(
            audit,
            a_ledger(),
            cases_of(audit, supports_of(audit)),
            [],
            folder,
            earlier=earlier,
            pdf=False,
        )
        return folder / "audit.xlsx"

    first = run("one")
    assert load_workbook(first)["Accuracy"]["A1"].value == "No decisions were given."
    workbook = load_workbook(first)
    sheet = workbook["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, headers[DECISION]).value = "agree"
    workbook.save(first)
    book = load_workbook(run("two", first))
    texts = [c for row in book["Accuracy"].iter_rows(values_only=True) for c in row if c]
    assert "Of 1 deficiency: 1 standing, 0 fallen, 0 open." in texts
    assert any(str(text).startswith("drug administration lines without a coding") for text in texts)
    assert any(str(text).startswith("rulings “overturned” ÷") for text in texts)
    rows = [row[:5] for row in book["Accuracy"].iter_rows(values_only=True)]
    assert ("Ann", "Code over code", 0, 1, "too few") in rows
    told = [c for row in book["Summary"].iter_rows(values_only=True) for c in row if c]
    assert "Code over code: 0 of 1; too few for a rate" in told
