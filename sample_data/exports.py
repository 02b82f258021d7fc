"""The month as the hospital's systems export it: each function makes the rows of one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from formulary import BLOOD, DRUGS, HYDRATION, UNKNOWN
from stay import CLINIC, ED, EMS, Given, Stay

Cell = str | int | float | datetime | None
Row = dict[str, Cell]

CLAIM_TITLE = (
    "Harbor Street Hospital",
    "Outpatient claim detail, TOB 131, service dates 09/01/2024 - 09/30/2024",
    "Synthetic data",
)
MAR_TITLE = (
    "Harbor Street Hospital",
    "Medication administration record extract, 09/01/2024 - 09/30/2024 (synthetic)",
)


# ── claims ────────────────────────────────────────────────────────────────────────────────────


def claim_rows(stays: Sequence[Stay]) -> list[Row]:
    """UB-04 lines by account; one line stands there twice, as such extracts have it."""
    rows: list[Row] = []
    for stay in stays:
        for number, line in enumerate(stay.claim, start=1):
            modifiers = (*line.modifiers, "", "")
            rows.append(
                {
                    "Claim Number": f"HSH26{stay.number:06d}",
                    "Patient Control Number": stay.account_id,
                    "Med Rec No": stay.patient_id,
                    "Payer": stay.payer,
                    "Type of Bill": "131",
                    "Line": number,
                    "Rev Code": line.revenue_code,
                    "HCPCS": line.code or None,
                    "Mod 1": modifiers[0] or None,
                    "Mod 2": modifiers[1] or None,
                    "Service Date": f"{line.service_date:%m/%d/%Y}",
                    "Service Units": line.units,
                    "Total Charges": f"${line.charge:,.2f}",
                    "Diagnosis Codes": "; ".join(stay.diagnoses),
                    "Coder": stay.coder,
                }
            )
    rows.insert(40, dict(rows[39]))
    return rows


# ── the charted actions ───────────────────────────────────────────────────────────────────────


def mar_rows(stays: Sequence[Stay]) -> list[Row]:
    """Charted actions of every unit but the infusion clinic, by encounter and time."""
    rows: list[Row] = []
    for stay in stays:
        if stay.unit == CLINIC:
            continue
        own = [row for given in stay.given for row in _events(stay, given)]
        rows += sorted(own, key=lambda row: str(row["TAKEN_TIME"]))
    return _with_rejects(rows)


def _events(stay: Stay, given: Given) -> Iterator[Row]:
    if given.kind != "infusion":
        yield _event(stay, given, given.start, given.action)
        return
    rate = given.rate
    if given.charts_start:
        yield _event(stay, given, given.start, "New Bag", rate, comment=given.comment)
    for moment in given.checks if given.charts_start else ():
        yield _event(stay, given, moment, "Rate Verify", rate)
    for moment, changed in given.rate_changes:
        yield _event(stay, given, moment, "Rate Change", changed)
    for number, moment in enumerate(given.bag_changes, start=1):
        yield _event(stay, given, moment, "New Bag", rate, container=number)
    for (_, paused), (resumed, _) in zip(given.runs, given.runs[1:], strict=False):
        yield _event(stay, given, paused, "Paused", Decimal(0), comment=given.comment)
        yield _event(stay, given, resumed, "Restarted", rate)
    if given.charts_stop:
        last = len(given.containers) - 1
        yield _event(stay, given, given.stop, "Stopped", container=last)


def _event(
    stay: Stay,
    given: Given,
    moment: datetime,
    action: str,
    rate: Decimal | None = None,
    *,
    container: int = 0,
    comment: str = "",
) -> Row:
    before_arrival = given.begun_by_ems and moment < stay.arrived
    department = EMS if before_arrival else stay.department(moment)
    return {
        "PAT_ENC_CSN_ID": stay.encounter_id,
        "PAT_MRN_ID": stay.patient_id,
        "ORDER_MED_ID": given.order_id or None,
        "MEDICATION": given.drug.charted,
        "TAKEN_TIME": moment,
        "SAVED_TIME": moment + timedelta(minutes=2),
        "MAR_ACTION": action,
        "SIG": float(given.dose),
        "DOSE_UNIT": given.drug.dose_unit,
        "ROUTE": given.route,
        "SITE": given.site or None,
        "INFUSION_RATE": None if rate is None else float(rate),
        "RATE_UNIT": None if rate is None else "mL/hr",
        "VOLUME": _bag_volume(given) if action == "New Bag" else None,
        "BAG_ID": (given.containers[container] or None) if given.kind != "tablet" else None,
        "DEPARTMENT": department,
        "USER_ID": given.staff[department],
        "CREDENTIAL": "EMT-P" if department == EMS else "RN",
        "REASON": given.reason or None,
        "COMMENTS": comment or None,
    }


def _bag_volume(given: Given) -> float | None:
    """What the bag holds; piggybacks are charted by dose, without a volume."""
    if given.drug.kind == HYDRATION:
        return float(given.dose / len(given.containers))
    return float(given.dose) if given.drug.kind == BLOOD else None


def _with_rejects(rows: list[Row]) -> list[Row]:
    """Two rate checks that cannot be used: a time that is none; no patient or encounter."""
    checks = [number for number, row in enumerate(rows) if row["MAR_ACTION"] == "Rate Verify"]
    late, lost = checks[-10], checks[20]
    rows.insert(late + 1, {**rows[late], "TAKEN_TIME": "09/26/2024 25:71"})
    rows.insert(lost + 1, {**rows[lost], "PAT_ENC_CSN_ID": None, "PAT_MRN_ID": None})
    return rows


# ── the infusion clinic's log ─────────────────────────────────────────────────────────────────


def clinic_rows(stays: Sequence[Stay]) -> list[Row]:
    """One row an administration, with times as the clinic types them."""
    rows: list[Row] = []
    for stay in stays:
        if stay.unit != CLINIC:
            continue
        for given in sorted(stay.given, key=lambda given: given.start):
            infusion = given.kind == "infusion"
            rows.append(
                {
                    "Encounter #": stay.encounter_id,
                    "MRN": stay.patient_id,
                    "Order #": given.order_id or None,
                    "Drug": given.drug.charted,
                    "Dose": float(given.dose),
                    "Dose Unit": given.drug.dose_unit,
                    "Route": "IV infusion" if infusion else given.route,
                    "Site": given.site or None,
                    "Start Time": _typed(given.start) if given.charts_start else None,
                    "Stop Time": _typed(given.stop) if infusion and given.charts_stop else None,
                    "Rate (mL/hr)": None if given.rate is None else float(given.rate),
                    "Wasted": given.wasted,
                    "Volume (mL)": _bag_volume(given),
                    "Bag/Syringe ID": given.containers[0] if given.kind != "tablet" else None,
                    "Given By": given.staff[CLINIC],
                    "Title": "RN",
                    "Department": CLINIC,
                    "Comments": given.comment or None,
                }
            )
    return rows


def _typed(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment:%Y} {int(f'{moment:%I}')}:{moment:%M %p}"


# ── orders, encounters, lines, formulary ──────────────────────────────────────────────────────


def order_rows(stays: Sequence[Stay]) -> list[Row]:
    """Practitioners' orders; times as text."""
    return [
        {
            "ORDER_MED_ID": order.order_id,
            "PAT_ENC_CSN_ID": stay.encounter_id,
            "MEDICATION": order.drug,
            "ORDER_TIME": _iso(order.ordered_at),
            "ORDERING_PROVIDER": order.provider,
            "AUTHENTICATED_TIME": _iso(order.authenticated_at),
            "ORDER_BASIS": order.basis,
            "INDICATION": order.indication or None,
            "ROUTE": order.route,
            "RATE": order.rate or None,
            "VOLUME": order.volume or None,
            "ORDER_MODE": order.mode,
        }
        for stay in stays
        for order in stay.orders
    ]


