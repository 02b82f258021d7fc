"""What must hold of every record: properties of the engine on random encounters."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import checks
from auditor.check import discover
from auditor.coding import Support, compare, neighbours, supported
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, DrugClass, Encounter, Segment, StopEvidence
from auditor.tables.codes import INITIAL_CODES
from auditor.verdict import Outcome
from tests.cases import EVERY_FIELD, ZONE, administration, encounter
from tests.loading import MAR, loaded
from tests.slow_reading import random_encounter, random_policy

encounters = st.integers(0, 2**32).map(lambda seed: random_encounter(random.Random(seed)))
policies = st.integers(0, 2**32).map(lambda seed: random_policy(random.Random(seed)))
many = settings(max_examples=300, deadline=None)


def units(support: Support) -> Counter[tuple[object, ...]]:
    """Supported units by code, date and modifiers."""
    counted: Counter[tuple[object, ...]] = Counter()
    for line in support.lines:
        counted[line.code, line.service_date, line.modifiers] += line.units
    return counted


@many
@given(encounters, policies, st.randoms(use_true_random=False))
def test_the_order_of_administrations_never_matters_but_among_those_that_start_together(
    some: Encounter, policy: Policy, rng: random.Random
) -> None:
    """What starts together goes by the record's order, so that it keeps its order here."""
    together: dict[datetime | None, list[Administration]] = {}
    for course in supported(some, policy).courses:
        together.setdefault(course.at, []).append(course.administration)
    waiting = list(together.values())
    shuffled = []
    while waiting := [group for group in waiting if group]:
        shuffled.append(rng.choice(waiting).pop(0))
    assert units(supported(replace(some, administrations=tuple(shuffled)), policy)) == units(
        supported(some, policy)
    )


ROWS = (  # two encounters, as an event log and as a log of administrations
    ("E1", "O1", "ceftriaxone", "09/01/2026 08:00", "New Bag", "IV"),
    ("E1", "O1", "ceftriaxone", "09/01/2026 09:31", "Stopped", "IV"),
    ("E1", "O2", "vancomycin", "09/01/2026 09:00", "New Bag", "IV"),
    ("E1", "O2", "vancomycin", "09/01/2026 10:20", "Stopped", "IV"),
    ("E1", "O3", "morphine", "09/01/2026 10:30", "Given", "IV push"),
    ("E1", "O4", "ondansetron", "09/01/2026 10:30", "Given", "IV push"),
    ("E1", "O3", "morphine", "09/01/2026 11:05", "Given", "IV push"),
    ("E2", "O5", "0.9% sodium chloride", "09/01/2026 22:00", "New Bag", "IV"),
    ("E2", "O5", "0.9% sodium chloride", "09/02/2026 01:00", "Stopped", "IV"),
    ("E2", "O6", "paclitaxel", "09/02/2026 02:00", "New Bag", "IV"),
    ("E2", "O6", "paclitaxel", "09/02/2026 02:40", "Stopped", "IV"),
)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_rows_of_a_file_never_matters(seed: int, tmp_path: Path) -> None:
    def read(name: str, rows: Sequence[tuple[str, ...]]) -> dict[str, Counter[tuple[object, ...]]]:
        (tmp_path / name).mkdir()
        result = loaded(tmp_path / name, mar=[MAR, *rows])
        return {e.encounter_id: units(supported(e, Policy())) for e in result.encounters}

    in_order = read("in order", ROWS)
    assert in_order["E1"].total() == 6  # 96365 96366 96367, two pushes and a repeat
    assert in_order["E2"].total() == 4  # 96413 and three hours of 96361
    assert read("shuffled", random.Random(seed).sample(ROWS, len(ROWS))) == in_order


@many
@given(encounters, policies, st.floats(0.01, 0.99))
def test_a_bag_change_never_changes_the_units(some: Encounter, policy: Policy, at: float) -> None:
    """A running segment in two that touch is the same infusion."""
    assert units(supported(_cut(some, lambda s: _part_of(s, at)), policy)) == units(
        supported(some, policy)
    )


