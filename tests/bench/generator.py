"""Made-up sites for the benchmark: realistic in size and price, with more offers than the site can host.

Everything follows from the seed. A site has twelve halls of one or two bays and four pads of two, as tenants
take whole data halls. An offer asks for the IT load of one to four halls (of one, where the site is small), a sixth
less to a tenth more than they hold, so that halls are filled to different degrees and some offers just miss. Its
dates are of the kind that leases name: service from a quarter or two before the date asked for to two to four
quarters after it, with damages for lateness. Halls and firm power are scarce: the best plans known for the first
six sites take three to seven of the ten offers. Which, where, when and with which upgrades is the plan.

What is not here: halls shared by many small tenants, where bin packing outweighs all else, and offers that may
start at any time for years.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from planner.schemas import Case
from planner.schemas.designs import CoolingModule, Design, GpuSystem
from planner.schemas.finance import BudgetStep, Finance
from planner.schemas.fleet import AsicClass, AsicPurchase, Fleet, MiningOperations
from planner.schemas.market import CurveBin, Hashprice, HashpricePoint, Market, PowerPrice, QuarterCurve
from planner.schemas.site import ChangeOfUse, Climate, Hall, HallMining, Pad, QueueDelay, Site, Upgrade
from planner.schemas.study import PeriodBlock, Study
from planner.schemas.tenants import Colocation, Contract, GpuCloud, LeaseKind
from planner.translate.calendar import add_months

START = date(2027, 1, 1)
BINS = 20
GROSS_MW_PER_IT_MW = 1.35
"""Design-day draw of the usual design, to size the offers by."""
SUITE = range(1, 11)
"""Seeds of the ten sites that the benchmark is measured on."""


def generated_case(seed: int, *, halls: int = 12, pads: int = 4, offers: int = 10, periods: int = 48) -> Case:
    """Return the site of a seed.

    Args:
        seed: anything from 0 on; the same seed makes the same case.
        halls: existing halls, of at most four kinds, so that some are identical.
        pads: places for new halls, of two kinds.
        offers: leases, the last one a GPU cloud in two sites out of three.
        periods: quarters of the study.
    """
    rng = np.random.default_rng(seed)
    site = _site(rng, halls, pads)
    mined_mw = {
        cooling: sum(hall.mining.capacity_mw for hall in site.halls if hall.mining and hall.mining.cooling == cooling)
        for cooling in ("air", "hydro")
    }
    window = max(4, periods // 4)
    contracts: list[Contract] = [_lease(rng, n, site, window, max(1, (halls + pads) // 4)) for n in range(offers)]
    if rng.random() < 2 / 3:
        contracts[-1] = _cloud(rng, offers - 1, site, window)
    return Case(
        schema_version=1,
        name=f"site {seed}" if periods == 48 else f"site {seed}, {halls} halls, {periods} quarters",
        study=Study(start=START, grid=(PeriodBlock(months=3, count=periods),), discount_rate_frac=0.1),
        market=_market(rng),
        site=site,
        fleet=_fleet(rng, mined_mw["air"], mined_mw["hydro"]),
        cooling_modules=MODULES,
        designs=DESIGNS,
        gpu_systems=(GPU,),
        contracts=tuple(contracts),
        finance=_finance(rng, site),
    )


def small_case(seed: int) -> Case:
    """Return a site that both formulations solve to the optimum in a few seconds."""
    return generated_case(seed, halls=3, pads=1, offers=3, periods=8)


def _uniform(rng: np.random.Generator, low: float, high: float, digits: int = 1) -> float:
    return round(float(rng.uniform(low, high)), digits)


def _queue(median_months: float) -> QueueDelay:
    return QueueDelay(
        p10_months=round(0.6 * median_months), p50_months=median_months, p90_months=round(2 * median_months)
    )


def _site(rng: np.random.Generator, halls: int, pads: int) -> Site:
    kinds = [
        {
            "electrical_mw": _uniform(rng, 12, 26),
            "floor_m2": float(100 * rng.integers(22, 48)),
            "bays": int(rng.integers(1, 3)),
            "cooling": "hydro" if n == 0 else "air",
        }
        for n in range(min(4, max(2, halls // 3)))
    ]
    chosen = np.sort(rng.integers(0, len(kinds), halls))
    pad_kinds = [
        {
            "electrical_mw": _uniform(rng, 24, 44),
            "floor_m2": float(100 * rng.integers(50, 90)),
            "bays": 2,
            "shell_capex_usd": 1e5 * int(rng.integers(60, 140)),
            "shell_months": float(rng.integers(6, 10)),
        }
        for _ in range(2)
    ]
    built = tuple(
        Hall(
            id=f"hall-{n + 1}",
            electrical_mw=kind["electrical_mw"],
            floor_m2=kind["floor_m2"],
            bays=kind["bays"],
            mining=HallMining(capacity_mw=kind["electrical_mw"], cooling=kind["cooling"]),
        )
        for n, kind in enumerate(kinds[index] for index in chosen.tolist())
    )
    total_mw = sum(hall.electrical_mw for hall in built)
    firm_mw = round(_uniform(rng, 0.5, 0.65, 3) * total_mw)
    return Site(
        name="Made-up site",
        firm_mw=firm_mw,
        interruptible_mw=round(total_mw - firm_mw),
        climate=Climate(
            design_temperature_c=_uniform(rng, 34, 43),
            hours_below_c={0: 300, 10: 2000, 20: 4800, 25: 6300, 30: 7700, 35: 8600},
        ),
        halls=built,
        pads=tuple(Pad(id=f"pad-{n + 1}", **pad_kinds[n % 2]) for n in range(pads)),
        upgrades=tuple(
            Upgrade(
                id=f"upgrade-{n + 1}",
                firm_mw=round(share * firm_mw),
                capex_usd=1e6 * round(share * firm_mw * _uniform(rng, 0.2, 0.5, 2)),
                deposit_usd=5e5,
                queue=_queue(months),
                commissioning_months=1,
            )
            for n, (share, months) in enumerate(((0.2, 14.0), (0.35, 30.0)))
        ),
        change_of_use=ChangeOfUse(queue=_queue(float(rng.integers(6, 12))), fee_usd=250_000),
    )


def _asked_mw(rng: np.random.Generator, site: Site, kw_per_rack: float, most_halls: int) -> float:
    """IT load of an offer: what some halls of one kind hold by power and floor, roughly, and a little more or less."""
    hall = site.halls[int(rng.integers(len(site.halls)))]
    design = min((d for d in DESIGNS if d.max_kw_per_rack >= kw_per_rack), key=lambda d: d.max_kw_per_rack)
    m2_per_mw = design.electrical_m2_per_it_mw + 1000 * design.m2_per_rack / kw_per_rack
    held_mw = min(hall.electrical_mw / GROSS_MW_PER_IT_MW, hall.floor_m2 / m2_per_mw)
    return round(float(rng.integers(1, most_halls + 1) * held_mw * rng.uniform(0.85, 1.1)), 1)


def _dates(rng: np.random.Generator, window: int) -> dict[str, date]:
    ready_by = add_months(START, 3 * int(rng.integers(4, 4 + window)))
    return {
        "earliest_start": add_months(ready_by, -3 * int(rng.integers(1, 3))),
        "ready_by": ready_by,
        "longstop": add_months(ready_by, 3 * int(rng.integers(2, 5))),
    }


def _lease(rng: np.random.Generator, n: int, site: Site, window: int, most_halls: int) -> Colocation:
    """One lease: dense ones need liquid, sparse ones take what is offered."""
    kw_per_rack, cooling = LEASES[int(rng.integers(len(LEASES)))]
    term_months = 12 * int(rng.integers(5, 16))
    it_mw = _asked_mw(rng, site, kw_per_rack, most_halls)
    return Colocation(
        kind="colocation",
        id=f"offer-{n + 1}",
        tenant=f"Tenant {n + 1}",
        cooling=cooling,
        redundancy="n_plus_1" if rng.random() < 0.6 else "n",
        **_dates(rng, window),
        term_months=term_months,
        late_damages_usd_per_month=round(it_mw * _uniform(rng, 5_000, 25_000), -3),
        opex_usd_per_kw_month=_uniform(rng, 14, 20),
        it_mw=it_mw,
        kw_per_rack=kw_per_rack,
        rent_usd_per_kw_month=round(118 + 0.12 * kw_per_rack - 0.06 * term_months + rng.uniform(0, 35)),
        escalator_frac_per_year=float(rng.choice([0.0, 0.02, 0.03])),
        lease=LeaseKind.MODIFIED_GROSS,
    )


def _cloud(rng: np.random.Generator, n: int, site: Site, window: int) -> GpuCloud:
    return GpuCloud(
        kind="gpu_cloud",
        id=f"offer-{n + 1}",
        tenant=f"Tenant {n + 1}",
        cooling=("direct_to_chip",),
        redundancy="n",
        **_dates(rng, window),
        term_months=60,
        opex_usd_per_kw_month=_uniform(rng, 25, 35),
        gpu_system="rack-132",
        racks=round(_asked_mw(rng, site, 132.0, 2) / 0.132),
        rate_usd_per_gpu_hour=_uniform(rng, 2.7, 3.3, 2),
        rate_change_frac_per_year=-0.05,
        utilisation_frac=0.85,
        take_or_pay_frac=0.7,
    )


def _market(rng: np.random.Generator) -> Market:
    first, fall = _uniform(rng, 36, 52), _uniform(rng, 0.05, 0.15, 2)
    quarters = []
    for quarter, level in enumerate((1.0, 0.9, 1.4, 0.9), start=1):
        # a price-duration curve: cheap hours, a long middle, a few that cost hundreds
        share = (np.arange(BINS) + 0.5) / BINS
        prices = level * (14 + 30 * share + 2.5 / (1.02 - share) + rng.uniform(-2, 2, BINS))
        bins = tuple(CurveBin(hours_frac=1 / BINS, usd_per_mwh=round(float(price), 2)) for price in prices)
        quarters.append(QuarterCurve(quarter=quarter, bins=bins))
    return Market(
        hashprice=Hashprice(
            forward_curve=(
                HashpricePoint(date=START, usd_per_ph_day=first),
                HashpricePoint(date=add_months(START, 48), usd_per_ph_day=round(first * (1 - fall) ** 4, 1)),
            ),
            growth_after_frac_per_year=-fall,
        ),
        power=PowerPrice(
            curve=tuple(quarters), escalator_frac_per_year=0.02, delivery_usd_per_mwh=4.0, loss_frac=0.02,
            demand_charge_usd_per_kw_month=1.0,
        ),
    )  # fmt: skip


def _fleet(rng: np.random.Generator, air_mw: float, hydro_mw: float) -> Fleet:
    """Three classes: two air-cooled that share the air halls, one hydro; the newest can be bought."""
    share = _uniform(rng, 0.3, 0.6, 2)
    return Fleet(
        classes=(
            AsicClass(
                id="old", name="Air 29.5 J/TH", count=round(share * air_mw / 3.25e-3), hashrate_ths=110, power_w=3_250,
                cooling="air", resale_usd_per_ths=2.0, resale_change_frac_per_year=-0.3,
            ),
            AsicClass(
                id="new", name="Air 17.5 J/TH", count=round(0.9 * (1 - share) * air_mw / 3.5e-3), hashrate_ths=200,
                power_w=3_500, cooling="air", resale_usd_per_ths=8.0, resale_change_frac_per_year=-0.25,
                purchase=AsicPurchase(
                    price_usd_per_ths=14.0, price_change_frac_per_year=-0.15, max_count_per_year=3_000
                ),
            ),
            AsicClass(
                id="hydro", name="Hydro 16 J/TH", count=round(hydro_mw / 5.36e-3), hashrate_ths=335, power_w=5_360,
                cooling="hydro", resale_usd_per_ths=7.0, resale_change_frac_per_year=-0.25,
            ),
        ),
        operations=MiningOperations(
            pool_fee_frac=0.01, uptime_frac=0.96, variable_usd_per_mwh=1.5, fixed_usd_per_mw_year=25_000,
            site_fixed_usd_per_year=1e6, escalator_frac_per_year=0.02,
        ),
    )  # fmt: skip


def _finance(rng: np.random.Generator, site: Site) -> Finance:
    """US corporate tax; four sites in ten have an equity budget that does not pay for everything at once."""
    budget = None
    if rng.random() < 0.4:
        step = 1e6 * round(2.2 * site.firm_mw)
        budget = tuple(BudgetStep(date=add_months(START, 12 * n), added_usd=step * (n + 1)) for n in range(4))
    return Finance(tax_rate_frac=0.21, capex_escalator_frac_per_year=0.02, equity_budget=budget)


LEASES = (
    (20.0, ("air", "rear_door")),
    (40.0, ("air", "rear_door")),
    (55.0, ("rear_door", "direct_to_chip")),
    (132.0, ("direct_to_chip",)),
    (132.0, ("direct_to_chip",)),
)
"""Density in kW per rack and the cooling such a tenant accepts."""

MODULES = (
    CoolingModule(
        id="chiller", name="Air-cooled chiller", medium="air", capacity_mw=1.0, rated_temperature_c=38,
        derate_frac_per_c=0.015, floor_m2=25, capex_usd=1e6, fan_power_frac=0.08, mechanical_power_frac=0.26,
        free_cooling_c=18,
    ),
    CoolingModule(
        id="door-loop", name="Rear-door loop", medium="liquid", capacity_mw=1.5, rated_temperature_c=38,
        derate_frac_per_c=0.015, floor_m2=15, capex_usd=1.3e6, fan_power_frac=0.06, mechanical_power_frac=0.24,
        free_cooling_c=18,
    ),
    CoolingModule(
        id="dry-cooler", name="Coolant units with dry coolers", medium="liquid", capacity_mw=2.0,
        rated_temperature_c=38, derate_frac_per_c=0.06, floor_m2=20, capex_usd=1.6e6, fan_power_frac=0.06,
    ),
)  # fmt: skip

DESIGNS = (
    Design(
        id="air", name="Air, N", use="halls", cooling="air", redundancy="n", max_kw_per_rack=45, m2_per_rack=5,
        electrical_m2_per_it_mw=60, liquid_heat_frac=0, electrical_loss_frac=0.08, air_module="chiller",
        capex_fixed_usd=2e6, capex_usd_per_it_mw=3.3e6, reused_frac=0.2, build_months=9, hashing_lost_months=6,
    ),
    Design(
        id="rear-door", name="Rear-door, N+1", cooling="rear_door", redundancy="n_plus_1", max_kw_per_rack=60,
        m2_per_rack=5, electrical_m2_per_it_mw=70, liquid_heat_frac=0.88, electrical_loss_frac=0.08,
        air_module="chiller", liquid_module="door-loop", spare_modules=1, capex_fixed_usd=3.5e6,
        capex_usd_per_it_mw=4.2e6, reused_frac=0.15, build_months=11, hashing_lost_months=7,
    ),
    Design(
        id="liquid", name="Direct to chip, N+1", cooling="direct_to_chip", redundancy="n_plus_1",
        max_kw_per_rack=140, m2_per_rack=6.5, electrical_m2_per_it_mw=70, liquid_heat_frac=0.85,
        electrical_loss_frac=0.08, air_module="chiller", liquid_module="dry-cooler", spare_modules=1,
        capex_fixed_usd=4e6, capex_usd_per_it_mw=5e6, reused_frac=0.15, build_months=13, hashing_lost_months=8,
    ),
)  # fmt: skip

GPU = GpuSystem(
    id="rack-132", name="Rack of 72 GPUs", gpus_per_rack=72, rack_kw=132, price_usd_per_rack=3.6e6,
    price_change_frac_per_year=-0.05, life_years=5, resale_frac_at_end_of_life=0.1,
)  # fmt: skip
