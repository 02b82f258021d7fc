"""One registration to discharge: what happened, and what was billed, written down by hand.

A scenario says what was given, minute by minute from arrival, and bills the lines itself; nothing
here asks the auditor what the record supports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random

from formulary import BLOOD, DRUGS, HYDRATION, INDICATIONS, WITHOUT_LINE, Drug

ED, OBSERVATION = "HSH EMERGENCY DEPT", "HSH OBSERVATION UNIT"
CLINIC, ONCOLOGY = "HSH INFUSION CLINIC", "HSH ONCOLOGY"
EMS = "EMS PREHOSPITAL"

STAFF = {
    ED: ("RN-0412", "RN-0418", "RN-0437", "RN-0451", "RN-0466", "RN-0479"),
    OBSERVATION: ("RN-0603", "RN-0611", "RN-0628", "RN-0640"),
    CLINIC: ("RN-0207", "RN-0215", "RN-0222"),
    ONCOLOGY: ("RN-0318", "RN-0325", "RN-0331"),
    EMS: ("EMS-0017", "EMS-0023"),
}
PROVIDERS = {
    ED: ("MD-1182", "MD-1190", "PA-1207", "MD-1215"),
    OBSERVATION: ("MD-1301", "NP-1316"),
    CLINIC: ("MD-1422", "MD-1430"),
    ONCOLOGY: ("MD-1504", "MD-1511"),
}
CODERS = ("CODER-02", "CODER-03", "CODER-05", "CODER-08")
ARMS = ("Right antecubital", "Left antecubital", "Right forearm", "Left forearm", "Left hand")
PORT = "Right chest port"
STILL_IN = datetime(2157, 11, 19)  # how the line record writes "not removed"


@dataclass
class Order:
    """One practitioner's order; ``ordered_at`` and ``authenticated_at`` in local time."""

    order_id: str
    drug: str
    ordered_at: datetime
    authenticated_at: datetime | None
    provider: str
    indication: str
    route: str
    rate: str = ""
    volume: str = ""
    basis: str = "Individual"
    mode: str = "CPOE"


@dataclass
class Line:
    """One vascular access of the line record."""

    access_id: str
    description: str
    site: str
    placed_at: datetime
    removed_at: datetime | None
    placed_by: str
    reason: str


@dataclass
class Given:
    """One drug or fluid given once, or offered and refused.

    ``runs`` are the truth; ``charts_start`` and ``charts_stop`` say whether the nurse wrote the
    ends down.  ``action`` is the word charted for what has no duration.
    """

    key: str
    kind: str  # infusion, push, injection or tablet
    route: str
    runs: list[tuple[datetime, datetime]]
    site: str
    order_id: str
    containers: tuple[str, ...]
    staff: dict[str, str]
    dose: Decimal
    rate: Decimal | None = None
    bag_changes: tuple[datetime, ...] = ()
    rate_changes: tuple[tuple[datetime, Decimal], ...] = ()
    checks: tuple[datetime, ...] = ()
    begun_by_ems: bool = False
    charts_start: bool = True
    charts_stop: bool = True
    comment: str = ""
    reason: str = ""
    action: str = "Given"
    wasted: int | None = None

    @property
    def drug(self) -> Drug:
        """The product."""
        return DRUGS[self.key]

    @property
    def start(self) -> datetime:
        """When it began."""
        return self.runs[0][0]

    @property
    def stop(self) -> datetime:
        """When it ended."""
        return self.runs[-1][1]


@dataclass
class ClaimLine:
    """One line of the claim."""

    revenue_code: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    service_date: date
    charge: Decimal


