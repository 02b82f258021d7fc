"""Hydration was given or billed without an order that covers it."""

from collections.abc import Iterator

from auditor import (
    Administration,
    ClaimLine,
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
    covering,
    fluids_of,
    is_ordered,
    lines_billing,
    supported,
)
from auditor.tables.drugs import identify
from auditor.verdict import Facts


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
    fall short of it.  A verbal order counts once it is authenticated.  A billed fluid that an
    ambulance or another facility began is looked at by ``infusion_started_by_ems``; one that is not
    billed here, since the hospital went on giving it.  Where hydration is billed and the record has
    no fluid given as hydration, because it only kept a vein open, ran after the inpatient order or
    is not there, the claim line is judged.  Undetermined where a row that could not be used may be
    the order, where its time cannot be read, or where the files have nothing of the encounter but
    its claim.
    """
    fluids = fluids_of(encounter, policy)
    lines = lines_billing(encounter, *Family.HYDRATION.codes)
    for fluid in fluids.as_given:
        yield _judge(fluid, fluid, lines, encounter)
    if lines and not fluids.as_given and not fluids.elsewhere:
        yield _judge_line(lines, fluids.every, supported(encounter, policy), encounter)


def _orders_a_fluid(encounter: Encounter) -> bool:
    return any(_is_a_fluid(order.drug) for order in encounter.orders if order.drug)


def _may_be_a_fluid(row: RejectedRow) -> bool:
    return row.kind in ("order", "administration") and (row.drug is None or _is_a_fluid(row.drug))


def _is_a_fluid(name: str) -> bool:
    """Whether it is one, or a drug that the table does not know."""
    drug = identify(name)
    return drug is None or drug.drug_class is DrugClass.HYDRATION


def _judge_line(
    lines: tuple[ClaimLine, ...],
    fluids: tuple[Administration, ...],
    support: Support,
    encounter: Encounter,
) -> Verdict:
    """Hydration is billed, and no fluid of the record was given as hydration: is one ordered?"""
    line = lines[0]
    ordered = [fluid for fluid in fluids if is_ordered(fluid, encounter)]
    if ordered:
        return _judge(line, ordered[0], lines, encounter)
    if support.undetermined:
        return undetermined(
            line,
            because="Hydration is billed; whether a drug that nobody classified is the fluid, the "
            "pharmacy's class would tell.",
            evidence=(_orders_on_file(encounter),),
            claim_lines=lines,
            administrations=support.undetermined,
        )
    if fluids:
        return _judge(line, fluids[0], lines, encounter)
    if _orders_a_fluid(encounter):
        return met(line, claim_lines=lines)
    lost = next(filter(_may_be_a_fluid, encounter.rejected), None)
    if lost is not None:
        return undetermined(
            line,
            because="Hydration is billed, and the rows that could be used have neither an order "
            f"for a fluid nor the fluid; one that was rejected may ({lost.cell}).",
            evidence=(_orders_on_file(encounter),),
            claim_lines=lines,
        )
    if not encounter.administrations and not encounter.orders:
        return undetermined(
            line,
            because="Hydration is billed, and the files have neither an administration nor an "
            "order of this encounter; its record would tell.",
            evidence=(_orders_on_file(encounter),),
            claim_lines=lines,
        )
    return deficient(
        line,
        because="Hydration is billed, and the record has neither an order for a fluid nor the "
        "fluid.",
        cure=Cure.ORDER,
        evidence=(_orders_on_file(encounter),),
        claim_lines=lines,
    )


def _orders_on_file(encounter: Encounter) -> Evidence:
    drugs = sorted({order.drug for order in encounter.orders if order.drug})
    return Evidence("orders on file", ", ".join(drugs) or "none")


def _judge(
    subject: Administration | ClaimLine,
    fluid: Administration,
    lines: tuple[ClaimLine, ...],
    encounter: Encounter,
) -> Verdict:
    """The order for a fluid, said of the fluid or of the claim line that bills it."""
    found = covering(fluid, encounter)
    facts: Facts = {
        "evidence": (_orders_on_file(encounter),),
        "claim_lines": lines,
        "administrations": () if subject is fluid else (fluid,),
    }
    if found is None and (lost := encounter.rejected_row("order", fluid)):
        return undetermined(
            subject,
            because=f"No order that could be used covers the {fluid.drug} that was given; one that "
            f"was rejected may ({lost.cell}).",
            **facts,
        )
    if found is None:
        because = f"No order covers the {fluid.drug} that was given."
        if subject is not fluid:
            because = f"Hydration is billed, and no order covers the {fluid.drug} of the record."
        return deficient(subject, because=because, cure=Cure.ORDER, **facts)
    order = found.order
    placed = f"{order.order_id}, {clock(order.ordered_at)}"
    facts["evidence"] = (Evidence("order", placed, cell_of(order, "ordered_at")),)
    match found.cover:
        case Cover.WRITTEN if cell := unread_cell(order, "ordered_at"):
            facts["evidence"] = (Evidence("order", order.order_id),)
            return undetermined(
                subject,
                because=f"The time of the order for {fluid.drug} cannot be read ({cell}); it would "
                "tell whether the order came in time.",
                **facts,
            )
        case Cover.NOT_TOLD if cell := unread_cell(order, "authenticated_at"):
            return undetermined(
                subject,
                because=f"The verbal order for {fluid.drug} was authenticated at a time that "
                f"cannot be read ({cell}).",
                **facts,
            )
        case Cover.WRITTEN:
            return met(subject, **facts)
        case Cover.AUTHENTICATED:
            told = f"The verbal order was authenticated {clock(order.authenticated_at)}."
            return met(subject, told, **facts)
        case Cover.NOT_TOLD:
            return undetermined(
                subject,
                because=f"The order for {fluid.drug} was verbal; a column of authentication times "
                "would show whether it was authenticated.",
                **facts,
            )
        case Cover.UNAUTHENTICATED:
            because = f"The verbal order for {fluid.drug} was never authenticated."
        case Cover.AFTER_THE_END:
            because = f"The order for {fluid.drug} was written after the infusion had ended."
    return deficient(subject, because=because, cure=Cure.ORDER, **facts)
