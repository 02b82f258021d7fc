"""What stops an audit on a cluster, in the user's words."""


class ClusterError(Exception):
    """The cluster cannot be used; the text is one sentence."""


class Unfinished(Exception):
    """Some work could not be done; the text says what, and that the rest is kept."""
