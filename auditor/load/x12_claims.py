"""The 837I: loops 2000B (subscriber), 2300 (claim) and 2400 (service line) → claim lines."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.load.grid import Grid, standards
from auditor.load.x12_segment import Segment

_SUBSCRIBER = "22"


class ClaimReader:
    """Makes a row of each service line, with what its claim says of all of them."""

    def __init__(self) -> None:
        """No claim yet."""
        self._words = standards()["x12"]
        self.grid = Grid("claim_line", self._words["claim_line"])
        self._sent: str | None = None
        self._payer: str | None = None
        self._claim: dict[str, str | None] = {}
        self._dates: tuple[str, str] | None = None
        self._diagnoses: list[str] = []
        self._conditions: list[str] = []
        self._number: str | None = None
        self._line: tuple[int, dict[str, str | None]] | None = None
        self._rows: list[int] = []

    def begin(self) -> None:
        """A transaction begins; the day on which it was sent stands in its BHT."""
        self._sent = self._payer = None
        self._forget()

    def end(self) -> None:
        """The transaction has ended, and with it the last claim."""
        self._flush()
        self._forget()

    def abandon(self) -> Sequence[int]:
        """The transaction breaks off; the rows of the claim that it breaks off in."""
        self._flush()
        rows = self._rows
        self._forget()
        return rows

    def take(self, segment: Segment) -> None:
        """One segment; what it says of a claim or line is kept until that is complete."""
        match segment.name:
            case "BHT":
                self._sent = segment.at(4)
            case "HL":
                self.end()
                if segment.at(3) == _SUBSCRIBER:
                    self._payer = None
            case "NM1" if segment.at(1) == "PR" and not self._claim:  # else the other payer's
                self._payer = segment.at(3)
            case "CLM":
                self.end()
                self._claim = _of_claim(segment)
            case "DTP":
                self._date(segment)
            case "REF":
                self._reference(segment)
            case "HI":
                self._codes(segment)
            case "LX":
                self._flush()
                self._number = segment.at(1)
            case "SV2":
                self._flush()
                self._line = (segment.number, _of_line(segment, self._number))
            case "LIN" if self._line and segment.at(2) == "N4":
                self._line[1].setdefault("ndc", segment.at(3))

    def _date(self, segment: Segment) -> None:
        if segment.at(1) == "434" and self._line is None:
            self._dates = segment.dates()
        elif segment.at(1) == "472" and self._line:
            dates = segment.dates()
            self._line[1]["service_date"] = dates[0] if dates else None

    def _reference(self, segment: Segment) -> None:
        if segment.at(1) == "EA" and self._claim:
            self._claim["patient_id"] = segment.at(2)
        elif segment.at(1) == "6R" and self._line:
            self._line[1]["transaction_id"] = segment.at(2)

    def _codes(self, segment: Segment) -> None:
        """Diagnoses and condition codes; a claim leaves out the point of an ICD-10 code."""
        for place in range(1, len(segment.elements)):
            qualifier, code = segment.part(place, 1), segment.part(place, 2)
            if code is None:
                continue
            if qualifier in self._words["icd_10"]:
                self._diagnoses.append(f"{code[:3]}.{code[3:]}" if code[3:] else code)
            elif qualifier in self._words["icd_9"]:
                self._diagnoses.append(code)
            elif qualifier in self._words["conditions"]:
                self._conditions.append(code)

    def _flush(self) -> None:
        """The line that was begun is complete."""
        if self._line is None:
            return
        number, line = self._line
        one_day = self._dates is not None and self._dates[0] == self._dates[1]
        if line["service_date"] is None and self._dates and one_day:
            line["service_date"] = self._dates[0]
        told = {
            **self._claim,
            **line,
            "claim_id": self._claim_id(),
            "payer": self._payer,
            "diagnosis_codes": ",".join(self._diagnoses) or None,
            "condition_codes": ",".join(self._conditions) or None,
        }
        self._rows.append(self.grid.add(number, told))
        self._line = None

    def _claim_id(self) -> str | None:
        """The control number, and the dates that tell the bills of one account apart.

        A replacement has the day on which it was sent as well: the last one sent stands.
        """
        account, bill_type = self._claim.get("account_id"), self._claim.get("bill_type") or ""
        if account is None or self._dates is None:
            return account
        first, last = self._dates
        dated = f"{account} {first}" if first == last else f"{account} {first}-{last}"
        is_replacement = bill_type.endswith(self._words["replacement"])
        return f"{dated} sent {self._sent}" if is_replacement and self._sent else dated

    def _forget(self) -> None:
        self._claim, self._dates, self._line, self._number = {}, None, None, None
        self._diagnoses, self._conditions, self._rows = [], [], []


def _of_claim(segment: Segment) -> dict[str, str | None]:
    facility, frequency = segment.part(5, 1), segment.part(5, 3)
    bill_type = f"{facility}{frequency}" if facility and frequency else None
    return {"account_id": segment.at(1), "bill_type": bill_type}


def _of_line(segment: Segment, number: str | None) -> dict[str, str | None]:
    is_code = segment.part(2, 1) == "HC"
    return {
        "line_number": number,
        "revenue_code": segment.at(1),
        "hcpcs": segment.part(2, 2) if is_code else None,
        "modifiers": (",".join(segment.parts(2, 3, 6)) or None) if is_code else None,
        "charge": segment.at(3),
        "units": segment.at(5),
        "service_date": None,
    }
