"""A claim's payment under OPPS, from Addendum B of each date of service (authorities P-01 … P-05).

National unadjusted amounts in US dollars; ``docs/money.md`` lists what is left out.  A claim is
grouped before it is priced: what is packaged earns nothing, and what it is packaged with decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from auditor.money.off_campus import share_of
from auditor.policy import Policy
from auditor.tables.published import OppsRate, PublicTables

_CENT = Decimal("0.01")
_NOTHING, _HALF, _ONCE = Decimal(0), Decimal("0.5"), Decimal(1)

_PER_UNIT = frozenset({"S", "V", "J2", "Q3", "G", "K", "K1", "R", "U"})
_REDUCED = "T"
_COMPREHENSIVE, _MAYBE_COMPREHENSIVE = "J1", "J2"
_PACKAGED = "N"
# What each conditionally packaged status is packaged with; J2 and Q3 pay as visit and service.
_PACKAGED_WITH = {
    "Q1": frozenset({"S", "T", "V", "J2", "Q3"}),
    "Q2": frozenset({"T"}),
}
_PRICED = _PER_UNIT | set(_PACKAGED_WITH) | {_REDUCED, _COMPREHENSIVE, _PACKAGED}

_OBSERVATION_HOUR, _OBSERVATION_HOURS = "G0378", 8  # of comprehensive observation, C-APC 8011


@dataclass(frozen=True, slots=True)
class Service:
    """One line as it is priced: code, units, modifiers and date of service."""

    code: str
    units: int
    modifiers: tuple[str, ...]
    service_date: date


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A service with its rate, paid ``times`` (0: packaged) at ``share`` of the rate."""

    service: Service
    rate: OppsRate
    times: Decimal
    share: Decimal

    @property
    def amount(self) -> Decimal:
        """What is paid, the beneficiary's part included; not rounded."""
        return (self.rate.payment_rate or _NOTHING) * self.times * self.share

    @property
    def copayment(self) -> Decimal:
        """The beneficiary's part: the national copayment where there is one, else the minimum."""
        rate = self.rate
        each = rate.minimum_copayment if rate.copayment is None else rate.copayment
        return (each or _NOTHING) * self.times * self.share

    def __str__(self) -> str:
        units = f" ×{self.service.units}" if self.service.units != 1 else ""
        paid = f"${cents(self.amount):,}" if self.times else "packaged"
        at = f" at {self.share:.0%}" if self.times and self.share != _ONCE else ""
        return f"{self.service.code}{units} ({self.rate.status}) {paid}{at}"


@dataclass(frozen=True, slots=True)
class Price:
    """What a claim is paid, in US dollars with two places; ``total = medicare + copayment``.

    ``unpriced`` are the codes that OPPS does not pay by a rate of Addendum B.
    """

    lines: tuple[PricedLine, ...]
    unpriced: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """Medicare's part and the beneficiary's together."""
        return cents(sum((line.amount for line in self.lines), _NOTHING))

    @property
    def copayment(self) -> Decimal:
        """The beneficiary's part."""
        return cents(sum((line.copayment for line in self.lines), _NOTHING))

    @property
    def medicare(self) -> Decimal:
        """Medicare's part."""
        return self.total - self.copayment


def cents(amount: Decimal) -> Decimal:
    """An amount with two places, halves rounded up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def rate_of(code: str, day: date, tables: PublicTables) -> OppsRate | None:
    """The row by which OPPS pays or packages a code on a date; ``None`` where there is none.

    Codes paid under another schedule have a row without a rate; so have those not paid at all.
    """
    table = tables.on(day).addendum_b
    rate = table.get(code) if table else None
    if rate is None or rate.status not in _PRICED:
        return None
    return rate if rate.status == _PACKAGED or rate.payment_rate is not None else None


def price(services: Iterable[Service], tables: PublicTables, policy: Policy) -> Price | None:
    """What the services of one claim are paid together.

    ``None`` for comprehensive observation: one payment, C-APC 8011, takes the place of all of
    them, and Addendum B, which goes by codes, does not have its rate (P-04).
    """
    rated: list[tuple[Service, OppsRate]] = []
    unpriced: list[str] = []
    for service in services:
        rate = rate_of(service.code, service.service_date, tables)
        if rate is None:
            unpriced.append(service.code)
        elif service.units > 0:
            rated.append((service, rate))
    if _is_comprehensive_observation(rated):
        return None
    lines = tuple(
        PricedLine(
            service,
            rate,
            times,
            share_of(service.modifiers, tables.true_day(service.service_date), rate, policy),
        )
        for (service, rate), times in zip(rated, _times(rated), strict=True)
    )
    return Price(lines, tuple(dict.fromkeys(unpriced)))


def _is_comprehensive_observation(rated: Sequence[tuple[Service, OppsRate]]) -> bool:
    """Eight hours of observation and a visit, without a procedure of status T or J1 (P-04)."""
    hours = sum(service.units for service, _ in rated if service.code == _OBSERVATION_HOUR)
    statuses = {rate.status for _, rate in rated}
    return (
        hours >= _OBSERVATION_HOURS
        and _MAYBE_COMPREHENSIVE in statuses
        and not statuses & {_REDUCED, _COMPREHENSIVE}
    )


def _times(rated: Sequence[tuple[Service, OppsRate]]) -> list[Decimal]:
    """How many times the rate of each service is paid."""
    whole_claim = [at for at, (_, rate) in enumerate(rated) if rate.status == _COMPREHENSIVE]
    times = [_NOTHING] * len(rated)
    if whole_claim:
        times[_highest(whole_claim, rated)] = _ONCE
        return times
    for day in {service.service_date for service, _ in rated}:
        _pay_date([at for at, (s, _) in enumerate(rated) if s.service_date == day], rated, times)
    return times


def _pay_date(
    places: Sequence[int], rated: Sequence[tuple[Service, OppsRate]], times: list[Decimal]
) -> None:
    """Pay the services of one date, by their places."""
    statuses = {rated[at][1].status for at in places}
    reduced, alone = [], []
    for at in places:
        service, rate = rated[at]
        if rate.status in _PER_UNIT:
            times[at] = Decimal(service.units)
        elif rate.status == _REDUCED:
            times[at] = service.units * _HALF
            reduced.append(at)
        elif rate.status != _PACKAGED and not statuses & _PACKAGED_WITH[rate.status]:
            alone.append(at)
    if reduced:  # of the procedures of a date the highest is paid in full, the others half
        times[_highest(reduced, rated)] += _HALF
    if alone:  # of what nothing packages the highest is paid, once
        times[_highest(alone, rated)] = _ONCE


def _highest(places: Sequence[int], rated: Sequence[tuple[Service, OppsRate]]) -> int:
    """The place of the highest rate, the first of equals."""
    return max(places, key=lambda at: rated[at][1].payment_rate or _NOTHING)
