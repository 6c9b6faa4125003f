"""What a case leaves to bundled datasets, filled in before validation so that a case stands on its own.

A record with `catalogue: <id>` is completed from its dataset, typed fields winning; modules and GPU systems
that are only named are added; a power hub or a file of hourly prices becomes a price-duration curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from planner import data
from planner.case_file.completion import CaseFields, Completion, Fields, records
from planner.case_file.connections import price_connections
from planner.case_file.location import fill_from_place
from planner.files.hourly_prices import read_hourly_prices
from planner.files.problems import CaseFileError, LocatedProblem, Problem, printable, shown

FEW = 8
"""Ids of a dataset that a message names, where none is like the one typed."""
CATALOGUES = {
    "cooling_modules[*]": "cooling_modules",
    "designs[*]": "designs",
    "fleet.classes[*]": "asic_models",
    "gpu_systems[*]": "gpu_systems",
    "market.hashprice.network": "mining_network",
    "site.change_of_use.queue": "queue_delays",
    "site.climate": "climate",
    "site.upgrades[*].equipment[*]": "equipment_lead_times",
    "site.upgrades[*].queue": "queue_delays",
}
"""Where a record may name a catalogue entry, and the dataset it is looked up in."""

NAMED_RECORDS = (
    ("designs[*]", "air_module", "cooling_modules"),
    ("designs[*]", "liquid_module", "cooling_modules"),
    ("contracts[*]", "gpu_system", "gpu_systems"),
)
"""Fields that name a record of a section, which is also its dataset's name: a catalogue id is enough."""

POWER = ("market", "power")
PRICE_HUBS = "price_hubs"

CurveSource = Sequence[tuple[int, Sequence[tuple[float, float]]]]


def complete(case: CaseFields, folder: Path) -> Completion:
    """Fill the case in place and return what was done; whatever has not the right shape is left as it is.

    Raises DatasetError only where a bundled dataset itself is missing or damaged.
    """
    done = Completion()
    fill_from_place(case, folder, done)
    price_connections(case, done)
    for pattern, dataset_name in CATALOGUES.items():
        for path, record in records(case, pattern):
            _fill(record, path, dataset_name, done)
    for pattern, name, section in NAMED_RECORDS:
        for path, record in records(case, pattern):
            _add_named(case, record.get(name), section, (*path, name), done)
    for _, power in records(case, ".".join(POWER)):
        _fill_curve(power, folder, done)
    return done


def _fill(record: Fields, path: tuple[str | int, ...], dataset_name: str, done: Completion) -> None:
    entry_id = record.get("catalogue")
    if isinstance(entry_id, date):
        # YAML reads an id such as 2026-01-12 as a date
        entry_id = record["catalogue"] = entry_id.isoformat()
    if not isinstance(entry_id, str):
        return
    try:
        entry = data.entry(dataset_name, entry_id)
    except data.UnknownEntryError as error:
        done.unfilled[path] = data.entry(dataset_name, data.entry_ids(dataset_name)[0])
        message = unknown_entry(dataset_name, entry_id, error.matches)
        done.problems.append(Problem((*path, "catalogue"), message))
        return
    done.used(dataset_name)
    for name, value in entry.items():
        if name not in record:
            record[name] = value
            done.sources[(*path, name)] = (*path, "catalogue")


def unknown_entry(dataset_name: str, entry_id: str, matches: Sequence[str]) -> str:
    """Return the message for an id that is not in a dataset."""
    likely = " or ".join(f"'{printable(match)}'" for match in matches[:3])
    hint = f"; did you mean {likely}?" if likely else ""
    known = data.entry_ids(dataset_name)
    if not likely and len(known) <= FEW:
        hint = f"; there are {', '.join(known)}"
    listing = printable(str(data.dataset(dataset_name).path))
    return f"no entry {shown(entry_id)} in dataset '{dataset_name}'{hint} (the ids are in {listing})"


