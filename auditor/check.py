"""What a check is, and how the engine finds the checks of a package."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Literal

from auditor.authority import Authority, authority
from auditor.policy import Policy
from auditor.record import Encounter
from auditor.verdict import Verdict

Severity = Literal["high", "medium", "low"]
Responsible = Literal["nursing", "provider order", "coding", "charge set-up", "data feed"]
Payment = Literal["denied", "recoded"]
Rule = Callable[[Encounter, Policy], Iterator[Verdict]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with what a report must say about it; calling it yields verdicts on one encounter.

    ``needs`` are the ``kind.field`` columns without which it cannot be evaluated, ``examines``
    the noun that its denominator counts, ``description`` the text of its docstrings.

    ``payment`` says how a deficiency bears on what the claim is paid.  ``"denied"``: the
    administration that is its subject earns nothing.  ``"recoded"``: it tells of a difference
    between the lines billed and the lines supported, and denies where the cure is an order.
    ``None``: it does not bear on it.
    """

    id: str
    title: str
    authorities: tuple[Authority, ...]
    severity: Severity
    responsible: Responsible
    examines: str
    needs: tuple[str, ...]
    summary: str
    description: str
    rule: Rule
    payment: Payment | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """A check is what its module has under its id, in every process."""
        return _of_module, (self.rule.__module__, self.id)

    def __call__(self, encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        """One verdict for each subject of the encounter that the rule looks at."""
        return self.rule(encounter, policy)


def check(
    *,
    title: str,
    authority: tuple[str, ...],
    severity: Severity,
    responsible: Responsible,
    examines: str,
    needs: tuple[str, ...] = (),
    payment: Payment | None = None,
) -> Callable[[Rule], Check]:
    """Make a check of a rule; its id is the function's name, its texts are the docstrings.

    ``authority`` are ids of ``authorities.toml``; KeyError for one that is not there.
    """

    def register(rule: Rule) -> Check:
        module = inspect.getmodule(rule)
        return Check(
            id=rule.__name__,
            title=title,
            authorities=tuple(_authority(key) for key in authority),
            severity=severity,
            responsible=responsible,
            examines=examines,
            needs=needs,
            summary=inspect.cleandoc(module.__doc__ or "") if module else "",
            description=inspect.cleandoc(rule.__doc__ or ""),
            rule=rule,
            payment=payment,
        )

    return register


_authority = authority


def _of_module(module: str, name: str) -> object:
    return getattr(import_module(module), name)


def discover(package: ModuleType) -> tuple[Check, ...]:
    """The checks of a package, by id: each module holds one check of the module's own name."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = (import_module(f"{package.__name__}.{name}") for name in names)
    return tuple(getattr(module, module.__name__.rpartition(".")[2]) for module in modules)
