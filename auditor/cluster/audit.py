"""An audit on a cluster: each file is read where a worker is, each part judged where one is.

What depends on all rows is decided here (:mod:`auditor.cluster.decide`).  What a worker made lies
in a folder until the audit is whole.  A run that stopped, for whatever reason, goes on from there:
what is there is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from typing import Any

from auditor.check import Check
from auditor.cluster.decide import Decided, Orders, decided, extract_of_digests, require_all
from auditor.cluster.engine import Cluster, Task, Undone
from auditor.cluster.errors import Unfinished
from auditor.cluster.inputs import Input
from auditor.cluster.judging import JudgedPart, Judging, Portion, judge
from auditor.cluster.outputs import finish, not_used
from auditor.cluster.reading import (
    BUCKETS,
    Looked,
    Owned,
    Owning,
    Reading,
    Told,
    compare_ids,
    look,
    own,
    read,
)
from auditor.cluster.work import Work
from auditor.history.store import History
from auditor.judge import Rules
from auditor.load.encounters import orphans_of
from auditor.load.errors import InputError
from auditor.load.files import given_twice
from auditor.load.ledger import Ledger, LedgerSheet, Problems, counted
from auditor.load.parts import ROWS, Extract, some_of, together
from auditor.load.profile import Profile
from auditor.load.rows import RowSet
from auditor.policy import Policy
from auditor.progress import Step, Tell, silent
from auditor.record import RejectedRow
from auditor.report.manifest import ruling
from auditor.report.part import merged
from auditor.run import CheckResult
from auditor.tables.attach import editions_of, tables_on
from auditor.tables.store import Store

WORK = ".auditor-work"  # in the folder of the outputs
LOTS = 10  # of ROWS rows, in a part: some seconds of a worker
_MOST_PARTS = 10_000  # beyond which parts grow: every file may have a piece of every part
_FILES = "files"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is to be audited, by what, and where to.

    A part, which is what a worker takes at once, has so many ``lots`` of about so many ``rows``.
    """

    inputs: Sequence[Input]
    profile: Profile
    policy: Policy
    checks: tuple[Check, ...]
    store: Store
    out: Work
    history: History | None = None
    rows: int = ROWS
    lots: int = LOTS


@dataclass(frozen=True, slots=True)
class Done:
    """What is said of a finished audit."""

    results: tuple[CheckResult, ...]
    encounters: int
    ledger: Ledger
    history: tuple[str, ...]


def audit_on(cluster: Cluster, ordered: Ordered, tell: Tell = silent) -> Done:
    """Audit some files on a cluster, and write what is found into a folder.

    Raises:
        InputError: nothing can be audited; it holds every problem of every file.
        ProfileError: the time zone is not known.
        OutputError: the folder cannot be written.
        Unfinished: a file or a part was not worked on; the same call does only what is missing.
    """
    _ = ordered.profile.zone  # refused before anything is read
    stages = _Stages.begun(cluster, ordered, tell)
    run, problems = stages.run, Problems()
    every = stages.told()
    told = _once(every, ordered.inputs, problems)
    known = decided(told, ordered.profile, problems)
    orders, looked = stages.looked(known)
    require_all(known, looked.values(), problems)
    charges = {file: one.charges for file, one in looked.items()}
    at_home = {file: known.homes(file, orders, charges.get(file, ())) for file in told}
    extract = extract_of_digests(known, at_home.values())
    portions = _portions(extract, known, ordered)
    owned = stages.owned(at_home, portions, orders)
    problems.include([known.said, *(one.said for one in owned.values())], known.names)
    common = replace(known.common, ids_are_shared=stages.ids_are_shared(owned))
    tables = tables_on(extract.days(), extract.codes(), ordered.store)
    run.keep(
        "judging",
        Judging(Rules(ordered.checks, ordered.policy, known.common.supplied), tables, common),
    )
    rejected = known.rejected(owned, orders)
    judged = stages.judged(
        [_portion(n, lots, rejected, extract, owned) for n, lots in enumerate(portions)]
    )
    drugs = [row for rows in known.drugs for row in rows.tally.rows()]
    of_rows = [*(one.not_used for one in owned.values()), not_used(run, "drugs", drugs)]
    ledger = _ledger(known, owned, judged, problems)
    data = merged([part.data for part in judged])
    history = finish(
        run,
        ordered.out,
        data,
        ledger,
        dict(chain(of_rows, *(part.outputs for part in judged))),
        [one.file for one in every.values()],
        editions_of(tables, ordered.store, set(chain(*(part.quarters for part in judged)))),
        ordered.profile,
        ordered.history,
    )
    ordered.out.remove(WORK)
    return Done(data.results, sum(part.encounters for part in judged), ledger, history)


