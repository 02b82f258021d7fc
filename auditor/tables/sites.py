"""Where a drug went in: access sites as records word them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class _Words(NamedTuple):
    """The word lists of ``sites.toml``, made ready."""

    places: dict[str, frozenset[str]]
    place: re.Pattern[str]
    restart: re.Pattern[str]
    need: re.Pattern[str]
    rate: re.Pattern[str]
    negation: re.Pattern[str]


@cache
def site_key(text: str | None) -> frozenset[str]:
    """What a site text says of the place; empty where it names no place that is known.

    Two keys may name one site where one contains the other: "forearm" and "left forearm".
    """
    words = _words()
    said = (words.places[place] for place in words.place.findall(_spelled(text)))
    return frozenset().union(*said)


def place_words(text: str | None) -> str:
    """The words of a site text that name its place, of which the same key is read."""
    return " ".join(_words().place.findall(_spelled(text)))


def label_of(text: str | None) -> str | None:
    """A site text that only numbers or labels a line, such as "IV #1"; ``None`` for any other."""
    spelled = _spelled(text)
    return None if not spelled or _words().place.search(spelled) else spelled


def _spelled(text: str | None) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", (text or "").lower().replace("'", "")))


def different_sites(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two keys name two places: both are documented, and neither contains the other."""
    return bool(one and other) and not (one <= other or other <= one)


def says_restart(text: str | None) -> bool:
    """Whether the text says that an access failed or was set up anew (H-03)."""
    return _says(_words().restart, text)


def says_need(text: str | None) -> bool:
    """Whether the text says why a second access was needed at the same time (H-04)."""
    return _says(_words().need, text)


def says_rate(text: str | None) -> bool:
    """Whether the text says that a second line was used for a rate that one cannot carry (H-03)."""
    return _says(_words().rate, text)


@cache
def _says(phrase: re.Pattern[str], text: str | None) -> bool:
    """Whether a clause says one of the phrases and no negation stands before it."""
    plain = " ".join((text or "").lower().replace("'", "").replace("\u2019", "").split())
    for clause in re.split(r"[.;:]|\b(?:but|however|then|so)\b", plain):
        said = phrase.search(clause)
        negation = _words().negation.search(clause)
        if said and (negation is None or said.start() < negation.end()):
            return True
    return False


@cache
def _words() -> _Words:
    text = files("auditor.tables").joinpath("sites.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    places = {spelling: frozenset(said) for spelling, said in lists["places"].items()}
    longest_first = sorted(places, key=len, reverse=True)
    return _Words(
        places=places,
        place=re.compile(rf"\b(?:{'|'.join(longest_first)})\b"),
        restart=re.compile(rf"\b(?:{_alternatives(lists['restart']['words'])})"),
        need=re.compile(rf"\b(?:{_alternatives(lists['need']['words'])})"),
        rate=re.compile(rf"\b(?:{_alternatives(lists['rate']['words'])})"),
        negation=re.compile(rf"\b(?:{_alternatives(lists['negation']['words'])})\b"),
    )


def _alternatives(words: str) -> str:
    phrases = (" ".join(phrase.split()) for phrase in re.split(r"[|\n]", words))
    return "|".join(re.escape(phrase) for phrase in phrases if phrase)
