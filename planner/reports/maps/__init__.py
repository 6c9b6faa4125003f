"""Map files of a result: GeoJSON, GeoPackage and KML of the site, its halls and its grid requests."""

from planner.reports.maps.files import write_geojson, write_gpkg, write_kml
from planner.reports.problems import NoPlaceError

__all__ = ["NoPlaceError", "write_geojson", "write_gpkg", "write_kml"]
