"""How an order was given, as records word it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files


@cache
def is_verbal(mode: str | None) -> bool:
    """Whether a mode says that an order was given by word of mouth, in person or by telephone."""
    said = " ".join(re.findall(r"[a-z0-9]+", (mode or "").casefold().replace(".", "")))
    return bool(_verbal().search(said))


@cache
def _verbal() -> re.Pattern[str]:
    table = tomllib.loads(files("auditor.tables").joinpath("orders.toml").read_text("utf-8"))
    anywhere, first = ("|".join(map(re.escape, table[name])) for name in ("verbal", "first"))
    return re.compile(rf"\b(?:{anywhere})\b|^(?:{first})\b")
