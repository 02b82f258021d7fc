"""What a claim is paid as billed and as supported: the money behind the findings."""

from auditor.money.impact import Impact, impact_of
from auditor.money.price import Price, PricedLine, Service, cents, price

__all__ = ["Impact", "Price", "PricedLine", "Service", "cents", "impact_of", "price"]
