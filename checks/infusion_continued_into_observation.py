"""An infusion ran on from the emergency department into observation and was counted twice."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    blank,
    cell_of,
    check,
    clock,
    deficient,
    met,
)
from auditor.coding import (
    Family,
    Support,
    billed_of,
    charted_again_in_observation,
    counted_from_its_start,
    family_of,
    has_full_times,
    initial_lines,
    runs_into_observation,
    supported,
    surplus,
)


@check(
    title="Infusion continued into observation and counted again",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="billed infusion that ran into observation",
    needs=("claim_line.hcpcs", "administration.start", "encounter.observation_start"),
    payment="recoded",
)
def infusion_continued_into_observation(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Emergency department and observation are one encounter: one initial service, hours added on.

    Deficient where the claim has another initial service than the record's accesses support, more
    hours than the running time supports, or where the emergency department's row has no stop and
    observation charted the same infusion anew, so that the hand-over is not documented.
    """
    support = supported(encounter, policy)
    for infusion in encounter.administrations:
        family = family_of(infusion, policy)
        if family is None or not billed_of(encounter, family):
            continue
        again = charted_again_in_observation(infusion, encounter, policy)
        if again is not None:
            if surplus(encounter, support, family):
                yield _no_hand_over(infusion, again, family, encounter)
        elif runs_into_observation(infusion, encounter) and infusion.stop is not None:
            yield _judge(infusion, family, support, encounter, policy)


def _no_hand_over(
    infusion: Administration, again: Administration, family: Family, encounter: Encounter
) -> Verdict:
    return deficient(
        infusion,
        because=f"The {infusion.drug} begun before observation has no stop or hand-over time, and "
        "observation charted it anew.",
        cure=Cure.LATE_ENTRY,
        evidence=(
            blank("stop before observation", infusion, "stop"),
            Evidence("charted anew", clock(again.start), cell_of(again, "start")),
        ),
        claim_lines=encounter.lines_billing(*family.codes),
        administrations=(again,),
    )


def _judge(
    infusion: Administration,
    family: Family,
    support: Support,
    encounter: Encounter,
    policy: Policy,
) -> Verdict:
    billed_initials = initial_lines(encounter)
    initials = len(billed_initials)
    accesses = len(support.access_sites)
    billed, has = billed_of(encounter, family), support.units(*family.codes)
    evidence = (
        Evidence("observation began", clock(encounter.observation_start)),
        Evidence("infusion", f"{clock(infusion.start)} to {clock(infusion.stop)}"),
        Evidence("initial services billed", str(initials)),
        Evidence("accesses supported", str(accesses)),
        Evidence(f"units of {family} billed", str(billed)),
        Evidence("units supported", str(has)),
    )
    faults = []
    if initials > accesses:
        faults.append(f"{initials} initial services are billed for {accesses} access")
    if billed > has and _counted_twice(infusion, family, encounter, policy):
        faults.append(f"{billed} units are billed where its minutes support {has}")
    if not faults:
        return met(infusion)
    return deficient(
        infusion,
        because=f"The {infusion.drug} ran on into observation: {' and '.join(faults)}.",
        cure=Cure.REBILL,
        evidence=evidence,
        claim_lines=tuple(
            dict.fromkeys((*encounter.lines_billing(*family.codes), *billed_initials))
        ),
    )


def _counted_twice(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> bool:
    """Whether no other fault of the record, judged by its own check, explains the units."""
    untimed = any(
        other is not infusion
        and family_of(other, policy) is family
        and not has_full_times(other, policy)
        for other in encounter.administrations
    )
    if supported(encounter, policy).undetermined:
        return False
    before_arrival = counted_from_its_start(encounter, policy).units(*family.codes)
    return not untimed and billed_of(encounter, family) > before_arrival
