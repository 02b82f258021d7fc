"""How wide words stand, near enough to keep them from running into each other."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

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
    kept = 0
    for character in text:
        room -= size * _ems(character)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def _ems(character: str) -> float:
    if combining(character):
        return 0.0
    if character in _WIDE or east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.4
    return 0.72 if character.isupper() else 0.62
