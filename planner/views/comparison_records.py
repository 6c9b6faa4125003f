"""What a comparison of results is shown as; the first result is what the others are held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from planner.views.case_differences import FieldRow

HEADLINE_FIGURES = 9
"""Rows of the headline that speak of the plan; the others speak of its search."""
SAME_USD, SAME_MW, SAME_FRAC = 1.0, 1e-3, 1e-6
"""Amounts that differ by less are the same."""


class Unit(StrEnum):
    """What a row counts."""

    USD = "USD"
    FRAC = "share"
    TEXT = ""


class Kind(StrEnum):
    """What is decided."""

    OFFER = "offer"
    HALL = "hall"
    REQUEST = "grid request"


@dataclass(frozen=True)
class Choice:
    """What became of one offer, hall or grid request in one result."""

    done: bool
    begun: date | None = None
    """Of a hall the works, of a grid request the request."""
    since: date | None = None
    """From when on it serves: service of an offer, readiness of a hall, usable power."""
    what: tuple[str, ...] = ()
    """Of an offer its halls, of a hall its design."""
    it_mw: float | None = None


NOT_DONE = Choice(done=False)


@dataclass(frozen=True)
class DecisionRow:
    """One offer, hall or grid request side by side; None where a case does not have it."""

    kind: Kind
    name: str
    choices: tuple[Choice | None, ...]
    since: date | None
    """First day on which the results differ in it; None where they do not."""

    @property
    def differs(self) -> bool:
        """Whether the results decide it otherwise; what a case does not have is not done."""
        return len({choice or NOT_DONE for choice in self.choices}) > 1


@dataclass(frozen=True)
class MegawattRow:
    """Megawatts of one use from a date on; None after the end of a study."""

    use: str
    since: date
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class AmountRow:
    """One figure side by side; None where it is not defined."""

    what: str
    unit: Unit
    values: tuple[float | str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether the results differ in it, beyond what is nothing."""
        first = self.values[0]
        return any(not alike(first, value, SAME_USD if self.unit is Unit.USD else SAME_FRAC) for value in self.values)

    def difference(self, i: int) -> float | None:
        """One result's figure less the first's; None where either is no number."""
        first, other = self.values[0], self.values[i]
        if isinstance(first, str) or isinstance(other, str) or first is None or other is None:
            return None
        return other - first


@dataclass(frozen=True)
class Verdict:
    """What one plan is worth more than the first; and between what the best plans of their two cases differ."""

    label: str
    usd: float
    """Of the plans found."""
    is_of_one_case: bool
    """Both are plans of the same case, so their difference says nothing about cases."""
    least_usd: float | None
    most_usd: float | None
    """The best plans of the two cases differ by an amount between these; unknown without bounds."""

    @property
    def is_sure(self) -> bool:
        """Whether it is proven which case has the better best plan."""
        if self.least_usd is None or self.most_usd is None:
            return False
        return self.least_usd > 0 or self.most_usd < 0


@dataclass(frozen=True)
class ComparisonView:
    """Results side by side; the first is what the others are compared with."""

    labels: tuple[str, ...]
    headline: tuple[AmountRow, ...]
    verdicts: tuple[Verdict, ...]
    decisions: tuple[DecisionRow, ...]
    megawatts: tuple[MegawattRow, ...]
    lines: tuple[AmountRow, ...]
    """Present value by line of the cash flow."""
    years: tuple[AmountRow, ...]
    """Nominal cash of each year, all lines."""
    fields: tuple[FieldRow, ...]
    """Of the cases, where they differ."""
    made_with: tuple[AmountRow, ...]
    """Versions and datasets."""
    notes: tuple[str, ...] = field(default=())
    """Why figures may not be compared like with like."""

    @property
    def since(self) -> date | None:
        """First day on which a decision differs; None where all agree."""
        return min((row.since for row in self.decisions if row.since is not None), default=None)

    @property
    def differs(self) -> bool:
        """Whether anything but the record of the searches differs."""
        rows = (*self.headline[:HEADLINE_FIGURES], *self.lines, *self.years)
        decided = any(row.differs for row in self.decisions) or bool(self.megawatts)
        return bool(self.fields) or decided or any(row.differs for row in rows)


def alike(first: float | str | None, other: float | str | None, step: float) -> bool:
    """Whether two figures are the same, beyond what is nothing."""
    if isinstance(first, float) and isinstance(other, float):
        return abs(first - other) < step
    return first == other
