"""An infusion ran on from the emergency department into observation and was counted twice."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    clock,
    count,
    deficient,
    met,
)
from auditor.coding import (
    Cause,
    Family,
    Support,
    billed_of,
    charted_again_in_observation,
    excess_of,
    family_of,
    first_hours_again,
    initial_lines,
    is_carried_over,
    supported,
    surplus,
)


@check(
    title="Infusion continued into observation and counted again",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="billed infusion that ran into observation",
    needs=("administration.start", "encounter.observation_start"),
    payment="recoded",
)
def infusion_continued_into_observation(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Emergency department and observation are one encounter: one initial service, hours added on.

    Deficient where the claim has a second initial service and the record no second infusion for
    it, more hours than the running time supports, or where the emergency department's row has no
    stop and observation charted the same infusion anew, so that the hand-over is not documented.
    A second initial service for another infusion is ``more_than_one_initial_service``'s.
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
        elif is_carried_over(infusion, encounter):
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
            Evidence("stop before observation", "blank", cell_of(infusion, "stop")),
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
    if first_hours_again(encounter, family, policy):
        faults.append(
            f"{initials} initial services are billed for {count(accesses, 'access', 'accesses')}"
        )
    if excess_of(encounter, family, policy).has(Cause.OBSERVATION):
        units = f"{count(billed, 'unit')} {'is' if billed == 1 else 'are'} billed"
        faults.append(f"{units} where its minutes support {has}")
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
