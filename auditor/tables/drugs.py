"""Which drug a charted name is, and what that drug is for the choice of administration codes."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.record import DrugClass
from auditor.tables.names import filed_key, keys, split_asides, unknown_key

# Which class speaks for a bag with several drugs.
_RANK = (
    DrugClass.ANTINEOPLASTIC,
    DrugClass.HORMONAL,
    DrugClass.UNCLASSIFIED,
    DrugClass.BIOLOGIC,
    DrugClass.BLOOD,
    DrugClass.THERAPEUTIC,
    DrugClass.CONTRAST,
    DrugClass.VACCINE,
    DrugClass.NOT_REPORTABLE,
    DrugClass.HYDRATION,
    DrugClass.CARRIER,
)
# A fluid names what a drug is mixed in.
_CARRIED = (DrugClass.HYDRATION, DrugClass.CARRIER)


@dataclass(frozen=True, slots=True)
class DrugCode:
    """A HCPCS code of a drug; one billing unit is ``amount`` of ``unit``.

    Both are ``None`` where CMS counts in something that is no dose of one substance, such as days
    of therapy or two substances of a mixture, or where its file does not state the dose.
    ``source`` is the file, with its dates.
    """

    hcpcs: str
    amount: Decimal | None = None
    unit: str | None = None
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug or fluid by its generic name, which is its identity.

    ``aliases`` are brands and charted abbreviations; ``because`` and ``source`` say what its class
    rests on, as of ``as_of``.  ``codes`` are those of the CMS files in ``drug_codes.toml``: none
    where they have none.
    """

    name: str
    drug_class: DrugClass
    aliases: tuple[str, ...]
    because: str
    source: str
    as_of: date
    codes: tuple[DrugCode, ...]


@cache
def normalise(name: str) -> str:
    """The identity of a charted name: the generic name of a known drug, else the cleaned name.

    Two names are the same drug exactly where this is equal.
    """
    drug = identify(name)
    if drug is not None:
        return drug.name
    joined = sorted({d.name for _, d in _joined(name) if d.drug_class not in _CARRIED})
    return " + ".join(joined) or unknown_key(name)


def classify(name: str, formulary: Mapping[str, DrugClass]) -> tuple[str, DrugClass]:
    """Identity and class of a charted name.

    ``formulary`` is the user's own, its keys made with :func:`normalise`; it wins over the shipped
    table.  A name that neither knows is unclassified.
    """
    named = drugs_named(name, formulary)
    if len(named) > 1:
        return classify_together(named, formulary)
    identity = normalise(name)
    drug = identify(name)
    shipped = drug.drug_class if drug is not None else DrugClass.UNCLASSIFIED
    return identity, formulary.get(identity, shipped)


def classify_together(
    names: Iterable[str], formulary: Mapping[str, DrugClass]
) -> tuple[str, DrugClass]:
    """The identity and class of what is in one bag; a fluid beside a drug is its diluent."""
    found = sorted({classify(name, formulary) for name in names})
    drugs = [one for one in found if one[1] not in _CARRIED] or found
    return (
        " + ".join(name for name, _ in drugs),
        min((drug_class for _, drug_class in drugs), key=_RANK.index),
    )


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


def drugs_named(name: str, formulary: Mapping[str, DrugClass]) -> tuple[str, ...]:
    """The names in a charted name that joins known drugs by a plus, else the name itself.

    ``leucovorin + 5FU`` is two drugs, unless the formulary has it as one.
    """
    joined = () if normalise(name) in formulary else _joined(name)
    return tuple(part for part, _ in joined) or (name,)


@cache
def _joined(name: str) -> tuple[tuple[str, Drug], ...]:
    """The parts of a name that joins different known drugs, with their drugs; else nothing."""
    parts = [part for part in re.split(r"\s*[+&]\s*", name) if part.strip()]
    if len(parts) < 2 or identify(name) is not None:
        return ()
    known = [(part, drug) for part in parts if (drug := identify(part)) is not None]
    drugs = {drug.name for _, drug in known if drug.drug_class not in _CARRIED}
    return tuple(known) if len(known) == len(parts) and len(drugs) > 1 else ()


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
    codes: dict[str, tuple[DrugCode, ...]] = {}
    for source in _table("drug_codes.toml")["source"]:
        told = f"{source['name']}, {source['effective_from']} to {source['effective_to']}"
        for name, rows in source["codes"].items():
            codes[name] = (*codes.get(name, ()), *(_code(told, *row) for row in rows))
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
def classes_billed_by(hcpcs: str) -> frozenset[DrugClass]:
    """The classes of the shipped drugs that a code bills; none for a code that is no drug's."""
    return frozenset(
        drug.drug_class for drug in drugs().values() for code in drug.codes if code.hcpcs == hcpcs
    )


def _code(source: str, hcpcs: str, amount: str | None = None, unit: str | None = None) -> DrugCode:
    return DrugCode(hcpcs, None if amount is None else Decimal(amount), unit, source)


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
