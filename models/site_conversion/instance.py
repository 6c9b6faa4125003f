"""The numbers of one planning problem: index names and shape-checked arrays.

Letters: h hall or pad, d design, c contract, a ASIC class, u grid upgrade, p period,
k period in which something becomes ready or starts, m medium (0 air, 1 liquid),
n kind of mining cooling, t billing stretch (months of one period with the same load),
g on-site supply, z stage after the horizon, y calendar year with a carbon cap,
v moment at which works under way are counted.
P is the number of periods; arrays over "columns" have P + 1 entries, the last one being
what happens after the horizon, valued at its end.

Power is in MW, money in million USD (nominal of its period), floor in m2, water in m3.
No defaults and no files here: an Instance is complete or it cannot be made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from site_conversion.instance_carbon import CARBON_SHAPES, CarbonTerms
from site_conversion.instance_contract_terms import ContractTerms
from site_conversion.instance_crews import CREWS_SHAPES, Crews
from site_conversion.instance_debt import DebtTerms
from site_conversion.instance_hosting import HOSTING_SHAPES, Hosting
from site_conversion.instance_moves import MOVES_SHAPES, Moves
from site_conversion.instance_overrides import Override
from site_conversion.instance_rigs import GRADES, RIGS_SHAPES, Rigs
from site_conversion.instance_supply import SUPPLY_SHAPES, OnsiteSupply
from site_conversion.shapes import check_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

AIR, LIQUID = 0, 1
MEDIA = ("air", "liquid")
CONVERSION, GRID, ASICS = 0, 1, 2
ASSET_CLASSES = ("conversion", "grid", "asics")


@dataclass(frozen=True)
class Instance:
    """One site, its offers and its prices, as arrays. See the module's docstring for the letters."""

    name: str
    # time
    period_start: tuple[date, ...]
    period_end: tuple[date, ...]
    hours: Floats  # [p]
    years: Floats  # [p]
    discount: Floats  # [column]
    # halls and pads
    halls: tuple[str, ...]
    hall_bays: Ints  # [h]
    hall_electrical_mw: Floats  # [h]
    hall_floor_m2: Floats  # [h]
    mining_kinds: tuple[str, ...]
    hall_mining_kind: Ints  # [h], -1 where no ASIC can run
    hall_mining_mw: Floats  # [h]
    hall_twin: Ints  # [h], the previous hall with identical data, or -1
    # designs
    designs: tuple[str, ...]
    design_allowed: Bools  # [h, d]
    design_ratio_peak: Floats  # [d] gross MW per IT MW on the design day
    design_ratio_mean: Floats  # [d] gross MW per IT MW, yearly mean
    design_rack_m2: Floats  # [d]
    design_electrical_m2_per_mw: Floats  # [d]
    design_heat_frac: Floats  # [d, m] heat per IT MW
    design_water_m3_per_mwh: Floats  # [d] water per IT MWh
    design_spare_modules: Ints  # [d]
    module_capacity_mw: Floats  # [d, m] heat per module at the design temperature
    module_floor_m2: Floats  # [d, m]
    module_capex_musd: Floats  # [d, m]
    conversion_fixed_musd: Floats  # [h, d]
    conversion_musd_per_mw: Floats  # [h, d] per fitted IT MW
    build_start: Ints  # [h, d, k] period in which a conversion ready at k starts, -1 if it cannot be
    build_spend_frac: Floats  # [h, d, k, p] spend in p per unit of today's cost
    hashing_lost_frac: Floats  # [h, d, k, p] share of p in which the hall does not hash
    just_in_time: bool  # readiness is offered only where an offer can start; never where crews limit
    crews: Crews
    # contracts
    contracts: tuple[str, ...]
    compatible: Bools  # [c, d] cooling, redundancy and density agree
    contract_racks: Ints  # [c]
    contract_rack_mw: Floats  # [c] IT MW per rack
    start_allowed: Bools  # [c, k]
    in_service: Bools  # [c, k, p]
    load_peak_frac: Floats  # [c, k, p] largest share of its IT MW the contract draws in p
    load_mean_frac: Floats  # [c, k, p] mean share over the hours of p
    revenue_musd: Floats  # [c, k, column]
    damages_musd: Floats  # [c, k, column]
    contract_opex_musd: Floats  # [c, k, column]
    gpu_musd: Floats  # [c, k, column] purchases less resale
    gpu_depreciation_musd: Floats  # [c, k, column]
    contribution_musd: Floats  # [c, k, column] capex the tenant pays for
    energy_musd_per_gross_mw: Floats  # [c, k, column] energy cost per MW of contracted draw at the mean ratio
    demand_musd_per_gross_mw: Floats  # [c, k, column] demand and coincident-peak charges per MW of design-day draw
    power_recovered_frac: Floats  # [c] share of its energy cost the tenant repays
    must_deliver: Bools  # [c]
    termination_musd: Floats  # [c, column] paid if the contract is not delivered
    contract_group: Ints  # [c] exclusive group, or -1
    contract_terms: ContractTerms
    # ASIC fleet
    asics: tuple[str, ...]
    asic_kind: Ints  # [a]
    asic_owned_mw: Floats  # [a] gross MW owned at the start
    asic_kept: Bools  # [a, p] false from the retirement on
    hash_revenue_musd_per_mw: Floats  # [a, p]
    hash_energy_musd_per_mw: Floats  # [a, p]
    hash_opex_musd_per_mw: Floats  # [a, p]
    hash_run_frac: Floats  # [a, p] share of hours worth running, with uptime
    response_musd_per_mw: Floats  # [a, p] demand-response income per MW that stands ready
    asic_buy_musd_per_mw: Floats  # [a, p]
    asic_buy_limit_mw: Floats  # [a, p]
    asic_resale_musd_per_mw: Floats  # [a, column]
    site_fixed_musd: Floats  # [p]
    # other machines and other places
    moves: Moves
    hosting: Hosting
    rigs: Rigs
    # grid
    firm_mw: float
    interruptible_mw: float
    ai_mw: float  # firm MW that AI load may use today
    substation_mw: float  # inf where it does not limit
    upgrades: tuple[str, ...]
    upgrade_firm_mw: Floats  # [u]
    upgrade_interruptible_mw: Floats  # [u]
    upgrade_ai_mw: Floats  # [u]
    upgrade_substation_mw: Floats  # [u]
    upgrade_energised: Ints  # [u, q] first period with the upgrade if requested at q, -1 if never
    upgrade_spend_musd: Floats  # [u, q, p]
    # minimum take
    take_period: Ints  # [t] period of the stretch
    take_load_frac: Floats  # [c, k, t] share of its IT MW the contract draws
    take_musd_per_mw: Floats  # [t] cost of a MW billed and not drawn
    take_mw: float  # MW billed at least, today
    take_upgrade_mw: Floats  # [u] MW added to it from the energisation
    supply: OnsiteSupply
    carbon: CarbonTerms
    # water and money
    water_limit_m3: Floats  # [p], inf where unlimited
    budget_musd: Floats  # [p] cumulative equity available, inf where unlimited
    tax_year: Ints  # [column] number of its tax year from 0; the time after the horizon is one of its own
    tax_rate_frac: float
    loss_offset_limit_frac: float
    depreciation_frac: Floats  # [asset class, k, column]
    debt: DebtTerms | None  # a loan that matters: none without a limit of equity
    # what is decided beforehand
    overrides: tuple[Override, ...]

    def __post_init__(self) -> None:
        """Check every array against the index sets.

        Raises:
            ValueError: a shape that does not agree, or a number that is not one.
        """
        sizes = {
            "h": len(self.halls), "d": len(self.designs), "c": len(self.contracts), "a": len(self.asics),
            "u": len(self.upgrades), "p": self.periods, "k": self.periods, "q": self.periods,
            "m": len(MEDIA), "t": len(self.take_period), "x": self.periods + 1, "s": len(ASSET_CLASSES),
        }  # fmt: skip
        sizes |= {"g": len(self.supply.names), "z": len(self.supply.stage_end), "y": len(self.carbon.cap_years)}
        check_shapes(self, SHAPES, sizes)
        check_shapes(self.supply, SUPPLY_SHAPES, sizes)
        check_shapes(self.carbon, CARBON_SHAPES, sizes)
        check_shapes(self.crews, CREWS_SHAPES, sizes | {"v": len(self.crews.period)})
        if self.crews.limit and self.just_in_time:
            raise ValueError("crews that limit may make it pay to build early: just_in_time must be false")
        self.contract_terms.check(sizes)
        if self.debt is not None:
            check_shapes(self.debt, {"drawable": "p"}, sizes)
        check_shapes(self.moves, MOVES_SHAPES, sizes | {"e": len(self.moves.places)})
        check_shapes(self.hosting, HOSTING_SHAPES, sizes | {"i": len(self.hosting.offers)})
        counts = {"r": len(self.rigs.rigs), "j": len(self.rigs.rentals), "g": len(GRADES)}
        check_shapes(self.rigs, RIGS_SHAPES, sizes | counts)

    @property
    def periods(self) -> int:
        """Number of periods P."""
        return len(self.period_start)

    @property
    def contract_it_mw(self) -> Floats:
        """Critical IT MW of each contract [c]."""
        return self.contract_racks * self.contract_rack_mw

    @property
    def tax_columns(self) -> list[list[int]]:
        """Columns of each tax year, in order; tax is paid in the last one."""
        years: dict[int, list[int]] = {}
        for column, year in enumerate(self.tax_year.tolist()):
            years.setdefault(year, []).append(column)
        return [years[year] for year in sorted(years)]

    def without_overrides(self) -> Instance:
        """Return the instance in which nothing is decided beforehand."""
        return replace(self, overrides=())

    def do_nothing(self) -> Instance:
        """Return the twin that goes on mining: no contract, conversion or grid upgrade, no supply of its own, no loan.

        Nothing is decided beforehand. Signed contracts with a termination fee are terminated; what must be delivered is
        left out. Machines may still be bought, sold and moved; signed customers' machines are hosted.
        """
        kinds = range(len(self.mining_kinds))
        room_mw = np.array([self.hall_mining_mw[self.hall_mining_kind == n].sum() for n in kinds], dtype=np.float64)
        today_mw = min(self.firm_mw + self.interruptible_mw, self.substation_mw)
        return replace(
            self,
            name=f"{self.name} (do nothing)",
            start_allowed=np.zeros_like(self.start_allowed),
            upgrade_energised=np.full_like(self.upgrade_energised, -1),
            must_deliver=np.zeros_like(self.must_deliver),
            debt=None,
            overrides=(),
            supply=replace(self.supply, standing_from=np.full_like(self.supply.standing_from, -1)),
            hosting=self.hosting.without_choice(room_mw, today_mw),
            rigs=self.rigs.without_choice(),
        )


