"""Changes to the grid: more MW, and answers to requests that come sooner."""

from __future__ import annotations

from collections.abc import Iterator

from planner.schemas import Case
from planner.schemas.site import ChangeOfUse, QueueDelay, Upgrade
from planner.studies.infeasible.ground import STEP_MW, Ground
from planner.studies.infeasible.records import WayOutKind as Kind
from planner.studies.infeasible.remedies import Remedy, changed, steps, with_site
from planner.translate.calendar import month
from planner.translate.causes import counted
from planner.translate.grid import delay_months, energised_date

MOST_MW = 5_000.0
"""No site may have more."""


def grid_remedies(ground: Ground) -> Iterator[Remedy]:
    """Yield every change to the grid."""
    site = ground.case.site
    if site.firm_mw < MOST_MW:
        yield _firm(ground)
        if site.interruptible_mw > 0:
            yield _made_firm(ground)
    if site.interruptible_mw < MOST_MW:
        yield _interruptible(ground)
    if site.substation_mva is not None:
        yield _substation(ground, site.substation_mva)
    for i, upgrade in enumerate(site.upgrades):
        if _whole_months(upgrade, ground.case.study.queue_quantile_frac) > 0:
            yield _sooner(ground.case, i, upgrade)
    if site.change_of_use is not None:
        yield from _consent(ground.case, site.change_of_use)
    if site.upgrades or site.change_of_use:
        yield from _quantile(ground.case)


def _with_firm(case: Case, mw: float) -> Case:
    return with_site(case, firm_mw=round(case.site.firm_mw + mw, 6))


def _firm(ground: Ground) -> Remedy:
    most = min(ground.most_mw, MOST_MW - ground.case.site.firm_mw)
    return Remedy(
        Kind.FIRM_MW, "firm", steps(STEP_MW, most), "MW", _with_firm,
        lambda mw: f"{mw:,.1f} MW more firm power from the start of the study", STEP_MW,
    )  # fmt: skip


def _made_firm(ground: Ground) -> Remedy:
    spare = min(ground.most_mw, ground.case.site.interruptible_mw, MOST_MW - ground.case.site.firm_mw)

    def made_firm(case: Case, mw: float) -> Case:
        left = max(0.0, round(case.site.interruptible_mw - mw, 6))
        return with_site(_with_firm(case, mw), interruptible_mw=left)

    amounts = [mw for mw in steps(STEP_MW, spare) if mw <= spare + 1e-9]
    return Remedy(
        Kind.FIRM_FROM_INTERRUPTIBLE, "firm", amounts, "MW", made_firm,
        lambda mw: f"{mw:,.1f} MW of the interruptible power made firm from the start of the study", STEP_MW,
    )  # fmt: skip


def _interruptible(ground: Ground) -> Remedy:
    most = min(ground.most_mw, MOST_MW - ground.case.site.interruptible_mw)
    return Remedy(
        Kind.INTERRUPTIBLE_MW, "grid", steps(STEP_MW, most), "MW",
        lambda case, mw: with_site(case, interruptible_mw=round(case.site.interruptible_mw + mw, 6)),
        lambda mw: f"{mw:,.1f} MW more interruptible power from the start of the study", STEP_MW,
    )  # fmt: skip


def _substation(ground: Ground, today_mva: float) -> Remedy:
    most = ground.most_mw / ground.case.site.power_factor
    return Remedy(
        Kind.SUBSTATION, "substation", steps(STEP_MW, most), "MVA",
        lambda case, mva: with_site(case, substation_mva=round(today_mva + mva, 6)),
        lambda mva: f"a substation of {today_mva + mva:,.1f} MVA, {mva:,.1f} more, from the start of the study",
        STEP_MW,
    )  # fmt: skip


def _lead_months(upgrade: Upgrade) -> float:
    return max((item.lead_time_months for item in upgrade.equipment), default=0.0)


def _whole_months(upgrade: Upgrade, quantile: float) -> float:
    return max(delay_months(upgrade.queue, quantile), _lead_months(upgrade)) + upgrade.commissioning_months


def _sooner(case: Case, i: int, upgrade: Upgrade) -> Remedy:
    quantile = case.study.queue_quantile_frac
    asked = max(upgrade.earliest_request or case.study.start, case.study.start)

    def sooner(case: Case, months: float) -> Case:
        faster = _faster(upgrade, months, quantile)
        upgrades = tuple(faster if j == i else other for j, other in enumerate(case.site.upgrades))
        return with_site(case, upgrades=upgrades)

    def words(months: float) -> str:
        before, after = (energised_date(u, asked, quantile) for u in (upgrade, _faster(upgrade, months, quantile)))
        return (
            f"{upgrade.name or upgrade.id} energised {counted(months, 'months')} sooner: asked for in {month(asked)}, "
            f"energised {month(after)} instead of {month(before)}"
        )

    amounts = steps(1.0, _whole_months(upgrade, quantile))
    return Remedy(Kind.UPGRADE, upgrade.id, amounts, "months", sooner, words)


def _faster(upgrade: Upgrade, months: float, quantile: float) -> Upgrade:
    """Return the upgrade with so many months less between request and energisation, queue and equipment alike."""
    over = max(0.0, months - max(delay_months(upgrade.queue, quantile), _lead_months(upgrade)))
    equipment = tuple(
        changed(item, lead_time_months=max(0.0, item.lead_time_months - months)) for item in upgrade.equipment
    )
    commissioning = max(0.0, upgrade.commissioning_months - over)
    queue = _shorter(upgrade.queue, months)
    return changed(upgrade, queue=queue, equipment=equipment, commissioning_months=commissioning)


def _shorter(queue: QueueDelay, months: float) -> QueueDelay:
    """Return the queue with so many months less at every quantile."""
    names = ("p10_months", "p50_months", "p90_months")
    return changed(queue, **{name: max(0.0, getattr(queue, name) - months) for name in names})


def _consent(case: Case, use: ChangeOfUse) -> Iterator[Remedy]:
    whole = delay_months(use.queue, case.study.queue_quantile_frac)
    if whole > 0:
        yield Remedy(
            Kind.CONSENT, "change of use", steps(1.0, whole), "months",
            lambda case, months: with_site(case, change_of_use=changed(use, queue=_shorter(use.queue, months))),
            lambda months: f"consent to serve AI load (change of use) {counted(months, 'months')} sooner",
        )  # fmt: skip


def _quantile(case: Case) -> Iterator[Remedy]:
    quantile = case.study.queue_quantile_frac
    lower = [round(quantile - q / 10, 6) for q in range(9, 0, -1) if q / 10 < quantile - 1e-9]

    def bolder(case: Case, less: float) -> Case:
        return changed(case, study=changed(case.study, queue_quantile_frac=round(quantile - less, 6)))

    def words(less: float) -> str:
        return (
            f"queues planned at their {quantile - less:.0%} quantile instead of {quantile:.0%}: a bolder assumption, "
            "not something to be done"
        )

    if lower:
        yield Remedy(Kind.QUANTILE, "queues", lower, "", bolder, words)
