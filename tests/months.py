"""Months of files for tests that audit them in several ways, and what one process writes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import strategies as st

import checks
from auditor.check import discover
from auditor.judge import Rules, judge
from auditor.load import load, load_profile
from auditor.policy import Policy
from auditor.report import write_audit
from auditor.resources import resource
from auditor.tables.attach import attach, editions_of, tables_for
from auditor.tables.store import Store

SAMPLE = resource("sample_data")
MONTH = sorted(SAMPLE.glob("*.xlsx"))
HOSPITAL = load_profile(SAMPLE / "hospital.toml")
STORE = Store(SAMPLE / "none")
CHECKS = discover(checks)


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def whole(files: Sequence[Path], out: Path, profile=HOSPITAL) -> dict[str, bytes]:
    """What an audit writes that puts all encounters together before it judges one."""
    loaded = load(files, profile)
    tables = tables_for(loaded.encounters, STORE)
    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
    judged = judge(encounters, Rules(CHECKS, Policy(), loaded.supplied), processes=1)
    editions = editions_of(tables, STORE)
    write_audit(
        judged.audit,
        loaded.ledger,
        judged.cases,
        files,
        out,
        tables=editions,
        profile=profile,
        data_only=True,
    )
    return written(out)


# ── files in which everything bears on everything ─────────────────────────────────────────────

ENCOUNTERS = st.sampled_from(["", "", "E1", "E2", "E3", "E4", "A1"])
ACCOUNTS = st.sampled_from(["", "A1", "A2", "E1"])
PATIENTS = st.sampled_from(["", "P1", "P2"])
ORDERS = st.sampled_from(["", "O1", "O2", "O3"])
TIMES = st.sampled_from(
    ["", "2026-09-01 08:00", "2026-09-01 08:40", "2026-09-01 23:50", "2026-09-02 01:10", "soon"]
)
DAYS = st.sampled_from(["", "2026-09-01", "2026-09-02", "never"])
OWNERS = {"Encounter": ENCOUNTERS, "Account": ACCOUNTS, "MRN": PATIENTS}
TABLES = {
    "claims": {
        **OWNERS,
        "Claim ID": st.sampled_from(["", "C1", "C2", "A1"]),
        "Transaction ID": st.sampled_from(["", "T1", "T2", "T3"]),
        "Reverses": st.sampled_from(["", "", "T1", "T3"]),
        "Bill Type": st.sampled_from(["131", "137", "138"]),
        "Line": st.sampled_from(["", "1", "2"]),
        "HCPCS": st.sampled_from(["96365", "96374", "96375-59", "96360", "J2405"]),
        "Units": st.sampled_from(["1", "2", "-1", "many"]),
        "Charge": st.sampled_from(["", "100.00"]),
        "Service Date": DAYS,
    },
    "payments": {
        **OWNERS,
        "HCPCS": st.sampled_from(["", "96365", "96374"]),
        "Charge": st.sampled_from(["100.00", "-100.00"]),
        "Service Date": DAYS,
        "Paid Amount": st.sampled_from(["80.00", "-80.00"]),
    },
    "mar": {
        **OWNERS,
        "Order": ORDERS,
        "Admin ID": st.sampled_from(["", "M1", "M2", "M3", "M4"]),
        "Medication": st.sampled_from(["", "ondansetron", "ceftriaxone", "sodium chloride 0.9%"]),
        "Action": st.sampled_from(["New Bag", "Stopped", "Given", "Rate Change", ""]),
        "Action Time": TIMES,
        "Rate": st.sampled_from(["", "100 mL/hr", "5 mcg/kg/min"]),
        "Route": st.sampled_from(["IV", "IVPB", "beside the bed"]),
    },
    "orders": {**OWNERS, "Order": ORDERS, "Medication": st.just("ondansetron"),
               "Order Time": TIMES},
    "numbers": OWNERS,
    "encounters": {**OWNERS, "Arrival Time": TIMES, "Discharge Time": TIMES},
}  # fmt: skip
MONTHS = st.fixed_dictionaries(
    {
        name: st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=9)
        for name, columns in TABLES.items()
    }
)
SHEETS = {"claims": "claim_line", "payments": "payment", "mar": "mar_event", "orders": "order",
          "encounters": "encounter", "numbers": "crosswalk"}  # fmt: skip
PROFILE = load_profile(None, "America/Chicago").model_copy(
    update={"sheets": {f"{name}.csv": kind for name, kind in SHEETS.items()}}
)


def files_of(month: Mapping[str, list[dict[str, str]]], folder: Path) -> list[Path]:
    for name, rows in month.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return [folder / f"{name}.csv" for name in month]
