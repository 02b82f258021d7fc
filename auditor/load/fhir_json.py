"""The JSON side of FHIR: resources one a line, alone, in Bundles or in a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.load.ledger import Problems
from auditor.load.read import UnreadableFile

_LONGEST = 64 * 1024**2  # characters of one JSON document; a month in one Bundle is too much
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)

Resource = dict[str, Any]


class Entry(NamedTuple):
    """A resource, the number of its line or entry, and the address under which others know it."""

    number: int
    url: str | None
    resource: Resource


def entries(name: str, text: str, problems: Problems) -> Iterator[Entry]:
    """The resources of a file; a line that is no JSON is passed over and counted.

    A line of ndjson is numbered by the line, what stands in a Bundle by the entry.

    Raises:
        UnreadableFile: the file is one JSON document, and it is damaged or too long.
    """
    last = 0
    for line, document in _documents(name, text, problems):
        for url, resource in _resources(document):
            last = max(line, last + 1)
            yield Entry(last, url, resource)


def _documents(name: str, text: str, problems: Problems) -> Iterator[tuple[int, object]]:
    """Each JSON document of a file with the line on which it begins."""
    if not _is_one_a_line(text):
        yield 1, _whole(name, text)
        return
    line = at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line += 1
        document = text[at:end].strip() if end - at <= _LONGEST else "too long"
        at = end + 1
        if not document:
            continue
        try:
            yield line, _DECODER.decode(document)
        except (ValueError, RecursionError):
            problems.count(name, "lines that are no JSON, passed over", f"line {line}")


def _is_one_a_line(text: str) -> bool:
    """Whether the first line is a whole object by the look of it."""
    first = text[: text.find("\n") + 1 or len(text)].strip("\ufeff \t\r\n")
    return first.startswith("{") and first.endswith("}")


def _whole(name: str, text: str) -> object:
    if len(text) > _LONGEST:
        raise UnreadableFile(
            f"{name}: is one JSON document of more than 64 MiB; export the resources one a line "
            "(ndjson)."
        )
    try:
        return _DECODER.decode(text.strip("\ufeff \t\r\n"))
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            f"{name}: is cut off or damaged at line {error.lineno:,}; export it again."
        ) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(
            f"{name}: is nested deeper than any health record; export it again."
        ) from None


def _resources(document: object) -> Iterator[tuple[str | None, Resource]]:
    """The resources of a document with the addresses that a Bundle gives them."""
    for one in document if isinstance(document, list) else [document]:
        if not isinstance(one, dict):
            continue
        listed = one.get("entry") if one.get("resourceType") == "Bundle" else [{"resource": one}]
        for entry in listed if isinstance(listed, list) else ():
            if not isinstance(entry, dict):
                continue
            url, resource = entry.get("fullUrl"), entry.get("resource")
            if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                yield url if isinstance(url, str) else None, resource
