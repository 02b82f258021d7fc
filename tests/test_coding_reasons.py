"""Why: rule and sentence of every line, of what earns none, and of what is left to review."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.coding import Support, supported
from auditor.policy import policy_from
from tests.cases import encounter

SALINE = "0.9% sodium chloride"


def drug(name: str, start: str | None, stop: str | None = None, **more: Any) -> dict[str, Any]:
    return {"drug": name, "from": start, "to": stop, **more}


def push(name: str, at: str, **more: Any) -> dict[str, Any]:
    return drug(name, at, how="push", **more)


def support_of(given: list[dict[str, Any]], **more: Any) -> Support:
    choices = more.pop("choices", {})
    return supported(encounter({"given": given, **more}), policy_from(choices))


PANTOPRAZOLE = drug("pantoprazole", "06:00", "07:00")
PACLITAXEL = drug("paclitaxel", "06:00", "07:00")

INITIAL = "counted minutes, the initial service here:"
# What is given; then code, rule and reason of each line, in the order of the hierarchy.
LINES = [
    (
        "the initial infusion and its hours",
        [drug("ceftriaxone", "08:00", "10:35")],
        [
            f"96365 6.1 155 {INITIAL} first hour and 2 further hours.",
            f"96366 6.1 155 {INITIAL} first hour and 2 further hours.",
        ],
    ),
    (
        "chemotherapy",
        [drug("paclitaxel", "08:00", "09:00")],
        [f"96413 6.1 60 {INITIAL} first hour."],
    ),
    (
        "more of the drug",
        [PANTOPRAZOLE, drug("pantoprazole", "08:00", "08:40")],
        [
            f"96365 6.1 60 {INITIAL} first hour.",
            "96366 6.2 40 counted minutes of a drug infused before: 1 h more.",
        ],
    ),
    (
        "a short repeat",
        [PANTOPRAZOLE, drug("pantoprazole", "08:00", "08:20")],
        [
            f"96365 6.1 60 {INITIAL} first hour.",
            "96376 6.2 16 to 30 minutes of a drug infused before, over 30 minutes after its last "
            "dose.",
        ],
    ),
    (
        "a new drug",
        [PANTOPRAZOLE, drug("ceftriaxone", "08:00", "09:35")],
        [
            f"96365 6.1 95 {INITIAL} first hour and 1 further hour.",
            f"96366 6.1 95 {INITIAL} first hour and 1 further hour.",
            "96367 6.3 60 counted minutes of a further drug: first hour.",
        ],
    ),
    (
        "beside another",
        [drug("ceftriaxone", "08:00", "09:00"), drug("vancomycin", "08:00", "09:00")],
        [
            f"96365 6.1 60 {INITIAL} first hour.",
            "96368 6.3 Ran beside another drug at this access for more than 15 minutes.",
        ],
    ),
    (
        "pushes",
        [
            push("morphine", "08:00"),
            push("ondansetron", "08:00"),
            push("morphine", "09:00"),
        ],
        [
            "96374 6.4 The highest-ranked service at its access: the initial push.",
            "96375 6.4 A push of a further drug.",
            "96376 6.4 A push of the same drug over 30 minutes after its last dose.",
        ],
    ),
    (
        "a bolus",
        [push("heparin", "10:00"), drug("heparin", "10:05", "11:05")],
        [
            f"96365 6.1 60 {INITIAL} first hour.",
            "96376 6.4 A push of a drug that is infused as well, with no reported dose before it.",
        ],
    ),
    (
        "chemotherapy pushes",
        [push("doxorubicin", "08:00"), push("vincristine", "08:10")],
        [
            "96409 6.4 The highest-ranked service at its access: the initial push.",
            "96411 6.4 A further chemotherapy push, once for its drug.",
        ],
    ),
    (
        "hydration as the initial",
        [drug(SALINE, "08:00", "09:35")],
        [
            "96360 6.5 95 counted minutes, the initial: first hour and 1 further hour.",
            "96361 6.5 95 counted minutes, the initial: first hour and 1 further hour.",
        ],
    ),
    (
        "hydration beside a push",
        [push("morphine", "07:00"), drug(SALINE, "08:00", "09:35")],
        [
            "96374 6.4 The highest-ranked service at its access: the initial push.",
            "96361 6.5 95 counted minutes beside another initial: 2 h.",
        ],
    ),
    (
        "under the skin",
        [drug("deferoxamine", "08:00", "09:00", how="SC infusion", **{"extra setup": True})],
        [
            "96369 2 60 counted minutes under the skin.",
            "96371 2 A further pump set-up at new sites, once.",
        ],
    ),
    (
        "the others",
        [
            drug("ketorolac", "08:00", how="IM"),
            drug("pegfilgrastim", "09:00", how="on-body"),
            drug("red blood cells", "10:00", "12:00"),
        ],
        [
            "96372 2 One injection.",
            "96377 2 An on-body injector was applied.",
            "36430 2 A transfusion, once a date.",
        ],
    ),
    (
        "a port flush",
        [drug("heparin lock flush", "08:00", how="port flush")],
        ["96523 2 A port flush, the sole service of its date."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "told"), [pytest.param(*row[1:], id=row[0]) for row in LINES])
def test_each_line_has_its_rule_and_its_reason(
    given: list[dict[str, Any]], told: list[str]
) -> None:
    lines = support_of(given).lines
    assert [f"{line.code} {line.rule} {line.because}" for line in lines] == told
    assert all(line.authorities for line in lines)


PUMP = {"drug": "fluorouracil", "how": "pump"}


@pytest.mark.parametrize(
    ("pump", "minutes", "told"),
    [
        ({**PUMP, "how": "home pump"}, None, "G0498 2 Started here, continued at home by the "
         "facility's pump."),
        (PUMP, 481, "96416 2 A chemotherapy pump started for more than 8 hours."),
        ({**PUMP, "drug": "ceftriaxone"}, 481, "C8957 2 A pump started for more than 8 hours."),
        ({**PUMP, "to": "16:00"}, 480,
         f"96413 6.1 480 {INITIAL} first hour and 7 further hours."),
    ],
)  # fmt: skip
def test_a_pump_has_its_rule_and_its_reason(
    pump: dict[str, Any], minutes: int | None, told: str
) -> None:
    ordered = [{"id": "O1", "drug": pump["drug"], "minutes": minutes}]
    line = support_of([{"from": "08:00", **pump, "order": "O1"}], orders=ordered).lines[0]
    assert f"{line.code} {line.rule} {line.because}" == told


SECOND_CHEMO = drug("carboplatin", "06:00", "07:00")
BLOOD = drug("red blood cells", "08:30", "10:30")
BENADRYL = push("diphenhydramine", "08:00", reason="Premedication")

# What is given, and the questions that a person must answer.
REVIEWS = [
    ("nothing to ask", [PANTOPRAZOLE], []),
    (
        "two chemotherapies at once",
        [PACLITAXEL, SECOND_CHEMO],
        ["6.3 A second chemotherapy drug at the same time has no code of its own (96549)."],
    ),
    (
        "16 to 30 minutes more of a chemotherapy",
        [PACLITAXEL, drug("paclitaxel", "08:00", "08:20")],
        ["6.2 20 minutes more of a chemotherapy drug infused before: no code fits."],
    ),
    (
        "hydration and chemotherapy",
        [PACLITAXEL, drug(SALINE, "07:00", "08:00")],
        ["6.5 Hydration at the access of chemotherapy is counted: was it needed for its own sake?"],
    ),
    (
        "a biologic",
        [drug("infliximab", "08:00", "09:00")],
        ["5 A complex biologic is coded as therapeutic: neither the policy nor the record supports "
         "the chemotherapy codes."],
    ),
    (
        "a biologic whose complexity is documented",
        [drug("infliximab", "08:00", "09:00", complex=True)],
        [],
    ),
    (
        "fluid under the skin",
        [drug(SALINE, "08:00", "10:00", how="SC infusion")],
        ["2 Fluid that is not given by vein is left to review."],
    ),
    (
        "chemotherapy under the skin",
        [drug("paclitaxel", "08:00", "10:00", how="SC infusion")],
        ["2 Subcutaneous chemotherapy infusion is left to review."],
    ),
    (
        "chemotherapy into an artery",
        [drug("doxorubicin", "08:00", how="IA")],
        ["2 Intra-arterial chemotherapy is left to review."],
    ),
    (
        "a portable pump without an order",
        [drug("fluorouracil", "08:00", how="pump")],
        ["2 A portable pump without an ordered duration is left to review."],
    ),
    (
        "premedication of a transfusion",
        [BENADRYL, BLOOD],
        ["2 The premedication of a transfusion is counted: is it more than protocol?"],
    ),
    ("premedication of nothing", [BENADRYL], []),
    (
        "a long pause",
        [{"drug": "ceftriaxone", "segments": [["08:00", "08:30"], ["09:31", "09:51"]]}],
        ["1 A pause of more than 60 minutes in one infusion."],
    ),
    (
        "a slow fluid",
        [drug(SALINE, "08:00", "09:00", rates=[["08:00", 100]])],
        ["6.5 Hydration counted above 50 and below 125 mL/h: does the rate replenish?"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "told"), [pytest.param(*row[1:], id=row[0]) for row in REVIEWS])
def test_what_is_left_to_review(given: list[dict[str, Any]], told: list[str]) -> None:
    reviews = support_of(given).reviews
    assert [f"{review.rule} {review.because}" for review in reviews] == told
    drugs = {row["drug"] for row in given}
    assert all(review.administration.drugs[0] in drugs for review in reviews)


COUNTED = "6.5 Hydration at the access of chemotherapy is counted: was it needed for its own sake?"
INTEGRAL = "6.5 Hydration at the access of chemotherapy is integral to the drug under this policy."
COUNTED_DRUG = "2 The premedication of a transfusion is counted: is it more than protocol?"
POSITIONS = [
    ("chemo_hydration", "review", [PACLITAXEL, drug(SALINE, "07:00", "08:00")], [COUNTED], 1),
    ("chemo_hydration", "counted", [PACLITAXEL, drug(SALINE, "07:00", "08:00")], [], 1),
    ("chemo_hydration", "integral", [PACLITAXEL, drug(SALINE, "07:00", "08:00")], [INTEGRAL], 0),
    ("blood_premedication", "review", [BENADRYL, BLOOD], [COUNTED_DRUG], 1),
    ("blood_premedication", "billable", [BENADRYL, BLOOD], [], 1),
    ("blood_premedication", "integral", [BENADRYL, BLOOD], [], 0),
]


@pytest.mark.parametrize(("choice", "value", "given", "told", "further"), POSITIONS)
def test_a_choice_between_review_and_none(
    choice: str, value: str, given: list[dict[str, Any]], told: list[str], further: int
) -> None:
    support = support_of(given, choices={choice: value})
    assert [f"{review.rule} {review.because}" for review in support.reviews] == told
    assert support.units("96361", "96374") == further


@pytest.mark.parametrize(
    ("choice", "value", "given"),
    [
        ("pause_review", 61, REVIEWS[-2][1]),
        ("hydration_review_rate", 100, REVIEWS[-1][1]),
        ("biologic_as_chemo", ["infliximab"], REVIEWS[4][1]),
    ],
)
def test_a_choice_that_leaves_nothing_to_review(
    choice: str, value: object, given: list[dict[str, Any]]
) -> None:
    assert support_of(given).reviews
    assert not support_of(given, choices={choice: value}).reviews


# What is given, and why the last of it earns nothing.
NOTHING = [
    ("no stop", [drug("ceftriaxone", "08:00")], "1 no accepted stop time"),
    (
        "a fluid without a stop",
        [drug(SALINE, "08:00")],
        "1 no accepted stop time: no hydration is supported (J4)",
    ),
    ("no time", [push("morphine", None)], "1 no time is charted"),
    ("before arrival", [push("morphine", "05:00")], "1 outside the hospital-outpatient window"),
    (
        "an infusion before arrival",
        [drug("ceftriaxone", "04:00", "05:00")],
        "1 outside the hospital-outpatient window",
    ),
    ("unclassified", [drug("study drug", "08:00", "09:00")], "1 the drug is not classified"),
    ("by mouth", [drug("ceftriaxone", "08:00", how="oral")], "2 not an injection or infusion"),
    (
        "contrast",
        [drug("iohexol", "08:00", how="push")],
        "2 contrast: no administration code of its own",
    ),
    ("a flush", [push(SALINE, "08:00")], "2 a fluid pushed by hand is a flush"),
    (
        "a slow fluid",
        [drug(SALINE, "08:00", "09:00", rates=[["08:00", 50]])],
        "6.5 nothing remains above the keep-vein-open rate in the window",
    ),
    (
        "a short fluid",
        [drug(SALINE, "08:00", "08:28")],
        "6.5 no run of 31 minutes remains beside the drugs given at the access",
    ),
    (
        "a fluid wholly beside a drug",
        [drug("ceftriaxone", "08:00", "09:00"), drug(SALINE, "08:00", "09:00")],
        "6.5 no run of 31 minutes remains beside the drugs given at the access",
    ),
    (
        "a push too soon",
        [push("morphine", "08:00"), push("morphine", "08:20")],
        "6.4 within 30 minutes of the drug's last dose",
    ),
    (
        "a short repeat too soon",
        [PANTOPRAZOLE, push("pantoprazole", "07:40"), drug("pantoprazole", "08:00", "08:20")],
        "6.2 within 30 minutes of the drug's last dose",
    ),
    (
        "little of its own",
        [
            drug("ceftriaxone", "08:00", "09:00"),
            drug("pantoprazole", "07:00", "08:30"),
            drug("ceftriaxone", "08:50", "09:10"),
        ],
        "6.2 10 minutes more of a drug infused before earn no unit",
    ),
    (
        "a second drug beside another",
        [
            drug("ceftriaxone", "08:00", "09:01"),
            drug("vancomycin", "08:00", "09:00"),
            drug("pantoprazole", "08:00", "09:00"),
        ],
        "6.3 96368 counts once for the encounter",
    ),
    (
        "a second chemotherapy beside another",
        [PACLITAXEL, SECOND_CHEMO],
        "6.3 chemotherapy beside chemotherapy has no code",
    ),
    (
        "a chemotherapy pushed twice",
        [push("doxorubicin", "08:00"), push("doxorubicin", "10:00")],
        "6.4 a chemotherapy push counts once for its drug",
    ),
    (
        "little more under the skin",
        [
            drug("deferoxamine", "08:00", "09:00", how="SC infusion"),
            drug("deferoxamine", "10:00", "10:25", how="SC infusion"),
        ],
        "2 25 minutes more under the skin earn no unit",
    ),
    (
        "a port flush beside a push",
        [push("morphine", "08:00"), drug("heparin lock flush", "08:00", how="port flush")],
        "2 not the sole service of its date",
    ),
]


@pytest.mark.parametrize(("given", "told"), [pytest.param(*row[1:], id=row[0]) for row in NOTHING])
def test_what_earns_nothing_says_why(given: list[dict[str, Any]], told: str) -> None:
    support = support_of(given)
    course = support.courses[-1]
    assert f"{course.rule} {course.because}" == told
    assert not any(course.administration in line.administrations for line in support.lines)


def test_hydration_beside_chemotherapy_says_why_it_earns_nothing() -> None:
    given = [PACLITAXEL, drug(SALINE, "07:00", "08:00")]
    course = support_of(given, choices={"chemo_hydration": "integral"}).courses[-1]
    assert (course.rule, course.because) == ("6.5", "integral to the chemotherapy at its access")
