"""What is drawn of an encounter, and where."""

from dataclasses import replace
from datetime import datetime
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given as every
from hypothesis import settings
from hypothesis import strategies as st
from report_fixtures import (
    ZONE,
    at,
    encounter,
    given,
    infusion_without_stop,
    minutes_after,
    saline,
)

from auditor import Administration, Method, Policy, Route, StopEvidence
from auditor.coding import supported
from auditor.record import Segment
from auditor.report.clock import LEFT, RIGHT, WIDTH, Clock, rules_for, ticks_for
from auditor.report.lettering import shortened, text_width, wrapped
from auditor.report.templates import environment
from auditor.report.timeline import Picture, Row, draw


def pictures(*administrations: Administration, **facts: object) -> tuple[Picture, ...]:
    drawn = encounter("E-1", administrations, **facts)
    return draw(drawn, supported(drawn, Policy()))


def rows(picture: Picture) -> dict[str, Row]:
    return {" ".join(row.label): row for lane in picture.lanes for row in lane.rows}


def names(picture: Picture) -> list[str]:
    return [" ".join(lane.name) for lane in picture.lanes]


def svg(picture: Picture) -> str:
    return environment().get_template("timeline.svg").render(picture=picture)


def test_one_push_is_one_mark() -> None:
    (picture,) = pictures(given("morphine", "10:00"), arrived_at=None, discharged_at=None)
    (lane,) = picture.lanes
    assert lane.name == ("Access 1 (left forearm)",)
    (row,) = lane.rows
    assert (" ".join(row.label), row.total, row.bars) == ("morphine", "1 dose", ())
    assert [mark.kind for mark in row.marks] == ["push"]
    assert LEFT < row.marks[0].x < RIGHT


def test_what_ran_before_arrival_is_drawn_and_not_counted() -> None:
    early = saline("08:10", "09:45", elsewhere=True)
    (picture,) = pictures(early, arrived_at=at("08:40"))
    row = rows(picture)["sodium chloride"]
    charted, counted = row.bars
    assert (charted.kind, counted.kind, row.total) == ("uncounted", "hydration", "65 min")
    labels = {rule.label: rule.x for rule in picture.rules}
    assert charted.x == labels["Begun elsewhere 08:10"]
    assert counted.x == labels["Arrival 08:40"]
    assert charted.x + charted.width == pytest.approx(counted.x + counted.width)


@pytest.mark.parametrize(
    ("administration", "bars", "marks", "total"),
    [
        (given("a", "10:00", "10:30"), ["uncounted", "infusion"], [], "30 min"),
        (given("a", "10:00", "10:10"), ["uncounted", "minutes"], ["push"], "1 dose"),
        (infusion_without_stop("a", "10:00"), ["open"], [], "not counted"),
        (given("a", "10:00", route=Route.IM), [], ["injection"], "1 dose"),
        (given("a", "07:00"), [], ["nothing"], "not counted"),
        (saline("10:00", "10:20"), ["uncounted"], [], "not counted"),
        (
            replace(given("a", None), segments=(Segment(None, at("10:00"), StopEvidence.CHARTED),)),
            ["open"],
            [],
            "not counted",
        ),
    ],
)
def test_the_kinds(
    administration: Administration, bars: list[str], marks: list[str], total: str
) -> None:
    (picture,) = pictures(administration)
    (row,) = rows(picture).values()
    assert [bar.kind for bar in row.bars] == bars
    assert [mark.kind for mark in row.marks] == marks
    assert row.total == total


def test_doses_of_one_drug_share_a_row_unless_they_touch() -> None:
    (picture,) = pictures(
        given("a", "10:00", "11:00"), given("a", "12:00", "13:00"), given("a", "12:30", "14:00")
    )
    (lane,) = picture.lanes
    assert [len(row.bars) for row in lane.rows] == [4, 2]
    assert [row.total for row in lane.rows] == ["120 min", "90 min"]


