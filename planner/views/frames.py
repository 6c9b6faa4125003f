"""A result as pandas frames: the records of the other views in columns whose names carry their units.

Dates are timestamps; what is not defined is missing (NaN, NaT, None). Rows over time are indexed by the label of
their period ("2027", "2028 Q3") and say where it starts and ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from enum import Enum
from functools import cached_property

import pandas as pd

from planner.finance.ratios import CoverYear
from planner.finance.returns import Return
from planner.results import Outcome, Result, saved_tables
from planner.views.cash import BridgeStep, CashYear, bridge, cash_years
from planner.views.contract_economics import ContractEconomics, contract_economics
from planner.views.energy import CarbonRow, OrderRow
from planner.views.evidence import DatasetRow, EntryRow, datasets, entries
from planner.views.finance import FinanceViews, ReturnsRow
from planner.views.limits import LimitPeriod, limit_periods
from planner.views.machines import FleetYearRow, MachineRow, fleet_by_year, machine_rows
from planner.views.overrides import overrides_view
from planner.views.plan import Views
from planner.views.records import CashRow, ContractRow, ConversionRow, MegawattRow, PlaceRow, UpgradeRow
from planner.views.schedule import Bar, schedule
from planner.views.site_states import PeriodMegawatts, period_megawatts
from site_conversion.lines import Line


class Frames:
    """Every table of a plan as a pandas frame, each made when it is first asked for."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        self._result = result
        self._views = Views(result)
        self._finance = FinanceViews(result)

    def __dir__(self) -> list[str]:
        """Name the frames only, so that completion shows nothing else."""
        return list(self.about())

    @classmethod
    def about(cls) -> dict[str, str]:
        """Return the names of the frames, each with what its rows are."""
        made = {name: made for name, made in vars(cls).items() if isinstance(made, cached_property)}
        return {name: (one.func.__doc__ or "").split("\n")[0] for name, one in made.items()}

    @cached_property
    def headline(self) -> pd.Series:
        """The numbers a decision starts from, as one series."""
        head = self._views.headline
        taken = [row for row in self._views.contracts if row.taken]
        figures = {
            "npv_usd": head.npv_usd,
            "do_nothing_npv_usd": head.do_nothing_npv_usd,
            "gain_usd": head.gain_usd,
            "gain_at_most_usd": head.gain_bound_usd,
            "gain_after_horizon_usd": head.gain_after_horizon_usd,
            "gap_frac": head.gap_frac,
            "status": head.status,
            "irr_frac": _single(head.return_against_do_nothing),
            "irr_words": head.return_against_do_nothing.words,
            "payback": head.payback,
            "peak_funding_usd": head.peak_funding_usd,
            "peak_funding_when": head.peak_funding_when,
            "capex_usd": head.capex_usd,
            "ai_it_mw": sum(row.it_mw for row in taken),
            "offers_taken": ", ".join(row.contract for row in taken),
        }
        return pd.Series(figures, name=self._result.case.name, dtype=object)

    @cached_property
    def cash_flow(self) -> pd.DataFrame:
        """Nominal cash of every period by line, beside going on mining; the last row is what follows the horizon."""
        views, result = self._views, self._result
        starts = [*views.instance.period_start, views.instance.period_end[-1]]
        frame = pd.DataFrame(
            {
                "start": _days(starts),
                "end": _days([*views.instance.period_end, None]),
                **self._by_line(result.plan),
                "net_usd": views.flows_usd(result.plan),
                "do_nothing_usd": views.flows_usd(result.do_nothing),
            },
            index=pd.Index(views.column_labels, name="period"),
        )
        frame["difference_usd"] = frame["net_usd"] - frame["do_nothing_usd"]
        frame["cumulative_usd"] = frame["difference_usd"].cumsum()
        frame["discount_factor"] = views.instance.discount
        return frame

    def _by_line(self, outcome: Outcome) -> dict[str, list[float]]:
        columns = range(self._views.instance.periods + 1)
        sums = outcome.cash_flow.groupby(["line", "column"])["musd"].sum() * 1e6
        return {
            f"{line.value}_usd": [float(sums.get((line.value, column), 0.0)) for column in columns] for line in Line
        }

    @cached_property
    def cash_by_year(self) -> pd.DataFrame:
        """Nominal cash of every year by line, beside going on mining; the months where a row is no calendar year."""
        years = cash_years(self._views)
        by_line = pd.DataFrame([{f"{line.value}_usd": usd for line, usd in year.by_line.items()} for year in years])
        rest = frame_of(CashYear, years).drop(columns=["by_line", "label"])
        whole = pd.concat([by_line, rest], axis=1)
        return whole.set_axis(pd.Index([year.label for year in years], name="year"), axis=0)

    @cached_property
    def present_value(self) -> pd.DataFrame:
        """Present value by line: the plan, going on mining, the difference; the columns sum to the NPVs."""
        return frame_of(CashRow, self._views.cash_by_line).set_index("line")

    @cached_property
    def bridge(self) -> pd.DataFrame:
        """Steps in present value from going on mining to the plan."""
        return frame_of(BridgeStep, bridge(self._views)).rename(columns={"what": "step"}).set_index("step")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every posting of the plan and of going on mining: line, item, source, date and USD."""
        tables = self.tables
        parts = {"plan": tables["cash_flow"], "do_nothing": tables["do_nothing_cash_flow"]}
        whole = pd.concat([part.assign(twin=twin) for twin, part in parts.items()], ignore_index=True)
        whole["start"] = pd.to_datetime(whole["column"], format="%Y-%m-%d", errors="coerce")
        return whole[["twin", "line", "item", "source", "start", "usd"]]

    @cached_property
    def megawatts(self) -> pd.DataFrame:
        """Megawatts of every period by use, at the meter but for ai_it_mw."""
        frame = frame_of(PeriodMegawatts, period_megawatts(self._views))
        return frame.set_axis(pd.Index(self._views.labels, name="period"), axis=0)

    @cached_property
    def megawatts_by_year(self) -> pd.DataFrame:
        """Megawatts by use, means of calendar years."""
        return frame_of(MegawattRow, self._views.megawatts_by_year).set_index("year")

    @cached_property
    def halls(self) -> pd.DataFrame:
        """Halls and pads that are converted, by the date they are ready."""
        return frame_of(ConversionRow, self._views.conversions).set_index("hall")

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Every offer of the case, taken or not."""
        return frame_of(ContractRow, self._views.contracts).set_index("contract")

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """What every contract taken earns and costs within the horizon."""
        return frame_of(ContractEconomics, contract_economics(self._result)).set_index("contract")

    @cached_property
    def upgrades(self) -> pd.DataFrame:
        """Every grid request the site could make."""
        return frame_of(UpgradeRow, self._views.upgrades).set_index("upgrade")

    @cached_property
    def schedule(self) -> pd.DataFrame:
        """What happens from when to when: queue, equipment, building, service."""
        return frame_of(Bar, schedule(self._views).bars).rename(columns={"row": "subject"})

    @cached_property
    def fixed_decisions(self) -> pd.DataFrame:
        """Decisions fixed beforehand and what each costs, with what the gaps leave open; "all" is their joint price."""
        view = overrides_view(self._result)
        rows = [] if view is None else [*((row.words, row.price) for row in view.rows), ("all", view.price)]
        names = {"price_usd": "usd", "price_at_least_usd": "least_usd", "price_at_most_usd": "most_usd"}
        prices = {
            name: [None if price is None else getattr(price, of) for _, price in rows] for name, of in names.items()
        }
        return pd.DataFrame(prices, index=pd.Index([words for words, _ in rows], name="decision"), dtype=float)

    @cached_property
    def machines(self) -> pd.DataFrame:
        """What becomes of machines: bought, sold, moved, hosted, rented."""
        return frame_of(MachineRow, machine_rows(self._result))

    @cached_property
    def fleet_by_year(self) -> pd.DataFrame:
        """Machines in calendar years, means by days."""
        return frame_of(FleetYearRow, fleet_by_year(self._result)).set_index("year")

    @cached_property
    def supply(self) -> pd.DataFrame:
        """Orders of on-site supply."""
        return frame_of(OrderRow, self._views.supply_orders)

    @cached_property
    def carbon_by_year(self) -> pd.DataFrame:
        """Energy and carbon of calendar years, where the grid's carbon is known."""
        return frame_of(CarbonRow, self._views.carbon_by_year).set_index("year")

    @cached_property
    def limits(self) -> pd.DataFrame:
        """What is left of the site's limits in every period, in the unit beside it."""
        return frame_of(LimitPeriod, limit_periods(self._views))

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Returns of the project and, with a loan, of its owner, against going on mining."""
        rows = self._finance.returns
        frame = frame_of(ReturnsRow, rows).drop(columns="rate").rename(columns={"multiple": "multiple_of_money"})
        frame.insert(2, "irr_frac", [_single(row.rate) for row in rows])
        frame.insert(3, "irr_words", [row.rate.words for row in rows])
        return frame.set_index("whose")

    @cached_property
    def cover_by_year(self) -> pd.DataFrame:
        """Cash, debt service and its cover in every year of the loan; no rows without a loan."""
        return frame_of(CoverYear, self._finance.cover_by_year if self._finance.plan.loan is not None else ())

    @cached_property
    def place(self) -> pd.DataFrame:
        """What the site's location gave, with its source."""
        return frame_of(PlaceRow, self._views.place)

    @cached_property
    def catalogue(self) -> pd.DataFrame:
        """Catalogue entries that fill the case, with their sources."""
        return frame_of(EntryRow, entries(self._views))

    @cached_property
    def datasets(self) -> pd.DataFrame:
        """Bundled datasets that gave figures, with licence and date."""
        return frame_of(DatasetRow, datasets(self._views)).set_index("name")

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are saved beside a result as CSV, by the name of their file."""
        return saved_tables(self._result)


def frame_of(record: type[object], rows: Sequence[object]) -> pd.DataFrame:
    """Return records of one kind as a frame: fields first, then what is computed from them; no rows keep their names.

    Raises:
        TypeError: the kind is no dataclass.
    """
    names = list(_columns(record))
    frame = pd.DataFrame({name: [_cell(getattr(row, name)) for row in rows] for name in names}, columns=names)
    frame = frame if rows else frame.astype(object)
    for field in fields(record):  # type: ignore[arg-type]
        kind = str(field.type).removesuffix(" | None")
        if kind == "date":
            frame[field.name] = _days([getattr(row, field.name) for row in rows])
        elif kind == "float":
            frame[field.name] = frame[field.name].astype(float)
        elif field.type == "bool":
            frame[field.name] = frame[field.name].astype(bool)
    return frame


def _columns(record: type[object]) -> Iterator[str]:
    yield from (field.name for field in fields(record))  # type: ignore[arg-type]
    yield from (name for name, made in vars(record).items() if isinstance(made, property))


def _cell(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    are_words = isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    return ", ".join(value) if isinstance(value, tuple) and are_words else value


def _days(days: Sequence[date | None]) -> pd.DatetimeIndex:
    """Return dates as timestamps, NaT for none; a column of one kind even where no date is known."""
    return pd.DatetimeIndex([pd.NaT if day is None else pd.Timestamp(day) for day in days])


def _single(rate: Return) -> float | None:
    """Return the rate if there is exactly one; none or several are told in words."""
    return rate.rates_frac[0] if len(rate.rates_frac) == 1 else None
