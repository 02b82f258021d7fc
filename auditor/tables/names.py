"""Drug names as files write them, reduced to what says which drug it is.

The key of a name leaves out strength, packing, form, salt and carrier fluid, and keeps what makes
another drug of it (liposomal, protein-bound, flush).  Nothing is matched by likeness: two names
are one drug only where their keys are equal.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_DIGIT = re.compile(r"\d")
_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_NUMBER_STARTS = r"(?<![a-z0-9.])(?<!\d,)"
_ASIDE = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
# D5W, D51/2NS, D10 0.45: dextrose by its percentage
_DEXTROSE = re.compile(
    r"(?<![a-z0-9])d-?(2\.5|5|10|20|25|50|70)\s*%?(?=1/[24]|w(?![a-z])|ns|lr|nacl|[^a-z0-9]|$)"
)
_HALF = re.compile(r"(?<![a-z])half[\s-]+(?:strength\s+)?(?=ns|normal|saline|nacl|sodium)")
_PER_LITRE = re.compile(r"(?:/|\bper)\s*l(?:iter|itre)?(?![a-z0-9])")
# A fluid by mouth is no fluid by vein.
_BY_MOUTH = re.compile(r"\b(?:tablets?|tabs?|capsules?|caps?|oral|po|by mouth|gel)\b")
_TOKEN = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)\s*%|1/[24](?!\d)|\d*\.\d+|[^\W_]+")

_SALINE_PERCENTS = frozenset({0.2, 0.22, 0.225, 0.25, 0.3, 0.33, 0.45, 0.9})
_FRACTIONS = {"1/2": 0.45, "1/4": 0.225}
# Potassium chloride in at least this many mL is a maintenance fluid, and no rider (N-06).
_LARGE_ML = 500
_FLUIDS = frozenset({"sodium chloride", "dextrose", "lactated ringers", "water"})
_RIDER = "potassium chloride"
_UNSTATED = "potassium chloride unstated fluid volume"
_QUALIFIERS = frozenset({"flush", "lock", "kvo", "bacteriostatic", "hypertonic"})


class _Words(NamedTuple):
    """The word lists of ``names.toml``, made ready."""

    dropped: frozenset[str]
    salts: frozenset[str]
    minerals: frozenset[str]
    spellings: dict[tuple[str, ...], str]
    beginnings: frozenset[str]
    strength: re.Pattern[str]
    volume: re.Pattern[str]
    suffix: re.Pattern[str]


@cache
def _words() -> _Words:
    text = files("auditor.tables").joinpath("names.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    units = lists["units"].split()
    unit = "(?:" + "|".join(sorted(units, key=len, reverse=True)) + ")"
    measure = rf"{_NUMBER}\s*-?\s*{unit}(?![a-z0-9])"
    spellings = {tuple(first.split()): first for first in lists["spellings"]}
    for first, others in lists["spellings"].items():
        spellings.update({tuple(other.split()): first for other in others})
    return _Words(
        dropped=frozenset(lists["forms"].split())
        | frozenset(lists["connectives"].split())
        | frozenset(u for u in units if len(u) > 1),
        salts=frozenset(lists["salts"].split()),
        minerals=frozenset(lists["minerals"].split()),
        spellings=spellings,
        beginnings=frozenset(spelling[0] for spelling in spellings),
        strength=re.compile(
            rf"{_NUMBER_STARTS}{measure}(?:\s*(?:/|per)\s*{_NUMBER}?\s*{unit}(?![a-z0-9]))*"
        ),
        volume=re.compile(
            rf"{_NUMBER_STARTS}({_NUMBER})\s*-?\s*(ml|mls|cc|l|liters?|litres?)(?![a-z0-9])"
        ),
        suffix=re.compile(rf"(?<=[a-z])((?:{'|'.join(lists['suffixed'].split())}))-[a-z]{{4}}\b"),
    )


def split_asides(name: str) -> tuple[str, tuple[str, ...]]:
    """The name without its parentheses, and what stands in each of them."""
    inside = [part for aside in _ASIDE.findall(name) for part in re.split(r"[,;/]", aside)]
    return _ASIDE.sub(" ", name), tuple(part for part in inside if part.strip())


def filed_key(name: str) -> str:
    """The key under which a table files a name of its own: nothing but the form is left out."""
    fluid, words, folded = _read(name)
    return fluid or " ".join(words) or folded


def keys(name: str) -> tuple[str, ...]:
    """The keys under which a table may know ``name``, from the most to the least specific."""
    fluid, words, folded = _read(name)
    if fluid is not None:
        return (fluid,)
    unnumbered = [word for word in words if not word.isdigit()]
    bare = _without_salts(unnumbered)
    alone = [word for word in bare if word not in _FLUIDS]
    readings = (" ".join(reading) for reading in (words, unnumbered, bare, alone))
    return tuple(dict.fromkeys(key for key in readings if key)) or (folded,)


def unknown_key(name: str) -> str:
    """The key of a drug that no table knows; its numbers stay, for they may tell it apart."""
    fluid, words, folded = _read(name)
    return fluid or " ".join(_without_carrier(_without_salts(words))) or folded


def _read(name: str) -> tuple[str | None, list[str], str]:
    """The key of a plain fluid, or the words that name a drug; and the name without typography."""
    folded = _fold(name)
    tokens = _tokens(folded)
    fluid = _fluid(tokens, folded)
    words = [token for token in tokens if _percent(token) is None]
    return fluid, _without_carrier(words), folded


def _fold(name: str) -> str:
    """Lower case without accents, typographic signs or repeated spaces."""
    text = name.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).replace("\N{FRACTION SLASH}", "/")
        text = "".join(sign for sign in text if not unicodedata.combining(sign))
        text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    return " ".join(text.replace("'", "").replace("\u2019", "").split())


def _tokens(folded: str) -> list[str]:
    """Words and percentages, spellings unified; strengths, forms and small words left out."""
    words = _words()
    text = folded
    if "-" in text:
        text = words.suffix.sub(r"\1", text)
    if "half" in text:
        text = _HALF.sub("0.45% ", text)
    if _DIGIT.search(text):
        text = _DEXTROSE.sub(r" dextrose \1% ", text)
        text = words.strength.sub(" ", text)
    if "l" in text:
        text = _PER_LITRE.sub(" ", text)
    return _unified([token for token in _TOKEN.findall(text) if token not in words.dropped])


def _unified(tokens: list[str]) -> list[str]:
    """One token for each spelling of ``names.toml``, the longest spelling first."""
    spellings, beginnings = _words().spellings, _words().beginnings
    if beginnings.isdisjoint(tokens):
        return tokens
    unified = []
    at = 0
    while at < len(tokens):
        lengths = (3, 2, 1) if tokens[at] in beginnings else ()
        length = next((n for n in lengths if tuple(tokens[at : at + n]) in spellings), 0)
        unified.append(spellings[tuple(tokens[at : at + length])] if length else tokens[at])
        at += length or 1
    return unified


def _percent(token: str) -> float | None:
    """The percentage that a token states; 1/2 and .45 are shares of normal saline."""
    if token.endswith("%"):
        return float(token[:-1])
    if token in _FRACTIONS:
        return _FRACTIONS[token]
    return float(token) if "." in token else None


def _fluid(tokens: list[str], folded: str) -> str | None:
    """The key of a plain fluid, or ``None`` where anything but fluid is named.

    Percentages tell fluids apart as they do not tell drugs apart: 0.9 and 3 % saline are two.
    """
    base = _FLUIDS.intersection(tokens)
    if not base:
        return None
    parts = {token for token in tokens if _percent(token) is None and not token.isdigit()}
    if parts - _FLUIDS - _QUALIFIERS - {"potassium chloride"}:
        return None
    if _BY_MOUTH.search(folded):
        return " ".join((*sorted(parts), "enteral"))
    if "kvo" in parts:
        return "kvo"
    if parts & {"flush", "lock"}:
        return "sodium chloride flush" if base == {"sodium chloride"} else None
    if "bacteriostatic" in parts:
        return "bacteriostatic " + " ".join(sorted(base))
    potassium = "potassium chloride" in parts
    if potassium and (base == {"water"} or not _is_maintenance_fluid(tokens, folded)):
        return _RIDER if base == {"water"} or _volumes(folded) else _UNSTATED
    percents = [p for p in map(_percent, tokens) if p is not None]
    if base == {"sodium chloride"} and not (percents or potassium) and "meq" in folded:
        return "sodium chloride additive"  # a concentrate, whose percentage nobody states
    named = _named_fluid(base, percents, "hypertonic" in parts)
    return f"{named} with potassium chloride" if potassium else named


def _named_fluid(base: frozenset[str], percents: list[float], hypertonic: bool) -> str:
    if base == {"water"}:
        return "water"
    salines = [p for p in percents if p in _SALINE_PERCENTS]
    others = [p for p in percents if p not in _SALINE_PERCENTS]
    parts = []
    if "dextrose" in base:
        parts.append(f"dextrose {others[0]:g}%" if others else "dextrose")
    if "sodium chloride" in base:
        if hypertonic or (others and "dextrose" not in base):
            return "hypertonic sodium chloride"
        parts.append(f"sodium chloride {salines[0] if salines else 0.9:g}%")
    if "lactated ringers" in base:
        parts.append("lactated ringers")
    return " ".join(parts)


def _is_maintenance_fluid(tokens: list[str], folded: str) -> bool:
    """Whether potassium chloride is an additive of a fluid rather than a rider in its carrier."""
    volumes = _volumes(folded)
    if volumes:
        return max(volumes) >= _LARGE_ML
    first = next(token for token in tokens if token in _FLUIDS or token == "potassium chloride")
    per_litre = re.search(r"/\s*l(?:iter|itre)?(?![a-z])", folded)
    return first in _FLUIDS or per_litre is not None or "meq" not in folded


def _volumes(folded: str) -> list[float]:
    """Every volume that a name states, in mL; 2 mEq/mL states a strength and no volume."""
    return [
        float(number.replace(",", "")) * (1000 if unit.startswith("l") else 1)
        for number, unit in _words().volume.findall(folded)
    ]


def _without_carrier(tokens: list[str]) -> list[str]:
    """Without the fluids that end the name: what the drug is mixed in."""
    end = len(tokens)
    while end and tokens[end - 1] in _FLUIDS:
        end -= 1
    return tokens[:end] or tokens


def _without_salts(tokens: list[str]) -> list[str]:
    words = _words()
    if not tokens or tokens[0] in words.minerals | _FLUIDS:
        return tokens
    return tokens[:1] + [token for token in tokens[1:] if token not in words.salts]
