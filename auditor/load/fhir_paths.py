"""Ways into a FHIR resource: by path, coded, by reference.  What is not there is ``None``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from auditor.load.fhir_json import Resource
from auditor.load.grid import standards

_TARGET = re.compile(r"(?:^|/)([A-Z]\w+/[A-Za-z0-9.\-]{1,64})(?:/_history/.*)?$")
_DAY = 10  # characters of a whole date


class Link(NamedTuple):
    """A fact of another resource, and what to say where no file has that resource.

    ``at`` is the time for which the fact is asked, where it is one that changes.
    """

    target: str
    fact: str
    otherwise: str | None
    at: str | None = None


Told = str | Link | None


def every(node: object, path: str) -> list[Any]:
    """All that stands at a path of names; lists on the way are gone through."""
    nodes = node if isinstance(node, list) else [node]
    for name in path.split("."):
        children = [one[name] for one in nodes if isinstance(one, dict) and name in one]
        nodes = [n for c in children for n in (c if isinstance(c, list) else [c])]
    return nodes


def texts(node: object, path: str) -> list[str]:
    """Every text at a path that says something."""
    return [text for one in every(node, path) if isinstance(one, str) and (text := one.strip())]


def first(node: object, path: str) -> str | None:
    """The first text at a path."""
    return next(iter(texts(node, path)), None)


def first_node(node: object, path: str) -> object:
    """The first thing of any kind at a path."""
    return next(iter(every(node, path)), None)


def words(node: object, path: str) -> str | None:
    """What the first coded element at a path says: its text, its display, or its code."""
    for concept in every(node, path):
        said = first(concept, "text") or first(concept, "coding.display")
        code = first(concept, "coding.code")
        if said or code:
            return said or standards()["fhir"]["routes"].get(code) or code
    return None


def coded(node: object, path: str, system: str) -> str | None:
    """The code of a coded element in one code system."""
    for coding in every(node, f"{path}.coding"):
        if first(coding, "system") == system:
            return first(coding, "code")
    return None


def named(node: object, path: str) -> str | None:
    """The name of a drug; where it has only a code of RxNorm, that, so that it can be classed."""
    table = standards()["fhir"]
    said = first(node, f"{path}.text") or first(node, f"{path}.coding.display")
    if said:
        return said
    rxnorm = coded(node, path, table["rxnorm"])
    return f"RxNorm {rxnorm}" if rxnorm else first(node, f"{path}.coding.code")


def number(resource: Resource) -> str | None:
    """The hospital's number of a resource: the identifier of its type, the first one, or the id."""
    wanted = standards()["fhir"]["numbers"].get(resource["resourceType"])
    numbers = every(resource, "identifier")
    best = (first(n, "value") for n in numbers if wanted in texts(n, "type.coding.code"))
    others = (first(n, "value") for n in numbers if first(n, "use") != "old")
    return next(filter(None, [*best, *others, first(resource, "id")]), None)


def contained(resource: Resource, target: str) -> Resource | None:
    """The resource inside another one that ``#name`` points to."""
    inside = (one for one in every(resource, "contained") if isinstance(one, dict))
    found = (one for one in inside if f"#{one.get('id')}" == target)
    return next((one for one in found if isinstance(one.get("resourceType"), str)), None)


def target(node: object) -> str | None:
    """What a reference points to, as ``Type/id``, ``#name`` or ``urn:…``."""
    stated = first(node, "reference")
    found = _TARGET.search(stated) if stated else None
    return found[1] if found else stated


def quantity(node: object, path: str) -> str | None:
    """An amount with its unit."""
    for one in every(node, path):
        value = first(one, "value")
        if value is not None:
            return " ".join(filter(None, (value, first(one, "unit") or first(one, "code"))))
    return None


def rate(node: object) -> str | None:
    """A rate: an amount with its unit, or a ratio such as 1000 mL per 8 h, brought to one."""
    for ratio in every(node, "rateRatio"):
        amount, per = quantity(ratio, "numerator"), quantity(ratio, "denominator")
        if amount and per:
            value, _, unit = amount.partition(" ")
            over, _, time = per.partition(" ")
            try:
                each = round(Decimal(value) / Decimal(over), 6).normalize()
            except (InvalidOperation, ZeroDivisionError):
                return None
            return f"{each:f} {unit}/{time}"
    return quantity(node, "rateQuantity")


def when(text: str | None) -> str | None:
    """A time as written; a mere year or month is marked, or it would read as a clock time."""
    return f"{text}-?" if text is not None and len(text) < _DAY else text


def remarks(node: object, path: str) -> str | None:
    """Every text at a path, once each."""
    return "; ".join(dict.fromkeys(texts(node, path))) or None


def spells(node: object, path: str, told: str) -> Iterator[tuple[str, str | None, str | None]]:
    """The stretches of a history: what held, from when and until when."""
    for one in every(node, path):
        held = first(one, told)
        if held:
            yield held, when(first(one, "period.start")), when(first(one, "period.end"))
