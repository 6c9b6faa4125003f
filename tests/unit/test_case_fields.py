"""Every figure of a case with its unit and its origin, for readers who have no case file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.case_file import load_case
from planner.files.workbook_layout import layout
from planner.results import Result
from planner.schemas.json_schema import case_json_schema
from planner.translate import translate
from planner.views import Views
from planner.views.case_fields import DEFAULT, TYPED, CaseField, case_fields
from planner.views.prices import offer_prices, price_years

MARBLE = Path(__file__).parents[2] / "examples" / "marble" / "case.yaml"


@pytest.fixture(scope="module")
def marble(small_result: Result) -> dict[str, CaseField]:
    """Return the fields of a case with a location and catalogue entries; the plan beside it does not matter."""
    case = load_case(MARBLE).case
    views = Views(replace(small_result, case=case, instance=translate(case)))
    return {row.path: row for row in case_fields(views)}


@pytest.mark.parametrize(
    ("path", "unit", "origin"),
    [
        ("contracts[anchor].rent_usd_per_kw_month", "USD/kW-month", TYPED),
        ("study.queue_quantile_frac", "share", DEFAULT),
        ("designs[liquid_retrofit].capex_usd_per_it_mw", "USD/MW of IT", "catalogue: Bit Digital MTL-3, 2025-04"),
        ("market.hashprice.network.fees_btc_per_block", "BTC/block", TYPED),
        ("market.power.curve[1].bins[0].usd_per_mwh", "USD/MWh", "location: EIA, average electricity price by state"),
        ("market.power.base_date", "", "location: EIA, average electricity price by state"),
        ("site.emissions.average_kg_per_mwh", "kg/MWh", "location: EPA eGRID2023"),
        ("site.emissions.marginal_kg_per_mwh", "kg/MWh", "location: AVERT"),
        ("site.change_of_use.queue.p50_months", "months", "location: Judgement of the planner"),
        ("site.upgrades[expansion].queue.p50_months", "months", "location: JLL"),
        ("site.upgrades[expansion].connection.usd", "USD", "location: bundled interconnection_costs"),
        ("site.upgrades[expansion].connection.line_km", "km", TYPED),
        ("site.upgrades[firming].queue.p50_months", "months", TYPED),
    ],
)  # fmt: skip
def test_a_figure_is_told_with_its_unit_and_origin(
    marble: dict[str, CaseField], path: str, unit: str, origin: str
) -> None:
    assert marble[path].unit == unit
    assert marble[path].origin.startswith(origin)


def test_a_figure_typed_over_a_catalogue_entry_is_the_cases_own(marble: dict[str, CaseField]) -> None:
    """The example types the fees of a block, which the entry of the network leaves open, and keeps its price."""
    assert marble["market.hashprice.network.btc_price_usd"].origin.startswith("catalogue: ")
    assert not any(path.startswith("site.resolved") for path in marble)


def test_prices_of_the_years_are_those_of_the_case(small_result: Result) -> None:
    """A hashprice of 40 all along; 25 and 200 USD/MWh in nine and one tenth of the first quarter, then 30, 50, 30."""
    years, (first, _, cloud) = price_years(Views(small_result)), offer_prices(Views(small_result))
    assert [row.hashprice_usd_per_ph_day for row in years] == pytest.approx([40.0] * 6)
    days = {2027: (90, 91, 92, 92), 2028: (91, 91, 92, 92)}
    for row in years[:2]:
        quarters = np.array(days[row.year])
        assert row.power_usd_per_mwh == pytest.approx(quarters @ [42.5, 30, 50, 30] / quarters.sum())
    assert (first.price_usd, first.unit, first.change_frac_per_year, first.term_months) == (
        130,
        "USD/kW-month",
        0.03,
        144,
    )
    assert (cloud.price_usd, cloud.unit, cloud.change_frac_per_year) == (3.5, "USD/GPU-hour", 0.0)


def test_units_are_written_as_people_write_them() -> None:
    units = {field.path[-1]: field.unit for sheet in layout(case_json_schema()).sheets for field in sheet.fields}
    assert units["rent_usd_per_kw_month"] == "USD/kW-month"
    assert units["rate_usd_per_gpu_hour"] == "USD/GPU-hour"
    assert units["usd_per_ph_day"] == "USD/PH-day"
    assert units["hours_frac"] == "share"
    assert units["gpus_per_rack"] == "GPUs/rack"
    assert units["max_count_per_year"] == "per year"
    assert units["rack_kw"] == "kW"
