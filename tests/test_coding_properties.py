"""What must hold of every record: properties of the engine on random encounters."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditor.coding import Support, compare, supported
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter, Segment, StopEvidence
from auditor.tables.codes import INITIAL_CODES
from tests.cases import ZONE, administration, encounter
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
def test_the_order_of_administrations_never_matters(
    some: Encounter, policy: Policy, rng: random.Random
) -> None:
    starts = [course.at for course in supported(some, policy).courses if course.at]
    assume(len(set(starts)) == len(starts))  # what starts together goes by the record's order
    shuffled = rng.sample(some.administrations, len(some.administrations))
    assert units(supported(replace(some, administrations=tuple(shuffled)), policy)) == units(
        supported(some, policy)
    )


@many
@given(encounters, policies, st.floats(0.01, 0.99))
def test_a_bag_change_never_changes_the_units(some: Encounter, policy: Policy, at: float) -> None:
    """A running segment in two that touch is the same infusion, at midnight as at any time."""
    assert units(supported(_cut(some, at), policy)) == units(supported(some, policy))


def _cut(some: Encounter, at: float) -> Encounter:
    cut = []
    for one in some.administrations:
        segments: list[Segment] = []
        for segment in one.segments:
            if segment.start is None or segment.stop is None or segment.stop <= segment.start:
                segments.append(segment)
                continue
            seconds = (segment.stop.timestamp() - segment.start.timestamp()) * at
            middle = datetime.fromtimestamp(segment.start.timestamp() + seconds // 60 * 60, ZONE)
            if not segment.start < middle < segment.stop:
                segments.append(segment)
                continue
            before = tuple(rate for rate in segment.rates if rate[0] < middle)
            after = tuple(rate for rate in segment.rates if rate[0] >= middle)
            segments.append(replace(segment, stop=middle, rates=before))
            segments.append(replace(segment, start=middle, rates=after))
        cut.append(replace(one, segments=tuple(segments)))
    return replace(some, administrations=tuple(cut))


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
