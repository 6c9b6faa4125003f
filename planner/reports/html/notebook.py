"""What a notebook shows of a plan, a case or a judgement: a small piece of HTML, its names escaped."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.reports.decision import decision
from planner.reports.html import plan_tables
from planner.reports.html.figures import TITLES, Figure, figure_spec, figure_svg
from planner.reports.html.tables import Column, Table, numbers
from planner.reports.money import musd, signed_musd
from planner.results import Result
from planner.schemas import Case
from planner.views import Views
from planner.views.evaluation import EvaluationView


@dataclass(frozen=True)
class Note:
    """One output of a notebook cell."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()
    image: str = ""
    """A drawing as an address that holds it."""
    image_says: str = ""


def plan_html(result: Result) -> str:
    """Return the decision, its worth by line and the megawatts over time."""
    views = Views(result)
    svg = figure_svg(figure_spec(views, Figure.MEGAWATTS))
    image = f"data:image/svg+xml;base64,{b64encode(svg.encode('utf-8')).decode('ascii')}"
    worth = plan_tables.present_value(views)
    tables = () if worth is None else (worth,)
    return _html(Note(result.case.name, decision(views), tables, image=image, image_says=TITLES[Figure.MEGAWATTS]))


def case_html(case: Case, remarks: tuple[str, ...]) -> str:
    """Return what a case holds, with what is doubtful in it."""
    return _html(Note(case.name, (contents(case),), remarks=remarks))


def contents(case: Case) -> str:
    """Say what a case holds."""
    counts = {
        "hall": len(case.site.halls),
        "pad": len(case.site.pads),
        "design": len(case.designs),
        "offer": len({contract.offer for contract in case.contracts}),
        "ASIC class": len(case.fleet.classes),
    }
    return ", ".join(_count(number, what) for what, number in counts.items() if number) + "."


def _count(number: int, what: str) -> str:
    ending = "" if number == 1 else "es" if what.endswith("s") else "s"
    return f"{number} {what}{ending}"


def evaluation_html(shown: EvaluationView) -> str:
    """Return the verdict on a proposal, what it breaks, its worth beside the best plan's and why they differ."""
    tables = [_economics(shown)]
    if shown.causes:
        rows = tuple((row.cause, signed_musd(row.usd), row.words) for row in shown.causes)
        columns = (Column("cause"), *numbers("MUSD", ["worth less"]), Column("what is better"))
        tables.append(Table("Why the best plan is worth more", columns, rows))
    by = f"{shown.proposal}, by {shown.by}" if shown.by else shown.proposal
    broken = tuple(row.words for row in shown.broken)
    return _html(Note(by, (shown.verdict, *broken), tuple(tables), shown.notes))


def _economics(shown: EvaluationView) -> Table:
    columns = (Column("plan"), *numbers("MUSD", ["NPV", "against going on mining", "capital spent"]))
    rows = tuple(
        (row.what, musd(row.npv_usd), "" if row.gain_usd is None else signed_musd(row.gain_usd), musd(row.capex_usd))
        for row in shown.economics
    )
    return Table("Economics", columns, rows)


def _html(note: Note) -> str:
    environment = Environment(
        loader=PackageLoader("planner.reports.html"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("notebook.html.j2").render(note=note)
