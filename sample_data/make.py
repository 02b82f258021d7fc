"""Write the sample month: ``python sample_data/make.py``.

September 2024 at Harbor Street Hospital, which does not exist.  Patients, staff, numbers and
events come from a seeded generator; the same program writes the same cells every time.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from exports import (
    CLAIM_TITLE,
    MAR_TITLE,
    Row,
    access_rows,
    claim_rows,
    clinic_rows,
    encounter_rows,
    formulary_rows,
    mar_rows,
    order_rows,
)
from openpyxl import Workbook
from openpyxl.styles import Font
from planted import NEIGHBOURS, PLANTS, Neighbour, Plant
from planted_battery import BATTERY
from scenarios import ORDINARY
from stay import CLINIC, ED, ONCOLOGY, Stay

SEED = 2024_09
WRITTEN = datetime(2024, 10, 5, 8, 0)
LABOR_DAY = date(2024, 9, 2)


@dataclass
class Plan:
    """A stay to be played: where, when, and what happens."""

    play: Callable[[Stay], None]
    unit: str
    diagnoses: tuple[str, ...]
    arrival: datetime
    seed: int
    plant: Plant | None = None
    twin: Plan | None = None
    is_twin: bool = False
    neighbour: Neighbour | None = None
    earlier: Plan | None = None
    stay: Stay | None = None


@dataclass(frozen=True)
class Month:
    """All stays in order of arrival, and what is planted in them."""

    stays: tuple[Stay, ...]
    planted: tuple[tuple[str, str, str, str, str], ...]
    neighbours: tuple[tuple[str, str], ...]


def month() -> Month:
    """Play every scenario of the month."""
    plans = _plans()
    for number, plan in enumerate(sorted(plans, key=lambda plan: plan.arrival), start=1):
        stay = Stay(number, plan.unit, plan.arrival, Random(plan.seed), plan.diagnoses)
        if plan.earlier and plan.earlier.stay:
            stay.patient_id = plan.earlier.stay.patient_id
        plan.play(stay)
        plan.stay = stay
    for plan in plans:
        pair = [one.stay for one in (plan, plan.twin) if one and one.stay]
        if not plan.is_twin:  # twins leave together, whatever happened to one of them
            latest = max(stay.leaves() for stay in pair)
            for stay in pair:
                stay.close(latest)
    stays = sorted((plan.stay for plan in plans if plan.stay), key=lambda stay: stay.number)
    return Month(tuple(stays), tuple(_planted(plans)), tuple(_neighbours(plans)))


def _plans() -> list[Plan]:
    calendar = Random(SEED)
    plans: list[Plan] = []

    def plan(
        play: Callable[[Stay], None], unit: str, diagnoses: tuple[str, ...], arrival: datetime
    ) -> Plan:
        plans.append(Plan(play, unit, diagnoses, arrival, SEED * 1000 + len(plans)))
        return plans[-1]

    for planted in (*PLANTS, *BATTERY):
        faulty = plan(_with(planted, True), planted.unit, planted.diagnoses,
                      _arrival(calendar, planted.unit))  # fmt: skip
        other = _arrival(calendar, planted.unit).date()
        twin = plan(_with(planted, False), planted.unit, planted.diagnoses,
                    datetime.combine(other, faulty.arrival.time()))  # fmt: skip
        twin.seed, twin.is_twin = faulty.seed, True
        faulty.plant, faulty.twin = planted, twin
    played: dict[Callable[[Stay], None], Plan] = {}
    for neighbour in NEIGHBOURS:
        arrival = _arrival(calendar, ED).replace(hour=7)
        earlier = played[neighbour.after] if neighbour.after else None
        if earlier:
            arrival = earlier.arrival + timedelta(hours=9)
        clean = plan(neighbour.scenario, ED, ("R11.2", "E86.0"), arrival)
        clean.neighbour, clean.earlier = neighbour, earlier
        played[neighbour.scenario] = clean
    for kind in ORDINARY:
        for _ in range(kind.count):
            plan(kind.scenario, kind.unit, kind.diagnoses, _arrival(calendar, kind.unit))
    return plans


def _with(planted: Plant, fault: bool) -> Callable[[Stay], None]:
    return lambda stay: planted.scenario(stay, fault)


def _arrival(calendar: Random, unit: str) -> datetime:
    """Any minute of the month for the emergency department, weekday mornings for the clinics."""
    while True:
        day = date(2024, 9, calendar.randint(1, 28))
        if unit not in (CLINIC, ONCOLOGY):
            minute = calendar.randint(60, 1439)
            break
        if day.weekday() < 5 and day != LABOR_DAY:
            minute = calendar.randint(465, 760)
            break
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)


def _planted(plans: Sequence[Plan]) -> Iterable[tuple[str, str, str, str, str]]:
    for plan in plans:
        if plan.plant and plan.twin and plan.stay and plan.twin.stay:
            for check, outcome in plan.plant.findings.items():
                yield (
                    plan.stay.encounter_id,
                    check,
                    outcome,
                    plan.plant.what,
                    plan.twin.stay.encounter_id,
                )


def _neighbours(plans: Sequence[Plan]) -> Iterable[tuple[str, str]]:
    for plan in plans:
        if plan.stay and plan.neighbour:
            yield plan.stay.encounter_id, plan.neighbour.what


# ── the files ─────────────────────────────────────────────────────────────────────────────────


def write(folder: Path) -> None:
    """Write every file of the month into ``folder``."""
    made = month()
    stays = made.stays
    sheets: dict[str, tuple[str, Sequence[str], list[Row], int]] = {
        "claims.xlsx": ("Claim detail", CLAIM_TITLE, claim_rows(stays), 700),
        "mar.xlsx": ("MAR", MAR_TITLE, mar_rows(stays), 1000),
        "infusion_clinic_mar.xlsx": ("Infusion log", (), clinic_rows(stays), 0),
        "orders.xlsx": ("Orders", (), order_rows(stays), 0),
        "encounters.xlsx": ("Encounters", ("Outpatient encounters, September 2024",),
                            encounter_rows(stays), 0),
        "lines.xlsx": ("LDA", (), access_rows(stays), 0),
        "formulary.xlsx": ("Formulary", (), formulary_rows(), 0),
    }  # fmt: skip
    for name, (sheet, title, rows, page) in sheets.items():
        _write_workbook(folder / name, sheet, title, rows, page)
    with (folder / "planted.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("encounter_id", "check_id", "outcome", "planted", "neighbour"))
        lines.writerows(made.planted)
    (folder / "README.md").write_text(_readme(made), encoding="utf-8")


def _write_workbook(
    path: Path, sheet: str, title: Sequence[str], rows: Sequence[Row], page: int
) -> None:
    """One sheet: title lines, a blank row, the header (again on each ``page``), rows, a footer."""
    book = Workbook()
    table = book.active
    if table is None:  # a new workbook always has a sheet
        raise AssertionError
    table.title = sheet
    for line in title:
        table.append([line])
    if title:
        table.append([])
    header = list(rows[0])
    for number, row in enumerate(rows):
        if number == 0 or (page and number % page == 0):
            table.append(header)
            for cell in table[table.max_row]:
                cell.font = Font(bold=True)
        table.append([row[name] for name in header])
    if page:
        table.append([f"Total rows: {len(rows)}"])
        table.append(["Page 1 of 1"])
    for cells in table.iter_rows():
        for cell in cells:
            if isinstance(cell.value, datetime):
                cell.number_format = "mm/dd/yyyy hh:mm"
    book.properties.creator = "Harbor Street Hospital (synthetic)"
    book.properties.created = WRITTEN
    _save_stable(book, path)


def _save_stable(book: Workbook, path: Path) -> None:
    """Save with fixed time stamps, so that the same cells make the same file."""
    buffer = io.BytesIO()
    book.save(buffer)
    stamp = WRITTEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w") as kept:
        for name in made.namelist():
            data = made.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            kept.writestr(entry, data, zipfile.ZIP_DEFLATED)


def _readme(made: Month) -> str:
    """What the month is and what is planted in it, by check."""
    stays = made.stays
    units = {unit: sum(stay.unit == unit for stay in stays) for unit in (ED, CLINIC, ONCOLOGY)}
    observed = sum(stay.observation is not None for stay in stays)
    rows = len(mar_rows(stays)) + len(clinic_rows(stays))
    faulty = len({row[0] for row in made.planted})
    lines = [
        "# The sample month",
        "",
        "September 2024 at Harbor Street Hospital, which does not exist. No patient, clinician or",
        "claim is real; `make.py` invents all of them with a fixed seed and writes this page too.",
        "The month lies in the quarter of the NCCI edits that come with the program.",
        "",
        f"{len(stays)} outpatient encounters ({units[ED]} emergency department, {observed} of them",
        f"with observation; {units[CLINIC]} infusion clinic; {units[ONCOLOGY]} oncology) and",
        f"{rows} rows of administration records. Every encounter that is not listed here is billed",
        "as its record supports.",
        "",
        "| file | what it is |",
        "|---|---|",
        "| `claims.xlsx` | claim lines, by account number; title rows, page headers, a footer |",
        "| `mar.xlsx` | charted actions of the emergency department, observation and oncology |",
        "| `infusion_clinic_mar.xlsx` | the infusion clinic's log: one row an administration |",
        "| `orders.xlsx` | practitioners' orders |",
        "| `encounters.xlsx` | arrival, observation, discharge; links accounts to encounters |",
        "| `lines.xlsx` | vascular access records |",
        "| `formulary.xlsx` | the pharmacy's classes, billing units and containers |",
        "| `hospital.toml` | the profile: time zone, facility, contractor |",
        "| `planted.csv` | everything planted, as data |",
        "",
        "A stay that became inpatient belongs on the inpatient claim; those that are here all the",
        "same are planted. Two MAR rows cannot be used (a time that is none; no patient or",
        "encounter number), and one claim line is there twice; none of that touches a finding.",
        "",
        f"## What is planted: {faulty} encounters",
        "",
        "Each has a neighbour that differs in the planted fact only and is clean. One fault can be",
        "seen by several checks; each is listed under all of them.",
    ]
    for check in sorted({row[1] for row in made.planted}):
        lines += ["", f"### {check}", "", "| encounter | outcome | planted | neighbour |",
                  "|---|---|---|---|"]  # fmt: skip
        lines += [
            f"| {encounter} | {outcome} | {what} | {neighbour} |"
            for encounter, of, outcome, what, neighbour in made.planted
            if of == check
        ]
    lines += ["", "## Clean neighbours without a twin", "", "| encounter | what |", "|---|---|"]
    lines += [f"| {encounter} | {what} |" for encounter, what in made.neighbours]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
