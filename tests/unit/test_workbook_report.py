"""The workbook: its values are the planner's, and its formulas give what the planner finds at moved assumptions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.cli import app
from planner.reports.workbook.files import write_workbook
from planner.reports.workbook.ledger import CASH_NAMES
from planner.results import Result, load, save
from planner.schemas import Case
from planner.schemas.market import DemandResponse
from planner.studies.levers import Lever, apply
from planner.studies.plan import PlanOptions, plan
from planner.studies.proposals.break_even import Held
from planner.translate import translate
from planner.views import Views
from planner.views.cash import cash_total, cash_years
from planner.views.finance import FinanceViews
from planner.views.responses import MovedPrices, Responses
from site_conversion.lines import Line
from site_conversion.solve import SolveOptions
from tests.programs import converted
from tests.unit.finance.test_flat_case import planned

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart" / "case.yaml"
EVIL = '=HYPERLINK("x") <script>alert(1)</script> مركز ' + 200 * "n"


def read(file: Path) -> Workbook:
    return openpyxl.load_workbook(file, data_only=True)


def named(book: Workbook, name: str) -> float | str:
    ((sheet, cell),) = book.defined_names[name].destinations
    value = book[sheet][cell].value
    assert isinstance(value, float | int | str)
    return value


def recalculated(file: Path, changes: Mapping[str, float]) -> Workbook:
    """Return the workbook after changes by hand, its stored values stripped and all formulas calculated anew."""
    book = openpyxl.load_workbook(file)
    for name, value in changes.items():
        ((sheet, cell),) = book.defined_names[name].destinations
        book[sheet][cell] = value
    stripped = file.parent / "stripped" / file.name
    stripped.parent.mkdir(exist_ok=True)
    book.save(stripped)
    return read(converted(stripped, "xlsx"))


def held(result: Result, case: Case) -> tuple[float, float]:
    """Return the planner's own value of the plan and of its twin in another case, in USD."""
    value, twin = Held(replace(result, case=case), SolveOptions()).values(Lever.RENT, 1.0)
    assert value is not None
    return value * 1e6, twin * 1e6


@pytest.fixture(scope="module")
def quickstart() -> Result:
    loaded = load_case(QUICKSTART)
    return plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.0)))


def test_the_stored_values_are_the_planners(small_result: Result, tmp_path: Path) -> None:
    write_workbook(small_result, tmp_path / "plan.xlsx")
    book, head = read(tmp_path / "plan.xlsx"), Views(small_result).headline
    assert named(book, "npv_plan") == pytest.approx(small_result.plan.npv_musd * 1e6, rel=1e-6)
    assert named(book, "npv_do_nothing") == pytest.approx(small_result.do_nothing.npv_musd * 1e6, rel=1e-6)
    assert named(book, "irr") == pytest.approx(head.return_against_do_nothing.rates_frac[0], rel=1e-6)
    assert named(book, "peak_funding") == pytest.approx(head.peak_funding_usd, rel=1e-6)
    assert named(book, "checks_all") == "OK"
    verdicts = [row[4].value for row in book["Checks"].iter_rows(min_row=5) if row[2].value is not None]
    assert len(verdicts) == small_result.instance.periods + 1 + 7 + 7
    assert set(verdicts) == {"OK"}
    lines = {"Revenue": Line.REVENUE, "Energy": Line.ENERGY, "Opex": Line.OPEX, "Capex": Line.CAPEX, "Tax": Line.TAX}
    cash = small_result.plan.cash_flow
    for page, line in lines.items():
        label = "income tax" if line is Line.TAX else f"total {line.value}"
        (total,) = [row[2].value for row in book[page].iter_rows() if row[0].value == label]
        tax = (cash["item"] == "income tax") if line is Line.TAX else cash["line"] == line.value
        assert total == pytest.approx(cash[tax]["musd"].sum() * 1e6, rel=1e-6)


def test_the_cash_flow_by_line_is_that_of_every_other_outlet(small_result: Result, tmp_path: Path) -> None:
    """What follows the horizon is told after its tax everywhere, and the tax without it."""
    write_workbook(small_result, tmp_path / "plan.xlsx")
    book, views = read(tmp_path / "plan.xlsx"), Views(small_result)
    totals = {row[0].value: row[2].value for row in book["Cash flow"].iter_rows(min_row=5) if row[2].value is not None}
    total = cash_total(cash_years(views))
    for line, usd in total.by_line.items():
        assert totals[CASH_NAMES.get(line, line.value)] == pytest.approx(usd, rel=1e-6, abs=1e-3)
    assert totals["net cash flow"] == pytest.approx(total.net_usd, rel=1e-6)


