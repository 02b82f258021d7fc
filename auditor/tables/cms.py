"""The tables as CMS lays them out: found under their preamble, read row by row, nothing guessed.

Two layouts of a re-publisher of the NCCI files are read as well; they are told by their headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from auditor.tables.drug_codes import billing_unit
from auditor.tables.published import (
    AspLimit,
    Kind,
    NdcCode,
    OppsRate,
    PairEdit,
    Row,
    Scope,
    UnitsEdit,
    eleven_digits,
)
from auditor.tables.quarter import Quarter, quarters_stated

Cell = str | None
_SEARCHED = 100  # rows within which the header stands

_CODE = re.compile(r"[A-Z]\d{4}|\d{4}[A-Z0-9]")
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:\.0| 00:00:00)?")
_AMOUNT = re.compile(r"\$?(\d{1,3}(?:,\d{3})+|\d*)(\.\d+)?")
_WHOLE = re.compile(r"(\d+)(?:\.0+)?")
# ÿ is the no-break space of old code pages, as latin-1 reads it.
_SPACES = re.compile(r"[\s\u00a0ÿ\ufeff]+")
_BLANK = frozenset({"", ".", "n/a"})
_NO_END = frozenset({"*", "9999-12-31"})  # how CMS and the re-publisher write that an edit stands
_OUTPATIENT = "Outpatient Hospital"


class TableError(Exception):
    """A file is none of the tables, or not one that can be used; the text is one sentence."""


class _Unread(Exception):
    """A row cannot be read; the text completes "left out: …"."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One file read: ``left_out`` rows are not among ``rows``, and ``notes`` say why in words."""

    kind: Kind
    quarter: Quarter
    scope: Scope
    file: str
    rows: Sequence[Row]
    left_out: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one publication is told: each field by the squeezed heading of its column."""

    kind: Kind
    headings: Mapping[str, str]
    read: Callable[[Mapping[str, Cell]], Row]
    scope: Scope = Scope.WHOLE


def read_publication(
    name: str, rows: Sequence[Sequence[Cell]], said: Quarter | None = None
) -> Publication:
    """The table in the rows of one sheet of the file ``name``.

    TableError where there is none, its quarter is neither stated nor ``said``, the two differ, or
    a code stands in it twice.
    """
    found = _find(name, rows)
    if found is None:
        known = ", ".join(kind.words for kind in Kind)
        raise TableError(f"{name}: has no header of a table that is read here ({known}).")
    layout, header, columns = found
    if layout.kind is Kind.PTP and "ccipra" in name.lower():
        raise TableError(f"{name}: is the PTP table of practitioners, not of outpatient hospitals.")
    preamble = " ".join(cell for row in rows[:header] for cell in row if cell)
    quarter = _quarter(name, preamble, said)
    read: list[Row] = []
    left_out: Counter[str] = Counter()
    first: dict[str, int] = {}
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = {field: _clean(row[column]) for field, column in columns.items()}
        runs_on = not read and next(iter(cells.values())) is None  # the header, over several rows
        if runs_on or not any(cells.values()):
            continue
        try:
            read.append(layout.read(cells))
        except _Unread as reason:
            left_out[str(reason)] += 1
            first.setdefault(str(reason), number)
    if not read:
        raise TableError(f"{name}: has a header of {layout.kind.words}, but no row can be read.")
    _refuse_repeats(name, layout.kind, read)
    notes = [
        f"{_rows(count)} left out, the first in row {first[reason]}: {reason}."
        for reason, count in left_out.items()
    ]
    odd = sum(isinstance(row, AspLimit | NdcCode) and row.amount is None for row in read)
    if odd:
        notes.append(
            f"{_rows(odd)} in odd units: kept as written, but the billing unit is no amount of "
            "one substance and is not computed with."
        )
    return Publication(
        layout.kind, quarter, layout.scope, name, read, left_out.total(), tuple(notes)
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _find(
    name: str, rows: Sequence[Sequence[Cell]]
) -> tuple[_Layout, int, Mapping[str, int]] | None:
    """The layout of the first row whose cells are all its headings, and their columns."""
    for number, row in enumerate(rows[:_SEARCHED]):
        squeezed = [re.sub(r"[^a-z0-9]", "", (cell or "").lower()) for cell in row]
        other = next((h for h in squeezed if re.fullmatch(r"(?!outpatient).+muevalues?", h)), None)
        if other is not None:
            raise TableError(f"{name}: is another MUE table, not that of outpatient hospitals.")
        for layout in _LAYOUTS:
            columns = {
                field: next((n for n, h in enumerate(squeezed) if re.fullmatch(heading, h)), -1)
                for field, heading in layout.headings.items()
            }
            if -1 not in columns.values():
                return layout, number, columns
    return None


def _quarter(name: str, preamble: str, said: Quarter | None) -> Quarter:
    stated = quarters_stated(name, preamble)
    if said is None and len(stated) == 1:
        return stated[0]
    if said is None:
        how = "names more than one quarter" if stated else "does not say for which quarter it is"
        raise TableError(f"{name}: {how}; say it, as in --quarter 2026Q1.")
    if stated and said not in stated:
        raise TableError(f"{name}: says that it is for {stated[0]}, not for {said}.")
    return said


def _refuse_repeats(name: str, kind: Kind, rows: Sequence[Row]) -> None:
    """One row a code, but for pairs and packages."""
    seen: set[str] = set()
    for row in rows:
        if isinstance(row, UnitsEdit | OppsRate | AspLimit):
            if row.code in seen:
                raise TableError(f"{name}: states {row.code} twice in one {kind.words}.")
            seen.add(row.code)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


def _pair(cells: Mapping[str, Cell]) -> PairEdit:
    if "effective" in cells and cells["effective"] is None:
        raise _Unread("there is no effective date")
    return PairEdit(
        column1=_code(cells["column1"]),
        column2=_code(cells["column2"]),
        modifier_indicator=_one_of((0, 1, 9), cells["modifier"], "modifier indicator"),
        effective=_day(cells.get("effective"), "effective date"),
        deleted=_day(cells["deletion"], "deletion date"),
        rationale=cells["rationale"],
    )


def _units_edit(cells: Mapping[str, Cell]) -> UnitsEdit:
    if cells.get("service", _OUTPATIENT) != _OUTPATIENT:
        raise _Unread("it is not for outpatient hospitals")
    units = _WHOLE.fullmatch(cells["units"] or "")
    if units is None:
        raise _Unread("the MUE value is no whole number")
    indicator = (cells["indicator"] or "").partition(" ")[0]
    return UnitsEdit(
        code=_code(cells["code"]),
        units=int(units[1]),
        indicator=_one_of((1, 2, 3), indicator, "adjudication indicator"),
        rationale=cells["rationale"],
    )


def _rate(cells: Mapping[str, Cell]) -> OppsRate:
    code = _code(cells["code"])
    if cells["status"] is None:
        raise _Unread("there is no status indicator")
    return OppsRate(
        code=code,
        status=cells["status"],
        apc=cells["apc"],
        relative_weight=_amount(cells["weight"], "relative weight"),
        payment_rate=_amount(cells["payment"], "payment rate"),
        copayment=_amount(cells["copayment"], "copayment"),
        minimum_copayment=_amount(cells["minimum"], "minimum copayment"),
    )


def _limit(cells: Mapping[str, Cell]) -> AspLimit:
    amount, unit = billing_unit(cells["dosage"] or "") or (None, None)
    return AspLimit(
        code=_code(cells["code"]),
        dosage=cells["dosage"],
        amount=amount,
        unit=unit,
        payment_limit=_amount(cells["limit"], "payment limit"),
    )


def _package(cells: Mapping[str, Cell]) -> NdcCode:
    code = _code(cells["code"])
    ndc = eleven_digits(cells["ndc"])
    if ndc is None:
        raise _Unread("the NDC has not eleven digits")
    amount, unit = billing_unit(cells["dosage"] or "") or (None, None)
    return NdcCode(
        ndc=ndc,
        code=code,
        dosage=cells["dosage"],
        amount=amount,
        unit=unit,
        package_size=_amount(cells["size"], "package size"),
        package_quantity=_amount(cells["quantity"], "package quantity"),
        billing_units=_amount(cells["units"], "number of billing units"),
        billing_units_package=_amount(cells["units_package"], "number of billing units"),
    )


_LAYOUTS = (
    _Layout(
        Kind.PTP,
        {
            "column1": "column1",
            "column2": "column2",
            "effective": "effective.*",
            "deletion": "deletion.*",
            "modifier": "modifier.*",
            "rationale": ".*rationale",
        },
        _pair,
    ),
    _Layout(
        Kind.PTP,
        {
            "column1": "column1",
            "column2": "column2",
            "modifier": "modifierindicator",
            "deletion": "deletiondate",
            "rationale": "rationale",
        },
        _pair,
        Scope.ADMINISTRATION_PAIRS,  # as no other extract of it is known
    ),
    _Layout(
        Kind.MUE,
        {
            "code": "(hcpcs)?(cpt)?code",
            "units": "outpatienthospitalservicesmuevalues?",
            "indicator": "mueadjudicationindicator",
            "rationale": "muerationale",
        },
        _units_edit,
    ),
    _Layout(
        Kind.MUE,
        {
            "code": "hcpcscode",
            "units": "mueunits",
            "indicator": "muemai",
            "rationale": "muerationale",
            "service": "mueservice",
        },
        _units_edit,
    ),
    _Layout(
        Kind.ADDENDUM_B,
        {
            "code": "hcpcscode",
            "status": "si|statusindicator",
            "apc": "apc",
            "weight": "relativeweight",
            "payment": "paymentrate",
            "copayment": "nationalunadjustedcopayment",
            "minimum": "minimumunadjustedcopayment",
        },
        _rate,
    ),
    _Layout(
        Kind.ASP,
        {"code": "hcpcscode", "dosage": "hcpcscodedosage", "limit": "paymentlimit"},
        _limit,
    ),
    _Layout(
        Kind.NDC,
        {
            "code": r"(20\d\d|hcpcs)code",
            "ndc": "ndc2?",
            "dosage": "hcpcsdosage",
            "size": "pkgsize",
            "quantity": "pkgqty",
            "units": "billunits",
            "units_package": "billunitspkg",
        },
        _package,
    ),
)


# ── cells ─────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=65_536)  # most cells of two million rows repeat
def _clean(cell: Cell) -> Cell:
    text = _SPACES.sub(" ", cell or "").strip()
    return None if text.lower() in _BLANK else text


@lru_cache(maxsize=65_536)
def _code(text: Cell) -> str:
    code = (text or "").upper()
    if not _CODE.fullmatch(code):
        raise _Unread("there is no five-character code")
    return code


@lru_cache(maxsize=4096)
def _one_of(choices: tuple[int, ...], text: Cell, what: str) -> int:
    found = _WHOLE.fullmatch(text or "")
    if found is None or int(found[1]) not in choices:
        raise _Unread(f"the {what} is none of {', '.join(map(str, choices))}")
    return int(found[1])


def _amount(text: Cell, what: str) -> Decimal | None:
    if text is None:
        return None
    found = _AMOUNT.fullmatch(text.replace(" ", ""))
    if found is None or not any(found.groups()):
        raise _Unread(f"the {what} is no amount")
    return Decimal(found[1].replace(",", "") + (found[2] or ""))


@lru_cache(maxsize=4096)
def _day(text: Cell, what: str) -> date | None:
    if text is None or text in _NO_END:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # a thirteenth month
        pass
    raise _Unread(f"the {what} is no date")
