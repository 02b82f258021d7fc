"""Lines of a profile: written, put into its sections and taken out, and nothing else touched."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping


def line(name: str, value: object) -> str:
    """One setting as TOML writes it; a name is quoted unless it is plain letters and digits."""
    return f"{quoted(name)} = {json.dumps(value, ensure_ascii=False)}"


def quoted(name: str) -> str:
    """A name as TOML writes it before the sign of equality."""
    plain = name.replace("_", "").replace("-", "")
    is_bare = plain.isascii() and plain.isalnum()
    return name if is_bare else json.dumps(name, ensure_ascii=False)


def amended(
    text: str, section: str, added: Mapping[str, object], gone: Mapping[str, object]
) -> str:
    """The text with settings added to a section, ``""`` for the top, and others taken out.

    A section that is not there comes at the end.  Comments and all other lines stay.  ValueError
    where the text would be no TOML any more, because a setting goes over several lines.
    """
    lines = text.splitlines()
    start, end = _bounds(lines, section)
    own = [one for one in lines[start:end] if _name(one) not in {*gone, *added}]
    while own and not own[-1].strip():
        own.pop()
    new = [line(name, value) for name, value in added.items()]
    if start == end == len(lines) and section:
        new = [*([""] if lines else []), f"[{section}]", *new]
    rest = lines[end:]
    blank = [""] if rest and (own or new) else []
    text = "\n".join([*lines[:start], *own, *new, *blank, *rest]) + "\n"
    tomllib.loads(text)
    return text


def _bounds(lines: list[str], section: str) -> tuple[int, int]:
    """The first and last lines of a section, without its own; both the end where it is missing."""
    heads = [n for n, one in enumerate(lines) if one.lstrip().startswith("[")]
    if not section:
        return 0, heads[0] if heads else len(lines)
    for place, head in enumerate(heads):
        if lines[head].partition("#")[0].strip() == f"[{section}]":
            return head + 1, heads[place + 1] if place + 1 < len(heads) else len(lines)
    return len(lines), len(lines)


def _name(one: str) -> str | None:
    """The name that a line sets."""
    try:
        return next(iter(tomllib.loads(one)), None)
    except tomllib.TOMLDecodeError:
        return None
