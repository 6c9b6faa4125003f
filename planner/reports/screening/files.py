"""The files of a screening: tables for spreadsheets and map programs, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.files.cells import safe_cell
from planner.files.whole import written_whole
from planner.reports.screening.map import map_page
from planner.studies.screening.screen import Screening


def write_screening(screening: Screening, folder: Path, top: int) -> tuple[Path, ...]:
    """Write screen.csv, screen.geojson, screen.gpkg and map.html, and return them. Raises OSError."""
    frame = screening.frame
    table = frame.drop(columns=frame.geometry.name)
    texts = [name for name in table.columns if table[name].dtype == object or str(table[name].dtype) == "str"]
    shaped = frame.assign(rank=frame["rank"].astype("Int64"))

    def as_csv(path: Path) -> None:
        safe = table.assign(**{name: table[name].map(safe_cell) for name in texts})
        safe.to_csv(path, index=False)

    writers: dict[str, Callable[[Path], object]] = {
        "screen.csv": as_csv,
        "screen.geojson": lambda path: shaped.to_file(path, driver="GeoJSON", engine="pyogrio"),
        "screen.gpkg": lambda path: shaped.to_file(path, driver="GPKG", layer="screen", engine="pyogrio"),
        "map.html": lambda path: path.write_text(map_page(screening, top), encoding="utf-8"),
    }
    return tuple(written_whole(folder / name, write) for name, write in writers.items())
