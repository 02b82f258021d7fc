"""What other services of a day mean for drug administration: apart from it, or in place of it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class _Lists(NamedTuple):
    """The lists of ``bundling.toml``; ranges are pairs of codes, both included."""

    visits: frozenset[str]
    visit_ranges: tuple[tuple[str, str], ...]
    apart: tuple[tuple[tuple[tuple[str, str], ...], frozenset[str]], ...]
    lettered: frozenset[str]
    access: frozenset[str]


def is_visit(code: str) -> bool:
    """Whether it is a visit or observation, which modifier 25 sets apart and not 59."""
    lists = _lists()
    return code in lists.visits or _within(code, lists.visit_ranges)


def may_bundle(code: str) -> bool:
    """Whether NCCI may bundle drug administration into a service of the same day.

    For dates whose edits are not loaded: the quarter named in ``bundling.toml`` stands for them.
    """
    lists = _lists()
    if is_visit(code) or len(code) != 5:
        return False
    if not code.isdigit():
        return code in lists.lettered or code.endswith("T")  # T: a procedure under evaluation
    return not any(_within(code, ranges) and code not in but for ranges, but in lists.apart)


def may_give_its_drug(code: str) -> bool:
    """Whether a drug of the claim may be part of a service, which puts it in itself.

    So it may be where NCCI bundles drug administration into it, by the same quarter's edits.
    """
    return may_bundle(code) and code not in _lists().access


def _within(code: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    digits = len(code) == 5 and code.isdigit()
    return digits and any(first <= code <= last for first, last in ranges)


@cache
def _lists() -> _Lists:
    text = files("auditor.tables").joinpath("bundling.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    return _Lists(
        visits=frozenset(lists["visits"]["codes"]),
        visit_ranges=_pairs(lists["visits"]["ranges"]),
        apart=tuple(
            (_pairs(group["ranges"]), frozenset(group.get("except", "").split()))
            for group in lists["apart"]
        ),
        lettered=frozenset(lists["lettered"]["codes"].split()),
        access=frozenset(lists["access"]["codes"].split()),
    )


def _pairs(ranges: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((first, last) for first, _, last in (text.partition("-") for text in ranges))
