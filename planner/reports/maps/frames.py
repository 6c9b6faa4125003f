"""The features of a map as tables with shapes, in EPSG:4326."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import shapely
from pyproj import CRS, Transformer

from planner.views.site_map import HallFeature, SiteMap, UpgradeFeature, Use

WGS84 = "EPSG:4326"
COLOURS: Mapping[Use, str] = {
    Use.MINING: "#E69F00",
    Use.EMPTY: "#BBBBBB",
    Use.BUILDING: "#56B4E9",
    Use.AI: "#0072B2",
}
"""Of the palette by Okabe and Ito, which colour-blind readers tell apart."""


def frames(view: SiteMap) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a map by name: site, halls, grid_requests."""
    layers = {
        "site": gpd.GeoDataFrame([_site(view)], geometry=[shapely.Point(view.lon, view.lat)], crs=WGS84),
        "halls": gpd.GeoDataFrame(
            [_hall(hall) for hall in view.halls], geometry=[square(view, hall) for hall in view.halls], crs=WGS84
        ),
    }
    if view.upgrades:
        layers["grid_requests"] = gpd.GeoDataFrame(
            [_upgrade(row) for row in view.upgrades],
            geometry=[point(view, row.east_m, row.north_m) for row in view.upgrades],
            crs=WGS84,
        )
    return layers


def square(view: SiteMap, hall: HallFeature) -> shapely.Polygon:
    """Return a hall's square, its corners counter-clockwise."""
    east, north, side = hall.east_m, hall.north_m, hall.side_m
    corners = ((east, north), (east + side, north), (east + side, north + side), (east, north + side))
    return shapely.Polygon([_lon_lat(view, *corner) for corner in corners])


def point(view: SiteMap, east_m: float, north_m: float) -> shapely.Point:
    """Return a point so many metres from the site's."""
    return shapely.Point(_lon_lat(view, east_m, north_m))


def _lon_lat(view: SiteMap, east_m: float, north_m: float) -> tuple[float, float]:
    """From metres on an equal-area plane around the site."""
    plane = CRS.from_dict({"proj": "laea", "lon_0": view.lon, "lat_0": view.lat, "datum": "WGS84", "units": "m"})
    lon, lat = Transformer.from_crs(plane, WGS84, always_xy=True).transform(east_m, north_m)
    return float(lon), float(lat)


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _site(view: SiteMap) -> dict[str, object]:
    return {
        "name": view.site, "firm_mw": view.firm_mw, "interruptible_mw": view.interruptible_mw,
        "npv_usd": view.npv_usd, "gain_against_do_nothing_usd": view.gain_usd,
        "title": view.site, "marker-color": "#D55E00",
    }  # fmt: skip


def _hall(hall: HallFeature) -> dict[str, object]:
    return {
        "hall": hall.hall, "name": hall.name, "kind": hall.kind, "use_at_end": hall.use_at_end.value,
        "design": hall.design, "tenants": hall.tenants, "it_mw": hall.it_mw, "electrical_mw": hall.electrical_mw,
        "floor_m2": hall.floor_m2, "build_start": _text(hall.build_start), "ready": _text(hall.ready),
        "schematic": True, "title": hall.name, "fill": COLOURS[hall.use_at_end], "fill-opacity": 0.7,
        "stroke": "#333333",
    }  # fmt: skip


def _upgrade(row: UpgradeFeature) -> dict[str, object]:
    return {
        "request": row.upgrade, "asked_for": row.taken, "requested": _text(row.requested),
        "energised": _text(row.energised), "firm_mw": row.firm_mw, "ai_mw": row.ai_mw, "schematic": True,
        "title": row.upgrade, "marker-color": "#009E73" if row.taken else "#999999",
    }  # fmt: skip
