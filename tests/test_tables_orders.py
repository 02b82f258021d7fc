"""How an order was given, as records word it."""

import pytest

from auditor.record import Order


@pytest.mark.parametrize(
    "mode",
    [
        *("verbal", "Verbal with readback", "V.O.", "VO", "VORB", "v.o. RB", "T.O.", "TO", "TORB"),
        *(
            "phone",
            "Telephone",
            "per telephone",
            "Telephone with readback",
            "read back",
            "Readback",
        ),
        *("T.O.R.B.", "TO/RB", "Dr. Smith per phone", "V O"),
    ],
)
def test_orders_by_word_of_mouth(mode: str) -> None:
    assert Order("O1", "saline", mode=mode).is_verbal


@pytest.mark.parametrize(
    "mode",
    [None, "", "written", "Written", "CPOE", "Electronic", "Standing", "Per protocol", "sent to RN",
     "Voided", "Topical", "microphoned"],
)  # fmt: skip
def test_other_orders(mode: str | None) -> None:
    assert not Order("O1", "saline", mode=mode).is_verbal
