"""The report as a page: inside one file, inert, readable by everybody, and the same numbers as everywhere."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from planner.cli import app
from planner.reports.html.page import Medium, report_page
from planner.reports.html.palette import (
    AI,
    BUILD,
    COLORS,
    COMMISSIONING,
    DIM,
    EQUIPMENT,
    GAIN,
    GROUND,
    LATE,
    LOSS,
    MINING,
    PRICES,
    QUEUE,
    TEXT,
    UNUSED,
)  # fmt: skip
from planner.reports.html.tables import Column, Table
from planner.reports.money import musd, mw, signed_musd
from planner.results import Result, save
from planner.schemas import Case
from planner.studies.plan import plan
from planner.views import Views
from planner.views.cash import bridge, cash_total, cash_years
from planner.views.site_states import period_megawatts
from tests.formulation.support import Site, design, lease
from tests.formulation.test_hand_supply import GRID, battery, gas, upgrade
from tests.programs import do_without
from tests.unit.finance.test_flat_case import planned

runner = CliRunner()
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
ARABIC = "مركز بيانات دنتون"
LONG = "W" * 200
MOST_BYTES = 500_000


class Outline(HTMLParser):
    """Collects what the tests ask of a page."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "col"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def every(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def page(small_result: Result) -> str:
    return report_page(small_result)


@pytest.fixture(scope="module")
def hostile() -> Result:
    """A site in Texas whose names want to be code, are very long, or are written from right to left."""
    content = json.loads(Site(contracts=(lease(), lease("other"))).case().model_dump_json())
    content["name"] = SCRIPT
    content["description"] = f"{FORMULA}</style><img src=x onerror=alert(1)>\a{ARABIC}"
    content["site"] |= {"name": f'"><b onclick=alert(1)>{ARABIC}', "location": {"lon": -97.1, "lat": 33.2}}
    content["contracts"][0]["tenant"], content["contracts"][1]["tenant"] = LONG, f"{SCRIPT} {ARABIC}"
    content["designs"][0]["name"] = f"{SCRIPT}{LONG[:100]}"
    content["site"]["change_of_use"] = None
    queue = {"p10_months": 0, "p50_months": 1, "p90_months": 2}
    equipment = [{"name": f'{SCRIPT}" onload="x', "lead_time_months": 2}, {"name": LONG, "lead_time_months": 1}]
    wanted = {
        "id": "up", "name": f"توسعة الشبكة {ARABIC}", "firm_mw": 50, "capex_usd": 1000, "queue": queue,
        "equipment": equipment,
    }  # fmt: skip
    content["site"]["upgrades"], content["site"]["firm_mw"] = [wanted], 0
    return plan(Case.model_validate_json(json.dumps(content)), {})


def test_the_page_is_small_and_fetches_nothing(page: str) -> None:
    assert len(page.encode()) < MOST_BYTES
    (policy,) = [a["content"] for a in Outline(page).every("meta") if "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "<script" not in page
    outline = Outline(page)
    assert not outline.wrong
    assert not outline.open
    for _, attributes in outline.tags:
        assert not {"src", "srcset", "data", "poster"} & set(attributes)
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)|https?://", page)


def test_every_reference_inside_the_page_leads_somewhere(page: str) -> None:
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {(attributes.get("href") or "")[1:] for attributes in outline.every("a")}
    wanted |= {attributes["for"] for attributes in outline.every("label") if attributes["for"]}
    wanted |= {str(a["aria-labelledby"]) for _, a in outline.tags if "aria-labelledby" in a}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page))
    assert wanted <= set(ids)


