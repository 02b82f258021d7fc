"""Drug administration codes: what each is for, and when it is valid."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Code:
    """One code; ``wording`` is our own, and ``codes.toml`` explains family, role and ``timed``.

    It is valid from ``effective_from`` (``None``: older than any claim that can still be
    reviewed) until the day before ``deleted_from``.  ``dates_read`` is false where these dates
    rest on general history and were not read in ``source``, which has it no more on ``gone_by``.
    ``rank`` is the place of an initial service in the facility hierarchy, 1 the highest, and
    ``None`` for other and deleted codes.
    """

    code: str
    wording: str
    family: str
    role: str
    timed: bool
    effective_from: date | None
    deleted_from: date | None
    replaced_by: tuple[str, ...]
    source: str
    dates_read: bool
    gone_by: date | None
    rank: int | None


@cache
def codes() -> dict[str, Code]:
    """Every code of the table by the code itself, in the order of the file."""
    text = files("auditor.tables").joinpath("codes.toml").read_text(encoding="utf-8")
    return {
        number: Code(
            code=number,
            wording=entry["wording"],
            family=entry["family"],
            role=entry["role"],
            timed=entry.get("timed", False),
            effective_from=group.get("from"),
            deleted_from=group.get("until"),
            replaced_by=tuple(entry.get("replaced_by", ())),
            source=group["source"],
            dates_read=group["dates"] == "read",
            gone_by=group.get("gone_by"),
            rank=entry.get("rank"),
        )
        for group in tomllib.loads(text)["group"]
        for number, entry in group["codes"].items()
    }


def code(number: str | None) -> Code | None:
    """The entry of a code, or ``None`` for a code that the table does not have."""
    return codes().get(number or "")


def is_valid_on(number: str, day: date) -> bool:
    """Whether a code of the table is valid on ``day``; KeyError for any other code."""
    entry = codes()[number]
    begun = entry.effective_from is None or entry.effective_from <= day
    return begun and (entry.deleted_from is None or day < entry.deleted_from)


@cache
def current(number: str) -> str:
    """The code in force today: of a deleted code the one that took its place, first if several.

    A code of 2005 was replaced twice, in 2006 and in 2009.
    """
    entry = codes().get(number)
    return current(entry.replaced_by[0]) if entry is not None and entry.replaced_by else number


def in_force(number: str, day: date) -> str:
    """The code that billed on ``day`` what ``number`` bills today, or ``number`` where none did.

    KeyError for a code that the table does not have.
    """
    if is_valid_on(number, day):
        return number
    return next(
        (old for old in codes() if current(old) == number and is_valid_on(old, day)), number
    )


_RANKED = {entry.rank: number for number, entry in codes().items() if entry.rank is not None}

INITIAL_BY_RANK: tuple[str, ...] = tuple(_RANKED[rank] for rank in sorted(_RANKED))
"""The initial services in force, the highest of the facility hierarchy first (H-01)."""

INITIAL_CODES: frozenset[str] = frozenset(INITIAL_BY_RANK)
"""The initial services in force, of which an access has one in an encounter (H-02)."""

_BEGINS = ("initial", "first hour")

FIRST_CODES: frozenset[str] = frozenset(
    number for number, entry in codes().items() if entry.role in _BEGINS
)
"""Codes to which another service can be added."""

ADD_ON_CODES: frozenset[str] = frozenset(
    number for number, entry in codes().items() if entry.role not in (*_BEGINS, "stand-alone")
)
"""Codes of what is added to another service: further hours, drugs and doses."""

ADMINISTRATION_CODES: frozenset[str] = frozenset(
    number for number, entry in codes().items() if entry.family != "vascular access"
)
"""Codes that bill the giving of a drug, fluid or blood, deleted ones included."""

LEFT_TO_A_PERSON: frozenset[str] = frozenset(
    {
        *("96379", "96549"),
        *("96405", "96406", "96420", "96422", "96423", "96425", "96521", "96522"),
        *("96440", "96446", "96450", "96542", "96547", "96548"),
    }
)
"""Services that the coding rules derive from no record: what supports them a person decides."""

INJECTION_CODES: frozenset[str] = frozenset(
    number for number, entry in codes().items() if entry.family == "injection"
)
"""Injections under the skin or into muscle, deleted ones included."""

PUSH_CODES: frozenset[str] = frozenset({"96374", "96375", "96376", "96409", "96411"})
"""Pushes by vein."""

INFUSION_CODES: frozenset[str] = frozenset(
    {"96365", "96366", "96367", "96368", "96413", "96415", "96417"}
)
"""Drug infusions by vein; hydration is not one."""

CHEMOTHERAPY_CODES: frozenset[str] = frozenset(
    {"96401", "96402", "96409", "96411", "96413", "96415", "96416", "96417", "G0498"}
)
"""What antineoplastics take and other drugs do not: injections, pushes, infusions and pumps."""

PTP_MODIFIERS: frozenset[str] = frozenset(
    {
        *("24", "25", "27", "57", "58", "59", "78", "79", "91", "XE", "XP", "XS", "XU"),
        *("E1", "E2", "E3", "E4", "FA", "TA", "LC", "LD", "LM", "LT", "RC", "RI", "RT"),
        *(f"F{digit}" for digit in range(1, 10)),
        *(f"T{digit}" for digit in range(1, 10)),
    }
)
"""Modifiers with which an edit of indicator 1 is passed (NCCI Policy Manual, chapter I)."""

VISIT_MODIFIERS: frozenset[str] = frozenset({"24", "25", "27", "57"})
"""Those of them that say something of a visit, and nothing on a drug administration code."""

DISTINCT_SERVICE_MODIFIERS: frozenset[str] = frozenset({"59", "XE", "XP", "XS", "XU"})
"""Modifiers that call a service distinct from another one of that day (H-05)."""
