"""More initial services are billed than the record has accesses."""

from collections import Counter
from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Family,
    accesses_of,
    carried_into_observation,
    family_of,
    first_hours_again,
    initial_lines,
    initials_on_record,
    open_accesses,
    supported,
)


@check(
    title="More than one initial service",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "rac-0071"),
    severity="high",
    responsible="coding",
    examines="claim line of an initial service",
    needs=("claim_line.hcpcs", "administration.drug", "administration.site"),
    payment="recoded",
    opened_by=("administration", "access"),
    beyond_record=True,
)
def more_than_one_initial_service(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """One initial service is reported for each access that the record supports, in one encounter.

    Of the billed ones the highest-ranked stand; those beyond the supported accesses are deficient,
    or undetermined where the record shows a part of what would confirm a further access.  One
    that has no service of its kind on record at all is judged by the check of that kind, one for
    an infusion that ran on into observation by ``infusion_continued_into_observation``.  An
    encounter without any administration on record is left to other checks.
    """
    every = initial_lines(encounter)
    if not every or not encounter.administrations:
        return
    billed = initials_on_record(encounter, policy) if len(every) > 1 else every
    accesses = len(supported(encounter, policy).access_sites)
    if len(billed) <= accesses:
        yield from map(met, dict.fromkeys(billed))
        return
    possible = max(accesses, open_accesses(encounter, policy))
    beyond = Counter(map(id, billed[accesses:]))
    impossible = {id(line) for line in billed[possible:]}
    carried = _counted_again_in_observation(encounter, policy)
    shown = f"the record supports {count_of(accesses, 'access', 'accesses')}"
    for line in dict.fromkeys(billed):
        if not beyond[id(line)]:
            yield met(line)
            continue
        if carried[line.hcpcs or ""] > 0:
            carried[line.hcpcs or ""] -= beyond[id(line)]
            continue
        evidence = (
            Evidence("initial services billed", str(len(billed))),
            Evidence("accesses supported", str(accesses)),
        )
        said = f"{line.code_with_modifiers} is one of {len(billed)} initial services billed"
        if id(line) not in impossible:
            yield undetermined(
                line,
                because=f"{said}; {shown} and {_what_would_tell(encounter, policy)}.",
                evidence=evidence,
            )
        else:
            yield deficient(line, because=f"{said}; {shown}.", cure=Cure.REBILL, evidence=evidence)


def _what_would_tell(encounter: Encounter, policy: Policy) -> str:
    if not accesses_of(encounter, policy).record.has_line_record:
        return "no file has the record of lines: that, or the site of each drug, would tell"
    return (
        "shows a part of what would confirm a further one: the site of each drug, use at the same "
        "time or the need for both would tell"
    )


def _counted_again_in_observation(encounter: Encounter, policy: Policy) -> Counter[str]:
    """By code, the initial services billed anew for an infusion that ran into observation."""
    again: Counter[str] = Counter()
    for family in Family:
        if any(
            family_of(carried.rows[0], policy) is family
            for carried in carried_into_observation(encounter, policy)
        ):
            units = first_hours_again(encounter, family, policy)
            again.update(dict.fromkeys(family.codes, units))
    return again
