"""Infusion Auditor: what the record supports of an outpatient infusion claim.

The names here are what a check or a notebook may import.
"""

from auditor.check import check
from auditor.policy import Policy
from auditor.record import (
    AccessSite,
    Administration,
    ClaimLine,
    DrugClass,
    Encounter,
    Method,
    Order,
    RejectedRow,
    Route,
    StopEvidence,
)
from auditor.verdict import (
    Cure,
    Evidence,
    Verdict,
    arrival,
    blank,
    cell_of,
    clock,
    count_of,
    deficient,
    listed,
    met,
    not_evaluated,
    undetermined,
    units_billed,
    unread_cell,
)

__version__ = "0.1.0"

__all__ = [
    "AccessSite",
    "Administration",
    "ClaimLine",
    "Cure",
    "DrugClass",
    "Encounter",
    "Evidence",
    "Method",
    "Order",
    "Policy",
    "RejectedRow",
    "Route",
    "StopEvidence",
    "Verdict",
    "arrival",
    "blank",
    "cell_of",
    "check",
    "clock",
    "count_of",
    "deficient",
    "listed",
    "met",
    "not_evaluated",
    "undetermined",
    "units_billed",
    "unread_cell",
]
