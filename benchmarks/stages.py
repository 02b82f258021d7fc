"""The stages of one audit apart: ``python -m benchmarks.stages ARGUMENTS`` of ``auditor run``.

The command itself runs, in this process and on one processor; the functions of a stage are wrapped
where they stand, so that nothing is measured that the program does not do.  A stage inside another
one is not counted twice: together they are the whole.  The last line is JSON: seconds of processor
by stage, the peak of the memory, and of what the extract and its audit consist.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from time import process_time
from typing import Any

from auditor.judge import Judged
from auditor.load.encounters import Assembled
from auditor.record import Administration, DrugClass, Method, Route
from auditor.report.findings import FindingRow
from auditor.report.part import DataPart

STAGES = {
    "read": (
        *("load.read.read_bytes", "load.read.read_file", "load.parquet.read_parquet"),
        *("load.x12.read_x12", "load.hl7.read_hl7"),
    ),
    "records": (
        *("load.receive", "load.put_together", "load.ledger_of", "load.encounters.assemble"),
        *("tables.attach.tables_for", "tables.attach.tables_on", "tables.attach.attach"),
    ),
    "coding": ("coding.supported", "coding.compare"),
    "checks": ("judge.judge", "judge.judge_part", "audit_rows.audit_rows"),
    "cases": ("report.case.case_of",),
    "summary": (
        *("report.summary.summarise", "report.money.effects_of", "report.remembered.run_of"),
        *("report.html.render_report",),
    ),
    "data files": (
        "report.part.part_of",
        *("report.data.write_findings", "report.data.write_corrected"),
        *("report.data.write_audit_json", "report.data.write_json"),
    ),
    "workbook": (
        "report.workbook.write_workbook",
        "report.workbook.rows_to_mend.write_rows_to_mend",
    ),
    "PDF": ("report.pdf.write_pdf",),
}
REST = "start and rest"
_CHEMOTHERAPY = (DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL, DrugClass.BIOLOGIC)


class Clock:
    """Seconds of this process by stage, each without the stages that it calls.

    ``heard`` is told what a function returned, by its name, and costs no stage anything.
    """

    def __init__(self) -> None:
        """Start, with what this process has had so far as part of the rest."""
        self.spent: Counter[str] = Counter()
        self.returned: dict[str, Any] = {}
        self.heard: dict[str, Callable[[Any], None]] = {}
        self._stages, self._since = [REST], 0.0

    def turn(self) -> None:
        """Charge the stage that is going on with the time since the last turn."""
        now = process_time()
        self.spent[self._stages[-1]] += now - self._since
        self._since = now

    def watched(self, stage: str, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time charged to the stage and its last answer kept."""

        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            self.turn()
            self._stages.append(stage)
            try:
                self.returned[name] = answer = function(*arguments, **named)
                return answer
            finally:
                self.turn()
                self._stages.pop()
                if name in self.heard:
                    self.heard[name](self.returned[name])
                    self._since = process_time()

        return timed


class Seen:
    """Of what an extract consists, counted while its parts are put together."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.encounters = self.without_stop = 0
        self.kinds: Counter[str] = Counter()

    def count(self, assembled: Assembled) -> None:
        """Count the encounters of a part and what was given in them."""
        self.encounters += len(assembled.encounters)
        for given in (one for e in assembled.encounters for one in e.administrations):
            self.kinds[_kind(given)] += 1
            self.without_stop += given.method is Method.INFUSION and given.stop is None


def watch(clock: Clock) -> None:
    """Put every function of a stage under the clock, in each module that knows it."""
    import auditor
    import checks

    for package in (auditor, checks):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    ours = [m for name, m in sys.modules.items() if name.split(".")[0] in ("auditor", "checks")]
    for stage, names in STAGES.items():
        for name in names:
            home, _, word = name.rpartition(".")
            function = getattr(importlib.import_module(f"auditor.{home}"), word)
            timed = clock.watched(stage, name, function)
            for module in ours:
                for known in [k for k, value in vars(module).items() if value is function]:
                    setattr(module, known, timed)


def _kind(given: Administration) -> str:
    """What was given and how, as far as the record says it."""
    if given.route is Route.OTHER:
        return "by mouth or otherwise"
    if given.drug_class is DrugClass.HYDRATION:
        return "hydration"
    kind = "chemotherapy" if given.drug_class in _CHEMOTHERAPY else "other"
    return f"{kind} {given.method or 'IV'}"


def _with_deficiencies(judged: Judged | DataPart) -> int:
    """How many encounters have one, of an audit and of its data alone."""
    if isinstance(judged, DataPart):
        column = [field.name for field in fields(FindingRow)].index("encounter_id")
        return len({one.cells[column] for one in judged.findings if one.place[0] == 0})
    return len({finding.encounter.encounter_id for finding in judged.audit.findings})


def main() -> int:
    """Run the command with the arguments given; its status."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])  # so that nothing is handed out
    clock, seen = Clock(), Seen()
    clock.heard["load.encounters.assemble"] = seen.count
    watch(clock)
    from auditor import cli

    status: Any = 0
    try:
        cli.app(["run", *sys.argv[1:]], prog_name="auditor")
    except SystemExit as end:
        status = end.code
    clock.turn()
    if status not in (cli.DONE, cli.WITHOUT_PDF):
        return int(status)
    ledger = clock.returned["load.ledger_of"]
    judged = clock.returned.get("judge.judge") or clock.returned["audit_rows.audit_rows"][0]
    results = judged.results if isinstance(judged, DataPart) else judged.audit.results
    told = {
        "stages": {name: round(clock.spent[name], 3) for name in (*STAGES, REST)},
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "encounters": seen.encounters,
        "with deficiencies": _with_deficiencies(judged),
        "deficiencies": sum(result.deficient for result in results),
        "undetermined": sum(result.undetermined for result in results),
        "administrations": seen.kinds,
        "infusions without stop": seen.without_stop,
        "rows": {
            fate: sum(getattr(sheet, fate) for sheet in ledger.sheets)
            for fate in ("rows_read", "used", "superseded", "rejected")
        },
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
