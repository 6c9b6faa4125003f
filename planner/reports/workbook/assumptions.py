"""The assumptions: cells that move the formulas, how far they are exact, and where the case's figures come from."""

from __future__ import annotations

from planner.reports.workbook import case_page
from planner.reports.workbook.ledger import LEVER_NAMES
from planner.reports.workbook.pages import INPUT, USD, Book, Page
from planner.schemas import Case
from planner.studies.levers import Lever
from planner.views import Views
from planner.views.evidence import datasets, entries
from planner.views.responses import HOURS, Responses

NAME = "Assumptions"
MEANINGS = {
    Lever.HASHPRICE: "Times the hashprice of every date.",
    Lever.RENT: "Times every rent, GPU rate, rental of rigs and hosting fee.",
    Lever.EQUIPMENT: "Times the price of GPUs, of work on rigs and of power made on the site, and what they fetch.",
    Lever.CAPEX: "Times the cost of conversions, cooling, shells and grid requests.",
    Lever.POWER: "Times energy prices, delivery, demand and coincident-peak charges.",
}
UNITS = {"loan_resized": "1 or 0", "loan_least_dscr": "times"}
"""Of the assumptions that are neither a lever, in times, nor a share."""
TRIALS = (0.8, 0.9, 1.1, 1.25)


def _rates(case: Case) -> tuple[tuple[str, str, float, str], ...]:
    tail = case.finance.tail_discount_rate_frac or case.study.discount_rate_frac
    return (
        (
            "discount_rate",
            "Discount rate",
            case.study.discount_rate_frac,
            f"Yearly, of every column. What follows the horizon stays valued to its end at {tail:.2%}.",
        ),
        ("tax_rate", "Tax rate", case.finance.tax_rate_frac, "Share of taxable income."),
        (
            "loss_offset_limit",
            "Loss offset limit",
            case.finance.loss_offset_limit_frac,
            "Share of a year's taxable income that earlier losses may offset.",
        ),
    )


def write_assumptions(
    book: Book, views: Views, sides: tuple[Responses, Responses], more: tuple[tuple[str, str, float, str], ...]
) -> str:
    """Write the page and return the formula that is true while no assumption is moved."""
    page = Page(book, NAME, "Assumptions", "Change the yellow cells; the decisions of the plan stay as they are.")
    page.wide(0, 0, 44)
    page.wide(1, 1, 32)
    page.wide(2, 3, 18)
    page.wide(4, 4, 90)
    # further down are other tables: their heads would be repeated wrongly
    page.sheet.repeat_rows(0, 1)
    heads = ("assumption", "value now", "in the plan", "unit", "meaning")
    rows = [(LEVER_NAMES[lever], lever.value, 1.0, MEANINGS[lever]) for lever in sides[0].moved.levers]
    rows += [*_rates(views.result.case), *more]
    plan, twin = sides
    first, _ = page.table(heads, [(words, "", value, "", meaning) for _, words, value, meaning in rows], "factor")
    same = []
    for n, (name, _, value, _) in enumerate(rows):
        page.put(first + n, 1, value, INPUT)
        page.put(first + n, 3, UNITS.get(name, "times" if name.startswith("lever") else "share"), "text")
        book.name(name, page.cell(first + n, 1))
        same.append(f"{name}={page.cell(first + n, 2)}")
    page.sheet.data_validation(
        first, 1, first + len(rows) - 1, 1,
        {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 10,
         "error_title": "Not a factor or a share", "error_message": "Write a number from 0 to 10."},
    )  # fmt: skip
    _write_limits(page, plan, twin, has_live_loan=bool(more))
    _write_trials(page, plan, twin)
    _write_sources(page, views)
    return f"AND({','.join(same)})"


def _write_limits(page: Page, plan: Responses, twin: Responses, *, has_live_loan: bool) -> None:
    page.section("What the formulas hold")
    page.text("Which halls, contracts, upgrades and machines, when, and the megawatts that run: as in the plan.")
    if plan.chosen or twin.chosen:
        page.text(
            "The hours of the site's own machines are chosen anew, month by month, on the page Mining hours, "
            "where what each class earns may be changed too."
        )
    if plan.moved.result.case.finance.debt is not None and not has_live_loan:
        page.text("A loan is held as agreed: its size, its repayment and its interest do not move.")
    for lever in plan.moved.levers:
        bent = sorted({*plan.bent[lever], *twin.bent[lever]})
        if not bent:
            page.text(f"{lever.value}: exact at every level tried.")
        elif lever in HOURS and not (plan.chosen or twin.chosen):
            page.text(
                f"{lever.value}: machines keep the hours they run in the plan, so the sheet says too little where they "
                f"would run other hours; this concerns {', '.join(bent)}."
            )
        else:
            page.text(
                f"{lever.value}: good near 1 only, as hours or dates of other amounts change further away; this "
                f"concerns {', '.join(bent)}."
            )
    if not (plan.adds_up and twin.adds_up):
        page.text("Some amounts depend on two factors at once: move one factor at a time.")


def _write_trials(page: Page, plan: Responses, twin: Responses) -> None:
    heads = ("factor", "level", "this workbook", "planner, hours chosen anew at the same megawatts", "whose")
    rows = []
    for lever in plan.moved.levers:
        for level in TRIALS if plan.bent[lever] or twin.bent[lever] else ():
            for whose, side in (("plan", plan), ("going on mining", twin)):
                trial = side.trial(lever, level)
                rows.append((lever.value, f"{level:g}", trial.held_usd, trial.chosen_usd, whose))
    if rows:
        page.section("How far the straight lines hold: NPV in USD of the plan and of going on mining")
        page.table(heads, rows, USD)


def _write_sources(page: Page, views: Views) -> None:
    page.section("Where the figures come from")
    page.text(f"Every figure of the case, with its unit, its origin and its meaning: page {case_page.NAME}.")
    if views.place:
        page.section("What the location gives")
        page.table(
            ("field", "value", "trust", "as of", "source"),
            [(row.subject, row.value, row.trust, row.as_of, row.source) for row in views.place],
        )
    found = entries(views)
    if found:
        page.section("Catalogue entries")
        page.table(
            ("field", "entry", "basis", "as of", "source"),
            [(row.field, row.entry, row.basis, row.as_of, row.source) for row in found],
        )
    bundled = datasets(views)
    if bundled:
        page.section("Datasets")
        page.table(
            ("name", "begin of its sha256", "as of", "installed here", "title; licence"),
            [
                (row.name, row.sha256[:24], row.as_of, "the same" if row.is_same else "another",
                 f"{row.title}; {row.licence}")
                for row in bundled
            ],
        )  # fmt: skip
