"""Which infusions a claim bills, and what it bills beyond the timed record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from auditor.coding.claim import billed_units
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.encounter import supported
from auditor.coding.minutes import seconds
from auditor.coding.support import Support
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter, Method, Route
from auditor.tables.codes import PUSH_CODES


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


BROUGHT = re.compile(r"\b(ambulance|ems|paramedic|helicopter|air|life ?flight|transfer)", re.I)
_BY_VEIN = (Family.HYDRATION, Family.THERAPEUTIC, Family.CHEMOTHERAPY)
_PUSHES = tuple(sorted(PUSH_CODES))
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


def codes_billing(
    infusion: Administration, encounter: Encounter, policy: Policy
) -> tuple[str, ...]:
    """The codes under which the claim bills an infusion; none where it is not billed.

    Those of its family where it earns one of them or the claim has units that nothing earns; else
    what it earns otherwise, such as a push; else another family's, where the claim has units of
    that family and the record nothing else for them.  A fluid is never billed as a push.
    """
    family = family_of(infusion, policy)
    if family is None:
        return ()
    support = supported(encounter, policy)
    billed = billed_units(encounter)
    earned = {line.code for line in support.lines if infusion in line.administrations}
    units = billed_of(encounter, family)
    if units and (not earned.isdisjoint(family.codes) or units > support.units(*family.codes)):
        return family.codes
    if otherwise := tuple(sorted(code for code in earned if billed[code])):
        return otherwise
    if family not in _BY_VEIN:
        return ()
    others: list[Family | None] = [other for other in _BY_VEIN if other is not family]
    if family is not Family.HYDRATION:
        others.append(None)
    for other in others:
        codes = _PUSHES if other is None else other.codes
        explained = any(
            _may_be_billed_as(other, given, policy)
            for given in encounter.administrations
            if given is not infusion
        )
        if not explained and sum(billed[code] for code in codes) > support.units(*codes):
            return codes
    return ()


def _may_be_billed_as(
    family: Family | None, administration: Administration, policy: Policy
) -> bool:
    """Whether an administration may be what is billed in a family or, for ``None``, as a push."""
    if family is not None:
        return family_of(administration, policy) is family
    return administration.drug_class in DRUGS and administration.route is Route.IV


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
    others = [
        other
        for other in encounter.administrations
        if other is not infusion
        and family_of(other, policy) in families
        and _has_run(other, policy)
    ]
    again = any(o.drug == infusion.drug and has_full_times(o, policy) for o in others)
    if again or not others or Family.THERAPEUTIC not in families:
        return True
    billed = billed_units(encounter)
    first = sum(billed[code] - support.units(code) for code in _FIRST_HOURS)
    return True if first > 0 else None


def left_open(
    infusion: Administration,
    what: Literal["start", "stop"],
    billed: bool | None,
    encounter: Encounter,
    support: Support,
) -> str | None:
    """Why nobody can tell whether a time is lacking of what is billed; ``None``: it is.

    ``billed`` is what ``billed_untimed`` says of the infusion.
    """
    lacks = f"{infusion.drug} has no {what} time"
    if support.undetermined:
        return (
            f"{lacks}, but a drug that nobody classified may be what is billed; its class would "
            "tell."
        )
    if billed is None:
        return (
            f"{lacks}; whether the hours billed beyond the record are its own, the charge's detail "
            "would tell."
        )
    if lost := encounter.rejected_row("administration", infusion, stating=what):
        return (
            f"{lacks} in the rows that could be used; one that was rejected may hold it "
            f"({lost.cell})."
        )
    return None


def _has_run(administration: Administration, policy: Policy) -> bool:
    """Whether hours too many may be its own: some part of it has both times."""
    return any(
        segment.start is not None
        and segment.stop is not None
        and segment.stop_evidence in policy.accepted_stop_evidence
        for segment in administration.segments
    )


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


def came_in_running(administration: Administration, encounter: Encounter, policy: Policy) -> bool:
    """Whether an ambulance or another facility began it, rather than a clerk checked in late.

    A start before arrival is one where the record says so, where the patient was brought in, or
    where it lies more than ``arrival_tolerance`` before.
    """
    if administration.start is None or encounter.window_start is None:
        return administration.began_elsewhere
    early = seconds(encounter.window_start) - seconds(administration.start)
    brought = administration.began_elsewhere or BROUGHT.search(encounter.arrival_mode or "")
    return early > 0 and (bool(brought) or early // 60 > policy.arrival_tolerance)


def counted_from_its_start(encounter: Encounter, policy: Policy) -> Support:
    """What would be supported if minutes before arrival counted."""
    return supported(replace(encounter, arrived_at=None, registered_at=None), policy)


@dataclass(frozen=True, slots=True)
class Carried:
    """One infusion that was running when observation began, in the rows that chart it.

    ``rows`` stand in time order, the first begun before observation.  ``unclosed`` are those of
    them that began before it and have no accepted stop: nothing tells when they were handed over.
    """

    rows: tuple[Administration, ...]
    unclosed: tuple[Administration, ...]


def carried_into_observation(encounter: Encounter, policy: Policy) -> tuple[Carried, ...]:
    """The infusions that ran on from the emergency department into observation.

    A new row of the same drug that begins within ``hand_over`` of the start of observation, before
    or after it, and within as many minutes of the end of the row before it, charts the same
    infusion.  That it was running shows by a stop, a charted rate or a new row from then on.
    """
    if encounter.observation_start is None:
        return ()
    observation = seconds(encounter.observation_start)
    chains: list[list[Administration]] = []
    for row in sorted(_started(encounter, policy), key=_started_at):
        chain = next((c for c in chains if _runs_on(c[-1], row, observation, policy)), None)
        if chain is None:
            chains.append([row])
        else:
            chain.append(row)
    return tuple(
        Carried(
            tuple(chain),
            tuple(
                row
                for row in chain
                if _started_at(row) < observation and not has_full_times(row, policy)
            ),
        )
        for chain in chains
        if _started_at(chain[0]) < observation
        and (_started_at(chain[-1]) >= observation or _last_seen(chain) > observation)
    )


def lacks_hand_over(administration: Administration, encounter: Encounter, policy: Policy) -> bool:
    """Whether it has no accepted stop and observation went on charting it."""
    return any(
        administration is row
        for carried in carried_into_observation(encounter, policy)
        for row in carried.unclosed
    )


def last_rate(administration: Administration) -> datetime | None:
    """When it was last charted as running: the time of its last rate above 0."""
    rates = [at for s in administration.segments for at, rate in s.rates if rate > 0]
    return max(rates, key=seconds, default=None)


def _started(encounter: Encounter, policy: Policy) -> Iterator[Administration]:
    return (a for a in encounter.administrations if a.start and family_of(a, policy))


def _started_at(administration: Administration) -> int:
    return seconds(administration.start) if administration.start else 0


def _runs_on(
    earlier: Administration, later: Administration, observation: int, policy: Policy
) -> bool:
    """Whether a later row charts on, around the start of observation, what an earlier one began."""
    same = earlier.drug == later.drug and earlier.route is later.route
    if not same or _started_at(earlier) >= observation:
        return False
    began = _started_at(later)
    if abs(began - observation) // 60 > policy.hand_over:
        return False
    ended = earlier.stop if has_full_times(earlier, policy) else None
    return ended is None or (began - seconds(ended)) // 60 <= policy.hand_over


def _last_seen(rows: Iterable[Administration]) -> int:
    """The last second at which a stop or a rate above 0 shows one of the rows to be running."""
    seen = []
    for row in rows:
        seen += [moment for s in row.segments for moment in (s.start, s.stop) if moment]
        seen += [at for at in (last_rate(row),) if at]
    return max(map(seconds, seen), default=0)