def _iso(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else None


def encounter_rows(stays: Sequence[Stay]) -> list[Row]:
    """One row an encounter, with its account."""
    return [
        {
            "PAT_ENC_CSN_ID": stay.encounter_id,
            "HSP_ACCOUNT_ID": stay.account_id,
            "PAT_MRN_ID": stay.patient_id,
            "ARRIVAL_TIME": stay.arrived if stay.arrival_charted else None,
            "ARRIVAL_MODE": stay.arrival_mode if stay.unit == ED else "Scheduled",
            "ED_DEPARTURE_TIME": _departure(stay),
            "OBSERVATION_START": stay.observation[0] if stay.observation else None,
            "OBSERVATION_END": stay.observation[1] if stay.observation else None,
            "INPATIENT_ORDER_TIME": stay.inpatient,
            "DISCHARGE_TIME": stay.discharged,
            "DEPARTMENT": stay.unit,
        }
        for stay in stays
    ]


def _departure(stay: Stay) -> datetime | None:
    if stay.unit != ED:
        return None
    return stay.departed_ed or stay.discharged


def access_rows(stays: Sequence[Stay]) -> list[Row]:
    """Lines, drains and airways: the vascular lines; a far date means still in."""
    return [
        {
            "IP_LDA_ID": line.access_id,
            "PAT_ENC_CSN_ID": stay.encounter_id,
            "DESCRIPTION": line.description,
            "SITE": line.site,
            "PLACEMENT_INSTANT": line.placed_at,
            "REMOVAL_INSTANT": line.removed_at,
            "PLACED_BY": line.placed_by,
            "REASON": line.reason,
        }
        for stay in stays
        for line in stay.lines
    ]


def formulary_rows() -> list[Row]:
    """The pharmacy's list: class, billing unit, and the container where Medicare pays the drug."""
    return [
        {
            "Drug": drug.ordered,
            "Class": drug.kind,
            "HCPCS": drug.hcpcs or None,
            "Dose per HCPCS Unit": f"{drug.per_unit} {drug.dose_unit}" if drug.hcpcs else None,
            "Container": "single-dose" if drug.container else None,
            "Container Amount": f"{drug.container} {drug.dose_unit}" if drug.container else None,
        }
        for drug in DRUGS.values()
        if drug.kind != UNKNOWN
    ]
