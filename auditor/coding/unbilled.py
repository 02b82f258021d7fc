"""What has to be known before anybody bills a service that the claim leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.coding.claim import in_payment_window
from auditor.coding.orders import is_ordered
from auditor.coding.support import Support
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter

_INPATIENT_PROSPECTIVE = ("11", "13")  # bill types of a hospital that the payment window binds


def is_for_the_inpatient_claim(day: date, encounter: Encounter, policy: Policy) -> bool | None:
    """Whether a service of that day belongs on the inpatient claim; ``None``: no bill type.

    For an encounter with a claim.
    """
    if encounter.inpatient_at is None:
        return False
    line = replace(encounter.claim_lines[0], service_date=day)
    if not in_payment_window(line, encounter, policy):
        return False
    bills = {(other.bill_type or "").lstrip("0") for other in encounter.claim_lines} - {""}
    return any(bill.startswith(_INPATIENT_PROSPECTIVE) for bill in bills) if bills else None


def doubt_of(
    given: Administration, encounter: Encounter, support: Support, policy: Policy
) -> str | None:
    """Why it is not known whether what ``given`` supports is to be billed, and what would tell."""
    days = {line.service_date for line in support.lines if given in line.administrations}
    if None in {is_for_the_inpatient_claim(day, encounter, policy) for day in days}:
        return (
            "whether it belongs on the claim of the inpatient stay, the claim's bill type would "
            "tell"
        )
    if given.drug_class is DrugClass.HYDRATION and is_ordered(given, encounter) is False:
        return (
            "no order on file covers it, what nobody ordered is not billed, and the order would "
            "tell"
        )
    if encounter.window_start is None:
        return "minutes before arrival are not the hospital's, and the time of arrival would tell"
    if support.undetermined:
        return (
            "the class of a drug that nobody classified would tell whether it is billed otherwise"
        )
    return None