@many
@given(encounters, policies)
def test_midnight_never_changes_the_units(some: Encounter, policy: Policy) -> None:
    """Neither for drugs nor for fluids, where a run that goes on is charted anew at midnight."""
    assert units(supported(_cut(some, _midnight_in), policy)) == units(supported(some, policy))


@many
@given(encounters, policies, st.floats(0.01, 0.99), st.booleans())
def test_a_fluid_in_two_bags_never_changes_the_units(
    some: Encounter, policy: Policy, at: float, at_midnight: bool
) -> None:
    """Two administrations of fluid that touch are one run, at midnight too."""
    moment = _midnight_in if at_midnight else lambda s: _part_of(s, at)
    fluids = _in_two_bags(some, moment, lambda one: one.drug_class is DrugClass.HYDRATION)
    assert units(supported(fluids, policy)) == units(supported(some, policy))


@many
@given(encounters, policies, st.floats(0.01, 0.99))
def test_a_drug_in_two_bags_changes_nothing_only_where_its_infusions_are_added(
    some: Encounter, policy: Policy, at: float
) -> None:
    """Two doses are two infusions (J5), unless the policy adds those of one date.

    Then two bags that touch are the infusion that they were, as long as each is one by itself (16
    minutes) and both begin on one date.
    """
    adding = replace(policy, same_drug_infusions="add per date")
    before = supported(some, adding)
    long = {
        course.administration.administration_id
        for course in before.courses
        if course.technique == "infusion"
    }
    two = _in_two_bags(some, lambda s: _part_of(s, at), lambda one: one.administration_id in long)
    after = supported(two, adding)
    for course in after.courses:
        if course.administration.administration_id in long:
            assume(course.technique == "infusion")
    begun = {
        (course.administration.administration_id, course.at.date())
        for course in after.courses
        if course.at and course.administration.administration_id in long
    }
    assume(len(begun) == len(long))
    assert units(after) == units(before)


