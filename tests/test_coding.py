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
    ("the same drug", "pantoprazole", "10:30", "96365 96366x2"),
    ("the same drug", "pantoprazole", "10:31", "96365 96366x3"),
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
    ("a new drug", "carboplatin", "10:30", "96413 96415 96417"),
    ("a new drug", "carboplatin", "10:31", "96413 96415x2 96417"),
    ("the same drug", "paclitaxel", "08:15", "96411 96413"),
    ("the same drug", "paclitaxel", "08:16", "96413"),
    ("the same drug", "paclitaxel", "08:30", "96413"),
    ("the same drug", "paclitaxel", "08:31", "96413 96415"),
    ("the same drug", "paclitaxel", "09:30", "96413 96415"),
    ("the same drug", "paclitaxel", "09:31", "96413 96415x2"),
    ("the same drug", "paclitaxel", "10:30", "96413 96415x2"),
    ("the same drug", "paclitaxel", "10:31", "96413 96415x3"),
]


@pytest.mark.parametrize(
    ("name", "stop", "expected"),
    [pytest.param(*row[1:], id=f"{row[0]} until {row[2]}") for row in CHEMO_BESIDE],
)
def test_chemotherapy_beside_chemotherapy(name: str, stop: str, expected: str) -> None:
    given = [drug("paclitaxel", "06:00", "07:00"), drug(name, "08:00", stop)]
    assert lines_of({"given": given}) == expected


UNDER_THE_SKIN = [
    ("08:15", "96369 96372"),
    ("08:16", "96369"),
    ("08:30", "96369"),
    ("08:31", "96369 96370"),
    ("09:30", "96369 96370"),
    ("09:31", "96369 96370x2"),
    ("10:30", "96369 96370x2"),
    ("10:31", "96369 96370x3"),
]


@pytest.mark.parametrize(("stop", "expected"), UNDER_THE_SKIN)
@pytest.mark.parametrize("name", ["deferoxamine", "immune globulin"])
def test_a_second_infusion_under_the_skin(name: str, stop: str, expected: str) -> None:
    given = [
        drug("deferoxamine", "06:00", "07:00", how="SC infusion"),
        drug(name, "08:00", stop, how="SC infusion"),
    ]
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


def test_what_two_drugs_share_is_floored_once() -> None:
    """15 min 45 s of its own and as much shared: neither is 16 minutes, the 31½ together are."""
    support = supported(
        encounter(
            {
                "given": [
                    drug("vancomycin", "08:00", "10:00"),
                    drug("ceftriaxone", "09:44:15", "10:15:45"),
                ]
            }
        ),
        Policy(),
    )
    assert [line.code for line in support.lines] == ["96365", "96366", "96367"]


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


def reviews_of(given: list[dict[str, Any]], **choices: Any) -> list[str]:
    reviews = supported(encounter({"given": given}), policy_from(choices)).reviews
    return [f"{review.rule} {review.because}" for review in reviews]


def close(minutes: int, within: int = 2) -> str:
    return f"3 {minutes} counted minutes: a clock {within} min out would code them otherwise."


HOURS = {89, 92, 149, 152}
# What is given beside, the drug and how, and the minutes that a clock 2 out codes otherwise.
BORDERLINE = [
    ("a first hour", [], "ceftriaxone", "infusion", {14, 15, 16, 17} | HOURS),
    ("chemotherapy", [], "paclitaxel", "infusion", {14, 15, 16, 17} | HOURS),
    ("hydration", [], SALINE, "infusion", {29, 30, 31, 32} | HOURS),
    ("under the skin", [], "deferoxamine", "SC infusion", {14, 15, 16, 17} | HOURS),
    (
        "a new drug",
        [drug("pantoprazole", "06:00", "07:00")],
        "ceftriaxone",
        "infusion",
        {14, 15, 16, 17} | HOURS,
    ),
    (
        "more of the same drug",
        [drug("ceftriaxone", "06:00", "07:00")],
        "ceftriaxone",
        "infusion",
        {14, 15, 16, 17, 29, 30, 31, 32} | HOURS,
    ),
    (
        "more of the same chemotherapy",
        [drug("paclitaxel", "06:00", "07:00")],
        "paclitaxel",
        "infusion",
        {14, 15, 16, 17, 29, 30, 31, 32} | HOURS,
    ),
    (
        "hydration beside a push",
        [push("morphine", "06:00")],
        SALINE,
        "infusion",
        {29, 30, 31, 32} | HOURS,
    ),
    (
        "more under the skin",
        [drug("deferoxamine", "06:00", "07:00", how="SC infusion")],
        "deferoxamine",
        "SC infusion",
        {14, 15, 16, 17, 29, 30, 31, 32} | HOURS,
    ),
    ("by hand", [], "ceftriaxone", "push", set()),
]
TRIED = (13, 14, 15, 16, 17, 18, 28, 29, 30, 31, 32, 33, 88, 89, 92, 93, 148, 149, 152, 153)


