"""What cannot be read is no gap of the record: the checks say so, and name the cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from loading import CLAIM, LOG, MAR, loaded, only, said, text, verdicts

from auditor.load import InputError, Loaded, Profile, load
from auditor.verdict import Outcome

DAY = "03/10/2026 "
HYDRATION = (CLAIM[0], ("C1", "E1", 1, "96360", 1, "03/10/2026"))
INFUSION = (CLAIM[0], ("C1", "E1", 1, "96365", 1, "03/10/2026"))
PUSH = (CLAIM[0], ("C1", "E1", 1, "96374", 1, "03/10/2026"))
SALINE = ("E1", "normal saline 1000 mL", DAY + "08:10", DAY + "09:10", "IV infusion")
ORDERS = ("Encounter", "Order ID", "Drug", "Ordered At", "Order Mode", "Authenticated At")
STAYS = ("Encounter", "Arrived At", "Discharged At")


def event(time: str, action: str, order: str = "O1", drug: str = "vancomycin") -> tuple[str, ...]:
    return ("E1", order, drug, time, action, "IV")


def files(folder: Path, *, claims: Sequence[Any] = INFUSION, **sheets: Sequence[Any]) -> Loaded:
    return loaded(folder, claims=claims, **sheets)


def test_a_stop_whose_time_cannot_be_read_is_no_missing_stop(tmp_path: Path) -> None:
    rows = [MAR, event(DAY + "08:00", "New Bag"), event("8h55", "Stopped")]
    assert said(files(tmp_path, mar=rows), "infusion_without_stop_time") == [
        "undetermined: vancomycin has no stop time in the rows that could be used; one that was "
        "rejected may hold it (month.xlsx · mar · D3)."
    ]


def test_a_start_whose_time_cannot_be_read_is_no_missing_start(tmp_path: Path) -> None:
    rows = [MAR, event("8h05", "New Bag"), event(DAY + "08:55", "Stopped")]
    assert said(files(tmp_path, mar=rows), "infusion_without_start_time") == [
        "undetermined: vancomycin has no start time in the rows that could be used; one that was "
        "rejected may hold it (month.xlsx · mar · D2)."
    ]


@pytest.mark.parametrize(
    "other",
    [
        event("8h55", "Stopped", drug="cefazolin"),
        event("8h55", "Stopped", order="O2"),
        event("8h55", "Rate Verify"),
        event("8h55", "Refused"),
    ],
)
def test_a_rejected_row_that_cannot_hold_the_stop_changes_nothing(
    tmp_path: Path, other: tuple[str, ...]
) -> None:
    rows = [MAR, event(DAY + "08:00", "New Bag"), other]
    (verdict,) = verdicts(files(tmp_path, mar=rows), "infusion_without_stop_time")
    assert verdict.outcome is Outcome.DEFICIENT


def test_rejected_rows_of_a_patient_may_be_of_each_of_his_encounters(tmp_path: Path) -> None:
    stays = [("MRN", *STAYS), ("P1", "E1", DAY + "07:00", None), ("P1", "E2", DAY + "17:00", None)]
    rows = [("MRN", *MAR[1:]), ("P1", "O1", "vancomycin", "8h", "New Bag", "IV")]
    log = [LOG, ("E1", "vancomycin", DAY + "08:00", None, "IVPB")]
    result = files(tmp_path, stays=stays, mar=rows, log=log)
    for name in ("E1", "E2"):
        (row,) = only(result, name).rejected
        assert (row.kind, row.cell, row.drug) == (
            "administration", "month.xlsx · mar · D2", "vancomycin"
        )  # fmt: skip


def test_an_order_whose_time_cannot_be_read_is_an_order_all_the_same(tmp_path: Path) -> None:
    orders = [ORDERS, ("E1", "O1", "normal saline 1000 mL", "2026-03-10 8h05", "written", None)]
    result = files(tmp_path, claims=HYDRATION, log=[LOG, SALINE], orders=orders)
    (order,) = only(result).orders
    assert (order.order_id, order.ordered_at) == ("O1", None)
    assert said(result, "hydration_without_order") == [
        "undetermined: The time of the order for 0.9% sodium chloride cannot be read "
        "(month.xlsx · orders · D2); it would tell whether the order came in time."
    ]
    assert result.ledger.problems == (
        "month.xlsx · orders: cells of “Ordered At” left out, because each cannot be read as a "
        "date and time (1 in all, first at D2).",
    )


def test_a_signature_whose_time_cannot_be_read_is_no_missing_signature(tmp_path: Path) -> None:
    orders = [ORDERS, ("E1", "O1", "normal saline", DAY + "08:00", "verbal", "next morning")]
    result = files(tmp_path, claims=HYDRATION, log=[LOG, SALINE], orders=orders)
    assert said(result, "hydration_without_order") == [
        "undetermined: The verbal order for 0.9% sodium chloride was authenticated at a time that "
        "cannot be read (month.xlsx · orders · F2)."
    ]


@pytest.mark.parametrize(
    ("number", "drug", "outcome"),
    [
        ("1.2E+09", "normal saline", Outcome.UNDETERMINED),
        ("1.2E+09", None, Outcome.UNDETERMINED),
        ("1.2E+09", "cefazolin", Outcome.DEFICIENT),
    ],
)
def test_a_rejected_order_may_be_the_one_that_is_wanting(
    tmp_path: Path, number: str, drug: str | None, outcome: Outcome
) -> None:
    orders = [ORDERS, ("E1", number, drug, DAY + "08:00", "written", None)]
    result = files(tmp_path, claims=HYDRATION, log=[LOG, SALINE], orders=orders)
    (verdict,) = verdicts(result, "hydration_without_order")
    assert verdict.outcome is outcome
    assert ("month.xlsx · orders · B2" in verdict.because) is (outcome is Outcome.UNDETERMINED)


def test_hydration_that_only_rejected_rows_may_be(tmp_path: Path) -> None:
    log = [LOG, (*SALINE[:2], "8h", *SALINE[3:]), ("E1", "ondansetron", DAY + "08:00", None, "IVP")]
    result = files(tmp_path, claims=HYDRATION, log=log)
    (sentence,) = said(result, "hydration_without_order")
    assert sentence.startswith("undetermined: Hydration is billed")
    assert "month.xlsx · log · C2" in sentence


def test_a_service_that_a_rejected_row_may_be(tmp_path: Path) -> None:
    log = [LOG, SALINE, ("E1", "ondansetron", "8h", None, "IV push")]
    assert said(files(tmp_path, claims=PUSH, log=log), "billed_service_without_administration") == [
        "undetermined: 96374 is billed, and no push stands in the rows that could be used; one "
        "that was rejected may be it (month.xlsx · log · C3)."
    ]


def test_an_element_that_cannot_be_read_is_not_blank(tmp_path: Path) -> None:
    header = (*LOG, "Dose", "Dose Unit")
    row = ("E1", "cefazolin", DAY + "08:00", DAY + "08:40", "IVPB")
    unread = files(tmp_path, log=[header, (*row, "two vials", "mg")])
    assert said(unread, "incomplete_administration_record") == [
        "undetermined: The record of cefazolin lacks its dose only as far as it could be read; "
        "what could not be used may say it (month.xlsx · log · F2)."
    ]
    (blank,) = verdicts(
        files(tmp_path, log=[header, (*row, None, "mg")]), "incomplete_administration_record"
    )
    assert blank.outcome is Outcome.DEFICIENT


def test_an_arrival_that_cannot_be_read_is_not_missing(tmp_path: Path) -> None:
    header = (*LOG, "Started by EMS")
    log = [header, ("E1", "vancomycin", None, DAY + "08:55", "IVPB", "yes")]
    stays = [STAYS, ("E1", "early", DAY + "12:00")]
    (sentence,) = said(files(tmp_path, log=log, stays=stays), "infusion_started_by_ems")
    assert sentence == (
        "undetermined: vancomycin was begun elsewhere, and the time of arrival cannot be read "
        "(month.xlsx · stays · B2)."
    )


def test_the_rows_of_a_refused_sheet_may_hold_what_is_missing(tmp_path: Path) -> None:
    refused = [MAR, event(DAY + "08:55", "Stopped"), event(DAY + "09:00", "Levitated")]
    log = [(*LOG, "Order ID"), ("E1", "vancomycin", DAY + "08:00", None, "IVPB", "O1")]
    (sentence,) = said(files(tmp_path, mar=refused, log=log), "infusion_without_stop_time")
    assert "month.xlsx · mar · E2" in sentence


def test_dates_that_nobody_settled_refuse_their_sheet_and_accuse_nobody(tmp_path: Path) -> None:
    mar = text(tmp_path / "mar.csv", [MAR, event("03/10/2026 08:55", "Stopped")])
    log = text(tmp_path / "log.csv", [LOG, ("E1", "vancomycin", "2026-03-10 08:00", None, "IVPB")])
    claims = text(tmp_path / "claims.csv", [CLAIM[0], ("C1", "E1", 1, "96365", 1, "2026-03-10")])
    profile = Profile(timezone="America/New_York")
    result = load([mar, log, claims], profile)
    (sentence,) = said(result, "infusion_without_stop_time")
    assert "mar.csv · row 2" in sentence
    with pytest.raises(InputError):
        load([mar, claims], profile)