def test_injections_have_no_access() -> None:
    (picture,) = pictures(given("a", "10:00"), given("b", "10:00", route=Route.SC))
    assert names(picture) == ["Access 1 (left forearm)", "No vascular access"]


def test_nothing_to_draw() -> None:
    assert pictures() == ()
    assert pictures(given("a", None)) == ()
    assert pictures(given("tablet", "10:00", route=Route.OTHER)) == ()


def test_what_is_not_drawn_is_told() -> None:
    (picture,) = pictures(
        given("a", "10:00"),
        given("b", None),
        given("tablet", "10:00", route=Route.OTHER),
        discharged_at=at("09-09 10:00"),
    )
    assert picture.notes == (
        "Without any time: b.",
        "Neither injected nor infused: tablet.",
        "Too far off to be drawn: discharge 09/09/2026 10:00.",
    )


def sixty() -> list[Administration]:
    start = at("08:30")
    return [
        replace(
            given(f"drug {n} with a long descriptive name", None),
            method=Method.INFUSION,
            segments=(
                Segment(
                    minutes_after(start, 61 * n),
                    minutes_after(start, 61 * n + 40),
                    StopEvidence.CHARTED,
                ),
            ),
        )
        for n in range(60)
    ]


def test_sixty_drugs_over_three_days_take_several_pictures() -> None:
    drawn = pictures(*sixty(), discharged_at=at("09-06 18:00"))
    counts = [sum(len(lane.rows) for lane in picture.lanes) for picture in drawn]
    assert sum(counts) == 60
    assert len(drawn) == 3
    assert names(drawn[1]) == ["Access 1 (left forearm), continued"]
    assert drawn[0].title == "Timeline of encounter E-1, part 1 of 3"
    assert all(picture.height < 640 for picture in drawn)  # of the 9.4 inches of a page
    assert {f"drug {n} with a long descriptive name" for n in range(60)} == {
        label for picture in drawn for label in rows(picture)
    }


def test_one_picture_of_sixty_drugs_has_those_that_matter_and_says_what_it_leaves_out() -> None:
    given_sixty = sixty()
    drawn = encounter("E-1", tuple(given_sixty), discharged_at=at("09-06 18:00"))
    (picture,) = draw(drawn, supported(drawn, Policy()), room=200, first=given_sixty[50:52])
    assert [label for label in rows(picture) if "drug 5" in label][-2:] == [
        "drug 50 with a long descriptive name",
        "drug 51 with a long descriptive name",
    ]
    shown = len(rows(picture))
    assert picture.notes == (f"{60 - shown} further rows of 60 on the workbook’s Timeline.",)
    assert picture.axis - picture.top <= 200 + 8


@pytest.mark.parametrize("site", [None, "right upper arm, peripherally inserted, second lumen"])
def test_the_name_of_an_access_stays_left_of_the_clock(site: str | None) -> None:
    (picture,) = pictures(given("a", "10:00", "11:00", site=site))
    (lane,) = picture.lanes
    assert lane.name[0].startswith("Access 1")
    assert all(text_width(line, 9.5 * 1.1) <= LEFT - 14 for line in lane.name)
    assert lane.rows[0].y >= lane.y + len(lane.name) * 11


def test_a_name_too_long_for_its_row_stands_in_full_below() -> None:
    name = " ".join(["trastuzumab deruxtecan"] * 9)
    (picture,) = pictures(given(name, "10:00", "11:00"))
    ((label, row),) = rows(picture).items()
    assert len(row.label) == 5
    assert label.endswith("…")
    assert row.height >= 5 * 11
    assert picture.notes == (f"Names in full: {name}.",)