def _add_named(case: CaseFields, entry_id: object, section: str, path: tuple[str | int, ...], done: Completion) -> None:
    """Add a record that is named but not listed, if the catalogue has it."""
    listed = case.get(section, [])
    if not isinstance(entry_id, str) or not isinstance(listed, list):
        return
    if any(isinstance(item, dict) and item.get("id") == entry_id for item in listed):
        return
    if entry_id in data.entry_ids(section):
        case[section] = listed
        done.sources[(section, len(listed))] = path
        listed.append({**data.entry(section, entry_id), "id": entry_id, "catalogue": entry_id})
        done.used(section)


def _fill_curve(power: Fields, folder: Path, done: Completion) -> None:
    """Resolve hub or hourly_csv; a curve that is there already was saved with the case and is kept."""
    hub, file_name = power.get("hub"), power.get("hourly_csv")
    if power.get("curve") is not None or (hub is not None and file_name is not None):
        return
    known = len(done.problems) + len(done.elsewhere)
    curve: CurveSource | None = None
    if isinstance(hub, str):
        curve = _hub_curve(hub, power.get("base_years", []), done)
    elif isinstance(file_name, str):
        curve = _file_curve(file_name, folder, done)
    if curve is not None:
        power["curve"] = [{"quarter": quarter, "bins": _bins(bins)} for quarter, bins in curve]
        done.sources[(*POWER, "curve")] = (*POWER, "hub" if isinstance(hub, str) else "hourly_csv")
    elif known < len(done.problems) + len(done.elsewhere):
        done.unfilled[POWER] = {}


def _bins(bins: Sequence[tuple[float, float]]) -> list[Fields]:
    return [{"hours_frac": share, "usd_per_mwh": price} for share, price in bins]


def _hub_curve(hub: str, years: object, done: Completion) -> CurveSource | None:
    if not isinstance(years, list) or not all(isinstance(year, int) for year in years):
        return None
    # First, so that damaged data is not taken for a mistake in the case.
    data.dataset(data.PRICE_DURATION)
    try:
        curve = data.price_curve(hub, tuple(years))
    except data.UnknownEntryError as error:
        message = _without_curve(hub) or unknown_entry(data.PRICE_DURATION, hub, error.matches)
        done.problems.append(Problem((*POWER, "hub"), message))
    except data.DatasetError as error:
        name = "base_years" if years else "hub"
        done.problems.append(Problem((*POWER, name), printable(str(error))))
    else:
        done.used(data.PRICE_DURATION)
        return curve
    return None


def _without_curve(hub: str) -> str:
    """Say of a hub that is known by its place alone that it has no prices, and which one has; nothing of any other."""
    if hub not in data.entry_ids(PRICE_HUBS):
        return ""
    row = next(row for row in data.table(PRICE_HUBS) if row["id"] == hub)
    hint = f"no hub of {row['market']} has one: type hourly_csv or curve"
    if row["curve_hub"]:
        hint = f"{row['curve_hub']} has one, of the same market but another place; or type hourly_csv or curve"
    return f"no price curve of hub {shown(hub)} is bundled, only its place; {hint}"


def _file_curve(file_name: str, folder: Path, done: Completion) -> CurveSource | None:
    path = (*POWER, "hourly_csv")
    relative = Path(file_name)
    try:
        home = folder.resolve()
        file = (folder / relative).resolve()
    except (OSError, ValueError, RuntimeError):
        file = home = Path()
    if relative.is_absolute() or ".." in relative.parts or not file.is_relative_to(home) or file == home:
        message = f"hourly_csv must be a file in the case's own folder, found {shown(file_name)}"
        done.problems.append(Problem(path, message))
        return None
    if not file.exists():
        done.problems.append(Problem(path, f"hourly_csv: there is no file {shown(file_name)} beside the case"))
        return None
    try:
        return read_hourly_prices(folder / relative)
    except CaseFileError as error:
        done.elsewhere += [LocatedProblem(p.message, p.file, p.line, p.column, path) for p in error.problems]
        return None
