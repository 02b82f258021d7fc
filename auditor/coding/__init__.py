"""What the record supports, and how the claim differs from it."""

from auditor.coding.access import SiteRecord, site_record
from auditor.coding.compare import (
    administration_lines,
    billed_units,
    compare,
    in_payment_window,
    initial_lines,
)
from auditor.coding.correction import CorrectedLine, corrected_lines
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.distinct import DistinctLine, distinct_lines
from auditor.coding.drug_lines import DrugService, drug_services, given_doses
from auditor.coding.elements import ELEMENTS, Element, required_elements
from auditor.coding.encounter import supported
from auditor.coding.explain import explain_units
from auditor.coding.minutes import add, whole
from auditor.coding.orders import Cover, covering, order_for
from auditor.coding.support import Course, Review, Support, SupportedLine, Variance
from auditor.coding.timed import (
    Family,
    began_before_arrival,
    billed_of,
    billed_untimed,
    charted_again_in_observation,
    counted_from_its_start,
    family_of,
    has_full_times,
    rivals,
    runs_into_observation,
    surplus,
)

__all__ = [
    "DRUGS",
    "ELEMENTS",
    "CorrectedLine",
    "Course",
    "Cover",
    "DistinctLine",
    "DrugService",
    "Element",
    "Family",
    "Review",
    "SiteRecord",
    "Support",
    "SupportedLine",
    "Variance",
    "add",
    "administration_lines",
    "began_before_arrival",
    "billed_of",
    "billed_units",
    "billed_untimed",
    "charted_again_in_observation",
    "compare",
    "corrected_lines",
    "counted_from_its_start",
    "covering",
    "distinct_lines",
    "drug_services",
    "explain_units",
    "family_of",
    "given_doses",
    "has_full_times",
    "in_payment_window",
    "initial_lines",
    "is_chemo",
    "order_for",
    "required_elements",
    "rivals",
    "runs_into_observation",
    "site_record",
    "supported",
    "surplus",
    "whole",
]
