"""The command that screens candidate places: read, rank, write, print the best."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import BAD_INPUT, DAMAGED, FAULT, fail, make_folder, own_layers

if TYPE_CHECKING:
    from planner.schemas.screen import ScreenAssumptions
    from planner.studies.screening.screen import Screening

SHOWN = 10
"""Places in the terminal; the files hold all."""
SLOW = 2_000
"""Above so many places progress is told."""


def screen(
    sites: Annotated[
        Path,
        typer.Argument(
            metavar="SITES",
            help="Candidate places as GeoJSON, GeoPackage or CSV with lon and lat; optional columns mw, energised, "
            "substation_km, line_km, fibre_km.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Write screen.csv, .geojson, .gpkg and map.html here.", show_default=False),
    ],
    layer: Annotated[str | None, typer.Option(metavar="NAME", help="Layer of a GeoPackage that has several.")] = None,
    layers: Annotated[
        Path | None, typer.Option(metavar="CATALOGUE.yaml", help="Your own layers, asked before the bundled ones.")
    ] = None,
    assumptions: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Assumptions that differ from the standard ones.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1_000, help="Places in the table beside the map.")] = 25,
) -> None:
    """Rank candidate places by what a standard conversion is worth at each, per MW, and draw them on a map."""
    make_folder(out)
    from planner.data import DatasetError
    from planner.files.problems import CaseFileError
    from planner.geo import PlaceError
    from planner.reports.screening.files import write_screening
    from planner.studies.screening.screen import screen as run_screen
    from planner.studies.screening.sites import read_candidates

    try:
        assumed, own = _assumptions(assumptions), own_layers(layers)
        found = run_screen(read_candidates(sites, layer), assumed, own, _tell)
    except PlaceError as error:
        fail(str(error))
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    except DatasetError as error:
        fail(f"{DAMAGED}: {error}", FAULT)
    try:
        written = write_screening(found, out, top)
    except OSError as error:
        fail(f"--out wants a folder that can be written, found '{out}': {error.strerror}")
    _print(found)
    print(f"wrote {', '.join(str(path) for path in written)}", file=sys.stderr)


def _assumptions(file: Path | None) -> ScreenAssumptions:
    from planner.schemas.screen import ScreenAssumptions
    from planner.studies.screening.assumptions import read_assumptions

    return ScreenAssumptions() if file is None else read_assumptions(file)


def _tell(done: int, places: int) -> None:
    """Say how far the screening is: one live line on a terminal, a line for each part elsewhere."""
    if places <= SLOW:
        return
    is_live = sys.stderr.isatty()
    end = "\n" if done == places or not is_live else ""
    print(f"{chr(13) if is_live else ''}screened {done:,} of {places:,} places", end=end, file=sys.stderr, flush=True)


def _print(found: Screening) -> None:
    from planner.reports.screening.text import screen_text

    width = shutil.get_terminal_size((120, 40)).columns
    print(screen_text(found, SHOWN, width=width, color=sys.stdout.isatty()), end="")
