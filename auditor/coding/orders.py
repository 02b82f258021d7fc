"""Which order covers an administration, and how (E-05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from auditor.coding.minutes import seconds
from auditor.record import Administration, Encounter, Order
from auditor.tables.drugs import identify, normalise


class Cover(IntEnum):
    """How an order covers an administration, the best first."""

    WRITTEN = 0
    AUTHENTICATED = 1
    NOT_TOLD = 2
    AFTER_THE_END = 3
    UNAUTHENTICATED = 4


_COVERS = {
    Cover.WRITTEN: True,
    Cover.AUTHENTICATED: True,
    Cover.NOT_TOLD: None,
    Cover.AFTER_THE_END: False,
    Cover.UNAUTHENTICATED: False,
}


@dataclass(frozen=True, slots=True)
class Covering:
    """The order that covers an administration best."""

    order: Order
    cover: Cover


def covering(administration: Administration, encounter: Encounter) -> Covering | None:
    """The best of the orders for an administration; ``None`` where none is for it.

    A verbal order counts once it is authenticated, whenever it was entered; ``NOT_TOLD`` where
    nobody supplied authentication times, or its own cannot be read.  A written one must not come
    after the end, which only a documented stop, or the moment of a push, can tell.
    """
    ranked = [
        Covering(order, _cover(order, administration, encounter))
        for order in orders_for(administration, encounter)
    ]
    return min(ranked, key=lambda found: found.cover, default=None)


def is_ordered(administration: Administration, encounter: Encounter) -> bool | None:
    """Whether an order of the hospital covers an administration; ``None`` where nobody can tell.

    What nobody ordered is no service to bill, however well the rest of it is documented (J29).
    """
    if "order.drug" not in encounter.supplied:
        return None
    found = covering(administration, encounter)
    return False if found is None else _COVERS[found.cover]


def _cover(order: Order, administration: Administration, encounter: Encounter) -> Cover:
    if order.is_verbal:
        if order.authenticated_at is not None:
            return Cover.AUTHENTICATED
        told = "order.authenticated_at" in encounter.supplied
        unread = order.source is not None and order.source.was_left_out("authenticated_at")
        return Cover.UNAUTHENTICATED if told and not unread else Cover.NOT_TOLD
    ended = administration.stop
    if order.ordered_at and ended and seconds(order.ordered_at) > seconds(ended):
        return Cover.AFTER_THE_END
    return Cover.WRITTEN


def order_for(administration: Administration, encounter: Encounter) -> Order | None:
    """Of the orders for an administration the last one written by its end, else the first."""
    return _last_by(administration.stop or administration.start, administration, encounter)


def order_at_start(administration: Administration, encounter: Encounter) -> Order | None:
    """Of the orders for an administration the last one written by its start, else the first."""
    return _last_by(administration.start or administration.stop, administration, encounter)


def _last_by(
    moment: datetime | None, administration: Administration, encounter: Encounter
) -> Order | None:
    orders = orders_for(administration, encounter)
    dated = sorted(
        ((seconds(order.ordered_at), order) for order in orders if order.ordered_at),
        key=lambda written: written[0],
    )
    if not dated:
        return orders[0] if orders else None
    in_time = [order for at, order in dated if moment is None or at <= seconds(moment)]
    return in_time[-1] if in_time else dated[0][1]


def orders_for(administration: Administration, encounter: Encounter) -> list[Order]:
    """The order that the administration names, else those for the same drug or fluid.

    An order that is plainly for another drug covers nothing, whatever number is charted.
    """
    given = {administration.drug, *map(normalise, administration.drugs)}
    named = [
        order
        for order in encounter.orders
        if order.order_id == administration.order_id and _may_be_for(order, given)
    ]
    return named or [order for order in encounter.orders if _is_for(order, given)]


def _is_for(order: Order, given: set[str]) -> bool:
    return order.drug is not None and normalise(order.drug) in given


def _may_be_for(order: Order, given: set[str]) -> bool:
    """Whether the order's words name the drug, or no drug that the table knows."""
    return order.drug is None or identify(order.drug) is None or _is_for(order, given)
