"""The trend: which changes get an arrow, which months stand out, and why something is not told."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import comb, isclose
from pathlib import Path
from random import Random

import pytest

from auditor.history.entry import Capture, CheckMonth, CheckRule, KeptMonth, Month, Rules, Sums
from auditor.history.store import History
from auditor.report.change import LEVEL, band_of, beyond_noise, fisher
from auditor.report.rate import TOO_FEW
from auditor.report.trend import Cell, Change, Trend, trend_of, trends_with
from auditor.run import Status, Tally
from auditor.tables_cli import FOLDER_VARIABLE
from tests.history_fixtures import HARBOR, RULES, a_month, a_run, judged, kept
from tests.pango import DONE, PDF
from tests.report_fixtures import billed, encounter, given, saline
from tests.test_cli import auditor

# ── beyond noise ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hits", "total", "earlier_hits", "earlier_total", "p"),
    [
        (3, 4, 1, 4, 34 / 70),  # Fisher's tea
        (4, 4, 0, 4, 2 / 70),
        (1, 12, 9, 12, 0.002759456185),  # men and women who study, of many textbooks
        (0, 50, 0, 70, 1.0),
        (50, 50, 70, 70, 1.0),
        (5, 100, 5, 100, 1.0),
    ],
)
def test_fishers_exact_test_on_known_tables(
    hits: int, total: int, earlier_hits: int, earlier_total: int, p: float
) -> None:
    assert isclose(fisher(hits, total, earlier_hits, earlier_total), p, rel_tol=1e-6)


@pytest.mark.parametrize("total", [1, 7, 30, 61])
@pytest.mark.parametrize("earlier_total", [1, 12, 40])
def test_fishers_exact_test_beside_whole_numbers(total: int, earlier_total: int) -> None:
    for hits in range(0, total + 1, 3):
        for earlier in range(0, earlier_total + 1, 4):
            both = hits + earlier
            ways = {
                k: comb(total, k) * comb(earlier_total, both - k)
                for k in range(max(0, both - earlier_total), min(both, total) + 1)
            }
            rare = sum(way for way in ways.values() if way <= ways[hits])
            exact = float(Fraction(rare, sum(ways.values())))
            assert isclose(fisher(hits, total, earlier, earlier_total), exact, rel_tol=1e-9)


def test_fishers_exact_test_on_large_months() -> None:
    assert fisher(60_000, 200_000, 60_000, 200_000) == pytest.approx(1.0)
    assert 0.0140 < fisher(30_300, 100_000, 29_800, 100_000) < 0.0155  # z = 2.44 gives 0.0147
    assert fisher(90_000, 100_000, 10_000, 100_000) == 0.0


@pytest.mark.parametrize(
    ("p_values", "stand"),
    [
        ({"a": 0.05}, "a"),
        ({"a": 0.0501}, ""),
        ({"a": 0.025, "b": 0.05}, "ab"),
        ({"a": 0.0251, "b": 0.05}, ""),
        ({"a": 0.01, "b": 0.025, "c": 0.051}, "ab"),
        ({"a": 0.016, "b": 0.051, "c": 0.001}, "ac"),
        ({}, ""),
    ],
)
def test_holms_procedure(p_values: dict[str, float], stand: str) -> None:
    assert beyond_noise(p_values) == frozenset(stand)


def test_rates_that_do_not_change_get_an_arrow_in_fewer_months_than_stated() -> None:
    """Of 200 pairs of months with 36 checks that did not change, at most LEVEL have any arrow."""
    random = Random(2026)
    shares = [random.choice((0.003, 0.02, 0.08, 0.2, 0.5)) for _ in range(36)]

    def month(name: str) -> Month:
        results = {}
        for number, share in enumerate(shares):
            total = random.choice((30, 90, 250))
            hits = sum(random.random() < share for _ in range(total))
            results[f"check_{number}"] = judged(hits, total)
        return a_month(name, results)

    rules = replace(RULES, checks={f"check_{n}": RULES.checks["no_stop"] for n in range(36)})
    with_arrow = 0
    for _ in range(200):
        trend = trend_of(kept(month("2026-08"), month("2026-09"), rules=rules))
        assert trend is not None and all(line.cells[-1].p is not None for line in trend.lines)
        with_arrow += any(line.cells[-1].arrow for line in trend.lines)
    assert with_arrow / 200 <= LEVEL


def cell(before: CheckMonth, now: CheckMonth, rules: Rules | None = None) -> Cell:
    """The check ``no_stop`` in September, of which August was ``before``."""
    months = [
        KeptMonth(1, "1", RULES, a_month("2026-08", {"no_stop": before})),
        KeptMonth(2, "2", rules or RULES, a_month("2026-09", {"no_stop": now})),
    ]
    trend = trend_of(months)
    assert trend is not None
    return next(line for line in trend.lines if line.check_id == "no_stop").cells[-1]


@pytest.mark.parametrize(("others", "change"), [((0, 400), Change.ROSE), ((1, 400), Change.STEADY)])
def test_checks_without_any_deficiency_do_not_stand_in_the_way(
    others: tuple[int, int], change: Change
) -> None:
    """p = 0.033 stands alone, and not beside nine others that could have changed."""
    neighbours = {f"check_{n}": judged(*others) for n in range(9)}
    rules = replace(RULES, checks=dict.fromkeys((*neighbours, "no_stop"), RULES.checks["no_stop"]))
    august, september = (
        a_month(month, {**neighbours, "no_stop": judged(hits, 100)})
        for month, hits in (("2026-08", 5), ("2026-09", 15))
    )
    trend = trend_of(kept(august, september, rules=rules))
    assert trend is not None
    changes = {line.check_id: line.cells[-1].change for line in trend.lines}
    assert changes.pop("no_stop") is change
    assert set(changes.values()) == {Change.STEADY}


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ((5, 100), (15, 100), Change.ROSE),  # p = 0.033
        ((5, 100), (14, 100), Change.STEADY),  # p = 0.052
        ((15, 100), (5, 100), Change.FELL),
        ((14, 100), (5, 100), Change.STEADY),
        ((0, 30), (30, 30), Change.ROSE),
        ((0, 29), (30, 30), Change.FEW),
        ((0, 30), (29, 29), Change.FEW),
        ((0, 0), (30, 30), Change.UNCOMPARED),
        ((0, 30), (0, 0), Change.UNCOMPARED),
    ],
)
def test_an_arrow_wants_a_change_beyond_noise_and_30_encounters(
    before: tuple[int, int], now: tuple[int, int], change: Change
) -> None:
    assert cell(judged(*before), judged(*now)).change is change


def test_lines_of_one_encounter_are_one_event() -> None:
    """Ten encounters with ten wrong lines each are ten that changed, not a hundred."""
    many = Tally(met=300, deficient=100, encounters=100, deficient_encounters=10)
    few = Tally(met=390, deficient=10, encounters=100, deficient_encounters=5)
    by_lines = fisher(100, 400, 10, 400)
    found = cell(CheckMonth(Status.EVALUATED, few), CheckMonth(Status.EVALUATED, many))
    assert by_lines < 0.001
    assert (found.change, found.p) == (Change.STEADY, fisher(10, 100, 5, 100))


def test_no_arrow_where_encounters_rose_and_lines_fell() -> None:
    before = Tally(met=100, deficient=100, encounters=100, deficient_encounters=5)
    now = Tally(met=170, deficient=30, encounters=100, deficient_encounters=30)
    found = cell(CheckMonth(Status.EVALUATED, before), CheckMonth(Status.EVALUATED, now))
    assert found.p is not None and found.p < 0.001
    assert found.change is Change.STEADY


OTHER_CHECK = {**RULES.checks, "no_stop": CheckRule("No stop time", "high", "33" * 32)}
OTHER_NEIGHBOUR = {**RULES.checks, "no_site": CheckRule("No access site", "low", "33" * 32)}


@pytest.mark.parametrize(
    ("rules", "change", "says"),
    [
        (replace(RULES, checks=OTHER_CHECK), Change.RULE, "Rules changed of: No stop time."),
        (replace(RULES, checks=OTHER_NEIGHBOUR), Change.ROSE, "Rules changed of: No access site."),
        (
            replace(RULES, policy={**RULES.policy, "missing_stop": "push"}),
            Change.POLICY,
            "Policy: missing stop was unbillable, then push.",
        ),
        (
            replace(RULES, policy={**RULES.policy, "name": "ours"}),
            Change.ROSE,
            "Policy: name was default, then ours.",
        ),
        (
            replace(RULES, policy={**RULES.policy, "skip": "no_site"}),
            Change.ROSE,
            "Policy: skip was none, then no_site.",
        ),
        (
            replace(RULES, program="Infusion Auditor 1.1", judging="dd" * 32),
            Change.PROGRAM,
            "Program: Infusion Auditor 1.0, then Infusion Auditor 1.1.",
        ),
        (
            replace(RULES, program="Infusion Auditor 1.1"),  # what judges is the same
            Change.ROSE,
            "Program: Infusion Auditor 1.0, then Infusion Auditor 1.1.",
        ),
        (
            replace(RULES, judging="dd" * 32),
            Change.PROGRAM,
            "Program: its rules of reading and coding changed within Infusion Auditor 1.0 "
            "(aaaaaaaaaaaa, then dddddddddddd).",
        ),
        (
            replace(RULES, profile=None),
            Change.ROSE,
            "The hospital’s settings (its profile) changed.",
        ),
    ],
)
def test_other_rules_withhold_the_arrow_and_are_told(
    rules: Rules, change: Change, says: str
) -> None:
    assert cell(judged(5, 100), judged(60, 100), rules).change is change
    trend = trend_of(
        [
            KeptMonth(1, "1", RULES, a_month("2026-08")),
            KeptMonth(2, "2", rules, a_month("2026-09")),
        ]
    )
    assert trend is not None
    [told] = trend.changes
    assert (told.between, told.sentences) == ("August 2026 and September 2026", (says,))
    assert any("because other rules judged" in note for note in trend.notes) == (
        change in (Change.POLICY, Change.PROGRAM) or says.startswith("Rules changed")
    )


def test_public_tables_of_another_quarter_are_told() -> None:
    trend = trend_of(kept(a_month("2026-09", tables=("MUE, 2026Q3",)), a_month("2026-10")))
    assert trend is not None
    assert trend.changes[0].sentences == ("Public tables: MUE, 2026Q3; then none.",)


# ── the facility's own range ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shares", "band"),
    [
        ([0.1, 0.2, 0.3, 0.4], None),
        ([0.5, 0.1, 0.3, 0.2, 0.4], (0.12, 0.48)),  # at 1.2 and 4.8 of five
        ([0.1] * 5, (0.1, 0.1)),
        ([i / 100 for i in range(1, 10)], (0.02, 0.08)),  # at 2 and 8 of nine
    ],
)
def test_the_20th_and_80th_percentile(
    shares: list[float], band: tuple[float, float] | None
) -> None:
    found = band_of(shares)
    assert found is band or (found is not None and found == pytest.approx(band))


def months_of(hits: list[int], rules: Callable[[int], Rules] = lambda n: RULES) -> Trend:
    """A month for each number of deficient ones of 1,000, the check ``no_stop`` alone."""
    months = [
        KeptMonth(n, f"{n}", rules(n), a_month(f"2025-{n:02}", {"no_stop": judged(hit, 1000)}))
        for n, hit in enumerate(hits, start=1)
    ]
    trend = trend_of(months)
    assert trend is not None
    return trend


@pytest.mark.parametrize(
    ("last", "place"),
    [(48, ""), (49, "above 80th"), (12, ""), (11, "below 20th"), (30, "")],
)
def test_a_month_beyond_its_own_percentiles_is_marked(last: int, place: str) -> None:
    trend = months_of([50, 10, 30, 20, 40, last])  # 12 and 48 of 1,000
    assert [cell.place for cell in trend.lines[0].cells] == [""] * 5 + [place]


def test_too_few_months_by_the_same_rules_have_no_percentiles() -> None:
    assert months_of([50, 10, 30, 20, 900]).lines[0].cells[-1].band is None
    other = replace(RULES, judging="dd" * 32)
    changed = months_of([50, 10, 30, 20, 40, 900], lambda n: other if n > 1 else RULES)
    assert changed.lines[0].cells[-1].band is None


def test_the_percentiles_are_of_twelve_months_at_most() -> None:
    earliest = [a_month("2024-12", {"no_stop": judged(999, 1000)})]
    year = [a_month(f"2025-{n:02}", {"no_stop": judged(n, 1000)}) for n in range(1, 13)]
    last = a_month("2026-01", {"no_stop": judged(20, 1000)})
    trend = trend_of(kept(*earliest, *year, last))
    assert trend is not None
    band = trend.lines[0].cells[-1].band
    assert band is not None and band.high < 0.012


# ── what is shown ─────────────────────────────────────────────────────────────────────────────


def test_the_last_months_are_shown_in_their_order_with_their_audits() -> None:
    months = kept(a_month("2026-09"), a_month("2026-07"), a_month("2026-08"), a_month("2026-09"))
    trend = trend_of(months, months=2)
    assert trend is not None
    assert [(month.words, month.audits) for month in trend.months] == [
        ("August 2026", 1),
        ("September 2026", 2),
    ]
    assert "Audited more than once: September 2026 (2 times)." in trend.notes
    assert [len(line.cells) for line in trend.lines] == [2, 2]


def test_a_report_shows_no_month_after_its_own() -> None:
    history = kept(a_month("2026-07"), a_month("2026-09"))
    [trend] = trends_with({HARBOR: history}, a_run(a_month("2026-08")))
    assert [month.short for month in trend.months] == ["Jul 2026", "Aug 2026"]
    assert trends_with({HARBOR: history[1:]}, a_run(a_month("2026-08"))) == ()


def test_a_report_is_of_its_own_month_and_not_of_what_came_along() -> None:
    run = a_run(a_month("2026-08"), a_month("2026-09", encounters=3))
    [trend] = trends_with({HARBOR: kept(a_month("2026-07"))}, run)
    assert [month.short for month in trend.months] == ["Jul 2026", "Aug 2026"]


def test_the_same_audit_again_is_not_a_second_one() -> None:
    run = a_run(a_month("2026-09"))
    before = KeptMonth(2, run.identity, RULES, run.months[0])
    [trend] = trends_with({HARBOR: [*kept(a_month("2026-08")), before]}, run)
    assert [month.audits for month in trend.months] == [1, 1]


def test_the_sentence_names_what_moved() -> None:
    months = kept(a_month("2026-07"), a_month("2026-09", {"no_stop": judged(90, 400)}))
    trend = trend_of(months)
    assert trend is not None
    assert trend.sentence == (
        "September 2026 beside July 2026: 1 check rose beyond noise (No stop time), of 1 compared."
    )
    steady = trend_of(kept(a_month("2026-08"), a_month("2026-09")))
    assert steady is not None
    assert steady.sentence.endswith("no rate changed beyond noise, of 2 checks compared.")


def test_a_check_that_could_not_speak_says_why() -> None:
    silent = CheckMonth(Status.NOT_EVALUATED, Tally())
    assert cell(judged(3, 40), silent).words == "not evaluated"
    assert cell(judged(3, 40), CheckMonth(Status.SKIPPED, Tally())).words == "skipped by policy"
    assert cell(judged(3, 40), judged(0, 0)).words == "–"
    assert cell(judged(3, 40), judged(2, TOO_FEW - 1)).words == "too few"


def test_stops_by_unit_and_shift_stand_with_the_most_missing_first() -> None:
    stops = {
        ("ED", "night"): Capture(20, 40),
        ("ED", "day"): Capture(40, 40),
        ("Clinic", "day"): Capture(38, 40),
    }
    trend = trend_of(kept(a_month("2026-08"), a_month("2026-09", stops=stops)))
    assert trend is not None
    assert [(s.unit, s.shift, *(rate.share_words for rate in s.rates)) for s in trend.stops] == [
        ("ED", "day", "90.0%", "100.0%"),
        ("ED", "night", "–", "50.0%"),
        ("Clinic", "day", "–", "95.0%"),
    ]


# ── the command ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "data"))
    return History(tmp_path / "data")


def fill(history: History) -> None:
    money = Sums(300, Decimal("1200.00"), Decimal("30.50"))
    history.add(a_run(a_month("2026-07", findings=("F-1", "F-2")), said="first"))
    history.add(a_run(a_month("2026-07", findings=("F-2", "F-3", "F-4")), said="again"))
    history.add(a_run(a_month("2026-08", money=money)))
    history.add(a_run(a_month("2026-09", {"no_stop": judged(90, 400)})))


def test_the_trend_on_the_terminal_and_in_its_folder(history: History, tmp_path: Path) -> None:
    fill(history)
    result = auditor("trend", "--out", tmp_path / "out")
    assert result.exit_code == DONE, result.output
    assert "▲ 22.5%" in result.output
    assert "1 check rose beyond noise (No stop time)" in result.output
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["trend.csv", "trend.html", "trend.json", *(["trend.pdf"] if PDF else [])]
    with (tmp_path / "out" / "trend.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["check_id"] == "no_stop"]
    assert [(row["month"], row["rate"], row["change"]) for row in rows] == [
        ("2026-07", "0.05", ""),
        ("2026-08", "0.05", "within noise"),
        ("2026-09", "0.225", "rose"),
    ]
    content = json.loads((tmp_path / "out" / "trend.json").read_text(encoding="utf-8"))
    assert content["audited_again"] == [
        {
            "month": "2026-07",
            "audits": 2,
            "deficiencies_before": 2,
            "deficiencies_now": 3,
            "in_both": 1,
        }
    ]
    assert [month["money"] for month in content["months"]] == [
        None,
        {
            "encounters_priced": 300,
            "billed_too_much": "1200.00",
            "billed_too_little": "30.50",
            "net": "1169.50",
        },
        None,
    ]
    page = (tmp_path / "out" / "trend.html").read_text(encoding="utf-8")
    assert "$1,169.50" in page and "Audited again" in page


def test_the_same_history_gives_the_same_bytes(history: History, tmp_path: Path) -> None:
    fill(history)
    for out in ("one", "two"):
        auditor("trend", "--out", tmp_path / out)
    for name in ("trend.csv", "trend.json", "trend.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def _two(history: History) -> None:
    history.add(a_run(a_month("2026-09"), a_month("2026-09", facility="Hill")))


def _newer(history: History) -> None:
    _two(history)
    with closing(sqlite3.connect(history.path)) as database:
        database.execute("PRAGMA user_version = 9")


@pytest.mark.parametrize(
    ("given", "words", "says"),
    [
        (lambda history: None, (), "The history is empty: every `auditor run` of a named"),
        (
            _two,
            (),
            'several facilities; name one with --facility: "Harbor Street Hospital", "Hill".',
        ),
        (_two, ("--facility", "Valley"), "The history has no such facility; it has"),
        (_newer, (), "written by a newer version of Infusion Auditor"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    given: Callable[[History], None], words: tuple[str, ...], says: str, history: History
) -> None:
    given(history)
    result = auditor("trend", *words)
    assert result.exit_code == 2
    assert says in result.output and result.output.count("\n") == 1


def test_one_of_several_facilities_by_its_name(history: History) -> None:
    _two(history)
    result = auditor("trend", "--facility", "hill")
    assert result.exit_code == 0
    assert result.output.startswith("Hill: deficient of those judged")
    assert "September 2026 is the only month in the history; a trend needs two." in result.output


def test_a_facility_is_text_on_every_output(history: History, tmp_path: Path) -> None:
    name = "=1+1 <script>alert(1)</script> [red]"
    months = (a_month(month, facility=name) for month in ("2026-08", "2026-09"))
    history.add(a_run(*months))
    result = auditor("trend", "--out", tmp_path / "out")
    assert "[red]" in result.output
    page = (tmp_path / "out" / "trend.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\n'=1+1" in (tmp_path / "out" / "trend.csv").read_text(encoding="utf-8-sig")


def test_a_month_is_that_of_the_first_service_billed() -> None:
    lines = (billed("96360", day="2026-10-01"), billed("96361", day="2026-09-30", number=2))
    late = encounter("E-1", (given("ondansetron", "08-31 23:50"),), lines)
    assert late.service_month == date(2026, 9, 1)
    unbilled = encounter("E-2", (saline("09:00", "10:30"),))
    assert unbilled.service_month == date(2026, 9, 1)
    assert encounter("E-3", arrived_at=None).service_month is None