def _part_of(segment: Segment, at: float) -> datetime | None:
    """The whole minute at a part of a segment."""
    assert segment.start and segment.stop
    seconds = (segment.stop.timestamp() - segment.start.timestamp()) * at
    return datetime.fromtimestamp(segment.start.timestamp() + seconds // 60 * 60, ZONE)


def _midnight_in(segment: Segment) -> datetime | None:
    """The first midnight within a segment."""
    assert segment.start and segment.stop
    day = segment.start.astimezone(ZONE).date() + timedelta(days=1)
    midnight = datetime.combine(day, time(), ZONE)
    inside = segment.start.timestamp() < midnight.timestamp() < segment.stop.timestamp()
    return midnight if inside else None


Moment = Callable[[Segment], datetime | None]


def _in_two_bags(
    some: Encounter, moment: Moment, which: Callable[[Administration], bool]
) -> Encounter:
    """Some of the administrations as two, the second from a moment of the first segment on.

    The rate in force goes on in the second bag.
    """
    bags = []
    for one in some.administrations:
        cut = _cut(replace(some, administrations=(one,)), moment).administrations[0]
        if not which(one) or len(cut.segments) == len(one.segments):
            bags.append(one)
            continue
        at = next(n for n, s in enumerate(cut.segments) if s != one.segments[n]) + 1
        first, rest = cut.segments[:at], cut.segments[at:]
        rates = [rate for segment in first for rate in segment.rates][-1:]
        in_force = tuple((rest[0].start, rate) for _, rate in rates if rest[0].start)
        rest = (replace(rest[0], rates=in_force + rest[0].rates), *rest[1:])
        bags += [replace(one, segments=first), replace(one, segments=rest, began_elsewhere=False)]
    return replace(some, administrations=tuple(bags))


def _cut(some: Encounter, moment: Moment) -> Encounter:
    """Each running segment as two that touch at a moment in it."""
    cut = []
    for one in some.administrations:
        segments: list[Segment] = []
        for segment in one.segments:
            if segment.start is None or segment.stop is None or segment.stop <= segment.start:
                segments.append(segment)
                continue
            middle = moment(segment)
            if middle is None or not _instant(segment.start) < _instant(middle) < _instant(
                segment.stop
            ):
                segments.append(segment)
                continue
            before = tuple(r for r in segment.rates if _instant(r[0]) < _instant(middle))
            after = tuple(r for r in segment.rates if _instant(r[0]) >= _instant(middle))
            segments.append(replace(segment, stop=middle, rates=before))
            segments.append(replace(segment, start=middle, rates=after))
        cut.append(replace(one, segments=tuple(segments)))
    return replace(some, administrations=tuple(cut))


def _instant(moment: datetime) -> float:
    return moment.timestamp()


@given(
    st.sampled_from(["ceftriaxone", "paclitaxel", "0.9% sodium chloride"]),
    st.sampled_from(["infusion", "SC infusion"]),
    st.integers(0, 600),
)
def test_a_minute_more_never_lowers_the_units(drug: str, how: str, minutes: int) -> None:
    def total(length: int) -> int:
        start = datetime(2026, 9, 1, 8, tzinfo=ZONE)
        row = administration({"drug": drug, "how": how, "from": "08:00"}, 1)
        ran = Segment(start, start + timedelta(minutes=length), StopEvidence.CHARTED)
        alone = encounter({})
        one = replace(alone, administrations=(replace(row, segments=(ran,)),))
        return sum(line.units for line in supported(one, Policy()).lines)

    if how == "infusion" or drug == "ceftriaxone":  # other subcutaneous infusions are reviewed
        assert total(minutes + 1) >= total(minutes)


@many
@given(encounters, policies)
def test_a_minute_more_of_what_ends_last_never_lowers_the_units(
    some: Encounter, policy: Policy
) -> None:
    """At one access, where it makes nothing another service.

    The rules themselves lower units where a minute more turns a push into an infusion, makes
    another infusion the initial, overlaps other drugs, cuts or joins hydration, puts a site beside
    another, or serves a date of a port flush.  None of that happens to a minute after all others,
    at the one access of the encounter, that leaves techniques and initial service as they were.
    """
    one_site = tuple(replace(one, site=None, line=None) for one in some.administrations)
    open_end = replace(some, administrations=one_site, inpatient_at=None, discharged_at=None)
    before = supported(open_end, policy)
    running = [c for c in before.courses if c.spans and c.technique in TIMED]
    assume(running)
    last = max(running, key=lambda course: course.spans[-1][1])
    end = last.spans[-1][1]
    others = [c for c in before.courses if c is not last]
    assume(all(c.began is None or c.began < end for c in others))
    assume(all(not c.spans or c.spans[-1][1] <= end for c in others))
    after = supported(_a_minute_more(open_end, last.administration, end), policy)
    assume([c.technique for c in after.courses] == [c.technique for c in before.courses])
    assume(_initials(before) in (_initials(after), []))
    assume(not any(c.technique == "port flush" for c in before.courses))
    assert sum(line.units for line in after.lines) >= sum(line.units for line in before.lines)


TIMED = ("infusion", "hydration", "subcutaneous infusion", "transfusion")


def _initials(support: Support) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (line.code, tuple(one.administration_id for one in line.administrations))
        for line in support.lines
        if line.code in INITIAL_CODES
    ]


def _a_minute_more(some: Encounter, longer: Administration, end: int) -> Encounter:
    """The administration with the segment that stops at second ``end`` a minute longer."""
    segments = tuple(
        replace(s, stop=datetime.fromtimestamp(end + 60, ZONE))
        if s.stop is not None and int(s.stop.timestamp()) == end and s.start != s.stop
        else s
        for s in longer.segments
    )
    administrations = tuple(
        replace(one, segments=segments) if one is longer else one for one in some.administrations
    )
    return replace(some, administrations=administrations)


@many
@given(encounters, policies)
def test_one_initial_at_each_supported_access(some: Encounter, policy: Policy) -> None:
    support = supported(some, policy)
    initials = Counter(
        line.access
        for line in support.lines
        if line.code in INITIAL_CODES
        for _ in range(line.units)
    )
    assert all(count == 1 for count in initials.values())
    assert all(access < len(support.access_sites) for access in initials)
    marked = [line for line in support.lines if line.modifiers]
    assert len(marked) == max(0, len(initials) - 1)


