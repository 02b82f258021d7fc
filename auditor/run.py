"""Encounters × checks → audit: walk, count, catch and sort; judge nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

from auditor.check import Check
from auditor.policy import Policy
from auditor.record import AccessSite, Administration, ClaimLine, Encounter
from auditor.tables.published import Kind
from auditor.verdict import Outcome, Subject, Verdict

_TABLES = frozenset(kind.need for kind in Kind)  # a date of service may have one: a check looks


class Status(StrEnum):
    """Whether a check could speak: ``not applicable`` looked at nothing."""

    EVALUATED = "evaluated"
    NOT_APPLICABLE = "not applicable"
    NOT_EVALUATED = "not evaluated"
    FAILED = "failed"
    SKIPPED = "skipped by policy"


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict that a person should see: deficient, undetermined, or met with a note.

    ``finding_id`` depends on the check, the encounter and the subject alone, so it stays the
    same when corrected data are audited again.
    """

    finding_id: str
    check: Check
    encounter: Encounter
    verdict: Verdict


class FacilityMonth(NamedTuple):
    """A facility and the first day of a month of service; ``None`` where nobody states it."""

    facility: str | None
    month: date | None

    @classmethod
    def of(cls, encounter: Encounter) -> FacilityMonth:
        """Where an encounter belongs: its facility, and the month in which its services began."""
        return cls(encounter.facility, encounter.service_month)


@dataclass(slots=True)
class Tally:
    """What one check said of one facility and month.

    Subjects are counted as in :class:`CheckResult`; ``unevaluated`` are those that wanted a public
    table.  ``encounters`` are the encounters with a subject that is met or deficient, and
    ``deficient_encounters`` those of them with a deficiency; on ``failed_encounters`` it failed.
    """

    met: int = 0
    deficient: int = 0
    undetermined: int = 0
    unevaluated: int = 0
    encounters: int = 0
    deficient_encounters: int = 0
    failed_encounters: int = 0

    @property
    def examined(self) -> int:
        """How many subjects the check looked at."""
        return self.met + self.deficient + self.undetermined

    def include(self, other: Tally) -> None:
        """Add the counts of another part of the same month."""
        for counted in fields(self):
            both = getattr(self, counted.name) + getattr(other, counted.name)
            setattr(self, counted.name, both)

    def add(self, said: Counter[Outcome]) -> None:
        """Count what was said of one encounter."""
        met, deficient = said[Outcome.MET], said[Outcome.DEFICIENT]
        self.met += met
        self.deficient += deficient
        self.undetermined += said[Outcome.UNDETERMINED]
        self.unevaluated += said[Outcome.NOT_EVALUATED]
        self.encounters += bool(met or deficient)
        self.deficient_encounters += bool(deficient)


@dataclass(slots=True)
class CheckResult:
    """The counts of one check: ``deficient + met + undetermined = examined``.

    ``missing`` are the columns that no file had; ``unevaluated`` counts the subjects that wanted a
    public table, by the table and quarter that they wanted; ``crash`` says of the first failure
    what it was and where, without a value.  ``months`` has the same counts by facility and month.
    """

    check: Check
    status: Status = Status.NOT_APPLICABLE
    met: int = 0
    deficient: int = 0
    undetermined: int = 0
    missing: tuple[str, ...] = ()
    unevaluated: Counter[str] = field(default_factory=Counter)
    failed_encounters: list[str] = field(default_factory=list)
    crash: str | None = None
    months: dict[FacilityMonth, Tally] = field(default_factory=dict)

    @property
    def examined(self) -> int:
        """How many subjects the check looked at."""
        return self.met + self.deficient + self.undetermined


@dataclass(frozen=True, slots=True)
class Audit:
    """All that the checks said about a set of encounters, in a fixed order."""

    policy: Policy
    encounters: tuple[Encounter, ...]
    results: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    undetermined: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether every check that the policy enables could be evaluated and none failed."""
        return not any(
            result.unevaluated or result.status in (Status.NOT_EVALUATED, Status.FAILED)
            for result in self.results
        )


class CheckFailed(Exception):
    """A check raised in strict mode; the text names the check and the place, and no value."""

    def __init__(self, check: Check, error: Exception) -> None:
        """Keep what of the error can hold nothing of a patient."""
        super().__init__(f"The check {check.id} failed: {_crash(error)}.")


def _crash(error: Exception) -> str:
    """The type of an error and where it arose; its text may show a patient's data."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


