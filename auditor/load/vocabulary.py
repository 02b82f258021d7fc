"""The word lists of the loader: kinds, fields, headers, actions, routes, units.

All of it is data in the TOML files beside this module; a word is compared by its letters and
digits alone, so that ``TAKEN_TIME``, ``Taken time`` and ``taken-time`` are one.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from auditor.record import DrugClass, Method, Route

ACTION_CLASSES = ("START", "RATE", "PAUSE", "RESUME", "STOP", "POINT", "VOID", "NOTE", "WASTE")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind: how its cells are read, and the headers that it is known by.

    A cell of a ``judged`` field that cannot be read rejects its row; several columns of a ``many``
    field make one value.  Headers in ``weak`` state it only where their values show it.
    """

    name: str
    type: str
    names: tuple[str, ...]
    judged: bool = False
    many: bool = False
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rows of a sheet are: its fields, and of which groups it needs at least one each."""

    name: str
    words: str
    requires: tuple[tuple[str, ...], ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Words:
    """The small word lists of ``words.toml``, made ready."""

    missing: frozenset[str]
    footers: tuple[str, ...]
    other_files: Mapping[str, str]
    yes: frozenset[str]
    no: frozenset[str]
    still_in_year: int
    volume_units: Mapping[str, Decimal]
    rate_units: Mapping[str, Decimal]
    duration_units: Mapping[str, Decimal]
    elsewhere_department: re.Pattern[str]
    elsewhere_remark: re.Pattern[str]
    stopped_at: re.Pattern[str]
    single_dose: re.Pattern[str]
    several_doses: re.Pattern[str]
    drug_classes: Mapping[str, DrugClass]


@lru_cache(maxsize=10_000)
def key(text: str) -> str:
    """The letters and digits of a header or word, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum())


def tokens(text: str) -> list[str]:
    """The words of a text as keys, in order."""
    return [word for word in map(key, re.split(r"[\s,/;:()\[\]_-]+", text)) if word]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of sheet by its name, in the order of the file, which settles ties."""
    tables = _toml("fields.toml")
    shared = {name: _field(name, entry) for name, entry in tables["shared"].items()}
    given = {name: _field(name, entry) for name, entry in tables["given"].items()}
    return {
        name: Kind(
            name=name,
            words=table["words"],
            requires=tuple(tuple(group) for group in table["requires"]),
            fields={
                **{field: shared[field] for field in table["shared"]},
                **(given if table.get("given") else {}),
                **{field: _field(field, entry) for field, entry in table.get("fields", {}).items()},
            },
        )
        for name, table in tables.items()
        if isinstance(table, dict) and "requires" in table
    }


def _field(name: str, entry: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        type=entry["type"],
        names=tuple(entry["names"]),
        judged=entry.get("judged", False),
        many=entry.get("many", False),
        weak=tuple(entry.get("weak", ())),
    )


@cache
def noise() -> frozenset[str]:
    """Words of a header that do not tell fields apart."""
    return frozenset(map(key, _toml("fields.toml")["noise"]))


@cache
def actions() -> Mapping[str, str]:
    """The class of each charted action word, by its key."""
    classes = _toml("actions.toml")["classes"]
    charted = {key(word): name for name, listed in classes.items() for word in listed}
    return {**charted, **dict.fromkeys(completions(), "STOP")}


@cache
def action_tokens() -> frozenset[str]:
    """The single words of which the charted action words are made."""
    classes = _toml("actions.toml")["classes"]
    return frozenset(
        word for listed in classes.values() for text in listed for word in tokens(text)
    )


@cache
def completions() -> frozenset[str]:
    """Keys of the words that say that the bag was empty: a stop of grade B."""
    return frozenset(map(key, _toml("actions.toml")["completion"]["words"]))


@cache
def superseding() -> frozenset[str]:
    """Keys of the words that say that another row is the current version of this one."""
    return frozenset(map(key, _toml("actions.toml")["superseded"]["words"]))


@cache
def read_route(text: str) -> tuple[Route | None, Method | None]:
    """Route and method that a route cell states; ``None`` for what it does not."""
    routes, methods = _routes()
    words = tokens(text)
    phrases = [
        "".join(words[at : at + length])
        for length in range(len(words), 0, -1)
        for at in range(len(words) - length + 1)
    ]
    route = next((routes[phrase] for phrase in phrases if phrase in routes), None)
    method = next((methods[phrase] for phrase in phrases if phrase in methods), None)
    return route, method


@cache
def _routes() -> tuple[Mapping[str, Route], Mapping[str, Method]]:
    table = _toml("routes.toml")
    return (
        {key(word): Route(name) for name, listed in table["routes"].items() for word in listed},
        {key(word): Method(name) for name, listed in table["methods"].items() for word in listed},
    )


@cache
def words() -> Words:
    """The lists of ``words.toml``."""
    table = _toml("words.toml")
    own_names = {key(drug_class): drug_class for drug_class in DrugClass}
    pharmacy = {
        key(word): DrugClass(name)
        for name, listed in table["drug_classes"].items()
        for word in listed
    }
    return Words(
        missing=frozenset(table["missing"]),
        footers=tuple(table["footers"]),
        other_files=table["other_files"],
        yes=frozenset(table["yes"]),
        no=frozenset(table["no"]),
        still_in_year=table["still_in_year"],
        volume_units={unit: Decimal(ml) for unit, ml in table["volume_units"].items()},
        rate_units={unit: Decimal(ml) for unit, ml in table["rate_units"].items()},
        duration_units={
            unit: Decimal(minutes) for unit, minutes in table["duration_units"].items()
        },
        elsewhere_department=_any_of(table["elsewhere"]["departments"]),
        elsewhere_remark=_any_of(table["elsewhere"]["remarks"]),
        stopped_at=re.compile(
            _any_of(table["stopped"]["remarks"]).pattern
            + r"[\s:@]*(\d{1,2}:\d{2}|\d{4})\s*([ap])?\.?m?\b",
            re.IGNORECASE,
        ),
        single_dose=_any_of(table["containers"]["single"]),
        several_doses=_any_of(table["containers"]["several"]),
        drug_classes={**pharmacy, **own_names},
    )


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    """Any of the phrases as whole words, whatever the case and the spaces; the longest first."""
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    spaced = (r"\s+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("auditor.load").joinpath(name).read_text(encoding="utf-8"))
