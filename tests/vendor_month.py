"""The sample month as other systems export it: the same facts in their shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fastexcel
from loading import book, text

from auditor.resources import resource

SAMPLE = resource("sample_data")
ZONE = ZoneInfo("America/New_York")
Row = Mapping[str, Any]
STILL_IN = datetime(2157, 11, 19)


@cache
def month(name: str) -> list[dict[str, Any]]:
    """The records of one file of the month; times are times, all else as the cell shows it."""
    sheet = fastexcel.read_excel(SAMPLE / f"{name}.xlsx").load_sheet(
        0, header_row=None, dtypes="string"
    )
    cells = zip(*sheet.to_arrow().to_pydict().values(), strict=True)
    rows = [row for row in cells if sum(cell is not None for cell in row) > 2]
    header = rows[0]
    return [
        {str(n): _value(v) for n, v in zip(header, row, strict=True)}
        for row in rows
        if row != header
    ]


def _value(cell: str | None) -> Any:
    try:
        return datetime.strptime(cell or "", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return cell


def accounts() -> dict[str, str]:
    return {row["PAT_ENC_CSN_ID"]: row["HSP_ACCOUNT_ID"] for row in month("encounters")}


def kept(*names: str) -> list[Path]:
    """Files of the month that stay as they are."""
    return [SAMPLE / f"{name}.xlsx" for name in names]


def sheet(path: Path, rows: Sequence[Row]) -> Path:
    """A file with these records, by its suffix a workbook or delimited text."""
    table = [list(rows[0]), *([row[name] for name in rows[0]] for row in rows)]
    if path.suffix == ".xlsx":
        return book(path, {"Sheet1": table})
    return text(path, [["" if c is None else c for c in row] for row in table])


def usable(rows: Sequence[Row]) -> Iterator[Row]:
    """The charted actions without the two that cannot be used."""
    return (r for r in rows if isinstance(r["TAKEN_TIME"], datetime) and r["PAT_ENC_CSN_ID"])


# ── Epic ──────────────────────────────────────────────────────────────────────────────────────


def epic(folder: Path) -> list[Path]:
    lines: dict[str | None, int] = {}
    actions = []
    for row in month("mar"):
        order = row["ORDER_MED_ID"]
        lines[order] = lines.get(order, 0) + 1
        actions.append(
            {
                "ORDER_MED_ID": order,
                "LINE": lines[order],
                "TAKEN_TIME": row["TAKEN_TIME"],
                "SAVED_TIME": row["SAVED_TIME"],
                "MAR_ACTION_C_NAME": row["MAR_ACTION"],
                "SIG": row["SIG"],
                "DOSE_UNIT_C_NAME": row["DOSE_UNIT"],
                "ROUTE_C_NAME": row["ROUTE"],
                "SITE_C_NAME": row["SITE"],
                "INFUSION_RATE": row["INFUSION_RATE"],
                "MAR_INF_RATE_UNIT_C_NAME": row["RATE_UNIT"],
                "REASON_C_NAME": row["REASON"],
                "MAR_ENC_CSN": row["PAT_ENC_CSN_ID"],
                "USER_ID": row["USER_ID"],
                "MAR_ADMIN_DEPT_ID_EXTERNAL_NAME": row["DEPARTMENT"],
                "COMMENTS": row["COMMENTS"],
            }
        )
    charges: list[Row] = []
    for number, row in enumerate(month("claims"), start=5_000_001):
        day = datetime.strptime(row["Service Date"], "%m/%d/%Y").replace(tzinfo=ZONE)
        late = (day + timedelta(hours=22)).astimezone(UTC)  # in UTC it is the next day
        code = row["HCPCS"]
        charges.append(
            {
                "TX_ID": number,
                "HSP_ACCOUNT_ID": row["Patient Control Number"],
                "TX_TYPE_HA_C_NAME": "Charge",
                "START_DATE_TIME": f"{late:%Y-%m-%d %H:%M:%S}",
                "STOP_DATE_TIME": f"{late + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}",
                "UB_REV_CODE_ID": row["Rev Code"],
                "CPT_CODE": "99999" if code else None,
                "HCPCS_CODE": code,
                "MODIFIERS": ",".join(filter(None, (row["Mod 1"], row["Mod 2"]))) or None,
                "QUANTITY": row["Service Units"],
                "TX_AMOUNT": row["Total Charges"],
                "ORIG_REV_TX_ID": None,
            }
        )
    del charges[40]  # the line that the month has twice
    wrong = {**charges[5], "TX_ID": 1, "HCPCS_CODE": "96417"}
    undone = {**wrong, "TX_ID": 2, "ORIG_REV_TX_ID": 1, "QUANTITY": -1}
    paid = {**charges[5], "TX_ID": 3, "TX_TYPE_HA_C_NAME": "Payment", "HCPCS_CODE": None}
    charges += [wrong, undone, {**paid, "CPT_CODE": None, "TX_AMOUNT": "-100.00"}]
    return [
        sheet(folder / "MAR_ADMIN_INFO.csv", actions),
        sheet(folder / "HSP_TRANSACTIONS.csv", charges),
        sheet(folder / "IP_LDA_NOADDSINGLE.csv", [
            {name: row[name] or (STILL_IN if name == "REMOVAL_INSTANT" else None) for name in row}
            for row in month("lines")
        ]),
        *kept("infusion_clinic_mar", "orders", "encounters", "formulary"),
    ]  # fmt: skip


def epic_report(folder: Path) -> list[Path]:
    """Each order's infusion report as pasted, one file an encounter's worth after another."""
    lines = ["Harbor Street Hospital, infusion report, 10/05/2024", ""]
    rows = sorted(
        usable(month("mar")),
        key=lambda r: (r["PAT_ENC_CSN_ID"], r["ORDER_MED_ID"] or "", r["MEDICATION"]),
    )
    blocks = groupby(
        rows,
        key=lambda r: (r["PAT_ENC_CSN_ID"], r["PAT_MRN_ID"], r["ORDER_MED_ID"], r["MEDICATION"]),
    )
    for number, ((encounter, mrn, order, drug), listed) in enumerate(blocks):
        actions = list(listed)
        start, stop = (min(r["TAKEN_TIME"] for r in actions), max(r["TAKEN_TIME"] for r in actions))
        said = f"   Order #: {order}" if order else ""
        lines += [f"Encounter: {encounter}   MRN: {mrn}{said}", drug]
        ended = any(r["MAR_ACTION"] == "Stopped" for r in actions)
        stopped = _epic_time(stop) if ended else ""
        lines.append(f"Running start: {_epic_time(start)}   Running stop: {stopped}")
        table = [
            (
                r["MAR_ACTION"],
                f"{r['SIG']} {r['DOSE_UNIT']}",
                f"{r['INFUSION_RATE']} {r['RATE_UNIT']}" if r["INFUSION_RATE"] else "",
                r["ROUTE"] or "",
                r["SITE"] or "",
                _epic_time(r["TAKEN_TIME"]),
                r["COMMENTS"] or "",
            )
            for r in actions
        ]
        header = ("Action", "Dose", "Rate", "Route", "Site", "Time", "Comment")
        lines += _laid_out([header, *table], tabs=number % 2 == 0)
        lines.append("")
    path = folder / "infusion report.txt"
    path.write_text("\r\n".join(lines), encoding="cp1252")
    return [path, *kept("claims", "infusion_clinic_mar", "orders", "encounters", "lines",
                        "formulary")]  # fmt: skip


def _epic_time(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %H%M}"


def _laid_out(rows: Sequence[Sequence[str]], *, tabs: bool) -> list[str]:
    if tabs:
        return ["\t".join(row) for row in rows]
    widths = [max(len(row[n]) for row in rows) + 2 for n in range(len(rows[0]))]
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


# ── Cerner ────────────────────────────────────────────────────────────────────────────────────

_CERNER = {"New Bag": "Begin Bag", "Rate Verify": "Infuse", "Stopped": "Stop"}


def cerner(folder: Path) -> list[Path]:
    """Clinical events by FIN; each has its status, and some were charted wrongly first."""
    events: list[Row] = []
    for number, row in enumerate(usable(month("mar")), start=900_000):
        event = {
            "FIN": accounts()[row["PAT_ENC_CSN_ID"]],
            "EVENT_ID": number,
            "ORDER_ID": row["ORDER_MED_ID"],
            "CATALOG_DISP": row["MEDICATION"],
            "IV_EVENT_DISP": _CERNER.get(row["MAR_ACTION"], row["MAR_ACTION"]),
            "EVENT_END_DT_TM": row["TAKEN_TIME"],
            "PERFORMED_DT_TM": row["SAVED_TIME"],
            "RESULT_STATUS_DISP": "Auth (Verified)",
            "ADMIN_DOSAGE": row["SIG"],
            "DOSAGE_UNIT_DISP": row["DOSE_UNIT"],
            "ADMIN_ROUTE_DISP": row["ROUTE"],
            "ADMIN_SITE_DISP": row["SITE"],
            "INFUSION_RATE": row["INFUSION_RATE"],
            "INFUSION_UNIT_DISP": row["RATE_UNIT"],
            "INITIAL_VOLUME": row["VOLUME"],
            "Bag #": row["BAG_ID"],
            "NURSE_UNIT_DISP": row["DEPARTMENT"],
            "PERFORMED_PRSNL_ID": row["USER_ID"],
            "CREDENTIAL": row["CREDENTIAL"],
            "REASON_DISP": row["REASON"],
            "COMMENTS": row["COMMENTS"],
        }
        if number % 50 == 0:  # charted an hour late, then put right
            later = event["EVENT_END_DT_TM"] + timedelta(hours=1)
            events.append({**event, "EVENT_END_DT_TM": later})
            event["PERFORMED_DT_TM"] += timedelta(minutes=5)
            event["RESULT_STATUS_DISP"] = "Modified"
        if number % 70 == 0:  # charted on the wrong patient, and taken back
            events.append({**event, "EVENT_ID": -number, "RESULT_STATUS_DISP": "In Error"})
        events.append(event)
    return [
        sheet(folder / "events.csv", events),
        *kept("claims", "infusion_clinic_mar", "orders", "encounters", "lines",
              "formulary"),
    ]  # fmt: skip


# ── MEDITECH ──────────────────────────────────────────────────────────────────────────────────


def meditech(folder: Path) -> list[Path]:
    """The eMAR has what was hung and given; the flowsheet each bag's stretches and their stops."""
    record: list[Row] = []
    sheets: list[Row] = []
    rows = sorted(usable(month("mar")), key=lambda r: r["TAKEN_TIME"])
    bags: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["MAR_ACTION"] in ("New Bag", "Stopped", "Paused", "Restarted", "Rate Change"):
            bags.setdefault((row["PAT_ENC_CSN_ID"], row["BAG_ID"] or row["MEDICATION"]), []).append(
                row
            )
    for row in rows:
        if row["MAR_ACTION"] in ("Stopped", "Paused", "Restarted", "Rate Change", "Rate Verify"):
            continue
        record.append(
            {
                "Acct #": accounts()[row["PAT_ENC_CSN_ID"]],
                "Unit #": row["PAT_MRN_ID"],
                "Rx #": row["ORDER_MED_ID"],
                "Medication": row["MEDICATION"],
                "Admin Date": f"{row['TAKEN_TIME']:%m/%d/%y}",
                "Admin Time": f"{row['TAKEN_TIME']:%H%M}",
                "Admin Action": "Hung" if row["MAR_ACTION"] == "New Bag" else row["MAR_ACTION"],
                "Admin Dose": row["SIG"],
                "Dose Units": row["DOSE_UNIT"],
                "Route": row["ROUTE"],
                "Site": row["SITE"],
                "Volume": row["VOLUME"],
                "Bag #": row["BAG_ID"],
                "Location": row["DEPARTMENT"],
                "Admin User": row["USER_ID"],
                "Credential": row["CREDENTIAL"],
                "Reason": row["REASON"],
                "Comments": row["COMMENTS"],
            }
        )
    for actions in bags.values():
        start, rate = None, None
        for row in actions:
            if row["MAR_ACTION"] in ("New Bag", "Restarted"):
                start, rate = row["TAKEN_TIME"], row["INFUSION_RATE"]
            elif row["MAR_ACTION"] in ("Stopped", "Paused"):
                sheets.append(_stretch(row, start, row["TAKEN_TIME"], rate))
                start = None
        if start is not None and actions[-1]["MAR_ACTION"] != "Stopped":
            sheets.append(_stretch(actions[-1], start, None, rate))
    return [
        sheet(folder / "emar.xlsx", record),
        sheet(folder / "iv flowsheet.xlsx", sheets),
        *kept("claims", "infusion_clinic_mar", "orders", "encounters", "lines",
              "formulary"),
    ]  # fmt: skip


