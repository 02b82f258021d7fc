"""More initial services are billed than the record has accesses."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met
from auditor.coding import initial_lines, supported


@check(
    title="More than one initial service",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "rac-0071"),
    severity="high",
    responsible="coding",
    examines="claim line of an initial service",
    needs=("claim_line.hcpcs", "administration.drug"),
    payment="recoded",
)
def more_than_one_initial_service(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """One initial service is reported for each access that the record supports, in one encounter.

    Of the billed ones the highest-ranked stand; those beyond the supported accesses are deficient.
    An encounter without any administration on record is left to other checks.
    """
    billed = initial_lines(encounter)
    if not billed or not encounter.administrations:
        return
    accesses = len(supported(encounter, policy).access_sites)
    surplus = {id(line) for line in billed[accesses:]}
    for line in dict.fromkeys(billed):
        if id(line) not in surplus:
            yield met(line)
            continue
        yield deficient(
            line,
            because=f"{line.code_with_modifiers} is one of {len(billed)} initial services billed; "
            f"the record supports {accesses} access{'es' if accesses > 1 else ''}.",
            cure=Cure.REBILL,
            evidence=(
                Evidence("initial services billed", str(len(billed))),
                Evidence("accesses supported", str(accesses)),
            ),
        )
