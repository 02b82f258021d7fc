"""Services that the record supports and the claim does not have, with what supports them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from auditor.coding import Variance
from auditor.money import Service, added_payment
from auditor.policy import Policy
from auditor.record import Administration
from auditor.report.case import Case
from auditor.report.findings import (
    administration_words,
    administrations_of,
    claim_lines_of,
    rows_words,
)
from auditor.report.text import printable, sentence_case
from auditor.run import Finding
from auditor.tables.codes import code as code_entry
from auditor.verdict import Cure


@dataclass(frozen=True, slots=True)
class MissedCharge:
    """One code of one encounter: units that the record supports beyond what is billed.

    ``instead`` is the lower code that the claim has in their place, if any.
    ``bill`` is ``yes`` where a finding asks for them, ``not yet`` where it has to be known first
    what ``wait_for`` says.  ``payment`` is in US dollars and stands at the first of the encounter's
    rows, for all that are to be billed: what OPPS would pay more for the claim with them added.
    ``unpriced`` says why there is none.
    """

    case: Case
    code: str
    instead: str
    units: int
    service_date: date | None
    administrations: tuple[Administration, ...]
    because: str
    rule: str
    minutes: int
    bill: str
    wait_for: str
    finding_id: str
    look_first: str
    payment: Decimal | None
    unpriced: str

    @property
    def service(self) -> str:
        """What the code is for, in our own words."""
        entry = code_entry(self.code)
        return entry.wording if entry else ""

    @property
    def supported_by(self) -> str:
        """The drugs with their charted times."""
        return printable("; ".join(map(administration_words, self.administrations)))

    @property
    def rows(self) -> str:
        """File, sheet and row of each administration."""
        return rows_words(source for given in self.administrations for source in given.sources)


def missed_rows(cases: Sequence[Case], policy: Policy) -> Iterator[MissedCharge]:
    """The services not billed for which a check asks, or would once more is known.

    What no check asks for, such as a service that belongs on an inpatient claim, is left out.
    """
    for case in cases:
        missed = [
            (variance, finding)
            for variance in case.variances
            if variance.is_missed and (finding := _asking(case, variance))
        ]
        if missed:
            yield from _rows(case, missed, policy)


def _asking(case: Case, variance: Variance) -> Finding | None:
    """The finding about an administration behind the service alone, without any claim line."""
    return next(
        (
            finding
            for finding in (*case.findings, *case.undetermined)
            if finding.verdict.subject in variance.administrations
            and finding.verdict.cure in (Cure.REBILL, None)
            and not claim_lines_of(finding.verdict)
            and finding.check.payment
        ),
        None,
    )


def _rows(
    case: Case, missed: Sequence[tuple[Variance, Finding]], policy: Policy
) -> Iterator[MissedCharge]:
    services = [
        Service(variance.supported, variance.units, (), variance.service_date)
        for variance, finding in missed
        if finding in case.findings and variance.supported and variance.service_date
    ]
    instead = Counter[str]()
    for variance, finding in missed:
        if finding in case.findings and variance.billed:
            instead[variance.billed] += variance.units
    payment = None
    if services:
        payment = added_payment(case.encounter, case.impact, services, instead, policy)
    for number, (variance, finding) in enumerate(missed):
        lines = [line for line in case.support.lines if line.code == variance.supported]
        asked = finding in case.findings
        yield MissedCharge(
            case=case,
            code=variance.supported or "",
            instead=variance.billed or "",
            units=variance.units,
            service_date=variance.service_date,
            administrations=variance.administrations,
            because=variance.because,
            rule=" ".join(dict.fromkeys(line.because for line in lines)),
            minutes=sum(line.minutes for line in lines if line.counted),
            bill="yes" if asked else "not yet",
            wait_for="" if asked else finding.verdict.because,
            finding_id=finding.finding_id,
            look_first=_look_first(case, variance, finding),
            payment=payment if number == 0 else None,
            unpriced="" if payment is not None else sentence_case(case.impact.because),
        )


def _look_first(case: Case, variance: Variance, asking: Finding) -> str:
    """What else was found of the administrations that support the service."""
    titles = (
        finding.check.title
        for finding in (*case.findings, *case.undetermined)
        if finding.check is not asking.check
        and not set(variance.administrations).isdisjoint(administrations_of(finding.verdict))
    )
    return "; ".join(dict.fromkeys(titles))
