"""The reader of the bundled datasets: what it refuses, and how it reads a cell."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from planner import data
from planner.schemas.market import PowerPrice, QuarterCurve


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled datasets that the reader uses instead of them."""
    root = tmp_path / "datasets"
    shutil.copytree(data._root(), root)
    monkeypatch.setattr(data, "_root", lambda: root)
    return root


def test_an_untouched_copy_is_accepted(copied: Path) -> None:
    record = data.dataset("asic_models")
    assert record.path == copied / "asic_models" / "asic_models.csv"
    assert record.name == "asic_models"
    assert len(record.sha256) == 64
    assert isinstance(record.as_of, date)


def test_a_changed_figure_is_refused(copied: Path) -> None:
    path = copied / "asic_models" / "asic_models.csv"
    path.write_bytes(path.read_bytes().replace(b",3250,", b",3150,", 1))
    with pytest.raises(data.DatasetError, match="not the file that was published"):
        data.entry("asic_models", "antminer_s21_200t")


def test_an_incomplete_record_is_refused(copied: Path) -> None:
    path = copied / "designs" / "source.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("licence =", "license ="), encoding="utf-8")
    with pytest.raises(data.DatasetError, match="lacks licence"):
        data.dataset("designs")


def test_a_column_without_unit_is_refused(copied: Path) -> None:
    path = copied / "designs" / "source.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("build_months")), encoding="utf-8")
    with pytest.raises(data.DatasetError, match="units"):
        data.dataset("designs")


def test_a_missing_file_is_refused(copied: Path) -> None:
    (copied / "designs" / "designs.csv").unlink()
    with pytest.raises(data.DatasetError, match="cannot be read"):
        data.dataset("designs")


def test_a_broken_record_is_refused(copied: Path) -> None:
    (copied / "designs" / "source.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(data.DatasetError, match="cannot be read"):
        data.dataset("designs")


def test_a_new_folder_is_found(copied: Path) -> None:
    shutil.copytree(copied / "designs", copied / "other")
    (copied / "unfinished").mkdir()
    assert "other" in data.dataset_names()
    assert "unfinished" not in data.dataset_names()


def test_no_folder_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "__file__", str(tmp_path / "planner" / "data.py"))
    with pytest.raises(data.DatasetError, match="missing"):
        data.dataset_names()


