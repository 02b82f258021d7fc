"""What else reads or checks an extract: ``python -m benchmarks.alternatives NAME FOLDER``.

``fastexcel``: every workbook to Arrow, types from all rows, because types from the first thousand
lose what comes later.  ``openpyxl``: every workbook by ``pandas.read_excel``.  ``pandera``: ten
checks of rows that are close to ten of ours, whole columns at a time, as somebody would write them
who has frames and no program; what it says of a record is less, for it knows no course of a drug,
no hierarchy and no policy.  The last line is JSON: seconds of processor without starting, importing
and, for ``pandera``, reading.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

IV = ("IV", "IVPB", "IV push")
INITIAL = ("96365", "96374", "96409", "96413", "96360")


def fastexcel(folder: Path) -> tuple[float, int]:
    """Seconds and rows."""
    import fastexcel as reader

    began = process_time()
    rows = 0
    for path in sorted(folder.glob("*.xlsx")):
        sheet = reader.read_excel(path).load_sheet(0, schema_sample_rows=None)
        rows += sheet.to_arrow().num_rows
    return process_time() - began, rows


def openpyxl(folder: Path) -> tuple[float, int]:
    """Seconds and rows."""
    import openpyxl as _  # noqa: F401
    import pandas as pd

    began = process_time()
    rows = sum(
        len(pd.read_excel(path, engine="openpyxl")) for path in sorted(folder.glob("*.xlsx"))
    )
    return process_time() - began, rows


def pandera(folder: Path) -> tuple[float, int]:
    """Seconds, and rows that fail some check."""
    import fastexcel as reader
    import pandera.pandas as pa

    frames = [
        reader.read_excel(folder / f"{name}.xlsx")
        .load_sheet(0, schema_sample_rows=None)
        .to_pandas()
        for name in ("mar", "infusion_clinic_mar", "claims", "orders", "encounters")
    ]
    began = process_time()
    mar, claims = _prepared(*frames)
    failed = 0
    for frame, rules in ((mar, _MAR), (claims, _CLAIMS)):
        named = [pa.Check(rule, name=rule.__name__) for rule in rules]
        try:
            pa.DataFrameSchema(checks=named).validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            failed += errors.failure_cases["index"].nunique()
    return process_time() - began, failed


def _prepared(mar: Any, clinic: Any, claims: Any, orders: Any, encounters: Any) -> tuple[Any, Any]:
    """The frames with the times as times, and beside each row what other rows say of it."""
    import pandas as pd

    mar["taken"] = pd.to_datetime(mar["TAKEN_TIME"], errors="coerce")
    ordered = orders.drop_duplicates("ORDER_MED_ID").set_index("ORDER_MED_ID")["ORDER_TIME"]
    mar["ordered"] = pd.to_datetime(mar["ORDER_MED_ID"].map(ordered), errors="coerce")
    course = [mar["PAT_ENC_CSN_ID"], mar["ORDER_MED_ID"]]
    for column, action in (("began", "New Bag"), ("ended", "Stopped")):
        mar[column] = (
            mar["taken"].where(mar["MAR_ACTION"] == action).groupby(course).transform("max")
        )
    pushed = mar[(mar["ROUTE"] == "IV push") & (mar["MAR_ACTION"] == "Given")]
    pushed = pushed[~pushed["MEDICATION"].str.contains("flush")].sort_values("taken")
    mar["since"] = pushed.groupby(["PAT_ENC_CSN_ID", "MEDICATION"])["taken"].diff()
    accounts = encounters.set_index("HSP_ACCOUNT_ID")["PAT_ENC_CSN_ID"]
    claims["encounter"] = claims["Patient Control Number"].map(accounts)
    charted = pd.concat([mar["PAT_ENC_CSN_ID"], clinic["Encounter #"]])
    claims["charted"] = claims["encounter"].isin(charted)
    initial = claims["HCPCS"].isin(INITIAL) & (claims["Mod 1"] != "59")
    claims["initial"] = initial.groupby(claims["encounter"]).transform("sum")
    return mar, claims


# ── ten checks, each true where a row is well ─────────────────────────────────────────────────


def _given(mar: Any) -> Any:
    return mar["ROUTE"].isin(IV) & mar["MAR_ACTION"].isin(("Given", "New Bag"))


def incomplete_administration_record(mar: Any) -> Any:
    stated = mar[["SIG", "DOSE_UNIT", "USER_ID", "CREDENTIAL"]].notna().all(axis=1)
    return ~_given(mar) | stated & mar["taken"].notna()


def access_site_not_documented(mar: Any) -> Any:
    return ~_given(mar) | mar["SITE"].notna()


def infusion_without_stop_time(mar: Any) -> Any:
    return (mar["MAR_ACTION"] != "New Bag") | mar["ended"].notna()


def infusion_without_start_time(mar: Any) -> Any:
    return (mar["MAR_ACTION"] != "Stopped") | mar["began"].notna()


def implausible_infusion_time(mar: Any) -> Any:
    hours = (mar["ended"] - mar["began"]).dt.total_seconds() / 3600
    return hours.isna() | hours.between(0, 24)


def order_after_administration(mar: Any) -> Any:
    return ~_given(mar) | mar["ordered"].isna() | (mar["ordered"] <= mar["taken"])


def repeat_push_within_30_minutes(mar: Any) -> Any:
    minutes = mar["since"].dt.total_seconds() / 60
    return minutes.isna() | (minutes > 30)


def code_not_valid_on_service_date(claims: Any) -> Any:
    return claims["HCPCS"].isna() | claims["HCPCS"].str.fullmatch(r"[A-Z0-9]\d{4}")


def billed_service_without_administration(claims: Any) -> Any:
    return claims["encounter"].isna() | claims["charted"]


def more_than_one_initial_service(claims: Any) -> Any:
    return claims["initial"] <= 1


_MAR: tuple[Callable[[Any], Any], ...] = (
    incomplete_administration_record,
    access_site_not_documented,
    infusion_without_stop_time,
    infusion_without_start_time,
    implausible_infusion_time,
    order_after_administration,
    repeat_push_within_30_minutes,
)
_CLAIMS: tuple[Callable[[Any], Any], ...] = (
    code_not_valid_on_service_date,
    billed_service_without_administration,
    more_than_one_initial_service,
)
ALTERNATIVES = {one.__name__: one for one in (fastexcel, openpyxl, pandera)}


if __name__ == "__main__":
    seconds, rows = ALTERNATIVES[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"processor": round(seconds, 3), "rows": rows}))
