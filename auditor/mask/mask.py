"""Records under pseudonyms: each field of each fact is classed, and none passes unclassed."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet, counted
from auditor.mask import words
from auditor.policy import Policy, published_views
from auditor.record import (
    AccessSite,
    Administration,
    ClaimLine,
    Dose,
    Encounter,
    Formulary,
    Order,
    OtherEncounter,
    Product,
    RejectedRow,
    Segment,
    Sheet,
    Source,
)
from auditor.tables.drugs import drugs, normalise
from auditor.tables.names import unknown_key
from auditor.verdict import Subject

LEFT_OUT = "not shown in a masked audit"
_FEWEST_DAYS, _DAYS = 31, 365  # no date of a month stays within it
_LETTERS = 12  # of a pseudonym: 60 bits, so that a million of them are told apart
_TAIL = re.compile(r"(?:[A-Z]{1,3}\d{1,7}|rows? \d{1,7})")
_LINE_NUMBER = re.compile(r"\d{1,3}")
_NDC = re.compile(r"\d{4,5}-?\d{3,4}-?\d{1,2}")
_CODES = {
    "hcpcs": re.compile(r"\d{4}[0-9A-Z]|[A-Z]\d{4}"),
    "modifier": re.compile(r"[0-9A-Z]{2}"),
    "revenue": re.compile(r"\d{4}"),
    "bill": re.compile(r"0?\d{2}[0-9A-Z]"),
    "condition": re.compile(r"[0-9A-Z]{2}"),
    "diagnosis": re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?|\d{3}(?:\.?\d{1,2})?"),
}
_Fact = TypeVar("_Fact")


class Mask:
    """One key, and the files of one audit.

    The same key gives the same pseudonyms and shifts in every audit; without it neither can be
    reversed, nor confirmed by a guess.  Files and their sheets are numbered in the order given.
    """

    def __init__(self, key: bytes, files: Iterable[str] = ()) -> None:
        """``files`` are the names of the files read, without folders."""
        self._key = key
        self._files: dict[str, str] = {}
        self._tabs: dict[tuple[str, str], str] = {}
        self._sheets: dict[int, tuple[Sheet, Sheet]] = {}  # with the original, to keep its id
        self._formularies: dict[int, tuple[Formulary, Formulary]] = {}
        self._names: dict[tuple[str, str], str] = {}
        for name in files:
            self.file(name)

    # -- names -------------------------------------------------------------------------------------

    def name(self, kind: str, text: str) -> str:
        """The pseudonym of a text among those of its kind, such as ``E-…`` of an encounter."""
        known = self._names.get((kind, text))
        if known is None:
            known = f"{kind}-{b32encode(self._digest(kind, text)).decode()[:_LETTERS]}"
            self._names[kind, text] = known
        return known

    def file(self, name: str) -> str:
        """The number of a file."""
        return self._files.setdefault(name, f"file {len(self._files) + 1}")

    def tab(self, file: str, sheet: str) -> str:
        """The number of a sheet of a file."""
        before = sum(of == file for of, _ in self._tabs)
        return self._tabs.setdefault((file, sheet), f"sheet {before + 1}")

    def keyed(self, text: str) -> str:
        """A hash that only the holder of the key can make: HMAC-SHA256 in hexadecimal digits."""
        return self._digest("hash", text).hex()

    def shift_of(self, encounter: Encounter) -> timedelta:
        """How much earlier the dates of a patient are shown: 31 to 395 days."""
        owner = encounter.patient_id or encounter.account_id or encounter.encounter_id
        number = int.from_bytes(self._digest("shift", owner)[:16])
        return timedelta(days=_FEWEST_DAYS + number % _DAYS)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\x1f{text}".encode(), hashlib.sha256)

    # -- records -----------------------------------------------------------------------------------

    def encounter(self, encounter: Encounter) -> Encounter:
        """The encounter masked; the public tables still judge it by its true dates."""
        shift = self.shift_of(encounter)
        masked = _Encounter(self, encounter, shift).fact(encounter)
        return replace(masked, tables=replace(encounter.tables, moved=-shift))

    def policy(self, policy: Policy) -> Policy:
        """The choices as they are, under a name that comes with the program."""
        known = {Policy().name, *published_views()}
        return policy if policy.name in known else replace(policy, name="the hospital's own")

    def subject(self, subject: Subject, encounter: Encounter) -> Subject:
        """One fact of an encounter masked."""
        return _Encounter(self, encounter, self.shift_of(encounter)).fact(subject)

    def ledger(self, ledger: Ledger) -> Ledger:
        """The counts and places; what quotes the files is left out."""
        for sheet in ledger.sheets:
            self.place(sheet.file, sheet.sheet)
        told = len(ledger.problems)
        notes = f"{counted(told, 'note')} on the files {'quotes' if told == 1 else 'quote'} them: "
        return Ledger(
            sheets=tuple(map(self._counts, ledger.sheets)),
            rows=tuple(map(self._row, ledger.rows)),
            problems=(f"{notes}{LEFT_OUT}.",) if told else (),
            orphans=tuple(
                replace(
                    orphan,
                    encounter_id=self.name("E", orphan.encounter_id),
                    cell=self.address(orphan.cell),
                )
                for orphan in ledger.orphans
            ),
            joined=ledger.joined,
        )

    def place(self, file: str, sheet: str | None) -> tuple[str, str | None]:
        """File and sheet by their numbers."""
        return self.file(file), None if sheet is None else self.tab(file, sheet)

    def address(self, cell: str) -> str:
        """The address of a cell or row with file and sheet by their numbers."""
        for (file, sheet), tab in self._tabs.items():
            if cell.startswith(f"{file} · {sheet} · "):
                return _at(f"{self.file(file)} · {tab}", cell, f"{file} · {sheet} · ")
        for file, number in self._files.items():
            if cell.startswith(f"{file} · "):
                return _at(number, cell, f"{file} · ")
        return words.NOT_SHOWN

    def source(self, source: Source) -> Source:
        """The row with its sheet masked; its number stays, by which the hospital finds it."""
        return Source(self._sheet(source.sheet), source.row, source.moved)

    def formulary(self, formulary: Formulary) -> Formulary:
        """The pharmacy's rows under the names that the drugs are shown by."""
        if id(formulary) not in self._formularies:
            masking = _Encounter(self, Encounter(""), timedelta())
            made = Formulary(masking.fact(product) for product in formulary.products)
            self._formularies[id(formulary)] = formulary, made
        return self._formularies[id(formulary)][1]

    def drug(self, identity: str) -> str:
        """A drug by its generic name, or a pseudonym where the shipped table has no such drug."""
        if all(part in drugs() for part in identity.split(" + ")):
            return identity
        letters = self.name("drug", identity).rpartition("-")[2].translate(_NO_DIGITS)
        return unknown_key(f"unlisted {letters}")

    def _sheet(self, sheet: Sheet) -> Sheet:
        if id(sheet) not in self._sheets:
            file, tab = self.place(sheet.file, sheet.sheet)
            self._sheets[id(sheet)] = sheet, replace(sheet, file=file, sheet=tab)
        return self._sheets[id(sheet)][1]

    def _counts(self, sheet: LedgerSheet) -> LedgerSheet:
        """A sheet's counts; its headers are shown by the fields that they state."""
        file, tab = self.place(sheet.file, sheet.sheet)
        stated = {field: field for field in sheet.columns.values()}
        return replace(sheet, file=file, sheet=tab, columns=stated)

    def _row(self, row: LedgerRow) -> LedgerRow:
        file, tab = self.place(row.file, row.sheet)
        return LedgerRow(
            *(file, tab, row.row, row.column, None, row.disposition),
            reason=f"the reason is {LEFT_OUT}",
            remedy=f"the remedy is {LEFT_OUT}",
        )


