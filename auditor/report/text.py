"""Values in words, the same in the workbook, the report and the data files."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from auditor.verdict import listed as listed

# What XML 1.0 forbids, lone surrogates included: neither a workbook nor a page can hold it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """``text`` without the characters that no workbook or page can hold."""
    return _FORBIDDEN.sub("", text)


def moment(at: datetime | None) -> str:
    """Date and wall-clock time to the minute, or nothing."""
    return "" if at is None else f"{at:%m/%d/%Y %H:%M}"


def day(on: date | None) -> str:
    """The date, or nothing."""
    return "" if on is None else f"{on:%m/%d/%Y}"


def amount(number: Decimal | None) -> str:
    """A number without exponent and idle zeros, or nothing."""
    if number is None:
        return ""
    if not number.is_finite():
        return str(number)
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def dollars(number: Decimal) -> str:
    """An amount of money, such as ``$1,234.50`` or ``-$3.00``."""
    return f"{'-' if number < 0 else ''}${abs(number):,.2f}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 finding``, ``1,200 findings``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def sentence_case(text: str) -> str:
    """The text with its first letter large and the rest as it is."""
    return text[:1].upper() + text[1:]
