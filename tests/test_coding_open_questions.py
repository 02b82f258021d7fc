"""What is asked before claim and record are laid side by side, and what then waits."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.coding import compare, corrected_lines, is_open, open_questions, supported
from auditor.money import impact_of
from auditor.policy import Policy
from tests.cases import encounter
from tests.random_encounters import random_encounter, random_policy
from tests.test_coding_correction import random_claim

DRUG = {"drug": "ceftriaxone", "from": "08:00", "to": "09:00", "site": "left arm"}
OPEN = {"drug": "ceftriaxone", "from": "08:00", "site": "left arm"}
PUSH = {"drug": "ondansetron", "how": "push", "from": "08:00", "site": "left arm"}
BIOLOGIC = {"drug": "infliximab", "from": "08:00", "to": "09:00", "site": "left arm"}
CHEMO = {"drug": "cisplatin", "from": "10:00", "to": "11:00", "site": "left arm"}
COMPLEXITY = "whether a complex biologic takes the chemotherapy codes that are billed is not known"
BILLED = {"arrived": "18:00", "discharged": "20:00", "drugs": True}
CHARTED = {**BILLED, "billed": False}
NEIGHBOUR = "the patient has another encounter that day, with a record and no claim"
OTHER = {"drug": "vancomycin", "from": "08:00", "to": "09:00", "site": None}


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ({"given": [DRUG], "billed": ["96365"]}, []),
        ({"given": [OPEN], "billed": ["96365"]}, []),  # a blank is what the record shows
        ({"given": [DRUG]}, ["the files have no claim line of the encounter"]),
        ({"billed": ["96365"]}, ["the files have no administration of the encounter"]),
        (
            {"given": [{**DRUG, "drug": "study drug"}], "billed": ["96365"]},
            ["a drug of the encounter is not classified, so its lines are not known"],
        ),
        *(
            (
                {"given": [DRUG], "billed": ["96365"], "rejected": [{"kind": kind}]},
                ["a row of the encounter was rejected, so one of its two claims is not known"],
            )
            for kind in ("administration", "claim_line")
        ),
        ({"given": [DRUG], "billed": ["96365"], "rejected": [{"kind": "order"}]}, []),
        *(
            (
                {"given": [DRUG], "billed": ["96365"], "without": [f"claim_line.{name}"]},
                [f"no file has the {words} of the claim"],
            )
            for name, words in (("units", "units"), ("service_date", "service dates"))
        ),
        # one initial service needs no modifier, a second one does
        ({"given": [DRUG], "billed": ["96365"], "without": ["claim_line.modifiers"]}, []),
        (
            {"given": [DRUG], "billed": ["96365 x2"], "without": ["claim_line.modifiers"]},
            ["no file has the modifiers of the claim"],
        ),
        (
            {"given": [OPEN], "billed": ["96365"], "without": ["administration.stop"]},
            ["no file has the stop of an administration"],
        ),
        ({"given": [DRUG], "billed": ["96365"], "without": ["administration.stop"]}, []),
        ({"given": [PUSH], "billed": ["96374"], "without": ["administration.stop"]}, []),
        # nobody asks for the site of a drug where one initial service is billed
        ({"given": [OTHER], "billed": ["96365"], "without": ["administration.site"]}, []),
        (
            {"given": [DRUG, OTHER], "billed": ["96365 x2"], "without": ["administration.site"]},
            ["no file has the site of an administration"],
        ),
        ({"given": [DRUG, OTHER], "billed": ["96365 x2"]}, []),
        # a complex biologic takes the chemotherapy codes where its complexity is documented
        ({"given": [BIOLOGIC], "billed": ["96413"]}, [COMPLEXITY]),
        ({"given": [BIOLOGIC, CHEMO], "billed": ["96413", "96417"]}, [COMPLEXITY]),
        ({"given": [BIOLOGIC, CHEMO], "billed": ["96413", "96367"]}, []),
        ({"given": [BIOLOGIC], "billed": ["96365"]}, []),
        ({"given": [{**BIOLOGIC, "complex": True}], "billed": ["96413"]}, []),
        ({"given": [DRUG], "billed": ["96413"]}, []),
        # one claim may bill two visits of a day
        ({"given": [DRUG], "billed": ["96365"], "other encounters": [CHARTED]}, [NEIGHBOUR]),
        ({"given": [DRUG], "billed": ["96365"], "other encounters": [BILLED]}, []),
    ],
)
def test_what_is_asked(case: dict[str, Any], asked: list[str]) -> None:
    some = encounter(case)
    questions = open_questions(some, supported(some, Policy()))
    assert [question.reason for question in questions] == asked
    assert all(question.what.endswith(".") for question in questions)


COLUMNS = [
    *(f"claim_line.{name}" for name in ("units", "service_date", "modifiers")),
    *(f"administration.{name}" for name in ("start", "stop", "route", "site")),
]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(COLUMNS))
def test_what_is_open_is_not_corrected_and_has_no_dollars(seed: int, column: str) -> None:
    rng = random.Random(seed)
    some, policy = random_encounter(rng), random_policy(rng)
    some = random_claim(rng, some, policy)
    some = replace(some, supplied=some.supplied - {column})
    support = supported(some, policy)
    if not is_open(some, support):
        return
    variances = compare(some, support, policy)
    assert all(v.undetermined for v in variances if v.kind != "over")
    lines = corrected_lines(some, support, variances, policy)
    assert all(line.wait_for for line in lines if line.action != "keep")
    assert impact_of(some, support, (), (), policy).difference is None