class _Encounter:
    """The facts of one encounter, masked field by field."""

    def __init__(self, mask: Mask, encounter: Encounter, shift: timedelta) -> None:
        self.mask = mask
        self.shift = shift
        self.clock = _clock_of(encounter)
        self.lines = {record.access_id for record in encounter.access_sites}

    def fact(self, fact: _Fact) -> _Fact:
        """A fact with every field masked; KeyError for a field that nobody has classed."""
        classed = _FIELDS[type(fact)]
        changed = {}
        for field in fields(fact):  # type: ignore[arg-type]
            value = getattr(fact, field.name)
            masked = classed[field.name]
            if masked is not None and value is not None:
                changed[field.name] = masked(self, value)
        return replace(fact, **changed)  # type: ignore[type-var]

    def time(self, at: datetime) -> datetime:
        """The time on the encounter's one clock, earlier; UTC stands for no zone at all."""
        at = at.astimezone(self.clock) if at.tzinfo else at
        return datetime.combine(self.day(at.date()), at.time(), UTC)

    def on_the_wall(self, at: datetime) -> datetime:
        """The time of another encounter, which has a clock of its own."""
        return datetime.combine(self.day(at.date()), at.time(), UTC)

    def day(self, on: date) -> date:
        """The date, earlier; nothing is earlier than the calendar."""
        return on - self.shift if on.toordinal() > _FEWEST_DAYS + _DAYS else date.min

    def line(self, text: str) -> str:
        """The line that was used, by its record, or the site that it names."""
        return self.mask.name("LN", text) if text in self.lines else self.site(text)

    def site(self, text: str) -> str:
        """The place in words, a plain label, or a pseudonym."""
        if place := words.place(text):
            return place
        if words.stays(text, "label"):
            return text
        spelled = " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("'", "")))
        return self.mask.name("SITE", spelled) if spelled else words.NOT_SHOWN

    def listed(self, name: str, kind: str, text: str) -> str:
        """The text where every word of it is listed, else a pseudonym."""
        return text if words.stays(text, name) else self.mask.name(kind, text)

    def department(self, text: str) -> str:
        """The words that may stay, with a pseudonym where others do not."""
        if words.stays(text, "department"):
            return text
        return " ".join((*words.staying(text, "department"), self.mask.name("U", text)))

    def code(self, kind: str, text: str) -> str:
        """The text where it has the form of its code, else a pseudonym."""
        return text if _CODES[kind].fullmatch(text) else self.mask.name("X", text)


