"""Every unit explained: minutes, segments, cells, rule, authority; and why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor.coding import explain_units, with_computed_stops
from auditor.policy import Policy, policy_from
from auditor.record import Sheet, Source
from tests.cases import encounter

FIRST = "The highest-ranked service at its access: the initial push."
SALINE = "0.9% sodium chloride"


def told(code: str, given: list[dict[str, Any]], **choices: Any) -> list[str]:
    return explain_units(encounter({"given": given}), code, policy_from(choices))


def test_a_unit_leads_to_minutes_cells_rule_and_authority() -> None:
    given = [{"drug": "ceftriaxone", "from": "08:00", "to": "09:31", "site": "right hand"}]
    assert told("96366", given) == [
        "96366, drug infusion by vein, further hour or repeat: 1 unit supported, policy default",
        "",
        "1 unit on 09/01/2026 at right hand",
        "  91 counted minutes, the initial service here: first hour and 1 further hour.",
        "  counted 09/01 08:00 to 09/01 09:31, 91 min",
        "  ceftriaxone (therapeutic)",
        "    charted 09/01 08:00 to 09/01 09:31, stop evidence A",
        "    start in mar.xlsx · MAR · F2, stop in mar.xlsx · MAR · G2",
        "  rule: coding rules, section 6.1",
        *(line for line in told("96366", given) if line.startswith("  authority: ")),
    ]
    assert any("§230.2" in line for line in told("96366", given))


def test_a_row_that_charts_one_time_is_cited_once() -> None:
    events = Sheet("mar.xlsx", "MAR", {"taken_at": "E", "start": "E", "stop": "E"})
    some = encounter({"given": [{"drug": "ceftriaxone", "from": "08:00", "to": "09:31"}]})
    (given,) = some.administrations
    charted = replace(given, sources=(Source(events, 2), Source(events, 5)))
    text = explain_units(replace(some, administrations=(charted,)), "96365", Policy())
    assert text[7:9] == ["    time in mar.xlsx · MAR · E2", "    time in mar.xlsx · MAR · E5"]


def test_no_unit_says_of_each_administration_what_it_supports_instead_or_why_nothing() -> None:
    given = [
        {"drug": "morphine", "how": "push", "from": "08:00"},
        {"drug": "morphine", "how": "push", "from": "08:20"},
        {"drug": "ceftriaxone", "from": "09:00"},
    ]
    assert told("96365", given) == [
        "96365, drug infusion by vein, first hour: 0 units supported, policy default",
        "",
        "  morphine (therapeutic)",
        "    charted 09/01 08:00 to no stop, stop evidence E",
        "    start in mar.xlsx · MAR · F2, stop in mar.xlsx · MAR · G2",
        f"  push, 0 min, supports 96374: {FIRST}",
        "  rule: coding rules, section 6.4",
        "",
        "  morphine (therapeutic)",
        "    charted 09/01 08:20 to no stop, stop evidence E",
        "    start in mar.xlsx · MAR · F3, stop in mar.xlsx · MAR · G3",
        "  push, 0 min, supports nothing: within 30 minutes of the drug's last dose",
        "  rule: coding rules, section 6.4",
        "",
        "  ceftriaxone (therapeutic)",
        "    charted 09/01 09:00 to no stop, stop evidence E",
        "    start in mar.xlsx · MAR · F4, stop in mar.xlsx · MAR · G4",
        "  none, 0 min, supports nothing: no accepted stop time",
        "  rule: coding rules, section 1",
    ]


def test_no_unit_shows_what_is_left_to_review() -> None:
    given = [{"drug": "ceftriaxone", "from": "08:00", "to": "08:15"}]
    assert told("96365", given)[-3:] == [
        f"  push, 15 min, supports 96374: {FIRST}",
        "  rule: coding rules, section 6.4",
        "  review: 15 counted minutes: a clock 2 min out would code them otherwise. (section 3)",
    ]


def test_a_deleted_code_is_explained_as_the_one_that_took_its_place() -> None:
    given = [{"drug": "ceftriaxone", "from": "08:00", "to": "09:00"}]
    assert told("90765", given)[0] == (
        "96365, drug infusion by vein, first hour (for 90765): 1 unit supported, policy default"
    )


COMPUTED = [{"drug": "ceftriaxone", "from": "08:00", "to": "08:40", "grade": "C"}]


def test_a_computed_stop_is_an_alternative_and_never_counted() -> None:
    text = told("96365", COMPUTED)
    assert text[0].endswith("0 units supported, policy default")
    at = text.index(
        "Not counted: with stops computed from start, charted rate and volume (grade C)"
    )
    assert text[at + 1 : at + 5] == [
        "1 unit of 96365 would be supported",
        "",
        "1 unit on 09/01/2026 at first access, site not documented",
        "  40 counted minutes, the initial service here: first hour.",
    ]
    accepted = told("96365", COMPUTED, accepted_stop_evidence=["A", "B", "C"])
    assert accepted[0].endswith("1 unit supported, policy default")
    assert not any(line.startswith("Not counted") for line in accepted)


def test_there_is_no_alternative_where_computed_stops_change_nothing() -> None:
    charted = encounter({"given": [{"drug": "ceftriaxone", "from": "08:00", "to": "08:40"}]})
    slow = {"drug": SALINE, "from": "08:00", "to": "08:10", "grade": "C"}
    assert with_computed_stops(charted, Policy()) is None
    assert with_computed_stops(encounter({"given": [slow]}), Policy()) is None
    assert with_computed_stops(encounter({"given": COMPUTED}), Policy()) is not None