def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    outline = Outline(page)
    assert outline.every("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(outline.every("table")) == len(outline.every("caption")) > 5
    assert all("scope" in attributes for attributes in outline.every("th"))
    figures = outline.every("figure")
    assert len(figures) == len(outline.every("figcaption")) >= 4
    images = [attributes for _, attributes in outline.tags if attributes.get("role") == "img"]
    assert len(images) == 2 * len(figures)
    assert all(attributes.get("aria-label") for attributes in images)
    assert all(attributes.get("aria-hidden") == "true" for attributes in outline.every("svg"))


def test_the_page_tells_the_numbers_of_the_views(page: str, small_result: Result) -> None:
    views = Views(small_result)
    head, text = views.headline, " ".join("".join(Outline(page).text).split())
    for told in (signed_musd(head.gain_usd), musd(head.npv_usd), musd(head.peak_funding_usd), head.payback):
        assert told in text
    for row in views.contracts:
        assert row.contract in text
        assert row.tenant in text
    total = cash_total(cash_years(views))
    assert f">{musd(total.difference_usd)}</td>" in page
    assert all(mw(year.contracted_mw) in text for year in views.megawatts_by_year)


def test_names_of_the_case_are_text_and_nothing_else(hostile: Result) -> None:
    for medium in Medium:
        page = report_page(hostile, medium)
        outline = Outline(page)
        assert not outline.wrong
        scripts = outline.every("script")
        assert len(scripts) == (1 if medium is Medium.INTERACTIVE else 0)
        assert SCRIPT not in page
        for tag, attributes in outline.tags:
            assert tag not in {"img", "b onclick", "iframe", "object"}
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        text = "".join(outline.text)
        for name in (SCRIPT, FORMULA, ARABIC, LONG):
            assert name in text
        assert "\a" not in page


def test_names_from_right_to_left_are_set_so(hostile: Result) -> None:
    page = report_page(hostile)
    assert re.search(r'<td dir="auto"[^>]*>[^<]*' + ARABIC, page)
    assert re.search(r'<td dir="auto" class="l">W{200}</td>', page), "a word that must be broken says so"


def test_only_the_pages_own_script_runs(small_result: Result, page: str) -> None:
    interactive = report_page(small_result, Medium.INTERACTIVE)
    (script,) = re.findall(r"<script>(.*?)</script>", interactive, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in interactive
    assert len(re.findall(r'<path aria-label="[^"]+ MW, ', interactive)) > 3
    assert not re.search(r'<path aria-label="', page)
    assert len(interactive.encode()) < MOST_BYTES


def test_the_report_of_going_on_mining() -> None:
    """No offer is worth taking: no schedule of conversions, no loan, and it says so."""
    result = plan(Site(contracts=(lease(rent=1),), designs=(design(capex_usd_per_it_mw=9e6),)).case(), {})
    page = report_page(result)
    assert "Go on mining: no offer adds value within the limits." in page
    assert "not taken" in page
    assert "Returns" not in page
    assert 'id="place"' not in page


def test_a_loan_has_its_cover_on_the_page() -> None:
    """Debt service of 9.012 / 1.3 MUSD a year, covered 1.30 times as asked."""
    page = report_page(planned())
    assert "Returns, loan and its cover" in page
    assert "Cover is at least 1.30 (asked 1.30)" in page
    assert "A loan of 36.1 MUSD when repayment begins in Jan 2030" in page
    assert "Debt service by year of the term" in page
    assert page.count(">1.30</td>") >= 7
    assert "The dashed line is what the lender asks for." in page


def test_a_loan_without_an_agreed_cover_has_no_line_for_it_and_no_empty_column() -> None:
    """No least cover: no dashed line to speak of. No debt yield: no column for the loan's share of the value."""
    page = report_page(planned(least_dscr=None))
    assert "Debt service cover by year of the term" in page
    assert "dashed line is what the lender" not in page
    assert "of value" not in page


def test_power_made_on_the_site_and_its_carbon_are_on_the_page() -> None:
    """Gas sets bridge the year until the grid comes: they stand in the tables, in the chart and in the bridge."""
    emissions = {"emissions": {"average_kg_per_mwh": 500}, "supplies": [gas(), battery()], "upgrades": [upgrade()]}
    price = {"price_usd_per_t": [{"date": "2029-01-01", "usd": 10}]}
    site = Site(contracts=(lease(),), firm_mw=0, power=GRID, more=emissions, carbon=price)
    result = plan(site.case(), {})
    page = report_page(result)
    for told in ("Power made on the site", "with power made on the site", "Not ordered: battery.", "made on site"):
        assert told in page
    assert "Rules on carbon, which count the" in page
    assert {"on-site power", "carbon"} <= {step.what for step in bridge(Views(result))}
    assert all(row.unused_mw >= -1e-6 for row in period_megawatts(Views(result)))


def test_a_table_refuses_a_row_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table("T", (Column("a"), Column("b")), (("x",),))


def luminance(color: str) -> float:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


SEEN = (
    (np.eye(3), "nobody"),
    (np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]), "protanopia"),
    (np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]), "deuteranopia"),
    (np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]), "tritanopia"),
)
"""How colours look, as a matrix on linear RGB (Machado, Oliveira and Fernandes 2009, full severity)."""

