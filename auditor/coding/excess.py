"""Why a claim has more units of a timed family than the record supports: each unit one cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.coding.behind import by_vein, nothing_behind
from auditor.coding.claim import billed_units
from auditor.coding.courses import is_chemo
from auditor.coding.encounter import supported
from auditor.coding.initials import surplus_initials
from auditor.coding.support import Course, Support, with_neighbours
from auditor.coding.timed import (
    Family,
    billed_of,
    carried_into_observation,
    family_of,
    has_full_times,
)
from auditor.policy import Policy
from auditor.record import Encounter
from auditor.tables.codes import current

_FIRST = {
    Family.HYDRATION: ("96360",),
    Family.THERAPEUTIC: ("96365", "96367"),
    Family.CHEMOTHERAPY: ("96413", "96417"),
    Family.SUBCUTANEOUS: ("96369",),
}
_FURTHER = {
    Family.HYDRATION: "96361",
    Family.THERAPEUTIC: "96366",
    Family.CHEMOTHERAPY: "96415",
    Family.SUBCUTANEOUS: "96370",
}
_CUTS = ("infusion", "transfusion")


class Cause(StrEnum):
    """What a unit beyond the record comes from, in the words of a report."""

    AFTER_THE_INPATIENT_ORDER = "minutes after the inpatient order"
    AFTER_DISCHARGE = "minutes after discharge"
    BEFORE_ARRIVAL = "minutes before arrival"
    INTEGRAL = "minutes that are integral to chemotherapy under the policy"
    KEPT_OPEN = "minutes that only kept the vein open"
    BESIDE_AN_INFUSION = "minutes beside an infusion or transfusion at the same access"
    NOTHING_ON_RECORD = "a service that the record does not have"
    SECOND_INITIAL = "a second initial service for one infusion"
    CONCURRENT_AGAIN = "a concurrent infusion that the record does not have"
    PUSH = "a push billed as an infusion"
    OBSERVATION = "hours counted again in observation"
    TIME = "hours above the documented minutes"


@dataclass(frozen=True, slots=True)
class Excess:
    """Units of one family billed and supported, and the causes of those billed beyond."""

    billed: int
    supported: int
    causes: dict[Cause, int]

    def has(self, *causes: Cause) -> bool:
        """Whether a unit comes from one of these causes."""
        return any(self.causes.get(cause) for cause in causes)


def excess_of(encounter: Encounter, family: Family, policy: Policy) -> Excess:
    """The units of a family beyond the record, each under the first cause that explains it.

    Services that are counted twice or billed under another technique come first, then minutes
    that the rules leave out; what nothing explains is time.
    """
    support = supported(encounter, policy)
    billed, has = billed_of(encounter, family), support.units(*family.codes)
    left = billed - has
    causes: dict[Cause, int] = {}
    if left > 0:
        explanations = (
            *_services_again(encounter, family, support, policy),
            *_minutes_left_out(encounter, family, has, policy),
        )
        for cause, units in explanations:
            units = min(units, left)
            if units > 0:
                causes[cause] = units
                left -= units
        if left > 0:
            counted_again = has > 0 and _counted_again(encounter, family, policy)
            causes[Cause.OBSERVATION if counted_again else Cause.TIME] = left
    return Excess(billed, has, causes)


def _minutes_left_out(
    encounter: Encounter, family: Family, has: int, policy: Policy
) -> Iterator[tuple[Cause, int]]:
    """What would be supported if these minutes counted, each beside those before it."""
    for cause, wider, choices in _readings(encounter, family, policy):
        units = supported(wider, choices).units(*family.codes)
        yield cause, units - has
        has = max(has, units)


def _readings(
    encounter: Encounter, family: Family, policy: Policy
) -> Iterator[tuple[Cause, Encounter, Policy]]:
    """The encounter and policy under which one kind of minutes after another counts."""
    if encounter.inpatient_at is not None:
        encounter = replace(encounter, inpatient_at=None)
        yield Cause.AFTER_THE_INPATIENT_ORDER, encounter, policy
    if encounter.discharged_at is not None:
        encounter = replace(encounter, discharged_at=None)
        yield Cause.AFTER_DISCHARGE, encounter, policy
    if encounter.window_start is not None:
        encounter = replace(encounter, arrived_at=None, registered_at=None)
        yield Cause.BEFORE_ARRIVAL, encounter, policy
    if family is Family.HYDRATION:
        if policy.chemo_hydration == "integral":
            policy = replace(policy, chemo_hydration="counted")
            yield Cause.INTEGRAL, encounter, policy
        policy = replace(policy, kvo_rate=0)
        yield Cause.KEPT_OPEN, encounter, policy
        cutting = {id(course.administration) for course in _beside(supported(encounter, policy))}
        alone = tuple(a for a in encounter.administrations if id(a) not in cutting)
        yield Cause.BESIDE_AN_INFUSION, replace(encounter, administrations=alone), policy


def _beside(support: Support) -> list[Course]:
    """The infusions and transfusions that run beside hydration at its access."""
    return [
        course
        for course, near in with_neighbours(support.courses)
        if course.technique in _CUTS
        and any(other.technique == "hydration" and runs_beside(course, other) for other in near)
    ]


def runs_beside(one: Course, other: Course) -> bool:
    """Whether two courses ran at the same time at one access."""
    return one.access == other.access and any(
        start < until and since < stop for start, stop in one.spans for since, until in other.spans
    )


def _services_again(
    encounter: Encounter, family: Family, support: Support, policy: Policy
) -> Iterator[tuple[Cause, int]]:
    """Pushes billed as infusions, concurrent infusions and first hours beyond the record."""
    pushes = _pushes_in(family, encounter, policy)
    if pushes and not support.units(*family.codes):  # its further hours as well
        pushes = billed_of(encounter, family)
    yield Cause.PUSH, pushes
    if family is Family.THERAPEUTIC:
        concurrent = billed_units(encounter)["96368"] - support.units("96368")
        yield Cause.CONCURRENT_AGAIN, concurrent
    without = nothing_behind(encounter, policy)
    yield (
        Cause.NOTHING_ON_RECORD,
        sum(line.unit_count for line in without if current(line.hcpcs or "") in family.codes),
    )
    yield Cause.SECOND_INITIAL, first_hours_again(encounter, family, policy)


def first_hours_again(encounter: Encounter, family: Family, policy: Policy) -> int:
    """Second initial services of a family for which the record has no further service of it.

    A row under which observation goes on charting an infusion is no further one.
    """
    twice = sum(
        current(line.hcpcs or "") in family.codes for line in surplus_initials(encounter, policy)
    )
    if not twice:
        return 0
    begun: dict[tuple[str, ...], bool] = {}  # each service: whether a first hour begins it
    hours = 0
    for line in supported(encounter, policy).lines:
        if line.code in (*_FIRST[family], _FURTHER[family]):
            service = tuple(a.administration_id for a in line.administrations)
            begun[service] = begun.get(service, False) or line.code in _FIRST[family]
            hours += line.units
    billed = billed_units(encounter)
    first = sum(billed[code] for code in _FIRST[family])
    repeats = max(0, billed[_FURTHER[family]] - (hours - len(begun)))
    continued = _rows_that_continue(begun, encounter, policy)
    further = sum(not is_first for is_first in begun.values()) - continued
    repeats = max(0, min(repeats, further))
    services = len(begun) - continued
    again = first + repeats - services - _pushes_in(family, encounter, policy)
    return max(0, min(twice, again))


def _rows_that_continue(
    services: Iterable[tuple[str, ...]], encounter: Encounter, policy: Policy
) -> int:
    """How many of the services are rows that chart on, in observation, what another one began."""
    begun = {name for service in services for name in service[:1]}
    return sum(
        row.administration_id in begun
        for carried in carried_into_observation(encounter, policy)
        for row in carried.rows[1:]
    )


def _pushes_in(family: Family, encounter: Encounter, policy: Policy) -> int:
    """Pushes that are billed as infusions of the family."""
    if family not in (Family.THERAPEUTIC, Family.CHEMOTHERAPY):
        return 0
    chemo = family is Family.CHEMOTHERAPY
    pushed = by_vein(encounter, policy).pushed_as_infusion
    return sum(is_chemo(course.administration, policy) is chemo for course in pushed)


def _counted_again(encounter: Encounter, family: Family, policy: Policy) -> bool:
    """Whether an infusion ran on into observation and nothing else is open in its family."""
    infusions = [a for a in encounter.administrations if family_of(a, policy) is family]
    return (
        any(
            family_of(carried.rows[0], policy) is family
            for carried in carried_into_observation(encounter, policy)
        )
        and all(has_full_times(infusion, policy) for infusion in infusions)
        and not supported(encounter, policy).undetermined
    )
