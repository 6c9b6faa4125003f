"""Writing map files, each whole or not at all."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from planner.reports.maps.frames import COLOURS, frames
from planner.reports.maps.kml import kml_text
from planner.reports.problems import NoPlaceError
from planner.results import Result
from planner.views.site_map import SiteMap, Use, site_map

GEOMETRY_COLUMN = "geom"


def write_geojson(result: Result, path: Path) -> None:
    """Write one GeoJSON with all features, coloured by the simple-style convention; `layer` says what each is."""
    layers = frames(_view(result))
    whole = pd.concat([frame.assign(layer=name) for name, frame in layers.items()], ignore_index=True)
    _whole(path, lambda made: whole.to_file(made, driver="GeoJSON", engine="pyogrio", RFC7946="YES"))


def write_gpkg(result: Result, path: Path) -> None:
    """Write a GeoPackage with a layer for each kind of feature; QGIS finds its style inside."""
    layers = frames(_view(result))

    def write(made: Path) -> None:
        for name, frame in layers.items():
            plain = frame.drop(columns=["title", "marker-color", "fill", "fill-opacity", "stroke"], errors="ignore")
            plain.to_file(made, driver="GPKG", layer=name, engine="pyogrio")
        _add_styles(made)

    _whole(path, write)


def write_kml(result: Result, path: Path) -> None:
    """Write a KML in which a hall's stages follow each other on the time line."""
    text = kml_text(_view(result))
    _whole(path, lambda made: made.write_text(text, encoding="utf-8"))


def _view(result: Result) -> SiteMap:
    view = site_map(result)
    if view is None:
        raise NoPlaceError("the case has no site.location with coordinates: there is nothing to put on a map")
    return view


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        made = Path(folder) / path.name
        write(made)
        made.chmod(0o644)
        made.replace(path)


def _add_styles(path: Path) -> None:
    """Put the style of the halls where QGIS looks for it: a table of the GeoPackage."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT,"
            " f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT,"
            " styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
        )
        connection.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, useAsDefault, description) VALUES ('', '', 'halls', ?, 'use', ?, 1, 'Use when the study ends')",
            (GEOMETRY_COLUMN, _qml()),
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES"
            " ('layer_styles', 'attributes', 'layer_styles')"
        )
    connection.close()


def _qml() -> str:
    """Return QGIS's own description of a layer coloured by use."""
    categories = "".join(
        f'<category render="true" symbol="{i}" value="{use.value}" label="{use.value}"/>' for i, use in enumerate(Use)
    )
    symbols = "".join(
        f'<symbol type="fill" name="{i}" alpha="0.7"><layer class="SimpleFill" enabled="1"><Option type="Map">'
        f'<Option name="color" type="QString" value="{_rgb(COLOURS[use])}"/>'
        '<Option name="outline_color" type="QString" value="51,51,51,255"/></Option></layer></symbol>'
        for i, use in enumerate(Use)
    )
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM"><qgis version="3.28" styleCategories="Symbology">'
        '<renderer-v2 type="categorizedSymbol" attr="use_at_end" enableorderby="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