def test_every_figure_of_the_case_is_told_with_its_unit_and_origin(small_result: Result, tmp_path: Path) -> None:
    write_workbook(small_result, tmp_path / "plan.xlsx")
    rows = {row[0]: row[1:4] for row in read(tmp_path / "plan.xlsx")["Case"].iter_rows(min_row=5, values_only=True)}
    assert rows["contracts[l1].rent_usd_per_kw_month"] == (130, "USD/kW-month", "typed in the case")
    assert rows["study.queue_quantile_frac"] == (0.5, "share", "default of the planner")
    assert rows["market.power.curve[3].bins[0].usd_per_mwh"][:2] == (50, "USD/MWh")


def test_nothing_is_cut_in_a_cell(small_result: Result, tmp_path: Path) -> None:
    """A text longer than its column is broken, its row is high enough, and no number is wider than its column."""
    case = small_result.case
    contracts = tuple(offer.model_copy(update={"tenant": "A tenant of many words " * 8}) for offer in case.contracts)
    write_workbook(replace(small_result, case=case.model_copy(update={"contracts": contracts})), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    (cell, *_) = [row[1] for row in book["Site"].iter_rows() if str(row[1].value).startswith("A tenant")]
    assert cell.alignment.wrap_text
    assert book["Site"].row_dimensions[cell.row or 0].height >= 15 * 12
    heads = [cell for cell in book["Mining hours"][4] if cell.value]
    assert max(len(str(cell.value)) for cell in heads) > 14
    assert book["Mining hours"].row_dimensions[4].height >= 30


def test_the_formulas_give_the_stored_values(small_result: Result, tmp_path: Path) -> None:
    write_workbook(small_result, tmp_path / "plan.xlsx")
    stored, fresh = read(tmp_path / "plan.xlsx"), recalculated(tmp_path / "plan.xlsx", {})
    formulas = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    compared = 0
    for page in formulas:
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    before = stored[page.title][cell.coordinate].value
                    after = fresh[page.title][cell.coordinate].value
                    wanted = before if isinstance(before, str) else pytest.approx(before, rel=1e-6, abs=1e-3)
                    assert after == wanted, f"{page.title} {cell.coordinate}"
                    compared += 1
    assert compared > 500


def test_three_assumptions_moved_by_hand_give_the_planners_value(small_result: Result, tmp_path: Path) -> None:
    write_workbook(small_result, tmp_path / "plan.xlsx")
    book = recalculated(tmp_path / "plan.xlsx", {"lever_rents": 1.1, "lever_capex": 0.8, "lever_equipment": 1.2})
    case = apply(apply(small_result.case, Lever.RENT, 1.1), Lever.CAPEX, 0.8)
    case = apply(case, Lever.EQUIPMENT, 1.2)
    value, twin = held(small_result, case)
    assert named(book, "npv_plan") == pytest.approx(value, rel=1e-6)
    assert named(book, "npv_do_nothing") == pytest.approx(twin, rel=1e-6)
    assert named(book, "checks_all") == "assumptions moved"


def test_the_discount_rate_moves_all_but_the_value_at_the_horizon(small_result: Result, tmp_path: Path) -> None:
    """What follows the horizon stays valued at the rate of the plan, as with a tail rate of its own in the case."""
    write_workbook(small_result, tmp_path / "plan.xlsx")
    book = recalculated(tmp_path / "plan.xlsx", {"discount_rate": 0.13, "loss_offset_limit": 0.5})
    case = small_result.case
    rates = {"tail_discount_rate_frac": case.study.discount_rate_frac, "loss_offset_limit_frac": 0.5}
    case = case.model_copy(
        update={
            "study": case.study.model_copy(update={"discount_rate_frac": 0.13}),
            "finance": case.finance.model_copy(update=rates),
        }
    )
    value, twin = held(small_result, case)
    assert named(book, "npv_plan") == pytest.approx(value, rel=1e-6)
    assert named(book, "npv_do_nothing") == pytest.approx(twin, rel=1e-6)


@pytest.mark.parametrize("factors", [{"hashprice": 1.4}, {"hashprice": 0.7, "power": 0.9}], ids="-".join)
def test_machines_choose_their_hours_anew(quickstart: Result, tmp_path: Path, factors: dict[str, float]) -> None:
    """A MWh earns 100, then 50 USD and costs 30 or 130: at 1.4 the dear hours of the first year run as well."""
    write_workbook(quickstart, tmp_path / "plan.xlsx")
    book = recalculated(tmp_path / "plan.xlsx", {f"lever_{name}": factor for name, factor in factors.items()})
    case = quickstart.case
    for name, factor in factors.items():
        case = apply(case, Lever[name.upper()], factor)
    value, twin = held(quickstart, case)
    assert named(book, "npv_plan") == pytest.approx(value, rel=1e-6)
    assert named(book, "npv_do_nothing") == pytest.approx(twin, rel=1e-6)


CHANGES = {
    "quickstart": (
        {
            "contracts[*].rent_usd_per_kw_month*=": 1.2,
            "market.hashprice_scale_frac*=": 1.4,
            "finance.tax_rate_frac=": 0.3,
        },
        {"lever_rents": 1.2, "lever_hashprice": 1.4, "tax_rate": 0.3},
    ),
    "small": (
        {
            "contracts[*].rent_usd_per_kw_month*=": 1.2,
            "contracts[*].rate_usd_per_gpu_hour*=": 1.2,
            "study.discount_rate_frac=": 0.12,
            "finance.tail_discount_rate_frac=": 0.1,
            "finance.tax_rate_frac=": 0.25,
        },
        {"lever_rents": 1.2, "discount_rate": 0.12, "tax_rate": 0.25},
    ),
}
"""Three assumptions, as a command says them and as a reader types them.

The rents of the workbook are those of GPUs too, and its discount rate leaves that of the tail as it is.
"""


@pytest.mark.slow
@pytest.mark.parametrize("case", list(CHANGES))
def test_three_assumptions_moved_by_hand_give_what_evaluate_says(
    quickstart: Result, small_result: Result, small_path: Path, tmp_path: Path, case: str
) -> None:  # fmt: skip
    file, result = {"quickstart": (QUICKSTART, quickstart), "small": (small_path, small_result)}[case]
    said, typed = CHANGES[case]
    save(result, tmp_path / "plan")
    write_workbook(result, tmp_path / "plan.xlsx")
    book = recalculated(tmp_path / "plan.xlsx", typed)
    changes = [word for path, value in said.items() for word in ("--set", f"{path}{value}")]
    arguments = [
        "evaluate",
        str(file),
        str(tmp_path / "plan" / "result.json"),
        "--gap",
        "0",
        "--out",
        str(tmp_path / "new"),
    ]
    done = CliRunner().invoke(app, [*arguments, *changes])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "new" / "evaluation.json").read_text())["economics"][0]
    assert named(book, "npv_plan") == pytest.approx(told["npv_usd"], rel=1e-6)
    assert named(book, "npv_gain") == pytest.approx(told["gain_usd"], rel=1e-6)
    (rate,) = Views(load(tmp_path / "new" / "result.json")).headline.return_against_do_nothing.rates_frac
    assert named(book, "irr") == pytest.approx(rate, rel=1e-6)
    assert told["npv_usd"] != pytest.approx(result.plan.npv_musd * 1e6, rel=1e-3), "the changes move something"


