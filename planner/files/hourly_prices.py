"""Own hourly power prices: a CSV file beside the case becomes a price-duration curve for each quarter."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from planner.files.problems import CaseFileError, LocatedProblem, printable, shown
from planner.files.text_file import read_text

MAX_BYTES = 20_000_000
TIME_COLUMNS = (
    "time", "interval start", "interval_start", "interval_start_utc", "interval_start_local",
    "timestamp", "datetime", "date_time", "hour_beginning",
    "datetime_beginning_ept", "datetime_beginning_utc",
)  # fmt: skip
PRICE_COLUMNS = (
    "lmp", "spp", "usd_per_mwh", "price_usd_per_mwh", "lmp_usd_per_mwh", "price", "settlement point price",
    "total_lmp", "lmp_total", "total_lmp_da", "total_lmp_rt",
)  # fmt: skip
PLACE_COLUMNS = ("location", "settlement point", "settlement_point", "node", "hub", "zone", "market")
_PRICE_LIMIT = 20_000.0
_QUARTER_HOURS = {1: 90 * 24, 2: 91 * 24, 3: 92 * 24, 4: 92 * 24}
_MOST_MISSING = 24
"""Hours of a quarter that may be missing: local time loses one in spring, and sources lose single ones."""
_MAX_TOLD = 5

Bins = tuple[tuple[float, float], ...]
QuarterPrices = tuple[tuple[int, Bins], ...]
"""For each quarter its bins (share of the quarter's hours, USD/MWh), cheapest first."""


def read_hourly_prices(file: Path) -> QuarterPrices:
    """Return the quarters' curves, every hour weighing the same within its quarter.

    Raises CaseFileError, located in the CSV, for a file, column, time or price that cannot be used, for
    several price series in one file, and for a quarter with less than 90 days.
    """
    text = read_text(file, MAX_BYTES, "an hourly price file")
    if not text.strip():
        raise CaseFileError([LocatedProblem("the file is empty", file)])
    rows = _Rows(file)
    try:
        rows.read(csv.reader(text.splitlines(keepends=True), strict=True))
    except csv.Error as error:
        rows.tell(f"broken CSV: {printable(str(error))}", None)
    if not rows.problems:
        rows.check_length()
    if rows.problems:
        raise CaseFileError(rows.told())
    return tuple((quarter, _bins(rows.prices[quarter])) for quarter in sorted(rows.prices))


def _bins(prices: list[float]) -> Bins:
    """Merge equal prices only: the curve is exact."""
    counts = Counter(prices)
    return tuple((counts[price] / len(prices), price) for price in sorted(counts))


def _parsed(time: str) -> datetime | None:
    """Read an ISO time, or the American form of some grid operators' exports."""
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        pass
    try:
        return datetime.strptime(time, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007  # such exports name no zone
    except ValueError:
        return None


@dataclass
class _Rows:
    """Prices by quarter as they are read, and what was wrong on the way."""

    file: Path
    prices: dict[int, list[float]] = field(default_factory=lambda: {1: [], 2: [], 3: [], 4: []})
    problems: list[LocatedProblem] = field(default_factory=list)
    count: int = 0

    def tell(self, message: str, line: int | None) -> None:
        """Note a problem; all are counted, the first few are kept."""
        self.count += 1
        if self.count <= _MAX_TOLD:
            self.problems.append(LocatedProblem(message, self.file, line))

    def told(self) -> list[LocatedProblem]:
        """Return the problems, with a last one that counts those left out."""
        rest = self.count - len(self.problems)
        more = [LocatedProblem(f"... and {rest:,} more problems in this file", self.file)] if rest else []
        return [*self.problems, *more]

    def read(self, reader: Iterator[Sequence[str]]) -> None:
        """Read the header and all rows."""
        header = [name.strip().lower() for name in next(reader)]
        columns = self._columns(header)
        if columns is None:
            return
        time_at, price_at = columns
        places = {i: name for i, name in enumerate(header) if name in PLACE_COLUMNS}
        first: dict[int, str] = {}
        seen: dict[datetime, int] = {}
        for line, row in enumerate(reader, start=2):
            if not any(row):
                continue
            if len(row) < len(header):
                self.tell(f"the row has {len(row)} columns, the header has {len(header)}", line)
                continue
            for i, name in places.items():
                if first.setdefault(i, row[i]) != row[i]:
                    both = f"{shown(first[i])} and {shown(row[i])}"
                    self.tell(f"the file mixes several series: {name} is {both}; keep one", line)
                    return
            self._row(row[time_at].strip(), row[price_at].strip(), header[price_at], line, seen)

    def _columns(self, header: list[str]) -> tuple[int, int] | None:
        found = []
        for kind, known in (("time", TIME_COLUMNS), ("price", PRICE_COLUMNS)):
            name = next((name for name in known if name in header), None)
            if name is None:
                there = ", ".join(shown(name) for name in header[:20])
                self.tell(f"no {kind} column: found {there}; expected one of {', '.join(known)}", 1)
            else:
                found.append(header.index(name))
        return (found[0], found[1]) if len(found) == 2 else None

    def _row(self, time: str, price: str, column: str, line: int, seen: dict[datetime, int]) -> None:
        try:
            value = float(price)
        except ValueError:
            what = f"{column} is {shown(price)}" if price else f"{column} is blank"
            self.tell(f"{what}, expected a price in USD/MWh", line)
            return
        if not math.isfinite(value) or abs(value) > _PRICE_LIMIT:
            self.tell(f"{column} is {shown(price)}, expected -20,000 to 20,000 USD/MWh", line)
            return
        moment = self._moment(time, line)
        if moment is None or self._repeated(moment, line, seen):
            return
        self.prices[(moment.month + 2) // 3].append(value)

    def _moment(self, time: str, line: int) -> datetime | None:
        moment = _parsed(time)
        if moment is None:
            self.tell(f"time is {shown(time)}, expected a form such as 2025-01-31 13:00", line)
            return None
        if moment.minute or moment.second:
            self.tell(f"time is {shown(time)}, expected hourly prices on the full hour", line)
            return None
        return moment

    def _repeated(self, moment: datetime, line: int, seen: dict[datetime, int]) -> bool:
        earlier = seen.setdefault(moment, line)
        if earlier == line:
            return False
        # Local time without an offset has one hour twice when summer time ends, in the row that follows.
        if moment.tzinfo is None and earlier > 0 and moment.hour <= 3 and line - earlier <= 2:
            seen[moment] = -earlier
            return False
        self.tell(f"time {moment.isoformat(sep=' ')} is repeated, first on line {abs(earlier)}", line)
        return True

    def check_length(self) -> None:
        """Note every quarter without enough hours."""
        for quarter, prices in self.prices.items():
            if not prices:
                self.tell(f"no prices in quarter {quarter}; a whole year is needed", None)
            elif len(prices) < _QUARTER_HOURS[quarter] - _MOST_MISSING:
                whole = f"{_QUARTER_HOURS[quarter]:,}, and at most {_MOST_MISSING} may be missing"
                self.tell(f"quarter {quarter} has {len(prices):,} hours of prices; a whole one has {whole}", None)
