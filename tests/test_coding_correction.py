"""The corrected claim: doing what it says to the billed lines gives what the record supports."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.coding import (
    administration_lines,
    compare,
    corrected_lines,
    distinct_lines,
    supported,
)
from auditor.load import load, load_profile
from auditor.money import impact_of
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter
from auditor.report.case import Case
from auditor.report.corrected import CorrectedRow, corrected_rows
from auditor.resources import resource
from auditor.tables.codes import ADMINISTRATION_CODES, current, is_valid_on
from tests.cases import encounter
from tests.random_encounters import random_encounter, random_policy

CODES = (
    *("96360", "96361", "96365", "96366", "96367", "96368", "96374", "96375", "96376"),
    *("96372", "96401", "96409", "96411", "96413", "96415", "96417", "36430", "Q0081"),
    *("90765", "90774", "90780", "G0347"),
)
Claim = list[tuple[str, tuple[str, ...], int, date | None]]
A, B = ({"drug": "ceftriaxone", "from": "08:00", "to": "09:00"},
        {"drug": "vancomycin", "from": "09:30", "to": "11:30"})  # fmt: skip
KEPT = [("96365", "keep"), ("96366", "keep")]


def case_of(some: Encounter, policy: Policy | None = None) -> Case:
    policy = policy or Policy()
    support = supported(some, policy)
    variances = compare(some, support, policy)
    lines = corrected_lines(some, support, variances, policy)
    impact = impact_of(some, support, (), (), policy)
    return Case(some, support, variances, lines, (), (), (), impact)


def applied(some: Encounter, rows: tuple[CorrectedRow, ...]) -> Claim:
    """The billed lines after what the words of each row say; the other columns are not read."""
    billed = iter(administration_lines(some))
    claim: Claim = []
    for row in rows:
        if row.action == "add":
            told = row.code, tuple(row.modifiers.split()), row.units, day_of(row.service_date)
            claim.append(told)
            continue
        line = next(billed)
        assert (line.claim_id, line.line_number) == (row.claim_id, row.line_number)
        if row.action == "delete":
            continue
        code, modifiers = line.hcpcs or "", line.modifiers
        units, on = line.unit_count, line.service_date
        for change in row.action.split("; ") if row.action != "keep" else ():
            name, was, becomes = re.fullmatch(r"change (\w+) (.+) to (.+)", change).groups()  # type: ignore[union-attr]
            match name:
                case "code":
                    assert was == code
                    code = becomes
                case "modifiers":
                    assert was == (" ".join(modifiers) or "none")
                    modifiers = () if becomes == "none" else tuple(becomes.split())
                case "units":
                    assert was == str(units)
                    units = int(becomes)
                case "date":
                    assert was == (f"{on:%m/%d/%Y}" if on else "none")
                    on = day_of(becomes)
        claim.append((code, modifiers, units, on))
    assert next(billed, None) is None, "every billed line has its row"
    return claim


def day_of(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


def billing(some: Encounter, claim: Claim) -> Encounter:
    lines = (
        ClaimLine("C1", str(number), code, modifiers, Decimal(units), on)
        for number, (code, modifiers, units, on) in enumerate(claim, 1)
    )
    return replace(some, claim_lines=tuple(lines))


def holds(some: Encounter, policy: Policy) -> None:
    """The corrected claim is what the record supports, unit by unit, with its modifiers."""
    case = case_of(some, policy)
    rows = tuple(row for row in corrected_rows(case) if row.code in ADMINISTRATION_CODES)
    if not rows:
        assert not case.variances or not some.claim_lines
        return
    claim = applied(some, rows)
    assert all(units > 0 for _, _, units, _ in claim)
    made, right = Counter[tuple[str, date | None]](), Counter[tuple[str, date | None]]()
    for code, _, units, on in claim:
        made[current(code), on] += units
        assert on is not None and (is_valid_on(code, on) or code == current(code))
    for line in case.support.lines:
        right[line.code, line.service_date] += line.units
    assert made == right
    corrected = billing(some, claim)
    assert compare(corrected, case.support, policy) == ()
    assert all(distinct.holds is not False for distinct in distinct_lines(corrected, policy))
    for row in rows:
        assert bool(row.cause) is (row.action != "keep"), row
        if row.action not in ("delete", "keep"):
            assert (
                row.code,
                tuple(row.modifiers.split()),
                row.units,
                day_of(row.service_date),
            ) in (claim)


def random_claim(rng: random.Random, some: Encounter, policy: Policy) -> Encounter:
    """A claim that bills about what is supported, with the faults that claims have."""
    claim: Claim = [
        (line.code, line.modifiers, line.units, line.service_date)
        for line in supported(some, policy).lines
        if rng.random() < 0.85
    ]
    days = [on for *_, on in claim] or [date(2026, 9, 14)]
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        claim.append((rng.choice(CODES), (), rng.choice((1, 1, 2)), rng.choice(days)))
    return billing(some, [_at_fault(rng, *line) for line in rng.sample(claim, len(claim))])


def _at_fault(
    rng: random.Random, code: str, modifiers: tuple[str, ...], units: int, on: date | None
) -> tuple[str, tuple[str, ...], int, date | None]:
    match rng.randrange(14):
        case 0:
            code = rng.choice(CODES)
        case 1:
            units = rng.choice((0, 1, 3))
        case 2:
            on = on and on + timedelta(days=rng.choice((-1, 1)))
        case 3:
            modifiers = rng.choice(((), ("59",), ("XS",), ("59", "XS"), ("PO",), ("XE", "PO")))
        case 4:
            on = None
    return code, modifiers, units, on


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_what_the_rows_say_makes_any_claim_the_supported_one(seed: int) -> None:
    rng = random.Random(seed)
    some, policy = random_encounter(rng), random_policy(rng)
    holds(random_claim(rng, some, policy), policy)


def test_what_the_rows_say_makes_every_claim_of_the_month_the_supported_one() -> None:
    sample = resource("sample_data")
    loaded = load(sorted(sample.glob("*.xlsx")), load_profile(sample / "hospital.toml"))
    with (sample / "planted.csv").open(encoding="utf-8", newline="") as file:
        planted = {row["encounter_id"] for row in csv.DictReader(file)}
    for some in loaded.encounters:
        holds(some, Policy())
    differing = {some.encounter_id for some in loaded.encounters if case_of(some).corrected}
    assert len(differing) == 63
    assert differing <= planted


def told(some: dict[str, Any]) -> list[tuple[str, str]]:
    rows = corrected_rows(case_of(encounter(some)))
    return [(row.billed_as or row.code, row.action) for row in rows]


@pytest.mark.parametrize(
    ("billed", "given", "rows"),
    [
        (["96365", "96366"], [B], []),
        (["96365", "96366 x2"], [B], [("96365", "keep"), ("96366", "change units 2 to 1")]),
        (["96365"], [B], [("96365", "keep"), ("96366", "add")]),
        (["96365", "96366", "96375"], [B], [*KEPT, ("96375", "delete")]),
        (
            [{"code": "96365", "date": 2}, "96366"],
            [B],
            [("96365", "change date 09/02/2026 to 09/01/2026"), ("96366", "keep")],
        ),
        (["96365", "96366", "96549"], [B], []),  # a person decides
        (
            ["96365", "96366 x2", "96549"],
            [B],
            [("96365", "keep"), ("96366", "change units 2 to 1"), ("96549", "keep")],
        ),
        (["90765", "96366"], [B], [("90765", "change code 90765 to 96365"), ("96366", "keep")]),
        (
            ["96365", "96366", "96365-59"],
            [A, B],
            [
                *KEPT,
                ("96365-59", "change code 96365 to 96367; change modifiers 59 to none"),
            ],
        ),
        (
            ["96374", "96367", "96366"],  # push and infusion changed places
            [{"drug": "ondansetron", "how": "push", "from": "08:00"}, B],
            [
                ("96374", "change code 96374 to 96375"),
                ("96367", "change code 96367 to 96365"),
                ("96366", "keep"),
            ],
        ),
        (
            ["96365", "96366 x2"],  # one line of two dates becomes two
            [{"drug": "vancomycin", "from": "22:30", "to": "2 01:30"}],
            [("96365", "keep"), ("96366", "change units 2 to 1"), ("96366", "add")],
        ),
        (
            ["96365", {"code": "96366", "date": 2}, "96366", "96375"],  # each date finds its line
            [{"drug": "vancomycin", "from": "22:30", "to": "2 01:30"}],
            [*KEPT, ("96366", "keep"), ("96375", "delete")],
        ),
    ],
)  # fmt: skip
def test_what_to_do_with_each_line(
    billed: list[Any], given: list[Any], rows: list[tuple[str, str]]
) -> None:
    site = {"site": "left arm"}
    assert told({"billed": billed, "given": [{**one, **site} for one in given]}) == rows


ONDANSETRON = [{"drug": "ondansetron", "code": "J2405", "one": "1 mg"}]
PUSH = {"drug": "ondansetron", "how": "push", "from": "08:00", "dose": 4, "unit": "mg"}


@pytest.mark.parametrize(
    ("billed", "given", "rows"),
    [
        (["96374", "J2405 x4"], [PUSH], []),
        (["96374", "J2405 x5"], [PUSH], [("J2405", "change units 5 to 4")]),
        (["96374", "J2405"], [PUSH], [("J2405", "change units 1 to 4")]),
        (["96374", "J2405 x4"], [{**PUSH, "unit": "mL"}], []),  # nobody can tell
        (
            ["96374", "J2405 x4", "J2405-JZ x4"],  # what is too much goes from the last line
            [PUSH],
            [("J2405", "keep"), ("J2405-JZ", "delete")],
        ),
        (
            ["96374", "J2405 x2", "J2405-JZ"],  # what lacks goes to the first line
            [PUSH],
            [("J2405", "change units 2 to 3"), ("J2405-JZ", "keep")],
        ),
        (["96374", "J2405 x4", "J2405-JW x4"], [PUSH], []),  # thrown away, not given
        (
            ["96374 x2", "J2405 x5"],
            [PUSH],
            [("96374", "change units 2 to 1"), ("J2405", "change units 5 to 4")],
        ),
        (["96365", "J2405 x4"], [A], [("J2405", "delete")]),  # ceftriaxone, and no ondansetron
    ],
)
def test_what_to_do_with_each_drug_line(
    billed: list[Any], given: list[Any], rows: list[tuple[str, str]]
) -> None:
    assert told({"billed": billed, "given": given, "formulary": ONDANSETRON}) == rows


@pytest.mark.parametrize("column", ["claim_line.units", "claim_line.modifiers"])
def test_no_drug_line_is_corrected_without_the_columns_that_tell(column: str) -> None:
    some = {"billed": ["96374", "J2405 x5"], "given": [PUSH], "formulary": ONDANSETRON}
    assert told({**some, "without": [column]}) == []


def test_a_code_of_its_time_stays() -> None:
    """A claim of 2008 is judged by the codes of 2008."""
    row = {**A, "segments": None}
    some = encounter({"billed": [{"code": "90765", "dated": date(2008, 9, 1)}], "given": [row]})
    (one,) = some.administrations
    (segment,) = one.segments
    then = replace(
        segment, start=segment.start.replace(year=2008), stop=segment.stop.replace(year=2008)
    )
    old = replace(
        some,
        administrations=(replace(one, segments=(then,)),),
        arrived_at=some.arrived_at and some.arrived_at.replace(year=2008),
    )
    assert corrected_rows(case_of(old)) == ()
    twice = replace(old, claim_lines=(replace(old.claim_lines[0], hcpcs="90774"),))
    (changed,) = corrected_rows(case_of(twice))
    assert changed.action == "change code 90774 to 90765"


def waits(some: dict[str, Any]) -> set[tuple[str, str]]:
    rows = corrected_rows(case_of(encounter(some)))
    return {(row.correct_now, row.wait_for) for row in rows if row.action != "keep"}


def test_what_cannot_be_told_is_not_to_be_corrected_yet() -> None:
    unknown = {"drug": "study drug", "from": "12:00", "to": "13:00"}
    assert waits({"billed": ["96365 x2"], "given": [A]}) == {("yes", "")}
    assert waits({"billed": ["96365 x2"], "given": [A, unknown]}) == {
        ("not yet", "The pharmacy's class of study drug.")
    }
    assert waits({"billed": ["96365"]}) == {
        ("not yet", "The administration record: no file has any of this encounter.")
    }
    assert waits({"billed": ["96365 x2"], "given": [A], "rejected": [{"kind": "claim_line"}]}) == {
        ("not yet", "The row that was rejected (rejected.xlsx · Rows · A2).")
    }
    second = {"billed": ["96365", "96366", "96365-59"], "given": [A, {**B, "site": "left arm"}]}
    assert waits(second) == {
        (
            "not yet",
            "96365-59 claims a distinct service; the access site of each drug would tell.",
        )
    }


SALINE = {"drug": "0.9% sodium chloride", "from": "08:00", "to": "09:00", "site": "left hand"}
PUSH = {"drug": "morphine", "how": "push", "from": "10:00", "site": "left hand"}
ELSEWHERE = {**PUSH, "drug": "ondansetron", "site": "right hand", "from": "12:00"}
STAY = {"inpatient": "2 10:00"}
MORE = [
    # what is known, and what adding the service then waits for
    ({}, "yes", ""),
    ({"stay": {"arrived": None}}, "not yet", "Minutes before arrival are not the hospital's"),
    ({"stay": STAY}, "not yet", "Whether it belongs on the claim of the inpatient stay"),
    (
        {"stay": STAY, "billed": [{"code": "96374", "bill type": "0131"}]},
        "not yet",
        "What was given that day belongs on the claim of the inpatient stay.",
    ),
    ({"stay": STAY, "billed": [{"code": "96374", "bill type": "0851"}]}, "yes", ""),
    (
        {"orders": [{"drug": "morphine", "at": "07:00"}]},
        "not yet",
        "No order on file covers it",
    ),
]


@pytest.mark.parametrize(("known", "correct_now", "wait_for"), MORE)
def test_a_service_is_not_added_before_it_is_known_to_be_billed(
    known: dict[str, Any], correct_now: str, wait_for: str
) -> None:
    orders = [{"drug": "0.9% sodium chloride", "at": "07:00"}, {"drug": "morphine", "at": "07:00"}]
    some = {"billed": ["96374"], "given": [PUSH, SALINE], "orders": orders, **known}
    (added,) = [r for r in corrected_rows(case_of(encounter(some))) if r.action == "add"]
    assert (added.code, added.correct_now) == ("96361", correct_now)
    assert added.wait_for.startswith(wait_for)


def test_a_second_initial_waits_where_the_record_shows_a_part_of_an_access() -> None:
    part = {"billed": ["96374 x2"], "given": [PUSH, ELSEWHERE]}
    assert {now for now, _ in waits(part)} == {"not yet"}
    (sentence,) = {wait for _, wait in waits(part)}
    assert sentence.startswith("Whether there was a further access")
    one = {**part, "given": [PUSH, {**ELSEWHERE, "site": "left hand"}]}
    assert waits(one) == {("yes", "")}


def test_an_encounter_without_a_claim_is_not_corrected() -> None:
    assert told({"given": [A]}) == []


def test_a_modifier_is_added_kept_or_taken_away() -> None:
    two = [{**A, "site": "left arm"}, {**B, "from": "08:30", "site": "right arm"}]
    lines = [{"site": "left arm"}, {"site": "right arm"}]
    bare = {"billed": ["96365 x2", "96366 x2"], "given": two, "lines": lines}
    assert told(bare) == [("96365", "change units 2 to 1"), ("96366", "keep"), ("96365", "add")]
    plain = {**bare, "billed": ["96365", "96365-PO", "96366 x2"]}
    assert ("96365-PO", "change modifiers PO to 59 PO") in told(plain)
    assert told({**bare, "billed": ["96365", "96365-XS", "96366 x2"]}) == []
    both = told({**bare, "billed": ["96365", "96365-59-XS", "96366 x2"]})
    assert ("96365-59-XS", "change modifiers 59 XS to 59") in both
