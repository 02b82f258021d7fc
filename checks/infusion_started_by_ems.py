"""An infusion begun before arrival is billed with minutes or without an order of the hospital."""

from collections.abc import Iterator
from datetime import datetime

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    arrival,
    cell_of,
    check,
    clock,
    count_of,
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import (
    Cover,
    came_in_running,
    codes_billing,
    counted_from_its_start,
    covering,
    family_of,
    has_full_times,
    initial_lines,
    lines_billing,
    supported,
)
from auditor.verdict import Facts


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
    infusion, under whatever code the hospital's part of it is billed.  A start shortly before the
    arrival of a patient whom nobody brought in is a late check-in and is not looked at.
    """
    for infusion in encounter.administrations:
        if family_of(infusion, policy) is None:
            continue
        if came_in_running(infusion, encounter, policy) and (
            codes := codes_billing(infusion, encounter, policy)
        ):
            yield _judge(infusion, codes, encounter, policy)


_ORDER_FAULTS = {
    Cover.AFTER_THE_END: "The order for {} was written after the infusion had ended.",
    Cover.UNAUTHENTICATED: "The verbal order for {} was never authenticated.",
}


def _judge(
    infusion: Administration, codes: tuple[str, ...], encounter: Encounter, policy: Policy
) -> Verdict:
    arrived = encounter.window_start
    lines = lines_billing(encounter, *codes)
    if arrived is None and (unread := unread_cell(encounter, "arrived_at")):
        return undetermined(
            infusion,
            because=f"{infusion.drug} was begun elsewhere, and the time of arrival cannot be read "
            f"({unread}).",
            claim_lines=lines,
        )
    if arrived is None and (lost := encounter.rejected_row("encounter")):
        return undetermined(
            infusion,
            because=f"{infusion.drug} was begun elsewhere, and the row that may have the arrival "
            f"was rejected ({lost.cell}).",
            evidence=(arrival(encounter),),
            claim_lines=lines,
        )
    if arrived is None:
        return deficient(
            infusion,
            because=f"{infusion.drug} was begun elsewhere, and the record has no arrival from "
            "which the hospital could count.",
            cure=Cure.RECORD,
            evidence=(arrival(encounter),),
            claim_lines=lines,
        )
    billed = sum(line.unit_count for line in lines)
    from_arrival = supported(encounter, policy).units(*codes)
    from_start = counted_from_its_start(encounter, policy).units(*codes)
    facts: Facts = {
        "evidence": (
            Evidence("began", clock(infusion.start), cell_of(infusion, "start")),
            arrival(encounter),
            Evidence("came by", encounter.arrival_mode or "not told"),
            Evidence("billed under", ", ".join(dict.fromkeys(line.hcpcs or "" for line in lines))),
            Evidence("units billed", str(billed)),
            Evidence("units supported from arrival", str(from_arrival)),
            Evidence("units if counted from its start", str(from_start)),
        ),
        "claim_lines": lines,
    }
    too_many = billed > from_arrival
    if too_many and from_start > from_arrival:
        claim = f"the claim has {count_of(billed, 'unit')}"
        if _another_cause(infusion, codes, encounter, policy):
            return undetermined(
                infusion,
                because=f"{infusion.drug} was begun before arrival, and {claim} where the record "
                f"supports {from_arrival} from arrival on; the missing times or classes, or the "
                "further access that is billed, would tell whether the rest are minutes before "
                "arrival.",
                **facts,
            )
        if lost := encounter.rejected_row("administration"):
            return undetermined(
                infusion,
                because=f"{infusion.drug} was begun before arrival, and {claim} where the record "
                f"supports {from_arrival} from arrival on; a row that was rejected may support "
                f"the rest ({lost.cell}).",
                **facts,
            )
        return deficient(
            infusion,
            because=f"{infusion.drug} was begun before arrival, and {claim}; from arrival on the "
            f"record supports {from_arrival}, the rest are minutes before arrival.",
            cure=Cure.REBILL,
            **facts,
        )
    return _judge_order(infusion, arrived, too_many, encounter, facts)


def _another_cause(
    infusion: Administration, codes: tuple[str, ...], encounter: Encounter, policy: Policy
) -> bool:
    """Whether something else may explain units beyond the record."""
    support = supported(encounter, policy)
    untimed = any(
        other is not infusion
        and (family := family_of(other, policy)) is not None
        and not set(codes).isdisjoint(family.codes)
        and not has_full_times(other, policy)
        for other in encounter.administrations
    )
    further = len(initial_lines(encounter)) > len(support.access_sites)
    return untimed or further or bool(support.undetermined)


def _judge_order(
    infusion: Administration,
    arrived: datetime,
    too_many: bool,
    encounter: Encounter,
    facts: Facts,
) -> Verdict:
    """Whether an order of the hospital adopts what is billed from arrival on."""
    if "order.drug" not in encounter.supplied:
        return undetermined(
            infusion,
            because=f"Whether an order of the hospital adopts the {infusion.drug} cannot be told "
            "without order data.",
            **facts,
        )
    found = covering(infusion, encounter)
    fault = _ORDER_FAULTS.get(found.cover) if found else "No order of the hospital adopts the {}."
    lost = encounter.rejected_row("order", infusion) if found is None else None
    if lost is not None:
        return undetermined(
            infusion,
            because=f"No order that could be read adopts the {infusion.drug}; what could not be "
            f"used may be one ({lost.cell}).",
            **facts,
        )
    if fault is not None:
        return deficient(infusion, because=fault.format(infusion.drug), cure=Cure.ORDER, **facts)
    assert found is not None
    order = found.order
    placed = f"{order.order_id}, {clock(order.ordered_at)}"
    facts["evidence"] = (
        *facts["evidence"],
        Evidence("order", placed, cell_of(order, "ordered_at")),
    )
    if found.cover is Cover.NOT_TOLD:
        cell = unread_cell(order, "authenticated_at")
        wanted = f"the time that cannot be read ({cell})" if cell else "a column of authentication"
        return undetermined(
            infusion,
            because=f"The order for {infusion.drug} was verbal; {wanted} would show whether it was "
            "authenticated.",
            **facts,
        )
    if order.ordered_at and order.ordered_at.timestamp() < arrived.timestamp():
        return undetermined(
            infusion,
            because=f"The order for {infusion.drug} is dated before arrival; a note that the "
            "hospital adopted it would tell.",
            **facts,
        )
    if too_many:
        note = (
            "Begun before arrival, with an order; the units beyond the record have another cause."
        )
    else:
        note = "Begun before arrival; billed from arrival on, with an order."
    return met(infusion, note, **facts)
