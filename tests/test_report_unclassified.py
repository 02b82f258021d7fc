"""Drugs without a class go to the pharmacy, with what they resemble; nothing is guessed."""

from __future__ import annotations

from auditor.coding import supported
from auditor.policy import Policy
from auditor.report.case import cases_of
from auditor.report.unclassified import drug_rows
from auditor.run import run
from tests.cases import EVERY_FIELD, encounter


def test_each_drug_once_the_most_frequent_first() -> None:
    stay = encounter(
        {
            "given": [
                {"drug": "Study drug Q", "from": "08:00", "to": "09:00"},
                {"drug": "vancomicyn 1 g", "from": "09:00", "to": "10:00"},
                {"drug": "VANCOMICYN", "from": "21:00", "to": "22:00"},
                {"drug": "ceftriaxone", "from": "10:00", "to": "10:30"},
            ]
        }
    )
    audit = run([stay], [], Policy(), EVERY_FIELD)
    rows = drug_rows(cases_of(audit, {stay.encounter_id: supported(stay, Policy())}))
    assert [(row.charted_as, row.administrations, row.encounters) for row in rows] == [
        ("vancomicyn 1 g; VANCOMICYN", 2, 1),
        ("Study drug Q", 1, 1),
    ]
    assert "vancomycin" in rows[0].resembles
    assert rows[0].first_row == "mar.xlsx · MAR · row 3"
    codes = {line.code for line in supported(stay, Policy()).lines}
    assert codes == {"96365"}, "a near miss is never taken for the drug"
