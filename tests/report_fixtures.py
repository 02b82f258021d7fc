"""Hand-made encounters and audits for the tests of the report: a builder, nothing clever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor import (
    Administration,
    ClaimLine,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Method,
    Policy,
    Route,
    StopEvidence,
    Verdict,
    deficient,
    met,
    undetermined,
)
from auditor.authority import Authority
from auditor.check import Check, Rule
from auditor.coding import Support, supported
from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet, Orphan
from auditor.record import Segment, Sheet, Source
from auditor.run import Audit, run

ZONE = ZoneInfo("America/New_York")
MAR = Sheet("mar.xlsx", "MAR", {"start": "F", "stop": "G", "site": "H"})
CLAIMS = Sheet("claims.xlsx", None, {"hcpcs": "E", "units": "G"})
SUPPLIED = frozenset({"administration.start", "administration.stop", "claim_line.hcpcs"})

COLUMNS = SUPPLIED | {
    *(f"claim_line.{name}" for name in ("modifiers", "units", "service_date")),
    *("administration.route", "administration.site"),
}
"""What claim and record need to be laid side by side."""


def at(text: str, month_day: str = "09-03") -> datetime:
    """``10:15``, or ``09-04 10:15``, of 2026 on the facility's wall."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-{day or month_day} {clock}").replace(tzinfo=ZONE)


def given(
    drug: str,
    start: str | None,
    stop: str | None = None,
    *,
    row: int = 2,
    route: Route = Route.IV,
    drug_class: DrugClass = DrugClass.THERAPEUTIC,
    site: str | None = "left forearm",
    segments: tuple[Segment, ...] | None = None,
    elsewhere: bool = False,
    number: str = "",
) -> Administration:
    """An infusion where there is a stop, a push or injection where there is none."""
    begins = at(start) if start else None
    ends = at(stop) if stop else None
    grade = StopEvidence.CHARTED if ends else StopEvidence.NONE
    by_vein = Method.INFUSION if ends else Method.PUSH
    return Administration(
        administration_id=f"{drug} {start}{number}",
        drug=drug,
        drugs=(drug,),
        drug_class=drug_class,
        route=route,
        method=by_vein if route is Route.IV else Method.INJECTION,
        segments=segments or (Segment(begins, ends, grade),),
        site=site,
        began_elsewhere=elsewhere,
        sources=(Source(MAR, row),),
    )


def infusion_without_stop(drug: str, start: str) -> Administration:
    return replace(given(drug, start), method=Method.INFUSION)


def saline(start: str, stop: str, **more: object) -> Administration:
    return given("sodium chloride", start, stop, drug_class=DrugClass.HYDRATION, **more)  # type: ignore[arg-type]


def billed(
    code: str, units: int = 1, *modifiers: str, number: int = 1, day: str = "2026-09-03"
) -> ClaimLine:
    return ClaimLine(
        claim_id="C-100",
        line_number=str(number),
        hcpcs=code,
        modifiers=modifiers,
        units=Decimal(units),
        service_date=date.fromisoformat(day),
        payer="Medicare",
        source=Source(CLAIMS, number + 1),
    )


def encounter(
    key: str,
    administrations: tuple[Administration, ...] = (),
    claim_lines: tuple[ClaimLine, ...] = (),
    **facts: object,
) -> Encounter:
    usual: dict[str, object] = {
        "arrived_at": at("08:00"),
        "discharged_at": at("18:00"),
        "patient_id": f"P-{key}",
        "facility": "Harbor Street Hospital",
        "supplied": COLUMNS,
    }
    return Encounter(
        encounter_id=key,
        administrations=administrations,
        claim_lines=claim_lines,
        **{**usual, **facts},  # type: ignore[arg-type]
    )


TEXT = Authority(
    id="manual",
    document="Claims Processing Manual",
    section="chapter 4, section 230.2",
    url="https://www.cms.gov/manual",
    says="A paraphrase.",
    effective=date(2009, 3, 13),
)


