"""How wide words stand, near enough to keep them from running into each other."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

_BREAKS = re.compile(r"(?<=\S)(?= )|(?<=\w[-/])(?=\w)")
_WIDE = frozenset("mwMW@%—…")
_NARROW = frozenset("iljtfrI.,:;'|!()[]/- ·")


def text_width(text: str, size: float) -> float:
    """The width of ``text`` in a sans-serif of ``size``, rather too wide than too narrow."""
    return size * sum(map(_ems, text))


def shortened(text: str, width: float, size: float) -> str:
    """``text``, or as much of it as fits into ``width`` with an ellipsis after it."""
    if text_width(text, size) <= width:
        return text
    room = width - text_width("…", size)
    return text[: _fitting(text, room, size) if room > size else 0].rstrip() + "…"


def wrapped(text: str, width: float, size: float, most: int) -> tuple[str, ...]:
    """``text`` in lines that fit into ``width``, at most ``most``; the last one shortened.

    Lines break between words or after a stroke or hyphen, and elsewhere only in what is wider than
    a line.
    """
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < most - 1:
        kept = _fitting(rest, width, size)
        if kept < len(rest):
            kept = max((at.end() for at in _BREAKS.finditer(rest[: kept + 1])), default=kept)
        lines.append(rest[:kept].rstrip())
        rest = rest[kept:].lstrip()
    return (*lines, shortened(rest, width, size)) if rest else tuple(lines)


def _fitting(text: str, width: float, size: float) -> int:
    """How many characters of ``text`` fit into ``width``, at least one."""
    kept = 0
    for character in text:
        width -= size * _ems(character)
        if width < 0:
            break
        kept += 1
    return max(kept, 1)


def _ems(character: str) -> float:
    if combining(character):
        return 0.0
    if character in _WIDE or east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.4
    return 0.72 if character.isupper() else 0.62
