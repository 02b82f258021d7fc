"""What a check is, and how the engine finds the checks of a package."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Literal

from auditor.authority import Authority, authority
from auditor.coding.remembered import remembered
from auditor.policy import Policy
from auditor.record import BESIDE, BILLED_HERE, Administration, Encounter
from auditor.verdict import Outcome, Verdict

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

    ``needs_in_part`` are columns that some of its subjects need: without one these alone are not
    evaluated, by :func:`~auditor.verdict.not_evaluated`.

    ``opened_by`` are the kinds of rows of which a rejected one may hold what a deficiency says is
    missing; a check that can tell which row it would be looks for that one itself.

    ``beyond_record``: a deficiency says that the claim has more than the record, or otherwise, so
    that it is open where the claim may bill another encounter of that day, too.
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
    opened_by: tuple[str, ...] = ()
    needs_in_part: tuple[str, ...] = ()
    beyond_record: bool = False

    def __reduce__(self) -> tuple[object, ...]:
        """A check is what its module has under its id, in every process."""
        return _of_module, (self.rule.__module__, self.id)

    def __call__(self, encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        """One verdict for each subject of the encounter that the rule looks at.

        A deficiency is undetermined where the files have what may answer it: a rejected row, an
        encounter of that day which the claim may bill, too, or a sheet without one of the columns
        that the check needs, though another sheet has it.
        """
        for verdict in self.rule(encounter, policy):
            is_deficient = verdict.outcome is Outcome.DEFICIENT
            because = self._open_question(verdict, encounter) if is_deficient else None
            if because is None:
                yield verdict
            else:
                yield replace(verdict, outcome=Outcome.UNDETERMINED, because=because, cure=None)

    def _open_question(self, verdict: Verdict, encounter: Encounter) -> str | None:
        """What may answer a deficiency, in a sentence."""
        subject = verdict.subject if isinstance(verdict.subject, Administration) else None
        without = _without_column(self, encounter) if subject is None else _lacks(self, subject)
        if without is not None:
            return without
        for kind in self.opened_by:
            of = subject if kind == "order" else None  # another drug's order answers nothing
            if lost := encounter.rejected_row(kind, of):
                return f"{verdict.because} A row that was rejected may say otherwise ({lost.cell})."
        if self.beyond_record and encounter.charted_without_claim is not None:
            return f"{verdict.because} {BESIDE[0].upper()}{BESIDE[1:]}: {BILLED_HERE}."
        return None


@remembered  # for it is asked for each line of the claim
def _without_column(check: Check, encounter: Encounter) -> str | None:
    """Which sheet of the record has no column that the check needs, in a sentence."""
    lacking = (_lacks(check, given) for given in encounter.administrations)
    return next((sentence for sentence in lacking if sentence is not None), None)


def _lacks(check: Check, given: Administration) -> str | None:
    for need in check.needs:
        kind, _, name = need.partition(".")
        if kind == "administration" and given.lacks_column(name):
            return (
                f"{given.sources[0].sheet} has no column for {name.replace('_', ' ')}; "
                "without one this cannot be judged."
            )
    return None


def check(
    *,
    title: str,
    authority: tuple[str, ...],
    severity: Severity,
    responsible: Responsible,
    examines: str,
    needs: tuple[str, ...] = (),
    payment: Payment | None = None,
    opened_by: tuple[str, ...] = (),
    needs_in_part: tuple[str, ...] = (),
    beyond_record: bool = False,
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
            opened_by=opened_by,
            needs_in_part=needs_in_part,
            beyond_record=beyond_record,
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
