"""Hand-made months of a history, for its tests and those of the trend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from auditor.history.entry import (
    Capture,
    CheckMonth,
    CheckRule,
    FoundAs,
    KeptMonth,
    Month,
    Rules,
    Run,
    Sums,
)
from auditor.run import Status, Tally

HARBOR = "Harbor Street Hospital"
RULES = Rules(
    program="Infusion Auditor 1.0",
    judging="aa" * 32,
    policy={"name": "default", "missing_stop": "unbillable", "skip": "none"},
    checks={
        "no_stop": CheckRule("No stop time", "high", "11" * 32),
        "no_site": CheckRule("No access site", "low", "22" * 32),
    },
    profile="bb" * 32,
)


def judged(hits: int, total: int, undetermined: int = 0) -> CheckMonth:
    """One subject an encounter: ``hits`` deficient of ``total`` judged."""
    tally = Tally(
        met=total - hits,
        deficient=hits,
        undetermined=undetermined,
        encounters=total,
        deficient_encounters=hits,
    )
    return CheckMonth(Status.EVALUATED if total else Status.NOT_APPLICABLE, tally)


def a_month(
    month: str,
    results: Mapping[str, CheckMonth] | None = None,
    *,
    encounters: int = 400,
    facility: str = HARBOR,
    findings: tuple[str, ...] = (),
    stops: Mapping[tuple[str, str], Capture] | None = None,
    money: Sums | None = None,
    tables: tuple[str, ...] = (),
) -> Month:
    """``month`` is such as ``2026-09``."""
    return Month(
        facility=facility,
        month=date.fromisoformat(f"{month}-01"),
        encounters=encounters,
        results=dict(results or {"no_stop": judged(20, 400), "no_site": judged(0, 400)}),
        stops=dict(stops or {("ED", "day"): Capture(90, 100)}),
        money=money,
        tables=tables,
        findings=tuple(FoundAs("no_stop", finding) for finding in findings),
    )


def a_run(*months: Month, rules: Rules = RULES, said: str = "") -> Run:
    """A run that is told apart by its content and ``said``."""
    identity = hashlib.sha256(repr((months, rules, said)).encode()).hexdigest()
    return Run(identity, ("cc" * 32,), rules, months)


def kept(*months: Month, rules: Rules = RULES) -> list[KeptMonth]:
    """Months as a history has them, each of an audit of its own."""
    return [
        KeptMonth(number, f"{number}", rules, replace(month, findings=()))
        for number, month in enumerate(months, start=1)
    ]
