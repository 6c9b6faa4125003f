"""Halls and designs: ratios in the site's climate, costs, and the calendar of every possible conversion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.case import Case
from planner.schemas.designs import CoolingModule, Design, DesignUse
from planner.schemas.site import Climate, Hall, MiningCooling, Pad
from planner.translate.calendar import Timeline, add_months
from site_conversion.instance import Bools, Floats, Ints

HOURS_PER_YEAR = 8_760


def share_above(climate: Climate, temperature_c: float) -> float:
    """Return the share of a year's hours warmer than a temperature.

    Linear between the climate's entries; none above its design temperature, all below its first entry.
    """
    if temperature_c >= climate.design_temperature_c:
        return 0.0
    points = sorted(climate.hours_below_c)
    hours = [climate.hours_below_c[point] for point in points]
    below = float(np.interp(temperature_c, points, hours, left=0.0))
    return max(0.0, 1.0 - below / HOURS_PER_YEAR)


def module_power_frac(module: CoolingModule, climate: Climate) -> tuple[float, float]:
    """Return electric power per unit of heat on the design day and in the yearly mean."""
    hot = 1.0 if climate.design_temperature_c > module.free_cooling_c else 0.0
    mean = share_above(climate, module.free_cooling_c)
    return tuple(  # type: ignore[return-value]
        module.fan_power_frac + module.mechanical_power_frac * share for share in (hot, mean)
    )


def module_capacity_mw(module: CoolingModule, climate: Climate) -> float:
    """Return a module's capacity at the design temperature."""
    excess = max(0.0, climate.design_temperature_c - module.rated_temperature_c)
    return module.capacity_mw * max(0.0, 1 - module.derate_frac_per_c * excess)


@dataclass(frozen=True)
class DesignFigures:
    """What a design comes to in the site's climate; pairs are (air, liquid)."""

    ratio_peak: float
    ratio_mean: float
    heat_frac: tuple[float, float]
    capacity_mw: tuple[float, float]
    floor_m2: tuple[float, float]
    capex_usd: tuple[float, float]
    water_m3_per_mwh: float


def design_figures(design: Design, modules: dict[str, CoolingModule], climate: Climate) -> DesignFigures:
    """Return gross-to-IT ratios, heat, module figures and water of a design.

    ratio = 1 + electrical losses + sum over media of heat * cooling power; the losses heat the air.
    """
    heat = (1 - design.liquid_heat_frac + design.electrical_loss_frac, design.liquid_heat_frac)
    peak = mean = 1 + design.electrical_loss_frac
    capacity, floor, capex, water = [1.0, 1.0], [0.0, 0.0], [0.0, 0.0], 0.0
    for m, name in enumerate((design.air_module, design.liquid_module)):
        if name is None or heat[m] <= 0:
            continue
        module = modules[name]
        power_peak, power_mean = module_power_frac(module, climate)
        peak, mean = peak + heat[m] * power_peak, mean + heat[m] * power_mean
        capacity[m], floor[m], capex[m] = (
            module_capacity_mw(module, climate),
            module.floor_m2,
            module.capex_usd,
        )
        water += heat[m] * module.water_m3_per_mwh_heat * share_above(climate, module.free_cooling_c)
    pair = [tuple(values) for values in (capacity, floor, capex)]
    return DesignFigures(peak, mean, heat, pair[0], pair[1], pair[2], water)  # type: ignore[arg-type]


@dataclass(frozen=True)
class ConversionArrays:
    """The hall and design part of the Instance, fields named as there."""

    halls: tuple[str, ...]
    hall_bays: Ints
    hall_electrical_mw: Floats
    hall_floor_m2: Floats
    mining_kinds: tuple[str, ...]
    hall_mining_kind: Ints
    hall_mining_mw: Floats
    hall_twin: Ints
    designs: tuple[str, ...]
    design_allowed: Bools
    design_ratio_peak: Floats
    design_ratio_mean: Floats
    design_rack_m2: Floats
    design_electrical_m2_per_mw: Floats
    design_heat_frac: Floats
    design_water_m3_per_mwh: Floats
    design_spare_modules: Ints
    module_capacity_mw: Floats
    module_floor_m2: Floats
    module_capex_musd: Floats
    conversion_fixed_musd: Floats
    conversion_musd_per_mw: Floats
    build_start: Ints
    build_spend_frac: Floats
    hashing_lost_frac: Floats


