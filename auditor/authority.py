"""The published texts that a check rests on, as dated data in ``authorities.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_PARENTHESIS = re.compile(r" \(.*\)")


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

    @property
    def short(self) -> str:
        """Enough to find the text by: ``CMS Pub. 100-04, chapter 4, §230.2``."""
        head, *rest = _PARENTHESIS.sub("", self.document).split(", ")
        places = [part for part in rest if part.startswith("chapter")]
        pinpoint = self.section.split(", ")[0]
        if pinpoint.startswith(("§", "section ", "chapter ", "(")):
            places.append(_PARENTHESIS.sub("", pinpoint) if pinpoint[0] != "(" else pinpoint)
        if not places and not head[-1].isdigit():
            places = rest[-1:]
        return ", ".join((head, *places))


@cache
def authorities() -> dict[str, Authority]:
    """Every authority by its id, in the order of the file."""
    text = files("auditor").joinpath("authorities.toml").read_text(encoding="utf-8")
    return {key: Authority(id=key, **entry) for key, entry in tomllib.loads(text).items()}


def authority(key: str) -> Authority:
    """The authority ``key``; KeyError for an id that the file does not have."""
    return authorities()[key]
