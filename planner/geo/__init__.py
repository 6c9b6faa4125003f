"""From a point or a polygon to what is known about the place: pure functions on GeoDataFrames, no files of our own."""

from planner.geo.chains import Chain, Confidence, Layer, Link, Match
from planner.geo.locate import Evidence, Found, Places, locate
from planner.geo.problems import PlaceError
from planner.geo.sites import point_site, read_sites

__all__ = [
    "Chain",
    "Confidence",
    "Evidence",
    "Found",
    "Layer",
    "Link",
    "Match",
    "PlaceError",
    "Places",
    "locate",
    "point_site",
    "read_sites",
]
