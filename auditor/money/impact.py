"""One encounter's claim priced as billed and as supported; ``docs/money.md`` has the method.

The claim as supported is the claim as billed with its drug administration lines replaced by those
that the record supports, and with the units of drugs that were given.  Where either cannot be
priced there are no dollars, and one reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from auditor.coding import (
    Support,
    administration_lines,
    drug_units,
    in_payment_window,
    open_questions,
    supported,
)
from auditor.money.off_campus import OFF_CAMPUS_MODIFIERS
from auditor.money.price import Price, Service, price, rate_of
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, Encounter
from auditor.run import Finding
from auditor.tables.codes import ADMINISTRATION_CODES, LEFT_TO_A_PERSON, current
from auditor.tables.published import PublicTables
from auditor.verdict import Cure

ONE_PAYMENT = (
    "comprehensive observation (C-APC 8011): one payment takes the place of every line, so the "
    "drug administration lines change nothing; Addendum B does not have its rate"
)
_NO_DIFFERENCE = Decimal("0.00")
_NOT_OPPS = {
    "critical access": "a critical access hospital is paid by its costs, not by OPPS rates",
    "Maryland": "a Maryland hospital is paid under the state's system, not by OPPS rates",
}
_CRITICAL_ACCESS_BILL, _OUTPATIENT_BILL = "85", "13"


@dataclass(frozen=True, slots=True)
class Impact:
    """What the record changes of a claim's payment, in US dollars.

    ``billed`` and ``supported`` are the two prices, ``difference`` the one less the other:
    positive is billed too much, ``None`` is no dollars.  ``because`` says why there is no price.
    ``findings`` are the deficiencies that bear on payment, ``open_results`` the undetermined ones.
    """

    billed: Price | None
    supported: Price | None
    difference: Decimal | None
    because: str
    findings: tuple[Finding, ...]
    open_results: tuple[Finding, ...]

    @property
    def copayment_difference(self) -> Decimal | None:
        """The beneficiary's part of the difference."""
        if self.billed is None or self.supported is None:
            return self.difference
        return self.billed.copayment - self.supported.copayment

    @property
    def medicare_difference(self) -> Decimal | None:
        """Medicare's part of the difference."""
        if self.billed is None or self.supported is None:
            return self.difference
        return self.billed.medicare - self.supported.medicare

    def effect_of(self, finding: Finding) -> Decimal | None:
        """The difference where ``finding`` alone explains it, else ``None``."""
        return self.difference if self.findings == (finding,) else None


def impact_of(
    encounter: Encounter,
    support: Support,
    findings: Sequence[Finding],
    undetermined: Sequence[Finding],
    policy: Policy,
) -> Impact:
    """The money of one encounter; ``findings`` and ``undetermined`` are what the checks said."""
    bearing = tuple(finding for finding in findings if finding.check.payment)
    unsettled = tuple(finding for finding in undetermined if finding.check.payment)
    payable = _without_the_denied(encounter, support, bearing, policy)

    def told(
        because: str,
        billed: Price | None = None,
        supported: Price | None = None,
        difference: Decimal | None = None,
    ) -> Impact:
        return Impact(billed, supported, difference, because, bearing, unsettled)

    reason = _no_dollars(encounter, payable, policy)
    if reason is not None:
        return told(reason)
    as_billed = price(map(_billed_service, _coded(encounter)), encounter.tables, policy)
    services = _supported_services(encounter, payable, policy)
    as_supported = price(services, encounter.tables, policy)
    if as_billed is not None and as_supported is not None:
        return told("", as_billed, as_supported, as_billed.total - as_supported.total)
    if as_billed is as_supported:
        return told(ONE_PAYMENT, difference=_NO_DIFFERENCE)
    return told(
        "the claim is comprehensive observation (C-APC 8011) as billed or as supported, not both, "
        "and Addendum B does not have its rate"
    )


def added_payment(
    encounter: Encounter,
    impact: Impact,
    services: Sequence[Service],
    instead: Counter[str],
    policy: Policy,
) -> Decimal | None:
    """What OPPS pays more, in US dollars, for the claim as billed with ``services`` added.

    ``instead`` are units by code that the claim has in their place, and which go.  The claim is
    priced as a whole, in its department.  ``None`` where it has no price.
    """
    if impact.billed is None:
        return None
    (department,) = _departments(encounter)
    added = (replace(service, modifiers=(*service.modifiers, *department)) for service in services)
    kept = _less(map(_billed_service, _coded(encounter)), instead)
    more = price((*kept, *added), encounter.tables, policy)
    return None if more is None else more.total - impact.billed.total


def _less(services: Iterable[Service], gone: Counter[str]) -> Iterator[Service]:
    """The services without the units of each code that are ``gone``, the first ones first."""
    left = gone.copy()
    for service in services:
        units = min(service.units, left[current(service.code)])
        left[current(service.code)] -= units
        if not units:
            yield service
        elif units < service.units:
            yield replace(service, units=service.units - units)


