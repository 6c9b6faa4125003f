"""Power: AI load at the meter, against firm, interruptible and substation MW; its energy and water.

served_it_mw[c, d, k]   MW   IT power contract c takes in design d when it starts at k (whole term)

serve            served = sum over halls of the placed racks' power
firm_mw          ratio_peak * served, in service            <= firm MW
ai_mw            the same                                   <= firm MW that AI load may use (change of use)
firm_choice_mw, ai_choice_mw   least draw of the whole contract * delivered <= the same MW (in binaries, to cover)
site_mw          ratio_peak * load_peak * served + hashing  <= firm + interruptible MW
substation_mw    the same                                   <= substation MVA * power factor
billed_mw        a minimum take <= ratio_peak * load of the billing stretch * served + ...
bridge_rest_mw, own_ai_mw, own_load_mw, outlasting_mw   what on-site supply may work for and must carry (see there)
water            water per IT MWh * mean load               <= water of the period

A contract reserves its firm MW from the first day even while it ramps; hashing may use what is not drawn yet. The
gross-to-IT ratio of the design day sets the limits, the demand charge and the coincident-peak charge, its yearly mean
sets the energy. AI load pays the whole price curve; a tenant with pass-through repays it on the revenue line.
Certificates that a tenant asks for are bought for the same energy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, value

from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import OUTLASTING, Site

NAME = "power"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance
    b.served_it_mw = Var(options.served, domain=NonNegativeReals, doc="IT power of the contract in the design [MW]")
    b.serve = Constraint(
        options.served,
        rule=lambda b, c, d, k: (
            linear([(1.0, b.served_it_mw[c, d, k]), *site.placed_it_mw.terms((c, d, k), -1.0)]) == 0
        ),
        doc="served = placed [MW]",
    )
    for p in range(instance.periods):
        site.firm_mw.supply_constant(p, instance.firm_mw)
        site.ai_mw.supply_constant(p, instance.ai_mw)
        site.firm_choice_mw.supply_constant(p, instance.firm_mw)
        site.ai_choice_mw.supply_constant(p, instance.ai_mw)
        site.site_mw.supply_constant(p, instance.firm_mw + instance.interruptible_mw)
        site.substation_mw.supply_constant(p, instance.substation_mw)
    for what, today_mw in enumerate((instance.firm_mw, instance.ai_mw, instance.substation_mw)):
        for z in range(len(instance.supply.stage_end)):
            site.outlasting_mw.supply_constant((what, z), today_mw)
    for c, k in options.starts:
        for coefficient, variable in site.delivered.terms((c, k), float(options.least_draw_mw[c])):
            site.firm_choice_mw.use_profile(coefficient * instance.in_service[c, k], variable)
            site.ai_choice_mw.use_profile(coefficient * instance.in_service[c, k], variable)
    for c, d, k in options.served:
        _draw(b, site, c, d, k)
        _pay(b, site, c, d, k)
        if instance.supply.names:
            _offer_load(b, site, c, d, k)
        site.contract_mean_mw.add((c, k), float(instance.design_ratio_mean[d]), b.served_it_mw[c, d, k])


def _draw(b: Any, site: Site, c: int, d: int, k: int) -> None:
    """Take the contract's power and water from the balances, for every period of its service."""
    instance, served = site.instance, b.served_it_mw[c, d, k]
    reserved = instance.design_ratio_peak[d] * instance.in_service[c, k]
    site.firm_mw.use_profile(reserved, served)
    site.ai_mw.use_profile(reserved, served)
    site.site_mw.use_profile(reserved * instance.load_peak_frac[c, k], served)
    site.substation_mw.use_profile(reserved * instance.load_peak_frac[c, k], served)
    water_per_mw = instance.design_water_m3_per_mwh[d] * instance.hours * instance.load_mean_frac[c, k] / 1000
    site.water.use_profile(water_per_mw * instance.in_service[c, k], served)
    if len(instance.take_period):
        site.billed_mw.supply_profile(instance.design_ratio_peak[d] * instance.take_load_frac[c, k], served)


def _offer_load(b: Any, site: Site, c: int, d: int, k: int) -> None:
    """Say what on-site supply may work for: the mean draw; and what a bridge has to hold ready but not to make."""
    instance, served = site.instance, b.served_it_mw[c, d, k]
    mean = instance.design_ratio_mean[d] * instance.load_mean_frac[c, k]
    site.own_ai_mw.supply_profile(mean, served)
    site.own_load_mw.supply_profile(mean, served)
    held = instance.design_ratio_peak[d] * instance.in_service[c, k]
    site.bridge_rest_mw.supply_profile(np.maximum(held - mean, 0.0), served)
    for z in np.nonzero(instance.supply.outlasts[c, k])[0].tolist():
        for what in range(len(OUTLASTING)):
            site.outlasting_mw.use((what, z), [(float(instance.design_ratio_peak[d]), served)])


def _pay(b: Any, site: Site, c: int, d: int, k: int) -> None:
    instance, name = site.instance, site.instance.contracts[c]
    energy = instance.design_ratio_mean[d] * instance.energy_musd_per_gross_mw[c, k]
    energy = energy + instance.design_ratio_peak[d] * instance.demand_musd_per_gross_mw[c, k]
    site.ledger.post(Line.ENERGY, f"{name} power", -energy, b.served_it_mw[c, d, k], Source.CONTRACTS)
    certificates = instance.contract_terms.certificates_musd_per_gross_mw[c, k]
    if certificates.any():
        cost = instance.design_ratio_mean[d] * certificates
        site.ledger.post(Line.ENERGY, f"{name} certificates", -cost, b.served_it_mw[c, d, k], Source.CONTRACTS)
    recovered = float(instance.power_recovered_frac[c]) * energy
    site.ledger.post(Line.REVENUE, f"{name} power repaid", recovered, b.served_it_mw[c, d, k], Source.CONTRACTS)


def first_stage(_: Any) -> Iterable[Var]:
    """Power follows the placements: nothing to decide here."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each period: AI IT MW in service, gross MW reserved and drawn at most, mean gross MW."""
    instance = site.instance
    rows = []
    for p in range(instance.periods):
        row = {"period": p, "ai_it_mw": 0.0, "ai_reserved_mw": 0.0, "ai_draw_mw": 0.0, "ai_mean_mw": 0.0}
        for c, d, k in site.options.served:
            if not instance.in_service[c, k, p]:
                continue
            it_mw = value(b.served_it_mw[c, d, k])
            row["ai_it_mw"] += it_mw
            row["ai_reserved_mw"] += float(instance.design_ratio_peak[d]) * it_mw
            row["ai_draw_mw"] += float(instance.design_ratio_peak[d] * instance.load_peak_frac[c, k, p]) * it_mw
            row["ai_mean_mw"] += float(instance.design_ratio_mean[d] * instance.load_mean_frac[c, k, p]) * it_mw
        rows.append(row)
    return pd.DataFrame(rows)
