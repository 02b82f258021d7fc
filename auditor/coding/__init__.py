"""What the record supports, and how the claim differs from it."""

from auditor.coding.access import SiteRecord, site_record
from auditor.coding.behind import ByVein, by_vein, nothing_behind
from auditor.coding.compare import (
    administration_lines,
    billed_units,
    compare,
    in_payment_window,
    initial_lines,
)
from auditor.coding.courses import DRUGS, is_chemo
from auditor.coding.drug_lines import DrugService, drug_services, given_doses
from auditor.coding.encounter import supported
from auditor.coding.excess import (
    Cause,
    Excess,
    excess_of,
    first_hours_again,
    is_carried_over,
    runs_beside,
)
from auditor.coding.explain import explain_units
from auditor.coding.initials import initials_on_record, open_accesses, surplus_initials
from auditor.coding.kinds import (
    Kind,
    codes_of_kind,
    is_continued_at_home,
    kind_of,
    on_record,
)
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
    stops_before_it_starts,
    surplus,
)

__all__ = [
    "DRUGS",
    "ByVein",
    "Cause",
    "Course",
    "Cover",
    "DrugService",
    "Excess",
    "Family",
    "Kind",
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
    "by_vein",
    "charted_again_in_observation",
    "codes_of_kind",
    "compare",
    "counted_from_its_start",
    "covering",
    "drug_services",
    "excess_of",
    "explain_units",
    "family_of",
    "first_hours_again",
    "given_doses",
    "has_full_times",
    "in_payment_window",
    "initial_lines",
    "initials_on_record",
    "is_carried_over",
    "is_chemo",
    "is_continued_at_home",
    "kind_of",
    "nothing_behind",
    "on_record",
    "open_accesses",
    "order_for",
    "rivals",
    "runs_beside",
    "runs_into_observation",
    "site_record",
    "stops_before_it_starts",
    "supported",
    "surplus",
    "surplus_initials",
    "whole",
]
