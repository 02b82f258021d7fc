"""Damaged files: no traceback, the ledger agrees, no deficiency that the damage does not explain.

What is explained stands in ``benchmarks/damage.py``, which goes through 2,000 seeds; here are some.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from loading import CLAIM, LOG, MAR, PROFILE, given, loaded, only, runs, said, text

from auditor.load import InputError, load
from benchmarks.damage import before, columns, result, without_column

SEEDS, PARTS = 40, 4


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_damage_does_not_explain_is_not_found(part: int) -> None:
    assert len(before()) > 10
    for seed in range(part, SEEDS, PARTS):
        assert not result(seed).wrong, f"python -m benchmarks.damage 1 {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_lost_column_makes_no_finding(part: int) -> None:
    for number in range(part, columns(), PARTS):
        assert not result(number, without_column).wrong, number


# ── what the damages showed ───────────────────────────────────────────────────────────────────

DAY = "09/01/2026 "
FULL = ("Encounter", "Drug", "Start", "Stop", "Route", "Rate", "Dose", "Given By", "Credential")
GIVEN = (
    "E2",
    "ceftriaxone",
    DAY + "08:00",
    DAY + "08:40",
    "IVPB",
    "100 mL/hr",
    "1 g",
    "RN-1",
    "RN",
)


def test_a_column_that_only_another_sheet_has_is_no_blank(tmp_path: Path) -> None:
    bare = [LOG, ("E1", "ceftriaxone", DAY + "08:00", DAY + "08:40", "IVPB")]
    result = loaded(tmp_path, ward=bare, clinic=[FULL, GIVEN])
    ward, clinic = (only(result, name).administrations[0] for name in ("E1", "E2"))
    assert [name for name in ("rate", "dose", "staff") if ward.lacks_column(name)] == [
        "rate", "dose", "staff"
    ]  # fmt: skip
    assert not any(clinic.lacks_column(name) for name in ("rate", "dose", "staff", "start", "stop"))
    assert not [one for one in said(result, "incomplete_administration_record") if "rate" in one]


def test_a_deficiency_is_left_open_where_its_own_sheet_has_no_column(tmp_path: Path) -> None:
    claims = [CLAIM[0], *(("C1", e, 1, "96365", 1, "09/01/2026") for e in ("E1", "E2"))]
    bare = [(*LOG[:3], "Route"), ("E1", "ceftriaxone", DAY + "08:00", "IVPB")]
    result = loaded(
        tmp_path, claims=claims, ward=bare, clinic=[FULL, (*GIVEN[:3], None, *GIVEN[4:])]
    )
    ward, clinic = (said(result, "infusion_without_stop_time", of=name) for name in ("E1", "E2"))
    assert ward == [
        "undetermined: month.xlsx · ward has no column for stop; without one this cannot be judged."
    ]
    assert [one.partition(":")[0] for one in clinic] == ["deficient"]


ORDERED = [
    ("Encounter", "Order ID", "Drug", "Route", "Ordered At"),
    ("E1", "R1", "ceftriaxone", "IV", DAY + "07:30"),
]
BARE = [MAR, ("E1", "R1", "ceftriaxone", DAY + "08:00", "Given", "IV push")]


@pytest.mark.parametrize(
    ("lost", "check", "found"),
    [
        ("Drug", "drug_not_classified", "drug"),
        ("Route", "billed_service_without_administration", "route"),
        ("Order ID", "incomplete_administration_record", None),
    ],
)
def test_what_an_order_would_tell_is_open_where_there_is_none(
    tmp_path: Path, lost: str, check: str, found: str | None
) -> None:
    at = BARE[0].index(lost)
    ward = [(*row[:at], *row[at + 1 :]) for row in BARE]
    clinic = [(*FULL, "Order ID"), (*GIVEN, "R9")]
    claims = [CLAIM[0], ("C1", "E1", 1, "96374", 1, "09/01/2026")]
    kinds = {"orders": "order", "ward": "mar_event", "clinic": "administration"}
    profile = PROFILE.model_copy(update={"sheets": kinds})
    for orders in (ORDERED, [ORDERED[0], ("E2", "R9", *ORDERED[1][2:])]):
        sheets = {"claims": claims, "ward": ward, "clinic": clinic, "orders": orders}
        result = loaded(tmp_path, profile, **sheets)
        (given,) = only(result, "E1").administrations
        is_told = orders is ORDERED and found is not None
        assert given.lacks_column(found or "order_id") is not is_told
        assert not [one for one in said(result, check, of="E1") if "lacks an order" in one]
        if found and not is_told:
            said_ = said(result, check, of="E1")
            assert said_ and all(one.startswith("undetermined: ") for one in said_)


def test_a_bag_that_the_flowsheet_leaves_out_lacks_its_stop(tmp_path: Path) -> None:
    claims = [CLAIM[0], *(("C1", e, 1, "96365", 1, "09/01/2026") for e in ("E1", "E2"))]
    log = [
        ("Encounter", "Order ID", "Bag ID", "Drug", "Start", "Route"),
        ("E1", "R1", "B1", "ceftriaxone", DAY + "08:00", "IVPB"),
        ("E2", "R2", "B2", "ceftriaxone", DAY + "08:00", "IVPB"),
    ]
    flow = [("Order ID", "Bag ID", "Stop"), ("R1", "B1", DAY + "08:40")]
    profile = PROFILE.model_copy(update={"sheets": {"flow": "flowsheet"}})
    result = loaded(tmp_path, profile, claims=claims, log=log, flow=flow)
    told, left_out = (said(result, "infusion_without_stop_time", of=name) for name in ("E1", "E2"))
    assert [one.partition(":")[0] for one in told + left_out] == ["met", "deficient"]


def test_a_blank_under_its_column_is_one(tmp_path: Path) -> None:
    result = loaded(tmp_path, clinic=[FULL, (*GIVEN[:5], None, *GIVEN[6:])])
    assert said(result, "incomplete_administration_record") == [
        "deficient: The record of ceftriaxone lacks its rate."
    ]


@pytest.mark.parametrize("rate", ["5 mcg/kg/min", "100"])
def test_a_rate_in_another_unit_or_without_one_is_no_blank(tmp_path: Path, rate: str) -> None:
    result = loaded(tmp_path, clinic=[FULL, (*GIVEN[:5], rate, *GIVEN[6:])])
    (sentence,) = said(result, "incomplete_administration_record")
    assert sentence.startswith("undetermined: The record of ceftriaxone lacks its rate only as far")
    assert sentence.endswith("(month.xlsx · clinic · F2).")


@pytest.mark.parametrize("bags", [("B1", "B1", "B2", "B2"), ("B1", "B2", "B3", "B4")])
def test_actions_of_bags_without_their_column_are_no_administrations(
    tmp_path: Path, bags: tuple[str, ...]
) -> None:
    header = ("Encounter", "Order ID", "Drug", "Time Given", "Route", "Bag ID")
    rows = [("E1", "O1", "ceftriaxone", f"{DAY}{8 + n:02}:00", "IVPB", bag)
            for n, bag in enumerate(bags)]  # fmt: skip
    claims = text(tmp_path / "claims.csv", CLAIM)
    mar = text(tmp_path / "mar.csv", [header, *rows])
    if len(set(bags)) == len(bags):  # each bag hung once: a log
        assert len(only(load([claims, mar], PROFILE)).administrations) == 4
        return
    with pytest.raises(InputError, match="no column of row 1 gives action"):
        load([claims, mar], PROFILE)


@pytest.mark.parametrize(
    ("volume", "rate", "expected"),
    [
        ("8783 mL", "1 mL/hr", "C"),
        ("8784 mL", "1 mL/hr", "E"),  # a year of 366 days
        ("999999999999 mL", "0.00001 mL/hr", "E"),
    ],
)
def test_no_bag_runs_for_a_year(tmp_path: Path, volume: str, rate: str, expected: str) -> None:
    row = ("E1", "R1", "ceftriaxone", DAY + "08:00", "New Bag", "IV", volume, rate)
    (one,) = given(tmp_path, row, header=(*MAR, "Volume", "Rate"))
    assert runs(one)[-1] == expected
