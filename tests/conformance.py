"""Published coding scenarios as encounters, and what the engine says of each.

``python -m tests.conformance`` writes docs/conformance.md.  Where a scenario states no clock
times, its administrations follow one another without a gap from 08:00 on, in the order printed;
what the text says otherwise ("during the hydration", "35 minutes later") stands in PLACED.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from auditor.coding import supported
from auditor.policy import Policy, load_policy, policy_from
from auditor.record import (
    Administration,
    DrugClass,
    Encounter,
    Method,
    Route,
    Segment,
    StopEvidence,
)
from auditor.tables.codes import code
from tests.cases import time

ROOT = Path(__file__).parent.parent
CASES = ROOT.parent / "shared" / "cases" / "published.json"
TABLE = ROOT / "docs" / "conformance.md"

CLASSES = {
    "therapeutic": DrugClass.THERAPEUTIC,
    "chemo": DrugClass.ANTINEOPLASTIC,
    "non-hormonal antineoplastic": DrugClass.ANTINEOPLASTIC,
    "complex (chemo codes)": DrugClass.ANTINEOPLASTIC,
    "complex biologic (chemo codes)": DrugClass.BIOLOGIC,
    "hydration": DrugClass.HYDRATION,
    "diagnostic contrast": DrugClass.CONTRAST,
    "oral": DrugClass.THERAPEUTIC,
}
ROUTES = {
    "IV push": (Route.IV, Method.PUSH),
    "IV infusion": (Route.IV, Method.INFUSION),
    "IV hydration": (Route.IV, Method.INFUSION),
    "IV (no stop)": (Route.IV, Method.INFUSION),
    "IV (single time)": (Route.IV, Method.INFUSION),
    "IVPB (no stop)": (Route.IV, Method.INFUSION),
    "IM": (Route.IM, Method.INJECTION),
    "SQ": (Route.SC, Method.INJECTION),
    "SQ/IM": (Route.IM, Method.INJECTION),
    "oral": (Route.OTHER, None),
}
# Start and stop of each administration, where the text places them: "day hh:mm".
PLACED: dict[str, list[tuple[str, str | None]]] = {
    "medlearn-2022-01-31-near-simultaneous": [("09:30", "10:30"), ("09:32", "10:31")],
    "medlearn-hydration-3h-two-pushes": [
        ("08:00", "11:00"),
        ("08:30", "08:32"),
        ("09:00", "09:03"),
    ],
    "cpt2013-push-10pm-2am": [("22:00", None), ("2 02:00", None)],
    "cpt-hydration-11pm-2am": [("23:00", "2 02:00")],
    "aapc-forum-zofran-35min-office": [("08:00", None), ("08:35", None)],
    "haugen-two-day-ed-rocephin-zithromax": [
        ("12:43", None),
        ("12:22", "12:45"),
        ("2 13:25", None),
        ("2 11:07", None),
        ("2 12:23", "2 12:53"),
        ("2 22:37", "2 23:07"),
    ],
    "onc-alert-two-antibiotics-concurrent": [("08:00", "09:00"), ("08:00", "09:00")],
    "rca-midnight-hydration-morphine": [
        ("22:00", "2 06:30"),
        ("22:20", None),
        ("2 02:00", None),
    ],
    "wamc-16min-rule-mar": [
        ("4 15:33", None),
        ("5 03:20", None),
        ("5 21:21", None),
        ("5 10:05", None),
        ("6 17:11", None),
        ("6 19:02", None),
        ("6 10:07", None),
    ],
}
# Where another choice of the policy, a published view by its name, or nothing gives the published
# answer, and why.
VIEWS: dict[str, tuple[dict[str, Any] | str | None, str]] = {
    "aapc-forum-zofran-35min-office": (
        None,
        "An office answer: 96376 is for facilities, and there the push 35 minutes later earns it.",
    ),
    "haugen-two-day-ed-rocephin-zithromax": (
        {"missing_stop": "push"},
        "Drugs with a single time are coded as pushes (J1).",
    ),
    "aapc-forum-rocephin-levaquin": (
        None,
        "The reply reads 100 minutes as less than 91 and takes the shorter drug as the initial; "
        "the longest is the initial and earns a further hour.",
    ),
    "hcpro-2005-antiemetics-chemo-quiz": (
        None,
        "The 2005 code set had no hierarchy and no add-on push.",
    ),
    "onc-alert-split-dose-im": (
        None,
        "The source leaves it open; the engine reports each injection and no modifier 59.",
    ),
    "onc-alert-paracetamol-30min": (
        None,
        "A payer's view of the label; 30 documented minutes are an infusion (T-01).",
    ),
    "aapc-forum-hydration-29-plus-20": (
        "cpt-assistant",
        "The forum adds the hydration before and after the infusion (J34).",
    ),
    "wamc-16min-rule-mar": (
        None,
        "The list leaves out the infusion that is the initial, and counts as pushes a drug without "
        "a stop (J1) and an imaging contrast, which NCCI makes part of the imaging.",
    ),
}
# The service dates that a published answer states, as days of the scenario.
DATED: dict[str, Counter[tuple[str, int]]] = {
    "rca-midnight-hydration-morphine": Counter({("96374", 1): 1, ("96361", 1): 2}),
}
# Scenarios of the publications that a view is of: they hold under it as well.
OF_VIEWS = {
    "medlearn-2022-01-31-near-simultaneous": "medlearn",
    "medlearn-hydration-3h-two-pushes": "medlearn",
    "cpt2013-push-10pm-2am": "cpt-assistant",
    "cpt-hydration-11pm-2am": "cpt-assistant",
}


@dataclass(frozen=True)
class Row:
    """One scenario: the published answer, ours by default and under the view that reproduces it."""

    case: dict[str, Any]
    published: Counter[str]
    default: Counter[str]
    view: Counter[str] | None
    choices: dict[str, Any] | str | None
    reason: str
    dated: Counter[tuple[str, int]]

    @property
    def matches_by_default(self) -> bool:
        in_time = DATED.get(self.case["id"], Counter()) <= self.dated
        return in_time and _matches(self.case, self.published, self.default)

    @property
    def matches_under_view(self) -> bool:
        return self.view is not None and _matches(self.case, self.published, self.view)


def rows() -> Iterator[Row]:
    """Every complete and subset scenario, in the order of the file."""
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        encounter = encounter_of(case)
        choices, reason = VIEWS.get(case["id"], (None, ""))
        yield Row(
            case,
            published_of(case),
            answer(encounter, Policy()),
            answer(encounter, policy_of(choices)) if choices else None,
            choices,
            reason,
            by_day(encounter),
        )


def policy_of(choices: dict[str, Any] | str) -> Policy:
    """Single choices over the defaults, or the published view of this name."""
    return load_policy(Path(choices)) if isinstance(choices, str) else policy_from(choices)


def by_day(encounter: Encounter) -> Counter[tuple[str, int]]:
    """Supported units by code and day of the month, by default."""
    units: Counter[tuple[str, int]] = Counter()
    for line in supported(encounter, Policy()).lines:
        units[line.code, line.service_date.day] += line.units
    return units


def published_of(case: dict[str, Any]) -> Counter[str]:
    """The published units by the code in force today."""
    units: Counter[str] = Counter()
    for line in case["published_answer"]:
        entry = code(line["code"])
        current = entry.replaced_by[0] if entry and entry.replaced_by else line["code"]
        units["-".join((current, *line["modifiers"]))] += line["units"]
    return units


def encounter_of(case: dict[str, Any]) -> Encounter:
    """The scenario's administrations at the times that it states or implies."""
    at = time("08:00")
    assert at is not None
    administrations = []
    for number, fact in enumerate(case["facts"]["administrations"]):
        placed = PLACED.get(case["id"])
        start, stop = (time(placed[number][0]), time(placed[number][1])) if placed else (at, None)
        if not placed and fact["start"]:
            start, stop = time(fact["start"]), time(fact["stop"])
        elif not placed and fact["minutes"] is not None:
            assert start is not None
            stop = start + timedelta(minutes=fact["minutes"])
        route, method = ROUTES[fact["route"]]
        administrations.append(
            Administration(
                administration_id=str(number),
                drug=fact["drug"].casefold(),
                drugs=(fact["drug"],),
                drug_class=CLASSES[fact["class"]],
                route=route,
                method=method,
                segments=(
                    Segment(start, stop, StopEvidence.CHARTED if stop else StopEvidence.NONE),
                ),
                complexity_documented=fact["class"] == "complex biologic (chemo codes)",
            )
        )
        at = stop or start or at
    return Encounter(encounter_id=case["id"], administrations=_resumed(administrations))


