"""What an audit leaves in the history: its counts by facility and month, and what ruled on it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from auditor.policy import Policy, policy_rows
from auditor.report.case import Case
from auditor.report.manifest import InputFile, Ruling, judging, program
from auditor.report.money import Money, money_of
from auditor.report.pivots import said, shift_of
from auditor.report.text import printable
from auditor.run import CheckResult, FacilityMonth, Status, Tally
from auditor.tables.store import Loaded

_Group = tuple[str, date]


@dataclass(slots=True)
class _MonthCounts:
    """The counts of one facility's month; the findings with their encounters, for their order."""

    encounters: int = 0
    stops: Counter[tuple[str, str]] = field(default_factory=Counter)
    infusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    money: Money = field(default_factory=lambda: money_of(()))
    tables: tuple[str, ...] = ()
    findings: list[tuple[str, str, str]] = field(default_factory=list)

    def include(self, other: _MonthCounts) -> None:
        self.encounters += other.encounters
        self.stops.update(other.stops)
        self.infusions.update(other.infusions)
        self.money = self.money.plus(other.money)
        self.tables = self.tables or other.tables
        self.findings += other.findings


@dataclass(slots=True)
class MonthsCounts:
    """Encounters by facility and month of service, and how many have neither.

    ``spelled`` has the spelling of each facility that stands first by encounter.
    """

    months: dict[_Group, _MonthCounts] = field(default_factory=dict)
    spelled: dict[str, tuple[str, str]] = field(default_factory=dict)
    left_out: int = 0

    def include(self, other: MonthsCounts) -> None:
        """Add the counts of further encounters."""
        for group, counts in other.months.items():
            self.months.setdefault(group, _MonthCounts()).include(counts)
        for name, spelling in other.spelled.items():
            self.spelled[name] = min(spelling, self.spelled.get(name, spelling))
        self.left_out += other.left_out


def months_counts(cases: Iterable[Case]) -> MonthsCounts:
    """What the history keeps of the cases.

    Encounters of a facility that nobody names, and those without a date of service, are in none of
    its months.
    """
    made = MonthsCounts()
    grouped: dict[_Group, list[Case]] = {}
    for case in cases:
        place = FacilityMonth.of(case.encounter)
        group = _group_of(place)
        if group is None:
            made.left_out += 1
            continue
        grouped.setdefault(group, []).append(case)
        spelling = case.encounter.encounter_id, _name_of(place)
        made.spelled[group[0]] = min(spelling, made.spelled.get(group[0], spelling))
    made.months = {group: _counts(group[1], some) for group, some in grouped.items()}
    return made


def run_of(
    policy: Policy,
    results: Sequence[CheckResult],
    counts: MonthsCounts,
    ruling: Ruling,
    inputs: Iterable[InputFile],
    tables: Sequence[Loaded],
) -> Run:
    """The audit as the history keeps it; ``counts`` are of the encounters that have the results."""
    rules = Rules(
        program=program(),
        judging=judging(),
        policy={name: value for name, value, _, _ in policy_rows(policy)},
        checks={
            r.check.id: CheckRule(r.check.title, r.check.severity, ruling.checks[r.check.id])
            for r in results
        },
        profile=ruling.profile,
    )
    read = tuple(sorted(file.sha256 for file in inputs))
    asked = sorted(file.sha256 for table in tables for file in table.files)
    spelled = {name: spelling for name, (_, spelling) in counts.spelled.items()}
    return Run(
        identity=_identity(read, asked, ruling, rules),
        inputs=read,
        rules=rules,
        months=tuple(
            _month(results, group, counts.months[group], spelled[group[0]])
            for group in sorted(counts.months, key=lambda group: (spelled[group[0]], group[1]))
        ),
        left_out=counts.left_out,
    )


def _identity(inputs: tuple[str, ...], tables: list[str], ruling: Ruling, rules: Rules) -> str:
    """One hash of all that decides the findings; how the report looks is no part of it."""
    decides = [inputs, tables, rules.judging, ruling.checks, ruling.policy, ruling.profile]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _group_of(place: FacilityMonth) -> _Group | None:
    """The facility, however spelled, and the month; ``None`` where either is not known."""
    facility = _name_of(place)
    return (facility.casefold(), place.month) if facility and place.month is not None else None


def _name_of(place: FacilityMonth) -> str:
    return " ".join(printable(place.facility or "").split())


def _counts(month: date, cases: Sequence[Case]) -> _MonthCounts:
    stops, infusions = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for case in cases:
        for given in case.encounter.administrations:
            documented = stop_on_record(given, case.encounter)
            if documented is not None:
                place = said(given.department), said(shift_of(given.start))
                infusions[place] += 1
                stops[place] += documented
    return _MonthCounts(
        encounters=len(cases),
        stops=stops,
        infusions=infusions,
        money=money_of(cases),
        tables=_tables(cases, month),
        findings=[
            (case.encounter.encounter_id, finding.check.id, finding.finding_id)
            for case in cases
            for finding in case.findings
        ],
    )


def _month(
    results: Sequence[CheckResult], group: _Group, counts: _MonthCounts, facility: str
) -> Month:
    stops, money = counts.stops, counts.money
    return Month(
        facility=facility,
        month=group[1],
        encounters=counts.encounters,
        results={result.check.id: _check_month(result, group) for result in results},
        stops={p: Capture(stops[p], total) for p, total in sorted(counts.infusions.items())},
        money=Sums(money.priced, money.overpaid.total, money.underpaid.total)
        if money.priced
        else None,
        tables=counts.tables,
        findings=tuple(FoundAs(*found[1:]) for found in sorted(counts.findings)),
    )


def _tables(cases: Sequence[Case], month: date) -> tuple[str, ...]:
    """What of the public tables of the month's quarter was loaded."""
    loaded = {
        str(edition)
        for case in cases[:1]  # all encounters of an audit have the same
        for edition in case.encounter.tables.on(month).editions
    }
    return tuple(sorted(loaded))


def _check_month(result: CheckResult, group: _Group) -> CheckMonth:
    tally = Tally()
    for place, counts in result.months.items():
        if _group_of(place) == group:
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