def run(
    encounters: Iterable[Encounter],
    checks: Iterable[Check],
    policy: Policy,
    supplied: frozenset[str],
    *,
    strict: bool = False,
) -> Audit:
    """Apply every check to every encounter.

    ``supplied`` names the ``kind.field`` columns that the files had.  A check that raises on an
    encounter is reported as failed for it and the rest goes on; with ``strict`` it ends the run as
    CheckFailed.
    """
    everyone = tuple(sorted(encounters, key=lambda encounter: encounter.encounter_id))
    results = []
    judged: dict[Outcome, list[Finding]] = {outcome: [] for outcome in Outcome}
    active: list[CheckResult] = []
    for check in sorted(checks, key=lambda check: check.id):
        missing = tuple(
            need for need in check.needs if need not in supplied and need not in _TABLES
        )
        result = CheckResult(check, missing=missing)
        results.append(result)
        if check.id in policy.skip:
            result.status = Status.SKIPPED
        elif missing:
            result.status = Status.NOT_EVALUATED
        else:
            active.append(result)
    for encounter in everyone:  # encounter by encounter: checks share its derived lines
        month = FacilityMonth.of(encounter)
        for result in active:
            _judge(encounter, month, result, policy, judged, strict)
    for result in active:
        if result.failed_encounters:
            result.status = Status.FAILED
        elif result.examined:
            result.status = Status.EVALUATED
        elif result.unevaluated:
            result.status = Status.NOT_EVALUATED
    for findings in judged.values():
        findings.sort(key=lambda f: (f.check.id, f.encounter.encounter_id, f.finding_id))
    return Audit(
        policy,
        everyone,
        tuple(results),
        tuple(judged[Outcome.DEFICIENT]),
        tuple(judged[Outcome.UNDETERMINED]),
        tuple(judged[Outcome.MET]),
    )


def _judge(
    encounter: Encounter,
    month: FacilityMonth,
    result: CheckResult,
    policy: Policy,
    judged: dict[Outcome, list[Finding]],
    strict: bool,
) -> None:
    try:
        verdicts = list(result.check(encounter, policy))
    except Exception as error:
        if strict:
            raise CheckFailed(result.check, error) from error
        result.crash = result.crash or _crash(error)
        result.failed_encounters.append(encounter.encounter_id)
        result.months.setdefault(month, Tally()).failed_encounters += 1
        return
    if verdicts:
        said = Counter(verdict.outcome for verdict in verdicts)
        result.months.setdefault(month, Tally()).add(said)
    seen: dict[str, int] = {}
    for verdict in verdicts:
        match verdict.outcome:
            case Outcome.MET:
                result.met += 1
                if not verdict.because:  # a plain met is counted, a met with a note is shown
                    continue
            case Outcome.DEFICIENT:
                result.deficient += 1
            case Outcome.UNDETERMINED:
                result.undetermined += 1
            case Outcome.NOT_EVALUATED:
                result.unevaluated[verdict.because] += 1
                continue
        key = subject_key(verdict.subject)
        nth = seen[key] = seen.get(key, 0) + 1
        name = finding_id(result.check.id, encounter.encounter_id, key, nth)
        judged[verdict.outcome].append(Finding(name, result.check, encounter, verdict))


def subject_key(subject: Subject) -> str:
    """What identifies a subject within its encounter, whatever row it stands in."""
    match subject:
        case ClaimLine():
            return f"line {subject.claim_id} {subject.line_number}"
        case Administration():
            return f"administration {subject.administration_id}"
        case AccessSite():
            return f"access {subject.access_id}"
        case _:
            return f"order {subject.order_id}"


def finding_id(*parts: object) -> str:
    """The id of the nth finding on a subject: by check, encounter, subject's key and n."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
    return f"F-{digest[:10].upper()}"
