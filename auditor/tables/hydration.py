"""What supports the need of hydration: diagnoses by group, and indications that show none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class DiagnosisGroup:
    """A group of diagnoses; a weak one supports only beside another sign of depletion."""

    name: str
    codes: tuple[str, ...]
    is_weak: bool


@cache
def diagnosis_groups() -> tuple[DiagnosisGroup, ...]:
    """Every group, in the order of the file."""
    return tuple(
        DiagnosisGroup(name, tuple(entry["codes"]), entry["strength"] == "weak")
        for name, entry in _table()["groups"].items()
    )


def supporting(diagnoses: Iterable[str]) -> tuple[DiagnosisGroup, ...]:
    """The groups to which some of the diagnosis codes belong, dots or none."""
    codes = tuple(code.replace(".", "").upper() for code in diagnoses)
    return tuple(group for group in diagnosis_groups() if _has_one(group, codes))


def shows_need(indication: str | None) -> bool:
    """Whether an indication says more than that a fluid was routine, or no depletion was found."""
    words = _table()["no_need"]
    told = _denied_signs().sub(" ", (indication or "").casefold())
    left = _phrases(words["words"]).sub(" ", told)
    if left != (indication or "").casefold():
        left = _phrases(words["filling"]).sub(" ", left)
    return any(map(str.isalpha, left))


def no_individual_basis(basis: str | None) -> str | None:
    """What an order's basis is called where it is no order for this patient, else ``None``."""
    words = words_of_no_basis(basis)
    return None if words is None else str(_table()["no_basis"][words])


def words_of_no_basis(basis: str | None) -> str | None:
    """The phrase by which an order's basis is no order for this patient, else ``None``."""
    said = (basis or "").casefold()
    found = _phrases(_table()["no_basis"]).search(said)
    if found is None or _phrases(_table()["basis_untold"]["words"]).search(said):
        return None
    return found.group()


def words_of_no_need(indication: str | None) -> str:
    """The phrases of an indication by which a fluid was routine."""
    words = _phrases(_table()["no_need"]["words"])
    return "; ".join(words.findall((indication or "").casefold()))


def _has_one(group: DiagnosisGroup, codes: tuple[str, ...]) -> bool:
    return any(code.startswith(group.codes) for code in codes)


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    """One of the phrases as whole words, the longest first."""
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return _pattern("|".join(map(re.escape, longest_first)))


@cache
def _pattern(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


@cache
def _denied_signs() -> re.Pattern[str]:
    """A denial with its signs: "no evidence of dehydration or vomiting"."""
    sign = f"(?:{'|'.join(_table()['no_need']['signs'])})"
    before = r"(?:(?:any|clinical|acute|signs?|symptoms?|s/s|evidence|and|or|of|for)\s+)*"
    denial = r"(?:no|not|denies|without|negative|absence)"
    return _pattern(rf"{denial}\s+{before}{sign}(?:\s+n?or\s+{before}{sign})*")


@cache
def _table() -> dict[str, Any]:
    text = files("auditor.tables").joinpath("hydration.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
