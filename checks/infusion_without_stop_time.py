"""A timed infusion is billed, but the record does not say when it ended."""

from collections.abc import Iterator
from dataclasses import replace

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Policy,
    StopEvidence,
    Verdict,
    blank,
    cell_of,
    check,
    clock,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Family,
    billed_of,
    billed_untimed,
    family_of,
    lacks_hand_over,
    left_open,
    lines_billing,
    rivals,
    supported,
)
from auditor.verdict import Facts


@check(
    title="Timed infusion billed without a documented stop time",
    authority=("palmetto-a53778", "cpt-drug-administration"),
    severity="high",
    responsible="nursing",
    examines="billed infusion",
    needs=("claim_line.hcpcs", "administration.start", "administration.stop"),
    payment="recoded",
)
def infusion_without_stop_time(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Infusion codes are chosen by elapsed time, so the stop must be in the record.

    Which evidence counts as a stop is the policy's choice.  An infusion without one counts as
    billed where the claim has more units of its kind than the timed infusions support.  A push
    needs no stop; one without a stop that ran on into observation is looked at by
    ``infusion_continued_into_observation``.  Undetermined where a row that could not be used may
    hold the stop.
    """
    support = supported(encounter, policy)
    for infusion in encounter.administrations:
        family = family_of(infusion, policy)
        families = rivals(infusion, policy)
        if family is None or not any(billed_of(encounter, f) for f in families):
            continue
        if lacks_hand_over(infusion, encounter, policy):
            continue
        if infusion.stop_evidence in policy.accepted_stop_evidence:
            yield met(infusion)
        elif (billed := billed_untimed(infusion, encounter, support, policy)) is not False:
            facts: Facts = {
                "evidence": _evidence(infusion, family, encounter, policy),
                "claim_lines": lines_billing(
                    encounter, *(code for f in families for code in f.codes)
                ),
            }
            if why := left_open(infusion, "stop", billed, encounter, support):
                yield undetermined(infusion, because=why, **facts)
            else:
                yield deficient(
                    infusion,
                    because=f"{infusion.drug} is billed as an infusion, and {_no_stop(infusion)}.",
                    cure=Cure.LATE_ENTRY,
                    **facts,
                )


def _no_stop(infusion: Administration) -> str:
    """What is missing, and of an infusion in several runs, that the others have theirs."""
    grade = infusion.stop_evidence
    if grade is not StopEvidence.NONE:
        return f"no stop time is documented ({grade.words})"
    if any(segment.stop for segment in infusion.segments):
        return "a run of it after a pause has no documented stop time"
    return "no stop time is documented"


def _evidence(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> tuple[Evidence, ...]:
    """The grade of what there is, and the family's units under each reading."""
    grade = infusion.stop_evidence
    as_push = replace(policy, missing_stop="push")
    readings = [
        ("units billed", f"{billed_of(encounter, family)} of {', '.join(family.codes)}"),
        ("units supported as documented", _units(encounter, policy, family)),
    ]
    if grade is not StopEvidence.NONE:
        accepting = replace(policy, accepted_stop_evidence=policy.accepted_stop_evidence | {grade})
        readings.append((f"units if grade {grade} counted", _units(encounter, accepting, family)))
    if family is not Family.HYDRATION:
        pushes = supported(encounter, as_push).units("96374", "96375", "96376", "96409", "96411")
        readings.append(("pushes if a missing stop made a push", str(pushes)))
    stop = blank("stop time", infusion, "stop")
    if infusion.stop is not None:
        stop = Evidence("stop time", clock(infusion.stop), cell_of(infusion, "stop"))
    return (
        stop,
        Evidence("stop-time evidence", f"grade {grade}: {grade.words}"),
        *(Evidence(name, value) for name, value in readings),
    )


def _units(encounter: Encounter, policy: Policy, family: Family) -> str:
    support = supported(encounter, policy)
    units = {code: support.units(code) for code in family.codes}
    return ", ".join(f"{code} × {count}" for code, count in units.items() if count) or "none"
