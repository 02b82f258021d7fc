"""What the command asks of a person about the files, and the profile that keeps the answers.

On a terminal it asks; elsewhere what is open is refused with the lines to write.  Nothing of a
patient is shown: headers, action words and masked samples.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # imported where they are used, so that --help is quick
    from auditor.load import Profile, Survey
    from auditor.load.questions import Changed, Point, Wanted, Words

Lines = Mapping[str, Mapping[str, str]]  # settings by section


def is_terminal() -> bool:
    """Whether a person is there to answer; output may go to a file all the same."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def profile_and_ask(
    path: Path | None, timezone: str | None
) -> tuple[Profile, Callable[[Sequence[Point]], Profile] | None]:
    """The profile, its time zone asked for where nobody has said it, and how to ask the rest."""
    from auditor.load import load_profile

    profile = load_profile(path, timezone)
    if not is_terminal():
        return profile, None
    asker = _Asker(path, timezone)
    if profile.timezone is None:
        profile = asker.ask_zone()
    return profile, asker.ask


def save_profile(target: Path, path: Path | None, found: Survey, profile: Profile) -> str:
    """Write a new profile of what was recognised; the sentence says what is still to be written.

    ProfileError where something would be overwritten.
    """
    from auditor.load import ProfileError
    from auditor.load.profile import is_shipped
    from auditor.load.questions import Words
    from auditor.load.saved import completed, fields_of, profile_text

    own = None if path is None or is_shipped(path) else path
    if target.exists() and not (own is not None and target.samefile(own)):
        raise ProfileError(
            f"{target.name}: exists already; give another name, or give it as --profile too."
        )
    columns = [
        (sheet.kind, fields_of((column.header, column.field) for column in sheet.columns))
        for sheet in found.sheets
        if sheet.kind is not None
    ]
    shapes = [sheet.shape for sheet in found.sheets if sheet.shape is not None]
    if own is None:
        _write(target, profile_text(columns, shapes, _own(profile), found.points))
    else:
        try:
            _write(target, completed(_text(own), columns, shapes, profile))
        except ValueError:
            raise ProfileError(
                f"{own.name}: some setting goes over several lines; write each on one line."
            ) from None
    left = [] if profile.timezone else ["the time zone"]
    left += ["the action words"] if any(isinstance(p, Words) for p in found.points) else []
    rest = f"; before a run, write {' and '.join(left)} into it" if left else ""
    return f"{target}: saved{rest}."


def _own(profile: Profile) -> Profile:
    """A profile without the action words of the shipped ones that it extends."""
    from auditor.load.profile import shipped_profile

    shipped = [shipped_profile(name).actions for name in profile.extends]
    own = {w: a for w, a in profile.actions.items() if not any(w in known for known in shipped)}
    return profile.model_copy(update={"actions": own})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _write(path: Path, text: str) -> None:
    """The whole file or nothing of it."""
    from auditor.load import ProfileError

    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ProfileError(f"{path.name}: cannot be written ({error.strerror}).") from None


