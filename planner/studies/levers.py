"""Levers on a case: one assumption as a whole moved by a factor, or by months, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from planner.schemas import Case
from planner.schemas.machines import RigClass
from planner.schemas.market import PowerPrice
from planner.schemas.site import ChangeOfUse, Pad, QueueDelay, Upgrade
from planner.schemas.tenants import Colocation, Contract

CaseChange = Callable[[Case, float], Case]


class Lever(StrEnum):
    """What is moved; a factor on today's assumption (1 changes nothing) except for the delays."""

    HASHPRICE = "hashprice"
    RENT = "rents, GPU rates and hosting fees"
    """Those of tenants, of rented rigs and of customers whose machines are hosted."""
    CAPEX = "cost of conversion, cooling, shells and grid"
    EQUIPMENT = "price of GPUs, rig work and on-site supply"
    """ASICs are left out: what old ones fetch would have to move as well."""
    POWER = "power prices"
    COUPON = "coupon of the loan (value to the owner)"
    """Moves nothing but the owner's cash: a plan is valued without its loan."""
    DELAY = "delay of every grid queue"
    """Months on top of every quantile of every queue; 0 changes nothing."""
    LATE_WORKS = "delay of all works"
    """Months on top of every build; 0 changes nothing."""

    @property
    def is_delay(self) -> bool:
        """Whether the amount is months."""
        return self in (Lever.DELAY, Lever.LATE_WORKS)

    @property
    def neutral(self) -> float:
        """Amount that changes nothing."""
        return 0.0 if self.is_delay else 1.0

    @property
    def unit(self) -> str:
        """Unit of the amount."""
        return "months" if self.is_delay else "times"


def applies(case: Case, lever: Lever) -> bool:
    """Whether the case has what the lever moves."""
    if lever is Lever.COUPON:
        return case.finance.debt is not None
    if lever is Lever.DELAY:
        return bool(case.site.upgrades) or case.site.change_of_use is not None
    if lever is Lever.LATE_WORKS:
        return bool(case.designs)
    if lever is Lever.EQUIPMENT:
        return bool(case.gpu_systems or case.fleet.rigs or case.site.supplies)
    return True


def apply(case: Case, lever: Lever, amount: float) -> Case:
    """Return the case with one assumption moved. The case must be resolved, as a loaded one is."""
    return _CHANGES[lever](case, amount)


def _hashprice(case: Case, factor: float) -> Case:
    scale = case.market.hashprice_scale_frac * factor
    return case.model_copy(update={"market": case.market.model_copy(update={"hashprice_scale_frac": scale})})


def _rent(case: Case, factor: float) -> Case:
    rentals = tuple(
        rental.model_copy(update={"usd_per_gpu_hour": rental.usd_per_gpu_hour * factor})
        for rental in case.fleet.rig_rentals
    )
    hosted = tuple(
        offer.model_copy(update={"fee_usd_per_mwh": offer.fee_usd_per_mwh * factor}) for offer in case.fleet.hosted
    )
    fleet = case.fleet.model_copy(update={"rig_rentals": rentals, "hosted": hosted})
    contracts = tuple(_dearer(offer, factor) for offer in case.contracts)
    return case.model_copy(update={"contracts": contracts, "fleet": fleet})


def _dearer(offer: Contract, factor: float) -> Contract:
    if isinstance(offer, Colocation):
        return offer.model_copy(update={"rent_usd_per_kw_month": offer.rent_usd_per_kw_month * factor})
    path = tuple(point.model_copy(update={"usd": point.usd * factor}) for point in offer.rate_path)
    rate = None if offer.rate_usd_per_gpu_hour is None else offer.rate_usd_per_gpu_hour * factor
    return offer.model_copy(update={"rate_usd_per_gpu_hour": rate, "rate_path": path})


def _capex(case: Case, factor: float) -> Case:
    designs = tuple(
        design.model_copy(
            update={
                "capex_fixed_usd": design.capex_fixed_usd * factor,
                "capex_usd_per_it_mw": design.capex_usd_per_it_mw * factor,
            }
        )
        for design in case.designs
    )
    modules = tuple(m.model_copy(update={"capex_usd": m.capex_usd * factor}) for m in case.cooling_modules)
    pads = tuple(_dearer_pad(pad, factor) for pad in case.site.pads)
    upgrades = tuple(_dearer_upgrade(upgrade, factor) for upgrade in case.site.upgrades)
    consent = case.site.change_of_use
    if consent is not None:
        consent = consent.model_copy(update={"fee_usd": consent.fee_usd * factor})
    site = case.site.model_copy(update={"pads": pads, "upgrades": upgrades, "change_of_use": consent})
    return case.model_copy(update={"designs": designs, "cooling_modules": modules, "site": site})


