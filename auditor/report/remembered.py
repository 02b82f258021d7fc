"""What an audit leaves in the history: its counts by facility and month, and what ruled on it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from auditor.coding import stop_on_record
from auditor.history.entry import (
    Capture,
    CheckMonth,
    CheckRule,
    FoundAs,
    Month,
    Rules,
    Run,
    Sums,
)
from auditor.policy import policy_rows
from auditor.report.case import Case
from auditor.report.manifest import InputFile, Ruling, judging, program
from auditor.report.money import money_of
from auditor.report.pivots import said, shift_of
from auditor.report.text import printable
from auditor.run import Audit, CheckResult, FacilityMonth, Status, Tally
from auditor.tables.store import Loaded

_Group = tuple[str, date]


def run_of(
    audit: Audit,
    cases: Sequence[Case],
    ruling: Ruling,
    inputs: Iterable[InputFile],
    tables: Sequence[Loaded],
) -> Run:
    """The audit as the history keeps it; ``cases`` are its encounters.

    Encounters of a facility that nobody names, and those without a date of service, are in none of
    its months.
    """
    rules = Rules(
        program=program(),
        judging=judging(),
        policy={name: value for name, value, _, _ in policy_rows(audit.policy)},
        checks={
            r.check.id: CheckRule(r.check.title, r.check.severity, ruling.checks[r.check.id])
            for r in audit.results
        },
        profile=ruling.profile,
    )
    read = tuple(sorted(file.sha256 for file in inputs))
    asked = sorted(file.sha256 for table in tables for file in table.files)
    grouped: dict[_Group, list[Case]] = {}
    spelled: dict[str, str] = {}
    for case in cases:
        group = _group_of(FacilityMonth.of(case.encounter), spelled)
        if group is not None:
            grouped.setdefault(group, []).append(case)
    return Run(
        identity=_identity(read, asked, ruling, rules),
        inputs=read,
        rules=rules,
        months=tuple(_month(audit, group, grouped[group], spelled) for group in sorted(grouped)),
        left_out=len(cases) - sum(map(len, grouped.values())),
    )


def _identity(inputs: tuple[str, ...], tables: list[str], ruling: Ruling, rules: Rules) -> str:
    """One hash of all that decides the findings; how the report looks is no part of it."""
    decides = [inputs, tables, rules.judging, ruling.checks, ruling.policy, ruling.profile]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _group_of(place: FacilityMonth, spelled: dict[str, str]) -> _Group | None:
    """The facility, in its first spelling, and the month; ``None`` where either is not known."""
    facility = " ".join(printable(place.facility or "").split())
    if not facility or place.month is None:
        return None
    return spelled.setdefault(facility.casefold(), facility), place.month


def _month(audit: Audit, group: _Group, cases: Sequence[Case], spelled: dict[str, str]) -> Month:
    facility, month = group
    stops, infusions = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for case in cases:
        for given in case.encounter.administrations:
            documented = stop_on_record(given, case.encounter)
            if documented is not None:
                place = said(given.department), said(shift_of(given.start))
                infusions[place] += 1
                stops[place] += documented
    money = money_of(cases)
    return Month(
        facility=facility,
        month=month,
        encounters=len(cases),
        results={result.check.id: _check_month(result, group, spelled) for result in audit.results},
        stops={place: Capture(stops[place], total) for place, total in infusions.items()},
        money=Sums(money.priced, money.overpaid.total, money.underpaid.total)
        if money.priced
        else None,
        tables=_tables(cases, month),
        findings=tuple(
            FoundAs(finding.check.id, finding.finding_id)
            for case in cases
            for finding in case.findings
        ),
    )


def _tables(cases: Sequence[Case], month: date) -> tuple[str, ...]:
    """What of the public tables of the month's quarter was loaded."""
    loaded = {
        str(edition)
        for case in cases[:1]  # all encounters of an audit have the same
        for edition in case.encounter.tables.on(month).editions
    }
    return tuple(sorted(loaded))


def _check_month(result: CheckResult, group: _Group, spelled: dict[str, str]) -> CheckMonth:
    tally = Tally()
    for place, counts in result.months.items():
        if _group_of(place, spelled) == group:
            tally.include(counts)
    return CheckMonth(_status(result, tally), tally)


def _status(result: CheckResult, tally: Tally) -> Status:
    """Whether the check could speak of the month, which need not be so of the whole audit."""
    if result.missing or result.status is Status.SKIPPED:
        return result.status
    if tally.failed_encounters:
        return Status.FAILED
    if tally.examined:
        return Status.EVALUATED
    return Status.NOT_EVALUATED if tally.unevaluated else Status.NOT_APPLICABLE
