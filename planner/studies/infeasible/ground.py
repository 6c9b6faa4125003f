"""What the remedies of a case are made from."""

from __future__ import annotations

from dataclasses import dataclass

from planner.schemas import Case
from planner.translate.causes import Cause, CauseKind
from site_conversion.instance import Instance

STEP_MW = 0.1


@dataclass(frozen=True)
class Ground:
    """A case without a plan, its arrays and its causes."""

    case: Case
    instance: Instance
    causes: tuple[Cause, ...]

    def amount(self, kind: CauseKind) -> float:
        """Most that is missing of a kind, in the unit of its causes."""
        return max((cause.amount or 0.0 for cause in self.causes if cause.kind is kind), default=0.0)

    @property
    def most_mw(self) -> float:
        """Most MW at the meter that all that is signed could draw, rounded up and one more."""
        instance = self.instance
        ratio = float(instance.design_ratio_peak.max(initial=1.0))
        it_mw = float(instance.contract_it_mw[instance.must_deliver].sum())
        hosted_mw = float(instance.hosting.mw[instance.hosting.must_serve].sum())
        return float(int(ratio * it_mw + hosted_mw)) + 2.0
