"""What every component is handed: the instance, its options, shared quantities, balances and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from site_conversion.instance import MEDIA, Instance
from site_conversion.instance_rigs import GRADES
from site_conversion.mining_moments import Moments, mining_moments
from site_conversion.options import Options
from site_conversion.registers import Balance, Ledger, Limit, LimitKind, Quantity
from site_conversion.rows import Term

OUTLASTING = ("firm grid MW", "firm MW that AI load may use", "substation capacity")
"""First index of the balance `outlasting_mw`."""


@dataclass
class Site:
    """One site under construction. Components add to it in the order of assemble.COMPONENTS."""

    instance: Instance
    options: Options = field(init=False)
    mining_moments: Moments = field(init=False)
    ledger: Ledger = field(init=False)
    limits: list[Limit] = field(default_factory=list)

    # quantities: owned by the component in brackets
    delivered: Quantity = field(default_factory=lambda: Quantity("delivered", "1"))  # [tenants] (c, k)
    taken_bays: Quantity = field(default_factory=lambda: Quantity("taken_bays", "1"))  # [tenants] (h, d, c, k)
    racks: Quantity = field(default_factory=lambda: Quantity("racks", "racks"))  # [gpu_systems] (h, d, c, k)
    placed_it_mw: Quantity = field(default_factory=lambda: Quantity("placed_it_mw", "MW"))  # [gpu_systems] (c, d, k)
    starting_it_mw: Quantity = field(
        default_factory=lambda: Quantity("starting_it_mw", "MW")
    )  # [gpu_systems] (h, d, k)
    hall_design: Quantity = field(default_factory=lambda: Quantity("hall_design", "1"))  # [halls] (h, d)
    convert: Quantity = field(default_factory=lambda: Quantity("convert", "1"))  # [halls] (h, d, k)
    fitted_added_mw: Quantity = field(default_factory=lambda: Quantity("fitted_added_mw", "MW"))
    """[halls] (h, d, k) ready by k, where that is a decision of its own"""
    asked: Quantity = field(default_factory=lambda: Quantity("asked", "1"))  # [grid_upgrades] (u, q)
    drawn_musd: Quantity = field(default_factory=lambda: Quantity("drawn_musd", "MUSD"))  # [debt] (p)
    borrow: Quantity = field(default_factory=lambda: Quantity("borrow", "1"))  # [debt] (0) there is a loan
    loan_musd: Quantity = field(default_factory=lambda: Quantity("loan_musd", "MUSD"))  # [debt] (0)
    fitted_it_mw: Quantity = field(default_factory=lambda: Quantity("fitted_it_mw", "MW"))  # [halls] (h, d, k)
    moved_mw: Quantity = field(default_factory=lambda: Quantity("moved_mw", "MW"))  # [elsewhere] (a, p)
    rebuilt_krigs: Quantity = field(default_factory=lambda: Quantity("rebuilt_krigs", "krigs"))  # [rig_rebuilds] (r, p)

    contract_mean_mw: Quantity = field(default_factory=lambda: Quantity("contract_mean_mw", "MW"))
    """[power] (c, k) gross MW at the mean ratio; times the load's mean share it is what the contract draws."""
    other_mean_mw: Quantity = field(default_factory=lambda: Quantity("other_mean_mw", "MW"))
    """[asic_fleet and whoever else draws from the grid] (p) mean MW of the period."""
    own_orders: Quantity = field(
        default_factory=lambda: Quantity("own_orders", "units")
    )  # [onsite_supply] (p) arriving
    own_firm_left_mw: Quantity = field(default_factory=lambda: Quantity("own_firm_left_mw", "MW"))
    """[onsite_supply] (g) firm MW standing in the last period."""
    own_run_mw: Quantity = field(default_factory=lambda: Quantity("own_run_mw", "MW"))  # [onsite_supply] (g, p)
    own_beside_mw: Quantity = field(default_factory=lambda: Quantity("own_beside_mw", "MW"))  # [onsite_supply] (g, p)

    # balances
    firm_mw: Balance = field(init=False)  # (p)
    ai_mw: Balance = field(init=False)  # (p)
    firm_choice_mw: Balance = field(init=False)  # (p)
    ai_choice_mw: Balance = field(init=False)  # (p)
    site_mw: Balance = field(init=False)  # (p)
    substation_mw: Balance = field(init=False)  # (p)
    bridge_rest_mw: Balance = field(init=False)  # (p) what a bridge need not make
    own_ai_mw: Balance = field(init=False)  # (p) AI load that on-site power can serve
    own_load_mw: Balance = field(init=False)  # (p) the same with hashing
    outlasting_mw: Balance = field(init=False)  # (what, z) after the horizon
    billed_mw: Balance = field(init=False)  # (t) minimum take against what is drawn
    hall_bays: Balance = field(init=False)  # (h, d, k)
    hall_it_mw: Balance = field(init=False)  # (h, d, k) where space can be reused
    hall_floor: Balance = field(init=False)  # (h, d, k) at peaks, thousand m2
    hall_heat: Balance = field(init=False)  # (h, d, m)
    hash_space: Balance = field(init=False)  # (n, p, moment)
    rig_stock: Balance = field(init=False)  # (r, g, p) rented against owned, thousand rigs
    water: Balance = field(init=False)  # (p), thousand m3

    def __post_init__(self) -> None:
        """Make the empty registers."""
        self.options = Options(self.instance)
        self.mining_moments = mining_moments(self.instance, self.options.stages)
        self.ledger = Ledger(self.instance.periods + 1)
        names = self.instance

        def of_hall(what: str, index: tuple[int, ...], period: int | None = None) -> tuple[str, int | None]:
            return f"{what} of {names.halls[index[0]]} as {names.designs[index[1]]}", period

        self.firm_mw = Balance("firm_mw", "MW", lambda p: ("firm grid MW for AI load", p))
        self.ai_mw = Balance("ai_mw", "MW", lambda p: ("firm MW that AI load may use", p))
        self.firm_choice_mw = Balance(
            "firm_choice_mw", "MW", lambda p: ("firm grid MW for whole contracts", p), LimitKind.IMPLIED
        )
        self.ai_choice_mw = Balance(
            "ai_choice_mw", "MW", lambda p: ("firm MW for whole AI contracts", p), LimitKind.IMPLIED
        )
        self.site_mw = Balance("site_mw", "MW", lambda p: ("contracted grid MW", p))
        self.substation_mw = Balance("substation_mw", "MW", lambda p: ("substation capacity", p))
        fixed, last = LimitKind.FIXED, names.periods - 1
        self.bridge_rest_mw = Balance("bridge_rest_mw", "MW", lambda p: ("load that a bridge must make", p), fixed)
        self.own_ai_mw = Balance("own_ai_mw", "MW", lambda p: ("AI load for on-site power", p), fixed)
        self.own_load_mw = Balance("own_load_mw", "MW", lambda p: ("load for on-site power", p), fixed)
        self.outlasting_mw = Balance(
            "outlasting_mw", "MW", lambda i: (f"{OUTLASTING[i[0]]} for contracts that outlast the study", last)
        )
        self.billed_mw = Balance(
            "billed_mw", "MW", lambda t: ("minimum take", int(names.take_period[t])), LimitKind.FIXED
        )
        self.hall_bays = Balance("hall_bays", "bays", lambda i: of_hall("bays", i, i[2]), LimitKind.HALL)
        self.hall_it_mw = Balance("hall_it_mw", "MW", lambda i: of_hall("fitted IT MW", i, i[2]), LimitKind.HALL)
        self.hall_floor = Balance("hall_floor", "m2", lambda i: of_hall("floor", i, i[2]), LimitKind.HALL, scale=1000.0)
        self.hall_heat = Balance(
            "hall_heat", "MW", lambda i: of_hall(f"{MEDIA[i[2]]} cooling plant", i), LimitKind.HALL
        )
        self.hash_space = Balance(
            "hash_space", "MW", lambda i: (f"{names.mining_kinds[i[0]]}-cooled hashing space", i[1])
        )
        self.rig_stock = Balance(
            "rig_stock", "rigs", lambda i: (f"{GRADES[i[1]]} rigs {names.rigs.rigs[i[0]]}", i[2]), scale=1000.0
        )
        self.water = Balance("water", "m3", lambda p: ("cooling water", p), scale=1000.0)

    @property
    def balances(self) -> tuple[Balance, ...]:
        """All balances, in the order in which they are closed."""
        return (
            self.firm_mw, self.ai_mw, self.firm_choice_mw, self.ai_choice_mw, self.site_mw, self.substation_mw,
            self.bridge_rest_mw, self.own_ai_mw, self.own_load_mw, self.outlasting_mw, self.billed_mw,
            self.hall_bays, self.hall_it_mw, self.hall_floor, self.hall_heat, self.hash_space, self.rig_stock,
            self.water,
        )  # fmt: skip

    def fill_mining_room(self, n: int, p: int, terms: list[Term]) -> None:
        """Take room in the mining halls of a kind for all of a period."""
        for moment in range(len(self.mining_moments[n, p])):
            self.hash_space.use((n, p, moment), terms)

    def draw_besides_ai(self, p: int, mean_mw: float, variable: Any) -> None:
        """Say what hashing and the like draws on average: on-site supply may serve it, carbon counts it."""
        if self.instance.supply.names:
            self.own_load_mw.supply(p, [(mean_mw, variable)])
        self.other_mean_mw.add(p, mean_mw, variable)

    def state_limit(self, limit: Limit) -> None:
        """Register a constraint that a person would call a limit."""
        self.limits.append(limit)


Component = Any
"""A module with NAME, build(block, site), first_stage(block) and read(block, site)."""
