"""Services that the record supports and the claim does not have, with what supports them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from auditor.coding import Variance
from auditor.money import Service, added_payment
from auditor.policy import Policy
from auditor.record import Administration
from auditor.report.case import Case
from auditor.report.findings import administration_words, administrations_of, rows_words
from auditor.report.text import printable, sentence_case
from auditor.tables.codes import code as code_entry


@dataclass(frozen=True, slots=True)
class MissedCharge:
    """One code of one encounter: units that the record supports beyond what is billed.

    ``payment`` is in US dollars and stands at the first of the encounter's rows, for all of them
    together: what OPPS would pay more for the claim with the services added.  ``unpriced`` says
    why there is none.
    """

    case: Case
    code: str
    units: int
    service_date: date | None
    administrations: tuple[Administration, ...]
    because: str
    rule: str
    minutes: int
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
    """The services not billed, encounter by encounter.

    An encounter without a claim may be billed elsewhere, and where an unclassified drug could
    explain the difference nothing is missed for sure: both are left out.
    """
    for case in cases:
        missed = [v for v in case.variances if v.kind == "under" and not v.undetermined]
        if case.encounter.claim_lines and missed:
            yield from _rows(case, missed, policy)


def _rows(case: Case, missed: Sequence[Variance], policy: Policy) -> Iterator[MissedCharge]:
    services = [
        Service(variance.supported, variance.units, (), variance.service_date)
        for variance in missed
        if variance.supported and variance.service_date
    ]
    payment = added_payment(case.encounter, case.impact, services, policy)
    for number, variance in enumerate(missed):
        lines = [line for line in case.support.lines if line.code == variance.supported]
        yield MissedCharge(
            case=case,
            code=variance.supported or "",
            units=variance.units,
            service_date=variance.service_date,
            administrations=variance.administrations,
            because=variance.because,
            rule=" ".join(dict.fromkeys(line.because for line in lines)),
            minutes=sum(line.minutes for line in lines if line.counted),
            finding_id=_finding_id(case, variance),
            look_first=_look_first(case, variance),
            payment=payment if number == 0 else None,
            unpriced="" if payment is not None else sentence_case(case.impact.because),
        )


def _finding_id(case: Case, variance: Variance) -> str:
    """The finding that says the same, if a check looked."""
    same = (f for f in case.findings if f.verdict.because == variance.because)
    return next((finding.finding_id for finding in same), "")


def _look_first(case: Case, variance: Variance) -> str:
    """What else was found of the administrations that support the service."""
    others = (
        f for f in (*case.findings, *case.undetermined) if f.verdict.because != variance.because
    )
    titles = (
        finding.check.title
        for finding in others
        if not set(variance.administrations).isdisjoint(administrations_of(finding.verdict))
    )
    return "; ".join(dict.fromkeys(titles))
