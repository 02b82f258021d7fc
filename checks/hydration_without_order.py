"""Hydration was given or billed without an order that covers it."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Policy,
    RejectedRow,
    Verdict,
    cell_of,
    check,
    clock,
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import (
    Cover,
    Family,
    Support,
    began_before_arrival,
    billed_of,
    covering,
    family_of,
    has_full_times,
    supported,
)
from auditor.tables.drugs import identify


@check(
    title="Hydration without an order",
    authority=("noridian-hydration", "cfr-482.23", "cfr-482.24"),
    severity="high",
    responsible="provider order",
    examines="hydration infusion",
    needs=("claim_line.hcpcs", "administration.drug", "order.drug"),
    payment="denied",
)
def hydration_without_order(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Each hydration fluid needs a practitioner's order for that fluid, written before it ended.

    Looked at are the fluids that count as hydration, and where hydration is billed those too that
    fall short of it.  A verbal order counts once it is authenticated.  A fluid that an ambulance
    or another facility began is looked at by ``infusion_started_by_ems``.  Where hydration is
    billed and the record has no hydration at all, the claim line itself is judged.  Undetermined
    where a row that could not be used may be the order, or its time cannot be read.
    """
    support = supported(encounter, policy)
    billed = billed_of(encounter, Family.HYDRATION) > 0
    fluids = [a for a in encounter.administrations if family_of(a, policy) is Family.HYDRATION]
    for fluid in fluids:
        if began_before_arrival(fluid, encounter):
            continue
        if _counts(fluid, support) or (billed and _falls_short(fluid, support, policy)):
            yield _judge(fluid, encounter)
    if billed and not fluids and not _orders_a_fluid(encounter):
        line = next(encounter.lines_billing(*Family.HYDRATION.codes))
        lost = next(filter(_may_be_a_fluid, encounter.rejected), None)
        if lost is not None:
            yield undetermined(
                line,
                because="Hydration is billed, and the rows that could be used have neither an "
                f"order for a fluid nor the fluid; one that was rejected may ({lost.cell}).",
            )
        elif support.undetermined:
            yield undetermined(
                line,
                because="Hydration is billed; whether a drug that nobody classified is the fluid, "
                "the pharmacy's class would tell.",
            )
        else:
            yield deficient(
                line,
                because="Hydration is billed, and the record has neither an order for a fluid nor "
                "the fluid.",
                cure=Cure.ORDER,
            )


def _counts(fluid: Administration, support: Support) -> bool:
    return any(
        fluid in line.administrations
        for line in support.lines
        if line.code in Family.HYDRATION.codes
    )


def _falls_short(fluid: Administration, support: Support, policy: Policy) -> bool:
    """Whether it was given as hydration: it ran in the window, or its times are incomplete."""
    course = next(c for c in support.courses if c.administration is fluid)
    return course.technique == "hydration" or not has_full_times(fluid, policy)


def _orders_a_fluid(encounter: Encounter) -> bool:
    return any(_is_a_fluid(order.drug) for order in encounter.orders if order.drug)


def _may_be_a_fluid(row: RejectedRow) -> bool:
    return row.kind in ("order", "administration") and (row.drug is None or _is_a_fluid(row.drug))


def _is_a_fluid(name: str) -> bool:
    """Whether it is one, or a drug that the table does not know."""
    drug = identify(name)
    return drug is None or drug.drug_class is DrugClass.HYDRATION


def _judge(fluid: Administration, encounter: Encounter) -> Verdict:
    found = covering(fluid, encounter)
    if found is None:
        lost = encounter.rejected_row("order", fluid)
        if lost is not None:
            return undetermined(
                fluid,
                because=f"No order that could be used covers the {fluid.drug} that was given; one "
                f"that was rejected may ({lost.cell}).",
            )
        others = ", ".join(sorted({o.drug for o in encounter.orders if o.drug})) or "none"
        return deficient(
            fluid,
            because=f"No order covers the {fluid.drug} that was given.",
            cure=Cure.ORDER,
            evidence=(Evidence("orders on file", others),),
        )
    order = found.order
    evidence = (
        Evidence(
            "order",
            f"{order.order_id}, {clock(order.ordered_at)}",
            cell_of(order, "ordered_at"),
        ),
    )
    match found.cover:
        case Cover.WRITTEN if cell := unread_cell(order, "ordered_at"):
            return undetermined(
                fluid,
                because=f"The time of the order for {fluid.drug} cannot be read ({cell}); it would "
                "tell whether the order came in time.",
            )
        case Cover.UNAUTHENTICATED if cell := unread_cell(order, "authenticated_at"):
            return undetermined(
                fluid,
                because=f"The verbal order for {fluid.drug} was authenticated at a time that "
                f"cannot be read ({cell}).",
            )
        case Cover.WRITTEN:
            return met(fluid)
        case Cover.AUTHENTICATED:
            told = f"The verbal order was authenticated {clock(order.authenticated_at)}."
            return met(fluid, told)
        case Cover.NOT_TOLD:
            return undetermined(
                fluid,
                because="The order was verbal; a column of authentication times would show whether "
                "it was authenticated.",
                evidence=evidence,
            )
        case Cover.UNAUTHENTICATED:
            because = f"The verbal order for {fluid.drug} was never authenticated."
            return deficient(fluid, because=because, cure=Cure.ORDER, evidence=evidence)
        case Cover.AFTER_THE_END:
            because = f"The order for {fluid.drug} was written after the infusion had ended."
            return deficient(fluid, because=because, cure=Cure.NOTHING, evidence=evidence)