def _clock_of(encounter: Encounter) -> timezone:
    """The one offset by which an encounter's times are shown, its own where the clock stays.

    Where the clocks change within the encounter, elapsed time is kept and the wall is not: the
    first offset under which every time keeps its date, else that of the encounter's begin.
    """
    times = list(_times(encounter))
    begin = [at for at in (encounter.window_start,) if at is not None]
    offsets = dict.fromkeys(at.utcoffset() for at in (*begin, *times))
    zones = [timezone(offset) for offset in offsets if offset is not None] or [UTC]
    return next((zone for zone in zones if all(_keeps(at, zone) for at in times)), zones[0])


def _keeps(at: datetime, zone: timezone) -> bool:
    return at.tzinfo is None or at.astimezone(zone).date() == at.date()


def _times(value: object) -> Iterator[datetime]:
    """Every time in a fact and what it holds, other encounters left out."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _times(part)
    elif is_dataclass(value) and type(value) in _TIMED:
        for field in fields(value):
            yield from _times(getattr(value, field.name))


def _at(place: str, cell: str, start: str) -> str:
    tail = cell.removeprefix(start)
    return f"{place} · {tail}" if _TAIL.fullmatch(tail) else place


# -- what becomes of each field --------------------------------------------------------------------

_Masked = Callable[[_Encounter, Any], Any] | None
_TIMED = (Encounter, Administration, Segment, Order, AccessSite)
_NO_DIGITS = str.maketrans("234567", "bcdfgh")

KEPT: _Masked = None
"""A number, a yes or no, a word of the program's own."""


def _named(kind: str) -> _Masked:
    return lambda self, text: self.mask.name(kind, text)


def _in_list(name: str, kind: str) -> _Masked:
    return lambda self, text: self.listed(name, kind, text)


def _coded(kind: str) -> _Masked:
    return lambda self, text: self.code(kind, text)


def _all_coded(kind: str) -> _Masked:
    return lambda self, codes: tuple(self.code(kind, text) for text in codes)


def _read(reading: Callable[[str], str]) -> _Masked:
    return lambda self, text: reading(text)


def _facts(self: _Encounter, facts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map(self.fact, facts))


def _source(self: _Encounter, source: Source) -> Source:
    return self.mask.source(source)


