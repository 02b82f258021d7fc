"""Facts as the files state them: encounters, claim lines, administrations, orders, access sites.

Nothing here judges or derives.  Times are timezone-aware ``datetime`` in the facility's zone,
amounts ``Decimal``, codes ``str``; what a file does not say is ``None``.  Every fact keeps the
:class:`Source` rows it came from, so that a finding can point at its cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from auditor.tables.orders import is_verbal
from auditor.tables.published import NO_TABLES, PublicTables

# How it is said that a claim may bill another visit, of Encounter.charted_without_claim.
BESIDE = "the patient has another encounter that day, with a record and no claim"
BILLED_HERE = "this claim may bill it, too"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet of one file as it was read.

    ``file`` is the name, with folders only where files share it, ``sheet`` is ``None`` for text
    files, and ``columns`` maps each recognised field to its column letter; ``unread`` has for a
    field the rows whose cell says something that could not be read and was left out.  ``lacks``
    are the fields of which another sheet of its kind has a column and this one none: what it
    leaves out is no blank.
    """

    file: str
    sheet: str | None
    columns: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, Set[int]] = field(default_factory=dict)
    lacks: Set[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.file} · {self.sheet}" if self.sheet else self.file


@dataclass(frozen=True, slots=True)
class Source:
    """The row of a sheet that states a fact; ``row`` counts from 1, as a spreadsheet shows it.

    ``moved`` names fields that the row states in another field's cell, with that field.
    """

    sheet: Sheet
    row: int
    moved: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.sheet} · row {self.row}"

    def cell(self, name: str) -> str:
        """The address of the cell that holds the field ``name``, or of the row where none does."""
        column = self.sheet.columns.get(dict(self.moved).get(name, name))
        if column is None:
            return str(self)
        return f"{self.sheet} · {column}{self.row}"

    def was_left_out(self, name: str) -> bool:
        """Whether its cell of the field ``name`` could not be read."""
        return self.row in self.sheet.unread.get(name, ())


class DrugClass(StrEnum):
    """What a drug or fluid is for the choice of administration codes (coding.md, section 1)."""

    ANTINEOPLASTIC = "antineoplastic"
    HORMONAL = "hormonal antineoplastic"
    BIOLOGIC = "complex biologic"
    THERAPEUTIC = "therapeutic"
    HYDRATION = "hydration fluid"
    CARRIER = "carrier, flush or KVO"
    BLOOD = "blood"
    CONTRAST = "contrast"
    VACCINE = "vaccine"
    NOT_REPORTABLE = "not separately reportable"
    UNCLASSIFIED = "unclassified"


class Route(StrEnum):
    """The way in."""

    IV = "IV"
    SC = "SC"
    IM = "IM"
    IA = "IA"
    OTHER = "other"


class Method(StrEnum):
    """How it was given, where the record says so."""

    PUSH = "push"
    INFUSION = "infusion"
    INJECTION = "injection"
    PORTABLE_PUMP = "portable or implanted pump"
    HOME_PUMP = "facility pump continued at home"
    ON_BODY = "on-body injector"
    PORT_FLUSH = "port flush"


