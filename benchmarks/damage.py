"""Seeded damages of the sample month: ``python -m benchmarks.damage [SEEDS] [FIRST SEED]``.

Each seed takes the files of a few encounters and damages a cell, a header, a column, rows or the
bytes of one of them, up to three times.  Whatever comes out, three things hold:

1. The load ends with an audit or with its own sentences, never with a traceback or a check failed.
2. The row ledger agrees: used, superseded and rejected rows add up to those read, and each row that
   was not used stands in it once.
3. No deficiency appears that is not *explained*.  It is where the undamaged files have one of the
   same check for the same patient, or one of any check for the same claim line; where the damage
   changed or took a row of that patient, or a row of the formulary for a drug of the encounter; or
   where it cites a cell of a damaged row or column.  A header that says something false (that of
   another column, or two swapped) and a column written otherwise change every row.  What says
   nothing false explains nothing: a header or a column lost, rows moved or doubled, blank rows
   put between, capitals, spaces, another encoding or delimiter.
"""

from __future__ import annotations

import csv
import io
import random
import re
import string
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from openpyxl import load_workbook

import checks
from auditor.check import discover
from auditor.load import InputError, Ledger, load, load_profile
from auditor.load.read import column_letter
from auditor.policy import Policy
from auditor.run import Audit, Finding
from auditor.run import run as run_checks
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store
from auditor.verdict import sources_of

SAMPLE = Path(__file__).parent.parent / "sample_data"
SEEDS = 2_000
ENCOUNTERS = 12

DAMAGED_TEXTS = (
    *("", " ", "?", "N/A", "0", "-1", "1E5", "12A", "1,5", "99999999999999999999", "NaN", "=1+1"),
    *("02/30/2024", "25:61", "13/13/2024 8:00", "2024-09-01T08:00Z", "9/1/24", "0000", "24:00"),
    *("x" * 5000, "\u202eabc", "<b>&amp;", "Stopped", "96365", "J1885", "IV push", "Total"),
)


@dataclass
class Row:
    """One row: its cells, whose it is, and whether it was damaged."""

    cells: list[str]
    people: frozenset[str]
    is_touched: bool = False


@dataclass
class Table:
    """One file as rows of text; ``header`` is the place of its header among them, -1 without."""

    name: str
    rows: list[Row]
    header: int

    @property
    def names(self) -> list[str]:
        """The cells of the header."""
        return self.rows[self.header].cells

    def copy(self) -> Table:
        """A table to be damaged."""
        return Table(self.name, [Row(list(r.cells), r.people) for r in self.rows], self.header)


@dataclass
class Touched:
    """What a damage changed: rows and columns as they stand now, and whose rows they are."""

    rows: set[tuple[str, int]] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    owners: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    how: list[str] = field(default_factory=list)


