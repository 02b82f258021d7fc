"""Which order covers an administration (E-05)."""

from __future__ import annotations

from auditor.record import Administration, Encounter, Order
from auditor.tables.drugs import normalise


def order_for(administration: Administration, encounter: Encounter) -> Order | None:
    """The order that the administration names, else one for the same drug or fluid.

    Of several, the last one written by the time it ended; where none was, the earliest.
    """
    named = [o for o in encounter.orders if o.order_id == administration.order_id]
    of_drug = named or [o for o in encounter.orders if _orders_drug(o, administration)]
    if not of_drug:
        return None
    dated = sorted(
        (o for o in of_drug if o.ordered_at is not None),
        key=lambda o: o.ordered_at.timestamp(),  # type: ignore[union-attr]
    )
    return dated[-1] if dated else of_drug[0]


def _orders_drug(order: Order, administration: Administration) -> bool:
    return order.drug is not None and normalise(order.drug) == administration.drug