def posted(result: Result, case: Case) -> float:
    """Return what the plan's decisions, megawatts that run among them, are worth in another case, in USD."""
    changed = replace(result, case=case, instance=translate(case))
    side = Responses(MovedPrices(changed), changed.plan)
    book = side._book()
    cash = np.sum(list(side._cells().values()), axis=0) - side._tax((book.income - book.write_off) * 1e6).usd
    return float(cash @ changed.instance.discount)


@pytest.mark.slow
def test_a_large_site_moves_as_its_ledger_does(tmp_path: Path) -> None:
    """Sixty prices a quarter, four classes of machines; any plan is good enough to be moved.

    Evaluating the moved case anew would also keep or sell machines at other times; here they stay as planned.
    """
    loaded = load_case(QUICKSTART.parents[1] / "denton" / "case.yaml")
    result = plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.2)))
    write_workbook(result, tmp_path / "plan.xlsx")
    book = recalculated(
        tmp_path / "plan.xlsx", {"lever_rents": 1.05, "lever_hashprice": 1.3, "lever_power": 0.9, "tax_rate": 0.25}
    )
    case = loaded.case
    for lever, factor in ((Lever.RENT, 1.05), (Lever.HASHPRICE, 1.3), (Lever.POWER, 0.9)):
        case = apply(case, lever, factor)
    case = case.model_copy(update={"finance": case.finance.model_copy(update={"tax_rate_frac": 0.25})})
    assert named(book, "npv_plan") == pytest.approx(posted(result, case), rel=1e-6)


def test_hours_that_are_paid_for_not_running_are_held(tmp_path: Path) -> None:
    """At a hashprice of 1.4 the first year's dear hours earn 140 against 130 USD, but a programme pays 20 for them."""
    case = load_case(QUICKSTART).case
    paid = case.market.model_copy(update={"demand_response": (DemandResponse(name="paid", usd_per_mwh_curtailed=1.0),)})
    result = plan(case.model_copy(update={"market": paid}), {}, PlanOptions(SolveOptions(gap_frac=0.0)))
    twin = Responses(MovedPrices(result), result.do_nothing)
    assert not twin.chosen
    trial = twin.trial(Lever.HASHPRICE, 1.4)
    first_year = 40 * 8760 * 0.1 * (10 - 1)
    shares = twin.instance.discount[:4] * twin.instance.hours[:4] / 8760
    assert trial.chosen_usd - trial.held_usd == pytest.approx(first_year * shares.sum(), rel=1e-6)
    assert twin.bent[Lever.HASHPRICE] == ("demand response", "hashing miner", "power of ASICs")
    write_workbook(result, tmp_path / "plan.xlsx")
    text = [row[0].value for row in read(tmp_path / "plan.xlsx")["Assumptions"].iter_rows()]
    assert any("machines keep the hours they run in the plan" in str(words) for words in text)