def _once(told: Mapping[int, Told], inputs: Sequence[Input], problems: Problems) -> dict[int, Told]:
    """Each content once; what was to be said of reading the files is said."""
    first: dict[str, int] = {}
    for number, one in told.items():
        earlier = first.setdefault(one.file.sha256, number)
        if earlier == number:
            problems.follow([one.reading])
        else:
            problems.say(given_twice(inputs[number].path, inputs[earlier].path))
    return {number: told[number] for number in first.values()}


def _portions(extract: Extract, known: Decided, ordered: Ordered) -> list[list[list[str]]]:
    """The encounters of each part by lots; a digest stands for all rows that it tells of."""
    of_digests = max(1, ordered.rows * extract.rows // max(known.rows_read, 1))
    lots = list(together(extract, of_digests)) or [[]]
    size = max(ordered.lots, -(-len(lots) // _MOST_PARTS))
    return [lots[at : at + size] for at in range(0, len(lots), size)]


def _portion(
    number: int,
    lots: Sequence[Sequence[str]],
    rejected: Mapping[str, Sequence[RejectedRow]],
    extract: Extract,
    owned: Mapping[int, Owned],
) -> Portion:
    names = list(chain(*lots))
    return Portion(
        lots,
        some_of(names, rejected),
        some_of(names, extract.keys.account_of),
        some_of(names, extract.keys.patient_of),
        [(n, *one.pieces[number]) for n, one in owned.items() if number in one.pieces],
    )


def _ledger(
    known: Decided,
    owned: Mapping[int, Owned],
    judged: Sequence[JudgedPart],
    problems: Problems,
) -> Ledger:
    """The sums of every sheet, and what is said of its rows."""
    sheets: dict[tuple[int, int], LedgerSheet] = {
        (file, n): rows.tally.close() if rows.kind == "drug" else one.sheets[n]
        for file, one in owned.items()
        for n, rows in enumerate(known.of_file[file])
    }
    for part in judged:
        for place, (superseded, rejected) in part.not_used.items():
            sheets[place] = sheets[place].less(superseded, rejected)
    parts = [assembled for part in judged for assembled in part.assembled]
    problems.include([part.problems for part in parts], known.names)
    orphans = orphans_of(parts, problems)
    return Ledger(
        sheets=(*sheets.values(), *known.tables.idle),
        problems=problems.sentences(),
        orphans=orphans,
        joined=sum(part.joined for part in parts),
    )


def _key(*told: object) -> str:
    return sha256(json.dumps(told).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class _Stages:
    """What the workers do, one stage after the other; each is done where it is not yet."""

    cluster: Cluster
    ordered: Ordered
    work: Work
    keys: Sequence[str]
    run: Work
    tell: Tell

    @classmethod
    def begun(cls, cluster: Cluster, ordered: Ordered, tell: Tell) -> _Stages:
        """Make the folder, or find what an earlier run of the same audit left in it."""
        rules = ruling(ordered.policy, ordered.profile, ordered.checks)
        keys = [
            _key(rules.engine, rules.shipped, rules.profile, one.name, one.url, one.version)
            for one in ordered.inputs
        ]
        tables = [
            (str(loaded.edition), *(file.sha256 for file in loaded.files))
            for loaded in ordered.store.loaded()
        ]
        work = ordered.out.at(WORK)
        run = work.at(f"run-{_key(keys, rules.rows, tables, ordered.rows, ordered.lots)}")
        work.begin()
        work.keep_only([_FILES, run.name])
        work.at(_FILES).keep_only([f"{key}.{what}" for key in keys for what in ("rows", "told")])
        return cls(cluster, ordered, work, keys, run, tell)

    def told(self) -> dict[int, Told]:
        """What each file tells."""
        inputs, files = self.ordered.inputs, self.work.at(_FILES)
        self.run.keep("reading", Reading(inputs, self.keys, files, self.ordered.profile))
        made = files.names()
        self._do(
            read,
            [n for n, key in enumerate(self.keys) if f"{key}.told" not in made],
            Step.READ,
            [one.size / 1e6 for one in inputs],
            self._file,
        )
        return {n: files.load(f"{key}.told") for n, key in enumerate(self.keys)}

    def looked(self, known: Decided) -> tuple[Orders, dict[int, Looked]]:
        """What files tell of rows in others, and the encounters of the orders asked for."""
        orders, transactions = known.wanted_orders, known.wanted_transactions
        tables = known.tables
        asked = Owning(
            *(
                self.work.at(_FILES),
                self.keys,
                tables.known,
                known.common.supplied,
                orders,
                transactions,
            )
        )
        self.run.keep("owning", asked)
        for file in known.of_file:
            self.run.keep(f"answers-{file}", known.answers(file))
        files = known.files_to_look_at(orders=bool(orders), transactions=bool(transactions))
        looked = self._kept("looked", look, files, Step.LOOK, self._file)
        return known.orders(looked.values(), orders), looked

    def owned(
        self,
        at_home: Mapping[int, Sequence[RowSet]],
        portions: Sequence[Sequence[Sequence[str]]],
        orders: Orders,
    ) -> dict[int, Owned]:
        """What became of the rows of each file once their encounters are known."""
        part_of = {
            name: number for number, lots in enumerate(portions) for lot in lots for name in lot
        }
        for file, digests in at_home.items():
            homes = {*chain(*(rows.homes for rows in digests))}
            wanted = {*chain(*(rows.column("order_id") for rows in digests))}
            told = some_of(wanted, orders), some_of(homes, part_of)
            self.run.keep(f"homes-{file}", told)
        return self._kept("owned", own, list(at_home), Step.CUT, self._file)

    def ids_are_shared(self, owned: Mapping[int, Owned]) -> bool:
        """Whether some administration id of charted actions is there twice."""
        told = [(file, one.buckets) for file, one in owned.items() if any(one.buckets)]
        if any(one.shared for one in owned.values()) or len(told) < 2:
            return any(one.shared for one in owned.values())
        self.run.keep("ids", told)
        buckets = list(range(BUCKETS))
        compared = self._kept(
            "compared", compare_ids, buckets, Step.LOOK, "bucket {} of ids".format
        )
        return any(compared.values())

    def judged(self, portions: Sequence[Portion]) -> list[JudgedPart]:
        """What the checks say of each part."""
        for number, portion in enumerate(portions):
            self.run.keep(f"portion-{number}", portion)
        weights = [sum(map(len, portion.lots)) for portion in portions]

        def named(number: int) -> str:
            return f"part {number + 1} of {len(portions)} ({counted(weights[number], 'encounter')})"

        numbers = list(range(len(portions)))
        judged = self._kept("judged", judge, numbers, Step.JUDGE, named, weights)
        return [judged[number] for number in numbers]

    def _file(self, number: int) -> str:
        return self.ordered.inputs[number].name

    def _kept(
        self,
        folder: str,
        task: Task,
        numbers: Sequence[int],
        step: Step,
        named: Callable[[int], str],
        weights: Sequence[float] = (),
    ) -> dict[int, Any]:
        """What a task has kept of each number in a folder of the run."""
        made = self.run.at(folder).names()
        missing = [number for number in numbers if str(number) not in made]
        self._do(task, missing, step, weights or [1] * (max(numbers, default=0) + 1), named)
        return {number: self.run.load(f"{folder}/{number}") for number in numbers}

    def _do(
        self,
        task: Task,
        missing: Sequence[int],
        step: Step,
        weights: Sequence[float],
        named: Callable[[int], str],
    ) -> None:
        """Do what is missing, or say what of it was not done: InputError, Unfinished."""
        done, total = 0.0, sum(weights[number] for number in missing)

        def one(number: int) -> None:
            nonlocal done
            done += weights[number]
            self.tell(step, done, total)

        undone = self.cluster.run(task, self.run, missing, one)
        if not undone:
            return
        if wrong := [
            said for _, why in sorted(undone.items(), key=_number) for said in why.sentences
        ]:
            raise InputError(wrong)
        raise Unfinished(
            "\n".join(
                [
                    f"{counted(len(undone), 'piece')} of {len(missing):,} could not be done:",
                    *(
                        f"- {named(n)}: {why.crash}."
                        for n, why in sorted(undone.items(), key=_number)
                    ),
                    f"Nothing was written to {self.ordered.out.url}; what is done is kept there in "
                    f"{WORK}. To do only what is missing, run the same command again.",
                ]
            )
        )


def _number(undone: tuple[int, Undone]) -> int:
    return undone[0]