def a_check(
    key: str,
    rule: Rule,
    *,
    title: str = "",
    severity: str = "high",
    responsible: str = "nursing",
    needs: tuple[str, ...] = (),
) -> Check:
    return Check(
        id=key,
        title=title or key.replace("_", " ").capitalize(),
        authorities=(TEXT,),
        severity=severity,  # type: ignore[arg-type]
        responsible=responsible,  # type: ignore[arg-type]
        examines="billed infusion",
        needs=needs,
        summary="What is wrong.",
        description="Why it matters.",
        rule=rule,
    )


def no_stop(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    for infusion in encounter.administrations:
        if infusion.method is not Method.INFUSION:
            continue
        if infusion.stop is None:
            yield deficient(
                infusion,
                because=f"No stop time is charted for {infusion.drug}.",
                cure=Cure.LATE_ENTRY,
                evidence=[Evidence("stop", "", infusion.sources[0].cell("stop"))],
                claim_lines=encounter.claim_lines,
            )
        else:
            yield met(infusion)


def needless_modifier(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    for line in encounter.claim_lines:
        if "59" in line.modifiers:
            yield deficient(line, because="One access is documented.", cure=Cure.REBILL)
        elif line.modifiers:
            yield undetermined(line, because="No site is charted; the line record would tell.")
        else:
            yield met(line)


def said_of_orders(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    yield met(encounter.claim_lines[0], because="A verbal order was authenticated later.")


NO_STOP = a_check("no_stop", no_stop, title="Timed infusion billed without a documented stop time")
MODIFIER = a_check(
    "modifier", needless_modifier, title="Modifier 59 unsupported", severity="medium",
    responsible="coding",
)  # fmt: skip
ORDERS = a_check(
    "orders", said_of_orders, title="Hydration without order", severity="high",
    responsible="provider order", needs=("order.ordered_at",),
)  # fmt: skip
CHECKS = (NO_STOP, MODIFIER, ORDERS)


def audit_of(
    *encounters: Encounter,
    checks: tuple[Check, ...] = CHECKS,
    policy: Policy | None = None,
    supplied: frozenset[str] = SUPPLIED,
) -> Audit:
    return run(encounters, checks, policy or Policy(), supplied)


def supports_of(audit: Audit) -> dict[str, Support]:
    return {e.encounter_id: supported(e, audit.policy) for e in audit.encounters}


def plain_month() -> tuple[Encounter, ...]:
    """Two encounters with findings, one with a second modifier, one in order."""
    untimed = encounter(
        "E-2",
        (infusion_without_stop("vancomycin", "10:00"), given("ondansetron", "10:05", row=3)),
        (billed("96365", 2), billed("96375", number=2), billed("J2405", 4, number=3)),
    )
    doubled = encounter(
        "E-1",
        (
            infusion_without_stop("vancomycin", "10:00"),
            given("ceftriaxone", "11:00", "11:45", row=3),
        ),
        (billed("96365", 1, "59"), billed("96367", number=2)),
    )
    unsure = encounter("E-3", (saline("09:00", "10:30"),), (billed("96360", 1, "XS"),))
    clean = encounter("E-4", (saline("09:00", "10:30"),), (billed("96360"),))
    return untimed, doubled, unsure, clean


def a_ledger() -> Ledger:
    return Ledger(
        sheets=(
            LedgerSheet("mar.xlsx", "MAR", "mar_event", 10, 8, 1, 1, {"TAKEN_TIME": "start"}),
            LedgerSheet("claims.xlsx", None, "claim_line", 8, 8, 0, 0, {"HCPCS": "hcpcs"}),
        ),
        rows=(
            LedgerRow("mar.xlsx", "MAR", 5, "F", "25:99", "rejected", "Not a time.", "Mend it."),
            LedgerRow("mar.xlsx", "MAR", 6, None, None, "superseded", "By row 7.", ""),
        ),
        problems=("mar.xlsx · MAR: 1 time cannot be read, first in F5.",),
        orphans=(Orphan("E-9", "administrations", "claims.xlsx · B7"),),
    )


def minutes_after(start: datetime, minutes: int) -> datetime:
    return (start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)).astimezone(ZONE)
