"""X12: the envelope, the loops of a claim, payments beside their lines, and damage."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from loading import LOG, PROFILE, book, only
from standards import (
    VERSION_835,
    claim,
    interchange,
    remittance,
    service,
    subscriber,
)

from auditor.load import InputError, Loaded, load
from auditor.load.files import read_files
from auditor.load.ledger import Problems
from auditor.load.read import RawSheet
from auditor.record import ClaimLine

DAY = "09/01/2024 "
RECORD = [LOG, ("A1", "ceftriaxone", DAY + "08:00", DAY + "08:40", "IVPB")]
INFUSION = service("96365")


def read(path: Path, text: str) -> tuple[list[RawSheet], tuple[str, ...]]:
    path.write_text(text, encoding="utf-8", newline="")
    problems = Problems()
    return list(read_files([path], problems)), problems.sentences()


def billed(folder: Path, *texts: str) -> Loaded:
    """What is loaded from these files and the record of one infusion in encounter A1."""
    paths = [book(folder / "mar.xlsx", {"log": RECORD})]
    for number, text in enumerate(texts, start=1):
        paths.append(folder / f"{number}.edi")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    return load(paths, PROFILE)


def codes(lines: Sequence[ClaimLine]) -> list[str]:
    return [line.code_with_modifiers for line in lines]


def fates(result: Loaded) -> list[tuple[str, int, str, str]]:
    return [(row.file, row.row, row.disposition, row.reason) for row in result.ledger.rows]


# ── the loops of a claim ──────────────────────────────────────────────────────────────────────


def test_every_element_of_a_claim_finds_its_field(tmp_path: Path) -> None:
    line = [
        "SV2*0636*HC:J0696:JZ:59:XS:GY:ceftriaxone*1250.5*UN*4.00", "DTP*472*D8*20240901",
        "REF*6R*CTRL7", "LIN**N4*00409733201", "CTP****1*UN", "LIN**N4*99999999999",
    ]  # fmt: skip
    extra = [
        "DTP*435*DT*202409010800", "CL1*1*1*01", "REF*F8*ICN123", "REF*EA*M0042",
        "HI*ABK:E860:::::::Y", "HI*ABJ:R112", "HI*ABF:I10*ABF:N179", "HI*BG:09*BG:41",
        "HI*BE:01:::5", "NM1*71*1*CARE*ANN", "SBR*S*18*******CI", "NM1*PR*2*OTHER PAYER*****PI*9",
    ]  # fmt: skip
    text = interchange(subscriber(claim("A1", INFUSION, line, bill="13:A:1", extra=extra)))
    result = billed(tmp_path, text)
    first, second = only(result, "A1").claim_lines
    assert second == ClaimLine(
        claim_id="A1 20240901", line_number="2", hcpcs="J0696", modifiers=("JZ", "59", "XS", "GY"),
        units=Decimal(4), service_date=date(2024, 9, 1), revenue_code="0636",
        charge=Decimal("1250.5"), payer="MEDICARE", bill_type="131",
        diagnosis_codes=("E86.0", "I10", "N17.9"), condition_codes=("09", "41"),
        ndc="00409733201", source=second.source,
    )  # fmt: skip
    assert (first.hcpcs, first.ndc, first.claim_id) == ("96365", None, "A1 20240901")
    assert only(result, "A1").patient_id == "M0042"
    assert second.source is not None
    number = text.split("~\n").index(line[0]) + 1
    assert str(second.source) == f"1.edi · 837I segments · row {number}"
    assert second.source.cell("units").startswith("1.edi · 837I segments · ")
    headers = next(s for s in result.ledger.sheets if s.kind == "claim_line").columns
    assert headers["SV205 units"] == "units"


def test_several_claims_interchanges_and_separators(tmp_path: Path) -> None:
    one = interchange(subscriber(claim("A1", INFUSION), claim("B1", service("96360"), INFUSION)))
    other = interchange(
        subscriber(claim("C1", service("96374:59"))), subscriber(claim("D1", INFUSION)),
        signs="|>!\x1d", between="",
    )  # fmt: skip
    lines = interchange(subscriber(claim("F1", INFUSION)), signs="*^:\n", between="")
    result = billed(tmp_path, one + other + lines)
    found = {e.encounter_id: codes(e.claim_lines) for e in result.encounters}
    assert found == {
        "A1": ["96365"], "B1": ["96360", "96365"], "C1": ["96374-59"], "D1": ["96365"],
        "F1": ["96365"],
    }  # fmt: skip


def test_a_line_without_a_code_or_with_one_that_is_no_hcpcs(tmp_path: Path) -> None:
    hipps = ["SV2*0022*HP:1AFKS*0*UN*1", "DTP*472*D8*20240901"]
    text = interchange(subscriber(claim("A1", service("", 3, revenue="0250"), hipps, INFUSION)))
    found = only(billed(tmp_path, text), "A1").claim_lines
    assert [(line.revenue_code, line.hcpcs) for line in found] == [
        ("0250", None), ("0022", None), ("0260", "96365"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "line", "day"),
    [
        ("20240901", [], date(2024, 9, 1)),
        ("20240901-20240901", [], date(2024, 9, 1)),
        ("20240901-20240903", [], None),
        (None, [], None),
        ("20240901-20240903", ["DTP*472*RD8*20240902-20240903"], date(2024, 9, 2)),
    ],
)
def test_the_date_of_a_line(
    tmp_path: Path, dates: str | None, line: list[str], day: date | None
) -> None:
    text = interchange(subscriber(claim("A1", ["SV2*0260*HC:96365*1*UN*1", *line], dates=dates)))
    (found,) = only(billed(tmp_path, text), "A1").claim_lines
    assert found.service_date == day


def test_an_account_keeps_what_looks_like_a_power_of_ten(tmp_path: Path) -> None:
    result = billed(tmp_path, interchange(subscriber(claim("7E12", INFUSION))))
    assert {e.encounter_id for e in result.encounters} == {"7E12", "A1"}


def test_bills_of_one_account_are_told_apart(tmp_path: Path) -> None:
    months = [claim("A1", service("96365", day=f"2024{m}05"), dates=f"2024{m}01-2024{m}30")
              for m in ("09", "10")]  # fmt: skip
    late = claim("A1", service("96361"), bill="13:A:5")
    text = interchange(subscriber(*months, late))
    found = only(billed(tmp_path, text), "A1").claim_lines
    assert sorted({(line.claim_id, line.bill_type) for line in found}) == [
        ("A1 20240901", "135"), ("A1 20240901-20240930", "131"), ("A1 20241001-20241030", "131"),
    ]  # fmt: skip


def test_a_file_sent_twice_is_billed_once(tmp_path: Path) -> None:
    text = interchange(subscriber(claim("A1", INFUSION, service("96361"))))
    result = billed(tmp_path, text, text.replace("000000907", "000000908"))
    assert len(only(result, "A1").claim_lines) == 2
    assert [fate[2] for fate in fates(result)] == ["superseded", "superseded"]


# ── payments ──────────────────────────────────────────────────────────────────────────────────


def paid(folder: Path, *claims: Sequence[str]) -> Loaded:
    lines = (INFUSION, service("96361", 2), service("96375:59"), service("96361", 2),
             service("", 1, revenue="0250"))  # fmt: skip
    sent = interchange(subscriber(claim("A1", *lines)))
    returned = interchange(remittance(*claims), version=VERSION_835, group="HP")
    return billed(folder, sent, returned)


def amounts(result: Loaded) -> list[str | None]:
    lines = only(result, "A1").claim_lines
    return [None if line.paid_amount is None else str(line.paid_amount) for line in lines]


CLP = "CLP*A1*1*1000*300**MB*ICN1*13*1"


def test_a_payment_stands_beside_its_line(tmp_path: Path) -> None:
    result = paid(tmp_path, [
        CLP, "CAS*CO*45*1", "NM1*QC*1*DOE*JANE", "DTM*232*20240901",
        "SVC*HC:96365*250*180.25**1", "DTM*472*20240901", "CAS*CO*45*69.75", "REF*6R*1",
        "SVC*HC:96375:59*250*40**1", "DTM*472*20240901",
        "SVC*NU:0250*250*5.5", "DTM*472*20240901",
        "SVC*HC:96365*250*0*0260*1*HC:96361*2", "DTM*472*20240901", "REF*6R*4",
    ])  # fmt: skip
    assert amounts(result) == ["180.25", None, "40", "0", "5.5"]
    assert {line.paid_date for line in only(result, "A1").claim_lines} == {date(2024, 10, 15), None}
    assert {"claim_line.paid_amount", "claim_line.paid_date"} <= result.supplied
    sheet = next(s for s in result.ledger.sheets if s.kind == "payment")
    assert (sheet.rows_read, sheet.used, sheet.rejected) == (4, 4, 0)


def test_alike_lines_are_paid_in_order_and_reversals_take_back(tmp_path: Path) -> None:
    twice = ["SVC*HC:96361*250*30**2", "DTM*472*20240901"]
    back = ["CLP*A1*22*-1000*-30**MB*ICN1*13*1", "SVC*HC:96361*-250*-30**2", "DTM*472*20240901"]
    again = [CLP, "SVC*HC:96361*250*25**2", "DTM*472*20240901"]
    assert amounts(paid(tmp_path, [CLP, *twice, *twice])) == [None, "30", None, "30", None]
    result = paid(tmp_path, [CLP, *twice], back, again)
    assert [amount for amount in amounts(result) if amount] == ["0", "25"]


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([["CLP*Z9*1*1*1**MB*ICN9*13*1", "SVC*HC:96365*250*1**1", "DTM*472*20240901"]],
         "is for a bill of which no file has a line"),
        ([[CLP, "SVC*HC:96365:59*250*1**1", "DTM*472*20240901"]],
         "is for a service that no claim line has with its code, modifiers and date"),
        ([[CLP, "SVC*HC:96365*250*1**1", "DTM*472*20240902"]],
         "is for a service that no claim line has with its code, modifiers and date"),
        ([[CLP, "MOA***MA02"]], "pays a claim as a whole and names no service line"),
    ],
)  # fmt: skip
def test_a_payment_for_no_line_is_in_the_ledger(
    tmp_path: Path, claims: list[list[str]], reason: str
) -> None:
    result = paid(tmp_path, *claims)
    assert amounts(result) == [None] * 5
    (fate,) = [row for row in result.ledger.rows if row.file == "2.edi"]
    assert (fate.disposition, fate.reason) == ("rejected", reason)
    assert any(reason in problem for problem in result.ledger.problems)


# ── what is not needed, and what is broken ────────────────────────────────────────────────────


def test_other_claims_versions_and_segments_are_passed_over_and_counted(tmp_path: Path) -> None:
    professional = interchange(subscriber(claim("P1", INFUSION)), version="005010X222A1")
    older = interchange(subscriber(claim("A1", INFUSION)), version="004010X096A1")
    unknown = interchange(subscriber(claim("B1", INFUSION)), version="006020X999")
    acknowledgement = interchange(["AK1*HC*1"], version="005010X231A1").replace("ST*837", "ST*999")
    result = billed(tmp_path, professional + older + unknown + acknowledgement)
    assert {e.encounter_id for e in result.encounters} == {"A1", "B1"}
    said = "\n".join(result.ledger.problems)
    assert "1.edi: professional claims, which are not read (1 in all, first at segment 3)." in said
    assert "another version than 5010, read as if they were of it (2 in all" in said
    assert "1.edi: other transactions, which are not read (1 in all" in said
    assert "1.edi: segments that are not needed were passed over: DMG (2)." in said
    assert "DOE" not in said and "JANE" not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ISA*00*          *00*", "is cut off or damaged, so that its elements cannot be told"),
        ("GS*HC*H*P*20240930*1200*1*X*005010X223A2~ST*837*1~", "begins without its ISA segment"),
        ("ST*837*0001*005010X223A2~BHT*0019~", "begins without its ISA segment"),
        (interchange(subscriber(claim("A1", INFUSION))).replace(":~\n", "\n", 1), "is cut off or"),
        (interchange(subscriber(claim("A1", INFUSION)))[:200] + "X" * 100_000,
         "segment 4 does not end"),
    ],
)  # fmt: skip
def test_a_broken_envelope_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "claims.txt").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InputError) as refused:
        load([tmp_path / "claims.txt"], PROFILE)
    (problem,) = refused.value.problems
    assert problem.startswith("claims.txt: ")
    assert says in problem


def test_a_claim_that_breaks_off_is_not_used_and_the_ones_before_it_are(tmp_path: Path) -> None:
    whole = interchange(subscriber(claim("A1", INFUSION), claim("B1", INFUSION, service("96361"))))
    cut = whole[: whole.index("SE*") - 5]
    result = billed(tmp_path, cut)
    assert {e.encounter_id for e in result.encounters} == {"A1"}
    assert only(result, "A1").rejected == ()
    reason = "stands in a transaction that breaks off, and may be incomplete"
    assert [fate[2:] for fate in fates(result)] == [("rejected", reason)] * 2
    said = "\n".join(result.ledger.problems)
    assert "1.edi: is cut off in segment" in said
    assert "transactions that break off without SE (1 in all, first at segment 3)" in said


def test_a_claim_that_breaks_off_is_known_to_have_been_billed(tmp_path: Path) -> None:
    whole = interchange(subscriber(claim("B1", INFUSION), claim("A1", INFUSION)))
    (lost,) = only(billed(tmp_path, whole[: whole.index("SE*")]), "A1").rejected
    assert lost.kind == "claim_line"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("SE*", "DTP*472*D8*20240901~\nSE*", "do not have as many segments as they say"),
        ("GE*1*77", "GE*1*78", "groups whose GE has another number"),
        ("IEA*1*000000907", "IEA*1*000000908", "interchanges whose IEA has another number"),
        ("IEA*1*000000907~\n", "", "interchanges that do not end with IEA"),
        ("GE*1*77~\n", "", "interchanges whose IEA"),
        ("GS*HC", "N1*85*HOSPITAL~\nGS*HC", "segments outside of a transaction"),
    ],
)
def test_an_envelope_that_does_not_add_up_is_used_and_said(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = interchange(subscriber(claim("A1", INFUSION))).replace(old, new)
    result = billed(tmp_path, text)
    assert len(only(result, "A1").claim_lines) == 1
    if old != "GE*1*77~\n":
        assert any(says in problem for problem in result.ledger.problems)


def test_a_service_line_without_its_claim_is_in_the_ledger(tmp_path: Path) -> None:
    text = interchange(["BHT*0019*00*1*20240930*1200*CH", *INFUSION])
    result = billed(tmp_path, text, interchange(subscriber(claim("A1", INFUSION))))
    ((_, _, disposition, reason),) = fates(result)
    assert disposition == "rejected"
    assert reason.startswith("has no encounter, account")


def test_a_blank_file_of_the_standard_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.edi").write_text(interchange(["BHT*0019*00*1*20240930*1200*CH"]))
    with pytest.raises(InputError, match="No sheet with claim lines"):
        load([tmp_path / "a.edi"], PROFILE)


def test_half_a_million_segments_are_read_in_seconds(tmp_path: Path) -> None:
    lines = [service("96365")] * 100
    text = interchange(subscriber(*(claim(f"A{n}", *lines) for n in range(1600))), between="")
    sheets, _ = read(tmp_path / "big.edi", text)
    assert len(sheets[0].cells) == 160_000


# ── replacement and void ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("files", [1, 2])
def test_a_replacement_takes_the_place_of_its_claim(tmp_path: Path, files: int) -> None:
    original = subscriber(claim("A1", INFUSION, service("96361", 2)), claim("B1", INFUSION))
    later = claim("A1", service("96374"), bill="13:A:7", extra=["REF*F8*ICN123"])
    last = claim("A1", service("96375"), service("96361"), bill="13:A:7", extra=["REF*F8*ICN124"])
    sent = [subscriber(later), [s.replace("*20240930*", "*20241002*") for s in subscriber(last)]]
    texts = [interchange(original, *sent)] if files == 1 else [
        interchange(original), interchange(*sent),
    ]  # fmt: skip
    result = billed(tmp_path, *texts)
    assert codes(only(result, "A1").claim_lines) == ["96375", "96361"]
    assert codes(only(result, "B1").claim_lines) == ["96365"]
    assert [fate[2] for fate in fates(result)] == ["superseded"] * 3


def test_a_void_takes_its_claim_back(tmp_path: Path) -> None:
    text = interchange(
        subscriber(claim("A1", INFUSION), claim("B1", INFUSION)),
        subscriber(claim("A1", INFUSION, bill="13:A:8", extra=["REF*F8*ICN123"])),
    )
    result = billed(tmp_path, text)
    assert only(result, "A1").claim_lines == ()
    assert codes(only(result, "B1").claim_lines) == ["96365"]
    assert [fate[2] for fate in fates(result)] == ["superseded"] * 2


def test_replacement_and_void_say_what_they_are(tmp_path: Path) -> None:
    bills = [claim("A1", INFUSION, bill=f"13:A:{n}", extra=["REF*F8*ICN1"]) for n in "178"]
    sheets, _ = read(tmp_path / "a.837", interchange(subscriber(*bills)))
    rows = sheets[0].cells.to_dict("records")
    names = sheets[0].layout.fields if sheets[0].layout else {}
    told = [{names[place]: value for place, value in row.items()} for row in rows]
    assert [(row["bill_type"], row["account_id"], row["claim_id"]) for row in told] == [
        ("131", "A1", "A1 20240901"), ("137", "A1", "A1 20240901 sent 20240930"),
        ("138", "A1", "A1 20240901"),
    ]  # fmt: skip
