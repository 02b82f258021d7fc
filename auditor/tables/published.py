"""What CMS publishes by the quarter, as a check looks it up: edits, rates, limits, NDC codes.

Plain frozen data.  An answer is only ever given from the table of the quarter asked for; where
that table is not loaded there is no table to ask, and where it does not cover a code it says so.
Money and rates are ``Decimal``, in US dollars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from auditor.tables.quarter import Quarter


class Kind(StrEnum):
    """The publications that are read; a check needs one as ``table.ptp`` or the like."""

    PTP = "ptp"
    MUE = "mue"
    ADDENDUM_B = "addendum_b"
    ASP = "asp"
    NDC = "ndc"

    @property
    def words(self) -> str:
        """What CMS calls it."""
        return {
            "ptp": "NCCI PTP edits, outpatient hospital",
            "mue": "MUE, outpatient hospital",
            "addendum_b": "OPPS Addendum B",
            "asp": "ASP payment limits",
            "ndc": "ASP NDC-HCPCS crosswalk",
        }[self.value]

    @property
    def need(self) -> str:
        """How a check names it among its needs."""
        return f"table.{self.value}"


class Scope(StrEnum):
    """For which codes an edition can answer."""

    WHOLE = "every code"
    ADMINISTRATION_PAIRS = "pairs with a drug administration code"
    ADMINISTRATION = "drug administration codes only"


@dataclass(frozen=True, slots=True)
class Edition:
    """One quarter of one publication; ``is_default`` marks the small one that comes along."""

    kind: Kind
    quarter: Quarter
    scope: Scope = Scope.WHOLE
    is_default: bool = False

    def __str__(self) -> str:
        limits = [self.scope.value] if self.scope is not Scope.WHOLE else []
        limits = ["default", *limits] if self.is_default else limits
        return f"{self.kind.words}, {self.quarter}" + (f" ({', '.join(limits)})" if limits else "")


@dataclass(frozen=True, slots=True)
class UnitsEdit:
    """One medically unlikely edit: the units of a code above which a claim is stopped.

    ``indicator`` 1 counts each claim line by itself; 2 and 3 count the date of service, 2 by a
    policy that records cannot overcome, 3 by clinical likelihood.
    """

    code: str
    units: int
    indicator: int
    rationale: str | None = None


@dataclass(frozen=True, slots=True)
class PairEdit:
    """One procedure-to-procedure edit: ``column2`` is not paid beside ``column1``.

    ``modifier_indicator`` 0 allows no modifier, 1 allows one, 9 never was in force.  The edit holds
    from ``effective`` through ``deleted``, both included; ``None`` is a date that is not stated.
    """

    column1: str
    column2: str
    modifier_indicator: int
    effective: date | None = None
    deleted: date | None = None
    rationale: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the edit is in force on a date of service."""
        begun = self.effective is None or self.effective <= day
        ended = self.deleted is not None and self.deleted < day
        return begun and not ended and self.modifier_indicator != 9


@dataclass(frozen=True, slots=True)
class OppsRate:
    """One code of OPPS Addendum B; national unadjusted amounts, ``None`` where it has none."""

    code: str
    status: str
    apc: str | None = None
    relative_weight: Decimal | None = None
    payment_rate: Decimal | None = None
    copayment: Decimal | None = None
    minimum_copayment: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AspLimit:
    """The Medicare payment limit of one billing unit of a drug code.

    ``amount`` and ``unit`` are the billing unit, ``None`` where ``dosage`` is in odd units.
    """

    code: str
    dosage: str | None = None
    amount: Decimal | None = None
    unit: str | None = None
    payment_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NdcCode:
    """A drug code that a package is billed with; ``ndc`` has eleven digits, no hyphens.

    ``billing_units`` are those of one item of the package, ``billing_units_package`` of all.
    """

    ndc: str
    code: str
    dosage: str | None = None
    amount: Decimal | None = None
    unit: str | None = None
    package_size: Decimal | None = None
    package_quantity: Decimal | None = None
    billing_units: Decimal | None = None
    billing_units_package: Decimal | None = None


Row = UnitsEdit | PairEdit | OppsRate | AspLimit | NdcCode
_CodeRow = TypeVar("_CodeRow", UnitsEdit, OppsRate, AspLimit)


