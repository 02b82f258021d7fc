"""The published texts that a check rests on, as dated data in ``authorities.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Authority:
    """One pinpointed text: ``says`` is our own paraphrase, ``effective`` its date of effect."""

    id: str
    document: str
    section: str
    url: str
    says: str
    effective: date | None = None

    @property
    def citation(self) -> str:
        """Document, section and date, as a finding prints them."""
        when = f"effective {self.effective}" if self.effective else "date not stated in the text"
        return f"{self.document}, {self.section} ({when})"


@cache
def authorities() -> dict[str, Authority]:
    """Every authority by its id, in the order of the file."""
    text = files("auditor").joinpath("authorities.toml").read_text(encoding="utf-8")
    return {key: Authority(id=key, **entry) for key, entry in tomllib.loads(text).items()}


def authority(key: str) -> Authority:
    """The authority ``key``; KeyError for an id that the file does not have."""
    return authorities()[key]
