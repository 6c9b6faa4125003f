"""The greenfield twin of a case: its offers and halls on bare land, without power until the queue lets it have some.

What stays: the study, prices, climate, water, designs, GPU systems, offers, money rules, on-site supply. What goes:
the energised megawatts and everything that belongs to the mine (machines, hashing space, their running cost, contracts
already signed), and the decisions fixed beforehand, which are about this site. Halls are built anew as they are, each
at the cost of a shell; what is a pad keeps its own cost.
"""

from __future__ import annotations

from datetime import date
from math import ceil

from planner.schemas import Case
from planner.schemas.finance import Finance, Repayment
from planner.schemas.fleet import Fleet, MiningOperations
from planner.schemas.greenfield import Greenfield, OffersWait
from planner.schemas.site import Pad, Site, Upgrade
from planner.schemas.tenants import Contract
from planner.translate.calendar import add_months
from planner.translate.grid import delay_months

CONNECTION = "greenfield-connection"


def bare_land(case: Case) -> Case:
    """Return the greenfield twin of a case that asks for one.

    Raises:
        ValueError: the case has no `greenfield`.
    """
    terms = case.greenfield
    if terms is None:
        raise ValueError("the case has no greenfield terms")
    months = wait_months(case, terms) if terms.offers_wait is OffersWait.YES else 0.0
    operations = MiningOperations(site_fixed_usd_per_year=terms.site_fixed_usd_per_year)
    return case.model_copy(
        update={
            "name": f"{case.name} (bare land)",
            "site": _site(case, terms),
            "fleet": Fleet(operations=operations),
            "contracts": tuple(_unsigned(contract, months) for contract in case.contracts),
            "finance": _lent_later(case, months),
            "greenfield": None,
            "overrides": (),
        }
    )


def wait_months(case: Case, terms: Greenfield) -> float:
    """Return the months from the first day to the first power, at the study's quantile."""
    lead = max((item.lead_time_months for item in terms.equipment), default=0.0)
    return max(delay_months(terms.queue, case.study.queue_quantile_frac), lead)


def connection_mw(case: Case, terms: Greenfield) -> float:
    """Return the firm MW asked for: typed, or what AI load could have on the site with all its upgrades."""
    if terms.firm_mw is not None:
        return terms.firm_mw
    return case.site.firm_mw + sum(max(0.0, upgrade.firm_mw) for upgrade in case.site.upgrades)


def energised_mw(case: Case) -> float:
    """Return the site's megawatts of today, firm and interruptible: what a buyer of the site buys."""
    return case.site.firm_mw + case.site.interruptible_mw


def _site(case: Case, terms: Greenfield) -> Site:
    site, mw = case.site, connection_mw(case, terms)
    built = tuple(
        Pad(
            id=hall.id,
            name=hall.name,
            electrical_mw=hall.electrical_mw,
            floor_m2=hall.floor_m2,
            bays=hall.bays,
            shell_capex_usd=terms.shell_usd_per_mw * hall.electrical_mw,
            shell_months=terms.shell_months,
        )
        for hall in site.halls
    )
    grid_usd = terms.grid_capex_usd_per_mw * mw
    connection = Upgrade(
        id=CONNECTION,
        name="grid connection of bare land",
        firm_mw=mw,
        capex_usd=grid_usd + terms.land_usd,
        deposit_usd=terms.deposit_frac * grid_usd + terms.land_usd,
        queue=terms.queue,
        equipment=terms.equipment,
    )
    gone = {
        "firm_mw": 0.0,
        "interruptible_mw": 0.0,
        "substation_mva": None,
        "halls": (),
        "pads": (*built, *site.pads),
        "upgrades": (connection,),
        "change_of_use": None,
    }
    return site.model_copy(update=gone)


def _lent_later(case: Case, months: float) -> Finance:
    """Return the money rules with the loan's draws moved as the offers are; a loan that could not be repaid is gone.

    A sculpted loan must end with the study, so its term becomes shorter.
    """
    debt, study = case.finance.debt, case.study
    if debt is None or months <= 0:
        return case.finance
    until = add_months(debt.draw_until, months)
    last = add_months(study.start, sum(block.months * block.count for block in study.grid) - study.grid[-1].months)
    tenor = debt.tenor_months
    if debt.repayment is Repayment.SCULPTED:
        tenor -= ceil(months)
    if until > last or tenor < 1:
        return case.finance.model_copy(update={"debt": None})
    begin = add_months(debt.draw_from or study.start, months)
    moved = debt.model_copy(update={"draw_from": begin, "draw_until": until, "tenor_months": tenor})
    return case.finance.model_copy(update={"debt": moved})


def _unsigned(contract: Contract, months: float) -> Contract:
    """Return an offer nobody has signed with the owner of bare land, its dates moved."""

    def moved(day: date | None) -> date | None:
        return None if day is None else add_months(day, months)

    right = contract.expansion_right
    kept = None if right is None else right.model_copy(update={"until": add_months(right.until, months)})
    return contract.model_copy(
        update={
            "expansion_right": kept,
            "signed": False,
            "termination_usd": None,
            "earliest_start": moved(contract.earliest_start),
            "ready_by": moved(contract.ready_by),
            "longstop": moved(contract.longstop),
        }
    )
