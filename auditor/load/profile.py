"""The hospital's own settings: time zone, and its names for headers, actions and sheets.

The shapes in which known systems export are profiles too; they come with the program.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    field_validator,
)

from auditor.load.errors import ProfileError
from auditor.load.vocabulary import ACTION_CLASSES, kinds

IGNORED, GUESSED = "ignore", "guess"  # besides fields, what a header can be said to be

ByHeader = Mapping[str, Mapping[str, str]]
Names = Annotated[
    tuple[str, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)
]


class Profile(BaseModel):
    """One hospital's settings, read from TOML and reused month after month.

    ``columns`` holds for each kind of sheet headers and the fields they state, ``"ignore"`` or
    ``"guess"``; of several headers for one field the first that a sheet has counts.  ``actions``
    holds charted action words and their classes, ``sheets`` sheet or file names and their kind or
    ``"ignore"``.  ``day_first`` decides dates that no value of the sheet decides.  ``complete``
    says that ``columns`` has every header, so that a new or missing one is questioned.

    ``extends`` names shipped profiles that this one adds to.  What follows describes the shape of
    an export, by kind: ``signatures`` are the sets of headers by which a sheet is recognised,
    ``says`` what a reader of the results must know of them, ``utc`` the headers of times in UTC,
    ``offsets`` those of minutes since a day that stands for one that nobody gives, ``joined``
    fields whose value stands in several columns, ``constants`` fields of which every row says the
    same, ``values`` the words of a field in the program's words, ``only`` the values of a column
    that rows of the kind have.  A stop ``placeholder_stop_minutes`` after its start is one that
    the system writes by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    extends: Names = ()
    timezone: str | None = None
    facility: str | None = None
    mac: str | None = None
    day_first: bool | None = None
    complete: bool = False
    columns: ByHeader = {}
    actions: Mapping[str, str] = {}
    sheets: Mapping[str, str] = {}
    title: str | None = None
    says: Mapping[str, str] = {}
    signatures: tuple[tuple[str, ...], ...] = ()
    utc: Mapping[str, tuple[str, ...]] = {}
    offsets: Mapping[str, Mapping[str, date]] = {}
    joined: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    constants: ByHeader = {}
    values: Mapping[str, ByHeader] = {}
    only: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    placeholder_stop_minutes: int | None = None

    _own_columns: ByHeader | None = PrivateAttr(default=None)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError(f"{name!r} is not a time zone; one such as America/Chicago is needed")
        return name

    @field_validator("columns")
    @classmethod
    def _states_fields(cls, columns: ByHeader) -> ByHeader:
        for kind, headers in columns.items():
            for header, field in headers.items():
                if field not in (IGNORED, GUESSED):
                    _known(kind, field, header)
            _known(kind)
        return columns

    @field_validator("joined", "constants", "values")
    @classmethod
    def _are_of_fields(cls, by_field: Mapping[str, Any]) -> Mapping[str, Any]:
        for kind, fields in by_field.items():
            _known(kind)
            for field in fields:
                _known(kind, field, field)
        return by_field

    @field_validator("says", "utc", "offsets", "only")
    @classmethod
    def _are_of_kinds(cls, by_kind: Mapping[str, Any]) -> Mapping[str, Any]:
        for kind in by_kind:
            _known(kind)
        return by_kind

    @field_validator("actions")
    @classmethod
    def _states_actions(cls, actions: Mapping[str, str]) -> Mapping[str, str]:
        for word, action in actions.items():
            if action not in ACTION_CLASSES:
                raise ValueError(f"{word!r} = {action!r} is none of {', '.join(ACTION_CLASSES)}")
        return actions

    @field_validator("sheets")
    @classmethod
    def _states_kinds(cls, sheets: Mapping[str, str]) -> Mapping[str, str]:
        for name, kind in sheets.items():
            if kind != IGNORED and kind not in kinds():
                raise ValueError(f"{name!r} = {kind!r} is none of ignore, {', '.join(kinds())}")
        return sheets

    @property
    def zone(self) -> ZoneInfo:
        """The facility's zone; ProfileError where nobody has said it."""
        if self.timezone is None:
            raise ProfileError(
                "The time zone of the times in the files is not known and is never guessed: add a "
                'line such as timezone = "America/New_York" to the profile, or give --timezone.'
            )
        return ZoneInfo(self.timezone)

    @property
    def own_columns(self) -> ByHeader:
        """The headers that the profile itself names, without those of the ones that it extends."""
        return self.columns if self._own_columns is None else self._own_columns

    def over(self, base: Profile) -> Profile:
        """This profile, with what ``base`` says where it is silent."""
        settings = _merged(_said(base), _said(self))
        settings["extends"] = tuple(dict.fromkeys((*self.extends, *base.extends)))
        both = self.model_copy(update=settings)
        both._own_columns = self.own_columns
        return both