class _Asker:
    """Asks, and keeps the answers in the profile's file, or shows the lines where there is none."""

    def __init__(self, path: Path | None, timezone: str | None) -> None:
        self.path = path
        self.timezone = timezone
        self.answers: dict[str, dict[str, str]] = {}

    def ask_zone(self) -> Profile:
        """The time zone, asked again until it is one."""
        from auditor.load import ProfileError, load_profile

        _say("The time zone of the times in the files is never guessed.")
        while True:
            zone = typer.prompt("Time zone, such as America/New_York", err=True)
            try:
                load_profile(None, zone)
            except ProfileError as error:
                _say(str(error))
                continue
            self.timezone = zone
            return self._keep({"": {"timezone": zone}}, {})

    def ask(self, points: Sequence[Point]) -> Profile:
        """The profile with the answers to everything that is open."""
        from auditor.load.questions import Changed, Wanted

        added: dict[str, dict[str, str]] = {}
        gone: dict[str, dict[str, str]] = {}
        for point in points:
            if isinstance(point, Changed):
                lines = self._ask_changed(point)
                gone.setdefault(point.section, {}).update(point.gone)
                section = point.section
            elif isinstance(point, Wanted):
                if set(point.group) & set(added.get(f"columns.{point.kind}", {}).values()):
                    continue  # said among the changed headers
                lines, section = self._ask_wanted(point), f"columns.{point.kind}"
            else:
                lines, section = self._ask_words(point), "actions"
            added.setdefault(section, {}).update(lines)
        return self._keep(added, gone)

    def _ask_changed(self, point: Changed) -> Mapping[str, str]:
        """The headers that are new, all as recognised, or each as the person says."""
        from auditor.load.profile import IGNORED
        from auditor.load.vocabulary import kinds

        kind = kinds()[point.kind]
        _say(f"{', '.join(point.where)}: the headers of {kind.words} have changed:")
        for one in point.diff:
            _say(f"  {one}")
        if typer.confirm("Is this right from now on?", default=True, err=True):
            return point.added
        choices = (IGNORED, *kind.fields)
        _say(f"Fields: {', '.join(choices)}")
        return {
            header: _chosen(f"“{header}” states", choices, field)
            for header, field in point.added.items()
        }

    def _ask_wanted(self, point: Wanted) -> Mapping[str, str]:
        """Which header states a field that the sheet cannot do without; none is an answer."""
        from auditor.load.vocabulary import kinds

        _say(
            f"{point.where}: looks like {kinds()[point.kind].words}, but no column gives "
            f"{' or '.join(point.group)}."
        )
        headers = list(point.unused)
        for number, header in enumerate(headers, start=1):
            _say(f"  {number}  {header}   {' | '.join(point.unused[header])}")
        numbers = ("0", *(str(number) for number in range(1, len(headers) + 1)))
        answer = int(_chosen(f"Which one gives {point.group[0]} (0: none)", numbers, "0"))
        return {headers[answer - 1]: point.group[0]} if answer else {}

    def _ask_words(self, point: Words) -> Mapping[str, str]:
        """What each action word means; a word without an answer stays unknown."""
        from auditor.load.vocabulary import ACTION_CLASSES

        if point.hidden:
            _say(
                f"{point.where}: texts that may name a patient are no action words and are not "
                f"shown here ({point.hidden:,} rows, first at {point.first})."
            )
        if not point.counts:
            return {}
        _say(f"{point.where}: these action words are in no table and are never guessed.")
        _say(f"Each is one of {', '.join(ACTION_CLASSES)}, or - where nobody knows.")
        lines = {}
        for word, count in point.counts.items():
            answer = _chosen(f"“{word}” ({count:,} rows)", (*ACTION_CLASSES, "-"), None)
            if answer != "-":
                lines[word] = answer
        return lines

    def _keep(self, added: Lines, gone: Lines) -> Profile:
        """Put the answers into the profile's file, else show them; and the profile with them."""
        from auditor.load import ProfileError, load_profile
        from auditor.load.profile import is_shipped
        from auditor.load.toml_lines import amended

        for section, lines in added.items():
            self.answers.setdefault(section, {}).update(lines)
        if self.path is not None and not is_shipped(self.path):
            try:
                text = _text(self.path)
                for section in dict.fromkeys((*added, *gone)):
                    text = amended(text, section, added.get(section, {}), gone.get(section, {}))
                _write(self.path, text)
                _say(f"{self.path}: the answers are kept.")
            except (ValueError, ProfileError):
                _say(f"{self.path.name}: the answers cannot be kept; write them into it.")
                self._show(added)
            return self._answered(load_profile(self.path, self.timezone))
        self._show(added)
        return self._answered(load_profile(self.path, self.timezone))

    def _show(self, added: Lines) -> None:
        from auditor.load.toml_lines import line

        _say("To be asked no more, keep these lines in a profile:")
        for section, lines in added.items():
            _say("\n".join([*([f"[{section}]"] if section else []),
                            *(line(name, value) for name, value in lines.items())]))  # fmt: skip

    def _answered(self, profile: Profile) -> Profile:
        """The profile with the answers so far, which stand in no file."""
        columns = {
            section.removeprefix("columns."): lines
            for section, lines in self.answers.items()
            if section.startswith("columns.")
        }
        said = type(profile)(
            columns=columns, actions=self.answers.get("actions", {}), timezone=profile.timezone
        )
        return said.over(profile)


def _chosen(asks: str, choices: Sequence[str], default: str | None) -> str:
    """One of the choices, whatever the case; asked again until it is one."""
    by_key = {choice.casefold(): choice for choice in choices}
    while True:
        answer = str(typer.prompt(asks, default=default, err=True)).strip().casefold()
        if answer in by_key:
            return by_key[answer]
        _say(f"It is one of {', '.join(choices)}.")


def _say(text: str) -> None:
    typer.echo(text, err=True)
