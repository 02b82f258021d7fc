"""Masked sharing: nothing of a patient is in any output, and the findings are the same."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
import stat
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

import auditor.record
import checks
from auditor import Encounter, Policy
from auditor.check import discover
from auditor.cli import app
from auditor.coding import supported
from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet
from auditor.mask import Mask, MaskKeyError, judged_otherwise, kept_key
from auditor.mask import words as mask_words
from auditor.mask.mask import _FIELDS
from auditor.record import ClaimLine, Sheet, Source
from auditor.report.pdf import PdfUnavailable
from auditor.run import Audit, run
from auditor.tables.drugs import drugs, identify, normalise
from auditor.tables.hydration import no_individual_basis, shows_need
from auditor.tables.names import unknown_key
from auditor.tables.orders import is_verbal
from auditor.tables.published import PublicTables
from auditor.tables.sites import label_of, says_need, says_rate, says_restart, site_key
from tests.cases import encounter as case
from tests.loading import book
from tests.pango import DONE, PDF
from tests.random_encounters import random_encounter

KEY = bytes(range(32))
EASTERN = ZoneInfo("America/New_York")
SAMPLE = Path(__file__).parent.parent / "sample_data"
BATTERY = discover(checks)


def masked(*encounters: Encounter, key: bytes = KEY) -> tuple[Encounter, ...]:
    mask = Mask(key)
    return tuple(map(mask.encounter, encounters))


# -- the records ---------------------------------------------------------------------------------


def test_every_field_of_every_fact_is_classed() -> None:
    facts = {
        fact: {field.name for field in fields(fact)}
        for fact in vars(auditor.record).values()
        if isinstance(fact, type)
        and is_dataclass(fact)
        and fact.__module__ == "auditor.record"
        and fact not in (Sheet, Source)
    }
    assert {fact: set(classed) for fact, classed in _FIELDS.items()} == facts


def test_a_source_has_no_text_but_its_sheets() -> None:
    source = Source(Sheet("Doe.xlsx", "Jane", {"start": "K"}, {"start": {7}}), 287)
    shown = Mask(KEY).source(source)
    assert shown.cell("start") == "file 1 · sheet 1 · K287"
    assert Mask(KEY, ["a.csv", "Doe.xlsx"]).source(source).cell("start") == (
        "file 2 · sheet 1 · K287"
    )
    named = {"file", "sheet", "columns", "unread", "lacks"}  # fields and rows but the first two
    assert {field.name for field in fields(Sheet)} == named
    assert {field.name for field in fields(Source)} == {"sheet", "row", "moved"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("Doe.xlsx · Jane · K287", "file 1 · sheet 1 · K287"),
        ("Doe.xlsx · Jane · row 7", "file 1 · sheet 1 · row 7"),
        ("mar.csv · C2", "file 2 · C2"),
        ("Doe.xlsx · Jane · MRN 12", "file 1 · sheet 1"),
        ("roe.xlsx · Jane · K287", "(masked)"),
    ],
)
def test_addresses(cell: str, shown: str) -> None:
    mask = Mask(KEY, ["Doe.xlsx", "mar.csv"])
    mask.place("Doe.xlsx", "Jane")
    assert mask.address(cell) == shown


def test_pseudonyms_are_stable_under_one_key_and_tell_kinds_apart() -> None:
    one, same, other = Mask(KEY), Mask(KEY), Mask(bytes(32))
    assert one.name("E", "12") == same.name("E", "12")
    assert one.name("E", "12") != one.name("E", "13")
    assert one.name("E", "12")[2:] != one.name("P", "12")[2:]
    assert one.name("E", "12") != other.name("E", "12")


@pytest.mark.parametrize("moment", ["2026-03-07 23:59", "2026-07-04 12:00:31"])
def test_dates_are_earlier_by_one_number_of_days_for_a_patient(moment: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=EASTERN)
    some = Encounter(
        "E1",
        (ClaimLine("C1", "1", "96365", service_date=at.date(), paid_date=date(2026, 9, 1)),),
        patient_id="P1",
        arrived_at=at,
        discharged_at=at + timedelta(minutes=47),
    )
    shown, again = masked(some, replace(some, encounter_id="E2"))
    assert shown.arrived_at and shown.discharged_at
    shift = at.date() - shown.arrived_at.date()
    assert timedelta(31) <= shift <= timedelta(395)
    assert shown.arrived_at.time() == at.time()
    assert shown.discharged_at - shown.arrived_at == timedelta(minutes=47)
    line = shown.claim_lines[0]
    assert line.service_date == at.date() - shift
    assert line.paid_date == date(2026, 9, 1) - shift
    assert again.arrived_at == shown.arrived_at
    assert shown.tables.true_day(line.service_date) == at.date()


def test_patients_are_shifted_apart() -> None:
    mask = Mask(KEY)
    shifts = Counter(mask.shift_of(Encounter("E", patient_id=str(n))).days for n in range(2000))
    assert min(shifts) >= 31 and max(shifts) <= 395
    assert len(shifts) > 350  # of 365
    assert max(shifts.values()) < 20


@pytest.mark.parametrize(
    ("begins", "ends", "minutes", "shown"),
    [  # the clock of New York, put forward and back; the wall of the begin holds
        ("2026-03-08 01:30", "2026-03-08 03:30", 60, ("01:30", "02:30")),
        ("2026-11-01 00:30", "2026-11-01 02:30", 180, ("00:30", "03:30")),
        ("2026-03-08 00:30", "2026-03-09 00:10", 1360, ("01:30", "00:10")),  # every date stays
        ("2026-06-01 01:30", "2026-06-01 03:30", 120, ("01:30", "03:30")),
    ],
)
def test_elapsed_minutes_are_kept_where_the_clocks_change(
    begins: str, ends: str, minutes: int, shown: tuple[str, str]
) -> None:
    start, stop = (datetime.fromisoformat(at).replace(tzinfo=EASTERN) for at in (begins, ends))
    (some,) = masked(Encounter("E1", patient_id="P1", arrived_at=start, discharged_at=stop))
    assert some.arrived_at and some.discharged_at
    assert some.discharged_at - some.arrived_at == timedelta(minutes=minutes)
    assert (f"{some.arrived_at:%H:%M}", f"{some.discharged_at:%H:%M}") == shown
    assert some.arrived_at.tzinfo is UTC  # no offset tells the season
    assert some.discharged_at.date() - some.arrived_at.date() == stop.date() - start.date()


def test_dates_at_the_begin_of_the_calendar_do_not_fail() -> None:
    (some,) = masked(Encounter("E1", (ClaimLine("C", "1", None, service_date=date(1, 2, 3)),)))
    assert some.claim_lines[0].service_date == date.min


# -- typed texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "list_name", "stays"),
    [
        ("Emergency Department", "department", True),
        ("Dr. Miller's Clinic", "department", False),
        ("Medicare Part B", "payer", True),
        ("Blue Cross of J. Doe", "payer", False),
        ("IV #1", "label", True),
        ("IV 20 gauge", "label", True),
        ("IV 447810", "label", False),
        ("RN", "credential", True),
        ("Jane Roe RN", "credential", False),
        ("mL/hr", "unit", False),
        ("mg", "unit", True),
    ],
)
def test_words_that_may_stay(text: str, list_name: str, stays: bool) -> None:
    assert mask_words.stays(text, list_name) is stays


PHRASES = [
    *("Ms. Roe asked for it", "MRN 0004711", "left forearm", "infiltrated, restarted in R hand"),
    *("incompatible with the heparin drip", "rate not achieved through one line", "NPO", "kvo"),
    *("premedication", "no second line needed", "not incompatible", "per protocol", "IV access"),
    *("call Dr. Port", "second iv started", "12", "-", "dehydration", "patient removed the IV"),
]


@pytest.mark.parametrize("first", PHRASES)
@pytest.mark.parametrize("second", ["", *PHRASES])
def test_a_reason_reads_the_same_in_words_of_its_own(first: str, second: str) -> None:
    text = "; ".join(filter(None, (first, second)))
    for shown in (mask_words.reason(text), mask_words.description(text)):
        for reads in (says_restart, says_need, says_rate, shows_need):
            assert reads(shown) == reads(text), (reads, shown)
        assert ("premed" in shown) == ("premed" in text)
        assert not re.search(r"\b(roe|dr|mrn|0004711|heparin|asked|call)\b", shown)
    assert site_key(mask_words.description(text)) == site_key(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Left forearm 20g, by J. Roe", "left forearm"),
        ("R AC", "r ac"),
        ("PICC (Roe)", "picc"),
        ("IV #2", "IV #2"),
        ("  ", "(masked)"),
    ],
)
def test_sites(text: str, shown: str) -> None:
    given = replace(
        case({"given": [{"drug": "morphine", "from": "10:00"}]}).administrations[0], site=text
    )
    (some,) = masked(Encounter("E1", administrations=(given,)))
    assert some.administrations[0].site == shown


def test_a_label_that_may_not_stay_is_still_the_same_label() -> None:
    given = case({"given": [{"drug": "morphine", "from": "10:00"}]}).administrations[0]
    texts = ("Roe line", "roe LINE", "Roe's other line")
    (some,) = masked(Encounter("E", administrations=tuple(replace(given, site=t) for t in texts)))
    labels = [label_of(shown.site) for shown in some.administrations]
    assert labels[0] == labels[1] != labels[2]
    assert all(label and "roe" not in label for label in labels)


@pytest.mark.parametrize("mode", ["verbal", "Telephone, read back", "by Dr. Roe", "V.O. Roe RN"])
def test_a_mode_reads_the_same(mode: str) -> None:
    assert is_verbal(mask_words.mode(mode)) == is_verbal(mode)
    assert "roe" not in mask_words.mode(mode).casefold()


@pytest.mark.parametrize(
    "basis",
    [
        *("Individual", "Protocol", "standing", "Chest pain protocol of Dr. Roe", "KVO per Roe"),
        *("Facility standard (Roe)", "standard of care", "carrier", "flush", "Dr. Roe's own"),
        *("individual order, not the protocol", "individual need, Roe", "off protocol"),
    ],
)
def test_a_basis_reads_the_same(basis: str) -> None:
    shown = mask_words.basis(basis)
    assert no_individual_basis(shown) == no_individual_basis(basis)
    assert (shown == "individual") == (basis.casefold() == "individual")
    assert "roe" not in shown.casefold()


def test_drugs_of_the_table_keep_their_names_and_others_a_pseudonym() -> None:
    mask = Mask(KEY)
    for name in drugs():
        assert mask.drug(normalise(name)) == normalise(name) == name
    unknown = unknown_key("Roemycin study drug 4711")
    shown = mask.drug(unknown)
    assert shown.startswith("unlisted ") and not set("0123456789") & set(shown)
    assert normalise(shown) == shown
    assert identify(shown) is None
    assert mask.drug(f"morphine + {unknown}") != shown


# -- the judgement -------------------------------------------------------------------------------


SUPPLIED = frozenset(
    need
    for check in BATTERY
    for need in (*check.needs, *check.needs_in_part)
    if not need.startswith("table.")
)


def audited(encounters: tuple[Encounter, ...], supplied: frozenset[str] = SUPPLIED) -> Audit:
    return run(encounters, BATTERY, Policy(), supplied, strict=True)


def supports(audit: Audit) -> dict[str, Any]:
    return {e.encounter_id: supported(e, audit.policy) for e in audit.encounters}


def test_random_encounters_are_judged_alike() -> None:
    encounters = tuple(
        replace(random_encounter(random.Random(seed)), encounter_id=f"E{seed}", supplied=SUPPLIED)
        for seed in range(150)
    )
    true, shown = audited(encounters), audited(masked(*encounters))
    assert len(true.findings) > 100
    assert judged_otherwise(true, shown, Mask(KEY), supports(true), supports(shown)) == ()


def test_what_is_judged_otherwise_is_told() -> None:
    some = case({"given": [{"drug": "morphine", "how": "push", "from": "10:00"}]})
    (shown,) = masked(some)
    true, other = audited((some,)), audited((replace(shown, administrations=()),))
    told = judged_otherwise(true, other, Mask(KEY), supports(true), supports(other))
    assert told == (shown.encounter_id,)


def test_a_code_is_judged_by_the_true_date() -> None:
    lines = (ClaimLine("C", "1", "96365", service_date=date(2009, 1, 15)),)  # valid from 2009
    some = Encounter("E1", lines, patient_id="P1", supplied=SUPPLIED)
    (shown,) = masked(some)
    assert shown.claim_lines[0].service_date < date(2009, 1, 1)  # type: ignore[operator]

    def ids(audit: Audit) -> list[str]:
        return [f.check.id for f in audit.findings]

    assert "code_not_valid_on_service_date" not in ids(audited((some,)))
    assert ids(audited((shown,))) == ids(audited((some,)))
    by_shifted = replace(shown, tables=PublicTables())
    assert "code_not_valid_on_service_date" in ids(audited((by_shifted,)))


# -- the ledger ----------------------------------------------------------------------------------


def test_the_ledger_keeps_counts_and_places_and_nothing_that_quotes() -> None:
    ledger = Ledger(
        (LedgerSheet("Roe.xlsx", "Jane", "claim_line", 3, 2, 0, 1, {"Roe's Codes": "hcpcs"}),),
        (LedgerRow("Roe.xlsx", "Jane", 9, "C", "Jane", "rejected", "“Roe” is no code", "ask Roe"),),
        ("Roe.xlsx · Jane: is odd.",),
    )
    shown = Mask(KEY).ledger(ledger)
    assert "Roe" not in str(shown) and "Jane" not in str(shown)
    assert shown.sheets == (
        LedgerSheet("file 1", "sheet 1", "claim_line", 3, 2, 0, 1, {"hcpcs": "hcpcs"}),
    )
    assert (shown.rows[0].row, shown.rows[0].column, shown.rows[0].value) == (9, "C", None)
    assert shown.problems == ("1 note on the files quotes them: not shown in a masked audit.",)


# -- the key -------------------------------------------------------------------------------------


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = kept_key(folder)
    assert len(key) == 32
    assert kept_key(folder) == key
    assert kept_key(tmp_path / "other") != key
    assert [path.name for path in folder.iterdir()] == ["mask.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "mask.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "00ff", "zz" * 32, "é"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mask.key").write_text(text, encoding="utf-8")
    with pytest.raises(MaskKeyError, match="is no masking key"):
        kept_key(tmp_path)


# -- every output --------------------------------------------------------------------------------

NAMES = (
    *("Roe", "Jane", "Quimby", "Zapata", "Okafor", "Whitlock", "Marlowe", "St. Hedwig", "Harlan"),
    *("roemycin", "Tower-9", "Cygnus"),
)
NUMBERS = ("0070411", "0070412", "88120034", "88120035", "MR550171", "99001122", "7781", "4410092")
DATES = (date(2026, 9, 15), date(2026, 9, 16), date(2026, 10, 2), date(2026, 8, 30))
CLAIMS = [
    [
        *("Claim Number", "Account Number", "MRN", "Line Number", "HCPCS", "Units"),
        *("Service Date", "Mod", "Rev Code", "Payer", "Coder", "Department", "Paid Date"),
    ],
    *(
        [f"99001122{n}", account, "MR550171", n, code, units, day, mod, "0260", payer, *rest]
        for n, account, code, units, day, mod, payer, rest in [
            (1, "88120034", "96365", 1, "09/15/2026", None, "Harlan Health", ["Quimby", "Tower-9"]),
            (2, "88120034", "96366", 2, "09/15/2026", None, "Medicare", ["Quimby", "Tower-9"]),
            (3, "88120034", "96375", 1, "2026-09-15", "59", "Medicare", ["Quimby", "Tower-9"]),
            (4, "88120035", "96360", 1, "16-Sep-2026", None, "Medicare", ["Quimby", "Tower-9"]),
            (5, "88120035", "96365", 1, "16-Sep-2026", None, "Medicare", ["Quimby", "Tower-9"]),
        ]
    ),
]
for row in CLAIMS[1:]:
    row.append("10/02/2026")
MAR = [
    [
        *("Encounter ID", "Account Number", "MRN", "Order ID", "Administration ID", "Drug", "Dose"),
        *("Dose Unit", "Route", "Start", "Stop", "Site", "Bag ID", "Given By", "Credential"),
        *("Department", "Reason", "Comments"),
    ],
    *(
        (
            *(number, None, "MR550171", "4410092", f"7781{n}", drug, "1", "g", route, start, stop),
            *(site, f"BAG7781{n}", "Zapata, Jane", "RN Zapata", "Tower-9", reason),
            "call Okafor 09/15/26",
        )
        for n, (number, drug, route, start, stop, site, reason) in enumerate(
            [
                ("0070411", "ceftriaxone (Roe)", "IV", "09/15/2026 09:00", "09/15/2026 09:50",
                 "Left forearm, Roe", "per Okafor"),
                ("0070411", "roemycin", "IV", "9/15/2026 10:00", None, "Roe's line", "Jane asked"),
                ("0070411", "ondansetron", "IV push", "2026-09-15 10:05", None, None, None),
                ("0070412", "sodium chloride 0.9%", "IV", "09/16/2026 08:00", None,
                 "R AC", "Roe: infiltrated"),
                ("0070412", "vancomycin", "IV", "Jane 9/16", "09/16/2026 10:30", "R AC", "Cygnus"),
            ]
        )
    ),
]  # fmt: skip
ORDERS = [
    ["Order ID", "Encounter ID", "Drug", "Ordered At", "Provider", "Order Basis", "Indication",
     "Order Mode"],
    ["4410092", "0070411", "ceftriaxone for Jane", "08/30/2026 08:50", "Dr. Okafor",
     "Okafor's own", "Roe is dry", "verbal, Whitlock"],
]  # fmt: skip
STAYS = [
    ["Encounter ID", "Account Number", "MRN", "Facility", "Arrival Mode", "Arrived At",
     "Discharged At"],
    ["0070411", "88120034", "MR550171", "St. Hedwig", "EMS Whitlock", "09/15/2026 08:40",
     "09/15/2026 16:00"],
    ["0070412", "88120035", "MR550171", "St. Hedwig", "walked in", "09/16/2026 07:40",
     "09/16/2026 16:00"],
]  # fmt: skip
LINES = [
    ["Encounter ID", "Line ID", "Description", "Site", "Placed At", "Placed By", "Reason"],
    ["0070411", "LDA7781", "20g by Marlowe", "Left forearm", "09/15/2026 08:45", "Marlowe",
     "Jane's second line"],
]  # fmt: skip
PROFILE = """
timezone = "America/New_York"
day_first = false
facility = "St. Hedwig"
"""
POLICY = 'name = "St. Hedwig, by Whitlock"\n'


@pytest.fixture
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A month that has names everywhere, and the hospital's own folder.

    Its key is a fixed one: under a random one the letters of a name may stand in a pseudonym.
    """
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mask.key").write_text(KEY.hex(), encoding="ascii")
    monkeypatch.setenv("INFUSION_AUDITOR_DATA", str(tmp_path / "own"))
    monkeypatch.delenv("INFUSION_AUDITOR_PASSWORD", raising=False)
    book(tmp_path / "claims Jane Roe.xlsx", {"Roe MR550171": CLAIMS})
    record = {"MAR of Roe": MAR, "Orders": ORDERS, "Stays": STAYS, "LDA": LINES}
    book(tmp_path / "4410092.xlsx", record)
    (tmp_path / "hedwig.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return tmp_path


def auditor_run(folder: Path, out: str, *more: str) -> Result:
    files = [str(folder / "claims Jane Roe.xlsx"), str(folder / "4410092.xlsx")]
    settings = ("--profile", str(folder / "hedwig.toml"), "--policy", str(folder / "policy.toml"))
    return CliRunner().invoke(app, ["run", *files, *settings, "--out", str(folder / out), *more])


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """All that a reader of a folder may find: names, every part of every file, metadata."""
    for path in sorted(folder.rglob("*")):
        yield f"name of {path.name}", path.name
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as parts:
                for name in parts.namelist():
                    yield f"{path.name}: {name}", name + parts.read(name).decode()
        elif path.suffix == ".pdf":
            from pypdf import PdfReader

            pdf = PdfReader(path)
            yield "metadata", f"{pdf.metadata} {pdf.xmp_metadata and pdf.xmp_metadata.stream}"
            yield "bookmarks", str(pdf.outline)
            for number, page in enumerate(pdf.pages, start=1):
                yield f"page {number}", page.extract_text()
        else:
            yield path.name, unquote(path.read_text(encoding="utf-8-sig"))  # pictures are quoted


def spelled(day: date) -> set[str]:
    """A date in every way in which one is written, with leading zeros and without."""
    short = f"{day.month}/{day.day}/"
    spans = {f"{day:{form}}" for form in ("%m/%d/%Y", "%Y-%m-%d", "%m-%d-%Y", "%Y%m%d", "%d.%m.%Y")}
    spans |= {f"{day:%B} {day.day}", f"{day:%b} {day.day}", f"{day:%B} {day.day}, {day.year}"}
    spans |= {f"{day.day} {day:%B}", f"{day.day} {day:%b}", f"{day:%d-%b-%Y}", f"{day:%m/%d/%y}"}
    serial = (day - date(1899, 12, 30)).days
    return spans | {f"{short}{day.year}", f"{short}{day:%y}", f"<v>{serial}"}


def leaks(folder: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """The words that stand in some output, where a date is not the begin of a longer number."""
    patterns = [(w, re.compile(rf"(?<![\d]){re.escape(w)}(?!\d)", re.IGNORECASE)) for w in words]
    return [
        (word, where) for where, text in texts(folder) for word, at in patterns if at.search(text)
    ]


def everything() -> set[str]:
    return {*NAMES, *NUMBERS, *(text for day in DATES for text in spelled(day))}


def test_nothing_of_a_patient_is_in_any_output(hospital: Path) -> None:
    open_run = auditor_run(hospital, "open")
    assert open_run.exit_code in (1, DONE), open_run.output
    told = {word for word, _ in leaks(hospital / "open", everything())}
    assert {"Roe", "Zapata", "0070411", "MR550171", "09/15/2026", "<v>46280"} <= told  # it can find
    run_masked = auditor_run(hospital, "shared", "--mask")
    assert run_masked.exit_code == open_run.exit_code, run_masked.output
    assert leaks(hospital / "shared", everything()) == []
    named = [word for word in everything() if word in run_masked.output.replace(str(hospital), "")]
    assert named == []
    assert {path.suffix for path in (hospital / "shared").iterdir()} == (
        {".csv", ".html", ".json", ".xlsx"} | ({".pdf"} if PDF else set())
    )


def test_the_same_key_gives_the_same_bytes_and_another_key_other_names(
    hospital: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", no_pdf)
    for out in ("one", "two"):
        auditor_run(hospital, out, "--mask")
    (hospital / "own" / "mask.key").unlink()
    auditor_run(hospital, "three", "--mask")
    for name in ("findings.csv", "audit.json", "manifest.json", "report.html"):
        one, two, three = ((hospital / out / name).read_bytes() for out in ("one", "two", "three"))
        assert one == two != three
    manifest = json.loads((hospital / "one" / "manifest.json").read_text())
    assert manifest["masked"] is True
    assert [file["file"] for file in manifest["inputs"]] == ["file 1", "file 2"]
    plain = hashlib.sha256((hospital / "4410092.xlsx").read_bytes()).hexdigest()
    assert manifest["inputs"][1].keys() == {"file", "hmac_sha256", "bytes"}
    assert manifest["inputs"][1]["hmac_sha256"] != plain


def no_pdf(*_: object) -> None:
    raise PdfUnavailable("left out here")


def found(folder: Path) -> Counter[tuple[str, ...]]:
    """The findings by check, result, severity, codes of the lines, cure."""
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = [" ".join(re.findall(r"line (\d+: \S+)", row["claim_lines"])) for row in rows]
    kept = ("check_id", "outcome", "severity", "responsible", "cure", "payment_effect")
    return Counter(
        (*(row[name] for name in kept), code) for row, code in zip(rows, codes, strict=True)
    )


def test_the_findings_are_the_same(hospital: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", no_pdf)
    auditor_run(hospital, "open")
    auditor_run(hospital, "shared", "--mask")
    assert found(hospital / "open") == found(hospital / "shared")
    assert found(hospital / "open").total() >= 5


def decide(path: Path) -> tuple[str, int]:
    """Fill in the first row of a worklist; its finding, and how many there are."""
    workbook = load_workbook(path)
    sheet = workbook["Worklist"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for header, value in {
        "Auditor decision": "agree",
        "Root cause": "coding",
        "Auditor": "Marlowe",
        "Note": "Jane Roe said 09/15/2026",
        "Coder response": "ask Quimby",
    }.items():
        sheet.cell(2, columns[header], value)
    workbook.save(path)
    return sheet.cell(2, columns["Finding"]).value, sheet.max_row - 1


@pytest.mark.parametrize("earlier", ["open", "shared"])
def test_choices_of_an_earlier_workbook_are_carried_and_nothing_typed(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", no_pdf)
    auditor_run(hospital, earlier, *(["--mask"] if earlier == "shared" else []))
    book_of_earlier = hospital / earlier / "audit.xlsx"
    _, findings = decide(book_of_earlier)
    result = auditor_run(hospital, "again", "--mask", "--decisions", str(book_of_earlier))
    assert f"Decisions of workbook 1: 1 finding with decisions; 0 new, 0 changed, {findings}" in (
        result.output
    )
    sheet = load_workbook(hospital / "again" / "audit.xlsx")["Worklist"]
    columns = {cell.value: cell.column - 1 for cell in sheet[1]}
    rows = [row for row in sheet.iter_rows(2, values_only=True) if row[columns["Auditor decision"]]]
    headers = ("Auditor decision", "Root cause", "Auditor", "Note", "Coder response")
    assert [[row[columns[h]] for h in headers] for row in rows] == [
        ["agree", "coding", None, None, None]
    ]
    assert leaks(hospital / "again", everything()) == []


@pytest.mark.parametrize("mask", [(), ("--mask",)])
def test_a_masked_workbook_filled_in_elsewhere_comes_home(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, mask: tuple[str, ...]
) -> None:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", no_pdf)
    auditor_run(hospital, "shared", "--mask")
    decide(hospital / "shared" / "audit.xlsx")
    shared = str(hospital / "shared" / "audit.xlsx")
    result = auditor_run(hospital, "home", *mask, "--decisions", shared)
    assert "1 finding with decisions; 0 new, 0 changed," in result.output, result.output


def test_a_password_protects_a_masked_audit_as_well(
    hospital: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", no_pdf)
    monkeypatch.setenv("INFUSION_AUDITOR_PASSWORD", "correct horse")
    result = auditor_run(hospital, "shared", "--mask")
    assert sorted(path.name for path in (hospital / "shared").iterdir()) == [
        *("audit.xlsx", "manifest.json", "protected.zip")
    ], result.output


def test_a_broken_key_ends_with_a_sentence(hospital: Path) -> None:
    (hospital / "own" / "mask.key").write_text("lost")
    result = auditor_run(hospital, "shared", "--mask")
    assert result.exit_code == 2
    assert "is no masking key" in result.output
    assert not (hospital / "shared").exists()