def conversion_arrays(case: Case, time: Timeline) -> ConversionArrays:
    """Return everything about halls, pads and designs."""
    places = case.site.places
    modules = {module.id: module for module in case.cooling_modules}
    figures = [design_figures(design, modules, case.site.climate) for design in case.designs]
    kinds = tuple(MiningCooling)
    minings = [place.mining if isinstance(place, Hall) else None for place in places]
    start, spend, lost = _builds(case, places, time)
    count = (len(figures), 2)

    def each(name: str) -> Floats:
        return np.array([getattr(figure, name) for figure in figures], dtype=np.float64)

    return ConversionArrays(
        halls=tuple(place.id for place in places),
        hall_bays=np.array([place.bays for place in places], dtype=np.int64),
        hall_electrical_mw=np.array([place.electrical_mw for place in places], dtype=np.float64),
        hall_floor_m2=np.array([place.floor_m2 for place in places], dtype=np.float64),
        mining_kinds=tuple(kind.value for kind in kinds),
        hall_mining_kind=np.array(
            [kinds.index(mining.cooling) if mining else -1 for mining in minings], dtype=np.int64
        ),
        hall_mining_mw=np.array([mining.capacity_mw if mining else 0.0 for mining in minings], dtype=np.float64),
        hall_twin=_twins(places),
        designs=tuple(design.id for design in case.designs),
        design_allowed=np.array(
            [[_allowed(place, design) for design in case.designs] for place in places], dtype=np.bool_
        ).reshape(len(places), len(case.designs)),
        design_ratio_peak=each("ratio_peak"),
        design_ratio_mean=each("ratio_mean"),
        design_rack_m2=np.array([design.m2_per_rack for design in case.designs], dtype=np.float64),
        design_electrical_m2_per_mw=np.array(
            [design.electrical_m2_per_it_mw for design in case.designs], dtype=np.float64
        ),
        design_heat_frac=each("heat_frac").reshape(count),
        design_water_m3_per_mwh=each("water_m3_per_mwh"),
        design_spare_modules=np.array([design.spare_modules for design in case.designs], dtype=np.int64),
        module_capacity_mw=each("capacity_mw").reshape(count),
        module_floor_m2=each("floor_m2").reshape(count),
        module_capex_musd=each("capex_usd").reshape(count) / 1e6,
        conversion_fixed_musd=_table(places, case.designs, _fixed_usd) / 1e6,
        conversion_musd_per_mw=_table(places, case.designs, _usd_per_mw) / 1e6,
        build_start=start,
        build_spend_frac=spend,
        hashing_lost_frac=lost,
    )


def _allowed(place: Hall | Pad, design: Design) -> bool:
    use = DesignUse.HALLS if isinstance(place, Hall) else DesignUse.PADS
    listed = place.designs is None or design.id in place.designs
    return listed and design.use in (use, DesignUse.BOTH)


def _fixed_usd(place: Hall | Pad, design: Design) -> float:
    return design.capex_fixed_usd + (place.shell_capex_usd if isinstance(place, Pad) else 0.0)


def _usd_per_mw(place: Hall | Pad, design: Design) -> float:
    reused = design.reused_frac if isinstance(place, Hall) else 0.0
    return design.capex_usd_per_it_mw * (1 - reused)


def _table(places: tuple[Hall | Pad, ...], designs: tuple[Design, ...], cost) -> Floats:  # type: ignore[no-untyped-def]
    values = [[cost(place, design) for design in designs] for place in places]
    return np.array(values, dtype=np.float64).reshape(len(places), len(designs))


def _twins(places: tuple[Hall | Pad, ...]) -> Ints:
    """Return for each place the last earlier one with the same data, -1 if there is none."""
    seen: dict[str, int] = {}
    twins = []
    for h, place in enumerate(places):
        key = type(place).__name__ + place.model_dump_json(exclude={"id", "name"})
        twins.append(seen.get(key, -1))
        seen[key] = h
    return np.array(twins, dtype=np.int64)


def build_months(place: Hall | Pad, design: Design) -> float:
    """Return the months that works take: the design's, and those of the shell on a pad."""
    return design.build_months + (place.shell_months if isinstance(place, Pad) else 0.0)


def _builds(case: Case, places: tuple[Hall | Pad, ...], time: Timeline) -> tuple[Ints, Floats, Floats]:
    """Return build_start, build_spend_frac and hashing_lost_frac.

    A conversion ready at k begins at the start of the latest period from which it is finished by then.
    """
    shape = (len(places), len(case.designs), time.periods)
    start = np.full(shape, -1, dtype=np.int64)
    spend, lost = np.zeros((*shape, time.periods)), np.zeros((*shape, time.periods))
    level = np.power(1 + case.finance.capex_escalator_frac_per_year, time.mid_years)
    for h, place in enumerate(places):
        for d, design in enumerate(case.designs):
            months = build_months(place, design)
            for s in range(time.periods):
                ready = add_months(time.boundaries[s], months)
                k = time.first_period_from(ready)
                if k < 0:
                    continue
                days = time.overlap_frac(time.boundaries[s], ready) * time.days
                gone = add_months(ready, -design.hashing_lost_months)
                # a later s overwrites: the latest start that is ready by k
                start[h, d, k] = s
                spend[h, d, k] = level * days / days.sum()
                lost[h, d, k] = time.overlap_frac(gone, time.end)
            _carry_forward(start[h, d], spend[h, d], lost[h, d])
    return start, spend, lost


def _carry_forward(start: Ints, spend: Floats, lost: Floats) -> None:
    """Where no build ends exactly at k, the latest one that ended before serves."""
    for k in range(1, len(start)):
        if start[k] < 0 <= start[k - 1]:
            start[k], spend[k], lost[k] = start[k - 1], spend[k - 1], lost[k - 1]
