"""What a case leaves to its site's location: power price, climate, queues, emissions, the cost of a connection.

Typed fields win. Everything filled, and what is only good to know about the place, is listed in `site.resolved`
with its source, so that a saved result can say why a figure is what it is. A case that has the list already (it was
saved with its values) is left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from planner.case_file.completion import CaseFields, Completion, Fields, records
from planner.case_file.place_fields import PLACE, Filling, fill
from planner.files.problems import CaseFileError, LocatedProblem, Problem, shown
from planner.schemas.place import ONE_WAY

if TYPE_CHECKING:
    from planner.places import Dossier


def fill_from_place(case: CaseFields, folder: Path, done: Completion) -> None:
    """Fill what a case leaves to its location, in place; problems are noted in `done`."""
    site = case.get("site")
    if not isinstance(site, dict):
        return
    location = site.get("location")
    if location is not None and not isinstance(location, dict):
        _leave_gaps(case, done)
    if isinstance(location, dict) and "resolved" not in site:
        try:
            dossier = _look(cast(Fields, location), folder)
        except CaseFileError as error:
            done.elsewhere += [LocatedProblem(p.message, p.file, p.line, p.column, PLACE) for p in error.problems]
            _leave_gaps(case, done)
        except _PlaceProblem as error:
            done.problems.append(Problem(PLACE, str(error), ()))
            _leave_gaps(case, done)
        else:
            # so that a map can be drawn from the result alone
            location.setdefault("lon", dossier.lon)
            location.setdefault("lat", dossier.lat)
            filling = Filling(done, dossier, [])
            fill(case, cast(Fields, site), filling)
            site["resolved"] = filling.told
            if filling.lacking:
                known = " and ".join(filling.lacking)
                give = ", and ".join(filling.lacking.values())
                message = f"nothing is known of {known} at the site's location; give {give}"
                done.problems.append(Problem(PLACE, message, ()))
                _leave_gaps(case, done)


def _leave_gaps(case: CaseFields, done: Completion) -> None:
    """Note what the location would have filled, so that it is not called missing as well."""
    for pattern, name in (
        ("market", "power"),
        ("market.power", "curve"),
        ("site", "climate"),
        ("site.change_of_use", "queue"),
        ("site.upgrades[*]", "queue"),
        ("site.upgrades[*].connection", "line_km"),
    ):
        for path, record in records(case, pattern):
            if name not in record:
                done.unfilled[path] = {}


class _PlaceProblem(Exception):
    """The location cannot be used."""


def _look(location: Fields, folder: Path) -> Dossier:
    """Return the dossier of the location. Raises _PlaceProblem or CaseFileError."""
    from planner.geo import PlaceError, point_site, read_sites
    from planner.places import OwnLayers, dossier, look_up, read_own_layers

    layers, file = location.get("layers"), location.get("file")
    if isinstance(file, str) and (location.get("lon") is not None or location.get("lat") is not None):
        raise _PlaceProblem(ONE_WAY)
    own = read_own_layers(_inside(layers, folder, "layers")) if isinstance(layers, str) else OwnLayers()
    try:
        if isinstance(file, str):
            layer = location.get("layer")
            frame = read_sites(_inside(file, folder, "file"), layer if isinstance(layer, str) else None)
            frame = frame.iloc[[_chosen(list(frame["site"]), location.get("site"))]]
        else:
            lon, lat = location.get("lon"), location.get("lat")
            if not (isinstance(lon, int | float) and isinstance(lat, int | float)):
                raise _PlaceProblem("give lon and lat in degrees, or a file")
            frame = point_site(float(lon), float(lat))
        places = look_up(frame.reset_index(drop=True), own)
    except PlaceError as error:
        raise _PlaceProblem(str(error)) from None
    problem = str(places.values["problem"].iloc[0])
    if problem:
        raise _PlaceProblem(problem)
    return dossier(places, 0, own)


def _inside(name: str, folder: Path, field: str) -> Path:
    path = folder / name
    try:
        inside = not Path(name).is_absolute() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise _PlaceProblem(f"{field} must be a file in the case's own folder, found {shown(name)}")
    return path


def _chosen(names: list[str], wanted: object) -> int:
    if wanted is None and len(names) == 1:
        return 0
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    if wanted is None:
        raise _PlaceProblem(f"the file has {len(names)} sites ({listed}); say which with 'site'")
    raise _PlaceProblem(f"no site {shown(wanted)} in the file; it has {listed}")