@dataclass(frozen=True, slots=True, eq=False)
class CodeTable(Generic[_CodeRow]):
    """A table with one row a code; ``limited_to`` are the codes it covers, ``None`` is every."""

    edition: Edition
    rows: Mapping[str, _CodeRow]
    limited_to: frozenset[str] | None = None

    def get(self, code: str) -> _CodeRow | None:
        """The row of a code; ``None`` where the table has none or does not cover the code."""
        return self.rows.get(code)

    def covers(self, code: str) -> bool:
        """Whether no row means that CMS published none."""
        return self.limited_to is None or code in self.limited_to


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """The edits among ``codes``; with ``with_one_of``, only those that have one of these codes."""

    edition: Edition
    edits: Mapping[tuple[str, str], tuple[PairEdit, ...]]
    codes: frozenset[str]
    with_one_of: frozenset[str] | None = None

    def covers(self, one: str, other: str) -> bool:
        """Whether no edit between two codes means that CMS published none."""
        pair = {one, other}
        answered = self.with_one_of is None or not pair.isdisjoint(self.with_one_of)
        return answered and pair <= self.codes

    def between(self, one: str, other: str, day: date) -> PairEdit | None:
        """The edit between two codes in force on a date of service, whichever is column 1."""
        edits = (*self.edits.get((one, other), ()), *self.edits.get((other, one), ()))
        return next((edit for edit in edits if edit.holds_on(day)), None)


@dataclass(frozen=True, slots=True, eq=False)
class NdcTable:
    """The drug codes of packages, by NDC."""

    edition: Edition
    rows: Mapping[str, tuple[NdcCode, ...]]

    def get(self, ndc: str | None) -> tuple[NdcCode, ...]:
        """The codes of a package however its NDC is written; none where it is not listed."""
        return self.rows.get(eleven_digits(ndc) or "", ())


def eleven_digits(ndc: str | None) -> str | None:
    """An NDC as eleven digits; ``None`` where its segments cannot be told, as in ten bare ones."""
    parts = (ndc or "").strip().split("-")
    if len(parts) == 3 and all(re.fullmatch(r"[0-9]+", part) for part in parts):
        text = parts[0].zfill(5) + parts[1].zfill(4) + parts[2].zfill(2)
    else:
        text = parts[0] if len(parts) == 1 else ""
    return text if re.fullmatch(r"[0-9]{11}", text) else None


@dataclass(frozen=True, slots=True, eq=False)
class QuarterTables:
    """The tables of one quarter, ``None`` where none is loaded."""

    ptp: PairTable | None = None
    mue: CodeTable[UnitsEdit] | None = None
    addendum_b: CodeTable[OppsRate] | None = None
    asp: CodeTable[AspLimit] | None = None
    ndc: NdcTable | None = None

    @property
    def editions(self) -> tuple[Edition, ...]:
        """What is loaded for it."""
        tables = (getattr(self, kind.value) for kind in Kind)
        return tuple(table.edition for table in tables if table is not None)


_NONE = QuarterTables()


@dataclass(frozen=True, slots=True, eq=False)
class PublicTables:
    """The tables of the quarters that an audit has services in.

    ``moved`` is how far the dates of the record lie from the true ones, where they are masked: the
    true date decides.
    """

    quarters: Mapping[Quarter, QuarterTables] = field(default_factory=dict)
    moved: timedelta = timedelta()

    def on(self, day: date | None) -> QuarterTables:
        """The tables of a date of service; without a date there are none."""
        return _NONE if day is None else self.quarters.get(self.quarter_of(day), _NONE)

    def wanted(self, kind: Kind, day: date) -> str:
        """What a date of service has no table of, such as ``OPPS Addendum B, 2026Q3``."""
        return str(Edition(kind, self.quarter_of(day)))

    def quarter_of(self, day: date) -> Quarter:
        """The quarter whose tables judge a date of service."""
        return Quarter.of(self.true_day(day))

    def true_day(self, day: date) -> date:
        """The date by which a date of service is judged."""
        return day - self.moved


NO_TABLES = PublicTables()
"""What an encounter has before tables are attached to it."""
