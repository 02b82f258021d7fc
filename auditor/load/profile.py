"""The hospital's own settings: time zone, and its names for headers, actions and sheets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from auditor.load.errors import ProfileError
from auditor.load.vocabulary import ACTION_CLASSES, kinds


class Profile(BaseModel):
    """One hospital's settings, read from TOML and reused month after month.

    ``columns`` holds for each kind of sheet headers and the fields they state, ``actions`` charted
    action words and their classes, ``sheets`` sheet or file names and their kind or ``"ignore"``.
    ``day_first`` decides dates that no value of the sheet decides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str | None = None
    facility: str | None = None
    mac: str | None = None
    day_first: bool | None = None
    columns: Mapping[str, Mapping[str, str]] = {}
    actions: Mapping[str, str] = {}
    sheets: Mapping[str, str] = {}

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError(f"{name!r} is not a time zone; one such as America/Chicago is needed")
        return name

    @field_validator("columns")
    @classmethod
    def _states_fields(
        cls, columns: Mapping[str, Mapping[str, str]]
    ) -> Mapping[str, Mapping[str, str]]:
        for kind, headers in columns.items():
            if kind not in kinds():
                raise ValueError(f"{kind!r} is none of {', '.join(kinds())}")
            for header, field in headers.items():
                if field not in kinds()[kind].fields:
                    known = ", ".join(kinds()[kind].fields)
                    raise ValueError(f"{header!r} = {field!r}: {kind} has {known}")
        return columns

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
            if kind != "ignore" and kind not in kinds():
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


def load_profile(path: Path | None, timezone: str | None = None) -> Profile:
    """Read a profile, or an empty one for ``None``; ``timezone`` overrides the file's.

    ProfileError says in one sentence what cannot be used.
    """
    where = "--timezone" if path is None else path.name
    settings = {} if path is None else _toml(path)
    if timezone is not None:
        settings["timezone"] = timezone
    try:
        return Profile.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        says = str(first["msg"]).removeprefix("Value error, ")
        raise ProfileError(f"{where}: {name}: {says}.") from None


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ProfileError(f"{path.name}: cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path.name}: is not valid TOML ({error}).") from None
