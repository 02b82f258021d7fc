"""Rows → what the data files have of them, part by part.

A part's encounters are put together where they are judged, and its records end there: no process
holds those of all parts.  Of many rows the parts are files meanwhile, so that memory holds the rows
of all parts only while they are read.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from auditor.collector import collector_paused
from auditor.judge import Rules, judge_part, processes_for
from auditor.load.encounters import Assembled, Part, assemble
from auditor.load.parts import MANY, Extract, KeptParts, Parts
from auditor.processes import Work, made_of
from auditor.progress import Step, Tell, silent
from auditor.report.part import DataPart, merged, part_of
from auditor.report.write import workshop
from auditor.tables.attach import attach, quarters_of
from auditor.tables.published import PublicTables
from auditor.tables.quarter import Quarter


@dataclass(frozen=True, slots=True)
class Audited:
    """What the data files have of some rows, what became of the rows, and their quarters."""

    data: DataPart
    assembled: Assembled
    quarters: frozenset[Quarter]


@contextmanager
def parts_of(extract: Extract, out: Path, tell: Tell = silent) -> Iterator[Parts | KeptParts]:
    """The parts of an extract; of many rows they lie in or beside the folder ``out`` meanwhile.

    :class:`auditor.report.OutputError` where they cannot.
    """
    parts = Parts(extract)
    if extract.rows < MANY or extract.has_mended:
        yield parts
        return
    with workshop(out) as folder:
        yield parts.kept_in(folder, tell)


def audit_rows(
    parts: Parts | KeptParts,
    rules: Rules,
    tables: PublicTables,
    *,
    processes: int | None = None,
    tell: Tell = silent,
) -> tuple[DataPart, list[Audited]]:
    """Judge all parts: their data as one, and each with what became of its rows.

    ``processes``, ``tell`` and what is raised are those of :func:`auditor.judge.judge`.
    """
    work = Work(partial(audit_part, rules=rules, tables=tables), _pickled, _unpickled)
    made: list[Audited] = []
    done = 0
    with collector_paused():
        for part in made_of(parts, work, processes_for(parts.encounters, rules, processes)):
            made.append(part)
            done += len(part.data.encounters)
            tell(Step.JUDGE, done, parts.encounters)
        return merged([part.data for part in made]), made


def audit_part(part: Part, rules: Rules, tables: PublicTables) -> Audited:
    """Put the encounters of some rows together and judge them."""
    assembled = assemble(part)
    judged = judge_part([attach(one, tables) for one in assembled.encounters], rules)
    quarters = frozenset[Quarter]().union(*map(quarters_of, assembled.encounters))
    data = part_of(judged.audit, judged.cases)
    return Audited(data, replace(assembled, encounters=()), quarters)


def _pickled(audited: Audited, part: Part) -> bytes:
    return pickle.dumps(audited, pickle.HIGHEST_PROTOCOL)


def _unpickled(packed: bytes, parts: Sequence[Part], number: int) -> Audited:
    audited = pickle.loads(packed)
    assert isinstance(audited, Audited)
    return audited
