"""HL7 version 2: administrations and orders, their corrections, transport, and damage."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from loading import CLAIM, PROFILE, book, clock, only
from standards import hl7, message

from auditor.load import InputError, Loaded, load
from auditor.record import Administration, Method, Order, Route

ZONE = ZoneInfo("America/New_York")
ORC = hl7("ORC", {1: "RE", 2: "P77^EHR", 3: "F88^PHARM", 12: "D5^WHO^DOC"})


def rxa(
    start: str = "202409010800",
    stop: str = "202409010845",
    *,
    counter: str = "1",
    code: str = "00409-7332-01^ceftriaxone^NDC",
    status: str = "CP",
    action: str = "A",
) -> str:
    return hl7("RXA", {
        1: "0", 2: counter, 3: start, 4: stop, 5: code, 6: "1", 7: "g^gram", 9: "^given slowly",
        10: "N7^NURSE^ANN^^^^RN", 11: "ED^1^1", 19: "^sepsis", 20: status, 21: action,
        22: "202409010850",
    })  # fmt: skip


def sent(folder: Path, *texts: str) -> Loaded:
    paths = [book(folder / "claims.xlsx", {"claims": CLAIM})]
    for number, text in enumerate(texts, start=1):
        paths.append(folder / f"{number}.hl7")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    return load(paths, PROFILE)


def given(result: Loaded) -> tuple[Administration, ...]:
    return only(result).administrations


def fates(result: Loaded) -> list[tuple[int, str, str]]:
    return [(row.row, row.disposition, row.reason) for row in result.ledger.rows]


def test_every_element_of_an_administration_finds_its_field(tmp_path: Path) -> None:
    text = message(
        ORC, rxa(), "RXR|IV^Intravenous^HL70162|LFA^Left forearm^HL70163||IVPB^IV Piggyback",
        "NTE|1||stopped early", "OBX|1|NM|8867-4||80",
    )  # fmt: skip
    result = sent(tmp_path, text)
    (one,) = given(result)
    assert one == Administration(
        administration_id="P77 2024-09-01 08:00", drug=one.drug, drugs=("ceftriaxone",),
        drug_class=one.drug_class, route=Route.IV, method=Method.INFUSION, segments=one.segments,
        order_id="P77", dose=Decimal(1), dose_unit="g", doses=one.doses, site="Left forearm",
        reason="sepsis", department="ED", staff="N7", credential="RN",
        comments="given slowly; stopped early", saved_at=datetime(2024, 9, 1, 8, 50, tzinfo=ZONE),
        sources=one.sources,
    )  # fmt: skip
    assert (clock(one.start), clock(one.stop)) == ("08:00", "08:45")
    assert one.doses[0].ndc == "00409-7332-01"
    assert str(one.sources[0]) == "1.hl7 · RXA segments · row 5"
    encounter = only(result)
    assert (encounter.account_id, encounter.patient_id) == ("A1", "M1")
    (said,) = (problem for problem in result.ledger.problems if problem.startswith("1.hl7: "))
    assert said == "1.hl7: segments that are not needed were passed over: OBX (1)."


def test_a_push_that_repeats_its_start_as_its_end_has_no_charted_end(tmp_path: Path) -> None:
    push = rxa("20240901080000", "20240901080000", code="J1^ondansetron^L")
    (one,) = given(sent(tmp_path, message(ORC, push, "RXR|IV|||IVP^IV Push")))
    assert (one.method, one.stop, one.doses[0].ndc) == (Method.PUSH, None, None)


def test_several_administrations_of_one_order_each_with_its_route(tmp_path: Path) -> None:
    text = message(
        ORC, "RXE||J2^ketorolac^L|30||mg", "RXR|PO^Oral",
        rxa("202409010800", "", code="J2"), "RXR|IM^Intramuscular",
        rxa("202409011200", "", counter="2", code="J2"), "RXR|IV^Intravenous||IVP^IV Pump",
        rxa("202409011500", "", counter="3", code="J2"),
    )  # fmt: skip
    found = given(sent(tmp_path, text))
    assert [one.route for one in found] == [Route.IM, Route.IV, Route.OTHER]
    assert [one.method for one in found][:2] == [Method.INJECTION, None]
    assert {one.drugs for one in found} == {("ketorolac",)}


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_many_messages_however_their_segments_end(tmp_path: Path, end: str) -> None:
    texts = [message(ORC.replace("P77", f"P{n}"), rxa(f"20240901{n:02}00", ""), end=end)
             for n in range(8, 11)]  # fmt: skip
    head, tail = f"FHS|^~\\&|EHR{end}BHS|^~\\&|EHR{end}", f"BTS|3{end}FTS|1{end}"
    wrapped = "".join(f"\x0b{text}\x1c\r" for text in texts)
    assert len(given(sent(tmp_path, head + "".join(texts) + tail))) == 3
    found = given(sent(tmp_path, wrapped))
    assert [clock(one.start) for one in found] == ["08:00", "09:00", "10:00"]


def test_escapes_and_separators_of_the_message(tmp_path: Path) -> None:
    coded = "1^D5\\T\\LR \\F\\ 5\\S\\6 \\X263B\\\\.br\\x\\H\\!\\N\\^L"
    assert given(sent(tmp_path, message(ORC, rxa(code=coded))))[0].drugs == ("D5&LR | 5^6 &; x!",)
    plain = message(ORC, rxa(code="1^D5@LR^L"))
    other = plain.translate(str.maketrans("|^~\\&", "$%*?@")).replace("D5@LR", "D5?T?LR")
    assert given(sent(tmp_path, other))[0].drugs == ("D5@LR",)
    assert given(sent(tmp_path, message(ORC, rxa(code='1^saline^L')).replace("|ED^1^1|", '|""|')
                      ))[0].department == "ED"  # fmt: skip


@pytest.mark.parametrize(
    ("start", "message_zone", "local"),
    [
        ("20240901080000", "", "08:00"),
        ("20240901080000-0400", "", "08:00"),
        ("20240901080000.1234+0000", "", "04:00"),
        ("202409011200", "+0000", "08:00"),
        ("202409010800-0400", "+0000", "08:00"),
    ],
)
def test_offsets_become_the_wall_clock_of_the_facility(
    tmp_path: Path, start: str, message_zone: str, local: str
) -> None:
    text = message(ORC, rxa(start, ""), sent=f"20240901120000{message_zone}")
    assert clock(given(sent(tmp_path, text))[0].start) == local


def test_a_date_without_a_time_is_rejected_and_midnight_is_a_time(tmp_path: Path) -> None:
    days = (rxa("20240901", ""), rxa("20240902000000", ""))
    result = sent(tmp_path, *(message(ORC, day) for day in days))
    assert [clock(one.start) for one in given(result)] == ["02 00:00"]
    assert [fate[2] for fate in fates(result)] == ["has a date but no time of day (“RXA-3 start”)"]


# ── corrections ───────────────────────────────────────────────────────────────────────────────


def test_a_later_message_about_the_same_administration_stands(tmp_path: Path) -> None:
    begun, ended = rxa(stop=""), rxa(stop="202409010900")
    result = sent(tmp_path, message(ORC, begun) + message(ORC, ended))
    assert [clock(one.stop) for one in given(result)] == ["09:00"]
    assert fates(result) == [(5, "superseded", "said anew by segment 10")]


def test_a_correction_may_move_the_start_and_a_deletion_leaves_nothing(tmp_path: Path) -> None:
    moved = rxa("202409010815", action="U")
    result = sent(tmp_path, message(ORC, rxa()) + message(ORC, moved))
    assert [clock(one.start) for one in given(result)] == ["08:15"]
    gone = rxa(action="D")
    other = ORC.replace("P77", "P78")
    result = sent(tmp_path, message(ORC, rxa()) + message(ORC, gone) + message(other, rxa()))
    assert [one.order_id for one in given(result)] == ["P78"]
    assert fates(result) == [
        (5, "superseded", "deleted by segment 10"),
        (10, "superseded", "deletes an administration"),
    ]


@pytest.mark.parametrize(("status", "word"), [("RE", "refused"), ("NA", "not administered")])
def test_what_was_not_given_is_no_administration(tmp_path: Path, status: str, word: str) -> None:
    other = ORC.replace("P77", "P78")
    result = sent(tmp_path, message(ORC, rxa(status=status)) + message(other, rxa()))
    assert [one.order_id for one in given(result)] == ["P78"]
    assert fates(result) == [(5, "superseded", f"the record says that it was {word}")]


def test_doses_with_one_counter_are_told_apart_by_their_start(tmp_path: Path) -> None:
    doses = [rxa(f"20240901{hour}00", "", counter="0") for hour in ("08", "12", "16")]
    assert len(given(sent(tmp_path, message(ORC, *doses)))) == 3


# ── orders ────────────────────────────────────────────────────────────────────────────────────

RXE = hl7("RXE", {2: "1^sodium chloride 0.9 %^L", 3: "1000", 5: "mL^milliliter", 23: "125",
                  24: "mL/hr", 27: "^dehydration"})  # fmt: skip
RXO = hl7("RXO", {1: "2^ketorolac^L", 2: "30", 4: "mg", 20: "^pain"})


def ordered(result: Loaded) -> tuple[Order, ...]:
    return only(result).orders


def new(control: str = "NW", at: str = "20240901073000", *more: str) -> str:
    orc = hl7("ORC", {1: control, 2: "P77^EHR", 3: "F88^PHARM", 9: at, 12: "D5^WHO"})
    return message(orc, *(more or (RXE, "RXR|IV^Intravenous")), kind="RDE^O11^RDE_O11")


def test_every_element_of_an_order_finds_its_field(tmp_path: Path) -> None:
    result = sent(tmp_path, new(), message(ORC, rxa()))
    (one,) = ordered(result)
    assert one == Order(
        order_id="P77", drug="sodium chloride 0.9 %", provider="D5", indication="dehydration",
        ordered_at=datetime(2024, 9, 1, 7, 30, tzinfo=ZONE), route="Intravenous", rate="125 mL/hr",
        volume=Decimal(1000), source=one.source,
    )  # fmt: skip
    assert str(one.source) == "1.hl7 · ORC segments · row 4"


def test_an_order_by_its_request_alone(tmp_path: Path) -> None:
    asked = new("NW", "202409010730", RXO)
    (one,) = ordered(sent(tmp_path, asked, message(ORC, rxa())))
    assert (one.drug, one.indication, one.volume) == ("ketorolac", "pain", None)


def test_cancelled_repeated_and_changed_orders(tmp_path: Path) -> None:
    record = message(ORC, rxa())
    again = new("RE", "20240901090000")
    changed = new("XO", "20240901100000", RXE.replace("125", "250"))
    result = sent(tmp_path, new() + again + changed, record)
    assert [(clock(o.ordered_at), o.rate) for o in ordered(result)] == [
        ("07:30", "125 mL/hr"), ("10:00", "250 mL/hr"),
    ]  # fmt: skip
    assert fates(result) == [(10, "superseded", "is of the order of segment 4")]
    for control in ("CA", "OC"):
        result = sent(tmp_path, new() + new(control, "20240901080000"), record)
        assert ordered(result) == ()
        assert [fate[2] for fate in fates(result)] == [
            "cancelled by segment 10", "cancels the order",
        ]  # fmt: skip


def test_a_dispensed_drug_tells_of_its_order(tmp_path: Path) -> None:
    text = new("RE").replace("RDE^O11^RDE_O11", "RDS^O13")
    assert len(ordered(sent(tmp_path, text, message(ORC, rxa())))) == 1


# ── what is not needed, and what is broken ────────────────────────────────────────────────────


def test_other_messages_and_versions_are_counted(tmp_path: Path) -> None:
    others = message("OBX|1", kind="ORU^R01") + message("EVN|A08", kind="ADT^A08") * 2
    odd = message(ORC, rxa(), version="3.9")
    result = sent(tmp_path, others + odd)
    assert len(given(result)) == 1
    said = result.ledger.problems
    assert "1.hl7: ORU messages, which are not needed (1 in all, first at segment 1)." in said
    assert "1.hl7: ADT messages, which are not needed (2 in all, first at segment 5)." in said
    assert any("of an unknown version, read as the known ones are (1 in all" in one for one in said)
    assert not any("DOE" in one for one in said)


def test_a_message_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    text = message(ORC, rxa()) + message(ORC.replace("P77", "P78"), rxa())
    result = sent(tmp_path, text[: text.rindex("RXA|") + 12])
    assert len(given(result)) == 1
    assert [row.disposition for row in result.ledger.rows] == ["rejected"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MSH|", "segment 1, the head of a message, is cut off or damaged"),
        ("MSH|^~\\&|EHR\r" + "X" * 1_100_000, "segment 2 does not end"),
    ],
)
def test_a_broken_file_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mar.txt").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InputError) as refused:
        load([tmp_path / "mar.txt"], PROFILE)
    (problem,) = refused.value.problems
    assert problem.startswith(f"mar.txt: {says}")
