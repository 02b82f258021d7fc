"""What one cell says, by the type of its field: numbers, codes, identifiers, amounts with units.

Each reader takes a cleaned, non-blank text and gives the value, or :class:`Unread` with the reason.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from auditor.load.moments import Calendar, Moment, Unread, moment
from auditor.load.vocabulary import key, words


class Quantity(NamedTuple):
    """An amount with the unit that stands beside it, in lower case, if any."""

    amount: Decimal
    unit: str | None


class Code(NamedTuple):
    """A HCPCS code with the modifiers written into the same cell."""

    hcpcs: str
    modifiers: tuple[str, ...]


_NUMBER = re.compile(
    r"[+-]?(?=\.?\d)(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:E[+-]?\d{1,3})?", re.IGNORECASE
)
_QUANTITY = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)\s*([A-Za-z%µ].*)?")
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?E\+?(\d{1,3})", re.IGNORECASE)
_HCPCS = re.compile(r"([A-Z]\d{4}|\d{4}[A-Z0-9])(?:\.0)?")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_PLACES = 15  # before or after the point: what is larger or finer is no amount of a record
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


def number(text: str) -> Decimal | Unread:
    """``1``, ``1.0``, ``$1,234.50``, ``(12.00)``, ``12.00-``."""
    plain = text.replace("$", "").replace(" ", "")
    negative = plain.startswith("(") and plain.endswith(")")
    if plain.endswith("-"):
        negative, plain = True, plain[:-1]
    plain = plain.strip("()")
    if not _NUMBER.fullmatch(plain):
        return Unread("cannot be read as a number", "write a plain number")
    amount = _amount(plain)
    if amount is None:
        return Unread("is no number of a record by its size", "write a plain number")
    return -amount if negative else amount


def quantity(text: str) -> Quantity | Unread:
    """``1000``, ``1,000 mL``, ``75 mL/hr``; a range or a word is none."""
    found = _QUANTITY.fullmatch(text)
    if not found or not any(map(str.isdigit, found[1])):
        return Unread("cannot be read as an amount", "write a number, with or without its unit")
    unit = (found[2] or "").strip()
    half = len(unit) // 2
    if half and unit[:half] == unit[half + 1 :]:  # the unit both in the cell and in its own column
        unit = unit[:half]
    amount = _amount(found[1])
    if amount is None:
        return Unread("is no amount of a record by its size", "write a plain number")
    return Quantity(amount, unit or None)


def milliliters(stated: Quantity) -> Decimal | Unread:
    """A volume in mL; a bare number is mL."""
    factor = words().volume_units.get((stated.unit or "ml").casefold().rstrip("."))
    if factor is None:
        return Unread("is no volume in mL or L", "give the volume in mL")
    return _tidy(stated.amount * factor)


def per_hour(stated: Quantity) -> Decimal | None:
    """A flow in mL/h; ``None`` for a rate in another unit, such as mcg/kg/min, and for no unit."""
    factor = words().rate_units.get((stated.unit or "").casefold().replace(" / ", "/").rstrip("."))
    return None if factor is None else _tidy(stated.amount * factor)


def volume(text: str) -> Decimal | Unread:
    """A volume in mL from one cell."""
    stated = quantity(text)
    return stated if isinstance(stated, Unread) else milliliters(stated)


def duration(text: str) -> int | Unread:
    """Whole minutes: ``60``, ``60 min``, ``1 hr 30 min``, ``1:30``."""
    unread = Unread("cannot be read as a duration", "give it in minutes")
    clock = re.fullmatch(r"(\d{1,3}):(\d{2})", text)
    if clock:
        return int(clock[1]) * 60 + int(clock[2])
    bare = number(text)
    if isinstance(bare, Decimal):
        return int(bare)
    parts = _DURATION.findall(text)
    factors = [words().duration_units.get(unit.casefold()) for _, unit in parts]
    if not parts or None in factors:
        return unread
    amounts = [amount for digits, _ in parts if (amount := _amount(digits)) is not None]
    if len(amounts) < len(parts):
        return unread
    return int(sum(map(operator.mul, amounts, filter(None, factors))))


def identifier(text: str) -> str | Unread:
    """A number that names something, as text: zeros stay, ``123.0`` and exact ``1.2E+1`` undone."""
    if re.fullmatch(r"\d+\.0+", text):
        return text.partition(".")[0]
    shortened = _SCIENTIFIC.fullmatch(text)
    if shortened:
        digits = shortened[1] + (shortened[2] or "")
        places = int(shortened[3]) + 1
        if "." not in text or len(digits) < places:
            return Unread(
                "was shortened to a power of ten, and its last digits are lost",
                "export the column as text",
            )
        return digits[:places] if not digits[places:].strip("0") else text
    return text


def hcpcs(text: str) -> Code | Unread:
    """``96365``, ``96365-59``, ``9636559``, ``96365 59``; lost leading zeros come back."""
    cell = text.upper()
    if re.fullmatch(r"\d{3,4}(?:\.0+)?", cell):
        cell = cell.partition(".")[0].zfill(5)
    found = _HCPCS.match(cell)
    if found:
        rest = modifiers(cell[found.end() :].strip(" -,:;/")) if cell[found.end() :] else ()
        if not isinstance(rest, Unread):
            return Code(found[1], rest)
    return Unread("is not a HCPCS code with its modifiers", "write it as 96365 or 96365-59")


def modifiers(text: str) -> tuple[str, ...] | Unread:
    """One or several two-character modifiers, in the order written."""
    found: list[str] = []
    for word in re.split(r"[\s,;:/|-]+", text.upper()):
        word = word.partition(".")[0] if re.fullmatch(r"\d\d\.0+", word) else word
        pairs = _MODIFIER.findall(word)
        is_word = len(word) > 2 and word.isalpha()
        if is_word or "".join(pairs) != word:
            return Unread("is not a list of two-character modifiers", "write them as 59, XS")
        found += pairs
    return tuple(found)


def revenue_code(text: str) -> str | Unread:
    """Four digits; one that lost its zero gets it back."""
    digits = text.partition(".")[0] if re.fullmatch(r"\d+\.0+", text) else text
    if not re.fullmatch(r"\d{2,4}", digits):
        return Unread("is not a revenue code", "write it with four digits")
    return digits.zfill(4)


def bill_type(text: str) -> str:
    """A type of bill without its leading zero: ``0131`` and ``131`` are one."""
    stated = identifier(text)
    return text if isinstance(stated, Unread) else stated.removeprefix("0")


def codes(text: str) -> tuple[str, ...]:
    """A list of codes, in the order written."""
    return tuple(code.upper() for code in re.split(r"[\s,;|]+", text) if code)


def flag(text: str) -> bool | Unread:
    """Yes or no."""
    said = text.casefold()
    if said in words().yes:
        return True
    return False if said in words().no else Unread("is neither yes nor no", "write yes or no")


def plain(text: str) -> str:
    """The text itself."""
    return text


READERS: dict[str, Callable[[str], object]] = {
    "identifier": identifier,
    "name": plain,
    "text": plain,
    "word": plain,
    "hcpcs": hcpcs,
    "modifiers": modifiers,
    "revenue_code": revenue_code,
    "bill_type": bill_type,
    "codes": codes,
    "number": number,
    "money": number,
    "quantity": quantity,
    "volume": volume,
    "duration": duration,
    "flag": flag,
}


def looks_like(type_: str, text: str) -> bool:
    """Whether a value reads like one of the type; words are not bare numbers."""
    if type_ in ("time", "day"):
        return isinstance(moment(text, Calendar(day_first=False)), Moment)
    if type_ in ("name", "text", "word"):
        return isinstance(number(text), Unread)
    if type_ == "identifier":
        return any(map(str.isdigit, text))
    return not isinstance(READERS[type_](text), Unread)


def unit_in(header: str) -> str | None:
    """The unit that a header gives in parentheses, such as ``Rate (mL/hr)``."""
    found = re.search(r"[(\[]([^)\]]+)[)\]]", header)
    return found[1].strip() if found and key(found[1]) else None


def _amount(digits: str) -> Decimal | None:
    """The number of these digits; ``None`` where there are too many of them."""
    amount = Decimal(digits.replace(",", ""))
    return _tidy(amount) if not amount or abs(amount.adjusted()) < _PLACES else None


def _tidy(amount: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent: 1.0 → 1, 1E+3 → 1000."""
    return Decimal(f"{amount.normalize():f}")
