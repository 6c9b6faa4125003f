"""`python -m tests.bench.screen` times the screening of 1,000, 10,000 and 100,000 random places in the United States.

Each size runs in a process of its own, so that the peak of its memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from planner.places.tables import shapes
from planner.reports.screening.files import write_screening
from planner.schemas.screen import ScreenAssumptions
from planner.studies.screening.screen import screen
from planner.studies.screening.sites import candidates

SIZES = (1_000, 10_000, 100_000)


def random_sites(count: int, seed: int = 1) -> gpd.GeoDataFrame:
    """Return places spread evenly over the contiguous states, a third of them energised."""
    states = shapely.union_all(shapes("us_boundaries", "states").geometry.array)
    shapely.prepare(states)
    rng = np.random.default_rng(seed)
    south, north = (float(np.sin(np.radians(lat))) for lat in (24.0, 50.0))
    lon, lat = rng.uniform(-125, -66, 3 * count), np.degrees(np.arcsin(rng.uniform(south, north, 3 * count)))
    on_land = np.nonzero(shapely.contains_xy(states, lon, lat))[0][:count]
    columns = {"site": [f"place {i + 1}" for i in range(len(on_land))], "energised": rng.random(len(on_land)) < 1 / 3}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(lon[on_land], lat[on_land]), crs="EPSG:4326")


def _run(count: int) -> dict[str, float]:
    """Screen once and say what it took."""
    import resource  # noqa: PLC0415, not there on Windows

    places = candidates(random_sites(count))
    begun = time.perf_counter()
    found = screen(places, ScreenAssumptions())
    screened = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_screening(found, Path(folder), 25)
        written = time.perf_counter()
        page_mb = (Path(folder) / "map.html").stat().st_size / 1e6
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    return {
        "places": len(places), "screen_s": screened - begun, "write_s": written - screened, "peak_mb": peak_mb,
        "page_mb": page_mb,
    }  # fmt: skip


def main() -> None:
    """Run the sizes one after another and print a table."""
    if len(sys.argv) > 1:
        print(json.dumps(_run(int(sys.argv[1]))))
        return
    print(f"{'places':>9} {'screen s':>9} {'files s':>9} {'peak MB':>9} {'page MB':>9}")
    for count in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.screen", str(count)], check=True, capture_output=True, text=True
        )
        told = json.loads(done.stdout)
        print(
            f"{told['places']:>9,} {told['screen_s']:>9.2f} {told['write_s']:>9.2f} {told['peak_mb']:>9,.0f} "
            f"{told['page_mb']:>9.2f}"
        )


if __name__ == "__main__":
    main()
