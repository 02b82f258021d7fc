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
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Carried,
    Cause,
    Family,
    Support,
    billed_of,
    billed_untimed,
    carried_into_observation,
    compare,
    excess_of,
    family_of,
    first_hours_again,
    initial_lines,
    last_rate,
    lines_billing,
    supported,
)
from auditor.verdict import Facts


@check(
    title="Infusion continued into observation and counted again",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="billed infusion that ran into observation",
    needs=("claim_line.hcpcs", "administration.start", "encounter.observation_start"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def infusion_continued_into_observation(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Emergency department and observation are one encounter: one initial service, hours added on.

    An infusion ran on where a stop or a charted rate shows it running in observation, or where a
    new row of the same drug follows within the policy's ``hand_over``.  Deficient where the claim
    has a second initial service and the record no other infusion for it, more hours than the
    running time supports, or where the emergency department's row is billed and has no stop, so
    that the hand-over is not documented.  A second initial service for another infusion is
    ``more_than_one_initial_service``'s.
    """
    support = supported(encounter, policy)
    for carried in carried_into_observation(encounter, policy):
        family = family_of(carried.rows[0], policy)
        if family is not None and billed_of(encounter, family):
            yield from _judge(carried, family, support, encounter, policy)


def _judge(
    carried: Carried, family: Family, support: Support, encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    first = carried.rows[0]
    billed_initials = initial_lines(encounter)
    facts: Facts = {
        "evidence": _evidence(carried, family, support, encounter),
        "claim_lines": dict.fromkeys((*lines_billing(encounter, *family.codes), *billed_initials)),
        "administrations": carried.rows[1:],
    }
    untimed = {billed_untimed(row, encounter, support, policy) for row in carried.unclosed}
    open_row = bool(untimed - {False})
    excess = []
    if first_hours_again(encounter, family, policy):
        initials = count_of(len(billed_initials), "initial service")
        accesses = count_of(len(support.access_sites), "access", "accesses")
        excess.append(f"{initials} for {accesses}")
    billed, has = billed_of(encounter, family), support.units(*family.codes)
    # where nothing is supported it was no infusion: other checks say that of its code
    if not open_row and _is_counted_again(family, encounter, policy):
        excess.append(f"{count_of(billed, 'unit')} where its minutes support {has}")
    faults = [_no_hand_over(carried)] if True in untimed else []
    faults += [f"the claim has {' and '.join(excess)}"] if excess else []
    if support.undetermined and (faults or open_row or billed > has):
        yield undetermined(
            first,
            because=f"The {first.drug} ran on into observation, but a drug that nobody classified "
            "may be what else is billed; its class would tell.",
            **facts,
        )
    elif faults:
        yield deficient(
            first,
            because=f"The {first.drug} ran on into observation: {' and '.join(faults)}.",
            cure=Cure.LATE_ENTRY if True in untimed else Cure.REBILL,
            **facts,
        )
    elif open_row:
        yield undetermined(
            first,
            because=f"The {first.drug} ran on into observation without a hand-over time; whether "
            "the hours billed beyond the record are its own, the charge's detail would tell.",
            **facts,
        )
    elif not carried.unclosed:
        yield met(first, _dated_otherwise(family, support, encounter, policy), **facts)


def _no_hand_over(carried: Carried) -> str:
    """What is wrong with the first row that nobody closed, and what shows that it ran on."""
    row = carried.unclosed[0]
    begun = f"begun {clock(row.start)}, it has no stop or hand-over time"
    after = carried.rows[carried.rows.index(row) + 1 :]
    if after:
        return f"{begun}, and a new row begins {clock(after[0].start)}"
    if row.stop is not None:
        return f"{begun} but what is {row.stop_evidence.words}"
    return f"{begun}, and its rate was charted {clock(last_rate(row))}"


def _evidence(
    carried: Carried, family: Family, support: Support, encounter: Encounter
) -> tuple[Evidence, ...]:
    initials = len(initial_lines(encounter))
    return (
        Evidence("observation began", clock(encounter.observation_start)),
        *(
            Evidence("infusion", f"{clock(row.start)} to {_end(row)}", cell_of(row, "start"))
            for row in carried.rows
        ),
        Evidence("initial services billed", str(initials)),
        Evidence("accesses supported", str(len(support.access_sites))),
        Evidence(f"units of {family} billed", str(billed_of(encounter, family))),
        Evidence("units supported", str(support.units(*family.codes))),
    )


def _end(row: Administration) -> str:
    """Its stop with the grade of what that rests on, or the last rate that shows it running."""
    grade = f"grade {row.stop_evidence}: {row.stop_evidence.words}"
    if row.stop is not None:
        return f"{clock(row.stop)} ({grade})"
    rate = last_rate(row)
    return "no stop" if rate is None else f"no stop, still running {clock(rate)}"


def _is_counted_again(family: Family, encounter: Encounter, policy: Policy) -> bool:
    """Whether units beyond the record come from observation, no other check's fault explaining."""
    excess = excess_of(encounter, family, policy)
    return excess.has(Cause.OBSERVATION, Cause.SECOND_INITIAL)


def _dated_otherwise(family: Family, support: Support, encounter: Encounter, policy: Policy) -> str:
    """A note where the hours agree and their dates do not."""
    dates = [
        variance.because
        for variance in compare(encounter, support, policy)
        if variance.kind == "wrong date" and variance.billed in family.codes
    ]
    return " ".join(dates)