@cache
def month() -> tuple[Table, ...]:
    """The rows of a few encounters, planted ones and others, from each file of the sample."""
    with (SAMPLE / "planted.csv").open(encoding="utf-8") as file:
        planted = list(dict.fromkeys(row["encounter_id"] for row in csv.DictReader(file)))
    chosen = planted[:: len(planted) // (ENCOUNTERS // 2)][: ENCOUNTERS // 2]
    stays = _read("encounters.xlsx")
    others = [row[0] for row in stays if row[0].isdigit() and row[0] not in planted]
    chosen += others[:: len(others) // (ENCOUNTERS // 2)][: ENCOUNTERS // 2]
    patients = {row[0]: row[2] for row in stays if row[0] in chosen}
    ids = {number: patients[row[0]] for row in stays if row[0] in chosen for number in row[:3]}
    tables = []
    for path in sorted(SAMPLE.glob("*.xlsx")):
        rows = _read(path.name)
        header = next(n for n, row in enumerate(rows) if sum(map(bool, row)) > 5)
        whose = [frozenset(ids[cell] for cell in row if cell in ids) for row in rows]
        kept = [n for n in range(len(rows)) if n <= header or whose[n]]
        if path.stem == "formulary":
            kept = list(range(len(rows)))
            whose = [frozenset({f"drug {row[0].casefold()}"}) for row in rows]
        tables.append(Table(f"{path.stem}.csv", [Row(rows[n], whose[n]) for n in kept], header))
    return tuple(tables)


def _read(name: str) -> list[list[str]]:
    book = load_workbook(SAMPLE / name, read_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


# ── damages ───────────────────────────────────────────────────────────────────────────────────


def cell(rng: random.Random, table: Table, touched: Touched) -> None:
    """A cell that says something else."""
    row = _data_row(rng, table)
    place = rng.randrange(len(row.cells))
    row.cells[place] = _damaged(rng, row.cells[place])
    _touch(row, touched)


def shifted(rng: random.Random, table: Table, touched: Touched) -> None:
    """A row whose cells stand one further to the right or left from some place on."""
    row = _data_row(rng, table)
    place = rng.randrange(len(row.cells))
    if rng.random() < 0.5:
        row.cells.insert(place, "")
        row.cells.pop()
    else:
        row.cells.append("")
        row.cells.pop(place)
    _touch(row, touched)


def header(rng: random.Random, table: Table, touched: Touched) -> None:
    """A header that says nothing, or that of another column."""
    names = table.names
    place, other = rng.randrange(len(names)), rng.randrange(len(names))
    touched.how.append(f"header {names[place]}")
    if rng.random() < 0.5:
        names[place] = rng.choice(["", "Column 1"])
    elif names[place] != names[other]:
        names[place] = names[other]
        touched.columns.add((table.name, column_letter(place)))
        _touch_all(table, touched)


def headers_swapped(rng: random.Random, table: Table, touched: Touched) -> None:
    """Two headers, each over the column of the other."""
    names = table.names
    one, other = rng.sample(range(len(names)), 2)
    names[one], names[other] = names[other], names[one]
    touched.columns |= {(table.name, column_letter(one)), (table.name, column_letter(other))}
    _touch_all(table, touched)


def no_header(rng: random.Random, table: Table, touched: Touched) -> None:
    """A table without its header."""
    table.rows.pop(table.header)
    table.header = -1


def no_column(rng: random.Random, table: Table, touched: Touched) -> None:
    """A table without one of its columns."""
    place = rng.randrange(len(table.names))
    touched.how.append(f"lost {table.names[place]}")
    for row in table.rows:
        del row.cells[place : place + 1]


def wrong_type(rng: random.Random, table: Table, touched: Touched) -> None:
    """A column all of whose cells are written in another way."""
    place = rng.randrange(len(table.names))
    harmless = [str.lower, str.upper, lambda text: f" {text} "]
    harmful = [
        lambda text: text.replace("-", "/"),
        lambda text: text.lstrip("0"),
        lambda text: f"{text}.0" if text.isdigit() else text,
    ]
    change = rng.choice([*harmless, *harmful])
    for row in table.rows[table.header + 1 :]:
        row.cells[place : place + 1] = [change(text) for text in row.cells[place : place + 1]]
    if change in harmful:
        touched.columns.add((table.name, column_letter(place)))
        _touch_all(table, touched)


def lost(rng: random.Random, table: Table, touched: Touched) -> None:
    """Some rows fewer."""
    for _ in range(min(rng.randint(1, 5), len(table.rows) - table.header - 1)):
        row = _data_row(rng, table)
        touched.people |= row.people
        table.rows = [other for other in table.rows if other is not row]


def moved(rng: random.Random, table: Table, touched: Touched) -> None:
    """Rows in another order."""
    first = table.header + 1
    order = list(range(first, len(table.rows)))
    if rng.random() < 0.5:
        rng.shuffle(order)
    else:
        one, other = rng.choice(order), rng.choice(order)
        order.insert(other - first, order.pop(order.index(one)))
    table.rows[first:] = [table.rows[row] for row in order]


def doubled(rng: random.Random, table: Table, touched: Touched) -> None:
    """A row again, right below itself or anywhere."""
    row = _data_row(rng, table)
    near = row if rng.random() < 0.5 else _data_row(rng, table)
    table.rows.insert(_place(table, near) + 1, Row(list(row.cells), row.people, row.is_touched))


def blank_row(rng: random.Random, table: Table, touched: Touched) -> None:
    """A blank row, or the header again, between the rows."""
    place = _place(table, _data_row(rng, table))
    names = table.names
    cells = list(names) if rng.random() < 0.5 else [""] * len(names)
    table.rows.insert(place, Row(cells, frozenset()))


DAMAGES: Sequence[Callable[[random.Random, Table, Touched], None]] = (
    *(cell, cell, cell, shifted, header, headers_swapped, no_header, no_column, wrong_type),
    *(lost, moved, doubled, blank_row),
)


def _damaged(rng: random.Random, text: str) -> str:
    match rng.randrange(5):
        case 0:
            return rng.choice(DAMAGED_TEXTS)
        case 1 if text:  # one sign is another
            at = rng.randrange(len(text))
            return text[:at] + rng.choice(string.printable) + text[at + 1 :]
        case 2 if text:  # cut off
            return text[: rng.randrange(len(text))]
        case 3:
            return re.sub(r"\d", lambda _: str(rng.randrange(10)), text)
        case _:
            return text + rng.choice([" ", "\u00a0", "\n", "x", ".0", "\x1b[2J", '"', ","])


def _data_row(rng: random.Random, table: Table) -> Row:
    return table.rows[rng.randrange(table.header + 1, len(table.rows))]


def _place(table: Table, row: Row) -> int:
    return next(place for place, other in enumerate(table.rows) if other is row)


def _touch_all(table: Table, touched: Touched) -> None:
    for row in table.rows[table.header + 1 :]:
        touched.people |= row.people


def _touch(row: Row, touched: Touched) -> None:
    row.is_touched = True
    touched.people |= row.people


def _encoded(rng: random.Random, table: Table, touched: Touched) -> bytes:
    """The bytes of a file, now and then in another encoding, with other signs, or cut off."""
    delimiter, encoding, ends, cut = ",", "utf-8", "\r\n", None
    match rng.randrange(12):
        case 0:
            encoding = rng.choice(["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
        case 1:
            delimiter = rng.choice(";\t|")
        case 2:
            ends = rng.choice(["\n", "\r"])
        case 3:
            cut = rng.random()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ends).writerows(
        row.cells for row in table.rows
    )
    data = text.getvalue().encode(encoding, errors="replace")
    if cut is not None:
        kept = int(len(data) * cut)
        before = data[:kept].count(b"\n")
        for row in range(max(before - 1, 0), len(table.rows)):
            touched.people |= table.rows[row].people
            touched.rows.add((table.name, row + 1))
        return data[:kept]
    return data


def written(tables: Sequence[Table], folder: Path, touched: Touched, spoilt: int = -1,
            rng: random.Random | None = None) -> list[Path]:  # fmt: skip
    """The files of the tables, the bytes of one of them damaged."""
    paths = []
    for number, table in enumerate(tables):
        for place, row in enumerate(table.rows, start=1):
            touched.owners[table.name, place] = row.people
            if row.is_touched:
                touched.rows.add((table.name, place))
        path = folder / table.name
        chance = rng if rng is not None and number == spoilt else _Sober()
        path.write_bytes(_encoded(chance, table, touched))
        paths.append(path)
    return paths


def damaged(seed: int, folder: Path) -> tuple[list[Path], Touched]:
    """The files of the month damaged by a seed, and what was touched."""
    rng = random.Random(seed)
    tables = [table.copy() for table in month()]
    touched = Touched()
    for _ in range(rng.randint(1, 3)):
        whole = [t for t in tables if 0 <= t.header < len(t.rows) - 1]
        damage, table = rng.choice(DAMAGES), rng.choice(whole)
        damage(rng, table, touched)
        touched.how.append(f"{damage.__name__} in {table.name}")
    return written(tables, folder, touched, rng.randrange(len(tables)), rng), touched


def without_column(number: int, folder: Path) -> tuple[list[Path], Touched]:
    """The files of the month, one column of them lost: each number is another one."""
    tables = [table.copy() for table in month()]
    touched = Touched()
    for table in tables:
        if number < len(table.names):
            touched.how.append(f"{table.name} without {table.names[number]}")
            for row in table.rows:
                del row.cells[number : number + 1]
            break
        number -= len(table.names)
    return written(tables, folder, touched), touched


Damage = Callable[[int, Path], tuple[list[Path], Touched]]


def columns() -> int:
    """How many columns the files of the month have."""
    return sum(len(table.names) for table in month())


class _Sober(random.Random):
    """Changes no bytes."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return start - 1


# ── what comes out ────────────────────────────────────────────────────────────────────────────


def audited(paths: Sequence[Path]) -> tuple[Audit, Ledger]:
    """The audit of some files as the command makes it, stopping where a check fails."""
    loaded = load(paths, _profile())
    tables = tables_for(loaded.encounters, _store())
    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
    audit = run_checks(encounters, _battery(), Policy(), loaded.supplied, strict=True)
    return audit, loaded.ledger


_profile = cache(lambda: load_profile(SAMPLE / "hospital.toml", None))
_battery = cache(lambda: discover(checks))
_store = cache(lambda: Store(Path(tempfile.gettempdir()) / "no-such-tables"))


def keys(
    finding: Finding, owners: Mapping[tuple[str, int], frozenset[str]]
) -> set[tuple[str, str]]:
    """By what a deficiency is known again: check and patient, claim and line."""
    known = {(finding.check.id, person) for person in whose(finding, owners)}
    for line in finding.verdict.claim_lines:
        known.add((str(line.claim_id), str(line.line_number)))
    return known


def whose(finding: Finding, owners: Mapping[tuple[str, int], frozenset[str]]) -> set[str]:
    """The patients whose rows a deficiency concerns, however these are put together."""
    encounter = finding.encounter
    facts = (*encounter.claim_lines, *encounter.administrations, *encounter.orders)
    rows = [source for fact in facts for source in sources_of(fact)]
    rows += finding.verdict.sources
    return set().union(*(owners.get((row.sheet.file, row.row), frozenset()) for row in rows))


@cache
def before() -> frozenset[tuple[str, str]]:
    """By what the deficiencies of the undamaged files are known."""
    touched = Touched()
    with tempfile.TemporaryDirectory() as folder:
        audit, _ = audited(written(month(), Path(folder), touched))
    return frozenset(one for f in audit.findings for one in keys(f, touched.owners))


def is_explained(finding: Finding, touched: Touched) -> bool:
    """Whether a new deficiency comes of what was damaged; see the head of this file."""
    encounter, verdict = finding.encounter, finding.verdict
    drugs = {
        f"drug {drug.casefold()}" for a in encounter.administrations for drug in (a.drug, *a.drugs)
    }
    if touched.people & {*whose(finding, touched.owners), *drugs}:
        return True
    cited = {(s.sheet.file, s.row) for s in verdict.sources}
    cells = [re.match(r"(.+?) · ([A-Z]+)(\d+)", e.cell) for e in verdict.evidence if e.cell]
    cited |= {(m[1], int(m[3])) for m in cells if m}
    columns = {(m[1], m[2]) for m in cells if m}
    return bool(cited & touched.rows or columns & touched.columns)


def unequal(ledger: Ledger) -> Iterator[str]:
    """The sheets whose rows do not add up."""
    for sheet in ledger.sheets:
        if sheet.rows_read != sheet.used + sheet.superseded + sheet.rejected:
            yield f"{sheet.file}: {sheet.rows_read} rows read"
    places = Counter((row.file, row.sheet, row.row) for row in ledger.rows)
    counted = sum(sheet.superseded + sheet.rejected for sheet in ledger.sheets)
    if max(places.values(), default=1) > 1 or len(ledger.rows) != counted:
        yield f"{len(ledger.rows)} rows in the ledger, {counted} counted"


@dataclass
class Result:
    """What became of one seed; ``wrong`` says what should not be."""

    refused: bool = False
    explained: int = 0
    wrong: tuple[str, ...] = ()


def result(seed: int, damage: Damage = damaged) -> Result:
    """Damage by a seed, audit, and look."""
    with tempfile.TemporaryDirectory() as folder:
        paths, touched = damage(seed, Path(folder))
        try:
            audit, ledger = audited(paths)
        except InputError:
            return Result(refused=True)
        except Exception:
            return Result(wrong=(f"{', '.join(touched.how)}: {traceback.format_exc()}",))
    new = [f for f in audit.findings if not keys(f, touched.owners) & before()]
    without = [f for f in new if not is_explained(f, touched)]
    how = ", ".join(touched.how)
    wrong = [
        f"{how}: unexplained: {f.check.id} {f.encounter.encounter_id}: {f.verdict.because}"
        for f in without
    ]
    return Result(False, len(new) - len(without), (*unequal(ledger), *wrong))


def main() -> int:
    """Print the counts, and each seed of which something is wrong."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.perf_counter()
    refused = explained = wrong = 0
    for seed in range(first, first + seeds):
        one = result(seed)
        refused += one.refused
        explained += one.explained
        wrong += bool(one.wrong)
        for sentence in one.wrong:
            print(f"seed {seed}: {sentence}", flush=True)
    for number in range(columns()):
        for sentence in result(number, without_column).wrong:
            wrong += 1
            print(sentence, flush=True)
    print(
        f"{columns():,} columns lost one by one, and {seeds:,} "
        f"damages in {time.perf_counter() - began:.0f} s: {seeds - refused:,} audited, "
        f"{refused:,} refused in sentences; {len(before()):,} before, {explained:,} "
        f"new ones explained; something wrong with {wrong:,} seeds."
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
