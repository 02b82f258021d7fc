"""What a claim is paid as billed and as supported: the money behind the findings."""

from auditor.money.impact import Impact, added_payment, impact_of
from auditor.money.price import Price, PricedLine, Service, cents, price

__all__ = [
    "Impact",
    "Price",
    "PricedLine",
    "Service",
    "added_payment",
    "cents",
    "impact_of",
    "price",
]