def add(minutes: int) -> int:
    """Additional hours after a first hour: 90 → 0, 91 → 1."""
    return max(0, (minutes + 29) // 60 - 1)


def whole(minutes: int) -> int:
    """Hours where every hour is an add-on: 30 → 0, 31 → 1, 91 → 2."""
    return (minutes + 29) // 60 if minutes >= 31 else 0


CHARGES = {
    "96360": "412.00", "96361": "148.50", "96365": "655.00", "96366": "171.25", "96367": "248.00",
    "96368": "95.00", "96372": "134.00", "96374": "389.00", "96375": "142.75", "96376": "88.00",
    "96401": "402.00", "96402": "318.00", "96409": "566.00", "96411": "301.00",
    "96413": "1184.00", "96415": "287.50", "96417": "402.25", "36430": "1240.00",
    "G0378": "112.00", "80053": "186.00", "85025": "94.00", "74177": "2860.00", "71046": "310.00",
    "36000": "95.00", "90760": "412.00", "90765": "655.00",
    "99282": "410.00", "99283": "688.00", "99284": "1190.00", "99285": "1785.00",
}  # fmt: skip
REVENUE = {
    "36430": 391, "G0378": 762, "80053": 301, "85025": 305, "74177": 352, "71046": 324,
    "36000": 450, "99282": 450, "99283": 450, "99284": 450, "99285": 450,
}  # fmt: skip
PAYERS = (*("Medicare Part B",) * 8, "Medicare Advantage")
CHEMOTHERAPY = ("96401", "96402", "96409", "96411", "96413", "96415", "96417")


@dataclass
class Stay:
    """The builder that a scenario fills.  ``t`` is always minutes after arrival."""

    number: int
    unit: str
    arrived: datetime
    random: Random
    diagnoses: tuple[str, ...] = ()
    encounter_id: str = ""
    account_id: str = ""
    patient_id: str = ""
    arrival_mode: str = "Walk-in"
    arrival_charted: bool = True
    site: str = ""
    observation: tuple[datetime, datetime] | None = None
    departed_ed: datetime | None = None
    discharged: datetime | None = None
    inpatient: datetime | None = None
    given: list[Given] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    claim: list[ClaimLine] = field(default_factory=list)
    billed: dict[tuple[str, date, tuple[str, ...]], int] = field(default_factory=dict)
    coder: str = ""
    payer: str = ""
    drug_units: dict[str, int] = field(default_factory=dict)
    drug_modifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    discarded: dict[str, int] = field(default_factory=dict)
    drugs_off: bool = False
    charged_all_the_same: bool = False

    def __post_init__(self) -> None:
        """Number the stay and choose who works on it."""
        self.encounter_id = f"00704{self.number * 7 + 11:05d}"
        self.account_id = f"0600{self.number * 3 + 20017:06d}"
        self.patient_id = f"00{self.number * 13 + 381204:06d}"
        self._key = copy(self.random).random()
        self.payer = self.draw("payer").choice(PAYERS)
        self.coder = self.random.choice(CODERS)
        self._nurse = {unit: self.random.choice(staff) for unit, staff in STAFF.items()}
        self._containers = 0
        self._order_of: dict[tuple[str, str], Order] = {}

    def draw(self, purpose: str) -> Random:
        """Chance for one purpose: what else happens in the stay does not change it."""
        return Random(f"{self._key} {purpose}")

    # ── where and when ────────────────────────────────────────────────────────────────────────

    def at(self, t: int) -> datetime:
        """The wall clock ``t`` minutes after arrival."""
        return self.arrived + timedelta(minutes=t)

    def observe(self, begin: int, hours: int, *, hours_billed: int | None = None) -> None:
        """Placed in observation at ``begin`` for ``hours`` hours and some minutes."""
        end = begin + hours * 60 + self.draw("observation").randint(-20, 20)
        self.observation = (self.at(begin), self.at(end))
        self.departed_ed = self.at(begin + 4)
        self.discharged = self.at(end + 10)
        self.bill("G0378", begin, hours if hours_billed is None else hours_billed)

    def department(self, moment: datetime) -> str:
        """Where the patient is."""
        if self.observation and moment >= self.observation[0]:
            return OBSERVATION
        return self.unit

    def place_line(
        self,
        site: str,
        t: int = 8,
        *,
        description: str = "Peripheral IV 20 G",
        until: int | None = None,
        placed_by: str = "",
        reason: str = "IV access",
    ) -> str:
        """A line in the access record; the first one becomes the site of what follows."""
        permanent = site == PORT or "PICC" in description
        placed = self.arrived - timedelta(days=140, minutes=25) if permanent else self.at(t)
        removed = STILL_IN if permanent else None if until is None else self.at(until)
        name = f"LDA-{self.number:04d}-{len(self.lines) + 1}"
        nurse = placed_by or self._nurse[self.unit]
        self.lines.append(Line(name, description, site, placed, removed, nurse, reason))
        self.site = self.site or site
        return site

    # ── what was ordered and given ────────────────────────────────────────────────────────────

    def order(
        self,
        key: str,
        kind: str,
        t: int,
        *,
        verbal: bool = False,
        basis: str = "Individual",
        indication: str | None = None,
    ) -> str:
        """One order, entered at ``t``; a verbal one is authenticated 90 minutes later."""
        drug = DRUGS[key]
        route = {"push": "IV push", "injection": "IM", "tablet": "Oral"}.get(kind, "IV")
        moment = self.at(t)
        unit = self.department(moment) if t >= 0 else self.unit
        order = Order(
            f"{8801000 + self.number * 40 + len(self.orders):010d}",
            drug.ordered,
            moment,
            moment + timedelta(minutes=90) if verbal else moment,
            self.draw(f"provider {kind} {t}").choice(PROVIDERS[unit]),
            INDICATIONS[key] if indication is None else indication,
            route,
            basis=basis,
            mode="Verbal" if verbal else "CPOE",
        )
        self.orders.append(order)
        self._order_of[key, kind] = order
        return order.order_id

    def _order_for(self, key: str, kind: str, t: int) -> str:
        if (key, kind) not in self._order_of:
            lead = self.draw(f"order {key} {kind}")
            scheduled = self.unit in (CLINIC, ONCOLOGY)
            ahead = lead.randint(3, 9) * 1440 + 95 if scheduled else lead.randint(4, 11)
            self.order(key, kind, t - ahead if scheduled else max(2, t - ahead))
        return self._order_of[key, kind].order_id

    def infuse(
        self,
        key: str,
        t: int,
        minutes: int,
        *,
        pauses: Sequence[tuple[int, int]] = (),
        site: str | None = None,
        order: str | None = None,
        bags: int = 1,
        dose: str | None = None,
        flush: bool = True,
        ems: bool = False,
        charts_start: bool = True,
        charts_stop: bool = True,
        titrate: bool = False,
        planned: int = 0,
        comment: str = "",
        reason: str = "",
    ) -> Given:
        """A bag from ``t`` that runs ``minutes`` in all, standing still in ``pauses`` (t, t).

        The pump is set to run ``planned`` minutes, by default about as many as it ran.
        """
        drug = DRUGS[key]
        order_id = self._order_for(key, "infusion", t) if order is None else order
        runs, left, at = [], minutes, t
        for pause, resume in pauses:
            runs.append((self.at(at), self.at(pause)))
            left -= pause - at
            at = resume
        runs.append((self.at(at), self.at(at + left)))
        amount = Decimal(dose) if dose else drug.dose
        volume = Decimal(drug.volume)
        if drug.kind == HYDRATION:
            amount = volume = Decimal(500 if minutes <= 45 else 1000 * bags)
        planned = planned or max(10, (minutes + 5) // 10 * 10)
        rate = (volume * 60 / planned).quantize(Decimal(1))
        given = Given(
            key,
            "infusion",
            "IV" if drug.kind in (HYDRATION, BLOOD) else "IVPB",
            runs,
            self.site if site is None else site,
            order_id,
            tuple(self._container() for _ in range(bags)),
            self._nurse,
            amount,
            rate,
            checks=self._rate_checks(runs),
            begun_by_ems=ems,
            charts_start=charts_start,
            charts_stop=charts_stop,
            comment=comment,
            reason=reason,
        )
        if bags > 1:
            step = minutes // bags
            given.bag_changes = tuple(self.at(t + step * n) for n in range(1, bags))
        if titrate:
            given.rate_changes = tuple(
                (self.at(t + 30 * n), (rate * n / 2).quantize(Decimal(1))) for n in (1, 2)
            )
        self.given.append(given)
        self._write_rate(order_id, rate, volume)
        if flush:
            self.flush(at + left + 1, site)
        return given

    def _rate_checks(self, runs: Sequence[tuple[datetime, datetime]]) -> tuple[datetime, ...]:
        every = timedelta(minutes=60)
        checks = []
        for start, stop in runs:
            moment = start + timedelta(minutes=17)
            while moment < stop - timedelta(minutes=10):
                checks.append(moment)
                moment += every
        return tuple(checks)

    def _write_rate(self, order_id: str, rate: Decimal, volume: Decimal) -> None:
        for order in self.orders:
            if order.order_id == order_id and not order.rate:
                order.rate, order.volume = f"{rate} mL/hr", f"{volume} mL"

    def push(
        self,
        key: str,
        t: int,
        *,
        site: str | None = None,
        flush: bool = True,
        dose: str | None = None,
        comment: str = "",
    ) -> Given:
        """A hand push at ``t``, followed by a flush."""
        given = self._at_once(key, "push", "IV push", t, dose, site)
        given.comment = comment
        if flush:
            self.flush(t + 1, site)
        return given

    def inject(self, key: str, t: int, route: str = "IM", *, where: str = "Left deltoid") -> Given:
        """An intramuscular or subcutaneous injection."""
        return self._at_once(key, "injection", route, t, None, where)

    def tablet(self, key: str, t: int, action: str = "Given") -> Given:
        """A tablet, or with another ``action`` one that was not taken."""
        given = self._at_once(key, "tablet", "Oral", t, None, "")
        given.action = action
        return given

    def flush(self, t: int, site: str | None = None) -> None:
        """10 mL of saline to clear the line, by the unit's standing order."""
        if ("flush", "push") not in self._order_of:
            self.order("flush", "push", 1, basis="Standing")
        self._at_once("flush", "push", "IV push", t, None, site)

    def _at_once(
        self, key: str, kind: str, route: str, t: int, dose: str | None, site: str | None
    ) -> Given:
        moment = self.at(t)
        given = Given(
            key,
            kind,
            route,
            [(moment, moment)],
            self.site if site is None else site,
            self._order_for(key, kind, t),
            (self._container(),),
            self._nurse,
            Decimal(dose) if dose else DRUGS[key].dose,
        )
        self.given.append(given)
        if route in ("SubQ", "IM"):
            order = self._order_of[key, kind]
            order.route = route
        return given

    def _container(self) -> str:
        self._containers += 1
        return f"BC{self.number:04d}{self._containers:03d}"

    # ── what was billed ───────────────────────────────────────────────────────────────────────

    def bill(self, code: str, t: int, units: int = 1, *modifiers: str) -> None:
        """``units`` of ``code`` on the day of minute ``t``; equal lines of one day are joined."""
        if units:
            key = (code, self.at(t).date(), modifiers)
            self.billed[key] = self.billed.get(key, 0) + units

    def bill_hours(self, first: str, more: str, t: int, minutes: int, *modifiers: str) -> None:
        """A first hour and add(minutes) more, each dated by the minute in which it begins."""
        self.bill(first, t, 1, *modifiers)
        for hour in range(1, add(minutes) + 1):
            self.bill(more, t + 60 * hour)

    def bill_whole(self, code: str, t: int, minutes: int) -> None:
        """whole(minutes) add-on hours, each dated by the minute in which it begins."""
        for hour in range(whole(minutes)):
            self.bill(code, t + 60 * hour)

    def leaves(self) -> int:
        """The minute in which the patient can leave: some time after the last drug."""
        last = max((g.stop for g in self.given), default=self.at(45))
        return (last - self.arrived) // timedelta(minutes=1) + self.draw("leaves").randint(24, 70)

    def close(self, leaves: int | None = None) -> None:
        """Discharge, remove the lines, and write the claim: visit and services, then the drugs."""
        if self.discharged is None:
            self.discharged = self.at(self.leaves() if leaves is None else leaves)
        for line in self.lines:
            if line.removed_at is None:
                line.removed_at = self.discharged - timedelta(minutes=9)
        for (code, day, modifiers), units in self.billed.items():
            charge = Decimal(CHARGES[code]) * units
            self.claim.append(
                ClaimLine(self._revenue_code(code), code, modifiers, units, day, charge)
            )
        self._bill_drugs()
        self.claim.sort(key=lambda line: (line.service_date, line.revenue_code, line.code))

    def _revenue_code(self, code: str) -> int:
        if code in CHEMOTHERAPY:
            return 335
        return REVENUE.get(code, 450 if self.unit == ED else 260)

    def _bill_drugs(self) -> None:
        """Each drug's dose of a day in its HCPCS units, rounded up once (D-01)."""
        doses: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        for given in self.given:
            if given.begun_by_ems:
                continue  # the bag of whoever began it
            if given.action == "Refused" and not self.charged_all_the_same:
                continue
            doses[given.key, given.start.date()] += given.dose
        for (key, day), dose in doses.items():
            drug = DRUGS[key]
            if key in WITHOUT_LINE or self.drugs_off:
                continue
            units = int((dose / drug.per_unit).to_integral_value(ROUND_CEILING))
            units = self.drug_units.get(key, units)
            modifiers = self.drug_modifiers.get(key, ("JZ",) if drug.container else ())
            revenue_code = 636 if drug.hcpcs else (258 if drug.volume else 250)
            if drug.kind == BLOOD:
                self.claim.append(ClaimLine(390, "P9016", (), 1, day, drug.price))
                continue
            quantity = units if drug.hcpcs else 1
            self.claim.append(
                ClaimLine(revenue_code, drug.hcpcs, modifiers, quantity, day, drug.price)
            )
            if key in self.discarded:
                units = self.discarded[key]
                line = ClaimLine(revenue_code, drug.hcpcs, ("JW",), units, day, drug.price)
                self.claim.append(line)
