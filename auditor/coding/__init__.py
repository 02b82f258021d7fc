"""What the record supports, and how the claim differs from it."""

from auditor.coding.access import SiteRecord, site_record
from auditor.coding.claim import (
    administration_lines,
    billed_units,
    in_payment_window,
    initial_lines,
)
from auditor.coding.compare import compare
from auditor.coding.correction import CorrectedLine, corrected_lines
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.distinct import DistinctLine, distinct_lines, encounters_that_day
from auditor.coding.drug_lines import DrugService, drug_services, given_doses
from auditor.coding.elements import ELEMENTS, Element, required_elements
from auditor.coding.encounter import supported
from auditor.coding.explain import COMPUTED, explain_units, units_in_words, with_computed_stops
from auditor.coding.minutes import add, whole
from auditor.coding.orders import Cover, covering, is_ordered, order_for
from auditor.coding.second_access import Accesses, accesses_of
from auditor.coding.support import Course, Review, Support, SupportedLine, Variance
from auditor.coding.timed import (
    Carried,
    Family,
    began_before_arrival,
    billed_of,
    billed_untimed,
    came_in_running,
    carried_into_observation,
    codes_billing,
    counted_from_its_start,
    family_of,
    has_full_times,
    lacks_hand_over,
    last_rate,
    rivals,
    surplus,
)

__all__ = [
    "COMPUTED",
    "DRUGS",
    "ELEMENTS",
    "Accesses",
    "Carried",
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
    "accesses_of",
    "add",
    "administration_lines",
    "began_before_arrival",
    "billed_of",
    "billed_units",
    "billed_untimed",
    "came_in_running",
    "carried_into_observation",
    "codes_billing",
    "compare",
    "corrected_lines",
    "counted_from_its_start",
    "covering",
    "distinct_lines",
    "drug_services",
    "encounters_that_day",
    "explain_units",
    "family_of",
    "given_doses",
    "has_full_times",
    "in_payment_window",
    "initial_lines",
    "is_chemo",
    "is_ordered",
    "lacks_hand_over",
    "last_rate",
    "order_for",
    "required_elements",
    "rivals",
    "site_record",
    "supported",
    "surplus",
    "units_in_words",
    "whole",
    "with_computed_stops",
]
