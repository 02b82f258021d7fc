"""Encounters × checks → audit: walk, count, catch and sort; judge nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from itertools import chain
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

    Subjects are counted as in :class:`CheckResult`; ``unevaluated`` are those that wanted more.
    ``encounters`` are the encounters with a subject that is met or deficient, and
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

    def add(self, said: Sequence[Outcome]) -> None:
        """Count what was said of one encounter."""
        met, deficient = said.count(Outcome.MET), said.count(Outcome.DEFICIENT)
        self.met += met
        self.deficient += deficient
        self.undetermined += said.count(Outcome.UNDETERMINED)
        self.unevaluated += said.count(Outcome.NOT_EVALUATED)
        self.encounters += bool(met or deficient)
        self.deficient_encounters += bool(deficient)


@dataclass(slots=True)
class CheckResult:
    """The counts of one check: ``deficient + met + undetermined = examined``.

    ``missing`` are the columns that no file had; ``unevaluated`` counts the subjects that wanted
    more, by the public table and quarter, or the column, that they wanted; ``crash`` says of the
    first failure what it was and where, without a value.  ``months`` has the same counts by
    facility and month.
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

    def include(self, other: CheckResult) -> None:
        """Add what the same check said of further encounters."""
        self.met += other.met
        self.deficient += other.deficient
        self.undetermined += other.undetermined
        self.unevaluated.update(other.unevaluated)
        self.failed_encounters += other.failed_encounters
        if min(self.failed_encounters, default="") in other.failed_encounters:
            self.crash = other.crash
        for month, tally in other.months.items():
            self.months.setdefault(month, Tally()).include(tally)


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
        return is_complete(self.results)


def is_complete(results: Iterable[CheckResult]) -> bool:
    """Whether every check that the policy enables could be evaluated and none failed."""
    return not any(
        result.unevaluated or result.status in (Status.NOT_EVALUATED, Status.FAILED)
        for result in results
    )


class CheckFailed(Exception):
    """A check raised in strict mode; the text names the check and the place, and no value."""

    def __init__(self, check: Check, error: Exception) -> None:
        """Keep what of the error can hold nothing of a patient."""
        super().__init__(f"The check {check.id} failed: {crash_words(error)}.")


def crash_words(error: Exception) -> str:
    """The type of an error and where it arose; its text may show a patient's data."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


class Judged(NamedTuple):
    """What the checks said of one encounter that a person should see, by check and finding."""

    findings: tuple[Finding, ...]
    undetermined: tuple[Finding, ...]
    notes: tuple[Finding, ...]


class Run:
    """An audit while it goes on, one encounter after the other."""

    def __init__(
        self,
        checks: Iterable[Check],
        policy: Policy,
        supplied: frozenset[str],
        *,
        strict: bool = False,
    ) -> None:
        """See :func:`run`."""
        self._policy, self._strict = policy, strict
        self._results = [
            CheckResult(
                check,
                missing=tuple(n for n in check.needs if n not in supplied and n not in _TABLES),
            )
            for check in sorted(checks, key=lambda check: check.id)
        ]
        self._encounters: list[Encounter] = []
        self._judged: list[Judged] = []

    def judge(self, encounter: Encounter) -> Judged:
        """What every check that can be evaluated says of an encounter; they share what it lends."""
        month = FacilityMonth.of(encounter)
        said: dict[Outcome, list[Finding]] = {outcome: [] for outcome in Outcome}
        for result in self._results:
            if not result.missing and result.check.id not in self._policy.skip:
                _judge(encounter, month, result, self._policy, said, self._strict)
        kinds = (said[o] for o in (Outcome.DEFICIENT, Outcome.UNDETERMINED, Outcome.MET))
        judged = Judged(*(tuple(sorted(findings, key=place_of)) for findings in kinds))
        self._encounters.append(encounter)
        self._judged.append(judged)
        return judged

    def audit(self) -> Audit:
        """The audit of the encounters judged so far."""
        for result in self._results:
            result.status = status(result, self._policy)
        return Audit(
            self._policy,
            tuple(self._encounters),
            tuple(self._results),
            *(tuple(sorted(chain(*kind), key=place_of)) for kind in _by_kind(self._judged)),
        )


def _by_kind(judged: Iterable[Judged]) -> Iterable[Iterable[tuple[Finding, ...]]]:
    return tuple(zip(*judged, strict=True)) or ((), (), ())


def place_of(finding: Finding) -> tuple[str, str, str]:
    """Where a finding stands among all: by check, encounter and its own id."""
    return finding.check.id, finding.encounter.encounter_id, finding.finding_id


def status(result: CheckResult, policy: Policy) -> Status:
    """Whether a check could speak, by its counts and the policy."""
    if result.check.id in policy.skip:
        return Status.SKIPPED
    if result.failed_encounters:
        return Status.FAILED
    if result.examined:
        return Status.EVALUATED
    return Status.NOT_EVALUATED if result.missing or result.unevaluated else Status.NOT_APPLICABLE


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
    going = Run(checks, policy, supplied, strict=strict)
    for encounter in sorted(encounters, key=lambda encounter: encounter.encounter_id):
        going.judge(encounter)
    return going.audit()


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
        result.crash = result.crash or crash_words(error)
        result.failed_encounters.append(encounter.encounter_id)
        result.months.setdefault(month, Tally()).failed_encounters += 1
        return
    if not verdicts:
        return
    said = [verdict.outcome for verdict in verdicts]
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
