"""The engine and the slow reading give one answer, and both give the published ones."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from auditor.coding import supported
from auditor.policy import Policy, load_policy, published_views
from auditor.record import Administration, DrugClass, Encounter, Method, Route, Segment
from auditor.record import StopEvidence as Stop
from tests.random_encounters import CHOICES, ZONE, random_encounter, random_policy
from tests.slow_reading import Billed, disagreement, read_by_engine, read_slowly

ENCOUNTERS = int(os.environ.get("SLOW", "20000"))
PARTS = 20  # each for whichever process is free
VIEWS = (Policy(), *map(load_policy, published_views().values()))

DRUGS = {
    "A": DrugClass.THERAPEUTIC,
    "B": DrugClass.THERAPEUTIC,
    "chemo": DrugClass.ANTINEOPLASTIC,
    "other chemo": DrugClass.ANTINEOPLASTIC,
    "hormone": DrugClass.HORMONAL,
    "rituximab": DrugClass.BIOLOGIC,
    "fluid": DrugClass.HYDRATION,
    "blood": DrugClass.BLOOD,
    "vaccine": DrugClass.VACCINE,
    "flush": DrugClass.CARRIER,
}
HOW = {
    "infusion": (Route.IV, Method.INFUSION),
    "push": (Route.IV, Method.PUSH),
    "SC": (Route.SC, Method.INJECTION),
    "SC infusion": (Route.SC, Method.INFUSION),
    "IM": (Route.IM, Method.INJECTION),
    "IA": (Route.IA, Method.INJECTION),
    "on-body": (Route.SC, Method.ON_BODY),
    "home pump": (Route.IV, Method.HOME_PUMP),
    "port flush": (Route.IV, Method.PORT_FLUSH),
}

# What was given, and what it supports.  The patient arrives at 06:00 on day 1; a time on day 2 is
# written 2/02:00, and a code dated day 2 is written 2/96376.  A stop written "?" is not charted.
PUBLISHED = [  # section 8 of the coding rules, row by row
    ("A infusion 10:00-11:30", "96365"),
    ("A infusion 10:00-11:31", "96365 96366"),
    ("fluid infusion 07:00-07:20; A push 07:15", "96374"),
    (
        "fluid infusion 10:00-13:00; A push 10:30-10:33; B push 11:00-11:02",
        "96374 96375 96361x3",
    ),
    ("A infusion 09:30-10:30; B infusion 09:32-10:31", "96365 96368"),
    ("A infusion 09:00-09:30; chemo infusion 09:35-11:30", "96413 96415 96367"),
    ("chemo infusion 08:00-10:00; other chemo infusion 10:00-12:00", "96413 96417 96415x2"),
    ("A push 22:00; A push 2/02:00", "96374 2/96376"),
    ("fluid infusion 23:00-2/02:00", "96360 2/96361x2"),
    ("fluid infusion 16:00-19:00; A infusion 17:00-18:00", "96365 96361x2"),
    ("rituximab infusion 11:20-12:40 13:55-16:40", "96413 96415x3"),
    ("fluid infusion 05:30-07:05", "96360"),
    ("fluid infusion 10:00-11:00; A infusion 2/10:00-2/10:45", "96361 2/96365"),
    ("A infusion 06:00-07:30; B infusion 07:00-16:00", "96365 96366x8 96367"),
    (
        "A infusion 10:00-10:23; A infusion 2/08:00-2/08:30; A infusion 2/14:00-2/14:30",
        "96365 2/96376x2",
    ),
    ("A push 10:00; A push 10:20; A push 10:40", "96374 96376"),
    ("A push 10:00; A infusion 10:05-12:05", "96365 96366 96376"),
    ("fluid infusion 10:00-10:45; fluid infusion 10:45-11:30", "96360"),
    ("fluid infusion 10:00-10:20 10:50-11:10", ""),
    ("fluid infusion 10:00-11:00; A infusion 10:20-10:35", "96374 96361"),
    (
        "chemo push 10:00; fluid infusion 10:05-10:15; chemo infusion 10:15-12:15",
        "96413 96415 96411",
    ),
    ("chemo infusion 10:00-11:00; other chemo infusion 10:00-11:00", "96413"),
    ("A push 05:40; A push 06:00", "96374"),
]
BRINKS = [  # both sides of each threshold, and the fine points
    ("A infusion 10:00-10:15", "96374"),
    ("A infusion 10:00-10:16", "96365"),
    ("A infusion 10:00-12:30", "96365 96366"),
    ("A infusion 10:00-12:31", "96365 96366x2"),
    ("fluid infusion 10:00-10:30", ""),
    ("fluid infusion 10:00-10:31", "96360"),
    ("fluid infusion 10:00-11:30", "96360"),
    ("fluid infusion 10:00-11:31", "96360 96361"),
    ("A push 09:00; fluid infusion 10:00-10:30", "96374"),
    ("A push 09:00; fluid infusion 10:00-10:31", "96374 96361"),
    ("A push 09:00; fluid infusion 10:00-11:30", "96374 96361"),
    ("A push 09:00; fluid infusion 10:00-11:31", "96374 96361x2"),
    ("fluid infusion 10:00-10:20; fluid infusion 10:25-10:36", "96360"),
    ("fluid infusion 10:00-10:20; fluid infusion 10:26-10:37", ""),
    ("A push 10:00; A push 10:30", "96374"),
    ("A push 10:00; A push 10:31", "96374 96376"),
    ("A infusion 10:00-10:30; A infusion 11:00-11:15", "96365 96376"),
    ("A infusion 10:00-10:30; A infusion 11:00-11:30", "96365 96376"),
    ("A infusion 10:00-10:30; A infusion 11:00-11:31", "96365 96366"),
    ("A infusion 10:00-11:00; B infusion 10:45-11:16", "96365 96367"),
    ("A infusion 10:00-11:00; B infusion 10:44-11:15", "96365 96368"),
    ("A infusion 10:00-11:00; B infusion 10:45-11:15", "96365 96367"),
    ("A infusion 10:00-11:00; B infusion 10:44-11:16", "96365 96367"),
    ("fluid infusion 05:30-06:30", ""),
    ("fluid infusion 05:30-06:31", "96360"),
    ("A push 05:59", ""),
    ("A infusion 05:00-06:15", "96374"),
    ("A infusion 05:00-06:16", "96365"),
    ("A infusion 10:00-?", ""),
    ("A infusion 10:00-10:40 11:00-?", "96365"),
    ("A infusion 10:00-10:00", "96374"),
    ("A push 10:00; A infusion 10:00-11:00", "96365 96376"),
    ("A infusion 10:00-11:00; B infusion 2/10:00-2/11:00", "96365 2/96367"),
    ("A SC infusion 10:00-10:15", "96372"),
    ("A SC infusion 10:00-10:16", "96369"),
    ("A SC infusion 10:00-11:31; B SC infusion 12:00-12:31", "96369 96370x2"),
    ("chemo SC infusion 10:00-10:16; chemo SC 12:00", "96401"),
    ("A IM 10:00; hormone IM 10:00; vaccine IM 10:00; A IA 10:00", "96372 96402 96373"),
    ("A on-body 10:00; fluid infusion 10:00-11:00", "96377 96360"),
    ("hormone push 10:00; A infusion 10:00-11:00", "96409 96367"),
    ("chemo home pump 12:00-?; chemo push 10:00; A push 10:00", "G0498 96374"),
    ("blood infusion 08:00-10:00; blood infusion 10:00-12:00; fluid infusion 09:00-11:00", "36430"),
    ("flush port flush 10:00", "96523"),
    ("flush port flush 10:00; A IM 12:00", "96372"),
    ("flush port flush 10:00; A IM 2/12:00", "96523 2/96372"),
]


def moment(text: str) -> datetime:
    """A time of a table: ``10:00`` on day 1, ``2/10:00`` on day 2."""
    day, _, clock = text.rpartition("/")
    hour, minute = clock.split(":")
    return datetime(2026, 9, int(day or 1), int(hour), int(minute), tzinfo=ZONE)


def given(text: str) -> Administration:
    """One administration of a table: drug, how, and its segments or its moment."""
    words = re.fullmatch(rf"({'|'.join(DRUGS)}) ({'|'.join(HOW)}) ([\d/: ?-]+)", text)
    assert words, text
    drug, how, spans = words.groups()
    segments = []
    for span in spans.split():
        start, _, stop = span.partition("-")
        charted = stop not in ("", "?")
        segments.append(
            Segment(
                moment(start),
                moment(stop) if charted else None,
                Stop.CHARTED if charted else Stop.NONE,
            )
        )
    route, method = HOW[how]
    return Administration(
        administration_id=text,
        drug=drug,
        drugs=(drug,),
        drug_class=DRUGS[drug],
        route=route,
        method=method,
        segments=tuple(segments),
        complexity_documented=drug == "rituximab",
    )


def lines(text: str) -> Billed:
    """The codes of a table, with their days and units."""
    billed: Billed = Counter()
    for word in text.split():
        code, _, units = word.partition("x")
        day, _, code = code.rpartition("/")
        billed[code, date(2026, 9, int(day or 1)), ()] += int(units or 1)
    return billed


@pytest.mark.parametrize("read", [read_slowly, read_by_engine])
@pytest.mark.parametrize(("record", "supported"), PUBLISHED + BRINKS)
def test_both_readings_give_the_worked_answers(
    read: Callable[[Encounter, Policy], Billed], record: str, supported: str
) -> None:
    encounter = Encounter(
        encounter_id="E1",
        administrations=tuple(given(text) for text in record.split("; ")),
        arrived_at=moment("06:00"),
    )
    assert read(encounter, Policy()) == lines(supported)


@pytest.mark.parametrize(
    "part",
    [pytest.param(part, marks=pytest.mark.xdist_group(f"part {part}")) for part in range(PARTS)],
)
def test_both_readings_agree_on_random_encounters(part: int) -> None:
    rng = random.Random(part)
    for number in range(ENCOUNTERS // PARTS):
        encounter = random_encounter(rng)
        policy = random_policy(rng) if part % 2 else rng.choice(VIEWS)
        if text := disagreement(encounter, policy):
            pytest.fail(f"encounter {number} of part {part}\n{text}", pytrace=False)


@pytest.mark.parametrize(
    ("choice", "value"), [(name, value) for name, values in CHOICES.items() for value in values]
)
def test_both_readings_agree_when_one_choice_is_made_otherwise(choice: str, value: Any) -> None:
    rng = random.Random(choice)
    policy = replace(Policy(), **{choice: value})
    for _ in range(ENCOUNTERS // 200):
        if text := disagreement(random_encounter(rng), policy):
            pytest.fail(text, pytrace=False)


def test_the_random_encounters_reach_every_code_and_a_second_access() -> None:
    rng = random.Random(0)
    seen: Counter[str] = Counter()
    for _ in range(1500):
        for code, _day, modifiers in read_slowly(random_encounter(rng), Policy()):
            seen["-".join((code, *modifiers))] += 1
    codes = (
        *("36430", "96360", "96361", "96365", "96366", "96367", "96368", "96369", "96370", "96371"),
        *("96372", "96373", "96374", "96375", "96376", "96377", "96401", "96402", "96409", "96411"),
        *("96413", "96415", "96416", "96417", "96523", "C8957", "G0498"),
        *("96360-59", "96365-59", "96374-59", "96409-59", "96413-59"),
    )
    assert {code: seen[code] for code in codes if seen[code] < 3} == {}


REACHED = {  # by random encounters under random policies: what is clipped, refused, left to review
    "15 minutes or less",
    "G0498 includes every administration of the drug",
    "a fluid pushed by hand is a flush",
    "a portable pump without an ordered duration is left to review",
    "blood that is not given by vein",
    "fluid that is not given by vein is left to review",
    "intra-arterial chemotherapy is left to review",
    "it stops when it starts",
    "less than a minute in the hospital-outpatient window",
    "no accepted stop time",
    "no accepted stop time: coded as a push",
    "no accepted stop time: no hydration is supported (J4)",
    "not the sole service of its date",
    "nothing remains above the keep-vein-open rate in the window",
    "outside the hospital-outpatient window",
    "premedication is part of the transfusion",
    "subcutaneous chemotherapy infusion is left to review",
    "within 30 minutes of the drug's last dose",
}


def test_the_random_encounters_reach_what_the_rules_refuse_and_parts_of_minutes() -> None:
    rng = random.Random(1)
    said: Counter[str] = Counter()
    for _ in range(3000):
        policy = random_policy(rng)
        for course in supported(random_encounter(rng), policy).courses:
            said[course.because] += 1
            said["seconds"] += any((stop - start) % 60 for start, stop in course.spans)
            said["still infusing"] += course.technique == "infusion" and not any(
                segment.stop_evidence in policy.accepted_stop_evidence
                for segment in course.administration.segments
            )
            said["began elsewhere"] += bool(course.spans and course.administration.start is None)
    expected = {*REACHED, "seconds", "still infusing", "began elsewhere"}
    assert {what: said[what] for what in expected if said[what] < 3} == {}