@pytest.mark.parametrize(
    ("beside", "name", "how", "near"), [pytest.param(*row[1:], id=row[0]) for row in BORDERLINE]
)
def test_minutes_close_to_a_threshold_are_left_to_review(
    beside: list[dict[str, Any]], name: str, how: str, near: set[int]
) -> None:
    def told(minutes: int, **choices: Any) -> list[str]:
        stop = f"{8 + minutes // 60:02}:{minutes % 60:02}"
        given = [*beside, drug(name, "08:00", stop, how=how)]
        return [review for review in reviews_of(given, **choices) if review.startswith("3 ")]

    for minutes in TRIED:
        assert told(minutes) == ([close(minutes)] if minutes in near else []), minutes
        assert told(minutes, borderline=0) == []
        if minutes in near - HOURS - {14, 17, 29, 32}:
            assert told(minutes, borderline=1) == [close(minutes, 1)]


def test_a_threshold_of_another_choice_is_not_one() -> None:
    again = [drug("ceftriaxone", "06:00", "07:00"), drug("ceftriaxone", "08:00", "08:31")]
    assert reviews_of(again) == [close(31)]
    assert reviews_of(again, repeat_infusion_16_to_30="none") == [close(31)]
    assert reviews_of(again, repeat_infusion_16_to_30="96366") == []
    assert reviews_of(again, same_drug_sequential="accept") == []


@pytest.mark.parametrize(
    ("stop", "own", "shared"), [("10:15", 15, None), ("10:05", None, 16), ("10:03", None, None)]
)
def test_what_two_drugs_share_is_close_to_its_threshold(
    stop: str, own: int | None, shared: int | None
) -> None:
    """Drug A runs until 10:00, drug B from 09:44 or, with 20 minutes shared, from 09:40."""
    start = "09:44" if own or shared else "09:40"
    given = [drug("vancomycin", "08:00", "10:00"), drug("ceftriaxone", start, stop)]
    assert set(reviews_of(given)) == {close(n) for n in (own, shared, 16 if own else None) if n}


def test_minutes_close_to_a_threshold_keep_the_reason_of_the_line() -> None:
    [first, further] = supported(
        encounter({"given": [drug("ceftriaxone", "08:00", "09:31")]}), Policy()
    ).lines
    for line in (first, further):
        assert line.because == (
            "91 counted minutes, the initial service here: first hour and 1 further hour."
        )


@pytest.mark.parametrize(("resumed", "reviewed"), [("10:00", False), ("10:01", True)])
def test_a_pause_of_more_than_an_hour_is_left_to_review(resumed: str, reviewed: bool) -> None:
    given = [{"drug": "ceftriaxone", "segments": [["08:00", "09:00"], [resumed, "10:20"]]}]
    assert bool(supported(encounter({"given": given}), policy_from({})).reviews) is reviewed


def test_every_choice_that_bears_on_coding_is_tried_in_both_positions() -> None:
    reviews = {"hydration_review_rate", "pause_review", "borderline"}
    of_checks = {
        "hydration_needs_rate",
        "hydration_review_volume",
        "monitored_drugs",
        "observation_carve_out",
    }
    others = {
        "name",
        "skip",
        "arrival_tolerance",
        "drug_rounding",
        "flush_gap",
        "hand_over",
        "hydration_needs_rate",
        "hydration_review_volume",
        "late_charting_hours",
        "same_stops",
        "monitored_drugs",
        "observation_carve_out",
        "payment_system",
        "payment_window_days",
        "rural_sole_community",
    }
    tried = {row[0] for row in CHOICES} | {"ordered_short"}
    assert {field.name for field in fields(Policy)} == tried | reviews | of_checks | others


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


