"""The same audit on many machines: see :mod:`auditor.cluster.audit`."""
