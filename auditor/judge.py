"""Encounters → audit and cases, in one process or in several, with the same result.

Encounters are independent, so parts of them can be judged anywhere: :func:`judge_part` is the work
on one part, :func:`merged` puts the parts together again.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain

from auditor.check import Check
from auditor.coding import Support, supported
from auditor.collector import collector_paused
from auditor.merge import merged as merged_audit
from auditor.policy import Policy
from auditor.progress import Step, Tell, silent
from auditor.record import Encounter
from auditor.report.case import Case, case_of
from auditor.run import Audit, Run

FEW = 1_000  # encounters that one process has judged before others have begun
_AT_ONCE = 250  # encounters of a part: a fraction of a second


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
    if processes is None:
        processes = 1 if len(everyone) < FEW else _processors()
    parts = [everyone[at : at + _AT_ONCE] for at in range(0, len(everyone), _AT_ONCE)] or [[]]
    judged: list[Judged] = []
    with collector_paused():
        alone = processes < 2 or rules.strict or len(parts) < 2
        for part in _here(parts, rules) if alone else _in_processes(parts, rules, processes):
            judged.append(part)
            tell(Step.JUDGE, sum(len(done.cases) for done in judged), len(everyone))
        return merged(judged)


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


def _here(parts: Iterable[Sequence[Encounter]], rules: Rules) -> Iterator[Judged]:
    return (judge_part(part, rules) for part in parts)


# ── several processes ─────────────────────────────────────────────────────────────────────────


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    parts: Sequence[Sequence[Encounter]], rules: Rules, processes: int
) -> Iterator[Judged]:
    """The parts in their order; what a process that dies leaves undone is done here.

    Forked processes have the encounters already.  Where there is no fork they are sent; judging
    them costs twice as much as sending them.
    """
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    executor = ProcessPoolExecutor(processes, context, _begin, (rules, parts if forks else None))
    done = 0
    try:
        with warnings.catch_warnings():
            # Python warns of forks beside threads: the workers touch nothing that a thread holds
            warnings.simplefilter("ignore", DeprecationWarning)
            waiting: list[Future[bytes]] = [
                executor.submit(_judged_part, number, None if forks else part)
                for number, part in enumerate(parts)
            ]
        for part, result in zip(parts, waiting, strict=True):
            yield _unpacked(result.result(), part, rules)
            done += 1
    except BrokenProcessPool:
        yield from _here(parts[done:], rules)
    finally:
        executor.shutdown(cancel_futures=True)


_RULES: list[Rules] = []
_PARTS: list[Sequence[Encounter]] = []


def _begin(rules: Rules, parts: Sequence[Sequence[Encounter]] | None) -> None:
    """Set up a worker; what interrupts the program is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _RULES.append(rules)
    _PARTS.extend(parts or ())


def _judged_part(number: int, sent: Sequence[Encounter] | None) -> bytes:
    part = _PARTS[number] if sent is None else sent
    with collector_paused():
        return _packed(judge_part(part, _RULES[0]), part, _RULES[0])


def _packed(judged: Judged, part: Sequence[Encounter], rules: Rules) -> bytes:
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


def _unpacked(packed: bytes, part: Sequence[Encounter], rules: Rules) -> Judged:
    judged = _Unpacker(io.BytesIO(packed), part, rules).load()
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
    def __init__(self, file: io.BytesIO, part: Sequence[Encounter], rules: Rules) -> None:
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
