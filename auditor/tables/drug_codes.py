"""HCPCS codes and billing units of the listed drugs, from three files that CMS publishes.

Run once a quarter on the ASP NDC-HCPCS crosswalk, the ASP payment limits and OPPS Addendum B, in
this order of trust::

    python -m auditor.tables.drug_codes CROSSWALK.csv LIMITS.csv ADDENDUM_B.csv

It rewrites ``drug_codes.toml`` beside this file and prints the codes that it could not place.  A
code is a drug's where the names in the file are names of that drug, word for word once strength,
form and salt are left out; nothing is guessed.  Its billing unit is what the file states.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from auditor.tables.drugs import agreed, identify
from auditor.tables.quarter import quarters_stated

_TARGET = Path(__file__).with_name("drug_codes.toml")
# Not given by needle in a hospital: by mouth, inhaled, or for a pump that the patient owns.
_OTHER_ROUTE = re.compile(r"\b(?:oral|inh|inhalation|non-?comp|pump use)\b", re.IGNORECASE)
_DOSAGE = re.compile(
    r"(?:up to )?(?P<amount>[\d,]*\.?\d+) *(?:usp )?(?P<unit>[a-z.]+)(?: vwf:rco)?", re.IGNORECASE
)
_UNITS = {
    "mg": "mg", "gm": "g", "mcg": "mcg", "ml": "mL", "cc": "mL", "meq": "mEq", "each": "each",
    "unit": "units", "units": "units", "iu": "units", "i.u.": "units",
}  # fmt: skip
_EACH = (Decimal(1), "each")
_WORDED = {"per vial": _EACH, "per factor viii iu": (Decimal(1), "units")}
# A dose at the end of a short descriptor: "Inj pantoprazole sodium 40mg".
_STATED = re.compile(r"(?<![\d.,/])(\d[\d,]*(?:\.\d+)?|\.\d+) ?(mg|mcg|gm?|ml|cc|units?|iu|u|meq)$")
# Words of a short descriptor that name no drug and no form.
_BESIDES = re.compile(r"^hiv prep, *|\bpe$", re.IGNORECASE)
# Codes of drugs, fluids and blood products; no oral drug (J8, Q0161 to Q0181), device or test.
_DRUG_CODE = re.compile(r"J[0-79]\d{3}|Q01[0-5]\d|Q[2359]\d{3}|C9\d{3}|P90\d{2}")
_NO_LONGER = "D"  # the status of a code that Addendum B lists for its last time

Unit = tuple[Decimal, str] | None
Codes = dict[str, dict[str, Unit]]


class Layout(NamedTuple):
    """How a file is told by its headings, and in which of them it names the drug and the dose."""

    title: str
    code: str | None
    names: tuple[str, ...]
    dosage: str | None
    status: str | None


_CROSSWALK = Layout(
    "CMS ASP NDC-HCPCS crosswalk", None, ("Short Description", "Drug Name"), "HCPCS dosage", None
)
_LIMITS = Layout(
    "CMS ASP payment limits", "HCPCS Code", ("Short Description",), "HCPCS Code Dosage", None
)
_ADDENDUM_B = Layout("OPPS Addendum B", "HCPCS Code", ("Short Descriptor",), None, "SI")
LAYOUTS = (_CROSSWALK, _LIMITS, _ADDENDUM_B)


class Quarter(NamedTuple):
    """The dates between which a file holds, both included."""

    first: date
    last: date


class Source(NamedTuple):
    """One file as read: the codes of each drug, and those of no listed drug."""

    title: str
    file: str
    quarter: Quarter
    codes: Codes
    unplaced: list[str]


class CrosswalkError(Exception):
    """A file is not the one of CMS that was asked for; the text says what is missing."""


def codes_of(path: Path, layout: Layout = _CROSSWALK) -> Source:
    """The quarter, the billing unit of each code by drug, and the codes of no listed drug.

    A row counts where its names do not mean two different drugs; CMS has rows that do.
    """
    with path.open(encoding="latin-1", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    headings = {*layout.names, *filter(None, (layout.code, layout.dosage, layout.status))}
    at = next((n for n, row in enumerate(rows) if headings <= set(row)), None)
    if at is None:
        raise CrosswalkError(f"{path.name} has no row headed {', '.join(_in_order(layout))}")
    quarter = _quarter(path, rows[:at])
    place = {heading: rows[at].index(heading) for heading in headings}
    placed: Codes = {}
    seen: set[str] = set()
    for row in rows[at + 1 :]:
        if len(row) < max(place.values()) + 1:
            continue
        code = row[place[layout.code] if layout.code else 0]
        names = [row[place[name]] for name in layout.names]
        is_gone = layout.status is not None and row[place[layout.status]] == _NO_LONGER
        if is_gone or _is_other_route(code, *names):
            continue
        if layout is not _CROSSWALK and not _DRUG_CODE.fullmatch(code):
            continue
        seen.add(code)
        identified = map(identify, (_BESIDES.sub("", name) for name in names))
        drug = agreed([one for one in identified if one is not None])
        if drug is not None:
            units = placed.setdefault(drug.name, {})
            if units.get(code) in (None, _EACH):  # a measured unit says more
                dosage = row[place[layout.dosage]] if layout.dosage else _dose_in(names[0])
                units[code] = billing_unit(dosage)
    unplaced = seen.difference(*placed.values())
    return Source(
        layout.title,
        path.name,
        quarter,
        {name: placed[name] for name in sorted(placed)},
        sorted(unplaced),
    )


def together(sources: Iterable[Source]) -> list[Source]:
    """The sources with each code under the first that places it, and no code of two drugs."""
    told: dict[str, str] = {}
    joined: list[Source] = []
    for source in sources:
        codes: Codes = {}
        for drug, units in source.codes.items():
            for code, unit in units.items():
                if code not in told:
                    codes.setdefault(drug, {})[code] = unit
        told.update({code: drug for drug, units in codes.items() for code in units})
        joined.append(source._replace(codes=codes))
    return joined


def _in_order(layout: Layout) -> Iterator[str]:
    yield from filter(None, (layout.code, *layout.names, layout.dosage, layout.status))


def _dose_in(descriptor: str) -> str:
    """The dose that ends a short descriptor, or nothing; ``up to`` and two doses are none."""
    found = _STATED.search(descriptor.lower().rstrip(" ."))
    others = re.findall(r"\d ?(?:mg|mcg|g|gm|ml|units?|iu)\b", descriptor.lower())
    return f"{found[1]} {found[2]}" if found and len(others) == 1 else ""


def billing_unit(dosage: str) -> Unit:
    """Amount and unit of one billing unit: ``UP TO 5 MG`` is 5 mg.

    ``None`` for what is no dose of one substance, such as ``3 MG & 3 MG`` or days of therapy.
    """
    text = re.sub(r"\(.*\)", "", dosage).strip()
    if text.lower() in _WORDED:
        return _WORDED[text.lower()]
    match = _DOSAGE.fullmatch(text)
    unit = _UNITS.get(match["unit"].lower()) if match else None
    return (Decimal(match["amount"].replace(",", "")), unit) if match and unit else None


def _is_other_route(code: str, *names: str) -> bool:
    return code.startswith(("J76", "J8")) or any(map(_OTHER_ROUTE.search, names))


def _quarter(path: Path, preamble: Iterable[list[str]]) -> Quarter:
    text = " ".join(cell for row in preamble for cell in row)
    days = re.search(r"Effective (\w+ \d+, \d{4}) through (\w+ \d+, \d{4})", text)
    if days is not None:
        first, last = (datetime.strptime(day, "%B %d, %Y").date() for day in days.groups())
        return Quarter(first, last)
    stated = quarters_stated(path.stem, text)
    if len(stated) != 1:
        raise CrosswalkError(f"{path.name} does not say for which quarter it is effective")
    return Quarter(stated[0].first, stated[0].last)


def _lines(sources: Iterable[Source]) -> Iterator[str]:
    yield "# Made by python -m auditor.tables.drug_codes; not to be edited."
    yield "# Each drug: its HCPCS codes, and how much of what one billing unit of each is."
    for source in sources:
        yield ""
        yield "[[source]]"
        yield f'name = "{source.title}, {source.file}"'
        yield f"effective_from = {source.quarter.first}"
        yield f"effective_to = {source.quarter.last}"
        yield "[source.codes]"
        for name, units in source.codes.items():
            entries = ((code, *map(str, units[code] or ())) for code in sorted(units))
            rows = ", ".join(f"[{', '.join(map(_quoted, entry))}]" for entry in entries)
            yield f"{_quoted(name)} = [{rows}]"


def _quoted(text: str) -> str:
    return f'"{text}"'


def main(arguments: list[str]) -> int:
    """Write the table from the three files, named in the order of ``LAYOUTS``."""
    if len(arguments) != len(LAYOUTS):
        usage = "usage: python -m auditor.tables.drug_codes CROSSWALK.csv LIMITS.csv ADDENDUM_B.csv"
        print(usage, file=sys.stderr)
        return 2
    try:
        sources = together(
            codes_of(Path(name), layout) for name, layout in zip(arguments, LAYOUTS, strict=True)
        )
    except (OSError, CrosswalkError) as error:
        print(error, file=sys.stderr)
        return 2
    _TARGET.write_text("\n".join(_lines(sources)) + "\n", encoding="utf-8")
    for source in sources:
        count = sum(map(len, source.codes.values()))
        print(
            f"{source.title}: {count} codes of {len(source.codes)} drugs; codes of no listed drug: "
            f"{' '.join(source.unplaced)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
