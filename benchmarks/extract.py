"""A hospital's extract of any size: ``python -m benchmarks.extract ROWS FOLDER [FORMAT]``.

The same seed writes the same cells.  Encounters are stays of the sample month's scenarios, played
again with other minutes, sites, drugs and people: nine in ten ordinary ones, in the proportions of
the month, and one in ten with a planted fault, which is about the share of outpatient claims that
Medicare's error rate finds improper.  The month charts only what bears on infusions, about six rows
a stay; here a stay of the emergency department or oncology has 6 to 20 further rows of tablets,
inhalers and patches, given, held, refused or only noted, so that it comes to about 19, the middle
of the 15 to 30 that hospitals chart.  They have orders of their own and earn nothing.  One stay in
seven is of a patient who was there before.
"""

from __future__ import annotations

import csv
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Protocol
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent.parent / "sample_data"))

from exports import (
    Row,
    access_rows,
    claim_rows,
    clinic_rows,
    encounter_rows,
    formulary_rows,
    mar_rows,
    order_rows,
)
from formulary import DRUGS, INDICATIONS, Drug
from planted import PLANTS
from planted_battery import BATTERY
from scenarios import ORDINARY
from stay import CLINIC, Stay

SEED = 1
LARGEST_WORKBOOK = 1_000_000  # rows; a sheet holds 1,048,576
FIRST_DAY, DAYS = datetime(2024, 7, 1), 89  # the quarter of the edits that come with the program
_FAULTY, _AGAIN = 0.10, 1 / 7
_GROUP = 50_000  # rows of a row group
_AT_ONCE = 100  # stays; each lot gets a repeated claim line and two rows that cannot be used

_ORAL = (
    "acetaminophen tablet", "ibuprofen tablet", "metoprolol tartrate tablet", "lisinopril tablet",
    "amlodipine tablet", "atorvastatin tablet", "aspirin chewable tablet", "clopidogrel tablet",
    "metformin tablet", "levothyroxine tablet", "gabapentin capsule", "oxycodone tablet",
    "prednisone tablet", "pantoprazole tablet", "docusate capsule", "senna tablet",
    "polyethylene glycol powder", "potassium chloride tablet", "sertraline tablet",
    "trazodone tablet", "melatonin tablet", "tamsulosin capsule", "apixaban tablet",
    "warfarin tablet", "furosemide tablet", "carvedilol tablet", "losartan tablet",
    "albuterol inhaler", "fluticasone inhaler", "tiotropium inhaler", "lidocaine patch",
    "nicotine patch", "ondansetron disintegrating tablet", "famotidine tablet",
    "cephalexin capsule", "doxycycline tablet", "azithromycin tablet", "loperamide capsule",
    "cetirizine tablet", "folic acid tablet",
)  # fmt: skip
_ACTIONS = ("Given", "Refused", "Held", "Not Given", "Due", "MAR Hold")
_WEIGHTS = (78, 5, 4, 3, 6, 4)
for _name in _ORAL:
    DRUGS[_name] = Drug(_name, _name.rpartition(" ")[0], Decimal(1), _name.rpartition(" ")[2])
    INDICATIONS[_name] = "Home medication"


@dataclass(frozen=True, slots=True)
class Extract:
    """The files of an extract, and how many rows of charted actions and encounters they have."""

    files: tuple[Path, ...]
    rows: int
    encounters: int


class Writer(Protocol):
    """One file that takes rows."""

    def write(self, rows: Sequence[Row]) -> None: ...


def stays(seed: int = SEED) -> Iterator[Stay]:
    """Stays without end."""
    rng = Random(seed)
    ordinary = [kind.count for kind in ORDINARY]
    patients: list[str] = []
    number = 0
    while True:
        number += 1
        arrived = FIRST_DAY + timedelta(
            days=rng.randrange(DAYS), minutes=rng.randrange(465, 760)
        )  # a clinic's morning; nobody audits by the hour of arrival
        if rng.random() < _FAULTY:
            plant = rng.choice((*PLANTS, *BATTERY))
            stay = Stay(number, plant.unit, arrived, rng, plant.diagnoses)
            _again(stay, patients, rng)
            plant.scenario(stay, True)
        else:
            kind = rng.choices(ORDINARY, ordinary)[0]
            stay = Stay(number, kind.unit, arrived, rng, kind.diagnoses)
            _again(stay, patients, rng)
            kind.scenario(stay)
        stay.close()
        if stay.unit != CLINIC:
            _chart_the_rest(stay, rng)
        yield stay


def _again(stay: Stay, patients: list[str], rng: Random) -> None:
    if patients and rng.random() < _AGAIN:
        stay.patient_id = rng.choice(patients)
    else:
        patients.append(stay.patient_id)


