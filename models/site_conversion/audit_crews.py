"""What crews have under way on every day that counts, added up from the works of the plan."""

from __future__ import annotations

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import Floats


def check_crews(plan: Plan, report: Report) -> None:
    """No more halls busy and no more IT MW being fitted out at once than there are crews for."""
    crews = report.instance.crews
    it_mw, busy = np.zeros(len(crews.period)), np.zeros((len(report.instance.halls), len(crews.period)), dtype=np.bool_)
    for works in plan.fitouts:
        under_way = crews.under_way[works.hall, works.design, works.ready]
        busy[works.hall] |= under_way
        it_mw += under_way * works.fitted_mw
    _check(report, "crew_halls", "crews for halls", busy.sum(axis=0).astype(np.float64), crews.most_halls, "halls")
    _check(report, "crew_it_mw", "crews for fit-out", it_mw, crews.most_it_mw, "MW")


def _check(report: Report, rule: str, subject: str, used: Floats, most: Floats, unit: str) -> None:
    """Check a limit of moments by period: of each the moment with the least left."""
    periods = report.instance.periods
    worst, allowed = np.zeros(periods), np.full(periods, np.inf)
    for v, p in enumerate(report.instance.crews.period.tolist()):
        if most[v] - used[v] < allowed[p] - worst[p]:
            worst[p], allowed[p] = used[v], most[v]
    report.limit(rule, subject, worst, allowed, unit)
