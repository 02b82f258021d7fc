"""Parquet files: exact values, instants and wall times, what has no place in a cell, damage."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from loading import CLAIM, PROFILE, clock, only, text
from pyarrow import parquet

from auditor.load import InputError, Loaded, load
from auditor.load.ledger import Problems
from auditor.load.parquet import read_parquet


def written(path: Path, **columns: pyarrow.Array) -> Path:
    parquet.write_table(pyarrow.table(columns), path)
    return path


def loaded(folder: Path, **columns: pyarrow.Array) -> Loaded:
    claims = text(folder / "claims.csv", CLAIM)
    return load([claims, written(folder / "log.parquet", **columns)], PROFILE)


EIGHT = datetime(2026, 9, 1, 8, 30)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (pyarrow.array([12345678901234567, 7, None]), ["12345678901234567", "7", None]),
        (pyarrow.array(["00123", "", None]), ["00123", "", None]),
        (pyarrow.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pyarrow.array([Decimal("1.10"), Decimal("12345678901234567890.25"), None]),
         ["1.10", "12345678901234567890.25", None]),
        (pyarrow.array([0.1 + 0.2, 96365.0, float("nan")]), ["0.3", "96365", None]),
        (pyarrow.array([True, False, None]), ["true", "false", None]),
        (pyarrow.array([date(2026, 9, 1)]), ["2026-09-01"]),
        (pyarrow.array([time(8, 30)]), ["08:30:00.000000"]),
        (pyarrow.array([EIGHT], pyarrow.timestamp("s")), ["2026-09-01 08:30:00.000"]),
        (pyarrow.array([EIGHT.replace(tzinfo=UTC)], pyarrow.timestamp("us", "America/New_York")),
         ["2026-09-01 08:30:00.000000Z"]),
        (pyarrow.nulls(2), [None, None]),
    ],
)  # fmt: skip
def test_values_come_as_they_are_stored(
    tmp_path: Path, stored: pyarrow.Array, shown: list[str | None]
) -> None:
    path = written(tmp_path / "a.parquet", column=stored)
    raw = read_parquet(path.name, path.read_bytes(), Problems())
    assert raw.cells[0].tolist() == ["column", *shown]


def test_a_stamp_with_a_zone_is_an_instant_and_one_without_is_on_the_wall(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        Encounter=pyarrow.array(["E1"]),
        Drug=pyarrow.array(["ceftriaxone"]),
        Start=pyarrow.array([datetime(2026, 9, 1, 12, tzinfo=UTC)], pyarrow.timestamp("ns", "UTC")),
        Stop=pyarrow.array([datetime(2026, 9, 1, 8, 40)], pyarrow.timestamp("ns")),
        Route=pyarrow.array(["IVPB"]),
    )
    (administration,) = only(result).administrations
    assert f"{clock(administration.start)}-{clock(administration.stop)}" == "08:00-08:40"
    assert administration.sources[0].cell("stop") == "log.parquet · D2"


def test_nested_columns_are_left_out_in_one_sentence(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        Encounter=pyarrow.array(["E1"]),
        Codes=pyarrow.array([["a", "b"]]),
        Drug=pyarrow.array(["ceftriaxone"]),
        Person=pyarrow.array([{"name": "x"}]),
        Start=pyarrow.array(["9/1/2026 8:00"]),
        Stop=pyarrow.array(["9/1/2026 8:40"]),
        Route=pyarrow.array(["IVPB"]),
    )
    assert result.ledger.problems[0] == (
        "log.parquet: the columns left out hold lists, records or bytes, which no cell can: "
        "“Codes”, “Person”. Write what is needed of them as columns of their own."
    )
    assert only(result).administrations[0].sources[0].cell("drug") == "log.parquet · C2"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[:-200], "is damaged or cut off"),
        (lambda data: data[:8] + bytes(40) + data[48:], "is damaged or cut off"),
        (lambda data: b"PARE" + data[4:], "is encrypted"),
        (lambda data: data[:4], "is damaged or cut off"),
    ],
)
def test_a_damaged_file_gets_one_sentence(tmp_path: Path, damage, says: str) -> None:
    path = written(tmp_path / "a.parquet", a=pyarrow.array(["x" * n for n in range(200)]))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError) as refused:
        load([path], PROFILE)
    (problem,) = refused.value.problems
    assert problem.startswith(f"a.parquet: {says}")


def test_a_column_that_repeats_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.load.parquet._MOST_CELLS", 1_000)
    path = written(tmp_path / "a.parquet", a=pyarrow.array([1] * 1_001))
    with pytest.raises(InputError, match=r"a\.parquet: unpacks to more than can be read"):
        load([path], PROFILE)