def _dearer_pad(pad: Pad, factor: float) -> Pad:
    return pad.model_copy(update={"shell_capex_usd": pad.shell_capex_usd * factor})


def _dearer_upgrade(upgrade: Upgrade, factor: float) -> Upgrade:
    line = upgrade.connection
    if line is not None and line.usd is not None:
        line = line.model_copy(update={"usd": line.usd * factor})
    costs = {"capex_usd": upgrade.capex_usd * factor, "deposit_usd": upgrade.deposit_usd * factor}
    return upgrade.model_copy(update={**costs, "connection": line})


def _equipment(case: Case, factor: float) -> Case:
    systems = tuple(
        system.model_copy(update={"price_usd_per_rack": system.price_usd_per_rack * factor})
        for system in case.gpu_systems
    )
    fleet = case.fleet.model_copy(update={"rigs": tuple(_dearer_rig(rig, factor) for rig in case.fleet.rigs)})
    supplies = tuple(
        supply.model_copy(update={"capex_usd_per_mw": supply.capex_usd_per_mw * factor})
        for supply in case.site.supplies
    )
    site = case.site.model_copy(update={"supplies": supplies})
    return case.model_copy(update={"gpu_systems": systems, "fleet": fleet, "site": site})


def _dearer_rig(rig: RigClass, factor: float) -> RigClass:
    rebuild = rig.rebuild
    if rebuild is not None:
        rebuild = rebuild.model_copy(update={"usd_per_gpu": rebuild.usd_per_gpu * factor})
    upgrade = rig.upgrade_usd_per_rig * factor
    return rig.model_copy(update={"upgrade_usd_per_rig": upgrade, "rebuild": rebuild})


def _late_works(case: Case, months: float) -> Case:
    designs = tuple(design.model_copy(update={"build_months": design.build_months + months}) for design in case.designs)
    return case.model_copy(update={"designs": designs})


def _power(case: Case, factor: float) -> Case:
    power = _dearer_power(case.market.power, factor)
    return case.model_copy(update={"market": case.market.model_copy(update={"power": power})})


def _dearer_power(power: PowerPrice, factor: float) -> PowerPrice:
    """Move energy, delivery, demand and coincident-peak charges alike."""
    curve = tuple(
        quarter.model_copy(
            update={"bins": tuple(b.model_copy(update={"usd_per_mwh": b.usd_per_mwh * factor}) for b in quarter.bins)}
        )
        for quarter in power.curve or ()
    )
    peak = power.coincident_peak
    if peak is not None:
        after = peak.after_usd_per_kw_month * factor
        dearer = {"usd_per_kw_year": peak.usd_per_kw_year * factor, "after_usd_per_kw_month": after}
        peak = peak.model_copy(update=dearer)
    return power.model_copy(
        update={
            "curve": curve or None,
            "delivery_usd_per_mwh": power.delivery_usd_per_mwh * factor,
            "demand_charge_usd_per_kw_month": power.demand_charge_usd_per_kw_month * factor,
            "coincident_peak": peak,
        }
    )


def _coupon(case: Case, factor: float) -> Case:
    debt = case.finance.debt
    if debt is None:
        return case
    dearer = debt.model_copy(update={"coupon_frac": debt.coupon_frac * factor})
    return case.model_copy(update={"finance": case.finance.model_copy(update={"debt": dearer})})


def _delay(case: Case, months: float) -> Case:
    upgrades = tuple(u.model_copy(update={"queue": _longer(u.queue, months)}) for u in case.site.upgrades)
    consent: ChangeOfUse | None = case.site.change_of_use
    if consent is not None:
        consent = consent.model_copy(update={"queue": _longer(consent.queue, months)})
    return case.model_copy(
        update={"site": case.site.model_copy(update={"upgrades": upgrades, "change_of_use": consent})}
    )


def _longer(queue: QueueDelay, months: float) -> QueueDelay:
    quantiles = ("p10_months", "p50_months", "p90_months")
    return queue.model_copy(update={name: getattr(queue, name) + months for name in quantiles})


_CHANGES: dict[Lever, CaseChange] = {
    Lever.HASHPRICE: _hashprice, Lever.RENT: _rent, Lever.CAPEX: _capex, Lever.EQUIPMENT: _equipment,
    Lever.POWER: _power, Lever.COUPON: _coupon, Lever.DELAY: _delay, Lever.LATE_WORKS: _late_works,
}  # fmt: skip