SHAPES = {
    "hours": "p", "years": "p", "discount": "x",
    "hall_bays": "h", "hall_electrical_mw": "h", "hall_floor_m2": "h", "hall_mining_kind": "h",
    "hall_mining_mw": "h", "hall_twin": "h",
    "design_allowed": "hd", "design_ratio_peak": "d", "design_ratio_mean": "d", "design_rack_m2": "d",
    "design_electrical_m2_per_mw": "d", "design_heat_frac": "dm", "design_water_m3_per_mwh": "d",
    "design_spare_modules": "d", "module_capacity_mw": "dm", "module_floor_m2": "dm",
    "module_capex_musd": "dm", "conversion_fixed_musd": "hd", "conversion_musd_per_mw": "hd",
    "build_start": "hdk", "build_spend_frac": "hdkp", "hashing_lost_frac": "hdkp",
    "compatible": "cd", "contract_racks": "c", "contract_rack_mw": "c", "start_allowed": "ck",
    "in_service": "ckp", "load_peak_frac": "ckp", "load_mean_frac": "ckp",
    "revenue_musd": "ckx", "damages_musd": "ckx", "contract_opex_musd": "ckx", "gpu_musd": "ckx",
    "gpu_depreciation_musd": "ckx", "contribution_musd": "ckx", "energy_musd_per_gross_mw": "ckx",
    "demand_musd_per_gross_mw": "ckx",
    "power_recovered_frac": "c", "must_deliver": "c", "termination_musd": "cx", "contract_group": "c",
    "asic_kind": "a", "asic_owned_mw": "a", "asic_kept": "ap", "hash_revenue_musd_per_mw": "ap",
    "hash_energy_musd_per_mw": "ap", "hash_opex_musd_per_mw": "ap", "hash_run_frac": "ap",
    "response_musd_per_mw": "ap", "asic_buy_musd_per_mw": "ap", "asic_buy_limit_mw": "ap",
    "asic_resale_musd_per_mw": "ax", "site_fixed_musd": "p",
    "upgrade_firm_mw": "u", "upgrade_interruptible_mw": "u", "upgrade_ai_mw": "u",
    "upgrade_substation_mw": "u", "upgrade_energised": "uq", "upgrade_spend_musd": "uqp",
    "take_period": "t", "take_load_frac": "ckt", "take_musd_per_mw": "t", "take_upgrade_mw": "u",
    "water_limit_m3": "p", "budget_musd": "p", "tax_year": "x", "depreciation_frac": "skx",
}  # fmt: skip
"""Index letters of every array; x is a column (a period or the time after the horizon)."""
