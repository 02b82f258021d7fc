"""An infusion begun before arrival is billed with minutes or without an order of the hospital."""

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
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import (
    Cover,
    Family,
    began_before_arrival,
    billed_of,
    counted_from_its_start,
    covering,
    family_of,
    has_full_times,
    initial_lines,
    supported,
)


@check(
    title="Infusion started before arrival not supported from arrival on",
    authority=("cms-cpm-4-230.2-outside", "noridian-hydration", "cfr-482.23"),
    severity="high",
    responsible="charge set-up",
    examines="billed infusion that began before arrival",
    needs=("claim_line.hcpcs", "administration.start", "encounter.arrived_at"),
    payment="recoded",
)
def infusion_started_by_ems(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A start by ambulance or another facility is no error: the hospital bills from arrival on.

    It is deficient where the billed units need minutes before arrival, where the hospital's own
    start, which is the arrival, is not documented, or where no order of the hospital adopts the
    infusion.
    """
    for infusion in encounter.administrations:
        family = family_of(infusion, policy)
        if family is None or not began_before_arrival(infusion, encounter):
            continue
        if _is_billed(infusion, family, encounter, policy):
            yield _judge(infusion, family, encounter, policy)


def _is_billed(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> bool:
    """Whether the claim needs it: from arrival on, or only with the minutes before."""
    billed = billed_of(encounter, family)
    support = supported(encounter, policy)
    contributes = any(
        infusion in line.administrations for line in support.lines if line.code in family.codes
    )
    return billed > 0 and (contributes or billed > support.units(*family.codes))


_ORDER_FAULTS = {
    Cover.AFTER_THE_END: "The order for {} was written after the infusion had ended.",
    Cover.UNAUTHENTICATED: "The verbal order for {} was never authenticated.",
}


def _another_cause(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> bool:
    """Whether something else may explain units beyond the record."""
    support = supported(encounter, policy)
    untimed = any(
        other is not infusion
        and family_of(other, policy) is family
        and not has_full_times(other, policy)
        for other in encounter.administrations
    )
    further = len(initial_lines(encounter)) > len(support.access_sites)
    return untimed or further or bool(support.undetermined)


def _unread_order(infusion: Administration, encounter: Encounter) -> str | None:
    """The cell that could not be read and may be the order, or the signature of the one found."""
    found = covering(infusion, encounter)
    if found is not None:
        signed = found.cover is Cover.UNAUTHENTICATED
        return unread_cell(found.order, "authenticated_at") if signed else None
    lost = encounter.rejected_row("order", infusion)
    return lost.cell if lost else None


def _judge(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> Verdict:
    arrival = encounter.window_start
    lines = tuple(encounter.lines_billing(*family.codes))
    if arrival is None and (unread := unread_cell(encounter, "arrived_at")):
        return undetermined(
            infusion,
            because=f"{infusion.drug} was begun elsewhere, and the time of arrival cannot be read "
            f"({unread}).",
        )
    if arrival is None:
        return deficient(
            infusion,
            because=f"{infusion.drug} was begun elsewhere, and the record has no arrival from "
            "which the hospital could count.",
            cure=Cure.RECORD,
            evidence=(Evidence("arrival", "blank", cell_of(encounter, "arrived_at")),),
            claim_lines=lines,
        )
    arrived = "arrived_at" if encounter.arrived_at else "registered_at"
    billed = billed_of(encounter, family)
    from_arrival = supported(encounter, policy).units(*family.codes)
    from_start = counted_from_its_start(encounter, policy).units(*family.codes)
    evidence = (
        Evidence("began", clock(infusion.start), cell_of(infusion, "start")),
        Evidence("arrival", clock(arrival), cell_of(encounter, arrived)),
        Evidence("units billed", str(billed)),
        Evidence("units supported from arrival", str(from_arrival)),
        Evidence("units if counted from its start", str(from_start)),
    )
    if billed > from_arrival and from_start > from_arrival:
        if _another_cause(infusion, family, encounter, policy):
            return undetermined(
                infusion,
                because=f"{billed} units of {family} are billed and {from_arrival} supported from "
                "arrival on; the missing times or classes, or the further access that is billed, "
                "would tell whether the rest are minutes before arrival.",
                evidence=evidence,
            )
        return deficient(
            infusion,
            because=f"{billed} units of {family} are billed; from arrival on the record supports "
            f"{from_arrival}, the rest are minutes before arrival.",
            cure=Cure.REBILL,
            evidence=evidence,
            claim_lines=lines,
        )
    if "order.drug" not in encounter.supplied:
        return undetermined(
            infusion,
            because=f"Whether an order of the hospital adopts the {infusion.drug} cannot be told "
            "without order data.",
            evidence=evidence,
        )
    found = covering(infusion, encounter)
    fault = _ORDER_FAULTS.get(found.cover) if found else "No order of the hospital adopts the {}."
    lost = _unread_order(infusion, encounter) if fault is not None else None
    if lost is not None:
        return undetermined(
            infusion,
            because=f"No order that could be read adopts the {infusion.drug}; what could not be "
            f"used may be one ({lost}).",
            evidence=evidence,
        )
    if fault is not None:
        return deficient(
            infusion,
            because=fault.format(infusion.drug),
            cure=Cure.ORDER,
            evidence=evidence,
            claim_lines=lines,
        )
    if found is None or found.cover is Cover.NOT_TOLD:
        return undetermined(
            infusion,
            because="The order was verbal; a column of authentication times would show whether it "
            "was authenticated.",
            evidence=evidence,
        )
    order = found.order
    if order.ordered_at and order.ordered_at.timestamp() < arrival.timestamp():
        return undetermined(
            infusion,
            because=f"The order for {infusion.drug} is dated before arrival; a note that the "
            "hospital adopted it would tell.",
            evidence=evidence,
        )
    return met(infusion, "Begun before arrival; billed from arrival on, with an order.")
