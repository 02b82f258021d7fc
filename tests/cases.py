"""Encounters written as tables: what the YAML files of tests/checks say, as records.

A time is ``"09:00"`` on day 1 or ``"2 09:00"`` on day 2 of the month in which all cases happen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.record import (
    AccessSite,
    Administration,
    ClaimLine,
    Dose,
    Encounter,
    Formulary,
    Method,
    Order,
    OtherEncounter,
    Product,
    RejectedRow,
    Route,
    Segment,
    Sheet,
    Source,
    StopEvidence,
)
from auditor.tables.drugs import classify, normalise
from auditor.tables.published import (
    AspLimit,
    CodeTable,
    Edition,
    Kind,
    OppsRate,
    PairEdit,
    PairTable,
    PublicTables,
    QuarterTables,
    UnitsEdit,
)
from auditor.tables.quarter import Quarter

ZONE = ZoneInfo("America/New_York")
MAR = Sheet("mar.xlsx", "MAR", {"start": "F", "stop": "G", "site": "H"})
CLAIMS = Sheet("claims.xlsx", "Claims", {"hcpcs": "D"})
ORDERS = Sheet("orders.xlsx", "Orders", {"ordered_at": "C"})
ENCOUNTERS = Sheet("encounters.xlsx", "Encounters", {"arrived_at": "B"})

HOW = {
    "infusion": (Route.IV, Method.INFUSION),
    "IV": (Route.IV, None),
    "push": (Route.IV, Method.PUSH),
    "SC": (Route.SC, Method.INJECTION),
    "SC infusion": (Route.SC, Method.INFUSION),
    "IM": (Route.IM, Method.INJECTION),
    "IA": (Route.IA, Method.INJECTION),
    "pump": (Route.IV, Method.PORTABLE_PUMP),
    "home pump": (Route.IV, Method.HOME_PUMP),
    "on-body": (Route.SC, Method.ON_BODY),
    "port flush": (Route.IV, Method.PORT_FLUSH),
    "oral": (Route.OTHER, None),
}
EVERY_FIELD = frozenset(
    f"{kind.__name__.lower()}.{name}".replace("claimline", "claim_line").replace(
        "accesssite", "access"
    )
    for kind in (ClaimLine, Administration, Order, Encounter, AccessSite)
    for name in (*kind.__dataclass_fields__, "start", "stop", "rate", "wasted")
) | {"drug.container"}


def time(text: str | None, month: int = 9) -> datetime | None:
    """A time of a case, with or without seconds; ``None`` stays ``None``."""
    if text is None:
        return None
    day, _, clock = text.rpartition(" ")
    return datetime(2026, month, int(day or 1), *map(int, clock.split(":")), tzinfo=ZONE)


def administration(row: dict[str, Any], number: int) -> Administration:
    """One row of ``given``: drug, how, from, to (or segments), site, line, grade, order …"""
    drug, drug_class = classify(row["drug"], {})
    route, method = HOW[row.get("how", "infusion")]
    spans = row.get("segments") or [[row.get("from"), row.get("to")]]
    rates = tuple((time(at), Decimal(str(rate))) for at, rate in row.get("rates", []))
    segments = []
    for start, stop in spans:
        grade = row.get("grade", "A" if stop else "E")
        segments.append(Segment(time(start), time(stop), StopEvidence(grade), rates))
    return Administration(
        administration_id=str(row.get("id", number)),
        drug=row.get("identity", drug),
        drugs=(row["drug"], *row.get("mixed with", ())),
        drug_class=drug_class,
        route=route,
        method=method,
        segments=tuple(segments),
        order_id=row.get("order"),
        dose=Decimal(str(row["dose"])) if "dose" in row else None,
        dose_unit=row.get("unit"),
        doses=doses(row, drug),
        site=row.get("site"),
        line=row.get("line"),
        bag_id=row.get("bag"),
        volume=Decimal(row["volume"]) if "volume" in row else None,
        staff=row.get("staff"),
        credential=row.get("credential"),
        saved_at=time(row.get("saved")),
        reason=row.get("reason"),
        began_elsewhere=row.get("elsewhere", False),
        comments=row.get("comment"),
        complexity_documented=row.get("complex", False),
        extra_pump_setup=row.get("extra setup", False),
        sources=(source(MAR, number + 1, row),),
    )


def source(sheet: Sheet, place: int, row: dict[str, Any]) -> Source:
    """The row of a sheet in which the fields ``unread`` could not be read."""
    unread = {name: {place} for name in row.get("unread", ())}
    return Source(replace(sheet, unread=unread) if unread else sheet, place)


def doses(row: dict[str, Any], drug: str) -> tuple[Dose, ...]:
    """What ``dose``, ``unit``, ``wasted``, ``wasted unit`` and ``ndc`` of a row say."""
    amount, wasted = (
        Decimal(str(row[name])) if name in row else None for name in ("dose", "wasted")
    )
    unit, wasted_unit = row.get("unit"), row.get("wasted unit")
    return (Dose(drug, amount, unit, wasted, wasted_unit, ndc=row.get("ndc")),)


def product(row: dict[str, Any]) -> Product:
    """One row of ``formulary``: drug, code, one unit of it, container (single or multi), holds."""
    amount, unit = str(row["one"]).split() if "one" in row else (None, None)
    contents, contents_unit = str(row["holds"]).split() if "holds" in row else (None, None)
    return Product(
        drug=normalise(row["drug"]),
        hcpcs=row.get("code"),
        amount=Decimal(amount) if amount else None,
        unit=unit,
        single_dose={"single": True, "multi": False}.get(row.get("container", "")),
        contents=Decimal(contents) if contents else None,
        contents_unit=contents_unit,
    )


def claim_line(row: str | dict[str, Any], number: int) -> ClaimLine:
    """``"96365-59 x2"``, or a mapping: code, date (of the month) or dated, bill type …"""
    text = row if isinstance(row, str) else row["code"]
    code, _, units = text.partition(" x")
    hcpcs, *modifiers = code.split("-")
    more = {} if isinstance(row, str) else row
    return ClaimLine(
        claim_id="C1",
        line_number=str(number),
        hcpcs=hcpcs or None,
        modifiers=tuple(modifiers),
        units=Decimal(units or 1),
        revenue_code=more.get("revenue"),
        diagnosis_codes=tuple(more.get("diagnoses", ())),
        service_date=more.get("dated", date(2026, 9, more.get("date", 1))),
        ndc=more.get("ndc"),
        paid_date=more.get("paid"),
        bill_type=more.get("bill type"),
        condition_codes=tuple(more.get("conditions", ())),
        source=Source(CLAIMS, number + 1),
    )


def order(row: dict[str, Any], number: int) -> Order:
    """One row of ``orders``: drug, at, mode, authenticated, minutes, id, unread."""
    return Order(
        order_id=str(row.get("id", f"O{number}")),
        drug=row.get("drug"),
        ordered_at=time(row.get("at")),
        authenticated_at=time(row.get("authenticated")),
        mode=row.get("mode"),
        basis=row.get("basis"),
        indication=row.get("indication"),
        duration=row.get("minutes"),
        source=source(ORDERS, number + 1, row),
    )


def access_site(row: dict[str, Any], number: int) -> AccessSite:
    """One row of ``lines``: site, placed, removed, reason, id."""
    return AccessSite(
        access_id=str(row.get("id", f"L{number}")),
        site=row["site"],
        placed_at=time(row.get("placed")),
        removed_at=time(row.get("removed")),
        reason=row.get("reason"),
    )


def rejected(row: dict[str, Any], number: int) -> RejectedRow:
    """One row of ``rejected``: kind, drug, order, and which of start and stop it may state."""
    return RejectedRow(
        kind=row["kind"],
        cell=f"rejected.xlsx · Rows · A{number + 1}",
        order_id=row.get("order"),
        drug=normalise(row["drug"]) if "drug" in row else None,
        may_state=frozenset(row.get("states", ())),
    )


def tables(row: dict[str, Any]) -> PublicTables:
    """``ptp``: rows of column 1, column 2, indicator; ``mue``: units and indicator of a code;
    ``status`` of a code in Addendum B; ``asp``: amount and unit of a code.

    They are those of the quarter in which all cases happen; ``known`` are the codes that they
    cover, every code where it is left out.
    """
    quarter = Quarter(2026, 3)
    known = frozenset(row["known"]) if "known" in row else None
    pairs = {(one, other): (PairEdit(one, other, i),) for one, other, i in row.get("ptp", [])}
    limits = {code: UnitsEdit(code, *limit) for code, limit in row.get("mue", {}).items()}
    mue = CodeTable(Edition(Kind.MUE, quarter), limits, known)
    ptp = PairTable(Edition(Kind.PTP, quarter), pairs, known or frozenset(sum(pairs, ())))
    statuses = {code: OppsRate(code, status) for code, status in row.get("status", {}).items()}
    rates = CodeTable(Edition(Kind.ADDENDUM_B, quarter), statuses)
    units = {c: AspLimit(c, None, Decimal(a), unit) for c, (a, unit) in row.get("asp", {}).items()}
    asp = CodeTable(Edition(Kind.ASP, quarter), units)
    return PublicTables(
        {
            quarter: QuarterTables(
                ptp=ptp if "ptp" in row else None,
                mue=mue if "mue" in row else None,
                addendum_b=rates if "status" in row else None,
                asp=asp if "asp" in row else None,
            )
        }
    )


def _supplied(without: list[str]) -> frozenset[str]:
    """Every column but those named; a kind alone names all of its columns, its file."""
    return frozenset(
        name for name in EVERY_FIELD if not {name, name.partition(".")[0]} & {*without}
    )


def encounter(case: dict[str, Any]) -> Encounter:
    """The encounter of one case; patients arrive at 06:00 on day 1 unless it says otherwise."""
    stay = {"arrived": "06:00", **case.get("stay", {})}
    others = tuple(
        OtherEncounter(
            f"E{n}",
            time(row.get("arrived")),
            time(row.get("discharged")),
            row.get("drugs"),
            has_claim=row.get("billed", True),
        )
        for n, row in enumerate(case.get("other encounters", []), start=2)
    )
    return Encounter(
        encounter_id="E1",
        claim_lines=tuple(claim_line(r, n) for n, r in enumerate(case.get("billed", []), 1)),
        administrations=tuple(administration(r, n) for n, r in enumerate(case.get("given", []), 1)),
        patient_id=case.get("patient", "P1"),
        orders=tuple(order(r, n) for n, r in enumerate(case.get("orders", []), 1)),
        access_sites=tuple(access_site(r, n) for n, r in enumerate(case.get("lines", []), 1)),
        arrived_at=time(stay["arrived"]),
        arrival_mode=stay.get("mode"),
        observation_start=time(stay.get("observation")),
        inpatient_at=time(stay.get("inpatient")),
        discharged_at=time(stay.get("discharged")),
        other_encounters=others,
        rejected=tuple(rejected(r, n) for n, r in enumerate(case.get("rejected", []), 1)),
        supplied=_supplied(case.get("without", [])),
        source=Source(ENCOUNTERS, 2),
        formulary=Formulary(map(product, case.get("formulary", []))),
        tables=tables(case.get("tables", {})),
    )
