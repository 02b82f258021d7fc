"""The class of a drug is unknown, so its administration codes cannot be judged."""

from collections.abc import Iterator

from auditor import (
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Policy,
    Route,
    Verdict,
    cell_of,
    check,
    deficient,
    met,
)


@check(
    title="Drug not classified",
    authority=("cms-cpm-12-30.5", "cpt-drug-administration"),
    severity="low",
    responsible="charge set-up",
    examines="injection or infusion",
    needs=("administration.drug", "administration.route"),
)
def drug_not_classified(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Chemotherapy, other drug, fluid, or nothing to report: the pharmacy's class decides.

    The class comes from the user's formulary, then from the shipped table; what neither knows
    leaves the encounter's coding undetermined until the pharmacy has classified it.
    """
    for given in encounter.administrations:
        if given.route is Route.OTHER:
            continue
        if given.drug_class is not DrugClass.UNCLASSIFIED:
            yield met(given)
            continue
        yield deficient(
            given,
            because=f"{given.name} is neither in the formulary nor in the shipped table.",
            cure=Cure.RECORD,
            evidence=(Evidence("charted as", " + ".join(given.drugs), cell_of(given, "drug")),),
        )