def test_pictures_are_well_formed_whatever_the_names() -> None:
    (picture,) = pictures(
        given("<script>alert(1)</script> & \x00 ]]>", "10:00", site="\x1b<b>"),
        given("مورفين", "11:00", site="אמה"),
    )
    root = ElementTree.fromstring(svg(picture))
    title, description = root[0], root[1]
    assert title.text == "Timeline of encounter E-1"
    assert "<script>alert(1)</script>" in str(description.text)
    assert root.findall(".//{*}script") == []


def test_the_text_alternative_says_what_is_drawn() -> None:
    (picture,) = pictures(
        given("cefazolin", "10:00", "10:30"), infusion_without_stop("heparin", "11:00")
    )
    assert picture.description == (
        "cefazolin, 09/03/2026 10:00 to 09/03/2026 10:30, infusion, 30 minutes counted. "
        "heparin, 09/03/2026 11:00 to no stop, not counted: no accepted stop time."
    )


def test_the_repeated_hour_of_november_has_its_length() -> None:
    start = datetime(2026, 11, 1, 0, 30, tzinfo=ZONE)
    infusion = replace(
        given("a", None),
        method=Method.INFUSION,
        segments=(Segment(start, minutes_after(start, 180), StopEvidence.CHARTED),),
    )
    (picture,) = pictures(infusion, arrived_at=start, discharged_at=minutes_after(start, 360))
    (row,) = rows(picture).values()
    assert row.total == "180 min"
    whole = [rule.x for rule in picture.rules]
    assert row.bars[1].width == pytest.approx((whole[1] - whole[0]) / 2, abs=0.2)


@every(st.lists(st.integers(0, 4000), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_no_line_crosses_a_label(minutes: list[int]) -> None:
    begin = at("08:00")
    events = [("Observation", minutes_after(begin, minute)) for minute in sorted(minutes)]
    clock = Clock(begin.timestamp() - 600, begin.timestamp() + 4100 * 60, ZONE)
    rules, _ = rules_for(events, clock)
    assert len(rules) == len(minutes)
    for earlier, later in combinations(rules, 2):
        width = text_width(earlier.label, 8.5)
        if later.x < earlier.label_x + width:
            assert later.label_y > earlier.label_y
    assert all(rule.label_x + text_width(rule.label, 8.5) <= WIDTH + 0.1 for rule in rules)


@pytest.mark.parametrize("minutes", [60, 90, 600, 1500, 4320, 20_000, 600_000, 50_000_000])
def test_ticks_are_few_and_their_labels_apart(minutes: int) -> None:
    begin = at("08:07").timestamp()
    ticks = ticks_for(Clock(begin, begin + minutes * 60, ZONE))
    assert 1 < len(ticks) <= 12
    places = [tick.x for tick in ticks if tick.time]
    assert all(b - a > 35 for a, b in pairwise(places))
    dated = [tick for tick in ticks if tick.date]
    assert dated
    assert all(b.x - a.x > 52 for a, b in pairwise(dated))


@every(st.text(max_size=40), st.floats(20, 300))
@settings(max_examples=60, deadline=None)
def test_a_shortened_name_fits(text: str, width: float) -> None:
    short = shortened(text, width, 9.5)
    assert text_width(short, 9.5) <= width
    assert short == text or short.endswith("…")


@every(st.text(alphabet="abW %éي日", max_size=60), st.floats(30, 300), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_a_wrapped_name_fits_and_loses_nothing_but_its_end(
    text: str, width: float, most: int
) -> None:
    lines = wrapped(text, width, 9.5, most)
    assert len(lines) <= most
    assert all(text_width(line, 9.5) <= width for line in lines)
    told = "".join(lines).replace(" ", "").replace("…", "")
    whole = text.replace(" ", "")
    assert whole.startswith(told) if lines and lines[-1].endswith("…") else told == whole


def test_the_order_of_the_record_does_not_matter() -> None:
    doses = [given("a", "10:00", "11:00"), given("b", "10:30"), given("a", "12:00")]
    (forward,), (backward,) = pictures(*doses), pictures(*reversed(doses))
    assert svg(forward) == svg(backward)