SIDE_BY_SIDE = (
    (MINING, AI, UNUSED, EQUIPMENT),
    (QUEUE, EQUIPMENT, COMMISSIONING),
    (BUILD, AI, LATE),
    (GAIN, LOSS, AI),
    (AI, MINING, EQUIPMENT, COMMISSIONING, DIM),
)
"""Colours that meet in one chart."""


def lab(color: str, seen: np.ndarray) -> np.ndarray:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.clip(seen @ np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4), 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_colours_stand_out_from_the_ground_in_light_and_dark() -> None:
    for color in (TEXT, DIM):
        assert contrast(color.light, GROUND.light) >= 4.5
        assert contrast(color.dark, GROUND.dark) >= 4.5
    for color in (MINING, AI, BUILD, QUEUE, COMMISSIONING, GAIN, LOSS, LATE):
        assert contrast(color.light, GROUND.light) >= 3, color.name
        assert contrast(color.dark, GROUND.dark) >= 3, color.name
    assert contrast(AI.light, GROUND.light) >= 4.5, "names of tenants stand on it"
    assert contrast(AI.dark, GROUND.dark) >= 4.5
    for price in PRICES:
        assert contrast(TEXT.light, price.light) >= 4.5
        assert contrast(TEXT.dark, price.dark) >= 4.5
    assert len({color.light for color in COLORS}) == len(COLORS), "the dark twin is found by the light colour"


@pytest.mark.parametrize("matrix", [matrix for matrix, _ in SEEN], ids=[who for _, who in SEEN])
@pytest.mark.parametrize("shade", ["light", "dark"])
def test_colours_of_one_chart_can_be_told_apart(matrix: np.ndarray, shade: str) -> None:
    for group in SIDE_BY_SIDE:
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                far = np.linalg.norm(lab(getattr(one, shade), matrix) - lab(getattr(other, shade), matrix))
                assert far > 12, (one.name, other.name, far)


def test_every_colour_of_charts_and_map_has_a_dark_twin(page: str, hostile: Result) -> None:
    known = {color.light for color in COLORS} | {"none"}
    drawn = set(re.findall(r'\b(?:fill|stroke)="([^"]+)"', page + report_page(hostile)))
    assert drawn <= known


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "RESULT"], "say what to write"),
        (["report", "RESULT", "--html", "page.txt"], "ends in .html"),
        (["report", "RESULT", "--pdf", "out/result.json/page.pdf"], "is a file"),
        (["report", "nowhere.json", "--html", "page.html"], "cannot be read"),
        (["plan", "SMALL", "--report", "page.doc"], "ends in .html or .pdf"),
    ],
)
def test_bad_arguments_are_exit_2_and_write_nothing(
    small_path: Path, small_result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str],
    words: str,
) -> None:  # fmt: skip
    save(small_result, tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    named = {"RESULT": "out/result.json", "SMALL": str(small_path)}
    done = runner.invoke(app, [named.get(a, a) for a in arguments])
    assert done.exit_code == 2
    assert words in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_plan_and_report_write_the_same_page(small_path: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    out = tmp_path / "out"
    done = runner.invoke(app, ["plan", str(small_path), "--out", str(out), "--report", str(first)])
    assert done.exit_code == 0, done.stderr
    assert f"wrote {first}" in done.stderr
    again = runner.invoke(app, ["report", str(out / "result.json"), "--html", str(second), "--interactive"])
    assert again.exit_code == 0, again.stderr
    plain = re.sub(r' aria-label="[^"]*"', "", first.read_text(encoding="utf-8"))
    told = re.sub(r' aria-label="[^"]*"', "", second.read_text(encoding="utf-8"))
    assert Outline(told).text[:200] == Outline(plain).text[:200]
    assert "<script>" in told
    assert "<script>" not in plain


def test_the_report_as_pdf(hostile: Result, tmp_path: Path) -> None:
    save(hostile, tmp_path)
    done = runner.invoke(app, ["report", str(tmp_path / "result.json"), "--pdf", str(tmp_path / "plan.pdf")])
    if "WeasyPrint cannot be used here" in done.stderr:
        do_without(done.stderr.strip())
    assert done.exit_code == 0, done.stderr
    content = (tmp_path / "plan.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert 10_000 < len(content) < MOST_BYTES
    assert b"/JavaScript" not in content
    assert b"/URI" not in content
