"""The money of an audit: counted in both directions, and listed encounter by encounter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auditor.money import Impact, Price
from auditor.report.case import Case
from auditor.report.text import count, dollars, listed

NO_DOLLARS = (
    "No dollars: no price table is loaded. Load OPPS Addendum B of the quarters of service with "
    "`auditor tables add`."
)
METHOD = (
    "Each claim is priced as billed and as supported, by the national unadjusted OPPS rates of "
    "Addendum B of its dates of service, whoever pays; docs/money.md has the method and what it "
    "leaves out."
)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Direction:
    """The differences of one direction: how many encounters, and US dollars in all and in parts."""

    encounters: int
    total: Decimal
    medicare: Decimal
    copayment: Decimal

    def plus(self, other: Direction) -> Direction:
        """Both together."""
        return Direction(
            self.encounters + other.encounters,
            self.total + other.total,
            self.medicare + other.medicare,
            self.copayment + other.copayment,
        )


@dataclass(frozen=True, slots=True)
class Money:
    """The money of all encounters, in US dollars.

    ``overpaid`` is billed too much, ``underpaid`` too little, both as positive amounts; ``net`` is
    the one less the other.  ``unsettled`` are priced encounters with a difference and an
    undetermined result that bears on payment.  ``reasons`` count the encounters without dollars.
    """

    encounters: int
    priced: int
    agreeing: int
    comprehensive: int
    overpaid: Direction
    underpaid: Direction
    net: Direction
    explained: int
    unsettled: Direction
    reasons: tuple[tuple[str, int], ...]

    def plus(self, other: Money) -> Money:
        """The money of further encounters added."""
        return Money(
            self.encounters + other.encounters,
            self.priced + other.priced,
            self.agreeing + other.agreeing,
            self.comprehensive + other.comprehensive,
            self.overpaid.plus(other.overpaid),
            self.underpaid.plus(other.underpaid),
            self.net.plus(other.net),
            self.explained + other.explained,
            self.unsettled.plus(other.unsettled),
            _by_number(Counter(dict(self.reasons)) + Counter(dict(other.reasons))),
        )

    @property
    def sentence(self) -> str:
        """The whole in words."""
        over, under, net = self.overpaid, self.underpaid, self.net
        return (
            f"Of {count(self.encounters, 'encounter')}, {self.priced:,} could be priced: "
            f"{over.encounters:,} billed {dollars(over.total)} too much "
            f"({dollars(over.copayment)} of it copayment), {under.encounters:,} billed "
            f"{dollars(under.total)} too little ({dollars(under.copayment)} of it copayment); net "
            f"{dollars(abs(net.total))} {'too much' if net.total >= 0 else 'too little'}."
        )


def money_of(cases: Sequence[Case]) -> Money:
    """Count the money of an audit; ``cases`` are its encounters."""
    impacts = [case.impact for case in cases]
    priced = [impact for impact in impacts if impact.difference is not None]
    differing = [impact for impact in priced if impact.difference]
    over = _direction(impact for impact in differing if (impact.difference or 0) > 0)
    under = _direction(impact for impact in differing if (impact.difference or 0) < 0)
    reasons = Counter(impact.because for impact in impacts if impact.difference is None)
    return Money(
        encounters=len(impacts),
        priced=len(priced),
        agreeing=len(priced) - len(differing),
        comprehensive=sum(impact.billed is None for impact in priced),
        overpaid=over,
        underpaid=Direction(under.encounters, -under.total, -under.medicare, -under.copayment),
        net=_direction(differing),
        explained=sum(len(impact.findings) == 1 for impact in differing),
        unsettled=_direction(impact for impact in differing if impact.open_results),
        reasons=_by_number(reasons),
    )


def _by_number(reasons: Counter[str]) -> tuple[tuple[str, int], ...]:
    """The reasons, the most frequent first."""
    return tuple(sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0])))


def _direction(impacts: Iterable[Impact]) -> Direction:
    chosen = list(impacts)
    return Direction(
        len(chosen),
        sum((impact.difference or _NOTHING for impact in chosen), _NOTHING),
        sum((impact.medicare_difference or _NOTHING for impact in chosen), _NOTHING),
        sum((impact.copayment_difference or _NOTHING for impact in chosen), _NOTHING),
    )


def money_sentence(money: Money, cases: Iterable[Case]) -> str:
    """What the summary says of money; without any price table only that there is none."""
    if money.priced:
        return money.sentence
    tables = (tables for case in cases for tables in case.encounter.tables.quarters.values())
    if not any(quarter.addendum_b for quarter in tables):
        return NO_DOLLARS
    why = listed(f"{reason} ({number:,})" for reason, number in money.reasons)
    return f"No dollars: none of {count(money.encounters, 'encounter')} could be priced: {why}."


def effects_of(cases: Iterable[Case]) -> dict[str, Decimal]:
    """By finding id, the difference of the encounters that one finding alone explains."""
    return {
        finding.finding_id: effect
        for case in cases
        for finding in case.impact.findings
        if (effect := case.impact.effect_of(finding)) is not None
    }


def price_words(price: Price | None) -> str:
    """Each line of a priced claim with its status and what it is paid."""
    if price is None:
        return ""
    lines = [str(line) for line in price.lines]
    lines += [f"{code} not priced here" for code in price.unpriced]
    return "; ".join(lines) or "no line"


def findings_words(case: Case) -> str:
    """The findings that bear on the encounter's payment, those that are undetermined marked."""
    told = [f"{finding.check.title} ({finding.finding_id})" for finding in case.impact.findings]
    told += [
        f"undetermined: {finding.check.title} ({finding.finding_id})"
        for finding in case.impact.open_results
    ]
    return "; ".join(told)
