"""The order was written after the drug had been started."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Order,
    Policy,
    Route,
    Verdict,
    cell_of,
    check,
    clock,
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import began_before_arrival, fluids_of, order_at_start


@check(
    title="Order written after the administration began",
    authority=("cfr-482.23", "cfr-482.24"),
    severity="medium",
    responsible="provider order",
    examines="administration with a dated order",
    needs=("claim_line.hcpcs", "administration.start", "order.ordered_at"),
    opened_by=("order",),
)
def order_after_administration(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A drug is given on an order; an authenticated verbal order may be entered later.

    What an ambulance began is judged by ``infusion_started_by_ems``, hydration whose order came
    after its end by ``hydration_without_order``.
    """
    for given in encounter.administrations:
        if given.start is None or given.route is Route.OTHER:
            continue
        order = order_at_start(given, encounter)
        if order is None or order.ordered_at is None or began_before_arrival(given, encounter):
            continue
        ordered, ended = order.ordered_at.timestamp(), (given.stop or given.start).timestamp()
        if ordered > ended and given in fluids_of(encounter, policy).as_given:
            continue
        if ordered // 60 <= given.start.timestamp() // 60:
            yield met(given)
        elif order.is_verbal and order.authenticated_at is not None:
            yield met(given, f"The verbal order was authenticated {clock(order.authenticated_at)}.")
        elif unknown := _unknown(order, encounter):
            yield undetermined(
                given, because=f"{given.name} was started before its order was written; {unknown}."
            )
        else:
            yield deficient(
                given,
                because=f"{given.name} was started before its order was written.",
                cure=Cure.ORDER,
                evidence=(
                    Evidence("started", clock(given.start), cell_of(given, "start")),
                    Evidence("ordered", clock(order.ordered_at), cell_of(order, "ordered_at")),
                ),
            )


def _unknown(order: Order, encounter: Encounter) -> str | None:
    """What is not known and would tell whether the order could come later."""
    if "order.mode" not in encounter.supplied:
        return "a verbal order may be entered later, and how it was given would tell"
    if order.is_verbal and (cell := unread_cell(order, "authenticated_at")):
        return f"it was verbal, and the time of its authentication cannot be read ({cell})"
    if order.is_verbal and "order.authenticated_at" not in encounter.supplied:
        return "it was verbal, and a column of authentication times would tell"
    if encounter.window_start is None:
        return "the time of arrival would tell whether the hospital began it"
    return None
