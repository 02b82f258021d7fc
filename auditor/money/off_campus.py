"""What off-campus departments are paid of an OPPS rate, as dated data in ``off_campus.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from auditor.policy import Policy
from auditor.tables.published import OppsRate

OFF_CAMPUS_MODIFIERS = ("PN", "PO")
"""Modifiers of a line's department: not excepted, and excepted, from the site-neutral payment."""

_FULL = Decimal(1)


@dataclass(frozen=True, slots=True)
class OffCampusShare:
    """One entry of the file; ``apcs`` are the services it is for, none is all of them."""

    modifier: str
    effective: date
    share: Decimal
    apcs: frozenset[str]
    not_status: frozenset[str]
    rural_sole_community_exempt: bool
    source: str

    def is_for(self, rate: OppsRate, policy: Policy) -> bool:
        """Whether it is for a service of this rate in this hospital."""
        if self.rural_sole_community_exempt and policy.rural_sole_community:
            return False
        return rate.status not in self.not_status and (not self.apcs or rate.apc in self.apcs)


@cache
def off_campus_shares() -> tuple[OffCampusShare, ...]:
    """Every entry, the latest first."""
    text = files("auditor.money").joinpath("off_campus.toml").read_text(encoding="utf-8")
    entries = [
        OffCampusShare(
            modifier=entry["modifier"],
            effective=entry["from"],
            share=Decimal(entry["percent"]) / 100,
            apcs=frozenset(entry.get("apcs", ())),
            not_status=frozenset(entry.get("not_status", ())),
            rural_sole_community_exempt=entry.get("rural_sole_community_exempt", False),
            source=entry["source"],
        )
        for entry in tomllib.loads(text)["share"]
    ]
    return tuple(sorted(entries, key=lambda entry: entry.effective, reverse=True))


def share_of(modifiers: tuple[str, ...], day: date, rate: OppsRate, policy: Policy) -> Decimal:
    """The part of ``rate`` that a line with ``modifiers`` is paid on a date of service."""
    for entry in off_campus_shares():
        if entry.modifier in modifiers and entry.effective <= day and entry.is_for(rate, policy):
            return entry.share
    return _FULL
