"""The initial service billed is not the highest-ranked one that was given."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met, undetermined
from auditor.coding import by_vein, initial_lines, supported
from auditor.tables.codes import INITIAL_BY_RANK, current


@check(
    title="Initial service out of the hierarchy",
    authority=("cms-cpm-4-230.2", "cpt-drug-administration"),
    severity="medium",
    responsible="coding",
    examines="highest-ranked initial service billed",
    needs=("claim_line.hcpcs", "administration.start", "administration.route"),
    payment="recoded",
    opened_by=("claim_line",),
    beyond_record=True,
)
def initial_service_out_of_hierarchy(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Chemotherapy infusion, chemotherapy push, infusion, push, hydration: in this order.

    Deficient where the record supports an initial service that ranks above the one billed; the
    order in which the drugs were given does not matter.  Where that service is billed as a push,
    ``push_billed_as_infusion`` judges it.
    """
    billed = initial_lines(encounter)
    support = supported(encounter, policy)
    right = [code for code in INITIAL_BY_RANK if support.units(code)]
    if not billed or not right:
        return
    line, code = billed[0], right[0]
    behind = next(s.administrations for s in support.lines if s.code == code)
    drugs = by_vein(encounter, policy)
    if INITIAL_BY_RANK.index(current(line.hcpcs or "")) <= INITIAL_BY_RANK.index(code):
        yield met(line)
    elif any(drugs.is_under_another_technique(given) for given in behind):
        return
    elif support.undetermined:
        yield undetermined(
            line,
            because=f"{code} outranks the billed {line.hcpcs}, but a drug is unclassified; its "
            "class would tell.",
        )
    else:
        yield deficient(
            line,
            because=f"{line.hcpcs} is billed as the initial service; {code}, which the record "
            "supports, ranks higher.",
            cure=Cure.REBILL,
            evidence=(
                Evidence("initial service billed", line.hcpcs or ""),
                Evidence("initial service supported", code),
            ),
            administrations=behind,
        )
