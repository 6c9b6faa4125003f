"""Changes to equity and loan, and to the limits of carbon and water."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.schemas import Case
from planner.schemas.finance import BudgetStep, Debt, Repayment
from planner.studies.infeasible.ground import Ground
from planner.studies.infeasible.records import WayOutKind as Kind
from planner.studies.infeasible.remedies import Remedy, changed, steps, with_site
from planner.translate.calendar import month
from planner.translate.causes import CauseKind
from site_conversion.instance import Instance

STEP_MUSD = 0.1
STEP_FRAC = 0.05


def money_remedies(ground: Ground) -> Iterator[Remedy]:
    """Yield every change to the money and to the limits of the year."""
    finance = ground.case.finance
    if finance.equity_budget is not None:
        dates = [cause.since for cause in ground.causes if cause.kind is CauseKind.EQUITY and cause.since]
        for day in dict.fromkeys([*sorted(dates), ground.case.study.start]):
            yield _equity(ground, day)
        if finance.debt is not None:
            yield from _loan(finance.debt)
    if ground.case.carbon.cap:
        yield _carbon(ground)
    if ground.case.site.water_limit_m3_per_year is not None:
        yield _water(ground, ground.case.site.water_limit_m3_per_year)


def _equity(ground: Ground, day: date) -> Remedy:
    def richer(case: Case, musd: float) -> Case:
        by_date = {step.date: step.added_usd for step in case.finance.equity_budget or ()}
        by_date[day] = by_date.get(day, 0.0) + round(musd * 1e6, 2)
        budget = tuple(BudgetStep(date=at, added_usd=by_date[at]) for at in sorted(by_date))
        return changed(case, finance=changed(case.finance, equity_budget=budget))

    most = 2 * _all_capital_musd(ground.instance) + 10.0
    return Remedy(
        Kind.EQUITY, "equity", steps(STEP_MUSD, most), "MUSD", richer,
        lambda musd: f"{musd:,.1f} MUSD more equity by {month(day)}", STEP_MUSD,
    )  # fmt: skip


def _all_capital_musd(instance: Instance) -> float:
    """Return more than all that could be built for what is signed would cost."""
    level = float(instance.build_spend_frac.sum(axis=3).max(initial=1.0))
    by_hall = instance.conversion_fixed_musd + instance.conversion_musd_per_mw * instance.hall_electrical_mw[:, None]
    capacity = instance.module_capacity_mw
    per_mw = float((instance.module_capex_musd[capacity > 0] / capacity[capacity > 0]).max(initial=0.0))
    total = level * float(by_hall.max(axis=1, initial=0.0).sum() + 2 * per_mw * instance.hall_electrical_mw.sum())
    total += float(instance.upgrade_spend_musd.sum(axis=2).max(axis=1, initial=0.0).sum())
    gpus = instance.gpu_musd.clip(min=0).sum(axis=2).max(axis=1, initial=0.0)
    return total + float(gpus[instance.must_deliver].sum())


def _with_debt(case: Case, debt: Debt, **fields: object) -> Case:
    return changed(case, finance=changed(case.finance, debt=changed(debt, **fields)))


def _loan(debt: Debt) -> Iterator[Remedy]:
    if debt.least_dscr is not None:
        yield from _cover(debt, debt.least_dscr)
    share = debt.loan_to_cost_frac
    if share < 1:
        yield Remedy(
            Kind.LOAN, "loan to cost", _shares(1 - share), "",
            lambda case, more: _with_debt(case, debt, loan_to_cost_frac=round(share + more, 6)),
            lambda more: f"a loan of up to {share + more:.0%} of cost instead of {share:.0%}",
        )  # fmt: skip
    most = None if debt.most_usd is None else debt.most_usd
    if most is not None:
        yield Remedy(
            Kind.LOAN, "most", steps(1.0, max(100.0, 10 * most / 1e6)), "MUSD",
            lambda case, musd: _with_debt(case, debt, most_usd=most + musd * 1e6),
            lambda musd: f"a loan of up to {most / 1e6 + musd:,.1f} MUSD instead of {most / 1e6:,.1f}",
        )  # fmt: skip


def _shares(most: float) -> list[float]:
    """Return steps up to an amount that need not be one of them."""
    return [*(share for share in steps(STEP_FRAC, most) if share < most - 1e-9), round(most, 6)]


def _cover(debt: Debt, cover: float) -> Iterator[Remedy]:
    if cover > 1:
        yield Remedy(
            Kind.COVER, "cover", _shares(cover - 1), "",
            lambda case, less: _with_debt(case, debt, least_dscr=round(cover - less, 6)),
            lambda less: f"a loan that asks for a cover of {cover - less:.2f} instead of {cover:.2f}",
        )  # fmt: skip
    if debt.repayment is not Repayment.SCULPTED:
        yield Remedy(
            Kind.COVER, "no cover", [1.0], "", lambda case, _: _with_debt(case, debt, least_dscr=None),
            lambda _: f"a loan that asks for no cover instead of {cover:.2f}",
        )  # fmt: skip


def _carbon(ground: Ground) -> Remedy:
    step = _round_step(ground.amount(CauseKind.CARBON))

    def higher(case: Case, tonnes: float) -> Case:
        cap = tuple(changed(item, t_per_year=item.t_per_year + tonnes) for item in case.carbon.cap)
        return changed(case, carbon=changed(case.carbon, cap=cap))

    return Remedy(
        Kind.CARBON, "cap", steps(step, 1_000 * step), "t CO2 a year", higher,
        lambda tonnes: f"a carbon cap that is {tonnes:,.10g} t CO2 a year higher throughout", step,
    )  # fmt: skip


def _water(ground: Ground, limit_m3: float) -> Remedy:
    step = _round_step(ground.amount(CauseKind.WATER))
    return Remedy(
        Kind.WATER, "water", steps(step, 5_000 * step), "m3 a year",
        lambda case, m3: with_site(case, water_limit_m3_per_year=limit_m3 + m3),
        lambda m3: f"{limit_m3 + m3:,.10g} m3 of cooling water a year, {m3:,.10g} more", step,
    )  # fmt: skip


def _round_step(amount: float) -> float:
    """Return a power of ten that is about a hundredth of an amount, 1 at the least."""
    return float(max(1.0, 10.0 ** (len(str(int(amount))) - 2)))
