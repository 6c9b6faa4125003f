"""The commands about places: what is known of a point or of the sites in a file."""

from __future__ import annotations

import json
import shutil
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import DAMAGED, FAULT, fail, own_layers

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.places import Dossier, OwnLayers

MOST_SHOWN = 20
"""Dossiers of a file that are printed; as JSON all are."""
MOST_TOLD = 5

SETTINGS = {"ignore_unknown_options": True}
"""Of the command: a longitude west of Greenwich begins with a minus and is no option."""
OPTIONS = ("--layer", "--layers", "--json", "--out", "--help")
WANTED = "give LON LAT (degrees, longitude first) or one FILE of sites"


def locate(
    place: Annotated[
        list[str],
        typer.Argument(
            metavar="LON LAT | FILE",
            help="A point in degrees, longitude first, or sites as GeoJSON, GeoPackage or CSV with lon and lat.",
            show_default=False,
        ),
    ],
    layer: Annotated[str | None, typer.Option(metavar="NAME", help="Layer of a GeoPackage that has several.")] = None,
    layers: Annotated[
        Path | None, typer.Option(metavar="CATALOGUE.yaml", help="Your own layers, asked before the bundled ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the dossiers as JSON instead of tables.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Also write the dossiers of all sites as JSON.")
    ] = None,
) -> None:
    """Say what is known of a place: market, power price, delays, climate, carbon, reach, each with its source."""
    _refuse_unknown_options(place)
    if out is not None and not out.absolute().parent.is_dir():
        fail(f"--out wants a file in a folder that exists, found '{out}'")
    point = _point(place)
    if point is not None and layer is not None:
        fail("--layer goes with a FILE")
    from planner.data import DatasetError
    from planner.geo import PlaceError, point_site, read_sites

    try:
        own = own_layers(layers)
        sites = point_site(*point) if point is not None else read_sites(Path(place[0]), layer)
        wanted = None if as_json or out is not None else MOST_SHOWN
        found = _dossiers(sites, own, wanted)
    except PlaceError as error:
        fail(str(error))
    except DatasetError as error:
        fail(f"{DAMAGED}: {error}", FAULT)
    _show(found, len(sites), out, as_json=as_json)


def _refuse_unknown_options(words: list[str]) -> None:
    for word in words:
        if word.startswith("-") and not Path(word).exists() and _degrees(word) is None:
            close = get_close_matches(word, OPTIONS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            fail(f"'{word}' is neither an option nor a number{hint}")


def _point(words: list[str]) -> tuple[float, float] | None:
    """Return the point that was typed; None where a file was."""
    numbers = [_degrees(word) for word in words]
    if len(words) == 1 and numbers[0] is None:
        return None
    lon, lat = (*numbers, None, None)[:2]
    if len(words) != 2 or lon is None or lat is None:
        fail(f"{WANTED}, found '{' '.join(words)}'")
    return lon, lat


def _degrees(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _dossiers(sites: gpd.GeoDataFrame, own: OwnLayers, most: int | None) -> list[Dossier]:
    """Return the dossiers of the first sites. Fails when any site lies where no site can be."""
    from planner.places import dossier, look_up

    places = look_up(sites, own)
    wrong = [
        problem if len(sites) == 1 else f"{site}: {problem}"
        for site, problem in zip(sites["site"], places.values["problem"], strict=True)
        if problem
    ]
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
        fail("; ".join(wrong[:MOST_TOLD]) + more)
    return [dossier(places, place, own) for place in range(len(sites))[:most]]


def _show(found: list[Dossier], sites: int, out: Path | None, *, as_json: bool) -> None:
    plain = [item.as_json() for item in found] if as_json or out is not None else []
    text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    if out is not None:
        from planner.files.whole import write_whole

        try:
            write_whole(out, text + "\n")
        except OSError as error:
            fail(f"--out wants a file that can be written, found '{out}': {error.strerror}")
        print(f"wrote {out}", file=sys.stderr)
    if as_json:
        print(text)
        return
    from planner.reports.place import place_text

    width = shutil.get_terminal_size((120, 40)).columns
    print(place_text(found[:MOST_SHOWN], width=width, color=sys.stdout.isatty()), end="")
    if sites > MOST_SHOWN:
        print(f"showing the first {MOST_SHOWN} of {sites:,} sites; --json gives all", file=sys.stderr)
