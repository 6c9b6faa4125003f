"""A Pareto front as every outlet shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.results import Result
from planner.studies.fronts.against import Against
from planner.studies.fronts.front import Front, Point
from planner.translate.calendar import add_months
from planner.views.machines import hosted_offers
from planner.views.plan import Views
from site_conversion.measures import never_months


@dataclass(frozen=True)
class Axis:
    """What the other quantity is called, and in what it is shown."""

    title: str
    short: str
    unit: str
    is_money: bool
    more_is_better: bool = False


AXES = {
    Against.CAPEX: Axis("capital spent within the horizon", "capital", "USD", is_money=True),
    Against.PEAK_FUNDING: Axis("peak funding against going on mining", "peak funding", "USD", is_money=True),
    Against.CARBON: Axis("carbon within the horizon", "carbon", "t CO2", is_money=False),
    Against.FIRST_RENT: Axis("months to the first rent", "first rent", "months", is_money=False),
    Against.DOWNSIDE: Axis("the NPV in the stress", "stressed NPV", "USD", is_money=True, more_is_better=True),
}


@dataclass(frozen=True)
class PointRow:
    """One plan on the front; money in USD."""

    name: str
    value: float | None
    """Of the other quantity, in the axis' unit; None for a first rent that never comes."""
    first_rent: date | None
    npv_usd: float
    gain_usd: float
    npv_bound_usd: float | None
    """No plan under the point's limit is worth more."""
    gap_frac: float | None
    status: str
    capex_usd: float
    peak_funding_usd: float
    offers: tuple[str, ...]
    """Taken: those of tenants, then those of customers whose machines are hosted."""


@dataclass(frozen=True)
class FrontView:
    """What is shown of a front."""

    case: str
    against: str
    axis: Axis
    stress: str
    """In words; empty where the front is not against the downside."""
    points: tuple[PointRow, ...]
    do_nothing_value: float | None
    do_nothing_npv_usd: float
    notes: tuple[str, ...]


def view(found: Front) -> FrontView:
    """Return what is shown of a front."""
    result = found.points[0].result
    rows = tuple(_row(str(number), found, point) for number, point in enumerate(found.points, start=1))
    return FrontView(
        case=result.case.name,
        against=found.against.value,
        axis=AXES[found.against],
        stress=found.options.stress.words if found.against is Against.DOWNSIDE else "",
        points=rows,
        do_nothing_value=_shown(found.against, found.do_nothing_value, result),
        do_nothing_npv_usd=result.do_nothing.npv_musd * 1e6,
        notes=tuple(_notes(found)),
    )


def _shown(against: Against, value: float, result: Result) -> float | None:
    """Return a value in the unit in which it is shown."""
    if against is Against.FIRST_RENT:
        return None if value >= never_months(result.instance) else value
    if against is Against.DOWNSIDE:
        return -value * 1e6
    return value * (1e3 if against is Against.CARBON else 1e6) + 0.0


def _row(name: str, found: Front, point: Point) -> PointRow:
    views = Views(point.result)
    head = views.headline
    value = _shown(found.against, point.value, point.result)
    begun = None
    if found.against is Against.FIRST_RENT and value is not None:
        begun = add_months(point.result.instance.period_start[0], round(value))
    npv = point.result.plan.npv_musd
    bound = None if point.bound_musd is None else max(point.bound_musd, npv)
    return PointRow(
        name=name,
        value=value,
        first_rent=begun,
        npv_usd=head.npv_usd,
        gain_usd=head.gain_usd,
        npv_bound_usd=None if bound is None else bound * 1e6,
        gap_frac=None if bound is None else (bound - npv) / max(abs(npv), 1e-6),
        status=point.status.value,
        capex_usd=head.capex_usd + 0.0,
        peak_funding_usd=head.peak_funding_usd,
        offers=(*(row.contract for row in views.contracts if row.taken), *hosted_offers(point.result)),
    )


def _notes(found: Front) -> list[str]:
    notes = []
    if len(found.points) == 1 and not found.is_stopped:
        whose = "" if found.best_outside is None else ", of those that obey every limit in the stress too,"
        notes.append(f"there is nothing to trade: the plan of the best NPV{whose} is also the best in the other")
    if found.best_outside is not None:
        best = found.best_outside.plan.npv_musd
        notes.append(f"the best plan of the case is worth {best:,.1f} MUSD and is not here: in the stress it breaks a "
                     "limit, as a loan's or that of equity")  # fmt: skip
    if any(_open(point) for point in found.points):
        notes.append("a point whose gap is not zero may lie below the true front, by at most its gap, and a plan that "
                     "beats it in both may exist")  # fmt: skip
    if found.is_stopped:
        notes.append("some searches were stopped before the asked gap: points may be missing or not the best")
    low = found.points[0]
    least = found.least_bound
    if least is not None and low.value - least > 1e-4 * max(1.0, abs(low.value)):
        shown = _shown(found.against, least, low.result)
        axis = AXES[found.against]
        amount = "none" if shown is None else _in_words(axis, shown)
        notes.append(f"that no plan is better than point 1 in {axis.title} is not proven: better than {amount} none is")
    if found.against is Against.DOWNSIDE:
        notes.append("in the stress the same offers, works, requests and purchases are held; running and selling "
                     "machines adapts, and every limit, a loan's included, holds there too")  # fmt: skip
    return notes


def _in_words(axis: Axis, shown: float) -> str:
    return f"{shown / 1e6:,.1f} MUSD" if axis.is_money else f"{shown:,.0f} {axis.unit}"


def _open(point: Point) -> bool:
    bound = point.bound_musd
    return bound is None or bound - point.result.plan.npv_musd > 1e-6 * max(1.0, abs(bound))
