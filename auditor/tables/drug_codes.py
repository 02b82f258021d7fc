"""HCPCS codes and billing units of the listed drugs, from the CMS ASP NDC-HCPCS crosswalk.

Run once a quarter on the crosswalk that CMS publishes::

    python -m auditor.tables.drug_codes CROSSWALK.csv

It rewrites ``drug_codes.toml`` beside this file and prints the codes that it could not place.
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
_HEADINGS = ("Short Description", "Drug Name", "HCPCS dosage")

Unit = tuple[Decimal, str] | None
Codes = dict[str, dict[str, Unit]]


class Quarter(NamedTuple):
    """The dates between which a crosswalk holds, both included."""

    first: date
    last: date


class CrosswalkError(Exception):
    """The file is not a CMS NDC-HCPCS crosswalk; the text says what is missing."""


def codes_of(path: Path) -> tuple[Quarter, Codes, list[str]]:
    """The quarter, the billing unit of each code by drug, and the codes of no listed drug.

    A row counts where its drug name and its short description do not name two different drugs;
    CMS has rows that do.
    """
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.reader(file))
    at = next((n for n, row in enumerate(rows) if set(_HEADINGS) <= set(row)), None)
    if at is None:
        raise CrosswalkError(f"{path.name} has no row headed {', '.join(_HEADINGS)}")
    quarter = _quarter(path, rows[:at])
    described, named, dosage = (rows[at].index(heading) for heading in _HEADINGS)
    placed: Codes = {}
    seen: set[str] = set()
    for row in rows[at + 1 :]:
        if len(row) < len(rows[at]) or _is_other_route(row[0], row[named], row[described]):
            continue
        code = row[0].strip()
        seen.add(code)
        identified = map(identify, (row[named], row[described]))
        drug = agreed([one for one in identified if one is not None])
        if drug is not None:
            units = placed.setdefault(drug.name, {})
            if units.get(code) in (None, _EACH):  # a measured unit says more
                units[code] = billing_unit(row[dosage])
    unplaced = seen.difference(*placed.values())
    return quarter, {name: placed[name] for name in sorted(placed)}, sorted(unplaced)


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
    if days is None:
        raise CrosswalkError(f"{path.name} does not say for which quarter it is effective")
    first, last = (datetime.strptime(day, "%B %d, %Y").date() for day in days.groups())
    return Quarter(first, last)


def _lines(file: str, quarter: Quarter, codes: Codes) -> Iterator[str]:
    yield "# Made by python -m auditor.tables.drug_codes; not to be edited."
    yield "# Each drug: its HCPCS codes, and how much of what one billing unit of each is."
    yield f'source = "CMS ASP NDC-HCPCS crosswalk, {file}"'
    yield f"effective_from = {quarter.first}"
    yield f"effective_to = {quarter.last}"
    yield ""
    yield "[codes]"
    for name, units in codes.items():
        entries = ((code, *map(str, units[code] or ())) for code in sorted(units))
        rows = ", ".join(f"[{', '.join(map(_quoted, entry))}]" for entry in entries)
        yield f"{_quoted(name)} = [{rows}]"


def _quoted(text: str) -> str:
    return f'"{text}"'


def main(arguments: list[str]) -> int:
    """Write the table from the crosswalk named by the one argument."""
    if len(arguments) != 1:
        print("usage: python -m auditor.tables.drug_codes CROSSWALK.csv", file=sys.stderr)
        return 2
    path = Path(arguments[0])
    try:
        quarter, codes, unplaced = codes_of(path)
    except (OSError, CrosswalkError) as error:
        print(error, file=sys.stderr)
        return 2
    _TARGET.write_text("\n".join(_lines(path.name, quarter, codes)) + "\n", encoding="utf-8")
    count = sum(map(len, codes.values()))
    print(f"{count} codes of {len(codes)} drugs; codes of no listed drug: {' '.join(unplaced)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
