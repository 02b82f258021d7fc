"""The data files of an audit on a cluster: tables of Parquet, a file for each part, and a summary.

A cell is what it is in the CSV files of a single machine, in the same columns; findings and
encounters have beside them what audit.json has of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow
from pyarrow import parquet

from auditor.cluster.work import Work
from auditor.history.store import History
from auditor.load.ledger import Ledger, LedgerRow
from auditor.load.profile import Profile
from auditor.report.data import (
    CORRECTED_COLUMNS,
    FINDING_COLUMNS,
    as_text,
    write_audit_json,
    write_json,
)
from auditor.report.keeping import keep
from auditor.report.manifest import InputFile, input_file, manifest, ruling
from auditor.report.part import DataPart
from auditor.report.remembered import run_of
from auditor.report.write import MANIFEST, undisturbed
from auditor.tables.store import Loaded

FINDINGS, CORRECTED, ENCOUNTERS, NOT_USED = TABLES = (
    *("findings", "corrected_lines", "encounters", "rows_not_used"),
)
SUMMARY = "summary.json"
_NOT_USED_COLUMNS = (
    *("file", "sheet", "row", "column", "value", "disposition", "reason", "remedy", "others"),
)


def data_files(run: Work, name: str, data: DataPart) -> list[tuple[str, str]]:
    """Write the findings, encounters and corrected lines of a part; each file and its SHA-256."""
    findings = ((*finding.cells, finding.json) for finding in data.findings)
    corrected = (cells for encounter in data.encounters for cells in encounter.corrected)
    encounters = ((encounter.encounter_id, encounter.json) for encounter in data.encounters)
    return [
        _written(run, f"{FINDINGS}/{name}", (*FINDING_COLUMNS, "json"), findings),
        _written(run, f"{CORRECTED}/{name}", CORRECTED_COLUMNS, corrected),
        _written(run, f"{ENCOUNTERS}/{name}", ("encounter_id", "json"), encounters),
    ]


def not_used(run: Work, name: str, rows: Iterable[LedgerRow]) -> tuple[str, str]:
    """Write what became of rows that were not used; the file and its SHA-256."""
    cells = (
        tuple(
            as_text(cell)
            for cell in (
                *(row.file, row.sheet or "", str(row.row), row.column or "", row.value or ""),
                *(row.disposition, row.reason, row.remedy or ""),
                json.dumps([fault._asdict() for fault in row.others], ensure_ascii=False)
                if row.others
                else "",
            )
        )
        for row in rows
    )
    return _written(run, f"{NOT_USED}/{name}", _NOT_USED_COLUMNS, cells)


def _written(
    run: Work, name: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]
) -> tuple[str, str]:
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pyarrow.array(cells, pyarrow.string()) for cells in by_column]
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays, list(columns)), file, compression="zstd")
    data = file.getvalue()
    run.write(f"{name}.parquet", data)
    return f"{name}.parquet", sha256(data).hexdigest()


def finish(
    run: Work,
    out: Work,
    data: DataPart,
    ledger: Ledger,
    outputs: Mapping[str, str],
    inputs: Sequence[InputFile],
    tables: Sequence[Loaded],
    profile: Profile,
    history: History | None,
) -> tuple[str, ...]:
    """Write summary and manifest, and put all in the place of what an earlier audit left.

    The manifest comes last: what has none is not finished.  What is said of the history is given
    back.
    """
    rules = ruling(data.policy, profile, [result.check for result in data.results])
    with TemporaryDirectory() as folder:
        summary, told = Path(folder) / SUMMARY, Path(folder) / MANIFEST
        write_audit_json(summary, data.policy, data.results, data.counts, None, None, ledger)
        hashes = {**dict(sorted(outputs.items())), SUMMARY: input_file(summary).sha256}
        write_json(told, manifest(inputs, tables, data.policy, rules, hashes))
        run.write(SUMMARY, summary.read_bytes())
        run.write(MANIFEST, told.read_bytes())
    with undisturbed():
        for name in (MANIFEST, SUMMARY, *TABLES):
            out.remove(name)
        for name in (*TABLES, SUMMARY, MANIFEST):
            run.move(name, out)
        return keep(
            history,
            run_of(data.policy, data.results, data.counts.months, rules, inputs, tables),
        )
