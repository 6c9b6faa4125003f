"""A screening -> what its outlets show: the ranked rows in words, the steps of the map's colours, the assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from planner.geo.sphere import Floats, Ints
from planner.schemas.screen import ScreenAssumptions
from planner.studies.screening.screen import Screening

UNKNOWN = "-"
MOST_STEPS = 7
GRID = 300
"""Values are told apart to this share of their range when steps are sought."""


@dataclass(frozen=True)
class Row:
    """One place in words; '-' where a figure is not known."""

    rank: str
    site: str
    where: str
    """Market and state, else the country."""
    kind: str
    mw: str
    value: str
    """MUSD per gross MW."""
    value_span: str
    """The same at the p10 and p90 delay."""
    months: str
    months_span: str
    price: str
    """All in, USD/MWh."""
    pue: str
    design_c: str
    carbon: str
    """kg CO2/MWh, average."""
    latency: str
    """ms there and back to the nearest metro."""
    metro: str
    problem: str

    @property
    def told(self) -> str:
        """The place in one sentence, for the map."""
        head = (
            f"{self.site}: " if self.problem else f"{self.rank}. {self.site}: {self.value} MUSD/MW ({self.value_span})"
        )
        if self.problem:
            return f"{head}{self.problem}"
        return (
            f"{head}, {self.kind}, {self.where}, power in {self.months} months, {self.price} USD/MWh, PUE {self.pue}, "
            f"{self.carbon} kg/MWh, {self.metro} {self.latency} ms"
        )


@dataclass(frozen=True)
class Assumption:
    """One assumption as it was used."""

    name: str
    value: str
    is_default: bool
    words: str


@dataclass(frozen=True)
class Summary:
    """The screening in five numbers; money in MUSD per gross MW."""

    places: int
    ranked: int
    paying: int
    """Ranked places that are worth more than nothing."""
    best_musd: float | None
    median_musd: float | None


def rows(screening: Screening, first: int = 0, last: int | None = None) -> list[Row]:
    """Return places in the order of the screening as words."""
    records = screening.frame.drop(columns=screening.frame.geometry.name).iloc[first:last].to_dict("records")
    return [_row({str(name): value for name, value in record.items()}) for record in records]


def summary(screening: Screening) -> Summary:
    """Return how many places there are, how many pay, and the best and middle value."""
    values = screening.frame["value_usd_per_mw"].to_numpy(dtype=np.float64) / 1e6
    ranked = values[~np.isnan(values)]
    return Summary(
        len(values), len(ranked), int((ranked > 0).sum()),
        float(ranked.max()) if len(ranked) else None, float(np.median(ranked)) if len(ranked) else None,
    )  # fmt: skip


def assumptions(assumed: ScreenAssumptions) -> list[Assumption]:
    """Return every assumption with its value and what it says of itself."""
    told = []
    for name, field in ScreenAssumptions.model_fields.items():
        value = getattr(assumed, name)
        plain = value.value if isinstance(value, Enum) else value
        text = f"{plain:,.12g}" if isinstance(plain, float) else str(plain)
        told.append(Assumption(name, text, value == field.default, " ".join((field.description or "").split())))
    return told


def steps(values: Floats) -> tuple[float, ...]:
    """Return the inner borders of at most seven steps, of which nought is one if it lies inside.

    Natural breaks: values in a step are as close to each other as they can be, since places come in clusters
    (energised or not, by market). Borders are as round as the gaps between the steps allow.
    """
    known = np.sort(values[np.isfinite(values)])
    if not len(known) or known[-1] - known[0] <= 1e-9 * max(1.0, abs(float(known[-1]))):
        return ()
    width = (known[-1] - known[0]) / GRID
    at, first, counts = np.unique(np.round(known / width), return_index=True, return_counts=True)
    has_nought = bool(known[0] < 0 <= known[-1])
    classes = min(len(at), MOST_STEPS - has_nought)
    borders = [
        _between(float(known[first[i] - 1]), float(known[first[i]])) for i in _breaks(at * width, counts, classes)
    ]
    return tuple(sorted({*borders, 0.0} if has_nought else set(borders)))


def _breaks(values: Floats, counts: Ints, classes: int) -> list[int]:
    """Return where each class but the first begins so that squares within the classes are least (Fisher, 1958)."""
    n = len(values)
    sums = [np.concatenate([[0.0], np.cumsum(counts * values**power)]) for power in (0, 1, 2)]
    first, last = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    weight, total, square = (column[last] - column[first] for column in sums)
    within = np.where(last > first, square - total**2 / np.maximum(weight, 1), np.inf)
    best, starts = within[0], []
    for _ in range(classes - 1):
        # the last class begins at `first`: what comes before it is split best already
        cost = np.concatenate([[np.inf], best[:-1]])[:, None] + within
        starts.append(cost.argmin(axis=0))
        best = cost.min(axis=0)
    found, end = [], n
    for start in reversed(starts):
        end = int(start[end - 1])
        found.append(end)
    return found[::-1]


def _between(low: float, high: float) -> float:
    """Return the roundest number above `low` and not above `high`."""
    for digits in range(-3, 15):
        border = round((low + high) / 2, digits) + 0.0
        if low < border <= high:
            return border
    return high


def step_of(values: Floats, borders: tuple[float, ...]) -> Ints:
    """Return the step of each value: how many borders lie at or below it."""
    return np.searchsorted(np.array(borders, dtype=np.float64), values, side="right").astype(np.int64)


def _row(record: dict[str, object]) -> Row:
    place = [_text(record[name]) for name in ("market", "state")]
    where = ", ".join(dict.fromkeys(text for text in place if text)) or _text(record["country"]) or UNKNOWN
    return Row(
        rank=_number(record["rank"], ".0f"),
        site=str(record["site"]),
        where=where,
        kind="energised" if record["energised"] else "bare land",
        mw=_number(record["mw"], ",.0f"),
        value=_musd(record["value_usd_per_mw"]),
        value_span=_span(
            _musd(record["value_at_p90_delay_usd_per_mw"]), _musd(record["value_at_p10_delay_usd_per_mw"])
        ),
        months=_number(record["months_to_power"], ".0f"),
        months_span=_span(_number(record["months_to_power_p10"], ".0f"), _number(record["months_to_power_p90"], ".0f")),
        price=_number(record["all_in_usd_per_mwh"], ".0f"),
        pue=_number(record["pue"], ".2f"),
        design_c=_number(record["design_temperature_c"], ".0f"),
        carbon=_number(record["average_kg_per_mwh"], ".0f"),
        latency=_number(record["metro_ms"], ".1f"),
        metro=_text(record["metro"]) or UNKNOWN,
        problem=str(record["problem"]),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) and np.isfinite(value) else UNKNOWN


def _musd(value: object) -> str:
    text = UNKNOWN if not isinstance(value, float) or not np.isfinite(value) else f"{value / 1e6:.2f}"
    return "0.00" if text == "-0.00" else text


def _span(low: str, high: str) -> str:
    return UNKNOWN if UNKNOWN in (low, high) else low if low == high else f"{low} to {high}"
