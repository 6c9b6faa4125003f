"""The report as one HTML page: everything inside, nothing fetched, names of the case as text only."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from planner import __version__
from planner.reports.decision import decision
from planner.reports.html.layout import Section
from planner.reports.html.palette import style_rules
from planner.reports.html.sections import sections
from planner.reports.money import fit_for, musd, mw, signed_musd
from planner.results import Result
from planner.views import Views
from planner.views.site_states import HallState, HallUse, SiteState, fullest, site_states, site_today

PACKAGE = "planner.reports.html"
STATIC_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

GAPS = {"optimal": "gap", "chosen": "gap to the best possible"}
"""What the gap of a plan is called, by how its search ended."""

LONGEST_WORD = 24
"""Letters of a word that a table keeps whole."""


class Medium(StrEnum):
    """What the page is made for."""

    SCREEN = "screen"
    INTERACTIVE = "interactive"
    """A screen; marks of the charts tell their numbers under a pointer, by a script inside the page."""
    PAPER = "paper"


@dataclass(frozen=True)
class Tile:
    """A number at the head of the page."""

    name: str
    value: str


def report_page(result: Result, medium: Medium = Medium.SCREEN) -> str:
    """Return the page for a medium."""
    views = Views(result)
    with fit_for(views.size_usd):
        return _page(result, views, medium)


def _page(result: Result, views: Views, medium: Medium) -> str:
    states = site_states(views)
    chosen = fullest(states)
    is_interactive = medium is Medium.INTERACTIVE
    script = _template_text("tips.js") if is_interactive else ""
    case = result.case
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=case.name,
            kind="Conversion plan" if case.site.name == case.name else f"Conversion plan for {case.site.name}",
            description=_plain(case.description),
            decision=decision(views),
            tiles=_tiles(views),
            sections=sections(views, tells=is_interactive),
            before=site_today(views),
            states=states,
            chosen=chosen,
            printed={chosen, len(states) - 1},
            is_paper=medium is Medium.PAPER,
            policy=_policy(script),
            style=_own(style_rules() + _template_text("style.css") + _tabs(states)),
            script=_own(script),
            version=__version__,
            source=f"Result of {result.created}",
        )
    )  # fmt: skip


def plain_page(
    title: str,
    kind: str,
    sentences: tuple[str, ...],
    parts: tuple[Section, ...],
    source: str,
    tiles: tuple[Tile, ...] = (),
    *,
    tells: bool = False,
) -> str:
    """Return a page in the look of the report; `tells`: the marks of its charts tell their numbers under a pointer."""
    script = _template_text("tips.js") if tells else ""
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            kind=kind,
            description="",
            decision=sentences,
            tiles=tiles,
            sections=parts,
            is_paper=False,
            policy=_policy(script),
            style=_own(style_rules() + _template_text("style.css")),
            script=_own(script),
            version=__version__,
            source=source,
        )
    )  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update({"drawn": _own, "mw": mw, "use": _use})
    environment.tests["long"] = _has_long_word
    return environment


def _has_long_word(text: str) -> bool:
    """Whether a cell needs to be broken inside a word, lest it squeeze or overrun the others."""
    return any(len(word) > LONGEST_WORD for word in text.split())


def _own(text: str) -> Markup:
    """Return what the planner itself wrote, style, script and drawings, to stand in the page as it is."""
    return Markup(text)  # noqa: S704 - names of a case are escaped inside drawings, and in no style or script


def _template_text(name: str) -> str:
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Return the content policy: nothing is fetched, and no script runs but the page's own."""
    if not script:
        return STATIC_POLICY
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"{STATIC_POLICY}; script-src 'sha256-{digest}'"


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
    return (*tiles, Tile(GAPS.get(head.status, "gap, not proven"), gap))


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


def _plain(text: str) -> str:
    """Return text of several lines as one paragraph, without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
