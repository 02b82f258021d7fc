"""Claim beside record: each difference once, of the right kind, with a cause that is true."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from auditor.coding import compare, initial_lines, supported
from auditor.coding.compare import _CONFUSED
from auditor.policy import Policy
from auditor.tables.codes import ADMINISTRATION_CODES
from tests.cases import encounter

SALINE = "0.9% sodium chloride"


def drug(name: str, start: str, stop: str | None = None, **more: Any) -> dict[str, Any]:
    return {"drug": name, "from": start, "to": stop, **more}


def push(name: str, at: str, **more: Any) -> dict[str, Any]:
    return drug(name, at, how="push", **more)


def differences(given: list[dict[str, Any]], billed: list[Any], **more: Any) -> list[str]:
    """Each variance in words: kind, units, what is billed, what is supported, and its cause."""
    some = encounter({"given": given, "billed": billed, **more})
    policy = Policy()
    return [
        f"{v.kind} ×{v.units}: {v.billed} {v.supported} | {v.because}"
        + (" (undetermined)" if v.undetermined else "")
        for v in compare(some, supported(some, policy), policy)
    ]


ONE = [drug("ceftriaxone", "08:00", "08:40", site="right hand")]
TWO_PUSHES = [push("morphine", "08:00"), push("morphine", "09:00")]
TWO_DRUGS_PUSHED = [push("morphine", "08:00"), push("ondansetron", "09:00")]
NEW_DRUG = [*ONE, drug("vancomycin", "09:00", "09:35")]
SAME_DRUG = [*ONE, drug("ceftriaxone", "10:00", "10:35")]
SHORT_REPEAT = [*ONE, drug("ceftriaxone", "10:00", "10:20")]
BESIDE = [drug("ceftriaxone", "08:00", "09:00"), drug("vancomycin", "08:00", "09:00")]
LONG_AND_BESIDE = [drug("ceftriaxone", "08:00", "09:31"), drug("vancomycin", "08:00", "09:00")]
CHEMO = [drug("paclitaxel", "08:00", "09:00")]
NEW_CHEMO = [*CHEMO, drug("carboplatin", "09:00", "10:00")]
CHEMO_AGAIN = [*CHEMO, drug("paclitaxel", "12:00", "13:00")]
UNDER_THE_SKIN = [drug("deferoxamine", "08:00", "09:00", how="SC infusion")]

AGAIN = "a drug that the encounter has elsewhere is 96376, any other 96375"
NEW = "a new drug is 96367, more of a drug already infused 96366"
BESIDE_OR_OWN = "what runs beside another drug is 96368, minutes of its own 96367"
BESIDE_OR_HOUR = "what runs beside another drug is 96368, a further hour 96366"
NEW_CHEMO_DRUG = "a new drug is 96417, more of a drug already infused 96415"
SHORT = "16 to 30 minutes more of a drug infused before are 96376"
INITIAL = "each access has one initial service"
TECHNIQUE = "15 minutes or less, or by hand, are a push; 16 or more an infusion"
SKIN = "15 minutes or less under the skin are an injection, 16 or more an infusion"
CLASS = "the drug's class decides between the families"
FLUID = "fluid for its own sake is hydration, a drug is not"
RANK = "the highest-ranked service is the initial"

# given, billed in full, the code billed wrongly, the code supported, and the cause
WRONG_CODES = [
    (TWO_PUSHES, "96374 96375", "96375", "96376", AGAIN),
    (TWO_DRUGS_PUSHED, "96374 96376", "96376", "96375", AGAIN),
    (SAME_DRUG, "96365 96367", "96367", "96366", NEW),
    (NEW_DRUG, "96365 96366", "96366", "96367", NEW),
    (BESIDE, "96365 96367", "96367", "96368", BESIDE_OR_OWN),
    (NEW_DRUG, "96365 96368", "96368", "96367", BESIDE_OR_OWN),
    (BESIDE, "96365 96366", "96366", "96368", BESIDE_OR_HOUR),
    (SAME_DRUG, "96365 96368", "96368", "96366", BESIDE_OR_HOUR),
    (CHEMO_AGAIN, "96413 96417", "96417", "96415", NEW_CHEMO_DRUG),
    (NEW_CHEMO, "96413 96415", "96415", "96417", NEW_CHEMO_DRUG),
    (SHORT_REPEAT, "96365 96366", "96366", "96376", SHORT),
    (SHORT_REPEAT, "96365 96367", "96367", "96376", SHORT),
    (SHORT_REPEAT, "96365 96375", "96375", "96376", SHORT),
    (SHORT_REPEAT, "96365 96365", "96365", "96376", SHORT),
    (SAME_DRUG, "96365 96376", "96376", "96366", TECHNIQUE),
    ([*ONE, push("ceftriaxone", "10:00")], "96365 96366", "96366", "96376", TECHNIQUE),
    ([*ONE, push("morphine", "10:00")], "96365 96367", "96367", "96375", TECHNIQUE),
    (NEW_DRUG, "96365 96375", "96375", "96367", TECHNIQUE),
    (ONE, "96374", "96374", "96365", TECHNIQUE),
    ([push("morphine", "08:00")], "96365", "96365", "96374", TECHNIQUE),
    (CHEMO, "96409", "96409", "96413", TECHNIQUE),
    ([push("doxorubicin", "08:00")], "96413", "96413", "96409", TECHNIQUE),
    (NEW_CHEMO, "96413 96411", "96411", "96417", TECHNIQUE),
    ([*CHEMO, push("doxorubicin", "10:00")], "96413 96417", "96417", "96411", TECHNIQUE),
    ([push("doxorubicin", "08:00")], "96415", "96415", "96409", TECHNIQUE),
    ([push("morphine", "08:00")], "96367", "96367", "96374", TECHNIQUE),
    (NEW_DRUG, "96365 96365", "96365", "96367", INITIAL),
    (SAME_DRUG, "96365 96365", "96365", "96366", INITIAL),
    (BESIDE, "96365 96365", "96365", "96368", INITIAL),
    (TWO_DRUGS_PUSHED, "96374 96374", "96374", "96375", INITIAL),
    (TWO_PUSHES, "96374 96374", "96374", "96376", INITIAL),
    (NEW_CHEMO, "96413 96413", "96413", "96417", INITIAL),
    (CHEMO_AGAIN, "96413 96413", "96413", "96415", INITIAL),
    ([*CHEMO, push("doxorubicin", "10:00")], "96413 96409", "96409", "96411", INITIAL),
    ([push("morphine", "08:00"), drug(SALINE, "09:00", "10:00")], "96374 96360", "96360", "96361",
     INITIAL),
    (UNDER_THE_SKIN, "96372", "96372", "96369", SKIN),
    ([drug("deferoxamine", "08:00", how="SC")], "96369", "96369", "96372", SKIN),
    (UNDER_THE_SKIN, "96370", "96370", "96369",
     "the first infusion under the skin is 96369, further hours 96370"),
    (ONE, "96413", "96413", "96365", CLASS),
    (CHEMO, "96365", "96365", "96413", CLASS),
    ([push("morphine", "08:00")], "96409", "96409", "96374", CLASS),
    (NEW_DRUG, "96365 96417", "96417", "96367", CLASS),
    (SAME_DRUG, "96365 96415", "96415", "96366", CLASS),
    (TWO_DRUGS_PUSHED, "96374 96411", "96411", "96375", CLASS),
    ([drug("ketorolac", "08:00", how="IM")], "96401", "96401", "96372", CLASS),
    ([drug("fulvestrant", "08:00", how="IM")], "96401", "96401", "96402", CLASS),
    (ONE, "96360", "96360", "96365", FLUID),
    ([drug(SALINE, "08:00", "09:00")], "96365", "96365", "96360", FLUID),
    ([push("morphine", "08:00"), drug(SALINE, "09:00", "10:00")], "96374 96366", "96366", "96361",
     FLUID),
    ([push("morphine", "08:00"), drug(SALINE, "09:00", "10:00")], "96374 96365", "96365", "96361",
     FLUID),
    ([drug(SALINE, "08:00", "08:20"), push("morphine", "08:10")], "96360", "96360", "96374", RANK),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "claim", "billed", "right", "cause"),
    [pytest.param(*row, id=f"{row[2]} for {row[3]}, {row[1]}") for row in WRONG_CODES],
)
def test_a_wrong_code_is_one_difference_with_its_cause(
    given: list[dict[str, Any]], claim: str, billed: str, right: str, cause: str
) -> None:
    because = f"{billed} is billed where the record supports {right}: {cause}."
    assert differences(given, claim.split()) == [f"wrong code ×1: {billed} {right} | {because}"]


def test_every_cause_is_tried_and_names_codes_that_there_are() -> None:
    tried = {row[4] for row in WRONG_CODES}
    assert {cause for cause, _, _ in _CONFUSED} | {SHORT} == tried
    assert {code for _, *sides in _CONFUSED for side in sides for code in side} <= (
        ADMINISTRATION_CODES
    )


def test_two_services_that_changed_places_are_one_difference() -> None:
    given = [drug("vancomycin", "08:00", "08:45"), drug("paclitaxel", "09:00", "10:00")]
    [told] = differences(given, ["96365", "96417"])
    assert told == (
        "wrong code ×1: 96365 96413 | 96365 is billed as the initial service where the record's is "
        "96413; so 96417 and 96367 change places too."
    )
    given = [push("morphine", "08:00"), drug(SALINE, "09:00", "10:00")]
    [told] = differences(given, ["96360", "96375"])
    assert told == (
        "wrong code ×1: 96360 96374 | 96360 is billed as the initial service where the record's is "
        "96374; so 96375 and 96361 change places too."
    )


OVER_AND_UNDER = [
    (ONE, ["96365 x3"],
     "over ×2: 96365 None | 96365 is billed with 3 units; the record supports 1."),
    (ONE, ["96365", "96372"],
     "over ×1: 96372 None | 96372 is billed with 1 unit; the record supports 0."),
    (ONE, ["99284"], "under ×1: None 96365 | The record supports 1 unit of 96365; 0 billed."),
    # takes back what no file has
    (ONE, ["96372 x-1"], "under ×1: None 96365 | The record supports 1 unit of 96365; 0 billed."),
    # without any claim line the encounter may be billed elsewhere
    (
        ONE,
        [],
        "under ×1: None 96365 | The record supports 1 unit of 96365; 0 billed. (undetermined)",
    ),
    ([drug("ceftriaxone", "08:00", "11:31")], ["96365", "96366"],
     "under ×2: None 96366 | The record supports 3 units of 96366; 1 billed."),
    ([*ONE, drug("study drug", "10:00", "11:00")], ["96365 x2"],
     "over ×1: 96365 None | 96365 is billed with 2 units; the record supports 1. (undetermined)"),
]  # fmt: skip


LEFT_OUT = [*ONE, push("ondansetron", "10:00")]


@pytest.mark.parametrize(
    ("kind", "given", "billed", "is_open"),
    [
        ("administration", ONE, ["96365 x2"], True),
        ("administration", LEFT_OUT, ["96365"], True),
        ("claim_line", ONE, ["96365 x2"], False),  # another line would only be more
        ("claim_line", LEFT_OUT, ["96365"], True),
        ("claim_line", LEFT_OUT, ["96374", "96375"], True),
        ("order", ONE, ["96365 x2"], False),
        ("access", LEFT_OUT, ["96365"], False),
    ],
)
def test_a_rejected_row_may_explain_a_difference(
    kind: str, given: list[dict[str, Any]], billed: list[str], is_open: bool
) -> None:
    told = differences(given, billed, rejected=[{"kind": kind}])
    assert [said.endswith("(undetermined)") for said in told] == [is_open]
    assert [said.removesuffix(" (undetermined)") for said in told] == differences(given, billed)


def test_an_hour_too_many_is_not_the_push_that_is_missing() -> None:
    given = [drug("ceftriaxone", "09:00", "10:00"), push("ondansetron", "10:30")]
    assert differences(given, ["96365", "96366"]) == [
        "over ×1: 96366 None | 96366 is billed with 1 unit; the record supports 0.",
        "under ×1: None 96375 | The record supports 1 unit of 96375; 0 billed.",
    ]


def test_a_push_too_many_is_not_the_further_hour_that_is_missing() -> None:
    given = [drug("ceftriaxone", "09:00", "11:00")]
    assert differences(given, ["96365", "96375"]) == [
        "over ×1: 96375 None | 96375 is billed with 1 unit; the record supports 0.",
        "under ×1: None 96366 | The record supports 1 unit of 96366; 0 billed.",
    ]


@pytest.mark.parametrize(("given", "billed", "told"), OVER_AND_UNDER)
def test_too_much_and_too_little(given: list[dict[str, Any]], billed: list[str], told: str) -> None:
    assert differences(given, billed) == [told]


def test_what_a_wrong_code_explains_is_not_counted_again() -> None:
    told = differences(TWO_PUSHES, ["96374", "96375 x3"])
    assert told == [
        f"wrong code ×1: 96375 96376 | 96375 is billed where the record supports 96376: {AGAIN}.",
        "over ×2: 96375 None | 96375 is billed with 3 units; the record supports 0.",
    ]


def test_a_wrong_date_is_told_once_for_its_code() -> None:
    [told] = differences(ONE, [{"code": "96365", "date": 2}])
    assert told == (
        "wrong date ×1: 96365 96365 | 96365 is billed on 2026-09-02; the record dates it "
        "2026-09-01."
    )
    two_days = [drug(SALINE, "23:00", "2 02:00")]
    assert differences(two_days, ["96360", {"code": "96361 x2", "date": 2}]) == []
    assert differences(two_days, ["96360", "96361 x2"]) == [
        "wrong date ×2: 96361 96361 | 96361 is billed on 2026-09-01; the record dates it "
        "2026-09-02."
    ]
    undated = [{"code": "96365", "dated": None}]
    assert differences(ONE, undated) == []


def test_a_deleted_code_stands_for_the_one_that_took_its_place() -> None:
    long = [drug("ceftriaxone", "08:00", "09:31")]
    assert differences(long, ["90765", "90766"]) == []
    assert differences(long, [{"code": "90765", "date": 2}, "90766"]) == [
        "wrong date ×1: 96365 96365 | 96365 is billed on 2026-09-02; the record dates it "
        "2026-09-01."
    ]
    assert differences(ONE, ["90765 x2"]) == [
        "over ×1: 96365 None | 96365 is billed with 2 units; the record supports 1."
    ]
    some = encounter({"given": ONE, "billed": ["90765", "90774-59", "90766"]})
    assert [line.hcpcs for line in initial_lines(some)] == ["90765", "90774"]
    over = compare(
        encounter({"given": [], "billed": [{"code": "90765", "date": 3}]}),
        supported(encounter({}), Policy()),
        Policy(),
    )
    assert [variance.service_date for variance in over] == [date(2026, 9, 3)]


AT_TWO_SITES = [
    drug("ceftriaxone", "08:00", "08:40", site="right hand"),
    drug("vancomycin", "08:10", "09:40", site="left hand"),
]
MODIFIERS = [
    ("a second access with its modifier", AT_TWO_SITES, ["96365", "96365-59"], []),
    ("X instead of 59", AT_TWO_SITES, ["96365-XS", "96365"], []),
    (
        "a second access without",
        AT_TWO_SITES,
        ["96365 x2"],
        ["modifier ×1: 96365 96365 | 96365 at a second access is billed without 59 or another "
         "such modifier."],
    ),
    (
        "under a deleted code without",
        AT_TWO_SITES,
        ["90765 x2"],
        ["modifier ×1: 96365 96365 | 96365 at a second access is billed without 59 or another "
         "such modifier."],
    ),
    (
        "both initials distinct",
        AT_TWO_SITES,
        ["96365-59 x2"],
        ["modifier ×1: 96365 96365 | 96365 is billed with 59 as a distinct service; the record "
         "supports 2 accesses."],
    ),
    (
        "one access",
        ONE,
        ["96365-59"],
        ["modifier ×1: 96365 96365 | 96365 is billed with 59 as a distinct service; the record "
         "supports one access."],
    ),
    (
        "one access, under a deleted code with X",
        ONE,
        ["90765-XU"],
        ["modifier ×1: 96365 96365 | 96365 is billed with XU as a distinct service; the record "
         "supports one access."],
    ),
    ("another modifier", ONE, ["96365-PO"], []),
    ("no initial service", TWO_PUSHES, ["96374", "96376-59"], []),
    ("apart from a procedure, perhaps", ONE, ["96365-59", "74177"], []),
    (
        "the sites are not told",
        [drug("ceftriaxone", "08:00", "08:40"), push("morphine", "08:10")],
        ["96365-59", "96375"],
        [],
    ),
    (
        "on the other initial",
        [push("morphine", "08:20", site="right hand"), AT_TWO_SITES[1]],
        ["96365-59", "96374"],
        ["modifier ×1: 96374 96374 | 96374 at a second access is billed without 59 or another "
         "such modifier."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "billed", "told"), [pytest.param(*row[1:], id=row[0]) for row in MODIFIERS]
)
def test_modifiers_of_initial_services(
    given: list[dict[str, Any]], billed: list[str], told: list[str]
) -> None:
    assert differences(given, billed) == told


def test_another_encounter_that_day_explains_a_modifier() -> None:
    again = {"other encounters": [{"arrived": "18:00", "discharged": "20:00"}]}
    assert differences(ONE, ["96365-XE"], **again) == []
    [told] = differences(
        ONE, [{"code": "96365-XE", "date": 1}], **{"other encounters": [{"arrived": "3 18:00"}]}
    )
    assert told.startswith("modifier ×1: 96365 96365 | 96365 is billed with XE")
