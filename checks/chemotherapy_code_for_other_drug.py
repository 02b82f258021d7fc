"""A chemotherapy administration code is billed for a drug that takes the other codes."""

from collections.abc import Iterator

from auditor import (
    Administration,
    ClaimLine,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Policy,
    Route,
    Verdict,
    check,
    deficient,
    listed,
    met,
    undetermined,
)
from auditor.coding import (
    UNDER_ANOTHER_FAMILY,
    Variance,
    compare,
    lines_billing,
    lines_of,
    nothing_behind,
    supported,
)
from auditor.tables.codes import CHEMOTHERAPY_CODES, INJECTION_CODES


@check(
    title="Chemotherapy code for another drug",
    authority=("cms-cpm-12-30.5", "cpt-drug-administration"),
    severity="high",
    responsible="coding",
    examines="claim line of chemotherapy administration",
    needs=("claim_line.hcpcs", "administration.drug", "administration.route"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def chemotherapy_code_for_other_drug(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Antineoplastics take the chemotherapy codes; other drugs do not.

    A complex biologic may take them where the record shows its complexity, so it is never denied
    by name: undetermined.  A code of the family that the record supports elsewhere is met, unless
    it is billed in place of another family's.  A line behind which no administration stands is
    ``billed_service_without_administration``'s.
    """
    support = supported(encounter, policy)
    without = nothing_behind(encounter, policy)
    variances = compare(encounter, support, policy)
    instead = lines_of((v for v in variances if _is_of_another_family(v)), encounter)
    for line in lines_billing(encounter, *CHEMOTHERAPY_CODES):
        routes = (Route.SC, Route.IM) if line.hcpcs in INJECTION_CODES else (Route.IV,)
        drugs = [
            given
            for given in encounter.administrations
            if given.route in routes
            and given.drug_class not in (DrugClass.HYDRATION, DrugClass.CARRIER, DrugClass.BLOOD)
        ]
        classes = {given.drug_class for given in drugs}
        if not drugs or line in without:
            continue
        names = listed(sorted({given.drug for given in drugs}))
        chemo = {DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL} & classes
        if chemo or support.units(*CHEMOTHERAPY_CODES):
            variance = instead.get(line)
            yield _beside_chemotherapy(line, variance) if variance else met(line)
        elif DrugClass.BIOLOGIC in classes:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and of what was given only "
                f"{_of(DrugClass.BIOLOGIC, drugs)} may count as chemotherapy; special preparation "
                "and monitoring, if documented, would support the code.",
            )
        elif DrugClass.UNCLASSIFIED in classes:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and nobody classified "
                f"{_of(DrugClass.UNCLASSIFIED, drugs)}; the pharmacy's class would tell.",
            )
        else:
            yield deficient(
                line,
                because=f"{line.hcpcs} is billed, and nothing given is chemotherapy: {names}.",
                cure=Cure.REBILL,
                evidence=(Evidence("drugs given", names),),
                administrations=drugs,
            )


def _is_of_another_family(variance: Variance) -> bool:
    """Whether a chemotherapy code stands for another drug of the same technique."""
    return (variance.supported, variance.billed) in UNDER_ANOTHER_FAMILY


def _beside_chemotherapy(line: ClaimLine, variance: Variance) -> Verdict:
    """A code of chemotherapy for a drug that was given beside it, such as a premedication."""
    drugs = list(variance.administrations)
    names = listed(sorted({given.drug for given in drugs}))
    said = f"{line.hcpcs} is billed where the record supports {variance.supported} for {names}"
    if biologics := _of(DrugClass.BIOLOGIC, drugs):
        return undetermined(
            line,
            because=f"{said}; special preparation and monitoring of {biologics}, if documented, "
            "would support the code.",
            administrations=drugs,
        )
    if variance.undetermined:
        return undetermined(
            line,
            because=f"{said}; a drug that nobody classified, or a row that was rejected, may be "
            "what it bills.",
            administrations=drugs,
        )
    return deficient(
        line,
        because=f"{said}.",
        cure=Cure.REBILL,
        evidence=(Evidence("drugs given", names),),
        administrations=drugs,
    )


def _of(drug_class: DrugClass, drugs: list[Administration]) -> str:
    """The names of the drugs of a class."""
    return listed(sorted({given.drug for given in drugs if given.drug_class is drug_class}))