def test_hours_of_the_workbook_are_the_planners(quickstart: Result, tmp_path: Path) -> None:
    """Every hour is priced as in the arrays, so that nothing is left that bends."""
    for outcome in (quickstart.plan, quickstart.do_nothing):
        side = Responses(MovedPrices(quickstart), outcome)
        assert side.chosen
        assert not any(side.bent.values())
        assert side.adds_up


def test_an_hour_on_the_edge_stays_as_planned(quickstart: Result) -> None:
    """At 62.4 USD a MWh earns the 130 USD that it costs in the dear hours: just above they would run, just below not.

    Either way no line jumps: a lever of 2 adds at most the first year's revenue of all hours.
    """
    market = quickstart.case.market
    points = tuple(point.model_copy(update={"usd_per_ph_day": 62.4}) for point in market.hashprice.forward_curve or ())
    price = market.hashprice.model_copy(update={"forward_curve": points})
    case = quickstart.case.model_copy(update={"market": market.model_copy(update={"hashprice": price})})
    result = plan(case, {}, PlanOptions(SolveOptions(gap_frac=0.0)))
    twin = Responses(MovedPrices(result), result.do_nothing)
    added = twin._slope(Lever.HASHPRICE)
    revenue = added[Line.REVENUE, "hashing miner"]
    assert 40 * 8760 * 0.9 * 130 * (1 - 1e-6) <= revenue[:4].sum() <= 40 * 8760 * 130 * (1 + 1e-6)
    assert (Line.ENERGY, "power of ASICs") not in added


def test_cover_of_the_loan_follows_the_rent(tmp_path: Path) -> None:
    """Drawn as planned: a tenth more rent adds a tenth of the rent to the cash, and nothing to the debt service."""
    result = planned()
    write_workbook(result, tmp_path / "plan.xlsx")
    finance = FinanceViews(result)
    assert finance.loan is not None
    assert named(read(tmp_path / "plan.xlsx"), "dscr_least") == pytest.approx(finance.loan.least_cover, rel=1e-6)
    told = {row[0]: row[3] for row in read(tmp_path / "plan.xlsx")["Assumptions"].iter_rows(values_only=True)}
    assert (told["Cover asked of the loan"], told["Loan sized anew"]) == ("times", "1 or 0")
    book = recalculated(tmp_path / "plan.xlsx", {"lever_rents": 1.1, "loan_resized": 0})
    rent = 87.6 * 12 * 10_000
    least = min((row.cash_usd + 0.1 * rent) / row.service_usd for row in finance.cover_by_year)
    assert named(book, "dscr_least") == pytest.approx(least, rel=1e-6)


def test_names_are_text(small_result: Result, tmp_path: Path) -> None:
    case = small_result.case
    contracts = tuple(offer.model_copy(update={"tenant": EVIL}) for offer in case.contracts)
    evil = replace(small_result, case=case.model_copy(update={"name": EVIL, "contracts": contracts}))
    write_workbook(evil, tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    texts = [cell for page in book for row in page.iter_rows() for cell in row if cell.value == EVIL]
    assert len(texts) == 1 + 2 * len(case.contracts)
    assert {cell.data_type for cell in texts} == {"s"}
    assert all(page.page_setup.orientation == "landscape" and page.print_title_rows for page in book)


def test_a_plan_that_goes_on_mining_has_a_workbook(quickstart: Result, tmp_path: Path) -> None:
    """Nothing is gained and no rate of return is defined."""
    write_workbook(replace(quickstart, plan=quickstart.do_nothing), tmp_path / "plan.xlsx")
    book = read(tmp_path / "plan.xlsx")
    assert named(book, "npv_gain") == pytest.approx(0.0, abs=1e-3)
    assert "irr" not in book.defined_names
    assert named(book, "checks_all") == "OK"


def test_the_command_writes_it(small_result: Result, tmp_path: Path) -> None:
    save(small_result, tmp_path)
    target = tmp_path / "plan.xlsx"
    done = CliRunner().invoke(app, ["report", str(tmp_path / "result.json"), "--xlsx", str(target)])
    assert done.exit_code == 0, done.output
    assert named(read(target), "checks_all") == "OK"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    wrong = CliRunner().invoke(app, ["report", str(tmp_path / "result.json"), "--xlsx", str(tmp_path / "plan.xls")])
    assert wrong.exit_code == 2
