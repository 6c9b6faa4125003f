"""Figures of machines, halls and power that look like another unit are noted; what is meant is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.case_file import load_case
from planner.case_file.mining_doubts import mining_doubts
from tests.formulation.support import Entry, Site, asic, hall, power

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("case.yaml"))
NEW: Entry = {"price_usd_per_ths": 10, "price_change_frac_per_year": -0.25, "max_count_per_year": 100}
SOUND = Site(halls=(hall(mining_mw=10),), machines=(asic(),), power=power((1.0, 40)), usd_per_ph_day=48)


def machines(*classes: Entry) -> dict[str, Any]:
    return {"machines": classes}


def test_a_sound_case_is_not_doubted() -> None:
    assert list(mining_doubts(SOUND.case())) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_are_not_doubted(path: Path) -> None:
    assert list(mining_doubts(load_case(path).case)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (machines(asic(power_w=2.5)), "machines 'asic' need 0.02 J/TH (2.5 W for 125 TH/s), not 4 to 200"),
        (machines(asic(2_000_000)), "the 2,000,000 machines 'asic' draw 5,000 MW, the air-cooled halls host 10 MW"),
        (machines(asic(cooling="hydro")), "machines 'asic' are hydro-cooled, and no hall hosts such machines"),
        ({"halls": (hall(mining_mw=100),)}, "hall 'hall' hosts 100 MW of machines, its feeders carry 10 MW"),
        ({"power": power((0.5, 0.03), (0.5, 0.13))}, "energy costs 0.08 USD per MWh in the mean of a year"),
        (machines(asic(resale_usd_per_ths=12, purchase=NEW)), "would bring 12 USD per TH/s in Jan 2029, new ones cost"),
        (machines(asic(resale_usd_per_ths=8, purchase=NEW)), "would bring 8 USD per TH/s in Jan 2030, new ones cost 7"),
        ({"more": {"climate": {"design_temperature_c": 35, "hours_below_c": {20: 100}}}}, "ends at 100 hours of the"),
    ],
)
def test_what_cannot_have_been_meant_is_noted(changes: dict[str, Any], words: str) -> None:
    told = list(mining_doubts(replace(SOUND, **changes).case()))
    assert len(told) == 1
    assert words in told[0]
