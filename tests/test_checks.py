"""Every row of tests/checks/<check>.yaml: the verdict on each subject, never a count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import checks
from auditor.check import discover
from auditor.policy import policy_from
from auditor.record import Administration, ClaimLine
from auditor.run import Status, run
from auditor.verdict import Outcome, Subject
from tests.cases import ZONE, encounter

CHECKS = {check.id: check for check in discover(checks)}
FILES = sorted(Path(__file__).parent.joinpath("checks").glob("*.yaml"))
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['case']}")
    for path in FILES
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


WITH_EVIDENCE = (
    "hydration_without_order",
    "infusion_continued_into_observation",
    "infusion_started_by_ems",
    "infusion_without_start_time",
    "infusion_without_stop_time",
    "modifier_59_unsupported",
    "separate_access_site_unconfirmed",
)
SHORT = (Outcome.MET, Outcome.NOT_EVALUATED)  # a note, or the name of a table


def _name(subject: Subject) -> str:
    match subject:
        case ClaimLine():
            return subject.code_with_modifiers
        case Administration():
            start = f"{subject.start:%H:%M}" if subject.start else "without start"
            return f"{subject.drugs[0]} {start}"
        case _:
            return str(subject)


@pytest.mark.parametrize(("check_id", "case"), CASES)
def test_case(check_id: str, case: dict[str, Any]) -> None:
    policy = policy_from(case.get("policy", {}))
    subject = encounter(case)
    expected = case["expect"]
    if expected == "not evaluated":
        [result] = run([subject], [CHECKS[check_id]], policy, subject.supplied).results
        assert result.status is Status.NOT_EVALUATED
        assert result.examined == 0
        return
    verdicts = list(CHECKS[check_id](subject, policy))
    said = [(_name(v.subject), v.outcome.value) for v in verdicts]
    assert sorted(said) == sorted(expected.items())  # one verdict a subject
    for verdict in verdicts:
        told = verdict.because.endswith(".") or verdict.outcome in SHORT
        assert told, "a finding is a sentence"
        if check_id in WITH_EVIDENCE and verdict.because:
            assert verdict.evidence
    wanted = {v.because for v in verdicts if v.outcome is Outcome.NOT_EVALUATED}
    assert {w for w in wanted if " " not in w} <= set(CHECKS[check_id].needs_in_part)
    if "cure" in case:
        assert [v.cure for v in verdicts if v.outcome is Outcome.DEFICIENT] == [case["cure"]]
    if "evidence" in case:
        shown = {e.name: e.value for verdict in verdicts for e in verdict.evidence}
        assert shown.items() >= case["evidence"].items()
    if "because" in case:
        assert case["because"] in " ".join(verdict.because for verdict in verdicts)


@pytest.mark.parametrize("check_id", sorted(CHECKS))
def test_a_check_that_reads_billed_codes_needs_them(check_id: str) -> None:
    """A claim without a column of codes is judged by nobody, instead of passing everywhere."""
    path = Path(__file__).parent.joinpath("checks", f"{check_id}.yaml")
    check = CHECKS[check_id]
    for case in yaml.safe_load(path.read_text(encoding="utf-8")):
        subject, policy = encounter(case), policy_from(case.get("policy", {}))
        uncoded = tuple(replace(line, hcpcs=None) for line in subject.claim_lines)
        said, otherwise = (
            [(verdict.outcome, verdict.because) for verdict in check(one, policy)]
            for one in (subject, replace(subject, claim_lines=uncoded))
        )
        assert said == otherwise or "claim_line.hcpcs" in check.needs, case["case"]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [(date(2016, 12, 31), Outcome.MET), (date(2017, 1, 1), Outcome.UNDETERMINED)],
)
def test_waste_is_billed_from_2017_on(day: date, outcome: Outcome) -> None:
    """The cases all happen in one month, so that this one is moved to its date."""
    given = {"drug": "infliximab", "from": "09:00", "dose": 350, "unit": "mg", "wasted": 50}
    code = {"drug": "infliximab", "code": "J1745", "one": "10 mg", "container": "single"}
    billed = [{"code": "J1745 x35", "dated": day}]
    stay = encounter({"formulary": [code], "given": [given], "billed": billed})
    (dose,) = stay.administrations
    start = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
    moved = replace(dose, segments=(replace(dose.segments[0], start=start),))
    stay = replace(stay, administrations=(moved,), arrived_at=None)
    (verdict,) = CHECKS["discarded_drug_modifier"](stay, policy_from({}))
    assert verdict.outcome is outcome


NEVER_UNDETERMINED = {"drug_not_classified"}  # a drug has a class or has none


@pytest.mark.parametrize("check_id", sorted(CHECKS))
def test_every_check_has_cases_on_all_its_sides(check_id: str) -> None:
    cases = yaml.safe_load(
        Path(__file__).parent.joinpath("checks", f"{check_id}.yaml").read_text(encoding="utf-8")
    )
    sides: set[str] = set()
    for case in cases:
        expected = case["expect"]
        if expected == "not evaluated":
            sides.add(expected)
        else:
            sides.update(expected.values() or ["not applicable"])
    assert sides >= {"met", "deficient", "not applicable", "not evaluated"}
    assert ("undetermined" in sides) is (check_id not in NEVER_UNDETERMINED)