def shipped_profiles() -> Mapping[str, Profile]:
    """The profiles that come with the program, by name, each complete with what it extends."""
    return {name: shipped_profile(name) for name in _shipped_names()}


@cache
def shipped_profile(name: str) -> Profile:
    """One profile that comes with the program; ProfileError where there is none of the name."""
    if name not in _shipped_names():
        known = ", ".join(_shipped_names())
        raise ProfileError(f"{name}: is no profile that comes with the program; those are {known}.")
    text = files("auditor").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    return _extended(_checked(f"{name}.toml", tomllib.loads(text)))


@cache
def _shipped_names() -> tuple[str, ...]:
    names = (entry.name for entry in files("auditor").joinpath("profiles").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_profile(path: Path | None, timezone: str | None = None) -> Profile:
    """Read a profile from a file or by the name of a shipped one, or an empty one for ``None``.

    ``timezone`` overrides the profile's.  ProfileError says in one sentence what cannot be used.
    """
    where = "--timezone" if path is None else path.name
    settings: dict[str, object] = {}
    if path is not None:
        settings = {"extends": str(path)} if is_shipped(path) else _toml(path)
    if timezone is not None:
        settings["timezone"] = timezone
    return _extended(_checked(where, settings))


def is_shipped(path: Path) -> bool:
    """Whether a path is no file but the name of a profile that comes with the program."""
    return not path.exists() and str(path) in _shipped_names()


def _checked(where: str, settings: Mapping[str, object]) -> Profile:
    try:
        return Profile.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        says = str(first["msg"]).removeprefix("Value error, ")
        raise ProfileError(f"{where}: {name}: {says}.") from None


def _extended(profile: Profile) -> Profile:
    for name in profile.extends:
        profile = profile.over(shipped_profile(name))
    return profile


def _known(kind: str, field: str | None = None, said_of: str = "") -> None:
    """ValueError where there is no such kind, or it has no such field."""
    if kind not in kinds():
        raise ValueError(f"{kind!r} is none of {', '.join(kinds())}")
    if field is not None and field not in kinds()[kind].fields:
        known = ", ".join(kinds()[kind].fields)
        raise ValueError(f"{said_of!r} = {field!r}: {kind} has {known}")


def _said(profile: Profile) -> dict[str, Any]:
    """The settings that a profile makes."""
    return {name: value for name, value in dict(profile).items() if value not in (None, {}, ())}


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables, ``own`` first and where they differ; lists are not mixed."""
    both = {name: value for name, value in base.items() if name not in own}
    for name, value in own.items():
        under = base.get(name)
        deeper = isinstance(value, Mapping) and isinstance(under, Mapping)
        both[name] = _merged(under, value) if deeper and under is not None else value
    return {name: both[name] for name in (*own, *(n for n in base if n not in own))}


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ProfileError(
            f"{path.name}: cannot be read ({error.strerror}); the profiles by name are "
            f"{', '.join(_shipped_names())}."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path.name}: is not valid TOML ({error}).") from None
