"""What stops an output, in the user's words."""


class OutputError(Exception):
    """The outputs could not be put in place and nothing was changed; the text says why."""


class DecisionsError(Exception):
    """An earlier workbook cannot be read back; the text says which, and what would help."""
