"""Calendar quarters, in which CMS publishes, and what a file says of its own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(_MONTHS)
_EFFECTIVE = re.compile(rf"effective:? *({_MONTH}) *\d{{1,2}}, *(\d{{4}})", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"(?<![a-z])({_MONTH})[ _.-]*(20\d\d)(?!\d)", re.IGNORECASE)
_YEAR_MONTH = re.compile(rf"(?<!\d)(20\d\d)[ _.-]*({_MONTH})(?![a-z])", re.IGNORECASE)
_YEAR_MONTH_DIGITS = re.compile(r"(?<!\d)(20\d\d)[_-](0[1-9]|1[0-2])(?!\d)")
_EFFECTIVE_DIGITS = re.compile(r"eff[a-z]*[ _-]*(\d\d)-\d\d-(20\d\d)", re.IGNORECASE)
_QUARTER = re.compile(r"(?<!\d)(20\d\d)[ _-]?q([1-4])(?!\d)", re.IGNORECASE)
# NCCI counts versions by year, 30.0 for January 2024, and quarters by the digit after the point.
_NCCI_VERSION = re.compile(r"cci[a-z]{3}-v(\d\d)([0-3])r\d", re.IGNORECASE)
_NCCI_YEAR_0 = 1994


class Quarter(NamedTuple):
    """A calendar quarter; its text is ``2024Q3``."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which ``day`` lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def said(cls, text: str) -> Quarter:
        """The quarter of ``2024Q3``; ValueError for any other text."""
        found = _QUARTER.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no quarter")
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        following = date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)
        return following - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarters_stated(name: str, preamble: str) -> list[Quarter]:
    """The quarters that a file's name and the effective date above its header name, in order.

    Dates on which a file was made, such as ``12.31.24``, name none.
    """
    months = [(found[2], found[1]) for found in _EFFECTIVE.finditer(preamble)]
    months += [(found[2], found[1]) for found in _MONTH_YEAR.finditer(name)]
    months += [(found[1], found[2]) for found in _YEAR_MONTH.finditer(name)]
    stated = {
        Quarter.of(date(int(year), _MONTHS.index(month.lower()) + 1, 1)) for year, month in months
    }
    digits = [(found[1], found[2]) for found in _YEAR_MONTH_DIGITS.finditer(name)]
    digits += [(found[2], found[1]) for found in _EFFECTIVE_DIGITS.finditer(name)]
    stated |= {Quarter.of(date(int(year), int(month), 1)) for year, month in digits}
    stated |= {Quarter(int(found[1]), int(found[2])) for found in _QUARTER.finditer(name)}
    stated |= {
        Quarter(_NCCI_YEAR_0 + int(found[1]), int(found[2]) + 1)
        for found in _NCCI_VERSION.finditer(name)
    }
    return sorted(stated)
