"""The NCCI edits among drug administration codes that come along, so that the first day has some.

They are a default of one quarter, and numbers only; CMS's own files, once loaded, come first.
Made from the MUE and PTP files of that quarter::

    python -m auditor.tables.ncci_default MUE.csv PTP.csv

which rewrites ``ncci_default.toml`` beside this file.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from auditor.tables.cms import Publication, TableError, read_publication
from auditor.tables.codes import ADMINISTRATION_CODES, codes, is_valid_on
from auditor.tables.published import (
    CodeTable,
    Edition,
    Kind,
    PairEdit,
    PairTable,
    QuarterTables,
    Scope,
    UnitsEdit,
)
from auditor.tables.quarter import Quarter

FILE = "ncci_default.toml"
_TARGET = Path(__file__).with_name(FILE)

WITH_ONE_OF: frozenset[str] = frozenset(
    number for number in ADMINISTRATION_CODES if number.startswith("96")
) | {"C8957", "G0498"}
"""The drug administration codes of which the default, and the re-published extract of the PTP
edits, has every pair."""


@cache
def default_tables() -> tuple[Quarter, QuarterTables]:
    """The quarter of the default, and its MUE and PTP tables."""
    made = tomllib.loads(_text())
    quarter = Quarter.said(made["quarter"])
    mue = Edition(Kind.MUE, quarter, Scope.ADMINISTRATION, is_default=True)
    ptp = Edition(Kind.PTP, quarter, Scope.ADMINISTRATION, is_default=True)
    covered = frozenset(made["covers"])
    limits = {code: UnitsEdit(code, *limit) for code, limit in made["mue"].items()}
    edits = {
        (column1, column2): (PairEdit(column1, column2, indicator),)
        for column1, pairs in made["ptp"].items()
        for column2, indicator in pairs
    }
    return quarter, QuarterTables(
        ptp=PairTable(ptp, edits, covered, WITH_ONE_OF), mue=CodeTable(mue, limits, covered)
    )


def default_hash() -> str:
    """The SHA-256 of the default's file, as of every other loaded file."""
    return hashlib.sha256(_text().encode()).hexdigest()


def _text() -> str:
    return files("auditor.tables").joinpath(FILE).read_text(encoding="utf-8")


def default_of(mue: Publication, ptp: Publication) -> str:
    """The text of the default that two publications of one quarter give.

    TableError where they are of two quarters, or an edit ends within the quarter: the default
    keeps no dates.
    """
    quarter = mue.quarter
    if ptp.quarter != quarter:
        raise TableError(f"{mue.file} is of {quarter}, {ptp.file} of {ptp.quarter}.")
    covered = sorted(code for code in codes() if is_valid_on(code, quarter.first))
    limits = [row for row in mue.rows if isinstance(row, UnitsEdit) and row.code in covered]
    edits = [
        row
        for row in ptp.rows
        if isinstance(row, PairEdit)
        and {row.column1, row.column2} <= set(covered)
        and not WITH_ONE_OF.isdisjoint({row.column1, row.column2})
        and row.holds_on(quarter.first)
    ]
    ending = next((edit for edit in edits if not edit.holds_on(quarter.last)), None)
    if ending is not None:
        raise TableError(
            f"{ptp.file}: {ending.column1} with {ending.column2} ends within {quarter}."
        )
    return "\n".join(_lines(mue, ptp, covered, limits, edits)) + "\n"


def _lines(
    mue: Publication,
    ptp: Publication,
    covered: list[str],
    limits: list[UnitsEdit],
    edits: list[PairEdit],
) -> Iterator[str]:
    yield "# Made by python -m auditor.tables.ncci_default; not to be edited."
    yield f"# A default for {mue.quarter.first} through {mue.quarter.last} and no other date: the"
    yield "# NCCI edits of outpatient hospitals among drug administration codes, numbers only."
    yield f'source = "{mue.file}, {ptp.file}"'
    yield f'quarter = "{mue.quarter}"'
    yield f"covers = {json.dumps(covered)}"
    yield ""
    yield "# code = [units, adjudication indicator]"
    yield "[mue]"
    yield from (f"{edit.code} = [{edit.units}, {edit.indicator}]" for edit in limits)
    yield ""
    yield "# column 1 = [[column 2, modifier indicator] …], in force all quarter"
    yield "[ptp]"
    for column1 in sorted({edit.column1 for edit in edits}):
        pairs = [[e.column2, e.modifier_indicator] for e in edits if e.column1 == column1]
        yield f"{column1} = {json.dumps(sorted(pairs))}"


def main(arguments: list[str]) -> int:
    """Write the default from the MUE and the PTP file that the two arguments name."""
    if len(arguments) != 2:
        print("usage: python -m auditor.tables.ncci_default MUE.csv PTP.csv", file=sys.stderr)
        return 2
    try:
        mue, ptp = (_read(Path(argument)) for argument in arguments)
        text = default_of(mue, ptp)
    except (OSError, TableError) as error:
        print(error, file=sys.stderr)
        return 2
    _TARGET.write_text(text, encoding="utf-8")
    return 0


def _read(path: Path) -> Publication:
    with path.open(encoding="latin-1", newline="") as file:
        return read_publication(path.name, list(csv.reader(file)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
