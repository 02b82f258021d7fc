"""The coding rules as tables: what was given, and the units that the record supports."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest

from auditor.coding import add, compare, supported, whole
from auditor.policy import Policy, policy_from
from auditor.record import Encounter, Segment, StopEvidence
from tests.cases import ZONE, administration, encounter


def lines_of(case: dict[str, Any], **choices: Any) -> str:
    """Supported units such as ``96365 96366x2``; with a day where the service date is not day 1."""
    units: Counter[str] = Counter()
    for line in supported(encounter(case), policy_from(choices)).lines:
        day = f"@{line.service_date.day}" if line.service_date.day != 1 else ""
        units["-".join((line.code, *line.modifiers)) + day] += line.units
    return " ".join(
        code.replace("@", f"x{n}@") if n > 1 and "@" in code else f"{code}x{n}" if n > 1 else code
        for code, n in sorted(units.items())
    )


def drug(name: str, start: str, stop: str | None = None, **more: Any) -> dict[str, Any]:
    return {"drug": name, "from": start, "to": stop, **more}


def push(name: str, at: str, **more: Any) -> dict[str, Any]:
    return drug(name, at, how="push", **more)


SALINE = "0.9% sodium chloride"


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(0, 0), (60, 0), (90, 0), (91, 1), (150, 1), (151, 2), (210, 2), (211, 3)],
)
def test_additional_hours_after_a_first_hour(minutes: int, units: int) -> None:
    assert add(minutes) == units


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(0, 0), (30, 0), (31, 1), (90, 1), (91, 2), (150, 2), (151, 3), (175, 3)],
)
def test_hours_where_every_hour_is_an_add_on(minutes: int, units: int) -> None:
    assert whole(minutes) == units


# Minutes from 08:00, and what they support alone, in each family that counts them.
THRESHOLDS = [
    ("therapeutic", "ceftriaxone", "infusion", "08:15", "96374"),
    ("therapeutic", "ceftriaxone", "infusion", "08:16", "96365"),
    ("therapeutic", "ceftriaxone", "infusion", "09:30", "96365"),
    ("therapeutic", "ceftriaxone", "infusion", "09:31", "96365 96366"),
    ("therapeutic", "ceftriaxone", "infusion", "10:30", "96365 96366"),
    ("therapeutic", "ceftriaxone", "infusion", "10:31", "96365 96366x2"),
    ("chemotherapy", "paclitaxel", "infusion", "08:15", "96409"),
    ("chemotherapy", "paclitaxel", "infusion", "08:16", "96413"),
    ("chemotherapy", "paclitaxel", "infusion", "09:30", "96413"),
    ("chemotherapy", "paclitaxel", "infusion", "09:31", "96413 96415"),
    ("chemotherapy", "paclitaxel", "infusion", "10:30", "96413 96415"),
    ("chemotherapy", "paclitaxel", "infusion", "10:31", "96413 96415x2"),
    ("hydration", SALINE, "infusion", "08:30", ""),
    ("hydration", SALINE, "infusion", "08:31", "96360"),
    ("hydration", SALINE, "infusion", "09:30", "96360"),
    ("hydration", SALINE, "infusion", "09:31", "96360 96361"),
    ("hydration", SALINE, "infusion", "10:30", "96360 96361"),
    ("hydration", SALINE, "infusion", "10:31", "96360 96361x2"),
    ("under the skin", "deferoxamine", "SC infusion", "08:15", "96372"),
    ("under the skin", "deferoxamine", "SC infusion", "08:16", "96369"),
    ("under the skin", "deferoxamine", "SC infusion", "09:30", "96369"),
    ("under the skin", "deferoxamine", "SC infusion", "09:31", "96369 96370"),
    ("under the skin", "deferoxamine", "SC infusion", "10:30", "96369 96370"),
    ("under the skin", "deferoxamine", "SC infusion", "10:31", "96369 96370x2"),
]


@pytest.mark.parametrize(
    ("name", "how", "stop", "expected"),
    [pytest.param(*row[1:], id=f"{row[0]} until {row[3]}") for row in THRESHOLDS],
)
def test_both_sides_of_every_threshold_alone(name: str, how: str, stop: str, expected: str) -> None:
    assert lines_of({"given": [drug(name, "08:00", stop, how=how)]}) == expected


# The same minutes beside another initial service (an hour of pantoprazole before, 06:00–07:00).
BESIDE = [
    ("a new drug", "ceftriaxone", "08:15", "96365 96375"),
    ("a new drug", "ceftriaxone", "08:16", "96365 96367"),
    ("a new drug", "ceftriaxone", "09:30", "96365 96367"),
    ("a new drug", "ceftriaxone", "09:31", "96365 96366 96367"),
    ("a new drug", "ceftriaxone", "10:30", "96365 96366 96367"),
    ("a new drug", "ceftriaxone", "10:31", "96365 96366x2 96367"),
    ("the same drug", "pantoprazole", "08:15", "96365 96376"),
    ("the same drug", "pantoprazole", "08:16", "96365 96376"),
    ("the same drug", "pantoprazole", "08:30", "96365 96376"),
    ("the same drug", "pantoprazole", "08:31", "96365 96366"),
    ("the same drug", "pantoprazole", "09:30", "96365 96366"),
    ("the same drug", "pantoprazole", "09:31", "96365 96366x2"),
    ("hydration", SALINE, "08:30", "96365"),
    ("hydration", SALINE, "08:31", "96361 96365"),
    ("hydration", SALINE, "09:30", "96361 96365"),
    ("hydration", SALINE, "09:31", "96361x2 96365"),
    ("hydration", SALINE, "10:30", "96361x2 96365"),
    ("hydration", SALINE, "10:31", "96361x3 96365"),
]


@pytest.mark.parametrize(
    ("name", "stop", "expected"),
    [pytest.param(*row[1:], id=f"{row[0]} until {row[2]}") for row in BESIDE],
)
def test_both_sides_of_every_threshold_beside_another(name: str, stop: str, expected: str) -> None:
    given = [drug("pantoprazole", "06:00", "07:00"), drug(name, "08:00", stop)]
    assert lines_of({"given": given}) == expected


CHEMO_BESIDE = [
    ("a new drug", "carboplatin", "08:15", "96411 96413"),
    ("a new drug", "carboplatin", "08:16", "96413 96417"),
    ("a new drug", "carboplatin", "09:30", "96413 96417"),
    ("a new drug", "carboplatin", "09:31", "96413 96415 96417"),
    ("the same drug", "paclitaxel", "08:30", "96413"),
    ("the same drug", "paclitaxel", "08:31", "96413 96415"),
]


@pytest.mark.parametrize(
    ("name", "stop", "expected"),
    [pytest.param(*row[1:], id=f"{row[0]} until {row[2]}") for row in CHEMO_BESIDE],
)
def test_chemotherapy_beside_chemotherapy(name: str, stop: str, expected: str) -> None:
    given = [drug("paclitaxel", "06:00", "07:00"), drug(name, "08:00", stop)]
    assert lines_of({"given": given}) == expected


PUSHES = [
    ("30 minutes later: nothing", ["08:00", "08:30"], "96374"),
    ("31 minutes later: a repeat", ["08:00", "08:31"], "96374 96376"),
    ("the clock does not move", ["08:00", "08:20", "08:40"], "96374 96376"),
    ("the same minute", ["08:00", "08:00"], "96374"),
    ("across midnight", ["22:00", "2 02:00"], "96374 96376@2"),
]


@pytest.mark.parametrize(
    ("times", "expected"), [pytest.param(*row[1:], id=row[0]) for row in PUSHES]
)
def test_pushes_of_one_drug(times: list[str], expected: str) -> None:
    assert lines_of({"given": [push("morphine", at) for at in times]}) == expected


OVERLAPS = [
    # drug A 08:00–10:00, drug B from … to …
    ("15 minutes of its own, 16 shared", "09:44", "10:15", "96365 96366 96368"),
    ("16 minutes of its own", "09:44", "10:16", "96365 96366 96367"),
    ("15 of its own, 15 shared", "09:45", "10:15", "96365 96366 96367"),
    ("all shared", "08:30", "09:30", "96365 96366 96368"),
]


@pytest.mark.parametrize(
    ("start", "stop", "expected"), [pytest.param(*row[1:], id=row[0]) for row in OVERLAPS]
)
def test_a_second_drug_that_overlaps(start: str, stop: str, expected: str) -> None:
    given = [drug("vancomycin", "08:00", "10:00"), drug("ceftriaxone", start, stop)]
    assert lines_of({"given": given}) == expected


HYDRATION = [
    ("a gap of 5 minutes is one run", [("08:00", "08:20"), ("08:25", "08:45")], [], "96360"),
    ("a gap of 6 minutes is two", [("08:00", "08:20"), ("08:26", "08:46")], [], ""),
    (
        "31 minutes before the drug",
        [("08:00", "10:00")],
        [drug("ceftriaxone", "08:31", "10:00")],
        "96361 96365",
    ),
    (
        "30 minutes before the drug",
        [("08:00", "10:00")],
        [drug("ceftriaxone", "08:30", "10:00")],
        "96365",
    ),
    (
        "push minutes shorten to 31",
        [("08:00", "08:36")],
        [push("morphine", "08:10", to="08:15")],
        "96361 96374",
    ),
    (
        "push minutes shorten to 30",
        [("08:00", "08:35")],
        [push("morphine", "08:10", to="08:15")],
        "96374",
    ),
]


@pytest.mark.parametrize(
    ("fluids", "others", "expected"), [pytest.param(*row[1:], id=row[0]) for row in HYDRATION]
)
def test_hydration(
    fluids: list[tuple[str, str]], others: list[dict[str, Any]], expected: str
) -> None:
    given = [drug(SALINE, start, stop) for start, stop in fluids]
    assert lines_of({"given": given + others}) == expected


@pytest.mark.parametrize(
    ("rate", "expected"), [(50, ""), (51, "96360"), (124, "96360"), (125, "96360")]
)
def test_a_rate_that_keeps_the_vein_open_earns_nothing(rate: int, expected: str) -> None:
    given = [drug(SALINE, "08:00", "09:00", rates=[["08:00", rate]])]
    assert lines_of({"given": given}) == expected


@pytest.mark.parametrize(("rate", "reviewed"), [(51, True), (124, True), (125, False)])
def test_a_slow_rate_is_left_to_review(rate: int, reviewed: bool) -> None:
    case = {"given": [drug(SALINE, "08:00", "09:00", rates=[["08:00", rate]])]}
    assert bool(supported(encounter(case), policy_from({})).reviews) is reviewed


@pytest.mark.parametrize(
    ("stop", "reviewed"), [("08:16", True), ("08:17", True), ("08:18", False), ("09:32", True)]
)
def test_minutes_close_above_a_threshold_are_left_to_review(stop: str, reviewed: bool) -> None:
    case = {"given": [drug("ceftriaxone", "08:00", stop)]}
    assert bool(supported(encounter(case), Policy()).reviews) is reviewed
    exact = supported(encounter(case), policy_from({"borderline": 0}))
    assert not exact.reviews


@pytest.mark.parametrize(("resumed", "reviewed"), [("10:00", False), ("10:01", True)])
def test_a_pause_of_more_than_an_hour_is_left_to_review(resumed: str, reviewed: bool) -> None:
    given = [{"drug": "ceftriaxone", "segments": [["08:00", "09:00"], [resumed, "10:20"]]}]
    assert bool(supported(encounter({"given": given}), policy_from({})).reviews) is reviewed


def test_every_choice_that_bears_on_coding_is_tried_in_both_positions() -> None:
    reviews = {"hydration_review_rate", "pause_review", "borderline"}
    others = {
        "name",
        "skip",
        "arrival_tolerance",
        "flush_gap",
        "hand_over",
        "late_charting_hours",
        "payment_system",
        "payment_window_days",
        "rural_sole_community",
    }
    tried = {row[0] for row in CHOICES}
    assert {field.name for field in fields(Policy)} == tried | reviews | others


WINDOW = [
    ("a push at arrival", {"arrived": "08:00"}, push("morphine", "08:00"), "96374"),
    ("a push before arrival", {"arrived": "08:01"}, push("morphine", "08:00"), ""),
    ("a push before the end", {"discharged": "08:01"}, push("morphine", "08:00"), "96374"),
    ("a push at the end", {"discharged": "08:00"}, push("morphine", "08:00"), ""),
    ("clipped to 16", {"arrived": "08:14"}, drug("ceftriaxone", "08:00", "08:30"), "96365"),
    ("clipped to 15", {"arrived": "08:15"}, drug("ceftriaxone", "08:00", "08:30"), "96374"),
    ("clipped to nothing", {"arrived": "08:30"}, drug("ceftriaxone", "08:00", "08:30"), ""),
    ("up to the inpatient order", {"inpatient": "08:31"}, drug(SALINE, "08:00", "12:00"), "96360"),
    ("30 minutes before it", {"inpatient": "08:30"}, drug(SALINE, "08:00", "12:00"), ""),
    ("stops when it starts", {}, drug("ceftriaxone", "08:00", "08:00"), "96374"),
]


@pytest.mark.parametrize(
    ("stay", "given", "expected"), [pytest.param(*row[1:], id=row[0]) for row in WINDOW]
)
def test_the_outpatient_window(stay: dict[str, str], given: dict[str, Any], expected: str) -> None:
    assert lines_of({"stay": stay, "given": [given]}) == expected


def test_an_hour_that_the_clocks_take_away_does_not_count() -> None:
    """On 2026-03-08 02:00 becomes 03:00: 01:00 to 04:00 on the wall are 120 minutes."""
    given = administration(drug("ceftriaxone", "01:00", "04:00"), 1)
    start, stop = (datetime(2026, 3, 8, hour, tzinfo=ZONE) for hour in (1, 4))
    spring = replace(given, segments=(Segment(start, stop, StopEvidence.CHARTED),))
    support = supported(Encounter("E1", administrations=(spring,)), Policy())
    assert [(line.code, line.units) for line in support.lines] == [("96365", 1), ("96366", 1)]


# Each judgement call in both positions: field, value, what was given, default answer, other answer.
CHOICES = [
    (
        "still_infusing",
        "reaches 16 minutes",
        [drug("ceftriaxone", "08:00", rates=[["08:00", 100], ["08:16", 50]])],
        "",
        "96365",
    ),
    (
        "deduct_pauses",
        False,
        [{"drug": "ceftriaxone", "segments": [["08:00", "08:45"], ["09:00", "09:31"]]}],
        "96365",
        "96365 96366",
    ),
    (
        "same_drug_sequential",
        "accept",
        [drug("ceftriaxone", "08:00", "08:40"), drug("ceftriaxone", "12:00", "12:40")],
        "96365 96366",
        "96365 96367",
    ),
    (
        "repeat_push_after",
        "30 or more",
        [push("morphine", "08:00"), push("morphine", "08:30")],
        "96374",
        "96374 96376",
    ),
    (
        "repeat_push_from",
        "end",
        [push("morphine", "08:00", to="08:05"), push("morphine", "08:31")],
        "96374 96376",
        "96374",
    ),
    (
        "repeat_push_since",
        "given",
        [push("morphine", "08:00"), push("morphine", "08:20"), push("morphine", "08:40")],
        "96374 96376",
        "96374",
    ),
    (
        "blood_premedication",
        "integral",
        [
            push("diphenhydramine", "08:00", reason="Premedication"),
            {"drug": "red blood cells", "from": "08:30", "to": "10:30"},
        ],
        "36430 96374",
        "36430",
    ),
    ("missing_stop", "push", [drug("ceftriaxone", "08:00")], "", "96374"),
    (
        "accepted_stop_evidence",
        ["A", "B", "C"],
        [drug("ceftriaxone", "08:00", "08:30", grade="C")],
        "",
        "96365",
    ),
    (
        "same_drug_infusions",
        "add per date",
        [drug("ceftriaxone", "08:00", "08:20"), drug("ceftriaxone", "12:00", "12:20")],
        "96365 96376",
        "96365",
    ),
    (
        "repeat_infusion_16_to_30",
        "96366",
        [drug("ceftriaxone", "08:00", "08:20"), drug("ceftriaxone", "12:00", "12:20")],
        "96365 96376",
        "96365 96366",
    ),
    (
        "repeat_infusion_16_to_30",
        "none",
        [drug("ceftriaxone", "08:00", "08:20"), drug("ceftriaxone", "12:00", "12:20")],
        "96365 96376",
        "96365",
    ),
    (
        "partial_overlap",
        "full minutes",
        [drug("vancomycin", "08:00", "10:00"), drug("ceftriaxone", "09:00", "10:40")],
        "96365 96366 96367",
        "96365 96366x2 96367",
    ),
    (
        "partial_overlap",
        "concurrent over 15",
        [drug("vancomycin", "08:00", "10:00"), drug("ceftriaxone", "09:00", "10:40")],
        "96365 96366 96367",
        "96365 96366 96368",
    ),
    (
        "concurrent_once_per",
        "date",
        [
            drug("vancomycin", "08:00", "09:00"),
            drug("ceftriaxone", "08:00", "09:00"),
            drug("vancomycin", "2 08:00", "2 09:00"),
            drug("famotidine", "2 08:00", "2 09:00"),
        ],
        "96365 96366@2 96368",
        "96365 96366@2 96368 96368@2",
    ),
    (
        "bolus_before_infusion",
        "96375",
        [push("heparin", "10:00"), drug("heparin", "10:05", "12:05")],
        "96365 96366 96376",
        "96365 96366 96375",
    ),
    (
        "midnight",
        "start date",
        [drug(SALINE, "23:00", "2 02:00")],
        "96360 96361x2@2",
        "96360 96361x2",
    ),
    (
        "deduct_push_minutes",
        False,
        [drug(SALINE, "08:00", "08:35"), push("morphine", "08:10", to="08:15")],
        "96374",
        "96361 96374",
    ),
    (
        "hydration_segments",
        "sum",
        [drug(SALINE, "08:00", "08:20"), drug(SALINE, "09:00", "09:20")],
        "",
        "96360",
    ),
    (
        "bag_change_gap",
        6,
        [drug(SALINE, "08:00", "08:20"), drug(SALINE, "08:26", "08:46")],
        "",
        "96360",
    ),
    ("kvo_rate", 60, [drug(SALINE, "08:00", "09:00", rates=[["08:00", 60]])], "96360", ""),
    (
        "chemo_hydration",
        "integral",
        [drug(SALINE, "08:00", "09:00"), drug("cisplatin", "09:00", "10:00")],
        "96361 96413",
        "96413",
    ),
    (
        "ems_push_starts_clock",
        True,
        [push("morphine", "05:50"), push("ondansetron", "06:05"), push("morphine", "06:10")],
        "96374 96375",
        "96374",
    ),
    (
        "second_site_after_removal",
        True,
        [
            drug(
                "ceftriaxone", "08:00", "08:30", site="right hand", reason="infiltrated, restarted"
            ),
            drug("vancomycin", "09:00", "10:00", site="left hand", reason="restarted"),
        ],
        "96365 96367",
        "96365 96365-59",
    ),
    (
        "access_needs_documented_need",
        "any second site",
        [
            drug("ceftriaxone", "08:00", "08:30", site="right hand"),
            drug("vancomycin", "09:00", "10:00", site="left hand"),
        ],
        "96365 96367",
        "96365 96365-59",
    ),
    (
        "separate_access_modifier",
        "XS",
        [
            drug("ceftriaxone", "08:00", "08:30", site="right hand"),
            drug("vancomycin", "08:00", "09:00", site="left hand"),
        ],
        "96365 96365-59",
        "96365 96365-XS",
    ),
    (
        "biologic_as_chemo",
        ["infliximab"],
        [drug("infliximab", "08:00", "10:00")],
        "96365 96366",
        "96413 96415",
    ),
]


@pytest.mark.parametrize(
    ("field", "value", "given", "default", "other"),
    [pytest.param(*row, id=f"{row[0]} = {row[1]}") for row in CHOICES],
)
def test_each_choice_in_both_positions(
    field: str, value: object, given: list[dict[str, Any]], default: str, other: str
) -> None:
    assert lines_of({"given": given}) == default
    assert lines_of({"given": given}, **{field: value}) == other


def test_a_deleted_code_is_compared_as_the_one_that_took_its_place() -> None:
    some = encounter(
        {"billed": ["90765"], "given": [{"drug": "ceftriaxone", "from": "08:00", "to": "09:00"}]}
    )
    assert compare(some, supported(some, Policy()), Policy()) == ()
