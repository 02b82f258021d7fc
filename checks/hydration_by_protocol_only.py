"""Hydration is billed whose only basis is a protocol, a facility standard or an open vein."""

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
    deficient,
    met,
    not_evaluated,
    undetermined,
)
from auditor.coding import (
    Family,
    billed_of,
    family_of,
    lines_billing,
    order_for,
    supported,
    surplus,
)
from auditor.tables.hydration import no_individual_basis


@check(
    title="Hydration by protocol only",
    authority=("rac-0137", "noridian-hydration", "cgs-hydration"),
    severity="high",
    responsible="provider order",
    examines="hydration infusion where hydration is billed",
    needs=("claim_line.hcpcs", "administration.drug"),
    needs_in_part=("order.basis",),
    payment="denied",
    opened_by=("order",),
)
def hydration_by_protocol_only(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Each billed hydration needs an individual order with its indication.

    A protocol, a standing order or a keep-vein-open rate alone is no basis,
    nor is a standard of the facility, in whatever words the order has it. A missing order is
    judged by ``hydration_without_order``, a missing indication by
    ``hydration_without_medical_necessity``.
    """
    if not billed_of(encounter, Family.HYDRATION):
        return
    support = supported(encounter, policy)
    counted = {
        given.administration_id
        for line in support.lines
        if line.code in Family.HYDRATION.codes
        for given in line.administrations
    }
    needed = surplus(encounter, support, Family.HYDRATION) > 0
    for fluid in encounter.administrations:
        if family_of(fluid, policy) is not Family.HYDRATION:
            continue
        if fluid.administration_id in counted and "order.basis" not in encounter.supplied:
            yield not_evaluated(fluid, wants="order.basis")
        elif fluid.administration_id in counted:
            verdict = _judge_order(fluid, encounter)
            if verdict is not None:
                yield verdict
        elif not needed or not _only_kept_open(fluid, policy):
            continue
        elif lost := encounter.rejected_row("administration"):
            yield undetermined(
                fluid,
                because=f"Hydration is billed, and the {fluid.drug} only kept the vein open; a row "
                f"that was rejected may be what is billed ({lost.cell}).",
            )
        else:
            yield deficient(
                fluid,
                because=f"Hydration is billed, and the {fluid.drug} only kept the vein open.",
                cure=Cure.NOTHING,
                evidence=(Evidence("charted rates, mL/h", _rates(fluid), cell_of(fluid, "rate")),),
                claim_lines=lines_billing(encounter, *Family.HYDRATION.codes),
            )


def _judge_order(fluid: Administration, encounter: Encounter) -> Verdict | None:
    order = order_for(fluid, encounter)
    if order is None:
        return None
    basis = (order.basis or "").casefold()
    evidence = (
        Evidence("basis of the order", order.basis or "blank", cell_of(order, "basis")),
        Evidence("indication", order.indication or "blank", cell_of(order, "indication")),
    )
    called = no_individual_basis(basis)
    if called:
        return deficient(
            fluid,
            because=f"The only basis of the billed {fluid.drug} is {called}.",
            cure=Cure.NOTHING,
            evidence=evidence,
            claim_lines=lines_billing(encounter, *Family.HYDRATION.codes),
        )
    if basis == "individual" or (not basis and order.indication):
        return met(fluid)
    return undetermined(
        fluid,
        because=f"Whether the {fluid.drug} was ordered for this patient's own need cannot be told; "
        "an individual order with an indication would tell.",
        evidence=evidence,
    )


def _only_kept_open(fluid: Administration, policy: Policy) -> bool:
    rates = [rate for segment in fluid.segments for _, rate in segment.rates]
    return bool(rates) and all(rate <= policy.kvo_rate for rate in rates)


def _rates(fluid: Administration) -> str:
    return ", ".join(str(rate) for segment in fluid.segments for _, rate in segment.rates)
