"""The site as features of a map: the site, its halls and pads with what becomes of them, its grid requests.

A case has the place of the site, not of its buildings: halls stand in rows beside the site's point, each a square of
its own floor area, and say so (`schematic`). Dates, megawatts and tenants are those of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import sqrt

from planner.results import Result
from planner.schemas.site import Hall
from planner.views.plan import Views

GAP_M = 30.0
ROW_M = 600.0
"""Width of a row of halls."""


class Use(StrEnum):
    """What a hall is for."""

    MINING = "mining"
    EMPTY = "empty"
    BUILDING = "building"
    AI = "AI"


@dataclass(frozen=True)
class Stage:
    """A stretch of time in which a hall has one use; the last has no end."""

    use: Use
    start: date
    end: date | None


@dataclass(frozen=True)
class HallFeature:
    """A hall or pad: its square, south-west corner in metres from the site's point, and its story."""

    hall: str
    name: str
    kind: str
    east_m: float
    north_m: float
    side_m: float
    electrical_mw: float
    floor_m2: float
    design: str
    it_mw: float
    tenants: str
    build_start: date | None
    ready: date | None
    stages: tuple[Stage, ...]

    @property
    def use_at_end(self) -> Use:
        """What it is for when the study ends."""
        return self.stages[-1].use


@dataclass(frozen=True)
class UpgradeFeature:
    """A grid request, as a point beside the site's."""

    upgrade: str
    east_m: float
    north_m: float
    taken: bool
    requested: date | None
    energised: date | None
    firm_mw: float
    ai_mw: float


@dataclass(frozen=True)
class SiteMap:
    """What a map of a result shows."""

    lon: float
    lat: float
    site: str
    firm_mw: float
    interruptible_mw: float
    npv_usd: float
    gain_usd: float
    start: date
    end: date
    halls: tuple[HallFeature, ...]
    upgrades: tuple[UpgradeFeature, ...]


def site_map(result: Result) -> SiteMap | None:
    """Return the features of a result; None where the case does not say where the site is."""
    location = result.case.site.location
    if location is None or location.lon is None or location.lat is None:
        return None
    views, site = Views(result), result.case.site
    return SiteMap(
        lon=location.lon,
        lat=location.lat,
        site=site.name,
        firm_mw=site.firm_mw,
        interruptible_mw=site.interruptible_mw,
        npv_usd=views.headline.npv_usd,
        gain_usd=views.headline.gain_usd,
        start=result.instance.period_start[0],
        end=result.instance.period_end[-1],
        halls=_halls(result, views),
        upgrades=tuple(
            UpgradeFeature(
                row.upgrade,
                -GAP_M,
                GAP_M * (number + 1),
                row.taken,
                row.requested,
                row.energised,
                row.firm_mw,
                row.ai_mw,
            )
            for number, row in enumerate(views.upgrades)
        ),
    )


def _halls(result: Result, views: Views) -> tuple[HallFeature, ...]:
    converted = {row.hall: row for row in views.conversions}
    start = result.instance.period_start[0]
    features = []
    east, north, deepest = GAP_M, 0.0, 0.0
    for place in result.case.site.places:
        side = sqrt(place.floor_m2)
        if east > GAP_M and east + side > ROW_M:
            east, north, deepest = GAP_M, north - deepest - GAP_M, 0.0
        row = converted.get(place.id)
        mines = isinstance(place, Hall) and place.mining is not None
        before = Use.MINING if mines else Use.EMPTY
        stages = [Stage(before, start, row.build_start if row else None)]
        if row is not None:
            stages += [Stage(Use.BUILDING, row.build_start, row.ready), Stage(Use.AI, row.ready, None)]
        features.append(
            HallFeature(
                hall=place.id,
                name=place.name or place.id,
                kind="hall" if isinstance(place, Hall) else "pad",
                east_m=east,
                north_m=north - side,
                side_m=side,
                electrical_mw=place.electrical_mw,
                floor_m2=place.floor_m2,
                design=row.design if row else "",
                it_mw=row.it_mw if row else 0.0,
                tenants=", ".join(row.tenants) if row else "",
                build_start=row.build_start if row else None,
                ready=row.ready if row else None,
                stages=tuple(stage for stage in stages if stage.end is None or stage.end > stage.start),
            )
        )
        east, deepest = east + side + GAP_M, max(deepest, side)
    return tuple(features)