RESTARTED = "infiltrated, restarted"
TWO, ONE = "96365 96365-59", "96365 96367"
SECOND_SITES = [
    # at the right hand until 09:00, at the left from … on; what the two records say; the lines by
    # default and where a restart is admitted
    ("used at once", "08:50", None, None, TWO, TWO),
    ("used later", "09:00", None, None, ONE, ONE),
    ("the new line says restart", "08:55", None, "restarted after infiltration", ONE, TWO),
    ("the old line says it failed", "08:55", "infiltrated", None, ONE, TWO),
    ("15 minutes together", "08:45", "infiltrated", None, ONE, TWO),
    ("16 minutes together before it failed", "08:44", "infiltrated", None, TWO, TWO),
    ("long together, a restart by its own record", "08:30", None, "IV restarted", ONE, TWO),
    ("not infiltrated", "08:50", "no infiltration", None, TWO, TWO),
    ("needed at once, used later", "09:00", None, "incompatible drugs", TWO, TWO),
    ("needed, but a restart", "09:00", "infiltrated", "incompatible drugs", ONE, TWO),
]


@pytest.mark.parametrize(
    ("start", "old", "new", "default", "admitted"),
    [pytest.param(*row[1:], id=row[0]) for row in SECOND_SITES],
)
def test_a_restart_is_no_second_access_even_where_its_charted_use_overlaps(
    start: str, old: str | None, new: str | None, default: str, admitted: str
) -> None:
    case = {
        "given": [
            drug("ceftriaxone", "08:00", "09:00", site="right hand"),
            drug("vancomycin", start, "09:50", site="left hand"),
        ],
        "lines": [{"site": "right hand", "reason": old}, {"site": "left hand", "reason": new}],
    }
    assert lines_of(case) == default
    assert lines_of(case, second_site_after_removal=True) == admitted


def test_a_line_that_ran_beside_a_failed_one_is_an_access_and_the_restart_is_none() -> None:
    case = {
        "given": [
            drug("ceftriaxone", "08:00", "09:00", site="right hand"),
            drug("vancomycin", "08:10", "10:30", site="PICC"),
            drug("pantoprazole", "08:55", "10:00", site="left hand"),
        ],
        "lines": [{"site": "right hand", "reason": RESTARTED}],
    }
    assert lines_of(case) == "96365 96365-59 96366 96367"