def _resumed(administrations: list[Administration]) -> tuple[Administration, ...]:
    """Rituximab stopped and resumed is one dose with two running segments."""
    if [a.drug for a in administrations] != ["rituximab", "rituximab"]:
        return tuple(administrations)
    first, second = administrations
    return (replace(first, segments=first.segments + second.segments),)


def answer(encounter: Encounter, policy: Policy) -> Counter[str]:
    """Supported units by code and modifiers."""
    units: Counter[str] = Counter()
    for line in supported(encounter, policy).lines:
        units["-".join((line.code, *line.modifiers))] += line.units
    return units


def _matches(case: dict[str, Any], published: Counter[str], ours: Counter[str]) -> bool:
    return ours == published if case["answer_scope"] == "complete" else published <= ours


def _words(units: Counter[str] | None) -> str:
    if units is None:
        return ""
    return ", ".join(f"{c} × {n}" if n > 1 else c for c, n in sorted(units.items())) or "nothing"


def _choices(choices: dict[str, Any] | str | None) -> str:
    if isinstance(choices, str):
        return f"the view {choices}"
    return ", ".join(f"{name} = {value!r}" for name, value in (choices or {}).items())


def document() -> str:
    """docs/conformance.md: case, source, published, ours, policy."""
    table = list(rows())
    matching = sum(row.matches_by_default for row in table)
    viewed = sum(row.matches_under_view and not row.matches_by_default for row in table)
    lines = [
        "# Conformance with published scenarios",
        "",
        "Generated by `python -m tests.conformance`; a test keeps it fresh. Deleted codes are",
        "shown as the codes that replaced them. *Subset*: the published text shows only part of",
        "the answer, and ours must contain it; where it states service dates, they must agree. An",
        "office answer is marked and compared as well.",
        "",
        f"{len(table)} scenarios: {matching} match under the default policy, {viewed} more under a "
        f"named choice, {len(table) - matching - viewed} do not, for the reason given.",
        "",
        "| scenario | source | scope | published | ours | policy |",
        "|---|---|---|---|---|---|",
    ]
    for row in table:
        office = "" if row.case.get("is_facility", True) else " (office)"
        if row.matches_by_default:
            policy = "default"
        elif row.matches_under_view:
            policy = f"{_words(row.view)} with {_choices(row.choices)}: {row.reason}"
        else:
            policy = f"differs: {row.reason}"
        lines.append(
            f"| {row.case['id']} | [{row.case['source']}]({row.case['url']}){office} "
            f"| {row.case['answer_scope']} | {_words(row.published)} | {_words(row.default)} "
            f"| {policy} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(document(), encoding="utf-8")
