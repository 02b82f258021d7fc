"""Reports to test and to look at: ``python -m tests.report_pages FOLDER`` writes them there.

A small month, the sample month, an ugly one, one in which nothing is found, and a year of months.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import checks
from auditor import DrugClass, Policy
from auditor.check import discover
from auditor.history.entry import Capture, CheckRule, KeptMonth, Sums
from auditor.history.store import Reaudit
from auditor.load import load
from auditor.load.ledger import Ledger
from auditor.load.profile import Profile, load_profile
from auditor.record import Encounter, Order
from auditor.report.case import cases_of
from auditor.report.html import render_report, render_trend
from auditor.report.manifest import InputFile, input_file, ruling
from auditor.report.pdf import write_pdf
from auditor.report.summary import summarise
from auditor.report.trend import Trend, trend_of
from auditor.run import Audit, run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store
from tests.history_fixtures import RULES, a_month, judged
from tests.report_fixtures import (
    MODIFIER,
    NO_STOP,
    a_ledger,
    at,
    audit_of,
    billed,
    encounter,
    given,
    infusion_without_stop,
    minutes_after,
    plain_month,
    saline,
    supports_of,
)

PRIVILEGE = "Privileged & confidential"
INPUTS = (InputFile("mar.xlsx", "ab" * 32, 12_345),)
PROFILE = Profile(
    timezone="America/New_York",
    facility="Harbor Street Hospital",
    columns={"claim_line": {"Chg Cd": "hcpcs"}},
    actions={"Infusing": "NOTE"},
)
SAMPLE = Path(__file__).parent.parent / "sample_data"

LONG = "carboplatin/paclitaxel/trastuzumab biosimilar in 0.9 % sodium chloride, non-PVC container"
ARABIC, HEBREW, ACCENTED = "مورفين سلفات للحقن", "תמיסת מלח פיזיולוגית", "Ünal-Żółćński é́ naïve"


def page(
    audit: Audit,
    ledger: Ledger | None = None,
    inputs: Sequence[InputFile] = INPUTS,
    privilege: str | None = PRIVILEGE,
    profile: Profile | None = PROFILE,
    trends: Sequence[Trend] = (),
) -> str:
    ledger = a_ledger() if ledger is None else ledger
    summary = summarise(audit, cases_of(audit, supports_of(audit)), ledger)
    rules = ruling(audit.policy, profile, [result.check for result in audit.results])
    return render_report(
        summary,
        ledger,
        inputs,
        (),
        "Infusion Auditor 0",
        rules,
        profile=profile,
        privilege=privilege,
        trends=trends,
    )


def small() -> str:
    return page(audit_of(*plain_month(), policy=Policy(missing_stop="push")))


def nothing_found() -> str:
    clean = plain_month()[-1]
    return page(audit_of(clean, checks=(NO_STOP, MODIFIER)), Ledger(), privilege=None, profile=None)


@cache
def sample() -> str:
    files = sorted(SAMPLE.glob("*.xlsx"))
    profile = load_profile(SAMPLE / "hospital.toml")
    loaded = load(files, profile)
    tables = tables_for(loaded.encounters, Store(SAMPLE / "no tables"))
    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
    audit = run(encounters, discover(checks), Policy(), loaded.supplied)
    return page(audit, loaded.ledger, list(map(input_file, files)), PRIVILEGE, profile)


def ugly() -> str:
    """Names of every length and script, sixty doses, three days of observation."""
    return page(
        with_every_column(sixty_doses(), three_days(), other_scripts(), *plain_month()),
        inputs=[InputFile(f"{LONG} {n}.xlsx", "cd" * 32, 10**n) for n in range(9)],
        privilege=f"{PRIVILEGE}: {LONG}",
        profile=PROFILE.model_copy(update={"actions": {LONG: "NOTE", ARABIC: "START"}}),
    )


def with_every_column(*encounters: Encounter) -> Audit:
    battery = discover(checks)
    supplied = frozenset(
        {need for check in battery for need in (*check.needs, *check.needs_in_part)}
        | {"order.drug", "order.ordered_at", "encounter.arrived_at", "access.site"}
        | {f"administration.{name}" for name in ("site", "dose", "staff", "credential", "rate")}
    )
    return run([replace(e, supplied=supplied) for e in encounters], battery, Policy(), supplied)


def sixty_doses() -> Encounter:
    start = at("09:00")
    doses = []
    for number in range(60):
        begins = minutes_after(start, 23 * number)
        name = f"{LONG}, dose {number}" if number % 3 else f"drug {number}"
        infusion = given(name, f"{begins:%m-%d %H:%M}", row=number + 2, number=str(number))
        doses.append(
            infusion_without_stop(name, f"{begins:%m-%d %H:%M}")
            if number % 2
            else replace(infusion, department=LONG)
        )
    lines = (
        billed("96365", 3, "59"),
        billed("96365", 2, number=2),
        billed("96366", 9, number=3),
        billed("96375", 70, number=4),
        billed("96413", 2, "XS", number=5),
        billed("96360", 1, number=6),
    )
    return encounter("E-60", tuple(doses), lines, discharged_at=at("09-04 18:00"))


def three_days() -> Encounter:
    return encounter(
        "E-72",
        (
            saline("07:00", "09-04 02:00", elsewhere=True),
            saline("09-04 02:10", "09-05 11:00", row=3, site=f"{LONG}, left"),
            infusion_without_stop("vancomycin", "09-04 08:00"),
            given("xyz", "09-05 10:00", "09-05 11:30", row=5, drug_class=DrugClass.UNCLASSIFIED),
        ),
        (billed("96360", 3), billed("96361", 60, number=2), billed("96365", 2, "59", number=3)),
        observation_start=at("10:30"),
        observation_end=at("09-06 10:30"),
        discharged_at=at("09-06 11:00"),
        arrival_mode=f"Ambulance, {LONG}",
    )


def other_scripts() -> Encounter:
    return encounter(
        f"{ARABIC} 7",
        (
            infusion_without_stop(ARABIC, "10:00"),
            given(HEBREW, "11:00", "12:31", row=3, site=HEBREW),
            given(ACCENTED, "12:00", row=4, site=ACCENTED),
        ),
        (billed("96365", 2, "59"), billed("96366", 2, number=2), billed("96374", 1, number=3)),
        facility=f"{ACCENTED} · {HEBREW}",
        arrival_mode=ARABIC,
        orders=(Order("O-1", HEBREW, ordered_at=minutes_after(at("11:00"), 300)),),
    )


@cache
def _trend(months: int) -> Trend:
    """A year and more of checks with long names, changed rules, gaps, and units of every script."""
    titles = [f"{LONG} {number}" if number % 3 else f"Check {number}" for number in range(14)]
    checks = {
        f"check_{n}": CheckRule(title, ("high", "medium", "low")[n % 3], f"{n:02}" * 32)
        for n, title in enumerate(titles)
    }
    rules = [
        replace(RULES, checks=checks),
        replace(RULES, checks=checks, policy={**RULES.policy, "missing_stop": "push"}),
    ]
    kept = []
    for number in (*range(11), 13, 14):
        results = {
            f"check_{n}": judged(min(hits * (n % 5), 15), 40 * (n + 1) if n % 4 else 20)
            for n in range(14)
            for hits in (9 if n < 9 and number > 8 else 2 + (number * n) % 3,)
        }
        month = a_month(
            f"{2025 + number // 12}-{number % 12 + 1:02}",
            {key: result for key, result in results.items() if key != f"check_{number}"},
            facility=f"{ACCENTED} · {HEBREW}",
            stops={
                (unit, shift): Capture(30 + number, 60)
                for unit in (LONG, ARABIC, "ED")
                for shift in ("day", "night", "not stated")
            },
            money=Sums(99, Decimal("123456789.00"), Decimal("12.50")) if number % 2 else None,
        )
        kept.append(KeptMonth(number, f"{number}", rules[number > 5], month))
    trend = trend_of(kept, months)
    assert trend is not None
    return trend


def months() -> str:
    return page(audit_of(*plain_month()), trends=(_trend(12), _trend(2)))


def trend_alone() -> str:
    again = (Reaudit(_trend(12).months[-1].month, 3, 1_200, 900, 850),)
    return render_trend(_trend(12), again, "Infusion Auditor 0")


REPORTS: dict[str, Callable[[], str]] = {
    "small": small,
    "sample": sample,
    "ugly": ugly,
    "nothing": nothing_found,
    "months": months,
    "trend": trend_alone,
}


def main(folder: Path) -> None:
    """Write each report as HTML and as PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in REPORTS.items():
        (folder / f"{name}.html").write_text(made(), encoding="utf-8")
        write_pdf(made(), folder / f"{name}.pdf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
