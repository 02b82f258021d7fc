"""The 835: loops 2100 (claim) and 2110 (service) → what was paid for each service."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.load.grid import Grid, standards
from auditor.load.x12_segment import Segment

_REVENUE_CODE = "NU"
_SERVICE_DATES = ("472", "150")


class PaymentReader:
    """Makes a row of each service that was paid or denied; of a claim without services one row."""

    def __init__(self) -> None:
        """No payment yet."""
        self.grid = Grid("payment", standards()["x12"]["payment"])
        self._paid_on: str | None = None
        self._claim: tuple[int, dict[str, str | None]] | None = None
        self._service: tuple[int, dict[str, str | None]] | None = None
        self._rows: list[int] = []

    def begin(self) -> None:
        """A transaction begins, which is one payment."""
        self._paid_on = None

    def end(self) -> None:
        """The transaction has ended, and with it the last claim."""
        self._flush()
        if self._claim is not None and not self._rows:
            number, told = self._claim
            self.grid.add(number, {**told, "paid_date": self._paid_on})
        self._claim, self._rows = None, []

    def abandon(self) -> Sequence[int]:
        """The transaction breaks off; every service up to there is complete but the last one."""
        self._flush()
        rows = self._rows[-1:]
        self._claim, self._rows = None, []
        return rows

    def take(self, segment: Segment) -> None:
        """One segment; what it says of a service is kept until that is complete."""
        match segment.name:
            case "BPR":
                self._paid_on = segment.at(16)
            case "CLP":
                self.end()
                self._claim = (segment.number, _of_claim(segment))
            case "SVC":
                self._flush()
                self._service = (segment.number, _of_service(segment))
            case "DTM" if self._service and segment.at(1) in _SERVICE_DATES:
                self._service[1]["service_date"] = (segment.at(2) or "")[:8] or None
            case "REF" if self._service and segment.at(1) == "6R":
                self._service[1]["transaction_id"] = segment.at(2)

    def _flush(self) -> None:
        if self._service is not None:
            number, service = self._service
            claim = self._claim[1] if self._claim else {}
            told = {**claim, **service, "paid_date": self._paid_on}
            self._rows.append(self.grid.add(number, told))
        self._service = None


def _of_claim(segment: Segment) -> dict[str, str | None]:
    facility, frequency = segment.at(8), segment.at(9)
    return {
        "account_id": segment.at(1),
        "bill_type": f"{facility}{frequency}" if facility and frequency else None,
        "charge": segment.at(3),
        "paid_amount": segment.at(4),
    }


def _of_service(segment: Segment) -> dict[str, str | None]:
    """A service by the code that was billed, which SVC06 has where another one was paid."""
    billed = 6 if segment.at(6) else 1
    is_code, code = segment.part(billed, 1) == "HC", segment.part(billed, 2)
    by_revenue = code if segment.part(billed, 1) == _REVENUE_CODE else None
    return {
        "revenue_code": segment.at(4) or by_revenue,
        "hcpcs": code if is_code else None,
        "modifiers": (",".join(segment.parts(billed, 3, 6)) or None) if is_code else None,
        "units": segment.at(7) or segment.at(5),
        "charge": segment.at(2),
        "paid_amount": segment.at(3),
    }
