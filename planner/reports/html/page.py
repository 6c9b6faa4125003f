"""The report as one HTML page: everything inside, nothing fetched, names of the case as text only."""

from __future__ import annotations

from enum import StrEnum

from planner import __version__
from planner.reports.decision import decision
from planner.reports.html.sections import sections
from planner.reports.html.shell import Tile, environment, own, plain, policy, style, template_text
from planner.reports.money import musd, mw, signed_musd
from planner.results import Result
from planner.views import Views
from planner.views.site_states import HallState, HallUse, SiteState, fullest, site_states, site_today


class Medium(StrEnum):
    """What the page is made for."""

    SCREEN = "screen"
    INTERACTIVE = "interactive"
    """A screen; marks of the charts tell their numbers under a pointer, by a script inside the page."""
    PAPER = "paper"


def report_page(result: Result, medium: Medium = Medium.SCREEN) -> str:
    """Return the page for a medium."""
    views = Views(result)
    states = site_states(views)
    chosen = fullest(states)
    is_interactive = medium is Medium.INTERACTIVE
    script = template_text("tips.js") if is_interactive else ""
    case = result.case
    return (
        environment(mw=mw, use=_use)
        .get_template("page.html.j2")
        .render(
            title=case.name,
            site_name=case.site.name,
            description=plain(case.description),
            decision=decision(views),
            tiles=_tiles(views),
            sections=sections(views, tells=is_interactive),
            before=site_today(views),
            states=states,
            chosen=chosen,
            printed={chosen, len(states) - 1},
            is_paper=medium is Medium.PAPER,
            policy=policy(script),
            style=style(_tabs(states)),
            script=own(script),
            version=__version__,
            created=result.created,
        )
    )  # fmt: skip


def _tabs(states: tuple[SiteState, ...]) -> str:
    """Return the rules that show the panel of the chosen date, without a script."""
    return "@media screen{" + "".join(f"#at-{i}:checked~.panel-{i}{{display:block}}" for i in range(len(states))) + "}"


def _tiles(views: Views) -> tuple[Tile, ...]:
    head = views.headline
    taken = [row for row in views.contracts if row.taken]
    tiles = [
        Tile("MUSD against going on mining", signed_musd(head.gain_usd)),
        Tile("MUSD, NPV of the plan", musd(head.npv_usd)),
        Tile("MW of critical IT", mw(sum(row.it_mw for row in taken))),
    ]
    if len(head.return_against_do_nothing.rates_frac) == 1:
        tiles.append(Tile("IRR against going on mining", head.return_against_do_nothing.words))
    if head.peak_funding_usd > 0:
        tiles.append(Tile("MUSD, peak funding", musd(head.peak_funding_usd)))
    gap = "not known" if head.gap_frac is None else f"{head.gap_frac:.2%}"
    return (*tiles, Tile("gap" if head.status == "optimal" else "gap, not proven", gap))


def _use(hall: HallState) -> str:
    """Say what a hall is used for."""
    if hall.use is HallUse.MINING:
        return f"mining, up to {mw(hall.mining_mw)} MW"
    if hall.use is HallUse.CONVERSION:
        to = f"for {mw(hall.it_mw)} MW of IT"
        if hall.is_pad:
            return f"being built {to}"
        return f"being converted {to}" + ("; machines still run" if hall.hashes_on else "")
    if hall.use is HallUse.AI:
        return f"AI, {mw(hall.it_mw)} MW of IT fitted"
    if hall.use is HallUse.WAITING:
        return f"{mw(hall.it_mw)} MW of IT fitted, no tenant"
    return "land" if hall.is_pad else "empty"
