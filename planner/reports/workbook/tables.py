"""Pages without formulas: the cover, the site's megawatts, its works and its contracts."""

from __future__ import annotations

from planner.reports.decision import decision
from planner.reports.workbook.pages import HEAD, PLAIN, SHARE, USD, Book, Page
from planner.reports.workbook.returns import Check
from planner.views import Views

LOAN_LOOKS = {"loan_size": USD, "dscr_least": PLAIN, "owner_npv": USD, "owner_irr": SHARE}
"""Named cells of a loan that the cover repeats, and how they look."""
CHART_ROWS = 18
"""Rows that the chart covers."""


def new_cover(book: Book, views: Views) -> Page:
    """Add the first page, to be filled when all others are written."""
    return Page(book, "Cover", views.result.case.name, f"Conversion plan, made {views.result.created}")


def fill_cover(page: Page, views: Views, checks: tuple[Check, ...], verdict: str) -> None:
    """Write the decision and the headline, which follows the formulas, and the verdict of the checks."""
    result, book = views.result, page.book
    page.wide(0, 0, 46)
    page.wide(1, 1, 24)
    page.wide(2, 2, 70)
    for words in decision(views):
        page.sheet.merge_range(page.row, 0, page.row, 2, "", book.formats["wrap"])
        page.sheet.write_string(page.row, 0, words, book.formats["wrap"])
        page.sheet.set_row(page.row, 48)
        page.row += 1
    page.text("The sentences are those of the plan; the figures below follow the yellow cells of the page Assumptions.")
    page.section("Headline")
    head = views.headline
    shown = [
        ("NPV of the plan (USD)", "npv_plan", head.npv_usd, USD),
        ("NPV of going on mining (USD)", "npv_do_nothing", head.do_nothing_npv_usd, USD),
        ("Difference (USD)", "npv_gain", head.gain_usd, USD),
        ("Peak funding of the difference (USD)", "peak_funding", head.peak_funding_usd, USD),
    ]
    rate = head.return_against_do_nothing
    if len(rate.rates_frac) == 1:
        shown.append(("Rate of return of the difference", "irr", rate.rates_frac[0], SHARE))
    for words, name, value, look in shown:
        page.put(page.row, 0, words)
        page.formula(page.row, 1, name, value, look)
        page.row += 1
    if len(rate.rates_frac) != 1:
        page.put(page.row, 0, "Rate of return of the difference")
        page.put(page.row, 1, rate.words)
        page.row += 1
    for check in checks:
        if check.cell in LOAN_LOOKS:
            page.put(page.row, 0, check.what)
            page.formula(page.row, 1, check.cell, check.value, LOAN_LOOKS[check.cell])
            page.row += 1
    page.put(page.row, 0, "Formulas agree with the planner")
    page.formula(page.row, 1, "checks_all", verdict, "text")
    page.row += 1
    page.section("Made with")
    for what, version in result.versions.items():
        page.put(page.row, 0, what)
        page.put(page.row, 1, version)
        page.row += 1


def write_site(book: Book, views: Views) -> None:
    """Write megawatts by year, conversions, contracts and grid requests."""
    page = Page(
        book,
        "Site",
        "Megawatts, halls, contracts and grid requests",
        "As planned; MW at the meter, IT MW at the racks.",
    )
    page.wide(0, 0, 34)
    page.wide(1, 11, 16)
    # below are other tables: their heads would be repeated wrongly
    page.sheet.repeat_rows(0, 1)
    page.row += CHART_ROWS
    page.section("Megawatts by year")
    heads = ("year", "hashing", "hosted", "rented rigs", "AI load", "unused", "contracted", "on-site", "AI, IT MW")
    first, end = page.table(heads, [
        (str(r.year), r.hashing_mw, r.hosted_mw, r.rented_mw, r.ai_draw_mw, r.unused_mw, r.contracted_mw, r.onsite_mw,
         r.ai_it_mw)
        for r in views.megawatts_by_year
    ])  # fmt: skip
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    for column in range(1, 6):
        chart.add_series({
            "name": [page.name, first - 1, column],
            "categories": [page.name, first, 0, end - 1, 0],
            "values": [page.name, first, column, end - 1, column],
        })  # fmt: skip
    chart.set_title({"name": "Megawatts by use, mean of the year"})
    chart.set_y_axis({"name": "MW", "num_format": "#,##0"})
    page.section("Halls converted")
    page.table(("hall", "design", "works begin", "ready", "IT MW", "tenants"), [
        (r.hall, r.design, r.build_start, r.ready, r.it_mw, ", ".join(r.tenants)) for r in views.conversions
    ])  # fmt: skip
    page.section("Contracts offered")
    offered = (
        "offer",
        "tenant",
        "kind",
        "IT MW",
        "taken",
        "ready by",
        "service from",
        "until",
        "months late",
        "revenue USD",
    )
    page.table(offered, [
        (r.contract, r.tenant, r.kind, r.it_mw, r.taken, r.ready_by, r.start, r.end, r.months_late, r.revenue_usd)
        for r in views.contracts
    ], PLAIN)  # fmt: skip
    page.section("Grid requests")
    page.table(("request", "taken", "requested", "energised", "firm MW", "MW for AI"), [
        (r.upgrade, r.taken, r.requested, r.energised, r.firm_mw, r.ai_mw) for r in views.upgrades
    ])  # fmt: skip
    page.sheet.insert_chart(HEAD, 0, chart, {"x_scale": 1.6, "y_scale": 1.2})
