"""Which drug a charted name is, and what that drug is for the choice of administration codes."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.record import DrugClass
from auditor.tables.names import filed_key, keys, split_asides, unknown_key


@dataclass(frozen=True, slots=True)
class DrugCode:
    """A HCPCS code of a drug; one billing unit is ``amount`` of ``unit``.

    Both are ``None`` where CMS counts in something that is no dose of one substance, such as days
    of therapy or two substances of a mixture.
    """

    hcpcs: str
    amount: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug or fluid by its generic name, which is its identity.

    ``aliases`` are brands and charted abbreviations; ``because`` and ``source`` say what its class
    rests on, as of ``as_of``.  ``codes`` are those of the CMS quarter in ``drug_codes.toml``: none
    where CMS lists none.
    """

    name: str
    drug_class: DrugClass
    aliases: tuple[str, ...]
    because: str
    source: str
    as_of: date
    codes: tuple[DrugCode, ...]


def normalise(name: str) -> str:
    """The identity of a charted name: the generic name of a known drug, else the cleaned name.

    Two names are the same drug exactly where this is equal.
    """
    drug = identify(name)
    return drug.name if drug is not None else unknown_key(name)


def classify(name: str, formulary: Mapping[str, DrugClass]) -> tuple[str, DrugClass]:
    """Identity and class of a charted name.

    ``formulary`` is the user's own, its keys made with :func:`normalise`; it wins over the shipped
    table.  A name that neither knows is unclassified.
    """
    identity = normalise(name)
    drug = identify(name)
    shipped = drug.drug_class if drug is not None else DrugClass.UNCLASSIFIED
    return identity, formulary.get(identity, shipped)


@cache
def identify(name: str) -> Drug | None:
    """The drug that a charted name names, or ``None``; a name that contradicts itself names none.

    A brand in parentheses may say more than the name before it, as in ``paclitaxel (Abraxane)``.
    """
    whole = _known(name)
    if whole is not None:
        return whole
    outer, asides = split_asides(name)
    main = _known(outer)
    named = [drug for drug in map(_known, asides) if drug is not None]
    if main is None:
        named = [drug for drug in named if drug.drug_class not in _CARRIED]
    else:
        named.append(main)
    return agreed(named)


# An aside that names only a fluid says what an unknown drug is mixed in.
_CARRIED = (DrugClass.HYDRATION, DrugClass.CARRIER)


def agreed(named: Sequence[Drug]) -> Drug | None:
    """The one drug that several names of it mean, the fullest; ``None`` where they contradict."""
    fullest = max(named, key=lambda drug: len(drug.name), default=None)
    if fullest is None or not all(fullest.name.startswith(drug.name) for drug in named):
        return None
    return fullest


def near_misses(name: str) -> tuple[str, ...]:
    """Known names that are spelled much like ``name``, to show to a person; never used to match."""
    return tuple(difflib.get_close_matches(unknown_key(name), _index(), n=3, cutoff=0.8))


@cache
def drugs() -> dict[str, Drug]:
    """Every drug of the shipped table by its generic name, in the order of the file."""
    codes = {
        name: tuple(_code(*row) for row in rows)
        for name, rows in _table("drug_codes.toml")["codes"].items()
    }
    return {
        name: Drug(
            name=name,
            drug_class=DrugClass(group["class"]),
            aliases=tuple(aliases),
            because=group["because"],
            source=group["source"],
            as_of=group["as_of"],
            codes=codes.get(name, ()),
        )
        for group in _table("drugs.toml")["group"]
        for name, aliases in group["drugs"].items()
    }


@cache
def drug_codes() -> dict[str, DrugCode]:
    """Every code of the shipped drugs by the code itself."""
    return {code.hcpcs: code for drug in drugs().values() for code in drug.codes}


@cache
def drug_codes_source() -> str:
    """From which file, of which quarter, the shipped codes are."""
    table = _table("drug_codes.toml")
    return f"{table['source']}, {table['effective_from']} to {table['effective_to']}"


def _code(hcpcs: str, amount: str | None = None, unit: str | None = None) -> DrugCode:
    return DrugCode(hcpcs, None if amount is None else Decimal(amount), unit)


def _known(name: str) -> Drug | None:
    index = _index()
    return next((index[key] for key in keys(name) if key in index), None)


@cache
def _index() -> dict[str, Drug]:
    return {
        filed_key(name): drug for drug in drugs().values() for name in (drug.name, *drug.aliases)
    }


def _table(file: str) -> dict[str, Any]:
    return tomllib.loads(files("auditor.tables").joinpath(file).read_text(encoding="utf-8"))
