"""What of a typed text may stay: closed lists of words, and what the rules read in it.

Every function answers with words of the lists that come with the program, or with nothing: no
letter of the text itself passes that stands in no list.  What the rules read in the text, they
read in the answer too.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from auditor.coding.timed import BROUGHT
from auditor.tables.hydration import shows_need, words_of_no_basis, words_of_no_need
from auditor.tables.orders import is_verbal
from auditor.tables.sites import place_words, says_need, says_rate, says_restart

NOT_SHOWN = "(masked)"
_INDIVIDUAL = "individual"
_WORD = re.compile(r"[^\s,;#()]+")
_SMALL_NUMBER = re.compile(r"\d{1,2}")

# What a text says, in words that say the same to the rules and nothing else.
_SAYS = (
    (says_restart, "site replaced, restarted"),
    (says_need, "incompatible"),
    (says_rate, "rate not achieved"),
    (lambda text: "premed" in (text or "").casefold(), "premedication"),
)


@cache
def stays(text: str, name: str) -> bool:
    """Whether every word of a text is one of the list ``name``."""
    said = _WORD.findall(text.casefold())
    return bool(said) and all(w in _lists()[name] or _SMALL_NUMBER.fullmatch(w) for w in said)


def staying(text: str, name: str) -> tuple[str, ...]:
    """The words of a text that are of the list ``name``, in small letters."""
    return tuple(word for word in _WORD.findall(text.casefold()) if word in _lists()[name])


def place(text: str) -> str:
    """The words of a site that name a place, nothing where there is none."""
    return place_words(text)


@cache
def reason(text: str) -> str:
    """What the rules read in a reason or comment, in words of their own."""
    if not shows_need(text):
        return words_of_no_need(text) or "–"
    return "; ".join(words for says, words in _SAYS if says(text)) or NOT_SHOWN


def description(text: str) -> str:
    """The place and the reason in a line's description."""
    return "; ".join(filter(None, (place(text), reason(text))))


def indication(text: str) -> str:
    """That there is one, or the words by which it is none."""
    return NOT_SHOWN if shows_need(text) else words_of_no_need(text) or "–"


def basis(text: str) -> str:
    """The words by which an order's basis is none for this patient, or that it is individual."""
    if text.casefold() == _INDIVIDUAL:
        return _INDIVIDUAL
    return words_of_no_basis(text) or NOT_SHOWN


def arrival(text: str) -> str:
    """How the patient came, or that it was by ambulance or transfer."""
    if stays(text, "arrival"):
        return text
    brought = BROUGHT.search(text)
    return brought[1].casefold() if brought else NOT_SHOWN


def mode(text: str) -> str:
    """How an order was given."""
    if stays(text, "mode"):
        return text
    return "verbal" if is_verbal(text) else NOT_SHOWN


@cache
def _lists() -> dict[str, frozenset[str]]:
    text = files("auditor.mask").joinpath("words.toml").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}
