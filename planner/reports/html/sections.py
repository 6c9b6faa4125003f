"""The sections of the report, each made only where the result has something to show in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from planner.reports.html import charts, charts_money, evidence_tables, plan_tables
from planner.reports.html.layout import Draft, Figure, Section, drawn
from planner.reports.html.place_map import place_map
from planner.reports.html.section_energy import carbon, onsite_power
from planner.reports.html.section_finance import financing
from planner.reports.money import day, musd, mw, signed_musd
from planner.reports.overrides import overrides_words
from planner.views import Views
from planner.views.cash import bridge, cash_years, funding
from planner.views.evidence import datasets, entries
from planner.views.greenfield import greenfield_view
from planner.views.limits import limit_periods
from planner.views.overrides import overrides_view
from planner.views.records import PlaceRow
from planner.views.schedule import schedule
from planner.views.site_states import period_megawatts
from planner.views.surroundings import surroundings

PLACE_WORDS = {"market": "Power market", "market.power.curve": "Power price"}
"""Figures of the place that are told beside its map, and their names there; the queues are told as well."""


def sections(views: Views, *, tells: bool) -> tuple[Section, ...]:
    """Return the sections in the order of the page."""
    makers: tuple[Callable[[Draft], Section | None], ...] = (
        _site, _megawatts, _schedule, _worth, _fixed, _cash, financing, _greenfield, _limits, _place,
        onsite_power, carbon, _evidence, _proof,
    )  # fmt: skip
    draft = Draft(views, tells)
    made = (make(draft) for make in makers)
    return tuple(section for section in made if section is not None)


def _site(draft: Draft) -> Section:
    views = draft.views
    table = (plan_tables.halls(views),) if views.conversions else ()
    return Section("site", "The site before and after", tables=table, is_site=True)


def _megawatts(draft: Draft) -> Section:
    views = draft.views
    rows = period_megawatts(views)
    is_mined = any(row.do_nothing_hashing_mw > charts.SHOWN_MW for row in rows)
    figure = drawn(
        draft, "mw", partial(charts.megawatts_chart, rows),
        "Megawatts by use over time; the table below has the numbers.",
        "MW at the meter in every period: what hashes, what AI load draws on the design day, and what nobody uses, "
        "under the contracted MW."
        + (" The dashed line is the mining that would go on without the plan." if is_mined else ""),
    )  # fmt: skip
    tables = (plan_tables.megawatts(views), plan_tables.machines(views))
    return Section("megawatts", "Megawatts by use", figures=(figure,), tables=tables)


def _schedule(draft: Draft) -> Section | None:
    views = draft.views
    plan = schedule(views)
    tables = (
        plan_tables.offers(views) if views.contracts else None,
        plan_tables.terms(views),
        plan_tables.requests(views) if views.upgrades else None,
    )
    if not plan.bars:
        return Section("schedule", "Offers and grid requests", tables=tables) if any(tables) else None
    figure = drawn(
        draft, "schedule", partial(charts.schedule_chart, plan),
        "Schedule of grid requests, building and service; the tables below have the dates.",
        "Queue and equipment run side by side from the request; the later one decides. Diamonds: power usable "
        "(grid requests), the date a tenant asks to be ready by (tenants). Bars end with the horizon, contracts may "
        "run on.",
    )  # fmt: skip
    return Section("schedule", "Schedule: grid, building, service", figures=(figure,), tables=tables)


def _worth(draft: Draft) -> Section:
    views = draft.views
    steps = bridge(views)
    figure = drawn(
        draft, "bridge", partial(charts_money.bridge_chart, steps),
        "From the present value of going on mining to that of the plan, step by step.",
        "Present value, MUSD. Tenants pay rents, GPU hours, damages owed to them and repaid power; mining given up is "
        "its revenue less its power and running cost, machines bought and sold included.",
    )  # fmt: skip
    return Section("worth", "Where the money comes from", figures=(figure,), tables=(plan_tables.present_value(views),))


def _fixed(draft: Draft) -> Section | None:
    view = overrides_view(draft.views.result)
    if view is None:
        return None
    text = (overrides_words(view), "What several decisions cost together need not be the sum of what each costs alone.")
    return Section("fixed", "Decisions fixed beforehand", text[: len(view.rows)], tables=(plan_tables.fixed(view),))


def _cash(draft: Draft) -> Section:
    views = draft.views
    years, head = cash_years(views), views.headline
    figure = drawn(
        draft, "cash", partial(charts_money.cash_chart, years, funding(views)),
        "Yearly and cumulative cash of the plan against going on mining; the table below has the numbers.",
        "The plan less going on mining, nominal MUSD within the horizon: bars by year, the line summed from the start.",
    )  # fmt: skip
    text = f"IRR against going on mining {head.return_against_do_nothing.words}; payback {head.payback}."
    if head.peak_funding_usd > 0:
        text += f" Funding is highest in {head.peak_funding_when}, at {musd(head.peak_funding_usd)} MUSD."
    text += f" Capital spent within the horizon, contributions and resale netted: {musd(head.capex_usd)} MUSD."
    return Section("cash", "Cash flow and funding", (text,), (figure,), (plan_tables.cash(years),))


def _greenfield(draft: Draft) -> Section | None:
    views = draft.views
    view = greenfield_view(views.result)
    if view is None:
        return None
    dates = "their dates moved by that wait" if view.offers_wait else "at their own dates"
    bare = (
        f"Bare land with the same offers, {dates}, waits {view.wait_months:.0f} months for "
        f"{mw(view.connection_mw)} MW and builds from scratch: "
    )
    if view.taken:
        bare += (
            f"its best plan is worth {musd(view.npv_usd)} MUSD, with first service on {day(view.first_service)} "
            f"for {', '.join(view.taken)}."
        )
    else:
        bare += "nothing is worth building there."
    worth = f"The energised site is worth {signed_musd(view.worth_usd)} MUSD more"
    if view.worth_usd_per_mw is not None:
        worth += f", {view.worth_usd_per_mw / 1e6:,.2f} MUSD for each of its {mw(view.energised_mw)} MW"
    room = "One of the two searches has no bound, so how far off this may be is not known."
    if view.least_worth_usd is not None and view.most_worth_usd is not None:
        room = (
            f"The gaps of the two searches leave room from {signed_musd(view.least_worth_usd)} to "
            f"{signed_musd(view.most_worth_usd)} MUSD."
        )
    return Section("greenfield", "What the energised megawatts are worth", (bare, f"{worth}. {room}"))


def _limits(draft: Draft) -> Section:
    views = draft.views
    rows = limit_periods(views)
    figures: tuple[Figure, ...] = ()
    if any(row.binds for row in rows):
        figures = (
            drawn(
                draft, "limits", partial(charts.limits_chart, rows),
                "Limits of the site and when they bind; the table below has the dates.",
                "While a strip is filled nothing is left of that limit.",
            ),
        )  # fmt: skip
    text = () if views.binding else ("None of the site's limits binds.",)
    return Section(
        "limits", "What binds, and when", text, figures, (plan_tables.binding(views), plan_tables.tightest(views))
    )


def _place(draft: Draft) -> Section | None:
    views = draft.views
    where = surroundings(views)
    table = evidence_tables.place(views)
    if where is None:
        return None if table is None else Section("place", "The place", tables=(table,))
    metros = ", ".join(f"{metro.name} {metro.km:,.0f} km" for metro in where.metros[:3])
    chart, key = place_map(where, tells=draft.tells)
    caption = f"Longitude {where.lon:.4f}, latitude {where.lat:.4f}. Nearest metros: {metros}."
    if key:
        caption += " States are coloured by what industry pays for power there on average, all charges included."
    label = f"Map of the site at longitude {where.lon:.3f}, latitude {where.lat:.3f}."
    text = tuple(_told(row) for row in views.place if row.subject in PLACE_WORDS or row.subject.startswith("queue "))
    return Section("place", "The place", text, (Figure(chart, label, caption, key),), (table,))


def _told(row: PlaceRow) -> str:
    """Say a figure of the place with how far to trust it, and whether layers disagree about it."""
    doubt = f"; {row.note}" if row.note.startswith("layers disagree") else ""
    return f"{PLACE_WORDS.get(row.subject, row.subject.capitalize())}: {row.value} (trust {row.trust}{doubt})."


def _evidence(draft: Draft) -> Section:
    views = draft.views
    tables = (
        evidence_tables.assumptions(views), evidence_tables.prices(views), evidence_tables.offer_terms(views),
        evidence_tables.catalogue(entries(views)),
        evidence_tables.datasets(datasets(views)), evidence_tables.sources(views),
    )  # fmt: skip
    return Section("evidence", "Assumptions and where they come from", tables=tables)


def _proof(draft: Draft) -> Section:
    views = draft.views
    text = "Checked outside the solver before this was shown: every limit, every whole number, every dollar."
    return Section(
        "proof", "How it was solved", (text,), tables=(evidence_tables.solver(views), evidence_tables.versions(views))
    )
