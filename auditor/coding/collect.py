"""The service lines of one encounter as the rules find them, and what the rules remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo

from auditor.coding.borderline import borderline_reviews
from auditor.coding.courses import Given
from auditor.coding.minutes import Span, length, local_date, unit_dates
from auditor.coding.support import Review, SupportedLine
from auditor.policy import Policy
from auditor.record import Administration

HIERARCHY = ("cms-cpm-4-230.2", "cpt-drug-administration")
TIME = ("cpt-drug-administration", "palmetto-a53778")
HYDRATION = ("noridian-hydration", "cpt-drug-administration")


@dataclass(slots=True)
class Collector:
    """Lines and reviews so far; which drugs were infused, and when each was last reported."""

    policy: Policy
    zone: tzinfo | None
    reviews: list[Review]
    lines: list[SupportedLine] = field(default_factory=list)
    infused: set[str] = field(default_factory=set)
    concurrent: list[Given] = field(default_factory=list)
    short_repeats: list[Given] = field(default_factory=list)
    _reported: dict[str, list[tuple[int, bool, int]]] = field(default_factory=dict)

    def once(
        self,
        code: str,
        course: Given,
        rule: str,
        because: str,
        authorities: tuple[str, ...] = HIERARCHY,
        modifiers: tuple[str, ...] = (),
    ) -> None:
        """One unit, on the day on which the course starts."""
        self.lines.append(
            SupportedLine(
                code=code,
                units=1,
                service_date=local_date(course.at, self.zone),
                access=course.access,
                administrations=course.administrations,
                minutes=course.minutes,
                spans=(),
                zone=self.zone,
                rule=rule,
                because=because,
                authorities=authorities,
                modifiers=modifiers,
            )
        )

    def hours(
        self,
        codes: Sequence[str],
        administrations: tuple[Administration, ...],
        access: int,
        counted: Sequence[Span],
        rule: str,
        because: str,
        authorities: tuple[str, ...] = TIME,
        modifiers: tuple[str, ...] = (),
    ) -> None:
        """One unit for each code, hour after counted hour; ``modifiers`` go with the first."""
        split = self.policy.midnight == "split"
        dates = unit_dates(counted, len(codes), self.zone, split=split)
        minutes = length(counted) // 60
        units: dict[tuple[str, date], int] = {}
        for unit in zip(codes, dates, strict=True):
            units[unit] = units.get(unit, 0) + 1
        for place, ((code, day), count) in enumerate(units.items()):
            self.lines.append(
                SupportedLine(
                    code=code,
                    units=count,
                    service_date=day,
                    access=access,
                    administrations=administrations,
                    minutes=minutes,
                    spans=tuple(counted),
                    zone=self.zone,
                    rule=rule,
                    because=because,
                    authorities=authorities,
                    modifiers=modifiers if place == 0 else (),
                )
            )

    def review(self, course: Given, because: str, rule: str) -> None:
        """Leave a question to a person."""
        self.reviews.append(Review(course.administrations[0], because, rule))

    def mark_borderline(
        self, course: Given, minutes: int, least: int, *, hours: bool = True
    ) -> None:
        """Leave minutes of a course that are close to a threshold to a person (J33)."""
        self.reviews.extend(
            borderline_reviews(course.administrations, minutes, least, self.policy, hours=hours)
        )

    def report(self, course: Given) -> None:
        """Note a dose that moves the 30-minute clock of its drug: one that earned a line (J22)."""
        self.report_dose(course.drug, course.at, push=course.technique == "push", end=course.end)

    def earns_nothing(self, course: Given, because: str, rule: str) -> None:
        """Say of a course why it has no line."""
        course.because, course.rule = because, rule

    def passed_over(self, course: Given, because: str, rule: str) -> None:
        """Note a dose that earned no line; it moves the clock only where given doses count."""
        self.earns_nothing(course, because, rule)
        if self.policy.repeat_push_since == "given":
            self.report(course)

    def report_dose(self, drug: str, at: int, *, push: bool, end: int) -> None:
        """The same for a dose that is no course of this encounter."""
        self._reported.setdefault(drug, []).append((at, push, end))

    def last_reported(self, dose: Given) -> tuple[int, int] | None:
        """Start and end of the drug's last reported dose; a push precedes an infusion then."""
        reported = self._reported.get(dose.drug)
        if reported is None:
            return None
        minute, is_push = dose.at // 60, dose.technique == "push"
        return max(
            (
                (at, end)
                for at, was_push, end in reported
                if at // 60 < minute or (at // 60 == minute and (was_push or not is_push))
            ),
            default=None,
        )

    def clock_allows(self, dose: Given, last: tuple[int, int] | None) -> bool:
        """Over 30 minutes since the drug's last reported dose, or by the policy (T-08, J22)."""
        if last is None:
            return True
        start, end = last
        minutes = (dose.at - (end if self.policy.repeat_push_from == "end" else start)) // 60
        return minutes > 30 or (minutes == 30 and self.policy.repeat_push_after == "30 or more")


def hours_in_words(further: int) -> str:
    """``first hour``, ``first hour and 2 further hours``."""
    match further:
        case 0:
            return "first hour"
        case 1:
            return "first hour and 1 further hour"
        case _:
            return f"first hour and {further} further hours"
