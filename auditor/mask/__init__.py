"""Masked sharing: the same audit under keyed pseudonyms, with dates shifted per patient.

The records are masked before anything is judged for the outputs or written, so nothing behind this
step ever sees an identifier, a date or a typed text of the files.
"""

from auditor.mask.differences import judged_otherwise
from auditor.mask.findings import masked_ids
from auditor.mask.key import MaskKeyError, has_key, kept_key
from auditor.mask.mask import Mask

__all__ = ["Mask", "MaskKeyError", "has_key", "judged_otherwise", "kept_key", "masked_ids"]
