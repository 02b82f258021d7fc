"""The hospital's profile in words: what was read as what, and on whose clock."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.load.profile import Profile
from auditor.load.vocabulary import kinds
from auditor.report.text import printable


def setting_rows(profile: Profile | None) -> tuple[tuple[str, str], ...]:
    """Each setting with its value; the ones that hold whatever the profile says are named too."""
    if profile is None:
        return (("Profile", "none was given"),)
    order = {True: "day first", False: "month first", None: "as the values of each sheet show"}
    headers = [
        f"“{header}” of {kinds()[kind].words} is {field.replace('_', ' ')}"
        for kind, fields in profile.columns.items()
        for header, field in fields.items()
    ]
    rows = (
        ("Time zone", profile.timezone or "not stated"),
        ("Facility", profile.facility or "as the files state it"),
        ("Medicare contractor", profile.mac or "as the files state it"),
        ("Day and month in dates", order[profile.day_first]),
        ("Headers of its own", "; ".join(headers) or "none"),
        ("Charted actions of its own", _pairs(profile.actions)),
        ("Sheets named", _pairs(profile.sheets)),
    )
    return tuple((name, printable(value)) for name, value in rows)


def _pairs(pairs: Mapping[str, str]) -> str:
    return "; ".join(f"“{name}” is {meaning}" for name, meaning in pairs.items()) or "none"