def _without_the_denied(
    encounter: Encounter, support: Support, findings: Iterable[Finding], policy: Policy
) -> Support:
    """What the record supports without the administrations that a check denies.

    An administration whose order is wanted earns nothing, whichever check says so (J29).
    """
    denied = {
        finding.verdict.subject.administration_id
        for finding in findings
        if (finding.check.payment == "denied" or finding.verdict.cure is Cure.ORDER)
        and isinstance(finding.verdict.subject, Administration)
    }
    if not denied:
        return support
    left = tuple(a for a in encounter.administrations if a.administration_id not in denied)
    return supported(replace(encounter, administrations=left), policy)


# -- the two claims --------------------------------------------------------------------------------


def _coded(encounter: Encounter) -> list[ClaimLine]:
    return [line for line in encounter.claim_lines if line.hcpcs]


def _billed_service(line: ClaimLine) -> Service:
    assert line.hcpcs is not None and line.service_date is not None  # see _no_dollars
    return Service(line.hcpcs, line.unit_count, line.modifiers, line.service_date)


def _supported_services(
    encounter: Encounter, support: Support, policy: Policy
) -> Iterator[Service]:
    """The claim's other lines, and the supported ones in the claim's department."""
    given = _drugs_to_correct(encounter, policy)
    for line in _coded(encounter):
        if line.hcpcs not in ADMINISTRATION_CODES:
            service = _billed_service(line)
            yield replace(service, units=given.get(id(line), service.units))
    (department,) = _departments(encounter)
    for supported_line in support.lines:
        modifiers = (*supported_line.modifiers, *department)
        yield Service(
            supported_line.code, supported_line.units, modifiers, supported_line.service_date
        )


def _drugs_to_correct(encounter: Encounter, policy: Policy) -> dict[int, int]:
    """The units given of each drug line of which others are billed, by the line's identity."""
    return {
        id(line): units
        for drug in drug_units(encounter, policy)
        for line, units in drug.corrected(encounter)
    }


def _departments(encounter: Encounter) -> set[tuple[str, ...]]:
    """The off-campus modifiers of the drug administration lines or, without one, of all lines."""
    lines = administration_lines(encounter) or _coded(encounter)
    return {tuple(m for m in OFF_CAMPUS_MODIFIERS if m in line.modifiers) for line in lines}


# -- no dollars ------------------------------------------------------------------------------------


def _no_dollars(encounter: Encounter, support: Support, policy: Policy) -> str | None:
    """The first reason for which the encounter has no dollars."""
    lines = _coded(encounter)
    if policy.payment_system != "OPPS":
        return _NOT_OPPS[policy.payment_system]
    if not lines:
        return "the encounter has no claim line with a code"
    for line in lines:
        bill = (line.bill_type or "").lstrip("0")
        if bill.startswith(_CRITICAL_ACCESS_BILL):
            return _NOT_OPPS["critical access"]
        if bill and not bill.startswith(_OUTPATIENT_BILL):
            return f"bill type {line.bill_type} is not a hospital outpatient claim (13x)"
    if any(line.service_date is None for line in lines):
        return "a claim line has no service date"
    if any(in_payment_window(line, encounter, policy) for line in lines):
        return "the patient was admitted, and a service in the payment window is paid inpatient"
    days = {line.service_date for line in lines if line.service_date is not None}
    days |= {line.service_date for line in support.lines}
    unloaded = sorted(
        {
            encounter.tables.quarter_of(day)
            for day in days
            if encounter.tables.on(day).addendum_b is None
        }
    )
    if unloaded:
        return f"OPPS Addendum B of {', '.join(map(str, unloaded))} is not loaded"
    return _not_comparable(encounter, support, policy)


def _not_comparable(encounter: Encounter, support: Support, policy: Policy) -> str | None:
    """The first reason for which one of the two claims is not known."""
    for question in open_questions(encounter, support):
        return question.reason
    billed = administration_lines(encounter)
    for line in billed:
        if current(line.hcpcs or "") in LEFT_TO_A_PERSON:
            return f"whether the record supports {line.hcpcs} is left to a person"
    services = [(line.hcpcs or "", line.service_date) for line in billed]
    services += [(line.code, line.service_date) for line in support.lines]
    wrong = _drugs_to_correct(encounter, policy)
    services += [(x.hcpcs or "", x.service_date) for x in encounter.claim_lines if id(x) in wrong]
    for code, day in services:
        if day is not None and (missing := _without_rate(code, day, encounter.tables)):
            return missing
    if len(_departments(encounter)) > 1:
        return "some drug administration lines are off campus (PO, PN) and others are not"
    return None


def _without_rate(code: str, day: date, tables: PublicTables) -> str | None:
    if rate_of(code, day, tables) is not None:
        return None
    return f"OPPS Addendum B of {tables.quarter_of(day)} has no rate for {code}"
