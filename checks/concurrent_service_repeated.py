"""The concurrent infusion code is billed more often, or for something else, than it allows."""

from collections.abc import Iterator

from auditor import Cure, DrugClass, Encounter, Evidence, Policy, Verdict, check, deficient, met
from auditor.coding import supported


@check(
    title="Concurrent infusion repeated or unfit",
    authority=("cpt-drug-administration", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="coding",
    examines="claim line of a concurrent infusion",
    needs=("claim_line.hcpcs", "administration.start"),
    payment="recoded",
)
def concurrent_service_repeated(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """96368 is reported once, for a second drug in a bag of its own at the same access.

    A mixture in one bag is one infusion, and hydration beside a drug has no code.
    """
    lines = list(encounter.lines_billing("96368"))
    if not lines or not encounter.administrations:
        return
    support = supported(encounter, policy)
    left = support.units("96368")
    mixtures = [a for a in encounter.administrations if len(a.drugs) > 1]
    fluids = [a for a in encounter.administrations if a.drug_class is DrugClass.HYDRATION]
    for line in lines:
        units = line.unit_count
        if units <= left:
            left -= units
            yield met(line)
            continue
        if support.units("96368"):
            because = "96368 is billed more than once; the record supports it once."
        elif mixtures:
            because = "96368 is billed for drugs mixed in one bag, which are one infusion."
        elif fluids:
            because = "96368 is billed beside hydration, which has no concurrent code."
        else:
            because = "96368 is billed, and no second drug ran beside another for over 15 minutes."
        yield deficient(
            line,
            because=because,
            cure=Cure.REBILL,
            evidence=(
                Evidence("units billed", str(units)),
                Evidence("units supported", str(support.units("96368"))),
            ),
        )
