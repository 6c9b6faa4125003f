"""A result -> the figures that a sweep keeps of it; the same numbers as every other outlet shows."""

from __future__ import annotations

from planner.finance.returns import payback_index
from planner.results import Result
from planner.studies.sweeps.outcome import PointFigures
from planner.views.finance import FinanceViews
from planner.views.plan import Views


def figures(result: Result) -> PointFigures:
    """Return a plan in figures; money in USD."""
    views = Views(result)
    head, report = views.headline, result.plan.report
    rates = head.return_against_do_nothing.rates_frac
    owner = (row.npv_usd for row in FinanceViews(result).returns if row.whose == "owner")
    return PointFigures(
        npv_usd=head.npv_usd,
        npv_bound_usd=None if report.bound_musd is None else report.bound_musd * 1e6,
        gap_frac=head.gap_frac,
        do_nothing_npv_usd=head.do_nothing_npv_usd,
        gain_usd=head.gain_usd,
        owner_gain_usd=next(owner, None),
        greenfield_npv_usd=None if result.greenfield is None else result.greenfield.npv_musd * 1e6,
        irr_frac=rates[0] if len(rates) == 1 else None,
        irr_words=head.return_against_do_nothing.words,
        payback_year=_payback_year(views),
        payback_words=head.payback,
        peak_funding_usd=head.peak_funding_usd,
        capex_usd=head.capex_usd,
        ai_it_mw=sum(row.it_mw for row in views.contracts if row.taken),
        offers=tuple(row.contract for row in views.contracts if row.taken),
        halls=tuple(f"{row.hall}:{row.design}@{row.build_start.isoformat()}" for row in views.conversions),
        upgrades=tuple(f"{row.upgrade}@{row.requested.isoformat()}" for row in views.upgrades if row.requested),
    )


def _payback_year(views: Views) -> int | None:
    """Return the year at whose end, or within which, what was spent has come back; None after the horizon."""
    difference = views.flows_usd(views.result.plan) - views.flows_usd(views.result.do_nothing)
    index = payback_index(difference)
    if index is None or index == views.instance.periods or views.headline.peak_funding_usd <= 0:
        return None
    return views.instance.period_start[index].year
