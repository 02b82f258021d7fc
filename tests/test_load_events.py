"""Charted actions → administrations: what started, paused, changed and stopped, and who says so."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading import CLAIM, MAR, PROFILE, clock, loaded, only, runs, said, text
from loading import given as charted

from auditor.load import InputError, load
from auditor.record import Administration, DrugClass, Method, Route

DAY = "09/01/2026 "
MORE = (*MAR, "Bag ID", "Rate", "Rate Unit", "Volume", "Dose", "Dose Unit", "Comments")


def event(
    time: str, action: str, *, drug: str | None = "vancomycin", order: str | None = "O1",
    route: str | None = "IV", bag: str | None = None, rate: object = None, volume: object = None,
    dose: object = None, unit: str | None = None, comment: str | None = None,
) -> tuple[object, ...]:  # fmt: skip
    rate_unit = "mL/hr" if rate is not None else None
    stamp = time if "/" in time else DAY + time
    return ("E1", order, drug, stamp, action, route, bag, rate, rate_unit, volume, dose, unit,
            comment)  # fmt: skip


def segments(folder: Path, *rows: tuple[object, ...]) -> list[str]:
    return [runs(a) for a in charted(folder, *rows, header=MORE)]


# ── the running segments ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("08:00 New Bag, 08:40 Stopped", ["08:00-08:40A"]),
        ("08:00 New Bag, 08:40 Completed", ["08:00-08:40B"]),
        ("08:00 New Bag, 08:40 Infused", ["08:00-08:40B"]),
        ("08:00 New Bag", ["08:00--E"]),
        ("08:40 Stopped", ["--08:40A"]),
        ("08:00 New Bag, 08:20 Rate Change, 08:40 Stopped", ["08:00-08:40A"]),
        ("08:00 New Bag, 08:20 MAR Hold, 08:40 Stopped", ["08:00-08:40A"]),
        ("08:00 New Bag, 08:20 Paused, 08:30 Restarted, 08:40 Stopped",
         ["08:00-08:20A 08:30-08:40A"]),
        ("08:00 New Bag, 08:30 Restarted, 08:40 Stopped", ["08:00-08:30B 08:30-08:40A"]),
        ("08:00 New Bag, 08:20 Paused, 08:40 Stopped", ["08:00-08:20A"]),
        ("08:00 New Bag, 08:20 Paused", ["08:00-08:20A"]),
        ("08:00 New Bag, 08:20 Stopped, 08:50 Restarted, 09:00 Stopped",
         ["08:00-08:20A 08:50-09:00A"]),
        ("08:00 New Bag, 08:40 Stopped, 14:00 New Bag, 14:40 Stopped",
         ["08:00-08:40A", "14:00-14:40A"]),
        ("08:00 New Bag, 08:40 Stopped, 08:42 Stopped", ["08:00-08:40A"]),
        ("08:00 New Bag, 08:40 Stopped, 14:40 Stopped", ["08:00-08:40A", "--14:40A"]),
        ("08:00 New Bag, 14:00 New Bag, 14:40 Stopped", ["08:00--E", "14:00-14:40A"]),
        ("08:00 New Bag, 08:00 Stopped", ["08:00-08:00A"]),
        ("08:00 New Bag, 08:40 Stopped, 08:40 New Bag, 09:00 Stopped",
         ["08:00-08:40A", "08:40-09:00A"]),
        # one bag whose stop was charted before its start: a slip, and no two bags
        ("08:40 Stopped, 09:00 New Bag", ["09:00-08:40A"]),
        ("08:40 Completed, 09:00 Comment, 09:10 New Bag", ["09:10-08:40B"]),
        ("08:40 Stopped, 09:00 New Bag, 09:30 Stopped", ["--08:40A", "09:00-09:30A"]),
        ("08:20 Rate Verify, 08:40 Stopped, 09:00 New Bag", ["--08:40A", "09:00--E"]),
        ("08:10 Rate Verify", ["---E"]),
        ("08:10 Rate Verify, 08:40 Stopped", ["--08:40A"]),
        ("08:30 Paused, 08:40 Restarted, 09:00 Stopped", ["--08:30A 08:40-09:00A"]),
        ("08:00 Given", ["08:00--E"]),
        ("08:00 Given, 12:00 Given", ["08:00--E", "12:00--E"]),
        ("08:00 Held, 12:00 Refused, 13:00 Due", []),
        ("08:00 New Bag, 08:00 Canceled Entry, 09:00 New Bag, 09:40 Stopped", ["09:00-09:40A"]),
        ("08:00 Held, 08:05 New Bag, 08:40 Stopped", ["08:05-08:40A"]),
        # the words of other systems
        ("08:00 Begin Bag, 08:40 Infusion Stopped", ["08:00-08:40A"]),
        ("08:00 Started, 08:20 Restarted, 08:40 Stopped in Other Location",
         ["08:00-08:20B 08:20-08:40A"]),
        ("08:00 Started, 08:00 Not Started", []),
    ],
)  # fmt: skip
def test_actions_make_segments(tmp_path: Path, actions: str, expected: list[str]) -> None:
    rows = [event(*action.split(" ", 1)) for action in actions.split(", ")]
    assert segments(tmp_path, *rows) == expected


@pytest.mark.parametrize(
    ("stop", "start"),
    [
        (event("08:40", "Stopped", bag="B1"), event("09:00", "New Bag", bag="B2")),
        (event("08:40", "Stopped", comment="EMS bag"), event("09:00", "New Bag")),
        (event("08:40", "Stopped"), event("09/02/2026 09:00", "New Bag")),
    ],
)
def test_a_stop_before_a_start_of_what_may_be_another_bag(
    tmp_path: Path, stop: tuple[object, ...], start: tuple[object, ...]
) -> None:
    assert len(segments(tmp_path, stop, start)) == 2


def test_times_turned_round_are_implausible_and_not_missing(tmp_path: Path) -> None:
    mar = [MORE, event("08:40", "Stopped"), event("09:00", "New Bag")]
    result = loaded(tmp_path, mar=mar)
    assert said(result, "implausible_infusion_time") == [
        "deficient: The times of vancomycin cannot be right: it stops before it starts."
    ]
    for check in ("infusion_without_start_time", "infusion_without_stop_time"):
        assert said(result, check) == ["met: "]


HOUR = "at 100 mL/h a bag of 100 mL lasts an hour, and an hour more is allowed"


@pytest.mark.parametrize(
    ("why", "first", "second", "expected"),
    [
        ("same bag", {"bag": "B1"}, {"bag": "B1"}, ["08:00-10:00B 10:00-11:00A"]),
        ("another bag, nothing else known", {"bag": "B1"}, {"bag": "B2"},
         ["08:00--E", "10:00-11:00A"]),
        (HOUR, {"rate": 100, "volume": 100}, {}, ["08:00-10:00B 10:00-11:00A"]),
        (HOUR, {"rate": 101, "volume": 100}, {}, ["08:00-08:59C", "10:00-11:00A"]),
        ("dose in mL", {"dose": 1000, "unit": "mL"}, {}, ["08:00-10:00B 10:00-11:00A"]),
        ("dose in L", {"dose": 1, "unit": "L"}, {}, ["08:00-10:00B 10:00-11:00A"]),
        ("dose is a rate", {"dose": 5, "unit": "mcg/kg/min"}, {}, ["08:00-10:00B 10:00-11:00A"]),
        ("dose in mg", {"dose": 1000, "unit": "mg"}, {}, ["08:00--E", "10:00-11:00A"]),
    ],
)  # fmt: skip
def test_a_new_bag_while_one_runs(
    tmp_path: Path, why: str, first: dict, second: dict, expected: list[str]
) -> None:
    found = segments(
        tmp_path,
        event("08:00", "New Bag", **first),
        event("10:00", "New Bag", **second),
        event("11:00", "Stopped"),
    )
    assert found == expected, why


@pytest.mark.parametrize(
    ("second", "expected"),
    [("B1", ["08:00-08:40A 09:00-09:30A"]), ("B2", ["08:00-08:40A", "09:00-09:30A"]),
     (None, ["08:00-08:40A", "09:00-09:30A"])],
)  # fmt: skip
def test_a_start_after_a_stop_continues_only_the_same_bag(
    tmp_path: Path, second: str | None, expected: list[str]
) -> None:
    assert segments(
        tmp_path,
        event("08:00", "New Bag", bag="B1"),
        event("08:40", "Stopped"),
        event("09:00", "New Bag", bag=second),
        event("09:30", "Stopped"),
    ) == expected  # fmt: skip


@pytest.mark.parametrize("same", [True, False])
def test_the_same_scheduled_dose_is_one_infusion(tmp_path: Path, same: bool) -> None:
    scheduled = DAY + ("08:00" if same else "14:00")
    rows = [
        ("E1", "O1", "vancomycin", DAY + "08:00", "New Bag", "IV", DAY + "08:00"),
        ("E1", "O1", "vancomycin", DAY + "09:00", "New Bag", "IV", scheduled),
        ("E1", "O1", "vancomycin", DAY + "10:00", "Stopped", "IV", scheduled),
    ]
    found = charted(tmp_path, *rows, header=(*MAR, "Scheduled Time"))
    assert len(found) == (1 if same else 2)


# ── rates, and stops that rates and remarks imply ─────────────────────────────────────────────


def test_rates_are_kept_with_their_times(tmp_path: Path) -> None:
    (one,) = charted(
        tmp_path,
        event("08:00", "New Bag", rate=50),
        event("08:30", "Rate Verify", rate=50),
        event("09:00", "Rate Change", rate=100),
        event("10:00", "Stopped", rate=0),
        header=MORE,
    )
    rates = [(clock(at), int(rate)) for at, rate in one.segments[0].rates]
    assert rates == [("08:00", 50), ("09:00", 100)]
    assert len(one.sources) == 4


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([event("08:00", "New Bag", rate=100, volume=250)], "08:00-10:30C"),
        ([event("08:00", "New Bag", rate=100, dose=1, unit="L")], "08:00-18:00C"),
        ([event("08:00", "New Bag", rate=100)], "08:00--E"),
        ([event("08:00", "New Bag", volume=250)], "08:00--E"),
        ([event("08:00", "New Bag", rate=0, volume=250)], "08:00--E"),
        ([event("08:00", "New Bag", rate=50, volume=250), event("09:00", "Rate Change", rate=100)],
         "08:00-11:00C"),
        ([event("08:00", "New Bag", rate=100, volume=250), event("09:00", "Paused"),
          event("10:00", "Restarted", rate=50)], "08:00-09:00A 10:00-13:00C"),
        ([event("08:00", "New Bag", comment="Tolerated well, stopped at 0930")], "08:00-09:30D"),
        ([event("23:30", "New Bag", comment="infusion ended 00:15")], "23:30-02 00:15D"),
        ([event("08:00", "New Bag", comment="completed at 1:05 PM")], "08:00-13:05D"),
        ([event("08:00", "New Bag", comment="stopped crying, room 0930")], "08:00--E"),
        ([event("08:00", "New Bag", rate=100, volume=100, comment="stopped at 0930")],
         "08:00-09:00C"),
        ([event("08:00", "New Bag", comment="stopped at 0930"), event("08:40", "Stopped")],
         "08:00-08:40A"),
    ],
)  # fmt: skip
def test_weaker_evidence_for_a_stop(
    tmp_path: Path, rows: list[tuple[object, ...]], expected: str
) -> None:
    assert segments(tmp_path, *rows) == [expected]


# ── route and method ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "route", "method"),
    [
        (event("08:00", "Given", route="IV"), Route.IV, Method.PUSH),
        (event("08:00", "Given", route="IV push"), Route.IV, Method.PUSH),
        (event("08:00", "Given", route="IVPB"), Route.IV, Method.INFUSION),
        (event("08:00", "Bolus", route="IV", dose=49, unit="mL"), Route.IV, Method.PUSH),
        (event("08:00", "Bolus", route="IV", dose=50, unit="mL"), Route.IV, Method.INFUSION),
        (event("08:00", "Given", route="IV", rate=100), Route.IV, Method.INFUSION),
        (event("08:00", "New Bag", route="IV"), Route.IV, Method.INFUSION),
        (event("08:00", "Given", route="SubQ"), Route.SC, Method.INJECTION),
        (event("08:00", "New Bag", route="SubQ"), Route.SC, Method.INFUSION),
        (event("08:00", "Given", route="IM"), Route.IM, Method.INJECTION),
        (event("08:00", "Given", route="intra-arterial"), Route.IA, Method.INJECTION),
        (event("08:00", "Given", route="Oral"), Route.OTHER, None),
        (event("08:00", "Given", route="on-body injector"), Route.SC, Method.ON_BODY),
        (event("08:00", "New Bag", route="portable pump"), Route.IV, Method.PORTABLE_PUMP),
        (event("08:00", "New Bag", route=None), Route.IV, Method.INFUSION),
        (event("08:00", "Given", route=None), Route.OTHER, None),
        (event("08:00", "Given", route="by pigeon"), Route.OTHER, None),
    ],
)
def test_route_and_method(
    tmp_path: Path, row: tuple[object, ...], route: Route, method: Method | None
) -> None:
    (one,) = charted(tmp_path, row, header=MORE)
    assert (one.route, one.method) == (route, method)


def test_unknown_route_words_are_said(tmp_path: Path) -> None:
    result = loaded(tmp_path, mar=[MORE, event("08:00", "Given", route="by pigeon")])
    assert any("routes in words that are not known" in said for said in result.ledger.problems)


def test_a_blank_route_and_drug_come_from_the_order(tmp_path: Path) -> None:
    orders = [("Order ID", "Encounter", "Drug", "Order Date/Time", "Route"),
              ("O1", "E1", "morphine", DAY + "07:30", "IV push")]  # fmt: skip
    mar = [MORE, event("08:00", "Given", route=None, drug=None)]
    (one,) = only(loaded(tmp_path, mar=mar, orders=orders)).administrations
    assert (one.drug, one.route, one.method) == ("morphine", Route.IV, Method.PUSH)


# ── which events belong together ──────────────────────────────────────────────────────────────


def test_spellings_of_one_drug_are_one_infusion(tmp_path: Path) -> None:
    (one,) = charted(
        tmp_path,
        event("08:00", "New Bag", drug="NaCl 0.9% 1000 mL", order=None),
        event("09:00", "Stopped", drug="sodium chloride 0.9 % infusion", order=None),
        header=MORE,
    )
    assert (runs(one), one.drug_class) == ("08:00-09:00A", DrugClass.HYDRATION)


def test_what_lacks_order_or_drug_joins_the_only_one_that_fits(tmp_path: Path) -> None:
    assert segments(
        tmp_path,
        event("08:00", "New Bag"),
        event("08:40", "Stopped", drug=None),
        event("09:00", "New Bag", drug="cefepime", order="O2"),
        event("09:40", "Stopped", drug="cefepime", order=None),
    ) == ["08:00-08:40A", "09:00-09:40A"]  # fmt: skip


def test_two_orders_of_one_drug_are_two(tmp_path: Path) -> None:
    assert segments(
        tmp_path,
        event("08:00", "New Bag"),
        event("08:10", "New Bag", order="O2"),
        event("08:40", "Stopped"),
        event("08:50", "Stopped", order="O2"),
    ) == ["08:00-08:40A", "08:10-08:50A"]  # fmt: skip


@pytest.mark.parametrize(
    ("second", "times", "expected"),
    [
        ("B1", "08:00", ["oxaliplatin + leucovorin"]),
        ("B2", "08:00", ["leucovorin", "oxaliplatin"]),
        ("B1", "08:01", ["oxaliplatin", "leucovorin"]),
    ],
)
def test_one_bag_with_two_drugs_is_a_mixture(
    tmp_path: Path, second: str, times: str, expected: list[str]
) -> None:
    found = charted(
        tmp_path,
        event("08:00", "New Bag", drug="oxaliplatin", bag="B1"),
        event("10:00", "Stopped", drug="oxaliplatin", bag="B1"),
        event(times, "New Bag", drug="leucovorin", bag=second, order="O2"),
        event("10:00", "Stopped", drug="leucovorin", bag=second, order="O2"),
        header=MORE,
    )
    names = [set(a.drug.split(" + ")) for a in found]
    assert names == [set(name.split(" + ")) for name in expected]
    if len(found) == 1:
        assert found[0].drug == "leucovorin + oxaliplatin"
        assert found[0].drug_class is DrugClass.ANTINEOPLASTIC
        assert set(found[0].drugs) == {"leucovorin", "oxaliplatin"}


def test_the_fluid_in_a_drugs_bag_is_its_diluent(tmp_path: Path) -> None:
    (one,) = charted(
        tmp_path,
        event("08:00", "New Bag", drug="vancomycin", bag="B1"),
        event("08:00", "New Bag", drug="0.9% sodium chloride", bag="B1"),
        header=MORE,
    )
    assert (one.drug, one.drug_class, len(one.drugs)) == ("vancomycin", DrugClass.THERAPEUTIC, 2)


def test_a_row_that_names_two_drugs_is_a_mixture_of_both(tmp_path: Path) -> None:
    (one,) = charted(
        tmp_path,
        event("08:00", "New Bag", drug="leucovorin + 5FU", bag="B1"),
        event("10:00", "Stopped", drug="leucovorin + 5FU", bag="B1"),
        header=MORE,
    )
    assert (one.drug, one.drug_class) == ("fluorouracil + leucovorin", DrugClass.ANTINEOPLASTIC)
    assert one.drugs == ("leucovorin", "5FU")
    assert [dose.drug for dose in one.doses] == ["leucovorin", "fluorouracil"]


# ── ids, corrections, repeats ─────────────────────────────────────────────────────────────────

WITH_ID = (*MAR, "Administration ID", "Saved Time")


def row(time: str, action: str, own: str, saved: str) -> tuple[object, ...]:
    return ("E1", "O1", "vancomycin", DAY + time, action, "IV", own, DAY + saved)


def test_a_shared_administration_id_groups_and_names(tmp_path: Path) -> None:
    found = charted(
        tmp_path,
        row("08:00", "New Bag", "A1", "08:01"),
        row("08:30", "New Bag", "A2", "08:31"),
        row("09:00", "Stopped", "A1", "09:01"),
        row("09:30", "Stopped", "A2", "09:31"),
        header=WITH_ID,
    )
    assert [(a.administration_id, runs(a)) for a in found] == [
        ("A1", "08:00-09:00A"), ("A2", "08:30-09:30A")
    ]  # fmt: skip


def test_an_id_of_each_row_does_not_group(tmp_path: Path) -> None:
    found = charted(
        tmp_path,
        row("08:00", "New Bag", "R1", "08:01"),
        row("09:00", "Stopped", "R2", "09:01"),
        header=WITH_ID,
    )
    assert [(a.administration_id, runs(a)) for a in found] == [("R1", "08:00-09:00A")]


def test_a_correction_saved_later_takes_the_place_of_the_first_entry(tmp_path: Path) -> None:
    mar = [
        WITH_ID,
        row("08:00", "New Bag", "A1", "08:01"),
        row("09:00", "Stopped", "A1", "09:01"),
        row("09:20", "Stopped", "A1", "11:00"),
    ]
    result = loaded(tmp_path, mar=mar)
    assert [runs(a) for a in only(result).administrations] == ["08:00-09:20A"]
    (gone,) = result.ledger.rows
    assert (gone.row, gone.disposition) == (3, "superseded")
    assert gone.reason == "corrected by month.xlsx · mar · row 4, which was saved later"


def test_two_stops_with_a_restart_between_are_no_correction(tmp_path: Path) -> None:
    found = charted(
        tmp_path,
        row("08:00", "New Bag", "A1", "08:01"),
        row("09:00", "Stopped", "A1", "09:01"),
        row("09:10", "Restarted", "A1", "09:11"),
        row("09:20", "Stopped", "A1", "11:00"),
        header=WITH_ID,
    )
    assert [runs(a) for a in found] == ["08:00-09:00A 09:10-09:20A"]


def test_repeated_and_rewritten_rows_are_superseded(tmp_path: Path) -> None:
    start, stop = event("08:00", "New Bag"), event("08:40", "Stopped")
    result = loaded(tmp_path, mar=[MORE, start, start, stop, event("08:20", "Rewritten")])
    assert [runs(a) for a in only(result).administrations] == ["08:00-08:40A"]
    assert [(r.row, r.disposition, r.reason) for r in result.ledger.rows] == [
        (3, "superseded", "repeats month.xlsx · mar · row 2"),
        (5, "superseded", "the record marks it “Rewritten”"),
    ]


def test_a_cancelled_entry_is_superseded_by_the_row_that_cancels_it(tmp_path: Path) -> None:
    mar = [MORE, event("08:00", "New Bag"), event("08:00", "Canceled Entry")]
    (gone,) = loaded(tmp_path, mar=mar).ledger.rows
    assert (gone.row, gone.reason) == (2, "cancelled by month.xlsx · mar · row 3")


def test_ids_are_made_of_what_is_charted_and_are_unique(tmp_path: Path) -> None:
    found = charted(
        tmp_path,
        event("08:00", "Given", dose=1, unit="mg"),
        event("08:00", "Given", dose=2, unit="mg"),
        event("09:00", "Given", order=None, drug="morphine"),
        header=MORE,
    )
    assert [a.administration_id for a in found] == [
        "O1 2026-09-01 08:00", "O1 2026-09-01 08:00 (2)", "morphine 2026-09-01 09:00"
    ]  # fmt: skip


def test_ids_of_one_minute_do_not_depend_on_the_file(tmp_path: Path) -> None:
    rows = [event("08:00", "Given", dose=dose, unit="mg") for dose in (1, 2, 3)]
    for order in (rows, rows[::-1], [rows[1], rows[2], rows[0]]):
        found = charted(tmp_path, *order, header=MORE)
        assert [int(a.dose or 0) for a in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("row", "assumed"),
    [
        (event("08:00", "Given", dose=1.5, unit="g"), True),
        (event("08:00", "IV Push", dose=4, unit="mg"), False),
        (event("08:00", "Bolus", dose=4, unit="mg"), False),
        (event("08:00", "Given", route="IV push", dose=4, unit="mg"), False),
        (event("08:00", "Given", route="IVPB", dose=1.5, unit="g"), False),
        (event("08:00", "Given", dose=1.5, unit="g", rate=100), False),
        (event("08:00", "Given", dose=10, unit="mL"), False),
        (event("08:00", "Given", route="IM", dose=4, unit="mg"), False),
    ],
)
def test_a_push_that_only_given_says_is_said_to_be_assumed(
    tmp_path: Path, row: tuple[object, ...], assumed: bool
) -> None:
    result = loaded(tmp_path, mar=[MORE, row])
    assert any("taken for pushes" in problem for problem in result.ledger.problems) is assumed


# ── words nobody knows, and where an infusion began ───────────────────────────────────────────


def test_an_unknown_action_word_stops_its_sheet(tmp_path: Path) -> None:
    mar = [MORE, event("08:00", "New Bag"), event("08:20", "Twiddled"),
           ("E2", *event("08:30", "Twiddled")[1:])]  # fmt: skip
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, mar=mar)
    said = str(refused.value)
    assert "Twiddled (2 rows)" in said and '"Twiddled" = "…"' in said and "START, RATE" in said
    log = [("Encounter", "Drug", "Start", "Route"), ("E1", "morphine", DAY + "07:00", "IV push")]
    result = loaded(tmp_path, mar=mar, log=log)
    assert [runs(a) for a in only(result).administrations] == ["07:00--E"]
    sheet = next(s for s in result.ledger.sheets if s.sheet == "mar")
    assert (sheet.rows_read, sheet.rejected) == (3, 3)
    own = PROFILE.model_copy(update={"actions": {"twiddled": "NOTE"}})
    assert [runs(a) for a in only(loaded(tmp_path, own, mar=mar)).administrations] == ["08:00--E"]


@pytest.mark.parametrize(
    ("rows", "shown", "hidden"),
    [
        ([("E1", "Jane Doe refused")], "texts not shown here (1 row, first at E2)", "Jane"),
        ([("E1", "Jane Doe refused"), ("E1", "Jane Doe refused")],
         "texts not shown here (2 rows, first at E2)", "Jane"),
        ([("E1", "Bag Infusion Started")], "Bag Infusion Started (1 row)", "not shown"),
        ([("E1", "Levitated")], "texts not shown here (1 row, first at E2)", "Levitated"),
        ([("E1", "Levitated"), ("E2", "Levitated")], "Levitated (2 rows)", "not shown"),
        ([("E1", "Levitated"), ("E2", "Levitated"), ("E2", "Doe, Jane")],
         "Levitated (2 rows), texts not shown here (1 row, first at E4)", "Jane"),
    ],
)  # fmt: skip
def test_an_unknown_action_is_shown_only_where_it_can_name_nobody(
    tmp_path: Path, rows: list[tuple[str, str]], shown: str, hidden: str
) -> None:
    mar = [MORE, *((name, *event("08:20", action)[1:]) for name, action in rows)]
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, mar=mar)
    assert f"in no table: {shown}. The sheet" in str(refused.value)
    assert hidden not in str(refused.value)


@pytest.mark.parametrize(
    ("column", "value", "elsewhere"),
    [
        ("Department", "EMS PREHOSPITAL", True),
        ("Department", "Ambulance", True),
        ("Department", "EMERGENCY DEPT", False),
        ("Department", "Systems lab", False),
        ("Comments", "Started by EMS before arrival", True),
        ("Comments", "bag infusing on arrival", True),
        ("Comments", "arrived by EMS; line placed by nurse", False),
        ("Reason", "started at transferring facility", True),
        ("Started by EMS", "Y", True),
        ("Started by EMS", "N", False),
    ],
)
def test_where_it_began(tmp_path: Path, column: str, value: str, elsewhere: bool) -> None:
    row = ("E1", "O1", "vancomycin", DAY + "08:00", "New Bag", "IV", value)
    (one,) = charted(tmp_path, row, header=(*MAR, column))
    assert one.began_elsewhere is elsewhere


# ── the night on which the clocks are put back ────────────────────────────────────────────────


def night(*rows: tuple[str, str], sequence: bool = False) -> list[tuple[object, ...]]:
    made = [("E1", "O1", "vancomycin", f"11/01/2026 {at}", action, "IV") for at, action in rows]
    return [(*row, n) if sequence else row for n, row in enumerate(made, start=1)]


def minutes(found: list[Administration]) -> list[int]:
    spans = [(s.start, s.stop) for a in found for s in a.segments]
    return [int(b.timestamp() - a.timestamp()) // 60 for a, b in spans if a and b]


def test_a_stop_before_its_start_is_in_the_second_pass(tmp_path: Path) -> None:
    assert minutes(charted(tmp_path, *night(("01:50", "New Bag"), ("01:10", "Stopped")))) == [20]
    late = night(("01:20", "New Bag"), ("02:10", "Stopped"))
    assert minutes(charted(tmp_path, *late)) == [110]


def test_the_sequence_number_shows_the_second_pass(tmp_path: Path) -> None:
    rows = night(("01:50", "New Bag"), ("01:05", "Paused"), ("01:15", "Restarted"),
                 ("01:55", "Stopped"), sequence=True)  # fmt: skip
    assert minutes(charted(tmp_path, *rows, header=(*MAR, "Line"))) == [15, 40]


def test_the_repeated_hour_is_mentioned(tmp_path: Path) -> None:
    said = loaded(tmp_path, mar=[MAR, *night(("01:50", "New Bag"), ("02:10", "Stopped"))])
    assert any("hour that the clocks repeat" in problem for problem in said.ledger.problems)


# ── properties ────────────────────────────────────────────────────────────────────────────────

ACTIONS = ("New Bag", "Rate Change", "Paused", "Restarted", "Stopped", "Completed", "Given",
           "Canceled Entry", "MAR Hold", "Rewritten")  # fmt: skip
events = st.builds(
    event,
    st.sampled_from(["08:00", "08:20", "08:40", "09:30", "25:71", "11/01/2026 01:30"]),
    st.sampled_from(ACTIONS),
    drug=st.sampled_from(["vancomycin", "0.9% sodium chloride", None]),
    order=st.sampled_from(["O1", "O2", None]),
    bag=st.sampled_from(["B1", "B2", None]),
    rate=st.sampled_from([100, None]),
    volume=st.sampled_from([100, None]),
)


def facts(path: Path) -> tuple[list[tuple[object, ...]], tuple[int, int, int]]:
    """What a file says, without its row numbers, and its counts."""
    result = load([path.with_name("claims.csv"), path], PROFILE)
    said = [
        (a.administration_id, a.drug, a.drugs, a.route, a.method, a.bag_id, a.volume, runs(a),
         [s.rates for s in a.segments], len(a.sources))
        for e in result.encounters for a in e.administrations
    ]  # fmt: skip
    sheet = result.ledger.sheets[1]
    assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected
    assert sheet.superseded + sheet.rejected == sum(r.file == "mar.csv" for r in result.ledger.rows)
    return said, (sheet.used, sheet.superseded, sheet.rejected)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(events, min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters_and_no_row_is_lost(tmp_path: Path, rows, random) -> None:
    anchor = event("06:00", "Given", drug="morphine", order="O9", route="IV push")
    text(tmp_path / "claims.csv", CLAIM)
    first = facts(text(tmp_path / "mar.csv", [MORE, anchor, *rows]))
    shuffled = [anchor, *rows]
    random.shuffle(shuffled)
    assert facts(text(tmp_path / "mar.csv", [MORE, *shuffled])) == first


def test_volumes_of_the_bags_add_up(tmp_path: Path) -> None:
    (one,) = charted(
        tmp_path,
        event("08:00", "New Bag", volume=1000, dose=1000, unit="mL"),
        event("10:00", "New Bag", volume=500, dose=500, unit="mL"),
        event("11:00", "Stopped"),
        header=MORE,
    )
    assert (one.volume, one.dose) == (Decimal(1500), Decimal(1000))


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ("0.9% sodium chloride", ["08:00-10:00B 10:00-12:00A"]),
        ("vancomycin", ["08:00--E", "10:00-12:00A"]),
    ],
)
def test_a_fluid_hung_while_it_runs_is_its_next_bag_where_nothing_tells_how_much(
    tmp_path: Path, drug: str, expected: list[str]
) -> None:
    rows = [
        ("E1", None, drug, DAY + at, action, None)
        for at, action in (("08:00", "New Bag"), ("10:00", "New Bag"), ("12:00", "Stopped"))
    ]
    assert [runs(one) for one in charted(tmp_path, *rows)] == expected