@many
@given(encounters, policies)
def test_no_unit_without_an_administration_and_its_minutes(some: Encounter, policy: Policy) -> None:
    for line in supported(some, policy).lines:
        assert line.units >= 1
        assert line.administrations
        assert all(one in some.administrations for one in line.administrations)
        if line.counted:
            counted = sum(stop.timestamp() - start.timestamp() for start, stop in line.counted)
            assert counted // 60 == line.minutes >= 1
            assert all(a.timestamp() < b.timestamp() for a, b in line.counted)


@many
@given(encounters, policies)
def test_a_claim_that_bills_what_is_supported_has_no_variance(
    some: Encounter, policy: Policy
) -> None:
    billed = billed_as_supported(some, policy)
    assert compare(billed, supported(billed, policy), policy) == ()


# Of drugs that the pharmacy should classify, and of orders: nothing that a claim could do better.
NOT_OF_THE_CLAIM = {"drug_not_classified", "infusion_started_by_ems"}
CODING = [
    check
    for check in discover(checks)
    if check.responsible in ("coding", "charge set-up") and check.id not in NOT_OF_THE_CLAIM
]


@many
@given(encounters, policies)
def test_a_claim_that_bills_what_is_supported_has_no_finding_of_coding(
    some: Encounter, policy: Policy
) -> None:
    billed = replace(billed_as_supported(some, policy), supplied=EVERY_FIELD)
    found = [
        (check.id, verdict.because)
        for check in CODING
        for verdict in check(billed, policy)
        if verdict.outcome is Outcome.DEFICIENT
    ]
    assert found == []
    assert len(CODING) > 15


def billed_as_supported(some: Encounter, policy: Policy) -> Encounter:
    """The encounter with a claim that bills each supported line as it stands."""
    lines = tuple(
        ClaimLine(
            claim_id="C1",
            line_number=str(number),
            hcpcs=line.code,
            modifiers=line.modifiers,
            units=Decimal(line.units),
            service_date=line.service_date,
        )
        for number, line in enumerate(supported(some, policy).lines, 1)
    )
    return replace(some, claim_lines=lines)


@many
@given(encounters, policies, st.integers(1, 400))
def test_whole_days_later_only_the_dates_change(some: Encounter, policy: Policy, days: int) -> None:
    moved = _moved(some, timedelta(days=days))
    assume(_same_minutes(some, moved))  # a night on which the clocks change is another length
    later = supported(moved, policy)
    before = units(supported(some, policy))
    assert units(later) == Counter(
        {(code, day + timedelta(days=days), mods): n for (code, day, mods), n in before.items()}
    )


def _moved(some: Encounter, by: timedelta) -> Encounter:
    def at(moment: datetime | None) -> datetime | None:
        return moment and moment + by

    administrations = tuple(
        replace(
            one,
            segments=tuple(
                replace(
                    s,
                    start=at(s.start),
                    stop=at(s.stop),
                    rates=tuple((when + by, rate) for when, rate in s.rates),
                )
                for s in one.segments
            ),
        )
        for one in some.administrations
    )
    return replace(
        some,
        administrations=administrations,
        **{
            name: at(getattr(some, name))
            for name in ("arrived_at", "registered_at", "inpatient_at", "discharged_at")
        },
    )


def _same_minutes(one: Encounter, other: Encounter) -> bool:
    def shift(some: Encounter) -> list[float]:
        moments = [
            moment
            for administration in some.administrations
            for segment in administration.segments
            for moment in (segment.start, segment.stop, *(when for when, _ in segment.rates))
        ]
        moments += [some.arrived_at, some.registered_at, some.inpatient_at, some.discharged_at]
        return [moment.timestamp() for moment in moments if moment]

    differences = {b - a for a, b in zip(shift(one), shift(other), strict=True)}
    return len(differences) <= 1


@given(
    st.lists(
        st.none()
        | st.tuples(st.integers(0, 20), st.integers(0, 9)).map(lambda s: (s[0], s[0] + s[1]))
    )
)
def test_neighbours_are_all_that_touch(spans: list[tuple[int, int] | None]) -> None:
    asked = [
        [
            n
            for n, other in enumerate(spans)
            if n != at and one and other and one[0] <= other[1] and other[0] <= one[1]
        ]
        for at, one in enumerate(spans)
    ]
    assert neighbours(spans) == asked
