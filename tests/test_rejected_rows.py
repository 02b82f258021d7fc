"""A rejected row answers nothing and may answer everything: what it leaves open, check by check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_checks import CASES, CHECKS

from auditor.policy import policy_from
from auditor.record import Encounter, OtherEncounter, RejectedRow
from auditor.run import run
from tests.cases import encounter

KINDS = ("administration", "claim_line", "order", "access", "encounter")
# The checks that look themselves for the row that it would be; their cases say which opens what.
THEMSELVES = {
    "access_site_not_documented": {"administration"},
    "billed_service_without_administration": {"administration", "claim_line"},
    "chemotherapy_code_for_other_drug": {"claim_line"},
    "distinct_service_modifiers_combined": {"administration", "access", "encounter"},
    "drug_units_mismatch": {"administration", "claim_line"},
    "hydration_by_protocol_only": {"administration"},
    "hydration_without_order": {"administration", "order"},
    "incomplete_administration_record": {"administration", "order"},
    "infusion_continued_into_inpatient_stay": {"administration"},
    "infusion_started_by_ems": {"administration", "order", "encounter"},
    "infusion_without_start_time": {"administration"},
    "infusion_without_stop_time": {"administration"},
    "mixture_indeterminate": {"administration", "access"},
    "modifier_59_unsupported": {"administration", "access"},
}
DEFICIENT = [
    case
    for case in CASES
    if isinstance(case.values[1]["expect"], dict)
    and "deficient" in str(case.values[1]["expect"].values())
]


def _found(check_id: str, case: dict[str, Any], subject: Encounter) -> dict[str, int]:
    policy = policy_from(case.get("policy", {}))
    audit = run([subject], [CHECKS[check_id]], policy, subject.supplied)
    return {"deficient": len(audit.findings), "undetermined": len(audit.undetermined)}


@pytest.mark.parametrize(("check_id", "case"), DEFICIENT)
def test_a_rejected_row_opens_what_it_may_hold_and_nothing_else(
    check_id: str, case: dict[str, Any]
) -> None:
    subject = encounter(case)
    before = _found(check_id, case, subject)
    everything = sum(before.values())
    for kind in KINDS:
        lost = RejectedRow(kind, "month.xlsx · Rows · A2", may_state=frozenset({"start", "stop"}))
        after = _found(check_id, case, replace(subject, rejected=(lost,)))
        if kind in CHECKS[check_id].opened_by:
            assert after == {"deficient": 0, "undetermined": everything}
        elif kind not in THEMSELVES.get(check_id, ()):
            assert after == before


@pytest.mark.parametrize("check_id", sorted(THEMSELVES))
def test_each_check_that_looks_itself_has_a_case_for_every_kind(check_id: str) -> None:
    kinds = {
        row["kind"]
        for case in CASES
        if case.values[0] == check_id
        for row in case.values[1].get("rejected", ())
    }
    assert kinds >= THEMSELVES[check_id]


SET_APART = {"modifier_59_unsupported"}  # by another encounter, whether it has a claim or not
OF_A_CLAIM = [case for case in DEFICIENT if CHECKS[case.values[0]].beyond_record]


@pytest.mark.parametrize(("check_id", "case"), OF_A_CLAIM)
def test_a_claim_may_bill_another_encounter_of_the_day_that_has_none(
    check_id: str, case: dict[str, Any]
) -> None:
    subject = encounter(case)
    for gave_drugs, has_claim, opens in (
        (True, False, True),
        (True, True, False),
        (False, False, False),
    ):
        other = OtherEncounter("E7", None, None, gave_drugs, has_claim)
        others = (*subject.other_encounters, other)
        after = _found(check_id, case, replace(subject, other_encounters=others))
        if opens:
            assert after["deficient"] == 0
        elif check_id not in SET_APART:
            assert after["deficient"] > 0
