"""Billed drug units beside the doses on record: by HCPCS code and date (D-01, D-02)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from auditor.coding.courses import window_of
from auditor.coding.minutes import seconds
from auditor.coding.remembered import remembered
from auditor.policy import Policy
from auditor.record import (
    Administration,
    ClaimLine,
    Dose,
    DrugClass,
    Encounter,
    Product,
    RejectedRow,
)
from auditor.tables.drugs import classes_billed_by, drug_codes, drugs, identify

BLOOD = "R"  # the status of blood and blood products in Addendum B
DISCARDED = "JW"  # its units are what was thrown away, not what was given

# Amounts of one dimension: how many of the smallest unit one is.
_SCALES: tuple[dict[str, Decimal], ...] = (
    {"mcg": Decimal(1), "ug": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000),
     "gm": Decimal(1_000_000), "gram": Decimal(1_000_000), "grams": Decimal(1_000_000)},
    {"ml": Decimal(1), "cc": Decimal(1), "l": Decimal(1000), "liter": Decimal(1000)},
    {"unit": Decimal(1), "units": Decimal(1), "iu": Decimal(1), "u": Decimal(1),
     "int'l units": Decimal(1), "million units": Decimal(1_000_000)},
    {"meq": Decimal(1)},
    {"each": Decimal(1), "vial": Decimal(1), "dose": Decimal(1)},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BillingUnit:
    """One unit of ``hcpcs`` is ``amount`` of ``unit``, by the source ``told``.

    Both are ``None`` where that counts in something that is no dose of one substance.
    """

    hcpcs: str
    amount: Decimal | None
    unit: str | None
    told: str


@dataclass(slots=True)
class DrugService:
    """One drug code on one date: the claim lines that bill it and the doses given of its drug.

    ``given`` and ``wasted`` are in the code's billing units, not rounded, and ``None`` where a dose
    or its unit is not known; ``shares_doses`` says that another code billed that day is the same
    drug's.
    """

    unit: BillingUnit
    day: date
    lines: list[ClaimLine] = field(default_factory=list)
    discarded: list[ClaimLine] = field(default_factory=list)
    doses: list[tuple[Administration, Dose]] = field(default_factory=list)
    shares_doses: bool = False

    @property
    def hcpcs(self) -> str:
        """The drug code."""
        return self.unit.hcpcs

    @property
    def units(self) -> int:
        """Units billed as given."""
        return sum(line.unit_count for line in self.lines)

    def could_be(self, dose: Dose, day: date, encounter: Encounter) -> bool:
        """Whether the code bills the drug of a dose, whatever its date."""
        return self.hcpcs in codes_of(dose, day, encounter)

    def names_its_drug(self, encounter: Encounter) -> bool:
        """Whether the formulary or the shipped list says which drug the code bills.

        The payment limits alone do not, and have drugs by mouth and inhaled ones as well.
        """
        return encounter.formulary.billed_as(self.hcpcs) is not None or self.hcpcs in drug_codes()

    def classes(self, encounter: Encounter) -> frozenset[DrugClass]:
        """The classes of the drugs that the code bills; blood by its status in Addendum B too."""
        found = set(classes_billed_by(self.hcpcs))
        product = encounter.formulary.billed_as(self.hcpcs)
        drug = identify(product.drug) if product is not None else None
        if drug is not None:
            found.add(drug.drug_class)
        rates = encounter.tables.on(self.day).addendum_b
        rate = rates.get(self.hcpcs) if rates is not None else None
        if rate is not None and rate.status == BLOOD:
            found.add(DrugClass.BLOOD)
        return frozenset(found)

    def lost_dose(self, encounter: Encounter) -> RejectedRow | None:
        """A rejected row that may be a dose of this drug."""
        for row in encounter.rejected:
            if row.kind == "administration" and "start" in row.may_state:
                drug = row.drug
                if drug is None or self.could_be(Dose(drug), self.day, encounter):
                    return row
        return None

    def undated(self, encounter: Encounter) -> tuple[Administration, ...]:
        """What was given of the drug at times that the record leaves blank: maybe that day."""
        return tuple(
            given
            for given in encounter.administrations
            if given.start is None
            and given.stop is None
            and not given.began_elsewhere
            and any(self.could_be(dose, self.day, encounter) for dose in given.doses)
        )

    @property
    def administrations(self) -> tuple[Administration, ...]:
        """The administrations that gave the drug that day."""
        return tuple(given for given, _ in self.doses)

    def expected(self, policy: Policy) -> int | None:
        """The doses in billing units, rounded up once for the date, or once a dose (J27)."""
        each = [self._in_units(dose.amount, dose.unit) for _, dose in self.doses]
        known = [units for units in each if units is not None]
        if len(known) < len(each):
            return None
        if policy.drug_rounding == "per dose":
            return sum(map(_up, known))
        return _up(sum(known, Decimal(0)))

    @property
    def given(self) -> Decimal | None:
        """The doses together, in billing units."""
        return self._total([(dose.amount, dose.unit) for _, dose in self.doses])

    @property
    def wasted(self) -> Decimal | None:
        """What the record says was thrown away, in billing units; ``None`` without a word of it."""
        stated = [
            (dose.wasted, dose.wasted_unit or dose.unit)
            for _, dose in self.doses
            if dose.wasted is not None
        ]
        return self._total(stated) if stated else None

    @property
    def charted_waste(self) -> bool:
        """Whether the record says that something was thrown away, in whatever unit of measure."""
        return any(dose.wasted for _, dose in self.doses)

    def left_over(self, product: Product) -> Decimal | None:
        """What whole containers hold beyond the doses and the rounded units billed for them.

        In billing units; ``None`` where the contents or a dose are not known.
        """
        holds, given = self._in_units(product.contents, product.contents_unit), self.given
        if not holds or given is None:
            return None
        opened = (given / holds).to_integral_value(ROUND_CEILING)
        return max(opened * holds - given.to_integral_value(ROUND_CEILING), Decimal(0))

    def _total(self, amounts: Sequence[tuple[Decimal | None, str | None]]) -> Decimal | None:
        units = [self._in_units(amount, unit) for amount, unit in amounts]
        known = [one for one in units if one is not None]
        return sum(known, Decimal(0)) if len(known) == len(units) else None

    def _in_units(self, amount: Decimal | None, unit: str | None) -> Decimal | None:
        if amount is None or unit is None or not self.unit.amount or self.unit.unit is None:
            return None
        charted, billed = unit.casefold().strip(), self.unit.unit.casefold()
        for scale in _SCALES:
            if charted in scale and billed in scale:
                return amount * scale[charted] / (self.unit.amount * scale[billed])
        return None


def _up(units: Decimal) -> int:
    return int(units.to_integral_value(ROUND_CEILING))


@remembered
def drug_services(encounter: Encounter) -> tuple[DrugService, ...]:
    """Each drug code that the claim bills with a date, with what the record says was given of it.

    What an ambulance or another facility gave is not the hospital's to bill.
    """
    services: dict[tuple[str, date], DrugService] = {}
    for line in encounter.claim_lines:
        if line.hcpcs is None or line.service_date is None:
            continue
        key = (line.hcpcs, line.service_date)
        if key not in services:
            unit = _unit_of(line.hcpcs, line.service_date, encounter)
            if unit is None:
                continue
            services[key] = DrugService(unit, line.service_date)
        discarded = DISCARDED in line.modifiers
        (services[key].discarded if discarded else services[key].lines).append(line)
    for given, dose, day in given_doses(encounter):
        codes = sorted(codes_of(dose, day, encounter))
        billed = [services[code, day] for code in codes if (code, day) in services]
        for service in billed:
            service.doses.append((given, dose))
            service.shares_doses |= len(billed) > 1
    return tuple(services.values())


def given_doses(encounter: Encounter) -> Iterator[tuple[Administration, Dose, date]]:
    """Each dose that the hospital gave, with the date on which it was begun.

    What was given after the inpatient order is here too: whose it is to bill is another question.
    """
    arrived = window_of(encounter).start
    for given in encounter.administrations:
        start = given.start or given.stop
        if start is None or given.began_elsewhere:
            continue
        if arrived is not None and seconds(start) < arrived:
            continue
        for dose in given.doses:
            yield given, dose, start.date()


def codes_of(dose: Dose, day: date, encounter: Encounter) -> frozenset[str]:
    """The codes that a drug may be billed with: the pharmacy's, its package's, the listed ones."""
    product = encounter.formulary.of(dose.drug)
    if product is not None and product.hcpcs:
        return frozenset({product.hcpcs})
    packages = encounter.tables.on(day).ndc
    by_package = packages.get(dose.ndc) if packages is not None else ()
    if by_package:
        return frozenset(package.code for package in by_package)
    drug = drugs().get(dose.drug)
    return frozenset(code.hcpcs for code in drug.codes) if drug is not None else frozenset()


def _unit_of(hcpcs: str, day: date, encounter: Encounter) -> BillingUnit | None:
    """What one unit of a drug code is; ``None`` for a code that is no drug's."""
    product = encounter.formulary.billed_as(hcpcs)
    if product is not None:
        return BillingUnit(hcpcs, product.amount, product.unit, f"formulary, {product.source}")
    limits = encounter.tables.on(day).asp
    limit = limits.get(hcpcs) if limits is not None else None
    if limits is not None and limit is not None:
        return BillingUnit(hcpcs, limit.amount, limit.unit, str(limits.edition))
    listed = drug_codes().get(hcpcs)
    if listed is None:
        return None
    return BillingUnit(hcpcs, listed.amount, listed.unit, listed.source)