class StopEvidence(StrEnum):
    """How the record shows that a running segment ended (coding.md, section 1; T-14)."""

    CHARTED = "A"
    IMPLIED = "B"
    COMPUTED = "C"
    INDIRECT = "D"
    NONE = "E"

    @property
    def words(self) -> str:
        """The grade in words, for a report."""
        return {
            "A": "charted stop",
            "B": "implied by the next bag, a restart or documented completion",
            "C": "computed from start, charted rate and volume infused",
            "D": "pump log or free text only",
            "E": "none",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Segment:
    """One uninterrupted run of an administration, or the moment of a push or injection.

    ``stop`` is the best time that the record offers and ``stop_evidence`` its grade; grade E has
    no stop.  ``rates`` are the charted rates in mL/h, each with the time from which it held.
    """

    start: datetime | None
    stop: datetime | None = None
    stop_evidence: StopEvidence = StopEvidence.NONE
    rates: tuple[tuple[datetime, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Dose:
    """What was given of one charted drug, and what of its containers was thrown away.

    ``drug`` is its identity; amounts are ``None`` where the record does not say, and the units as
    charted.  ``source`` and ``waste_source`` are the rows that state the amounts, ``None`` where
    several do.
    """

    drug: str
    amount: Decimal | None = None
    unit: str | None = None
    wasted: Decimal | None = None
    wasted_unit: str | None = None
    ndc: str | None = None
    source: Source | None = None
    waste_source: Source | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One row of the pharmacy's formulary.

    One billing unit of ``hcpcs`` is ``amount`` of ``unit``; ``single_dose`` says whether its
    container is one, ``None`` where the pharmacy does not.  A container holds ``contents`` of
    ``contents_unit``; both are ``None`` where that is not stated.
    """

    drug: str
    hcpcs: str | None = None
    amount: Decimal | None = None
    unit: str | None = None
    single_dose: bool | None = None
    contents: Decimal | None = None
    contents_unit: str | None = None
    source: Source | None = None


class Formulary:
    """The pharmacy's rows, by the identity of the drug and by the code that bills it."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        """A later row of a drug stands for the earlier one."""
        self._by_drug = {product.drug: product for product in products}
        self._containers: dict[str, set[bool | None]] = {}
        for product in self._by_drug.values():
            if product.hcpcs:
                self._containers.setdefault(product.hcpcs, set()).add(product.single_dose)
        self._by_code = {p.hcpcs: p for p in self._by_drug.values() if p.hcpcs and p.amount}

    @property
    def products(self) -> tuple[Product, ...]:
        """The rows that stand, in their order."""
        return tuple(self._by_drug.values())

    def of(self, drug: str) -> Product | None:
        """The row of a drug by its identity."""
        return self._by_drug.get(drug)

    def is_multi_dose(self, hcpcs: str) -> bool:
        """Whether every product of a code comes in containers of several doses."""
        return self._containers.get(hcpcs) == {False}

    def billed_as(self, hcpcs: str) -> Product | None:
        """A row that says what one unit of a code is."""
        return self._by_code.get(hcpcs)


@dataclass(frozen=True, slots=True)
class Administration:
    """One drug or fluid given once: a push, an injection, or an infusion with its running segments.

    ``drug`` is the identity that the coding rules compare (for a same-bag mixture, the mixture);
    ``drugs`` are the names as charted, ``doses`` what was given of each.  ``volume`` is in mL.
    ``began_elsewhere`` is true where the record says that an ambulance or another facility
    started it.  ``elsewhere`` has the row that states a field where it is not the first of
    ``sources``, or of the stop not the last; ``None`` where no row states it.
    """

    administration_id: str
    drug: str
    drugs: tuple[str, ...]
    drug_class: DrugClass
    route: Route
    method: Method | None
    segments: tuple[Segment, ...]
    order_id: str | None = None
    dose: Decimal | None = None
    dose_unit: str | None = None
    doses: tuple[Dose, ...] = ()
    volume: Decimal | None = None
    site: str | None = None
    line: str | None = None
    bag_id: str | None = None
    reason: str | None = None
    department: str | None = None
    staff: str | None = None
    credential: str | None = None
    comments: str | None = None
    saved_at: datetime | None = None
    began_elsewhere: bool = False
    complexity_documented: bool = False
    extra_pump_setup: bool = False
    sources: tuple[Source, ...] = ()
    elsewhere: tuple[tuple[str, Source | None], ...] = ()

    def lacks_column(self, name: str) -> bool:
        """Whether no sheet that it stands on has a column for a field that others have.

        What another row tells all the same, such as its order, is not lacking.
        """
        if not self.sources or not all(name in row.sheet.lacks for row in self.sources):
            return False
        return dict(self.elsewhere).get(name) is None

    @property
    def name(self) -> str:
        """What a reader knows it by: its drug, as charted where nobody knows the drug."""
        return " + ".join(self.drugs) if self.drug_class is DrugClass.UNCLASSIFIED else self.drug

    @property
    def start(self) -> datetime | None:
        """When it began, or ``None`` where the record does not say."""
        return self.segments[0].start if self.segments else None

    @property
    def stop(self) -> datetime | None:
        """When it last ended, by whatever evidence, or ``None``."""
        return self.segments[-1].stop if self.segments else None

    @property
    def stop_evidence(self) -> StopEvidence:
        """The weakest grade among its segments: what its whole duration rests on."""
        return max((s.stop_evidence for s in self.segments), default=StopEvidence.NONE)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One service line of a claim; ``modifiers`` in the order billed, ``units`` as billed."""

    claim_id: str
    line_number: str
    hcpcs: str | None
    modifiers: tuple[str, ...] = ()
    units: Decimal | None = None
    service_date: date | None = None
    revenue_code: str | None = None
    charge: Decimal | None = None
    payer: str | None = None
    bill_type: str | None = None
    paid_amount: Decimal | None = None
    paid_date: date | None = None
    diagnosis_codes: tuple[str, ...] = ()
    condition_codes: tuple[str, ...] = ()
    department: str | None = None
    coder: str | None = None
    ndc: str | None = None
    order_id: str | None = None
    source: Source | None = None

    @property
    def unit_count(self) -> int:
        """Whole units billed; a blank cell is one unit."""
        return 1 if self.units is None else int(self.units)

    @property
    def code_with_modifiers(self) -> str:
        """The code as a claim prints it, such as ``96365-59``."""
        return "-".join((self.hcpcs or "no code", *self.modifiers))


@dataclass(frozen=True, slots=True)
class Order:
    """One practitioner's order; ``duration`` in minutes, ``volume`` in mL, ``rate`` as written."""

    order_id: str
    drug: str | None
    ordered_at: datetime | None = None
    provider: str | None = None
    authenticated_at: datetime | None = None
    basis: str | None = None
    indication: str | None = None
    route: str | None = None
    rate: str | None = None
    volume: Decimal | None = None
    duration: int | None = None
    mode: str | None = None
    source: Source | None = None

    @property
    def is_verbal(self) -> bool:
        """Whether it was given by word of mouth, face to face or by telephone."""
        return is_verbal(self.mode)


@dataclass(frozen=True, slots=True)
class AccessSite:
    """One vascular access as the line record describes it."""

    access_id: str
    description: str | None = None
    site: str | None = None
    placed_at: datetime | None = None
    removed_at: datetime | None = None
    placed_by: str | None = None
    reason: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be used, as far as it tells what it is of.

    ``kind`` is that of its sheet (a charted event is an ``administration``), ``cell`` the address
    of the cell that could not be read, ``drug`` an identity; ``may_state`` says which of
    ``"start"`` and ``"stop"`` a row of an administration could have stated.
    """

    kind: str
    cell: str
    order_id: str | None = None
    drug: str | None = None
    may_state: frozenset[str] = frozenset()

    def may_be_of(self, given: Administration) -> bool:
        """Whether nothing that it tells speaks against its being of an administration."""
        if self.drug in (None, given.drug, *(dose.drug for dose in given.doses)):
            return (
                self.kind == "order"
                or None in (self.order_id, given.order_id)
                or (self.order_id == given.order_id)
            )
        return (
            self.kind == "order" and self.order_id is not None and (self.order_id == given.order_id)
        )


@dataclass(frozen=True, slots=True)
class OtherEncounter:
    """Another registration of the same patient that shares a date of service.

    ``gave_drugs`` says whether a drug administration of it is charted or billed, ``None`` where
    that is not known; ``has_claim`` whether some claim line is of it.
    """

    encounter_id: str
    arrived_at: datetime | None
    discharged_at: datetime | None
    gave_drugs: bool | None = None
    has_claim: bool = True


NO_FORMULARY = Formulary()


@dataclass(frozen=True, slots=True)
class Encounter:
    """One registration to discharge, with all that the files say about it: the unit audited.

    ``supplied`` names each ``kind.field`` for which some file had a column, so that a check can
    tell a blank cell from a column that nobody gave.  ``source`` is the row of its stay,
    ``elsewhere`` has the fields of the stay that another row states.  ``rejected`` are the rows
    that may be of it and could not be used: what they hold is no gap of the record.  ``formulary``
    has the pharmacy's rows, ``tables`` are what CMS published for the dates of service, as far as
    it is loaded.
    """

    encounter_id: str
    claim_lines: tuple[ClaimLine, ...] = ()
    administrations: tuple[Administration, ...] = ()
    orders: tuple[Order, ...] = ()
    access_sites: tuple[AccessSite, ...] = ()
    account_id: str | None = None
    patient_id: str | None = None
    facility: str | None = None
    mac: str | None = None
    arrived_at: datetime | None = None
    registered_at: datetime | None = None
    arrival_mode: str | None = None
    ed_departed_at: datetime | None = None
    observation_start: datetime | None = None
    observation_end: datetime | None = None
    inpatient_at: datetime | None = None
    discharged_at: datetime | None = None
    other_encounters: tuple[OtherEncounter, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    supplied: frozenset[str] = frozenset()
    source: Source | None = None
    elsewhere: tuple[tuple[str, Source], ...] = ()
    formulary: Formulary = NO_FORMULARY
    tables: PublicTables = NO_TABLES

    @property
    def window_start(self) -> datetime | None:
        """Arrival or, where absent, registration."""
        return self.arrived_at or self.registered_at

    @property
    def window_end(self) -> datetime | None:
        """The earlier of inpatient order and discharge."""
        ends = [t for t in (self.inpatient_at, self.discharged_at) if t is not None]
        return min(ends, key=datetime.timestamp) if ends else None

    @property
    def service_month(self) -> date | None:
        """The first day of the month in which its services began, or ``None``.

        By the first service date billed; where none is, by arrival, else by the first start.
        """
        billed = [line.service_date for line in self.claim_lines if line.service_date is not None]
        if billed:
            return min(billed).replace(day=1)
        starts = [given.start for given in self.administrations if given.start is not None]
        began = self.window_start or min(starts, key=datetime.timestamp, default=None)
        return None if began is None else began.date().replace(day=1)

    @property
    def charted_without_claim(self) -> OtherEncounter | None:
        """Another encounter of the patient that day which gave drugs and has no claim of its own.

        Visits of one day are billed on one claim, so this encounter's may have both.
        """
        others = (o for o in self.other_encounters if o.gave_drugs and not o.has_claim)
        return next(others, None)

    def rejected_row(
        self, kind: str, given: Administration | None = None, stating: str | None = None
    ) -> RejectedRow | None:
        """The first rejected row of a kind that may be of ``given``, and may state that end."""
        for row in self.rejected:
            if row.kind != kind or (given is not None and not row.may_be_of(given)):
                continue
            if stating is None or stating in row.may_state:
                return row
        return None