FLUSH = drug("heparin lock flush", "2 10:00", how="port flush")
SERVED = [
    ("alone", [], "96523@2"),
    ("a service another day", [push("morphine", "08:00")], "96374 96523@2"),
    ("a paid service", [push("morphine", "2 08:00")], "96374@2"),
    ("an unpaid push", [push("morphine", "1 23:50"), push("morphine", "2 00:10")], "96374"),
    ("an infusion past midnight", [drug("ceftriaxone", "23:30", "2 00:30")], "96365"),
    ("an infusion until midnight", [drug("ceftriaxone", "23:30", "2 00:00")], "96365 96523@2"),
    ("an infusion without a stop", [drug("ceftriaxone", "2 08:00")], ""),
    ("a fluid without a stop", [drug(SALINE, "2 08:00")], ""),
    ("a short fluid", [drug(SALINE, "2 08:00", "2 08:20")], ""),
    ("what is left to review", [drug("doxorubicin", "2 08:00", how="IA")], ""),
    ("a fluid that kept the vein open",
     [drug(SALINE, "2 08:00", "2 09:00", rates=[["2 08:00", 20]])], "96523@2"),
    ("what came before the patient", [push("morphine", "05:00")], "96523@2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SERVED]
)
def test_a_port_flush_is_the_sole_service_of_its_date(
    given: list[dict[str, Any]], expected: str
) -> None:
    assert lines_of({"given": [*given, FLUSH]}) == expected


PUMPS = [
    ("the order that it names", {"order": "A"}, [{"id": "A", "minutes": 2760}], "96416"),
    ("the order for its drug", {}, [{"drug": "fluorouracil", "minutes": 2760}], "96416"),
    ("an order for another drug", {}, [{"drug": "cisplatin", "minutes": 2760}], ""),
    ("ordered for 8 hours", {}, [{"drug": "fluorouracil", "minutes": 480}], "96413 96415"),
    ("an order without a duration", {}, [{"drug": "fluorouracil"}], ""),
    ("no order", {}, [], ""),
]


@pytest.mark.parametrize(
    ("more", "orders", "expected"), [pytest.param(*row[1:], id=row[0]) for row in PUMPS]
)
def test_a_pump_is_judged_by_the_order_for_its_drug(
    more: dict[str, Any], orders: list[dict[str, Any]], expected: str
) -> None:
    pump = drug("fluorouracil", "08:00", "10:00", how="pump", **more)
    case = {"given": [pump], "orders": orders}
    assert lines_of(case) == expected
    reviews = [review.because for review in supported(encounter(case), Policy()).reviews]
    missing = ["A portable pump without an ordered duration is left to review."]
    assert reviews == ([] if expected else missing)


RATES = [["08:00", 100], ["08:16", 100]]
STILL = {"still_infusing": "reaches 16 minutes"}
STILL_INFUSING = [
    ("a drug", [drug("ceftriaxone", "08:00", rates=RATES)], "96365"),
    ("a rate at 15 minutes", [drug("ceftriaxone", "08:00", rates=[["08:15", 100]])], ""),
    ("a drug by hand", [push("morphine", "08:00", rates=RATES), drug(SALINE, "08:00", "08:31")],
     "96361 96374"),
    ("hydration", [drug(SALINE, "08:00", rates=[["08:00", 200], ["10:00", 200]])], ""),
    ("a run with a stop", [drug("ceftriaxone", "08:00", "08:10", grade="D", rates=RATES)], ""),
    (
        "many runs are one",
        [
            {
                "drug": "ceftriaxone",
                "segments": [[f"{hour:02}:00", None] for hour in range(8, 15)],
                "rates": [["20:00", 100]],
            }
        ],
        "96365",
    ),
    (
        "beside a closed run it adds nothing",
        [{"drug": "ceftriaxone", "segments": [["08:00", "09:20"], ["10:00", None]],
          "rates": [["12:00", 100]]}],
        "96365",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"), [pytest.param(*row[1:], id=row[0]) for row in STILL_INFUSING]
)
def test_still_infusing_makes_a_drug_an_infusion_and_nothing_else(
    given: list[dict[str, Any]], expected: str
) -> None:
    assert lines_of({"given": given}, **STILL) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (drug("ceftriaxone", None, "06:31", elsewhere=True), "96365"),
        (drug("ceftriaxone", None, "06:15", elsewhere=True), "96374"),
        (drug(SALINE, None, "07:31", elsewhere=True), "96360 96361"),
        (drug("ceftriaxone", None, "06:31"), ""),
    ],
)
def test_what_came_in_running_counts_from_arrival(given: dict[str, Any], expected: str) -> None:
    """Where an ambulance began it and nobody charted when (E-01); patients arrive at 06:00."""
    assert lines_of({"given": [given]}) == expected


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
        "partial_overlap",
        "concurrent",
        [drug("vancomycin", "08:00", "10:00"), drug("ceftriaxone", "09:59", "10:40")],
        "96365 96366 96367",
        "96365 96366 96368",
    ),
    (
        "add_on_needs",
        "date",
        [push("morphine", "08:00"), push("ondansetron", "2 08:00"), push("ketorolac", "09:00")],
        "96374 96375 96375@2",
        "96374 96375",
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


ORDERED = [
    # what was given, its order, as it ran, as ordered, whether it is marked
    ({"to": "08:16"}, {"minutes": 15}, "96365", "96374", True),
    ({"to": "10:00"}, {"minutes": 15}, "96365 96366", "96374", True),
    ({"to": "08:15"}, {"minutes": 15}, "96374", "96374", False),
    ({"to": "08:16"}, {"minutes": 16}, "96365", "96365", False),
    ({"to": "08:16"}, {"minutes": None}, "96365", "96365", False),
    ({"to": "08:16"}, {"drug": "cisplatin", "minutes": 15}, "96365", "96365", False),
    ({"to": "08:16", "how": "SC infusion"}, {"minutes": 15}, "96369", "96372", True),
]


@pytest.mark.parametrize(("given", "ordered", "ran", "as_ordered", "marked"), ORDERED)
def test_what_was_ordered_for_15_minutes_and_ran_longer(
    given: dict[str, Any], ordered: dict[str, Any], ran: str, as_ordered: str, marked: bool
) -> None:
    case = {
        "given": [drug("ceftriaxone", "08:00", **given)],
        "orders": [{"drug": "ceftriaxone", **ordered}],
    }
    assert lines_of(case) == ran
    assert lines_of(case, ordered_short="as ordered") == as_ordered
    reviews = supported(encounter(case), Policy()).reviews
    assert any(review.because.startswith("Ordered for 15") for review in reviews) is marked


def test_a_deleted_code_is_compared_as_the_one_that_took_its_place() -> None:
    some = encounter(
        {"billed": ["90765"], "given": [{"drug": "ceftriaxone", "from": "08:00", "to": "09:00"}]}
    )
    assert compare(some, supported(some, Policy()), Policy()) == ()
