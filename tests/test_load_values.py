"""One cell, one value: times, numbers, codes and identifiers as people and programs write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from auditor.load import values
from auditor.load.moments import Calendar, Moment, Unread, aware, date_orders, moment, shape_of
from auditor.load.vocabulary import read_route
from auditor.record import Method, Route

ZONE = ZoneInfo("America/New_York")
MONTH_FIRST = Calendar(day_first=False)


def read(text: str, calendar: Calendar = MONTH_FIRST) -> str:
    found = aware(moment(text, calendar), ZONE)
    return found.reason if isinstance(found, Unread) else f"{found:%Y-%m-%d %H:%M:%S%z}"


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-01 08:36:00", "2026-09-01T08:36", "2026-09-01T08:36:00.123", "09/01/2026 08:36",
        "9/1/2026 8:36 AM", "9/1/26 8:36a", "09/01/2026 0836", "9-1-2026 8:36", "9.1.2026, 08:36",
        "20260901 0836", "202609010836", "20260901083600", "01SEP2026:08:36:00", "1-Sep-26 8:36",
        "Sep 1, 2026 8:36 AM", "September 1, 2026 at 08:36", "46266.3583333333",
        "46266.358333333336",
        "2026-09-01T12:36:00Z", "2026-09-01 08:36 EDT", "2026-09-01T07:36-05:00", "2026/09/01 8:36",
    ],
)  # fmt: skip
def test_one_time_in_many_spellings(text: str) -> None:
    assert read(text) == "2026-09-01 08:36:00-0400"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09/01/2026 24:00", "2026-09-02 00:00:00-0400"),
        ("09/30/2026 24:00", "2026-10-01 00:00:00-0400"),
        ("09/01/2026 00:00", "2026-09-01 00:00:00-0400"),
        ("09/01/2026 12:15 AM", "2026-09-01 00:15:00-0400"),
        ("09/01/2026 12:15 PM", "2026-09-01 12:15:00-0400"),
        ("09/01/2026 24:01", "cannot be read as a date and time"),
        ("09/26/2026 25:71", "cannot be read as a date and time"),
        ("09/01/2026 13:00 PM", "cannot be read as a date and time"),
        ("02/30/2026 10:00", "cannot be read as a date and time"),
        ("02/09/0206 10:00", "cannot be read as a date and time"),
        ("soon", "cannot be read as a date and time"),
        ("2026-09-01T08:36+14:00", "2026-08-31 14:36:00-0400"),
        ("2026-09-01T08:36+14:01", "cannot be read as a date and time"),
        ("2026-09-01T08:36-44:00", "cannot be read as a date and time"),
        ("2026-09-01T08:36-04:60", "cannot be read as a date and time"),
        ("7", "cannot be read as a date and time"),
        ("09/01/2026", "has a date but no time of day"),
        ("46266", "has a date but no time of day"),
        ("0836", "has a time of day but no date"),
        ("1899-12-31 08:36:00", "has a time of day but no date"),
        ("26/09/2026 08:36", "2026-09-26 08:36:00-0400"),
    ],
)
def test_times_at_their_limits(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/08/2026 01:59", "2026-03-08 01:59:00-0500"),
        ("03/08/2026 02:00", "does not exist on that day, because the clocks were put forward"),
        ("03/08/2026 02:59", "does not exist on that day, because the clocks were put forward"),
        ("03/08/2026 03:00", "2026-03-08 03:00:00-0400"),
        ("11/01/2026 00:59", "2026-11-01 00:59:00-0400"),
        ("11/01/2026 01:30", "2026-11-01 01:30:00-0400"),
        ("11/01/2026 01:30 EDT", "2026-11-01 01:30:00-0400"),
        ("11/01/2026 01:30 EST", "2026-11-01 01:30:00-0500"),
        ("11/01/2026 02:00", "2026-11-01 02:00:00-0500"),
    ],
)
def test_nights_on_which_the_clocks_change(text: str, expected: str) -> None:
    assert read(text) == expected


def test_serials_of_the_1904_system_lie_four_years_later() -> None:
    assert read("44804.5", Calendar(from_1904=True)) == read("46266.5")


@pytest.mark.parametrize(
    ("day_first", "expected"),
    [(False, date(2026, 5, 6)), (True, date(2026, 6, 5)), (None, None)],
)
def test_an_ambiguous_date_is_read_as_told(day_first: bool | None, expected: date | None) -> None:
    found = moment("05/06/2026", Calendar(day_first))
    assert (found.date if isinstance(found, Moment) else None) == expected


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["05/06/2026", "09/13/2026"], {False}),
        (["05/06/2026", "13/09/2026"], {True}),
        (["05/06/2026", "12/12/2026"], set()),
        (["09/13/2026", "13/09/2026"], {True, False}),
        (["2026-09-13"], set()),
    ],
)
def test_a_column_shows_its_date_order(texts: list[str], shown: set[bool]) -> None:
    assert date_orders(texts) == shown


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["08:36", "0900"], "time"),
        (["1899-12-31 08:36:00"], "time"),
        (["09/01/2026"], "date"),
        (["2026-09-01 00:00:00", "2026-09-02 00:00:00"], "date"),
        (["2026-09-01 00:00:00", "2026-09-02 08:00:00"], "both"),
        ([], "both"),
    ],
)
def test_a_column_shows_what_it_states(texts: list[str], shape: str) -> None:
    assert shape_of(texts) == shape


def test_a_zone_in_the_text_wins() -> None:
    found = aware(moment("2026-09-01T08:00:00+02:00"), ZONE)
    assert found == datetime(2026, 9, 1, 6, tzinfo=UTC)
    assert isinstance(found, datetime) and found.tzinfo is ZONE
    assert UTC is UTC


UNREAD = "unread"


def value(reader: object, text: str) -> object:
    assert callable(reader)
    found = reader(text)
    return UNREAD if isinstance(found, Unread) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("96365", ("96365", ())),
        ("96365-59", ("96365", ("59",))),
        ("96365 59", ("96365", ("59",))),
        ("9636559", ("96365", ("59",))),
        ("96365-59-XS", ("96365", ("59", "XS"))),
        ("96365,59,XS", ("96365", ("59", "XS"))),
        ("9636559XS", ("96365", ("59", "XS"))),
        ("j1100", ("J1100", ())),
        ("96365.0", ("96365", ())),
        ("0001A", ("0001A", ())),
        ("100", ("00100", ())),
        ("963655", UNREAD),
        ("96365 INFUSION", UNREAD),
        ("infusion", UNREAD),
    ],
)
def test_hcpcs_cells(text: str, expected: object) -> None:
    assert value(values.hcpcs, text) == expected


@pytest.mark.parametrize(
    ("reader", "text", "expected"),
    [
        (values.modifiers, "59", ("59",)),
        (values.modifiers, "59, LT", ("59", "LT")),
        (values.modifiers, "59.0", ("59",)),
        (values.modifiers, "xs", ("XS",)),
        (values.modifiers, "none given", UNREAD),
        (values.revenue_code, "450", "0450"),
        (values.revenue_code, "0260.0", "0260"),
        (values.revenue_code, "25", "0025"),
        (values.revenue_code, "ED", UNREAD),
        (values.bill_type, "0131", "131"),
        (values.bill_type, "131.0", "131"),
        (values.number, "$1,234.50", Decimal("1234.50")),
        (values.number, "(12.00)", Decimal("-12")),
        (values.number, "12.00-", Decimal("-12")),
        (values.number, "1.0", Decimal(1)),
        (values.number, "1E+3", Decimal(1000)),
        (values.number, "E3", UNREAD),
        (values.number, "-", UNREAD),
        (values.number, "$.5", Decimal("0.5")),
        (values.number, "999999999999999", Decimal(999_999_999_999_999)),
        (values.number, "1000000000000000", UNREAD),
        (values.number, "1E-14", Decimal("0.00000000000001")),
        (values.number, "1E-15", UNREAD),
        (values.number, "0E99", Decimal(0)),
        (values.number, "3E09999999", UNREAD),
        (values.number, "3E-9999999", UNREAD),
        (values.number, "9" * 5000, UNREAD),
        (values.quantity, "9" * 5000 + " mL", UNREAD),
        (values.duration, "9" * 5000 + " min", UNREAD),
        (values.duration, "0 hr 30 min", 30),
        (values.identifier, "1E" + "9" * 5000, "1E" + "9" * 5000),
        (values.number, "12,34", UNREAD),
        (values.number, "one", UNREAD),
        (values.quantity, "1,000 mL", (Decimal(1000), "mL")),
        (values.quantity, "75 mL/hr", (Decimal(75), "mL/hr")),
        (values.quantity, "1000 mg mg", (Decimal(1000), "mg")),
        (values.quantity, ".5", (Decimal("0.5"), None)),
        (values.quantity, "10-20 mg", UNREAD),
        (values.quantity, "per protocol", UNREAD),
        (values.volume, "1 L", Decimal(1000)),
        (values.volume, "250", Decimal(250)),
        (values.volume, "250 mg", UNREAD),
        (values.duration, "60", 60),
        (values.duration, "60 min", 60),
        (values.duration, "1 hr 30 min", 90),
        (values.duration, "1.5 hours", 90),
        (values.duration, "1:30", 90),
        (values.duration, "10 hours", 600),
        (values.duration, "over lunch", UNREAD),
        (values.identifier, "00123", "00123"),
        (values.identifier, "123.0", "123"),
        (values.identifier, "RN-0412", "RN-0412"),
        (values.identifier, "1.234567890E+09", "1234567890"),
        (values.identifier, "1.23E+09", UNREAD),
        (values.codes, "E86.0; R11.2,r10.9", ("E86.0", "R11.2", "R10.9")),
        (values.flag, "Y", True),
        (values.flag, "no", False),
        (values.flag, "maybe", UNREAD),
    ],
)
def test_other_cells(reader: object, text: str, expected: object) -> None:
    assert value(reader, text) == expected


def test_amounts_print_without_exponent() -> None:
    assert str(values.number("1000.0")) == "1000"
    assert str(values.number("1234.50")) == "1234.5"


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("100 mL/hr", Decimal(100)),
        ("100 ML/H", Decimal(100)),
        ("2 mL/min", Decimal(120)),
        ("5 mcg/kg/min", None),
        ("100", None),
    ],
)
def test_only_flows_become_rates(rate: str, expected: Decimal | None) -> None:
    stated = values.quantity(rate)
    assert isinstance(stated, values.Quantity)
    assert values.per_hour(stated) == expected


@pytest.mark.parametrize(
    ("text", "route", "method"),
    [
        ("IV push", Route.IV, Method.PUSH),
        ("IVP", Route.IV, Method.PUSH),
        ("IVPB", Route.IV, Method.INFUSION),
        ("IV infusion", Route.IV, Method.INFUSION),
        ("IV drip", Route.IV, Method.INFUSION),
        ("IV Continuous", Route.IV, Method.INFUSION),
        ("intravenous piggyback", Route.IV, Method.INFUSION),
        ("IV", Route.IV, None),
        ("Intravenous", Route.IV, None),
        ("SubQ", Route.SC, None),
        ("Sub-Q", Route.SC, None),
        ("SQ infusion", Route.SC, Method.INFUSION),
        ("IM", Route.IM, None),
        ("intra-arterial", Route.IA, None),
        ("PO", Route.OTHER, None),
        ("by mouth", Route.OTHER, None),
        ("portable pump", None, Method.PORTABLE_PUMP),
        ("IV home pump", Route.IV, Method.HOME_PUMP),
        ("on-body injector", None, Method.ON_BODY),
        ("port flush", Route.IV, Method.PORT_FLUSH),
        ("by carrier pigeon", None, None),
    ],
)
def test_route_words(text: str, route: Route | None, method: Method | None) -> None:
    assert read_route(text) == (route, method)
