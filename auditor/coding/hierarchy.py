"""One initial service at each access of an encounter (coding.md, section 5; H-01, H-02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import IntEnum

from auditor.coding.collect import Collector
from auditor.coding.courses import Given
from auditor.coding.hydration import MINIMUM, Run, hydration_runs
from auditor.coding.minutes import local_date, union


class Rank(IntEnum):
    """The facility hierarchy; the order of administration is irrelevant to it."""

    CHEMO_INFUSION = 0
    CHEMO_PUSH = 1
    INFUSION = 2
    PUSH = 3
    HYDRATION = 4


@dataclass(slots=True)
class Access:
    """What was given at one access, its initial service, and the modifier that this one needs."""

    number: int
    infusions: list[Given]
    pushes: list[Given]
    runs: list[Run]
    rank: Rank
    initial: Given | Run
    modifiers: tuple[str, ...] = ()


def accesses_by_rank(courses: list[Given], collector: Collector) -> list[Access]:
    """The accesses with a billable service, by the rank of their initial, then its start.

    Each initial beside a higher-ranked one carries the separate-access modifier (H-05).
    """
    infusions = [course for course in courses if course.technique == "infusion"]
    if collector.policy.same_drug_infusions == "add per date":
        infusions = _added_per_date(infusions, collector.zone)
    accesses = []
    for number in sorted({course.access for course in courses}):
        here = [course for course in courses if course.access == number]
        pushes = [course for course in here if course.technique == "push"]
        infused = [infusion for infusion in infusions if infusion.access == number]
        runs = _runs(here, collector)
        initial = _initial(infused, pushes, runs)
        if initial is not None:
            rank, service = initial
            accesses.append(Access(number, infused, pushes, runs, rank, service))
    accesses.sort(key=lambda access: (access.rank, *_place(access.initial)))
    for access in accesses[1:]:
        access.modifiers = (collector.policy.separate_access_modifier,)
    return accesses


def _place(initial: Given | Run) -> tuple[int, int]:
    """The earlier start goes first, then the order of the record."""
    if isinstance(initial, Given):
        return initial.at, initial.number
    return initial.counted[0][0], min(fluid.number for fluid in initial.fluids)


def _initial(
    infusions: list[Given], pushes: list[Given], runs: list[Run]
) -> tuple[Rank, Given | Run] | None:
    for chemo, infusion_rank, push_rank in (
        (True, Rank.CHEMO_INFUSION, Rank.CHEMO_PUSH),
        (False, Rank.INFUSION, Rank.PUSH),
    ):
        of_family = [infusion for infusion in infusions if infusion.chemo is chemo]
        if of_family:
            return infusion_rank, _first_of_longest_drug(of_family)
        pushed = [push for push in pushes if push.chemo is chemo]
        if pushed:
            return push_rank, min(pushed, key=lambda push: (push.at, push.number))
    if runs:
        return Rank.HYDRATION, min(runs, key=lambda run: (-run.minutes, run.counted[0][0]))
    return None


def _first_of_longest_drug(infusions: Sequence[Given]) -> Given:
    """The drug with the longest infusion; of that drug, its first infusion in time."""
    longest = min(infusions, key=lambda i: (-i.minutes, i.at, i.number))
    same_drug = (infusion for infusion in infusions if infusion.drug == longest.drug)
    return min(same_drug, key=lambda i: (i.at, i.number))


def _runs(here: list[Given], collector: Collector) -> list[Run]:
    """Hydration at one access; beside chemotherapy the policy decides (J14, N-04)."""
    policy = collector.policy
    runs = _long_enough(here, collector)
    beside_chemo = any(c.chemo and c.technique in ("infusion", "push") for c in here)
    if not beside_chemo or policy.chemo_hydration == "counted":
        return runs
    integral = policy.chemo_hydration == "integral"
    because = (
        "Hydration at the access of chemotherapy is integral to the drug under this policy."
        if integral
        else "Hydration at the access of chemotherapy is counted: was it needed for its own sake?"
    )
    for fluid in {id(fluid): fluid for run in runs for fluid in run.fluids}.values():
        collector.review(fluid, because, "6.5")
        if integral:
            collector.earns_nothing(fluid, "integral to the chemotherapy at its access", "6.5")
    return [] if integral else runs


def _long_enough(here: list[Given], collector: Collector) -> list[Run]:
    """The runs of at least 31 minutes; a fluid that is in none of them says so."""
    runs = hydration_runs(here, collector.policy)
    if not runs and not any(course.technique == "hydration" for course in here):
        return []
    for run in runs:
        for fluid in run.fluids:
            collector.mark_borderline(fluid, run.minutes, MINIMUM)
    enough = [run for run in runs if run.minutes >= MINIMUM]
    counted = {id(fluid) for run in enough for fluid in run.fluids}
    for fluid in here:
        if fluid.technique == "hydration" and id(fluid) not in counted:
            because = f"no run of {MINIMUM} minutes remains beside the drugs given at the access"
            collector.earns_nothing(fluid, because, "6.5")
    return enough


def _added_per_date(infusions: Sequence[Given], zone: tzinfo | None) -> list[Given]:
    """The infusions of one drug, access and start date as one (J5, the alternative)."""
    added: dict[tuple[str, bool, int, date], Given] = {}
    for infusion in sorted(infusions, key=lambda i: (i.at, i.number)):
        key = (infusion.drug, infusion.chemo, infusion.access, local_date(infusion.at, zone))
        if key not in added:
            added[key] = infusion
            continue
        first = added[key]
        added[key] = Given(
            number=first.number,
            administrations=first.administrations + infusion.administrations,
            technique="infusion",
            at=first.at,
            running=union([*first.running, *infusion.running]),
            because="added per date",
            chemo=first.chemo,
            access=first.access,
        )
    return list(added.values())
