"""A profile as a file: made of what was recognised, and amended by what a person has said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.load.profile import GUESSED, IGNORED, Profile
from auditor.load.questions import Point, Words
from auditor.load.toml_lines import amended, line, quoted
from auditor.load.vocabulary import ACTION_CLASSES, key

_FIRST = """\
# How the exports are read. Change what is wrong: a header stands beside the field that it states,
# or beside "ignore".
"""
_ZONE = """\
# The time zone of the times in the files; it is never guessed.
# timezone = "America/New_York"
"""
_COMPLETE = """\
# Every header stands below, so one that is new or gone next month is questioned.
complete = true
"""


def profile_text(
    columns: Iterable[tuple[str, Mapping[str, str]]],
    shapes: Iterable[str],
    profile: Profile,
    points: Iterable[Point],
) -> str:
    """The TOML of a profile that reads the same files in the same way.

    ``columns`` are the kind of each sheet with its headers and their fields, ``shapes`` the names
    of the shipped profiles that were recognised.  What only a person can say stands in comments.
    """
    extends = list(dict.fromkeys((*profile.extends, *shapes)))
    settings: dict[str, object] = {
        "timezone": profile.timezone,
        "facility": profile.facility,
        "mac": profile.mac,
        "day_first": profile.day_first,
        "extends": extends or None,
    }
    top = [line(name, value) for name, value in settings.items() if value is not None]
    parts = [_FIRST, *([] if profile.timezone else [_ZONE]), "\n".join([*top, ""]), _COMPLETE]
    for kind, headers in _by_kind(columns).items():
        parts.append(_section(f"columns.{kind}", headers))
    parts += _actions(profile, points)
    if profile.sheets:
        parts.append(_section("sheets", profile.sheets))
    return "\n".join(part for part in parts if part.strip())


def completed(
    text: str,
    columns: Iterable[tuple[str, Mapping[str, str]]],
    shapes: Iterable[str],
    profile: Profile,
) -> str:
    """The same for a profile that a person wrote: its own lines and comments stay as they are.

    Headers that no sheet of their kind has any more are taken out.  ValueError where its lines are
    written in a way that cannot be added to.
    """  # fmt: skip
    extends = list(dict.fromkeys((*profile.extends, *shapes)))
    zone = {"timezone": profile.timezone} if profile.timezone else {}
    text = amended(
        text, "", {**zone, **({"extends": extends} if extends else {}), "complete": True}, {}
    )
    for kind, headers in _by_kind(columns).items():
        there = set(map(key, headers))
        own = profile.own_columns.get(kind, {})
        gone = {header: field for header, field in own.items() if key(header) not in there}
        text = amended(text, f"columns.{kind}", headers, gone)
    return text


def _by_kind(columns: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """The headers of each kind; one that states different fields is left to be guessed."""
    kinds: dict[str, dict[str, str]] = {}
    spelled: dict[tuple[str, str], str] = {}
    for kind, headers in columns:
        own = kinds.setdefault(kind, {})
        for header, field in headers.items():
            name = spelled.setdefault((kind, key(header)), header)
            own[name] = field if own.get(name, field) == field else GUESSED
    return kinds


def _actions(profile: Profile, points: Iterable[Point]) -> list[str]:
    """The hospital's own action words, and those that nobody has classed, as comments."""
    unknown = dict.fromkeys(w for p in points if isinstance(p, Words) for w in p.counts)
    if not profile.actions and not unknown:
        return []
    known = _section("actions", profile.actions)
    if not unknown:
        return [known]
    asked = "\n".join(f'# {quoted(word)} = "…"' for word in unknown)
    return [f"{known}# Each one of {', '.join(ACTION_CLASSES)}:\n{asked}\n"]


def _section(name: str, settings: Mapping[str, str]) -> str:
    return "\n".join([f"[{name}]", *(line(n, v) for n, v in settings.items()), ""])


def fields_of(columns: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """The headers of one sheet with the fields that they state, equal ones together."""
    said: dict[str, str] = {}
    for header, field in columns:
        own = field or IGNORED
        said[header] = own if said.get(header, own) == own else GUESSED
    return said