def _chart_the_rest(stay: Stay, rng: Random) -> None:
    """What the patient takes anyway: after the claim is written, for it bills nothing."""
    assert stay.discharged is not None
    minutes = max(60, int((stay.discharged - stay.arrived).total_seconds() // 60))
    chosen = rng.sample(_ORAL, rng.randint(2, 6))
    for _ in range(rng.randint(6, 20)):
        action = rng.choices(_ACTIONS, _WEIGHTS)[0]
        given = stay.tablet(rng.choice(chosen), rng.randrange(15, minutes), action)
        if given.key.endswith(("inhaler", "patch")):
            given.route = "Inhalation" if given.key.endswith("inhaler") else "Transdermal"


def write(rows: int, folder: Path, form: str, seed: int = SEED) -> Extract:
    """Write an extract with at least so many charted actions, in whole lots of stays."""
    if form == "xlsx" and rows > LARGEST_WORKBOOK:
        raise ValueError(f"a sheet takes {LARGEST_WORKBOOK:,} rows")
    folder.mkdir(parents=True)
    source = stays(seed)
    charted = encounters = 0
    with ExitStack() as open_files:
        writers: dict[str, Any] = {}

        def put(name: str, some: list[Row]) -> None:
            if name not in writers:
                made = _WRITERS[form](folder / f"{name}.{form}", list(some[0]))
                writers[name] = open_files.enter_context(made)
            writers[name].write(some)

        put("formulary", formulary_rows()[: -len(_ORAL)])  # the pharmacy lists no tablets
        while charted < rows:
            lot = list(islice(source, _AT_ONCE))
            actions = mar_rows(lot)
            put("mar", actions)
            put("claims", claim_rows(lot))
            put("infusion_clinic_mar", clinic_rows(lot))
            put("orders", order_rows(lot))
            put("encounters", encounter_rows(lot))
            put("lines", access_rows(lot))
            charted, encounters = charted + len(actions), encounters + len(lot)
    return Extract(tuple(sorted(folder.glob(f"*.{form}"))), charted, encounters)


# ── writers ───────────────────────────────────────────────────────────────────────────────────


class _Csv:
    """Text as databases export it; times in ISO form."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._table = csv.writer(self._file)
        self._table.writerow(header)

    def write(self, rows: Sequence[Row]) -> None:
        self._table.writerows(row.values() for row in rows)

    def __enter__(self) -> _Csv:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Parquet:
    """Typed columns, in groups of rows as large as databases write them."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._path, self._header = path, header
        self._rows: list[Row] = []
        self._file: Any = None

    def write(self, rows: Sequence[Row]) -> None:
        self._rows += rows
        if len(self._rows) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        """Write what is there; the first group has every type of the others."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {name: [row[name] for row in self._rows] for name in self._header}
        if self._file is None:
            types = [(name, self._type(name, values)) for name, values in columns.items()]
            self._file = pq.ParquetWriter(self._path, pa.schema(types))
        texts = {field.name for field in self._file.schema if field.type == pa.string()}
        for name in texts & set(columns):
            columns[name] = [None if value is None else str(value) for value in columns[name]]
        self._file.write_table(pa.table(columns, schema=self._file.schema))
        self._rows = []

    def _type(self, name: str, values: Sequence[object]) -> Any:
        import pyarrow as pa

        kinds = {type(value) for value in values if value is not None}
        if kinds == {datetime} and name != "TAKEN_TIME":  # of which some are none
            return pa.timestamp("s")
        return pa.float64() if kinds and kinds <= {int, float} else pa.string()

    def __enter__(self) -> _Parquet:
        return self

    def __exit__(self, *_: object) -> None:
        if self._rows:
            self._flush()
        self._file.close()


_BOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    "</Types>",
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship '
    'Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
    'Target="styles.xml"/><Relationship Id="r3" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    '><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/>'
    '</cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}
_EPOCH = datetime(1899, 12, 30)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


class _Workbook:
    """One sheet as Excel saves it, texts shared, a row at a time: no library holds the cells."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._package = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        for name, content in _BOOK.items():
            self._package.writestr(name, content)
        self._texts: dict[str, int] = {}
        self._letters = [_letter(number) for number in range(len(header))]
        self._sheet = self._package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(f"<worksheet {_MAIN}><sheetData>".encode())
        self._row = 0
        self.write([dict(zip(header, header, strict=True))])

    def write(self, rows: Sequence[Row]) -> None:
        texts, parts = self._texts, []
        for row in rows:
            self._row += 1
            parts.append(f'<row r="{self._row}">')
            for letter, value in zip(self._letters, row.values(), strict=True):
                if value is None:
                    continue
                at = f'<c r="{letter}{self._row}"'
                if isinstance(value, str):
                    parts.append(f'{at} t="s"><v>{texts.setdefault(value, len(texts))}</v></c>')
                elif isinstance(value, datetime):
                    since = value - _EPOCH
                    parts.append(f'{at} s="1"><v>{since.days + since.seconds / 86400:.10f}</v></c>')
                else:
                    parts.append(f"{at}><v>{value}</v></c>")
            parts.append("</row>")
        self._sheet.write("".join(parts).encode())

    def __enter__(self) -> _Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        with self._package.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<sst {_MAIN} uniqueCount="{len(self._texts)}">'.encode())
            for text in self._texts:
                part.write(f"<si><t>{escape(text)}</t></si>".encode())
            part.write(b"</sst>")
        self._package.close()


def _letter(number: int) -> str:
    return chr(65 + number) if number < 26 else "A" + chr(39 + number)


_WRITERS: dict[str, Any] = {"csv": _Csv, "parquet": _Parquet, "xlsx": _Workbook}


if __name__ == "__main__":
    made = write(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "csv")
    print(f"{made.rows:,} rows, {made.encounters:,} encounters")
