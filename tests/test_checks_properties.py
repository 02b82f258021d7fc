"""Properties of the checks of coding: a right claim has no finding, a service too many has one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import checks
from auditor.check import discover
from auditor.coding import Kind, on_record
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter
from auditor.verdict import Outcome
from tests.cases import EVERY_FIELD, encounter
from tests.random_encounters import random_encounter
from tests.test_coding_properties import billed_as_supported

POLICY = Policy()
CODING = {
    check.id: check
    for check in discover(checks)
    if check.id
    in (
        *("administration_not_billed", "billed_service_without_administration"),
        *("chemotherapy_code_for_other_drug", "concurrent_service_repeated"),
        "hydration_concurrent_with_infusion",
        *("hydration_under_31_minutes", "infusion_continued_into_inpatient_stay"),
        *("infusion_continued_into_observation", "infusion_without_start_time"),
        *("infusion_without_stop_time", "initial_service_out_of_hierarchy"),
        *("more_than_one_initial_service", "push_billed_as_infusion"),
        *("repeat_push_within_30_minutes", "units_exceed_documented_time"),
    )
}
seeds = st.integers(0, 2**32)


def findings(some: Encounter) -> set[str]:
    return {
        name
        for name, check in CODING.items()
        for verdict in check(some, POLICY)
        if verdict.outcome in (Outcome.DEFICIENT, Outcome.UNDETERMINED)
    }


def encounter_of(seed: int) -> Encounter:
    return replace(random_encounter(random.Random(seed)), supplied=EVERY_FIELD)


@settings(max_examples=300)
@given(seeds)
def test_a_claim_that_bills_what_is_supported_has_no_finding(seed: int) -> None:
    assert findings(billed_as_supported(encounter_of(seed), POLICY)) == set()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("96372", Kind.INJECTION),
        ("96373", Kind.INTRA_ARTERIAL),
        ("96369", Kind.SUBCUTANEOUS),
        ("96377", Kind.ON_BODY),
        ("96416", Kind.PUMP),
        ("36430", Kind.BLOOD),
        ("96361", Kind.HYDRATION),
    ],
)
@settings(max_examples=60)
@given(seed=seeds)
def test_a_service_that_nobody_gave_is_one_finding(code: str, kind: Kind, seed: int) -> None:
    some = encounter_of(seed)
    assume(some.administrations and not on_record(kind, some, POLICY))
    billed = billed_as_supported(some, POLICY)
    line = ClaimLine("C1", "99", code, units=Decimal(1), service_date=date(2026, 9, 14))
    with_one_more = replace(billed, claim_lines=(*billed.claim_lines, line))
    assert findings(with_one_more) == {"billed_service_without_administration"}


# ── a claim of a plain stay that bills a wrong code or one more ───────────────────────────────

PUSHED = ("ketorolac", "ondansetron")
INFUSED = ("ceftriaxone", "vancomycin", "cisplatin", "0.9% sodium chloride")
CODES = (
    *("96360", "96361", "96365", "96366", "96367", "96368", "96369", "96372", "96374", "96375"),
    *("96376", "96401", "96409", "96411", "96413", "96415", "96417"),
)


def plain_stay(rng: random.Random) -> Encounter:
    """One to four drugs at one access, each once and in a bag of its own, every time charted."""
    minute, rows = 480, []
    for number, drug in enumerate(rng.sample((*PUSHED, *INFUSED), rng.randint(1, 4))):
        how = rng.choice(("push", "push", "IM")) if drug in PUSHED else "infusion"
        row = {
            "drug": drug,
            "how": how,
            "from": _clock(minute),
            "bag": f"B{number}",
            "site": "R AC",
        }
        length = rng.choice((20, 31, 45, 60, 90, 91, 120, 151, 200))
        if how == "infusion":
            row["to"] = _clock(minute + length)
        rows.append(row)
        minute += rng.choice((0, 10, 35, length, length + 10))
    order = {"id": "O1", "drug": "0.9% sodium chloride", "at": "06:30", "indication": "dehydration"}
    return encounter({"given": rows, "orders": [order]})


def _clock(minute: int) -> str:
    return f"{1 + minute // 1440} {minute % 1440 // 60:02}:{minute % 60:02}"


@settings(max_examples=400)
@given(seeds)
def test_a_wrong_code_or_one_too_many_is_spoken_of(seed: int) -> None:
    rng = random.Random(seed)
    right = billed_as_supported(plain_stay(rng), POLICY)
    lines = list(right.claim_lines)
    assume(lines)
    at, code = rng.randrange(len(lines)), rng.choice(CODES)
    assume(code != lines[at].hcpcs)
    if rng.random() < 0.5:
        lines[at] = replace(lines[at], hcpcs=code)
    else:
        lines.append(replace(lines[at], hcpcs=code, line_number="99", units=Decimal(1)))
    assert findings(right) == set()
    assert findings(replace(right, claim_lines=tuple(lines)))
