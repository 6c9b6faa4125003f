"""The textbook formulation of the same problem: time-indexed binaries, every state a sum over the past.

What a first careful model of the problem looks like; it is right, and its optimum is the product's. All that
is decided carries the period in which it happens, and every rule is written for every period:

convert[h, d, k]   binary   conversion ready at the start of k (any k, not only where an offer can start)
fit_mw[h, d, k]    MW       IT capacity whose fit-out is ready at k
install[h,d,k,m]   integer  cooling modules of medium m, for all the hall will ever hold, ready with it at k
deliver[c, k]      binary   service of the contract starts at k
bays[h, d, c, k]   integer  bays the contract takes when it starts at k
racks[h, d, c, k]  integer  racks it places there
request[u, q]      binary   grid upgrade asked for at the start of q
own_mw, run_mw, buy_mw, sell_mw [a, p]   MW   ASIC fleet; run_mw in the mean of the period
run_at_mw[a, p, moment]                  MW   what runs from one day on which halls may strip out to the next
short_mw[t]        MW       demand billed and not drawn in a billing stretch

Capacity is that of the whole hall, shared by whoever is in service; a hall's limits are multiplied with the
sum of its conversion binaries so far. There are no acceptance binaries, no recursions, no bounds from what a
single contract can use, and no order among identical halls.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from pyomo.environ import (
    Binary,
    ConcreteModel,
    Constraint,
    NonNegativeIntegers,
    NonNegativeReals,
    Var,
)

from site_conversion.instance import ASICS, CONVERSION, GRID, MEDIA, Floats, Instance
from site_conversion.mining_moments import WIDTH, lengths, mining_moments
from site_conversion.options import racks_per_bay
from tests.bench.textbook_money import Money, Terms, linear


def build(instance: Instance) -> Any:
    """Return the Pyomo model of an instance."""
    m = ConcreteModel(name=f"{instance.name} (textbook)")
    money = Money(instance)
    _halls(m, instance, money)
    _contracts(m, instance, money)
    _upgrades(m, instance, money)
    _fleet(m, instance, money)
    _minimum_take(m, instance, money)
    _hall_limits(m, instance)
    _plant(m, instance)
    _site_limits(m, instance)
    money.close(m)
    return m


def _halls(m: Any, instance: Instance, money: Money) -> None:
    halls, designs, periods = len(instance.halls), len(instance.designs), instance.periods
    m.stages = [
        (h, d, k)
        for h in range(halls)
        for d in range(designs)
        for k in range(periods)
        if instance.design_allowed[h, d] and instance.build_start[h, d, k] >= 0
    ]
    m.convert = Var(m.stages, domain=Binary)
    m.fit_mw = Var(m.stages, domain=NonNegativeReals)
    cooled = [(*stage, i) for stage in m.stages for i in range(len(MEDIA)) if instance.design_heat_frac[stage[1], i]]
    m.install = Var(cooled, domain=NonNegativeIntegers)
    m.convert_once = Constraint(
        sorted({h for h, _, _ in m.stages}),
        rule=lambda m, h: sum(m.convert[stage] for stage in m.stages if stage[0] == h) <= 1,
    )
    for h, d, k in m.stages:
        spend = instance.build_spend_frac[h, d, k]
        fixed, per_mw = instance.conversion_fixed_musd[h, d], instance.conversion_musd_per_mw[h, d]
        money.invest_asset(m.convert[h, d, k], float(fixed) * spend, CONVERSION, k)
        money.invest_asset(m.fit_mw[h, d, k], float(per_mw) * spend, CONVERSION, k)
    for h, d, k, i in cooled:
        cost = float(instance.module_capex_musd[d, i])
        money.invest_asset(m.install[h, d, k, i], cost * instance.build_spend_frac[h, d, k], CONVERSION, k)


def _contracts(m: Any, instance: Instance, money: Money) -> None:
    room = racks_per_bay(instance)
    m.starts = [(c, k) for c, k in np.argwhere(instance.start_allowed).tolist()]
    m.places = [(h, d, c, k) for h, d, c in np.argwhere(room > 0).tolist() for k in range(instance.periods)
                if instance.start_allowed[c, k]]  # fmt: skip
    m.deliver = Var(m.starts, domain=Binary)
    m.bays = Var(m.places, domain=NonNegativeIntegers)
    m.racks = Var(m.places, domain=NonNegativeIntegers)
    m.deliver_once = Constraint(
        range(len(instance.contracts)),
        rule=lambda m, c: linear([(1.0, m.deliver[i]) for i in m.starts if i[0] == c]) <= 1,
    )
    m.must_deliver = Constraint(
        np.nonzero(instance.must_deliver)[0].tolist(),
        rule=lambda m, c: linear([(1.0, m.deliver[i]) for i in m.starts if i[0] == c]) >= 1,
    )
    m.exclusive = Constraint(
        sorted(set(instance.contract_group.tolist()) - {-1}),
        rule=lambda m, g: linear([(1.0, m.deliver[i]) for i in m.starts if instance.contract_group[i[0]] == g]) <= 1,
    )
    placed: dict[tuple[int, int], Terms] = {}
    for place in m.places:
        placed.setdefault(place[2:], []).append((1.0, m.racks[place]))
    m.whole_contract = Constraint(
        m.starts,
        rule=lambda m, c, k: (
            linear([*placed.get((c, k), []), (-float(instance.contract_racks[c]), m.deliver[c, k])]) == 0
        ),
    )
    m.racks_in_bays = Constraint(
        m.places, rule=lambda m, h, d, c, k: m.racks[h, d, c, k] <= int(room[h, d, c]) * m.bays[h, d, c, k]
    )
    for c, k in m.starts:
        service = instance.revenue_musd[c, k] - instance.damages_musd[c, k] - instance.contract_opex_musd[c, k]
        money.earn(m.deliver[c, k], service + instance.termination_musd[c])
        money.invest(m.deliver[c, k], instance.gpu_musd[c, k], instance.gpu_depreciation_musd[c, k])
        contribution = instance.contribution_musd[c, k]
        written_off = float(contribution.sum()) * instance.depreciation_frac[CONVERSION, k]
        money.invest(m.deliver[c, k], -contribution, -written_off)
    for h, d, c, k in m.places:
        energy = instance.design_ratio_mean[d] * instance.energy_musd_per_gross_mw[c, k]
        energy = energy + instance.design_ratio_peak[d] * instance.demand_musd_per_gross_mw[c, k]
        energy = energy * instance.contract_rack_mw[c]
        money.earn(m.racks[h, d, c, k], -energy * (1 - instance.power_recovered_frac[c]))


def _upgrades(m: Any, instance: Instance, money: Money) -> None:
    m.requests = [(u, q) for u, q in np.argwhere(instance.upgrade_energised >= 0).tolist()]
    m.request = Var(m.requests, domain=Binary)
    m.request_once = Constraint(
        sorted({u for u, _ in m.requests}),
        rule=lambda m, u: linear([(1.0, m.request[i]) for i in m.requests if i[0] == u]) <= 1,
    )
    for u, q in m.requests:
        energised = int(instance.upgrade_energised[u, q])
        money.invest_asset(m.request[u, q], instance.upgrade_spend_musd[u, q], GRID, energised)


def _fleet(m: Any, instance: Instance, money: Money) -> None:
    last = instance.periods - 1
    index = [(a, p) for a in range(len(instance.asics)) for p in range(instance.periods)]
    m.buy_mw = Var(index, bounds=lambda _, a, p: (0.0, float(instance.asic_buy_limit_mw[a, p])))
    m.sell_mw = Var(index, domain=NonNegativeReals)
    m.own_mw = Var(index, bounds=lambda _, a, p: (0.0, None if instance.asic_kept[a, p] else 0.0))
    m.run_mw = Var(index, domain=NonNegativeReals)
    m.owned = Constraint(
        index,
        rule=lambda m, a, p: (
            m.own_mw[a, p]
            == float(instance.asic_owned_mw[a]) + sum(m.buy_mw[a, q] - m.sell_mw[a, q] for q in range(p + 1))
        ),
    )
    m.moments = mining_moments(instance, m.stages)
    days = {(a, p): m.moments[int(instance.asic_kind[a]), p] for a, p in index}
    each = [(a, p, moment) for a, p in index for moment in range(len(days[a, p]))]
    m.run_at_mw = Var(each, domain=NonNegativeReals)
    m.run_owned = Constraint(
        each, rule=lambda m, a, p, t: m.run_at_mw[a, p, t] <= (m.run_at_mw[a, p, t - 1] if t else m.own_mw[a, p])
    )
    m.run_mean = Constraint(
        index,
        rule=lambda m, a, p: (
            m.run_mw[a, p] == sum(part * m.run_at_mw[a, p, t] for t, part in enumerate(lengths(days[a, p])))
        ),
    )
    m.sell_owned = Constraint(
        index,
        rule=lambda m, a, p: m.sell_mw[a, p] <= (m.own_mw[a, p - 1] if p else float(instance.asic_owned_mw[a])),
    )
    at = np.eye(instance.periods + 1)
    for a, p in index:
        margin = (
            instance.hash_revenue_musd_per_mw
            + instance.response_musd_per_mw
            - instance.hash_energy_musd_per_mw
            - instance.hash_opex_musd_per_mw
        )[a, p]
        money.earn(m.run_mw[a, p], margin * at[p])
        money.invest_asset(m.buy_mw[a, p], instance.asic_buy_musd_per_mw[a, p] * at[p, :-1], ASICS, p)
        money.earn(m.sell_mw[a, p], instance.asic_resale_musd_per_mw[a, p] * at[p])
    for a in range(len(instance.asics)):
        money.earn(m.own_mw[a, last], instance.asic_resale_musd_per_mw[a, -1] * at[-1])


def _minimum_take(m: Any, instance: Instance, money: Money) -> None:
    """Demand billed and not drawn, stretch by stretch."""
    m.short_mw = Var(range(len(instance.take_period)), domain=NonNegativeReals)

    def billed(m: Any, t: int) -> Any:
        p = int(instance.take_period[t])
        gross_mw = np.outer(instance.design_ratio_peak, instance.contract_rack_mw)
        racks = [(float(gross_mw[d, c] * instance.take_load_frac[c, k, t]), m.racks[h, d, c, k])
                 for h, d, c, k in m.places]  # fmt: skip
        running = [(1.0, m.run_mw[a, p]) for a in range(len(instance.asics))]
        energised = [(-float(instance.take_upgrade_mw[u]), m.request[u, q])
                     for u, q in m.requests if instance.upgrade_energised[u, q] <= p]  # fmt: skip
        return linear([*racks, *running, *energised, (1.0, m.short_mw[t])]) >= instance.take_mw

    m.billed = Constraint(range(len(instance.take_period)), rule=billed)
    at = np.eye(instance.periods + 1)
    for t, p in enumerate(instance.take_period.tolist()):
        money.earn(m.short_mw[t], -float(instance.take_musd_per_mw[t]) * at[p])


def _hall_limits(m: Any, instance: Instance) -> None:
    """Every limit of every hall in every period, as sums over all that has happened there so far."""
    so_far: dict[tuple[int, int, int], list[int]] = {}
    for h, d, k in m.stages:
        for p in range(k, instance.periods):
            so_far.setdefault((h, d, p), []).append(k)
    inside: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for h, d, c, k in m.places:
        for p in np.nonzero(instance.in_service[c, k])[0].tolist():
            inside.setdefault((h, d, p), []).append((c, k))
    cells = sorted(so_far.keys() | inside.keys())
    rack_mw = instance.contract_rack_mw

    def done(variable: Any, factor: float, h: int, d: int, p: int, *medium: int) -> Terms:
        return [(factor, variable[(h, d, k, *medium)]) for k in so_far.get((h, d, p), [])]

    def in_use(variable: Any, factor: Floats, h: int, d: int, p: int) -> Terms:
        return [(float(factor[c]), variable[h, d, c, k]) for c, k in inside.get((h, d, p), [])]

    def bays(m: Any, h: int, d: int, p: int) -> Any:
        used = in_use(m.bays, np.ones(len(rack_mw)), h, d, p)
        return linear([*used, *done(m.convert, -float(instance.hall_bays[h]), h, d, p)]) <= 0

    def electrical(m: Any, h: int, d: int, p: int) -> Any:
        most_mw = float(instance.hall_electrical_mw[h] / instance.design_ratio_peak[d])
        return linear([*done(m.fit_mw, 1.0, h, d, p), *done(m.convert, -most_mw, h, d, p)]) <= 0

    def fitted(m: Any, h: int, d: int, p: int) -> Any:
        return linear([*in_use(m.racks, rack_mw, h, d, p), *done(m.fit_mw, -1.0, h, d, p)]) <= 0

    def floor(m: Any, h: int, d: int, p: int) -> Any:
        racks = in_use(m.racks, np.full(len(rack_mw), instance.design_rack_m2[d] / 1000), h, d, p)
        rooms = done(m.fit_mw, float(instance.design_electrical_m2_per_mw[d]) / 1000, h, d, p)
        plant = [term for i in range(len(MEDIA)) if instance.design_heat_frac[d, i]
                 for term in done(m.install, float(instance.module_floor_m2[d, i]) / 1000, h, d, p, i)]  # fmt: skip
        opened = done(m.convert, -float(instance.hall_floor_m2[h]) / 1000, h, d, p)
        return linear([*racks, *rooms, *plant, *opened]) <= 0

    m.hall_bays = Constraint(sorted(inside), rule=bays)
    m.hall_electrical = Constraint(sorted(so_far), rule=electrical)
    m.hall_fitted = Constraint(sorted(inside), rule=fitted)
    m.hall_floor = Constraint(cells, rule=floor)


def _plant(m: Any, instance: Instance) -> None:
    """Cooling modules come with the conversion, enough for all the hall will ever hold and the spare ones."""

    def over_time(variable: Any, factor: float, h: int, d: int, *medium: int) -> Terms:
        return [(factor, variable[(*stage, *medium)]) for stage in m.stages if stage[:2] == (h, d)]

    def heat(m: Any, h: int, d: int, i: int) -> Any:
        capacity = float(instance.module_capacity_mw[d, i])
        load = over_time(m.fit_mw, float(instance.design_heat_frac[d, i]), h, d)
        spare = over_time(m.convert, capacity * float(instance.design_spare_modules[d]), h, d)
        return linear([*load, *spare, *over_time(m.install, -capacity, h, d, i)]) <= 0

    def with_conversion(m: Any, h: int, d: int, k: int, i: int) -> Any:
        most_mw = float(instance.hall_electrical_mw[h] / instance.design_ratio_peak[d])
        need = float(instance.design_heat_frac[d, i] * most_mw / instance.module_capacity_mw[d, i])
        most = ceil(need - 1e-9) + int(instance.design_spare_modules[d])
        return m.install[h, d, k, i] <= most * m.convert[h, d, k]

    m.hall_heat = Constraint(sorted({(h, d, i) for h, d, _, i in m.install}), rule=heat)
    m.plant_with_hall = Constraint(list(m.install), rule=with_conversion)


def _site_limits(m: Any, instance: Instance) -> None:
    """Firm, AI, contracted and substation MW, hashing space and water in every period."""
    periods = range(instance.periods)
    reserved: dict[int, Terms] = {p: [] for p in periods}
    drawn: dict[int, Terms] = {p: [] for p in periods}
    water: dict[int, Terms] = {p: [] for p in periods}
    for h, d, c, k in m.places:
        rack_mw = float(instance.contract_rack_mw[c])
        gross_mw = float(instance.design_ratio_peak[d]) * rack_mw
        for p in np.nonzero(instance.in_service[c, k])[0].tolist():
            racks = m.racks[h, d, c, k]
            reserved[p].append((gross_mw, racks))
            drawn[p].append((gross_mw * float(instance.load_peak_frac[c, k, p]), racks))
            used = float(instance.load_mean_frac[c, k, p] * instance.hours[p]) * rack_mw
            water[p].append((float(instance.design_water_m3_per_mwh[d]) * used / 1000, racks))

    def limit(name: str, uses: dict[int, Terms], supply: Floats, gain: Floats) -> None:
        def rule(_: Any, p: int) -> Any:
            energised = [(-float(gain[u]), m.request[u, q]) for u, q in m.requests if done[u, q] <= p]
            return linear([*uses[p], *energised]) <= float(supply[p])

        used = [p for p in periods if np.isfinite(supply[p]) and any(coefficient for coefficient, _ in uses[p])]
        m.add_component(name, Constraint(used, rule=rule))

    ones, nothing, done = np.ones(instance.periods), np.zeros(len(instance.upgrades)), instance.upgrade_energised
    running = {p: [(1.0, m.run_at_mw[a, p, 0]) for a in range(len(instance.asics))] for p in periods}
    shared = {p: [*drawn[p], *running[p]] for p in periods}
    contracted = instance.firm_mw + instance.interruptible_mw
    limit("firm", reserved, instance.firm_mw * ones, instance.upgrade_firm_mw)
    limit("ai", reserved, instance.ai_mw * ones, instance.upgrade_ai_mw)
    limit("site", shared, contracted * ones, instance.upgrade_firm_mw + instance.upgrade_interruptible_mw)
    limit("substation", shared, instance.substation_mw * ones, instance.upgrade_substation_mw)
    limit("water", water, instance.water_limit_m3 / 1000, nothing)

    def hash_space(m: Any, n: int, p: int, moment: int) -> Any:
        running = [(1.0, m.run_at_mw[a, p, moment]) for a in range(len(instance.asics)) if instance.asic_kind[a] == n]
        mined, gone = instance.hall_mining_kind == n, m.moments[n, p][moment] + WIDTH
        lost = [(float(instance.hall_mining_mw[h]), m.convert[h, d, k])
                for h, d, k in m.stages if mined[h] and 1 - instance.hashing_lost_frac[h, d, k, p] <= gone]  # fmt: skip
        return linear([*running, *lost]) <= float(instance.hall_mining_mw[mined].sum())

    kinds = sorted(set(instance.asic_kind.tolist()))
    moments = [(n, p, moment) for n in kinds for p in periods for moment in range(len(m.moments[n, p]))]
    m.hash_space = Constraint(moments, rule=hash_space)
