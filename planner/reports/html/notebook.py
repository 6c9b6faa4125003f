"""What a notebook shows of a plan, a case, a judgement or a what-if: a small piece of HTML, its names escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.reports import comparison, fronts, near_best
from planner.reports.decision import decision
from planner.reports.html import plan_tables
from planner.reports.html.chart_front import front_spec
from planner.reports.html.comparison_page import side_table
from planner.reports.html.drawing import Spec
from planner.reports.html.figures import TITLES, Figure, figure_spec, figure_svg
from planner.reports.html.layout import Section
from planner.reports.html.tables import Column, Table, numbers, table_of_cells, texts
from planner.reports.html.why_page import why_sections
from planner.reports.money import fit_for, musd, signed_musd
from planner.reports.sweep import tables as sweep_tables
from planner.reports.sweep.words import pin_sentence, record, sentences
from planner.results import Result
from planner.schemas import Case
from planner.views import Views
from planner.views.comparison_records import ComparisonView
from planner.views.evaluation import EvaluationView
from planner.views.fronts import FrontView
from planner.views.near_best import AlternativesView
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.why import WhyView


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
    image = _image(figure_spec(views, Figure.MEGAWATTS))
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


def why_html(shown: WhyView) -> str:
    """Return what binds, what offers lack and bear, what more is worth."""
    sentence = f"The plan is worth {musd(shown.npv_usd)} MUSD; {shown.proof}."
    return _html(Note(shown.case, (sentence,), tuple(_in_tables(why_sections(shown))), shown.notes))


def _in_tables(sections: Iterable[Section]) -> Iterator[Table]:
    """Yield the tables of sections, and their words as one: what each speaks of, and what it says."""
    for section in sections:
        yield from (table for table in section.tables if table is not None)
        if section.text:
            parts = (words.partition(": ") for words in section.text)
            yield Table(section.title, texts("", ""), tuple((head, rest) for head, _, rest in parts))


def alternatives_html(shown: AlternativesView) -> str:
    """Return the plans that are nearly as good, what all do and what tells them apart."""
    common = tuple(f"{head} {rest}" for head, rest in near_best.common_words(shown))
    plans = table_of_cells(near_best.PLANS_TITLE, *near_best.plan_cells(shown))
    sentences = (near_best.worth_words(shown), *common, *near_best.difference_words(shown))
    told = (near_best.DIFFERS,) if len(shown.plans) > 1 else ()
    return _html(Note(shown.case, (*sentences, *told), (plans,), shown.notes))


def front_html(shown: FrontView) -> str:
    """Return the points of a front and their drawing."""
    title = f"{shown.case}: NPV against {shown.axis.title}"
    stress = (f"Stress: {shown.stress}.",) if shown.stress else ()
    points = table_of_cells("Front", *fronts.point_cells(shown))
    image = _image(front_spec(shown))
    return _html(Note(title, (*stress, fronts.twin_words(shown)), (points,), shown.notes, image, title))


def comparison_html(shown: ComparisonView) -> str:
    """Return what differs between plans; what does not is left out."""
    sides = tuple(side_table(side) for side in comparison.tables(shown, whole=False))
    return _html(Note(" | ".join(shown.labels), comparison.sentences(shown), sides))


def sweep_html(shown: SweepAnalysis) -> str:
    """Return what a sweep tells: its sentences, what to pin down first, the tornado or the samples, groups of plans."""
    with fit_for(shown.largest_usd):
        pin = pin_sentence(shown)
        told = (*sentences(shown), *([pin] if pin else []))
        makers = (sweep_tables.pinned, sweep_tables.tornado, sweep_tables.influences, sweep_tables.effects,
                  sweep_tables.regions, sweep_tables.flips)  # fmt: skip
        found = tuple(table for make in makers if (table := make(shown)) is not None)
        title = f"{shown.table.name}: {shown.table.case}"
        return _html(Note(title, told, found or (sweep_tables.points(shown),), record(shown)))


def _image(spec: Spec) -> str:
    """Return a drawing as an address that holds it."""
    return f"data:image/svg+xml;base64,{b64encode(figure_svg(spec).encode('utf-8')).decode('ascii')}"


def _html(note: Note) -> str:
    environment = Environment(
        loader=PackageLoader("planner.reports.html"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("notebook.html.j2").render(note=note)
