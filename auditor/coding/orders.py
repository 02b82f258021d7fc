"""Which order covers an administration (E-05)."""

from __future__ import annotations

from auditor.coding.minutes import seconds
from auditor.record import Administration, Encounter, Order
from auditor.tables.drugs import identify, normalise


def order_for(administration: Administration, encounter: Encounter) -> Order | None:
    """The order that the administration names, else one for the same drug or fluid.

    An order that is plainly for another drug covers nothing, whatever number is charted.  Of
    several, the last one written by the time the administration ended, else the first.
    """
    given = {administration.drug, *map(normalise, administration.drugs)}
    named = [
        order
        for order in encounter.orders
        if order.order_id == administration.order_id and _may_be_for(order, given)
    ]
    orders = named or [order for order in encounter.orders if _is_for(order, given)]
    dated = sorted(
        ((seconds(order.ordered_at), order) for order in orders if order.ordered_at),
        key=lambda written: written[0],
    )
    if not dated:
        return orders[0] if orders else None
    ended = administration.stop or administration.start
    in_time = [order for at, order in dated if ended is None or at <= seconds(ended)]
    return in_time[-1] if in_time else dated[0][1]


def _is_for(order: Order, given: set[str]) -> bool:
    return order.drug is not None and normalise(order.drug) in given


def _may_be_for(order: Order, given: set[str]) -> bool:
    """Whether the order's words name the drug, or no drug that the table knows."""
    return order.drug is None or identify(order.drug) is None or _is_for(order, given)
