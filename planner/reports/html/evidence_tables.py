"""The tables of evidence: where the figures come from and what solved the case."""

from __future__ import annotations

from planner.reports.html.tables import Column, Table, numbers, shared, shorts, texts
from planner.reports.money import musd
from planner.views import Views
from planner.views.case_fields import case_fields
from planner.views.evidence import DatasetRow, EntryRow
from planner.views.prices import offer_prices, price_years
from site_conversion.solve import Status

BEST = 1e-6
"""Gap, as a share of NPV, below which a plan is called the best."""
STATUSES = {Status.OPTIMAL: "within the gap", Status.TIME_LIMIT: "time limit", Status.INTERRUPTED: "stopped"}
"""How a search ended, in words."""
LETTERS = 12
"""Of a hash that are shown; the result holds it whole."""


def place(views: Views) -> Table | None:
    """Return what the location gave; None without a location."""
    rows = tuple(
        (row.subject, row.value, "fills the case" if row.is_filled else "to know", row.link, row.trust,
         ", ".join(part for part in (row.source, row.as_of) if part), row.note)
        for row in views.place
    )  # fmt: skip
    if not rows:
        return None
    columns = (*texts("figure", "value", "used", "found by"), *shorts("trust"), *texts("source, as of", "note"))
    return Table("What the location gave", shared(columns, (13, 23, 8, 11, 8, 17, 20)), rows)


def catalogue(rows: tuple[EntryRow, ...]) -> Table | None:
    """Return the catalogue entries that the case names; None where it names none."""
    if not rows:
        return None
    return Table(
        "Catalogue entries that the case names (figures typed in the case win)",
        shared(texts("where", "entry", "source", "as of", "basis", "note"), (17, 18, 18, 10, 10, 27)),
        tuple((row.field, row.name or row.entry, row.source, row.as_of, row.basis, row.note) for row in rows),
    )


def datasets(rows: tuple[DatasetRow, ...]) -> Table | None:
    """Return the bundled datasets that gave figures; None where none did."""
    if not rows:
        return None
    return Table(
        "Bundled datasets that gave figures",
        shared(
            (*texts("dataset", "what it is"), *shorts("as of", "sha256"), *texts("installed here", "licence")),
            (15, 23, 11, 13, 9, 29),
        ),
        tuple(
            (r.name, r.title, r.as_of, r.sha256[:LETTERS], "the same" if r.is_same else "another", r.licence)
            for r in rows
        ),
    )


def assumptions(views: Views) -> Table:
    """Return the terms that the whole plan hangs on, as the case states them."""
    case = views.result.case
    study, finance = case.study, case.finance
    rows = [
        ("first day", study.start.isoformat()),
        ("end of the horizon", views.instance.period_end[-1].isoformat()),
        ("discount rate", f"{study.discount_rate_frac:.2%} nominal, after tax, unlevered"),
        ("quantile of queue delays", f"{study.queue_quantile_frac:.0%}"),
        ("income tax", f"{views.instance.tax_rate_frac:.2%}"),
        ("capital costs rise", f"{finance.capex_escalator_frac_per_year:.2%} a year"),
        ("hashprice, multiplied by", f"{case.market.hashprice_scale_frac:g}"),
        ("gross MW per IT MW", "; ".join(
            f"{name} {mean:.2f} (design day {peak:.2f})" for name, peak, mean in views.design_ratios) or "none"),
    ]  # fmt: skip
    return Table("Terms of the study", texts("term", "value"), tuple(rows))


def prices(views: Views) -> Table:
    """Return hashprice and power price by year."""
    return Table(
        "Prices, mean of the year",
        (Column("year"), Column("hashprice", "USD/PH-day", is_number=True), Column("power", "USD/MWh", is_number=True)),
        tuple(
            (str(r.year), f"{r.hashprice_usd_per_ph_day:,.1f}", f"{r.power_usd_per_mwh:,.1f}")
            for r in price_years(views)
        ),
        note="Power with losses and delivery; charges for demand come on top.",
    )


def offer_terms(views: Views) -> Table | None:
    """Return what every offer pays; None without offers."""
    rows = tuple(
        (r.contract, f"{r.price_usd:,.2f} {r.unit}",
         "by a path" if r.change_frac_per_year is None else f"{r.change_frac_per_year:+.1%}", f"{r.term_months:,}",
         f"{r.opex_usd_per_kw_month:,.2f}")
        for r in offer_prices(views)
    )  # fmt: skip
    columns = (
        *texts("offer", "pays"), Column("change a year", is_number=True), Column("term", "months", is_number=True),
        Column("running cost", "USD/kW-month", is_number=True),
    )  # fmt: skip
    return Table("What the offers pay", columns, rows) if rows else None


def sources(views: Views) -> Table | None:
    """Return the figures beside which the case's author wrote something; None if there are none."""
    told = views.result.sources
    rows = tuple(
        (field.path, f"{field.value:,.6g}" if isinstance(field.value, float) else str(field.value), field.unit,
         told[field.path])
        for field in case_fields(views)
        if field.path in told
    )  # fmt: skip
    columns = shared(texts("figure", "value", "unit", "as its author says"), (31, 15, 12, 42))
    return Table("Figures of the case and where they are from", columns, rows) if rows else None


def solver(views: Views) -> Table:
    """Return the record of the searches: the plan, and the twins where they were searched."""
    result = views.result
    found = [("the plan", result.plan), ("going on mining", result.do_nothing)]
    if result.greenfield is not None:
        found.append(("bare land", result.greenfield))
    rows = []
    for name, outcome in found:
        report = outcome.report
        bound = "not known" if report.bound_musd is None else musd(report.bound_musd * 1e6)
        gap = "not known" if report.gap_frac is None else f"{report.gap_frac:.3%}"
        size = f"{report.rows:,} x {report.columns:,}, {report.integers:,} whole"
        proven = report.gap_frac is not None and report.gap_frac <= BEST
        status = "best" if proven else STATUSES.get(report.status, report.status.value)
        worth = musd(outcome.npv_musd * 1e6)
        rows.append((name, status, worth, bound, gap, f"{report.seconds:.1f}", f"{report.nodes:,}", size))
    columns = (
        *texts("search"), *shorts("status"), *numbers("MUSD", ["NPV", "bound"]), *numbers("", ["gap"]),
        *numbers("s", ["time"]), *numbers("", ["nodes"]), Column("rows x columns"),
    )  # fmt: skip
    asked = f"A gap of {result.asked_gap_frac:.2%} of NPV was asked for. {result.plan.report.solver}."
    return Table("Record of the searches", columns, tuple(rows), note=asked)


def versions(views: Views) -> Table:
    """Return the versions that made the result."""
    return Table("Versions", texts("package", "version"), tuple(sorted(views.result.versions.items())))
