"""What a claim bills of drug administration."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from auditor.coding.remembered import remembered
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter
from auditor.tables.codes import ADMINISTRATION_CODES, INITIAL_BY_RANK, current

_UNRELATED = "51"  # condition code: the hospital attests that the services are unrelated


def in_units(count: int) -> str:
    """``1 unit``, ``2 units``."""
    return "1 unit" if count == 1 else f"{count} units"


@remembered
def administration_lines(encounter: Encounter) -> tuple[ClaimLine, ...]:
    """The claim lines that bill drug administration, deleted codes included."""
    return tuple(line for line in encounter.claim_lines if line.hcpcs in ADMINISTRATION_CODES)


def lines_billing(encounter: Encounter, *codes: str) -> tuple[ClaimLine, ...]:
    """The claim lines that bill one of ``codes``, under its own number or one that it replaced."""
    return tuple(line for line in encounter.claim_lines if current(line.hcpcs or "") in codes)


@remembered
def billed_units(encounter: Encounter) -> Counter[str]:
    """Units billed for each administration code; a blank units cell is one unit.

    A deleted code counts as the one that took its place: ``code_not_valid_on_service_date``
    judges whether it was in force.
    """
    units: Counter[str] = Counter()
    for line in administration_lines(encounter):
        units[current(line.hcpcs or "")] += line.unit_count
    return units


@remembered
def initial_lines(encounter: Encounter) -> tuple[ClaimLine, ...]:
    """The billed initial services by rank, a line as often as it has units, plain ones first."""
    return tuple(
        line
        for code in INITIAL_BY_RANK
        for line in sorted(lines_billing(encounter, code), key=lambda line: len(line.modifiers))
        for _ in range(line.unit_count)
    )


def in_payment_window(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    """Whether a line's service belongs on the inpatient claim of an admission (E-03)."""
    admitted = encounter.inpatient_at
    if admitted is None or line.service_date is None or not policy.payment_window_days:
        return False
    first = admitted.date() - timedelta(days=policy.payment_window_days)
    return first <= line.service_date <= admitted.date() and _UNRELATED not in line.condition_codes