def _stretch(row: Row, start: datetime | None, stop: datetime | None, rate: str | None) -> Row:
    return {
        "Rx #": row["ORDER_MED_ID"],
        "Bag #": row["BAG_ID"],
        "Start Date": f"{start:%m/%d/%y}" if start else None,
        "Start Time": f"{start:%H%M}" if start else None,
        "Stop Date": f"{stop:%m/%d/%y}" if stop else None,
        "Stop Time": f"{stop:%H%M}" if stop else None,
        "Rate": rate,
        "Rate Units": "mL/hr" if rate else None,
        "IV Site": row["SITE"],
    }


# ── Beth Israel Deaconess ─────────────────────────────────────────────────────────────────────

_BIDMC = {"New Bag": "Started", "Given": "Administered", "Paused": "Stopped", "Held": "Not Given",
          "Rate Verify": "Assessed", "Refused": "Not Given", "Missed": "Not Given"}  # fmt: skip


def mimic(folder: Path) -> list[Path]:
    """The eMAR with its details; one that another row has taken the place of is marked."""
    events: list[Row] = []
    for number, row in enumerate(usable(month("mar")), start=1):
        word = _BIDMC.get(row["MAR_ACTION"], row["MAR_ACTION"])
        if row["DEPARTMENT"] == "HSH ONCOLOGY" and word in ("Started", "Stopped"):
            word = f"{word} in Other Location"
        event = {
            "subject_id": row["PAT_MRN_ID"],
            "hadm_id": row["PAT_ENC_CSN_ID"],
            "emar_id": f"{row['PAT_MRN_ID']}-{number}",
            "emar_seq": number,
            "poe_id": row["ORDER_MED_ID"],
            "enter_provider_id": row["USER_ID"],
            "charttime": row["TAKEN_TIME"],
            "medication": row["MEDICATION"],
            "event_txt": word,
            "scheduletime": None,
            "storetime": row["SAVED_TIME"],
            "dose_given": row["SIG"],
            "dose_given_unit": row["DOSE_UNIT"],
            "route": row["ROUTE"],
            "site": row["SITE"],
            "infusion_rate": row["INFUSION_RATE"],
            "infusion_rate_unit": row["RATE_UNIT"],
        }
        events.append(event)
        if number % 60 == 0:
            events.append({**event, "emar_id": f"{event['emar_id']}x", "event_txt": "Rewritten"})
    return [
        sheet(folder / "emar.csv", events),
        *kept("claims", "infusion_clinic_mar", "orders", "encounters", "lines",
              "formulary"),
    ]  # fmt: skip


