"""What the record supports, and how the claim differs from it."""

from auditor.coding.access import site_of, site_record, tells_the_access
from auditor.coding.behind import by_vein, nothing_behind
from auditor.coding.claim import (
    administration_lines,
    billed_units,
    in_payment_window,
    initial_lines,
    lines_billing,
)
from auditor.coding.compare import compare, lines_of
from auditor.coding.correction import CorrectedLine, corrected_lines
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.distinct import DistinctLine, distinct_lines, encounters_that_day
from auditor.coding.drug_lines import DrugService, drug_services
from auditor.coding.drug_units import DrugUnits, drug_units
from auditor.coding.elements import DOCUMENTED, ELEMENTS, Element, required_elements, stop_on_record
from auditor.coding.encounter import supported
from auditor.coding.excess import (
    Cause,
    excess_of,
    first_hours_again,
    runs_beside,
)
from auditor.coding.explain import COMPUTED, explain_units, units_in_words, with_computed_stops
from auditor.coding.fluids import Fluids, fluids_of
from auditor.coding.infusions import concurrent_minutes
from auditor.coding.initials import initials_on_record, open_accesses, surplus_initials
from auditor.coding.kinds import (
    Kind,
    codes_of_kind,
    is_continued_at_home,
    kind_of,
    on_record,
)
from auditor.coding.minutes import Span, add, around, neighbours, seconds, whole
from auditor.coding.open_questions import is_open, open_questions
from auditor.coding.orders import Cover, covering, is_ordered, order_at_start, order_for
from auditor.coding.second_access import Accesses, accesses_of
from auditor.coding.support import (
    UNDER_AN_ADD_ON,
    UNDER_ANOTHER_FAMILY,
    Course,
    Review,
    Support,
    SupportedLine,
    Variance,
    with_neighbours,
)
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
    left_open,
    rivals,
    stops_before_it_starts,
    surplus,
)
from auditor.coding.unbilled import doubt_of, is_for_the_inpatient_claim

__all__ = [
    "COMPUTED",
    "DOCUMENTED",
    "DRUGS",
    "ELEMENTS",
    "UNDER_ANOTHER_FAMILY",
    "UNDER_AN_ADD_ON",
    "Accesses",
    "Carried",
    "Cause",
    "CorrectedLine",
    "Course",
    "Cover",
    "DistinctLine",
    "DrugService",
    "DrugUnits",
    "Element",
    "Family",
    "Fluids",
    "Kind",
    "Review",
    "Span",
    "Support",
    "SupportedLine",
    "Variance",
    "accesses_of",
    "add",
    "administration_lines",
    "around",
    "began_before_arrival",
    "billed_of",
    "billed_units",
    "billed_untimed",
    "by_vein",
    "came_in_running",
    "carried_into_observation",
    "codes_billing",
    "codes_of_kind",
    "compare",
    "concurrent_minutes",
    "corrected_lines",
    "counted_from_its_start",
    "covering",
    "distinct_lines",
    "doubt_of",
    "drug_services",
    "drug_units",
    "encounters_that_day",
    "excess_of",
    "explain_units",
    "family_of",
    "first_hours_again",
    "fluids_of",
    "has_full_times",
    "in_payment_window",
    "initial_lines",
    "initials_on_record",
    "is_chemo",
    "is_continued_at_home",
    "is_for_the_inpatient_claim",
    "is_open",
    "is_ordered",
    "kind_of",
    "lacks_hand_over",
    "last_rate",
    "left_open",
    "lines_billing",
    "lines_of",
    "neighbours",
    "nothing_behind",
    "on_record",
    "open_accesses",
    "open_questions",
    "order_at_start",
    "order_for",
    "required_elements",
    "rivals",
    "runs_beside",
    "seconds",
    "site_of",
    "site_record",
    "stop_on_record",
    "stops_before_it_starts",
    "supported",
    "surplus",
    "surplus_initials",
    "tells_the_access",
    "units_in_words",
    "whole",
    "with_computed_stops",
    "with_neighbours",
]