def _sources(self: _Encounter, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    return tuple(map(self.mask.source, sources))


def _elsewhere(
    self: _Encounter, stated: tuple[tuple[str, Source | None], ...]
) -> tuple[tuple[str, Source | None], ...]:
    return tuple((name, source and self.mask.source(source)) for name, source in stated)


def _rates(self: _Encounter, rates: tuple[tuple[datetime, Any], ...]) -> tuple[Any, ...]:
    return tuple((self.time(at), rate) for at, rate in rates)


_ENCOUNTER_ID, _ORDER_ID, _LINE_ID = _named("E"), _named("O"), _named("LN")
_PERSON, _TIME, _DAY = _named("S"), _Encounter.time, _Encounter.day
_DRUG: _Masked = lambda self, identity: self.mask.drug(identity)  # noqa: E731
_CHARTED: _Masked = lambda self, name: self.mask.drug(normalise(name))  # noqa: E731
_NDC_CODE: _Masked = lambda self, text: (  # noqa: E731
    text if _NDC.fullmatch(text) else self.mask.name("X", text)
)
_DEPARTMENT, _UNIT, _REASON = (
    *(_Encounter.department, _in_list("unit", "UNIT")),
    _read(words.reason),
)

_FIELDS: Mapping[type, Mapping[str, _Masked]] = {
    Segment: {"start": _TIME, "stop": _TIME, "stop_evidence": KEPT, "rates": _rates},
    Dose: {
        **{"drug": _DRUG, "amount": KEPT, "unit": _UNIT, "wasted": KEPT, "wasted_unit": _UNIT},
        **{"ndc": _NDC_CODE, "source": _source, "waste_source": _source},
    },
    Product: {
        **{"drug": _DRUG, "hcpcs": _coded("hcpcs"), "amount": KEPT, "unit": _UNIT},
        **{"single_dose": KEPT, "contents": KEPT, "contents_unit": _UNIT, "source": _source},
    },
    Administration: {
        "administration_id": _named("M"),
        "drug": _DRUG,
        "drugs": lambda self, names: tuple(self.mask.drug(normalise(name)) for name in names),
        **dict.fromkeys(("drug_class", "route", "method"), KEPT),
        "segments": _facts,
        "order_id": _ORDER_ID,
        "dose": KEPT,
        "dose_unit": _UNIT,
        "doses": _facts,
        "volume": KEPT,
        "site": _Encounter.site,
        "line": _Encounter.line,
        "bag_id": _named("B"),
        "reason": _REASON,
        "department": _DEPARTMENT,
        "staff": _PERSON,
        "credential": _in_list("credential", "X"),
        "comments": _REASON,
        "saved_at": _TIME,
        **dict.fromkeys(("began_elsewhere", "complexity_documented", "extra_pump_setup"), KEPT),
        "sources": _sources,
        "elsewhere": _elsewhere,
    },
    ClaimLine: {
        "claim_id": _named("C"),
        "line_number": lambda self, text: (
            text if _LINE_NUMBER.fullmatch(text) else self.mask.name("N", text)
        ),
        "hcpcs": _coded("hcpcs"),
        "modifiers": _all_coded("modifier"),
        "units": KEPT,
        "service_date": _DAY,
        "revenue_code": _coded("revenue"),
        "charge": KEPT,
        "payer": _in_list("payer", "Y"),
        "bill_type": _coded("bill"),
        "paid_amount": KEPT,
        "paid_date": _DAY,
        "diagnosis_codes": _all_coded("diagnosis"),
        "condition_codes": _all_coded("condition"),
        "department": _DEPARTMENT,
        "coder": _PERSON,
        "ndc": _NDC_CODE,
        "order_id": _ORDER_ID,
        "source": _source,
    },
    Order: {
        "order_id": _ORDER_ID,
        "drug": _CHARTED,
        "ordered_at": _TIME,
        "provider": _PERSON,
        "authenticated_at": _TIME,
        "basis": _read(words.basis),
        "indication": _read(words.indication),
        "route": _in_list("route", "X"),
        "rate": _read(lambda text: words.NOT_SHOWN),
        "volume": KEPT,
        "duration": KEPT,
        "mode": _read(words.mode),
        "source": _source,
    },
    AccessSite: {
        "access_id": _LINE_ID,
        "description": _read(words.description),
        "site": _Encounter.site,
        "placed_at": _TIME,
        "removed_at": _TIME,
        "placed_by": _PERSON,
        "reason": _REASON,
        "source": _source,
    },
    RejectedRow: {
        "kind": KEPT,
        "cell": lambda self, cell: self.mask.address(cell),
        "order_id": _ORDER_ID,
        "drug": _DRUG,
        "may_state": KEPT,
    },
    OtherEncounter: {
        "encounter_id": _ENCOUNTER_ID,
        "arrived_at": _Encounter.on_the_wall,
        "discharged_at": _Encounter.on_the_wall,
        "gave_drugs": KEPT,
        "has_claim": KEPT,
    },
    Encounter: {
        "encounter_id": _ENCOUNTER_ID,
        **dict.fromkeys(
            ("claim_lines", "administrations", "orders", "access_sites", "other_encounters"), _facts
        ),
        "account_id": _named("A"),
        "patient_id": _named("P"),
        "facility": _named("F"),
        "mac": _in_list("contractor", "X"),
        **dict.fromkeys(
            ("arrived_at", "registered_at", "ed_departed_at", "observation_start"), _TIME
        ),
        "arrival_mode": _read(words.arrival),
        **dict.fromkeys(("observation_end", "inpatient_at", "discharged_at"), _TIME),
        "rejected": _facts,
        "supplied": KEPT,
        "source": _source,
        "elsewhere": _elsewhere,
        "formulary": lambda self, formulary: self.mask.formulary(formulary),
        "tables": KEPT,
    },
}
