"""The deals: each is planned, and every published figure is met or its difference explained.

After a change that is meant to move them, write the page anew and look at the difference:
`UPDATE_EXPECTED=1 python -m pytest tests/golden/test_deals.py`.
"""

from __future__ import annotations

import os
from datetime import date
from functools import cache

import pytest

from planner.results import Result
from site_conversion.solve import Status
from tests.golden import deals
from tests.golden.deals import DEALS, NAMES, Basis, Compared, Figure, Measure, Shown
from tests.golden.test_examples import unexplained

UPDATE = os.environ.get("UPDATE_EXPECTED") == "1"
LEAST_DEALS = 14
MOST_LINES = 150

pytestmark = pytest.mark.xdist_group("deals")


@cache
def planned(name: str) -> Result:
    return deals.planned(name)


def shown(name: str) -> Shown:
    return deals.shown(name, planned(name))


def test_there_are_enough_of_them_and_each_has_its_figures() -> None:
    assert len(NAMES) >= LEAST_DEALS
    assert sorted(file.parent.name for file in DEALS.glob("*/published.yaml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_deal_is_planned_and_all_its_contracts_are_served(name: str) -> None:
    result = planned(name)
    assert result.plan.report.status is Status.OPTIMAL
    placed = set(result.plan.tables["gpu_systems"]["contract"].astype(int))
    assert placed == set(range(len(result.instance.contracts)))


@pytest.mark.parametrize("name", NAMES)
def test_every_published_figure_is_met_or_its_difference_explained(name: str) -> None:
    rows = shown(name).rows
    unexplained_rows = [
        (row.figure.figure.value, row.difference) for row in rows if not row.close and not row.figure.why
    ]
    assert unexplained_rows == []
    needless = [(row.figure.figure.value, row.difference) for row in rows if row.close and row.figure.why]
    assert needless == []


def test_the_page_shows_what_the_engine_gives() -> None:
    page = DEALS / "README.md"
    written = page.read_text(encoding="utf-8")
    expected = deals.page_with(written, deals.tables(shown(name) for name in NAMES))
    if UPDATE:
        page.write_text(expected, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_deal_says_where_it_comes_from(name: str) -> None:
    text = (DEALS / name / "case.yaml").read_text(encoding="utf-8")
    assert unexplained(text) == []
    assert len(text.splitlines()) <= MOST_LINES
    head = "# yaml-language-server: $schema="
    first, _, _ = text.partition("\n")
    assert first.startswith(head)
    assert (DEALS / name / first.removeprefix(head)).is_file()


FIGURE = {"how": "stated", "basis": Basis.RESULT, "source_url": "https://example.org", "as_of": "2026"}


@pytest.mark.parametrize(
    ("limits", "computed", "difference"),
    [
        ({"published": 2.0}, 2.03, 0.015),
        ({"published": 2.0}, 1.9, -0.05),
        ({"least": 8.0, "most": 10.0}, 9.0, 0.0),
        ({"least": 8.0, "most": 10.0}, 7.6, -0.05),
        ({"least": 8.0, "most": 10.0}, 11.0, 0.1),
    ],
)
def test_how_far_a_figure_is_from_the_published_one(
    limits: dict[str, float], computed: float, difference: float
) -> None:
    figure = Figure.model_validate({"figure": Measure.PUE, **FIGURE, **limits})
    compared = Compared(figure, computed)
    assert compared.difference == pytest.approx(difference)
    assert compared.close is (abs(difference) <= 0.02)


def test_a_first_rent_agrees_within_the_time_that_was_named() -> None:
    window = {"earliest": "2026-07-01", "latest": "2026-12-31"}
    figure = Figure.model_validate({"figure": Measure.FIRST_RENT, **FIGURE, **window})
    assert Compared(figure, date(2026, 7, 1)).difference == 0.0
    assert Compared(figure, date(2026, 12, 31)).difference == 0.0
    late = Compared(figure, date(2027, 3, 31))
    assert late.difference == pytest.approx(90 / 30.4375)
    assert not late.close
    assert Compared(figure, date(2026, 6, 1)).difference == pytest.approx(-30 / 30.4375)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"figure": "pue"},
        {"figure": "pue", "published": 1.2, "least": 1.1},
        {"figure": "first_rent", "published": 2026},
        {"figure": "noi_usd_in_year", "published": 1e6},
        {"figure": "pue", "published": 1.2, "source_url": "somewhere"},
    ],
)
def test_a_figure_without_its_terms_is_refused(spoiled: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"figure|give|earliest|year|source_url"):
        Figure.model_validate({**FIGURE, **spoiled})
