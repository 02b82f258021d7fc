"""A drug is billed without the code that gives it, or the code without any drug."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
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
    not_evaluated,
    undetermined,
)
from auditor.coding import (
    DRUGS,
    administration_lines,
    began_before_arrival,
    drug_services,
    supported,
)
from auditor.tables.bundling import may_give_its_drug
from auditor.tables.codes import code

WITHOUT_CODE = (
    *(DrugClass.CARRIER, DrugClass.CONTRAST, DrugClass.VACCINE, DrugClass.BLOOD),
    DrugClass.NOT_REPORTABLE,
)
# Families of codes that need no drug line: a fluid is packaged, blood has lines of its own.
WITHOUT_DRUG = ("hydration", "blood", "port")
PHARMACY = ("025", "063")  # how the revenue codes of pharmacy begin


@check(
    title="Drug without an administration code, or the reverse",
    authority=("cms-cpm-17-10", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="charge set-up",
    examines="drug code billed, and claim that bills the giving of a drug",
    needs=("claim_line.hcpcs",),
    needs_in_part=("claim_line.revenue_code",),
    opened_by=("claim_line",),
)
def drug_without_administration_code(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A drug that was injected or infused and the code that gives it belong on one claim.

    A finding may stand beside ``administration_not_billed``, which tells what the record supports.
    Vaccines, contrast, blood (status R), and what the record has by mouth, need no such code. A
    procedure into which NCCI bundles drug administration, such as the injection of a joint, may
    have given its drug itself: undetermined, as is a code of the ASP table of which no file says
    what drug it is: it may be by mouth. A drug line of pharmacy without a code is a packaged drug:
    met, with a note. A claim of which the files have the administration lines alone cannot
    tell, nor can one without an administration on file: its drug may have come in running.
    """
    administration = administration_lines(encounter)
    procedures = [line for line in encounter.claim_lines if may_give_its_drug(line.hcpcs or "")]
    billed = [service for service in drug_services(encounter) if service.lines]
    for service in billed:
        classes = {given.drug_class for given in service.administrations}
        if classes <= {DrugClass.UNCLASSIFIED}:
            classes = set(service.classes(encounter))
        routes = {given.route for given in service.administrations}
        if classes & set(WITHOUT_CODE) or routes == {Route.OTHER}:
            continue
        line = service.lines[0]
        if administration:
            yield met(line)
            continue
        if procedures:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and the claim has no code that gives a drug; "
                f"whether {procedures[0].hcpcs} did, the record of that procedure would tell.",
                claim_lines=procedures,
            )
            continue
        if not service.administrations and not service.names_its_drug(encounter):
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and the files do not say which drug that is or "
                "how it was given; its row in the pharmacy's formulary would tell.",
            )
            continue
        support = supported(encounter, policy)
        has = ", ".join(dict.fromkeys(one.code for one in support.lines)) or "none"
        yield deficient(
            line,
            because=f"{line.hcpcs} is billed, and the claim has no code that gives a drug.",
            cure=Cure.REBILL,
            evidence=[
                Evidence("drug code", line.hcpcs or "", cell_of(line, "hcpcs")),
                Evidence("codes that the record supports", has),
            ],
        )
    giving = [line for line in administration if _needs_a_drug(line)]
    if giving and not billed:
        yield _without_drugs(giving, encounter)


def _needs_a_drug(line: ClaimLine) -> bool:
    entry = code(line.hcpcs)
    return entry is not None and entry.family not in WITHOUT_DRUG


def _came_with_the_patient(encounter: Encounter) -> bool:
    """Whether every drug on record was begun by an ambulance or another facility."""
    given = [a for a in encounter.administrations if a.drug_class in DRUGS]
    return bool(given) and all(began_before_arrival(a, encounter) for a in given)


def _without_drugs(giving: list[ClaimLine], encounter: Encounter) -> Verdict:
    line = giving[0]
    pharmacy = [
        other for other in encounter.claim_lines if (other.revenue_code or "").startswith(PHARMACY)
    ]
    codes = ", ".join(dict.fromkeys(one.hcpcs or "" for one in giving))
    verb = "are" if ", " in codes else "is"
    if _came_with_the_patient(encounter):
        return met(line, f"The drug of {codes} came in running: its supplier bills it.")
    if pharmacy:
        return met(line, f"The drugs of {codes} are on pharmacy lines without a listed code.")
    if not encounter.administrations:
        return undetermined(
            line,
            because=f"{codes} {verb} billed, and the claim has no drug; whether it came in running "
            "with the patient, the administration record would tell: the files have none of this "
            "encounter.",
            claim_lines=giving,
        )
    if "claim_line.revenue_code" not in encounter.supplied:
        return not_evaluated(line, wants="claim_line.revenue_code")
    if len(encounter.claim_lines) == len(administration_lines(encounter)):
        return undetermined(
            line,
            because=f"The files have nothing of the claim but {codes}; its drug lines would tell.",
        )
    return deficient(
        line,
        because=f"{codes} {verb} billed, and the claim has no drug.",
        cure=Cure.REBILL,
        evidence=[Evidence("claim lines", str(len(encounter.claim_lines)))],
        claim_lines=giving,
    )
