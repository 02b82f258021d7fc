"""Encounters → audit and cases, in one process or in several, with the same result.

Encounters are independent, so parts of them can be judged anywhere: :func:`judge_part` is the work
on one part, :func:`merged` puts the parts together again.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from auditor.check import Check
from auditor.coding import Support, supported
from auditor.collector import collector_paused
from auditor.merge import merged as merged_audit
from auditor.policy import Policy
from auditor.processes import Work, forks, made_of, processors
from auditor.progress import Step, Tell, silent
from auditor.record import Encounter
from auditor.report.case import Case, case_of
from auditor.run import Audit, Run

# Encounters that one process has judged before others have begun: a fork is soon there, another
# process has the program to load and the records to receive.
FEW, FEW_TO_SEND = 300, 1_000
_AT_ONCE = 250  # encounters of a part: a fraction of a second


Part = Sequence[Encounter]


@dataclass(frozen=True, slots=True)
class Judged:
    """An audit, and its encounters with all that the outputs show of them, in one order."""

    audit: Audit
    cases: tuple[Case, ...]

    @property
    def supports(self) -> dict[str, Support]:
        """What each encounter's record supports, by its number."""
        return {case.encounter.encounter_id: case.support for case in self.cases}


@dataclass(frozen=True, slots=True)
class Rules:
    """By what encounters are judged: the arguments of :func:`auditor.run.run`."""

    checks: tuple[Check, ...]
    policy: Policy
    supplied: frozenset[str]
    strict: bool = False


def judge(
    encounters: Iterable[Encounter],
    rules: Rules,
    *,
    processes: int | None = None,
    tell: Tell = silent,
) -> Judged:
    """Judge every encounter, by number.

    ``processes`` are as many as the machine gives, and one for few encounters or where the rules
    are strict; the result does not depend on them.  ``tell`` hears how many encounters are done.
    CheckFailed where the rules are strict and a check raises.
    """
    everyone = sorted(encounters, key=lambda encounter: encounter.encounter_id)
    parts = [everyone[at : at + _AT_ONCE] for at in range(0, len(everyone), _AT_ONCE)] or [[]]
    work = Work(
        partial(judge_part, rules=rules),
        partial(_packed, rules=rules),
        partial(_unpacked, rules=rules),
    )
    made: list[Judged] = []
    with collector_paused():
        for part in made_of(parts, work, processes_for(len(everyone), rules, processes)):
            made.append(part)
            tell(Step.JUDGE, min(len(made) * _AT_ONCE, len(everyone)), len(everyone))
        return merged(made)


def judge_part(encounters: Iterable[Encounter], rules: Rules) -> Judged:
    """Judge some encounters, in the order of their numbers; what the checks derive serves all."""
    going = Run(rules.checks, rules.policy, rules.supplied, strict=rules.strict)
    cases = []
    for encounter in encounters:
        said = going.judge(encounter)
        cases.append(case_of(encounter, supported(encounter, rules.policy), said, rules.policy))
    return Judged(going.audit(), tuple(cases))


def merged(parts: Sequence[Judged]) -> Judged:
    """The parts as one; they have the same rules and stand in the order of the numbers."""
    audit = merged_audit([part.audit for part in parts])
    return Judged(audit, tuple(chain.from_iterable(part.cases for part in parts)))


def processes_for(encounters: int, rules: Rules, asked: int | None) -> int:
    """As many as are asked for, else as the machine gives; one where few are enough."""
    if rules.strict:  # the first failure stops it
        return 1
    few = FEW if forks() else FEW_TO_SEND
    return asked or (1 if encounters < few else processors())


# ── from another process ──────────────────────────────────────────────────────────────────────


def _packed(judged: Judged, part: Part, *, rules: Rules) -> bytes:
    """What a worker found, without what the parent has: facts, checks and policy are named."""
    names: dict[int, tuple[object, ...]] = {id(rules.policy): ("policy",)}
    names.update((id(check), ("check", n)) for n, check in enumerate(rules.checks))
    for n, encounter in enumerate(part):
        names[id(encounter)] = (n,)
        for kind, facts in enumerate(_facts(encounter)):
            names.update((id(fact), (n, kind, place)) for place, fact in enumerate(facts))
    packed = io.BytesIO()
    _Packer(packed, names).dump(judged)
    return packed.getvalue()


def _unpacked(packed: bytes, parts: Sequence[Part], number: int, *, rules: Rules) -> Judged:
    judged = _Unpacker(io.BytesIO(packed), parts[number], rules).load()
    assert isinstance(judged, Judged)
    return judged


def _facts(encounter: Encounter) -> tuple[tuple[object, ...], ...]:
    return (
        encounter.claim_lines,
        encounter.administrations,
        encounter.orders,
        encounter.access_sites,
    )


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, names: dict[int, tuple[object, ...]]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._names = names

    def persistent_id(self, thing: object) -> tuple[object, ...] | None:
        return self._names.get(id(thing))


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, part: Part, rules: Rules) -> None:
        super().__init__(file)
        self._part, self._rules = part, rules

    def persistent_load(self, name: tuple[object, ...]) -> object:
        match name:
            case ("policy",):
                return self._rules.policy
            case ("check", int(n)):
                return self._rules.checks[n]
            case (int(n),):
                return self._part[n]
            case (int(n), int(kind), int(place)):
                return _facts(self._part[n])[kind][place]
        raise pickle.UnpicklingError(f"nothing is named {name}")
