"""Encounters → audit and cases, in one process or in several, with the same result.

Encounters are independent, so parts of them can be judged anywhere: :func:`judge_part` is the work
on one part, :func:`merged` puts the parts together again.
"""

from __future__ import annotations

import io
import multiprocessing
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from auditor.check import Check
from auditor.coding import Support, supported
from auditor.collector import collector_paused
from auditor.merge import merged as merged_audit
from auditor.policy import Policy
from auditor.processes import forking, forks, ignore_interrupts, processors
from auditor.progress import Step, Tell, silent
from auditor.record import Encounter
from auditor.report.case import Case, case_of
from auditor.report.part import DataPart, part_of
from auditor.report.part import merged as merged_data
from auditor.run import Audit, Run

# Encounters that one process has judged before others have begun: a fork is soon there, another
# process has the program to load and the records to receive.
FEW, FEW_TO_SEND = 300, 1_000
_AT_ONCE = 250  # encounters of a part: a fraction of a second


Part = Sequence[Encounter]
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class _Work(Generic[T]):
    """What is made of a part, and how it comes from another process, which has the part too."""

    make: Callable[[Part, Rules], T]
    pack: Callable[[T, Part, Rules], bytes]
    unpack: Callable[[bytes, Part, Rules], T]


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
    with collector_paused():
        return merged(_in_parts(encounters, rules, _WHOLE, processes, tell))


def judge_to_data(
    encounters: Iterable[Encounter],
    rules: Rules,
    *,
    processes: int | None = None,
    tell: Tell = silent,
) -> DataPart:
    """Judge as :func:`judge` does, and keep what the data files have of it alone."""
    with collector_paused():
        return merged_data(_in_parts(encounters, rules, _DATA, processes, tell))


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


def _in_parts(
    encounters: Iterable[Encounter],
    rules: Rules,
    work: _Work[T],
    processes: int | None,
    tell: Tell,
) -> list[T]:
    """What is made of the encounters, part by part in the order of their numbers."""
    everyone = sorted(encounters, key=lambda encounter: encounter.encounter_id)
    if processes is None:
        few = FEW if forks() else FEW_TO_SEND
        processes = 1 if len(everyone) < few else processors()
    parts = [everyone[at : at + _AT_ONCE] for at in range(0, len(everyone), _AT_ONCE)] or [[]]
    alone = processes < 2 or rules.strict or len(parts) < 2
    made: list[T] = []
    each = _here(parts, rules, work) if alone else _in_processes(parts, rules, work, processes)
    for part in each:
        made.append(part)
        tell(Step.JUDGE, min(len(made) * _AT_ONCE, len(everyone)), len(everyone))
    return made


def _here(parts: Iterable[Part], rules: Rules, work: _Work[T]) -> Iterator[T]:
    return (work.make(part, rules) for part in parts)


# ── several processes ─────────────────────────────────────────────────────────────────────────


def _in_processes(
    parts: Sequence[Part], rules: Rules, work: _Work[T], processes: int
) -> Iterator[T]:
    """The parts in their order; what a process that dies leaves undone is done here.

    Forked processes have the encounters already.  Where there is no fork they are sent; judging
    them costs twice as much as sending them.
    """
    has_parts = forks()
    context = multiprocessing.get_context("fork" if has_parts else "spawn")
    begin = rules, work, parts if has_parts else None
    executor = ProcessPoolExecutor(processes, context, _begin, begin)
    done = 0
    try:
        with forking():
            waiting: list[Future[bytes]] = [
                executor.submit(_made_of_part, number, None if has_parts else part)
                for number, part in enumerate(parts)
            ]
        for part, result in zip(parts, waiting, strict=True):
            yield work.unpack(result.result(), part, rules)
            done += 1
    except BrokenProcessPool:
        yield from _here(parts[done:], rules, work)
    finally:
        executor.shutdown(cancel_futures=True)


_BEGUN: list[tuple[Rules, _Work[Any]]] = []
_PARTS: list[Part] = []


def _begin(rules: Rules, work: _Work[Any], parts: Sequence[Part] | None) -> None:
    """Set up a worker."""
    ignore_interrupts()
    _BEGUN.append((rules, work))
    _PARTS.extend(parts or ())


def _made_of_part(number: int, sent: Part | None) -> bytes:
    (rules, work), part = _BEGUN[0], _PARTS[number] if sent is None else sent
    with collector_paused():
        return work.pack(work.make(part, rules), part, rules)


def _packed(judged: Judged, part: Part, rules: Rules) -> bytes:
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


def _unpacked(packed: bytes, part: Part, rules: Rules) -> Judged:
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


def _judged(part: Part, rules: Rules) -> Judged:
    return judge_part(part, rules)


def _data(part: Part, rules: Rules) -> DataPart:
    judged = judge_part(part, rules)
    return part_of(judged.audit, judged.cases)


def _packed_data(data: DataPart, part: Part, rules: Rules) -> bytes:
    return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)


def _unpacked_data(packed: bytes, part: Part, rules: Rules) -> DataPart:
    data = pickle.loads(packed)
    assert isinstance(data, DataPart)
    return data


_WHOLE = _Work(_judged, _packed, _unpacked)
_DATA = _Work(_data, _packed_data, _unpacked_data)
