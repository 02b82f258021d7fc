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
    """Whether an indication says more than that a fluid was routine."""
    told = " ".join(_words_of_no_need().sub(" ", (indication or "").casefold()).split())
    return any(map(str.isalpha, told))


def words_of_no_need(indication: str | None) -> str:
    """The phrases of an indication by which a fluid was routine."""
    return "; ".join(_words_of_no_need().findall((indication or "").casefold()))


def _has_one(group: DiagnosisGroup, codes: tuple[str, ...]) -> bool:
    return any(code.startswith(group.codes) for code in codes)


@cache
def _words_of_no_need() -> re.Pattern[str]:
    phrases = sorted(_table()["no_need"]["words"], key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)")


@cache
def _table() -> dict[str, Any]:
    text = files("auditor.tables").joinpath("hydration.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