# ── UB-04 ─────────────────────────────────────────────────────────────────────────────────────


def ub04(folder: Path) -> list[Path]:
    """The claim form's sheet, with all that spreadsheets do to it."""
    rows: list[Row] = []
    for number, row in enumerate(month("claims")):
        code, modifiers = row["HCPCS"], [m for m in (row["Mod 1"], row["Mod 2"]) if m]
        written = (code and "".join((code, *modifiers)), code and "-".join((code, *modifiers)))
        charge = row["Total Charges"]
        rows.append(
            {
                "3a PAT. CNTL #": row["Patient Control Number"],
                "b. MED. REC. #": row["Med Rec No"],
                "4 TYPE OF BILL": ("131", "0131")[number % 2],
                "64 DOCUMENT CONTROL NUMBER": row["Claim Number"],
                "Line": row["Line"],
                "42 REV. CD.": (row["Rev Code"].lstrip("0"), row["Rev Code"].zfill(4))[number % 2],
                "43 DESCRIPTION": "as charged",
                "44 HCPCS / RATE / HIPPS CODE": written[number % 2],
                "45 SERV. DATE": row["Service Date"],
                "46 SERV. UNITS": (row["Service Units"], f"{row['Service Units']}.0")[number % 2],
                "47 TOTAL CHARGES": (charge, charge.strip("$"))[number % 2],
                "48 NON-COVERED CHARGES": "(12.00)" if number == 7 else None,
                "50 PAYER NAME": row["Payer"],
                "67 DX": row["Diagnosis Codes"],
            }
        )
    return [
        sheet(folder / "ub04.xlsx", rows),
        *kept("mar", "infusion_clinic_mar", "orders", "encounters", "lines", "formulary"),
    ]


# ── no key in common ──────────────────────────────────────────────────────────────────────────


def crosswalk(folder: Path) -> list[Path]:
    """Claims have the account and nothing else, all other files the encounter alone."""
    pairs = accounts()
    claims = [{n: v for n, v in row.items() if n != "Med Rec No"} for row in month("claims")]
    stays = [{n: v for n, v in row.items() if n != "HSP_ACCOUNT_ID"} for row in month("encounters")]
    return [
        sheet(folder / "claims.xlsx", claims),
        sheet(folder / "encounters.xlsx", stays),
        sheet(folder / "crosswalk.csv", [{"HAR": har, "CSN": csn} for csn, har in pairs.items()]),
        *kept("mar", "infusion_clinic_mar", "orders", "lines", "formulary"),
    ]


SHAPES: Mapping[str, Callable[[Path], list[Path]]] = {
    "epic": epic,
    "epic report": epic_report,
    "cerner": cerner,
    "meditech": meditech,
    "mimic": mimic,
    "ub04": ub04,
    "crosswalk": crosswalk,
}
