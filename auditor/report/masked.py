"""What the outputs of a masked audit say of files and of earlier decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.mask import Mask, masked_ids
from auditor.report.decisions import (
    FIELDS,
    GONE,
    NEW,
    Carried,
    Decided,
    Decisions,
    Earlier,
    Filled,
    Told,
    Typed,
    decisions_of,
    told_of,
)
from auditor.report.findings import FindingRow, finding_row, in_order
from auditor.report.manifest import InputFile
from auditor.run import Audit

_NOTHING = Told("", "", "", "", "")
_CHOSEN = {field.header: field for field in FIELDS if field.choices}


@dataclass(frozen=True, slots=True)
class Masking:
    """The mask, and the true audit that stands behind a masked one.

    By its findings in words earlier decisions are compared.  ``files`` are the names of the inputs
    as the addresses of cells have them.
    """

    mask: Mask
    audit: Audit
    files: tuple[str, ...]

    def inputs(self, read: Sequence[InputFile]) -> list[InputFile]:
        """The files by their numbers; only the holder of the key can tell a hash."""
        return [
            InputFile(self.mask.file(name), self.mask.keyed(file.sha256), file.size)
            for name, file in zip(self.files, read, strict=True)
        ]

    def workbook(self, number: int, read: InputFile) -> InputFile:
        """An earlier workbook by its number."""
        return InputFile(f"workbook {number}", self.mask.keyed(read.sha256), read.size)

    def decisions(self, filled: Sequence[Filled], rows: Iterable[FindingRow]) -> Decisions:
        """The decisions of earlier workbooks, masked or not, as far as they are choices.

        What was typed freely is left out, and of a finding that is gone all but that it is.
        """
        masked = list(rows)
        true_rows = (finding_row(finding, {}) for finding in in_order(self.audit))
        decisions = decisions_of(filled, [*true_rows, *masked])
        ids = masked_ids(self.audit, self.mask)
        true = {mine: theirs for theirs, mine in ids.items()}
        gone = {row.decided.finding_id for row in decisions.earlier if row.became == GONE}
        return Decisions(
            files=tuple(f"workbook {number}" for number, _ in enumerate(filled, start=1)),
            carried={
                row.finding_id: _choices(_of_either(decisions.carried, row.finding_id, true))
                for row in masked
            },
            earlier=tuple(
                Earlier(Decided("", self.mask.name("GONE", name), _NOTHING, {}), GONE, "")
                for name in sorted(gone, key=lambda name: self.mask.name("GONE", name))
            ),
            elsewhere=(),
            unsealed=(),
        )


def at_home(filled: Filled, audit: Audit, mask: Mask, rows: Iterable[FindingRow]) -> Filled:
    """A workbook that was masked, by the findings of the true audit; any other one as it is.

    Its sentences are masked, so of what it said only the result is compared.
    """
    told = {row.finding_id: told_of(row) for row in rows}
    true = {masked: own for own, masked in masked_ids(audit, mask).items()}

    def known(row: Decided) -> Decided:
        own = true.get(row.finding_id)
        if own is None:
            return row
        said = replace(told[own], result=row.told.result)
        return replace(row, finding_id=own, told=said)

    return replace(
        filled,
        worklist=tuple(map(known, filled.worklist)),
        kept=tuple(map(known, filled.kept)),
    )


def _of_either(carried: Mapping[str, Carried], name: str, true: Mapping[str, str]) -> Carried:
    """What a masked workbook says of a finding, else what an unmasked one does."""
    own, theirs = carried[name], carried.get(true.get(name, ""))
    return theirs if theirs is not None and own.since == NEW else own


def _choices(carried: Carried) -> Carried:
    def is_choice(header: str, value: Typed) -> bool:
        return header in _CHOSEN and _CHOSEN[header].expects(value)

    kept = {header: value for header, value in carried.typed.items() if is_choice(header, value)}
    return replace(carried, typed=kept)
