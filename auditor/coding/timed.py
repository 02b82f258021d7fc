"""Which infusions a claim bills, and what it bills beyond the timed record."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from auditor.coding.compare import billed_units
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.encounter import supported
from auditor.coding.support import Support
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter, Method, Route


class Family(StrEnum):
    """The families of services that are billed by elapsed time."""

    HYDRATION = "hydration"
    THERAPEUTIC = "therapeutic infusion"
    CHEMOTHERAPY = "chemotherapy infusion"
    SUBCUTANEOUS = "subcutaneous infusion"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the family."""
        return _CODES[self]


_CODES = {
    Family.HYDRATION: ("96360", "96361"),
    Family.THERAPEUTIC: ("96365", "96366", "96367", "96368"),
    Family.CHEMOTHERAPY: ("96413", "96415", "96417"),
    Family.SUBCUTANEOUS: ("96369", "96370"),
}


_FIRST_HOURS = ("96365", "96367", "96368", "96413", "96417")


def family_of(administration: Administration, policy: Policy) -> Family | None:
    """The family under which an infusion would be billed; ``None`` for what is no infusion."""
    if administration.method not in (Method.INFUSION, None):
        return None
    if administration.route is Route.SC:
        infused = administration.method is Method.INFUSION and administration.drug_class in DRUGS
        return Family.SUBCUTANEOUS if infused else None
    if administration.route is not Route.IV:
        return None
    if administration.drug_class is DrugClass.HYDRATION:
        return Family.HYDRATION
    if administration.drug_class not in DRUGS:
        return None
    return Family.CHEMOTHERAPY if is_chemo(administration, policy) else Family.THERAPEUTIC


def billed_of(encounter: Encounter, family: Family) -> int:
    """Units billed in the family, over all its codes and dates."""
    billed = billed_units(encounter)
    return sum(billed[code] for code in family.codes)


def billed_untimed(
    infusion: Administration, encounter: Encounter, support: Support, policy: Policy
) -> bool | None:
    """Whether an infusion without a time is billed as an infusion.

    ``True`` where the claim has units of infusions that the timed record does not support,
    ``None`` where those units may as well be hours too many of a timed infusion.
    """
    families = rivals(infusion, policy)
    if sum(billed_of(encounter, f) - support.units(*f.codes) for f in families) <= 0:
        return False
    again = any(
        other is not infusion and other.drug == infusion.drug and has_full_times(other, policy)
        for other in encounter.administrations
    )
    if again or Family.THERAPEUTIC not in families:
        return True
    billed = billed_units(encounter)
    first = sum(billed[code] - support.units(code) for code in _FIRST_HOURS)
    return True if first > 0 else None


def rivals(infusion: Administration, policy: Policy) -> tuple[Family, ...]:
    """The families that a claim may have billed an infusion under: drugs by vein share two."""
    family = family_of(infusion, policy)
    drugs = (Family.THERAPEUTIC, Family.CHEMOTHERAPY)
    return drugs if family in drugs else (family,) if family else ()


def surplus(encounter: Encounter, support: Support, family: Family) -> int:
    """Units billed in the family beyond those that the record supports; never below 0."""
    return max(0, billed_of(encounter, family) - support.units(*family.codes))


def has_full_times(administration: Administration, policy: Policy) -> bool:
    """Whether every running segment has both its start and an accepted stop."""
    return bool(administration.segments) and all(
        segment.start is not None
        and segment.stop is not None
        and segment.stop_evidence in policy.accepted_stop_evidence
        for segment in administration.segments
    )


def stops_before_it_starts(administration: Administration) -> bool:
    """Whether a running segment is charted backwards, so that it has no minutes."""
    return any(
        segment.start is not None
        and segment.stop is not None
        and segment.stop.timestamp() < segment.start.timestamp()
        for segment in administration.segments
    )


def began_before_arrival(administration: Administration, encounter: Encounter) -> bool:
    """Whether the record says that an ambulance or another facility began it."""
    arrival, start = encounter.window_start, administration.start
    if arrival is None or start is None:
        return administration.began_elsewhere
    return start.timestamp() < arrival.timestamp()


def counted_from_its_start(encounter: Encounter, policy: Policy) -> Support:
    """What would be supported if minutes before arrival counted."""
    return supported(replace(encounter, arrived_at=None, registered_at=None), policy)


def runs_into_observation(administration: Administration, encounter: Encounter) -> bool:
    """Whether it was running when observation began."""
    observation, start = encounter.observation_start, administration.start
    if observation is None or start is None or start.timestamp() >= observation.timestamp():
        return False
    ends = [s.stop or s.start for s in administration.segments if s.stop or s.start]
    return any(end.timestamp() > observation.timestamp() for end in ends if end is not None)


def charted_again_in_observation(
    administration: Administration, encounter: Encounter, policy: Policy
) -> Administration | None:
    """The row under which observation went on charting an infusion that has no accepted stop."""
    observation, start = encounter.observation_start, administration.start
    if observation is None or start is None or start.timestamp() >= observation.timestamp():
        return None
    if has_full_times(administration, policy):
        return None
    for other in encounter.administrations:
        if other.drug != administration.drug or other.start is None:
            continue
        minutes = (other.start.timestamp() - observation.timestamp()) / 60
        if 0 <= minutes <= policy.hand_over:
            return other
    return None
