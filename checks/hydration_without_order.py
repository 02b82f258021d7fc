"""Hydration was given or billed without an order that covers it."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Method,
    Policy,
    Route,
    Verdict,
    cell_of,
    check,
    clock,
    deficient,
    met,
    undetermined,
)
from auditor.coding import Family, began_before_arrival, order_for, supported, surplus


@check(
    title="Hydration without an order",
    authority=("noridian-hydration", "cfr-482.23", "cfr-482.24"),
    severity="high",
    responsible="provider order",
    examines="hydration infusion",
    needs=("administration.drug", "order.drug"),
)
def hydration_without_order(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Each hydration fluid needs a practitioner's order for that fluid, written before it ended.

    A verbal order counts once it is authenticated.  A fluid that an ambulance or another facility
    began is looked at by ``infusion_started_by_ems``.  Where hydration is billed and the record
    has no hydration at all, the claim line itself is judged.
    """
    fluids = [a for a in encounter.administrations if _is_hydration(a)]
    for fluid in fluids:
        if not began_before_arrival(fluid, encounter):
            yield _judge(fluid, encounter)
    if not fluids and surplus(encounter, supported(encounter, policy), Family.HYDRATION):
        for line in encounter.lines_billing(*Family.HYDRATION.codes):
            if not encounter.orders:
                yield deficient(
                    line,
                    because="Hydration is billed, and the record has neither an order nor a fluid.",
                    cure=Cure.ORDER,
                )
            return


def _is_hydration(administration: Administration) -> bool:
    fluid = administration.drug_class is DrugClass.HYDRATION
    return fluid and administration.route is Route.IV and administration.method is not Method.PUSH


def _judge(fluid: Administration, encounter: Encounter) -> Verdict:
    order = order_for(fluid, encounter)
    if order is None:
        others = ", ".join(sorted({o.drug for o in encounter.orders if o.drug})) or "none"
        return deficient(
            fluid,
            because=f"No order covers the {fluid.drug} that was given.",
            cure=Cure.ORDER,
            evidence=(Evidence("orders on file", others),),
        )
    evidence = (
        Evidence(
            "order", f"{order.order_id}, {clock(order.ordered_at)}", cell_of(order, "ordered_at")
        ),
    )
    ended = fluid.stop or fluid.start
    if order.ordered_at and ended and order.ordered_at.timestamp() > ended.timestamp():
        return deficient(
            fluid,
            because=f"The order for {fluid.drug} was written after the infusion had ended.",
            cure=Cure.NOTHING,
            evidence=evidence,
        )
    if order.is_verbal:
        if order.authenticated_at is not None:
            return met(
                fluid, f"The verbal order was authenticated {clock(order.authenticated_at)}."
            )
        if "order.authenticated_at" not in encounter.supplied:
            return undetermined(
                fluid,
                because="The order was verbal; a column of authentication times would show whether "
                "it was authenticated.",
                evidence=evidence,
            )
        return deficient(
            fluid,
            because=f"The verbal order for {fluid.drug} was never authenticated.",
            cure=Cure.ORDER,
            evidence=evidence,
        )
    return met(fluid)
