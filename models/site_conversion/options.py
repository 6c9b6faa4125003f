"""What can be chosen at all, derived from the Instance: placements, events and tight bounds.

A placement (h, d, c, k) is contract c starting at period k in hall h built to design d. Everything
sparse in the model is indexed by the placements that survive here, and the bounds used as
coefficients come from the hall's own power and floor, never from a tuned number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from site_conversion.instance import Floats, Instance, Ints

Place = tuple[int, int, int, int]
Stage = tuple[int, int, int]

ROUNDING = 1e-9
"""What a quotient may be off by before it is rounded."""


def racks_by_power_and_floor(instance: Instance) -> tuple[Floats, Floats]:
    """Racks of contract c that one bay of hall h in design d would hold by its power, and by its floor [h, d, c].

    Where a hall is one bay, the floor is what its cooling modules leave.
    """
    rack_mw = instance.contract_rack_mw[None, None, :]
    bay_mw = (instance.hall_electrical_mw / instance.hall_bays)[:, None, None]
    bay_m2 = (instance.hall_floor_m2 / instance.hall_bays)[:, None, None]
    rack_m2 = instance.design_rack_m2[None, :, None] + instance.design_electrical_m2_per_mw[None, :, None] * rack_mw
    by_power = bay_mw / (instance.design_ratio_peak[None, :, None] * rack_mw)
    by_floor = np.minimum(np.floor(bay_m2 / rack_m2 + ROUNDING), racks_beside_cooling(instance))
    return np.floor(by_power + ROUNDING), by_floor


def racks_beside_cooling(instance: Instance) -> Floats:
    """Racks of contract c that a hall h of one bay holds beside the whole modules that cool them [h, d, c].

    Infinite for halls of several bays: there other tenants decide too how many modules there are.
    """
    rack_mw = instance.contract_rack_mw
    rack_m2 = (instance.design_rack_m2 + instance.design_electrical_m2_per_mw * rack_mw[:, None]).T
    # modules of each medium by rack, and m2 by module [d, c, m]
    capacity_mw = np.where(instance.module_capacity_mw > 0, instance.module_capacity_mw, np.inf)
    by_rack = (instance.design_heat_frac / capacity_mw)[:, None, :] * rack_mw[None, :, None]
    module_m2 = np.where(instance.design_heat_frac > 0, instance.module_floor_m2, 0.0)[:, None, :]
    spare_m2 = (instance.design_spare_modules[:, None, None] * module_m2).sum(axis=2)
    held = np.full((len(instance.halls), len(instance.designs), len(instance.contracts)), np.inf)
    alone = instance.hall_bays == 1
    for floor_m2 in np.unique(instance.hall_floor_m2[alone]).tolist():
        # no more than with parts of modules; from there down to what fits with whole ones
        free_m2 = floor_m2 * (1 + ROUNDING) - spare_m2
        racks = np.maximum(np.floor(free_m2 / (rack_m2 + (by_rack * module_m2).sum(axis=2)) + ROUNDING), 0.0)
        is_over = racks > 0
        while is_over.any():
            modules = np.ceil(by_rack * racks[:, :, None] - ROUNDING)
            is_over = (racks > 0) & (racks * rack_m2 + (modules * module_m2).sum(axis=2) > free_m2)
            racks = racks - is_over
        held[alone & (instance.hall_floor_m2 == floor_m2)] = racks
    return held


def racks_per_bay(instance: Instance) -> Ints:
    """Racks of contract c that one bay of hall h holds in design d [h, d, c].

    The bay's share of the hall's power and floor, rounded down:
    min(MW_bay / (ratio * MW_rack), m2_bay / (m2_rack + m2_electrical * MW_rack)), where a hall is one bay beside its
    cooling modules. Zero where the design is not allowed, cannot be cooled on the design day, or the contract does
    not accept it.
    """
    fits = np.minimum(*racks_by_power_and_floor(instance))
    cooled = ((instance.design_heat_frac <= 0) | (instance.module_capacity_mw > 0)).all(axis=1)
    possible = (instance.design_allowed & cooled)[:, :, None] & instance.compatible.T[None, :, :]
    return np.where(possible, fits, 0).astype(np.int64)


@dataclass(frozen=True)
class Options:
    """The choices an instance offers, as sorted sparse index lists."""

    instance: Instance

    @cached_property
    def racks_per_bay(self) -> Ints:
        """See the function of the same name [h, d, c]."""
        return racks_per_bay(self.instance)

    @cached_property
    def most_bays(self) -> Ints:
        """Bays contract c can use in hall h and design d: all it has or all it needs [h, d, c]."""
        room = np.maximum(self.racks_per_bay, 1)
        need = -(-self.instance.contract_racks[None, None, :] // room)
        return np.where(self.racks_per_bay > 0, np.minimum(self.instance.hall_bays[:, None, None], need), 0)

    @cached_property
    def most_it_mw(self) -> Floats:
        """IT MW that contract c could have in all bays of hall h in design d [h, d, c]."""
        most: Floats = self.racks_per_bay * self.instance.hall_bays[:, None, None] * self.instance.contract_rack_mw
        return most

    @cached_property
    def least_bays(self) -> Ints:
        """Fewest bays that can hold the whole of contract c, all of the roomiest kind [c]."""
        room = np.maximum(self.racks_per_bay.max(axis=(0, 1), initial=1), 1)
        return np.asarray(-(-self.instance.contract_racks // room), dtype=np.int64)

    @cached_property
    def least_ratio(self) -> Floats:
        """Gross MW per IT MW on the design day in the leanest design contract c accepts; infinite for none [c]."""
        ratio = np.where(self.instance.compatible, self.instance.design_ratio_peak[None, :], np.inf)
        least: Floats = ratio.min(axis=1, initial=np.inf)
        return least

    @cached_property
    def least_draw_mw(self) -> Floats:
        """Design-day draw of contract c in the leanest design it accepts; infinite if it accepts none [c]."""
        least: Floats = self.instance.contract_it_mw * self.least_ratio
        return least

    @cached_property
    def most_ai_mw(self) -> Floats:
        """Gross firm MW that AI load could have in a period if all that helps were asked for at once [p]."""
        instance = self.instance
        firm = self.most_grid_mw(instance.firm_mw, instance.upgrade_firm_mw)
        allowed = self.most_grid_mw(instance.ai_mw, instance.upgrade_ai_mw)
        most: Floats = np.minimum(firm, allowed) + self.most_own_mw
        return most

    def most_grid_mw(self, today_mw: float, gain_mw: Floats) -> Floats:
        """MW of a kind that the grid gives if every upgrade that adds some is asked for as early as can be [p]."""
        most: Floats = np.full(self.instance.periods, today_mw)
        for u in np.nonzero(gain_mw > 0)[0].tolist():
            energised = self.instance.upgrade_energised[u][self.instance.upgrade_energised[u] >= 0]
            if len(energised):
                most[energised.min() :] += float(gain_mw[u])
        return most

    @cached_property
    def most_own_mw(self) -> Floats:
        """Firm MW of all on-site supply that could stand in a period [p]."""
        supply, most = self.instance.supply, np.zeros(self.instance.periods)
        for g, firm_mw in enumerate(supply.firm_mw_per_unit.tolist()):
            standing = supply.standing_from[g][supply.standing_from[g] >= 0]
            if len(standing):
                most[standing.min() :] += firm_mw * int(supply.most_units[g]) * supply.may_stand[g, standing.min() :]
        return most

    @cached_property
    def places(self) -> list[Place]:
        """Placements that fit, time and grid allow: hall ready and contract powered at its start."""
        instance = self.instance
        powered = self.least_draw_mw[:, None] <= self.most_ai_mw[None, :] + 1e-6
        return [
            (h, d, c, k)
            for h, d, c in zip(*(axis.tolist() for axis in np.nonzero(self.racks_per_bay)), strict=True)
            for k in np.nonzero(instance.start_allowed[c] & (instance.build_start[h, d] >= 0) & powered[c])[0].tolist()
        ]

    @cached_property
    def starts(self) -> list[tuple[int, int]]:
        """Contract starts (c, k) that some hall could serve."""
        return sorted({(c, k) for _, _, c, k in self.places})

    @cached_property
    def events(self) -> list[int]:
        """Periods in which some contract may start."""
        return sorted({k for _, k in self.starts})

    @cached_property
    def served(self) -> list[tuple[int, int, int]]:
        """Contract, design and start (c, d, k) that some hall could serve."""
        return sorted({(c, d, k) for _, d, c, k in self.places})

    @cached_property
    def stages(self) -> list[Stage]:
        """Hall, design and period (h, d, k) at which the hall's use may change.

        With just-in-time starts a hall becomes ready only where a placement starts in it; otherwise
        in any period up to its last possible start.
        """
        stages = {(h, d, k) for h, d, _, k in self.places}
        if not self.instance.just_in_time:
            last = {(h, d): k for h, d, k in sorted(stages)}
            for (h, d), latest in last.items():
                ready = np.nonzero(self.instance.build_start[h, d, : latest + 1] >= 0)[0]
                stages |= {(h, d, k) for k in ready.tolist()}
        return sorted(stages)

    @cached_property
    def previous_stage(self) -> dict[Stage, Stage | None]:
        """The stage before each stage of the same hall and design, None for the first."""
        before: dict[Stage, Stage | None] = {}
        for earlier, later in zip([None, *self.stages], self.stages, strict=False):
            same = earlier is not None and earlier[:2] == later[:2]
            before[later] = earlier if same else None
        return before

    @cached_property
    def changes(self) -> dict[Stage, list[tuple[int, Place]]]:
        """For each stage the placements that begin (+1) or have ended (-1) since the stage before."""
        changes: dict[Stage, list[tuple[int, Place]]] = {stage: [] for stage in self.stages}
        by_hall: dict[tuple[int, int], list[Stage]] = {}
        for stage in self.stages:
            by_hall.setdefault(stage[:2], []).append(stage)
        for place in self.places:
            h, d, c, k = place
            alive = False
            for stage in by_hall[h, d]:
                now = (c, k) in self._serving[stage[2]]
                if now != alive:
                    changes[stage].append((1 if now else -1, place))
                alive = now
        return changes

    @cached_property
    def places_of_hall(self) -> dict[tuple[int, int], list[Place]]:
        """Placements of each hall and design."""
        grouped: dict[tuple[int, int], list[Place]] = {}
        for place in self.places:
            grouped.setdefault(place[:2], []).append(place)
        return grouped

    def active(self, stage: Stage) -> list[Place]:
        """Placements that would be in service at a stage."""
        h, d, e = stage
        serving = self._serving[e]
        return [place for place in self.places_of_hall[h, d] if place[2:] in serving]

    @cached_property
    def _serving(self) -> list[set[tuple[int, int]]]:
        """Starts (c, k) in service in each period."""
        return [
            {(c, k) for c, k in self.starts if self.instance.in_service[c, k, p]} for p in range(self.instance.periods)
        ]

    @cached_property
    def peaks(self) -> list[Stage]:
        """Stages whose placements in service are not all in service at the next stage too.

        What is in use only grows up to a peak, so a limit that holds at the peaks holds always.
        """
        peaks = []
        for i, here in enumerate(self.stages):
            following = self.stages[i + 1] if i + 1 < len(self.stages) else None
            last = following is None or following[:2] != here[:2]
            if last or following is None or not set(self.active(here)) <= set(self.active(following)):
                peaks.append(here)
        return peaks

    @cached_property
    def last_stages(self) -> dict[tuple[int, int], Stage]:
        """The last stage of each hall and design: what is fitted by then is all that is ever fitted."""
        return {stage[:2]: stage for stage in self.stages}

    @cached_property
    def reuse_stages(self) -> list[Stage]:
        """Stages from the first at which some placement in the hall may have ended.

        Only there can a tenant move into what was fitted for another; before, fit-out is exactly what is placed.
        Where building early may pay (not just in time), fit-out is a decision at every stage.
        """
        if not self.instance.just_in_time:
            return self.stages
        ended: set[tuple[int, int]] = set()
        stages = []
        for stage in self.stages:
            if any(sign < 0 for sign, _ in self.changes[stage]):
                ended.add(stage[:2])
            if stage[:2] in ended:
                stages.append(stage)
        return stages

    @cached_property
    def halls_left(self) -> set[tuple[int, int]]:
        """Hall and design pairs that some placement may have left before another starts (h, d)."""
        return {stage[:2] for stage in self.stages if any(sign < 0 for sign, _ in self.changes[stage])}

    @cached_property
    def halls_offered(self) -> list[tuple[int, int]]:
        """Hall and design pairs that can be chosen (h, d)."""
        return sorted({(h, d) for h, d, _ in self.stages})

    @cached_property
    def requests(self) -> list[tuple[int, int]]:
        """Upgrade and request period (u, q) that would be energised within the horizon."""
        return [(u, q) for u, q in np.argwhere(self.instance.upgrade_energised >= 0).tolist()]
