"""Which encounter a row belongs to, by whatever number it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from auditor.load.moments import Unread
from auditor.load.rows import RowSet

NO_NUMBER = Unread("has no encounter, account or known patient number", "give the encounter number")
SEVERAL = Unread(
    "belongs to a number with several encounters, and its date does not tell which",
    "give the encounter number",
)


class Keys:
    """Account and patient numbers → encounters, from every sheet that has two of them.

    An account that no sheet ties to an encounter stands for the encounter itself, so that claims
    and records that share the account meet.
    """

    def __init__(self, sheets: Iterable[RowSet]) -> None:
        """Learn the numbers of all sheets, the stays of encounter sheets, days of records."""
        self._accounts: dict[str, dict[str, None]] = {}
        self._patients: dict[str, dict[str, None]] = {}
        self._stays: dict[str, tuple[date, date]] = {}
        self._days: dict[str, set[date]] = {}
        self.account_of: dict[str, str] = {}
        self.patient_of: dict[str, str] = {}
        rows = list(sheets)
        for sheet in rows:
            self._learn_accounts(sheet)
        for sheet in rows:
            self._learn_patients(sheet)
            if sheet.kind == "encounter":
                self._learn_stays(sheet)
            if sheet.kind in ("mar_event", "administration"):
                self._learn_days(sheet)

    @property
    def shared(self) -> Iterator[Iterable[str]]:
        """The encounters of each account and patient that have several."""
        for several in (*self._accounts.values(), *self._patients.values()):
            if len(several) > 1:
                yield several

    def encounter_of(self, owner: Sequence[Any], day: date | None) -> str | Unread:
        """The encounter of a row with this day; Unread where nothing tells.

        ``owner`` are its encounter, account and patient numbers, each of which may be ``None``.
        """
        encounter, account, patient = owner
        if encounter is not None:
            return str(encounter)
        if account is not None:
            return self._one(self._accounts.get(account, {account: None}), day)
        if patient is not None and patient in self._patients:
            return self._one(self._patients[patient], day)
        return NO_NUMBER

    def possible(self, owner: Sequence[Any]) -> tuple[str, ...]:
        """Every encounter that a row with these numbers may be of."""
        encounter, account, patient = owner
        if encounter is not None:
            return (str(encounter),)
        if account is not None:
            return tuple(self._accounts.get(account, (account,)))
        return tuple(self._patients.get(patient, ()))

    def _one(self, candidates: dict[str, None], day: date | None) -> str | Unread:
        if len(candidates) == 1:
            return next(iter(candidates))
        during = [
            encounter
            for encounter in candidates
            if day is not None
            and encounter in self._stays
            and self._stays[encounter][0] <= day <= self._stays[encounter][1]
        ]
        if not during:  # of an account that comes again and again, the visit with a record that day
            during = [one for one in candidates if one not in self._stays and self._has(one, day)]
        return during[0] if len(during) == 1 else SEVERAL

    def _has(self, encounter: str, day: date | None) -> bool:
        return day in self._days.get(encounter, ())

    def _learn_accounts(self, sheet: RowSet) -> None:
        pairs = zip(sheet.column("encounter_id"), sheet.column("account_id"), strict=True)
        for encounter, account in pairs:
            if isinstance(encounter, str) and isinstance(account, str):
                self._accounts.setdefault(account, {})[encounter] = None
                self.account_of.setdefault(encounter, account)

    def _learn_patients(self, sheet: RowSet) -> None:
        numbers = (sheet.column(name) for name in ("encounter_id", "account_id", "patient_id"))
        for encounter, account, patient in zip(*numbers, strict=True):
            if not isinstance(patient, str):
                continue
            known: Iterable[str] = ()
            if isinstance(encounter, str):
                known = (encounter,)
            elif isinstance(account, str):
                known = self._accounts.get(account, (account,))
            for one in known:
                self._patients.setdefault(patient, {})[one] = None
                self.patient_of.setdefault(one, patient)

    def _learn_days(self, sheet: RowSet) -> None:
        times = (sheet.column(name) for name in ("taken_at", "start", "stop"))
        for encounter, *moments in zip(sheet.column("encounter_id"), *times, strict=True):
            if isinstance(encounter, str):
                days = {moment.date() for moment in moments if isinstance(moment, datetime)}
                self._days.setdefault(encounter, set()).update(days)

    def _learn_stays(self, sheet: RowSet) -> None:
        names = ("arrived_at", "registered_at", "observation_start", "discharged_at")
        numbers = zip(sheet.column("encounter_id"), sheet.column("account_id"), strict=True)
        times = zip(*(sheet.column(name) for name in names), strict=True)
        for (encounter, account), moments in zip(numbers, times, strict=True):
            days = sorted(moment.date() for moment in moments if isinstance(moment, datetime))
            owner = encounter if encounter is not None else account
            if days and isinstance(owner, str):
                self._stays[owner] = (days[0], days[-1])
