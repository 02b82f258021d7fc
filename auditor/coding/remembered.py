"""What the many checks of one encounter ask again and again is derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 32  # answers a question: every kind of service of one encounter, and of its variants


def remembered(derive: Callable[P, T]) -> Callable[P, T]:
    """The same answer for the same objects, as long as they are among the last asked for.

    For pure functions of an encounter whose answer nobody changes.  Objects are told apart by
    identity: to compare two encounters costs more than most answers.
    """
    answers: dict[tuple[int, ...], tuple[T, tuple[object, ...]]] = {}

    @wraps(derive)
    def recall(*asked: P.args, **named: P.kwargs) -> T:
        assert not named
        key = tuple(map(id, asked))
        known = answers.get(key)
        if known is None:
            if len(answers) >= _MOST:
                answers.clear()
            # with its question, so that no other object takes an identity
            known = answers[key] = derive(*asked, **named), asked
        return known[0]

    return recall
