"""What stops an output, in the user's words."""


class OutputError(Exception):
    """The outputs could not be put in place and nothing was changed; the text says why."""