def test_datasets_inside_the_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("planner/_datasets", "datasets"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(data, "__file__", str(tmp_path / "planner" / "data.py"))
    assert data._root() == (tmp_path / "planner" / "_datasets").resolve()


@pytest.mark.parametrize("name", ["asic_model", "../datasets/designs", ""])
def test_an_unknown_dataset_is_refused(name: str) -> None:
    with pytest.raises(data.DatasetError, match="unknown dataset"):
        data.dataset(name)


def test_an_unknown_entry_names_those_that_come_close() -> None:
    with pytest.raises(data.UnknownEntryError, match=r"did you mean .*'antminer_s21_xp_270t'") as caught:
        data.entry("asic_models", "S21-XP")
    assert caught.value.matches[0] == "antminer_s21_xp_270t"
    with pytest.raises(data.UnknownEntryError) as caught:
        data.provenance("climate", "dentn_tx")
    assert caught.value.matches[0] == "denton_tx"


def test_nothing_close_is_no_suggestion() -> None:
    with pytest.raises(data.UnknownEntryError) as caught:
        data.entry("climate", "zzzzzzzz")
    assert caught.value.matches == ()
    assert "did you mean" not in str(caught.value)


def test_an_entry_has_typed_fields_only() -> None:
    system = data.entry("gpu_systems", "gb300_nvl72")
    assert system == {
        "name": "GB300 NVL72",
        "gpus_per_rack": 72,
        "rack_kw": 132.0,
        "price_usd_per_rack": 3_830_000.0,
        "life_years": 6.0,
    }
    assert type(system["gpus_per_rack"]) is int


def test_what_is_not_known_is_left_out() -> None:
    assert "price_usd_per_rack" not in data.entry("gpu_systems", "vera_rubin_nvl72")
    assert set(data.entry("climate", "prince_george_bc")) == {"design_temperature_c"}
    assert "fees_btc_per_block" not in data.entry("mining_network", "2024-10")


def test_a_changed_answer_does_not_change_the_next_one() -> None:
    data.entry("climate", "denton_tx").clear()
    hours = data.entry("climate", "denton_tx")["hours_below_c"]
    assert isinstance(hours, dict)
    hours.clear()
    assert data.entry("climate", "denton_tx")["hours_below_c"]


def test_climate_hours_run_from_none_to_all() -> None:
    assert data.entry("climate", "denton_tx") == {
        "design_temperature_c": 36.8,
        "hours_below_c": {
            -12.1: 0.0,
            -6.69: 35.0,
            18.0: 4156.0,
            20.0: 4624.0,
            24.0: 6224.0,
            27.0: 7174.0,
            32.0: 8276.0,
            35.0: 8626.0,
            37.0: 8736.0,
            38.0: 8760.0,
        },
    }


def test_network_dates_are_dates() -> None:
    network = data.entry("mining_network", "2026-01-12")
    assert network["as_of"] == date(2026, 1, 12)
    assert network["halving_dates"][0] == date(2028, 4, 14)  # type: ignore[index]


def test_provenance_is_whole() -> None:
    source = data.provenance("asic_models", "antminer_s19_pro_110t")
    assert source.source_url.startswith("https://")
    assert source.as_of == "2021"
    assert source.basis == "published"


def test_a_quarter_is_whole_and_validates() -> None:
    curve = data.price_curve("ERCOT/HB_HUBAVG", (2022, 2023))
    assert [quarter for quarter, _ in curve] == [1, 2, 3, 4]
    for quarter, bins in curve:
        assert sum(hours for hours, _ in bins) == pytest.approx(1, abs=1e-9)
        assert [price for _, price in bins] == sorted(price for _, price in bins)
        QuarterCurve.model_validate(
            {"quarter": quarter, "bins": [{"hours_frac": h, "usd_per_mwh": price} for h, price in bins]}
        )


def test_every_hour_of_the_years_weighs_the_same() -> None:
    """The first quarter has 2160 hours in 2023 and 2184 in 2024."""

    def mean(*years: int) -> float:
        return sum(hours * price for hours, price in data.price_curve("ERCOT/HB_HUBAVG", years)[0][1])

    assert mean(2023, 2024) == pytest.approx((2160 * mean(2023) + 2184 * mean(2024)) / 4344, rel=1e-12)


def test_no_years_means_all() -> None:
    hub = "NYISO/CAPITL"
    assert data.price_curve(hub) == data.price_curve(hub, (2020, 2021, 2022, 2023, 2024))
    PowerPrice.model_validate(data.entry("price_duration", hub))


def test_a_curve_in_another_currency_is_refused() -> None:
    with pytest.raises(data.DatasetError, match="CAD"):
        data.price_curve("IESO/HOEP", (2023,))
    assert "IESO/HOEP" not in data.entry_ids("price_duration")


def test_years_that_are_not_there_are_said() -> None:
    with pytest.raises(data.DatasetError, match=r"no prices for 2019, 2025; it has 2020, .*2024"):
        data.price_curve("PJM/DOM", (2019, 2023, 2025))
    with pytest.raises(data.DatasetError, match="twice"):
        data.price_curve("PJM/DOM", (2023, 2023))


def test_an_unknown_hub_names_the_nearest() -> None:
    with pytest.raises(data.UnknownEntryError) as caught:
        data.price_curve("ERCOT/HB_NORTH")
    assert "ERCOT/HB_HUBAVG" in caught.value.matches


def test_the_reader_loads_no_heavy_package() -> None:
    code = "import sys, planner.data; print(sorted({'pandas', 'numpy', 'pyomo'} & set(sys.modules)))"
    root = Path(data.__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
