"""`python -m tests.bench.sweep` times the two hundred what-ifs of Denton, beside ten of them rebuilt with stock Pyomo.

The product's points run as `planner sweep` runs them, on two processes: seconds on the clock from the sweep file to
the table, and of the processors, which other work on the machine does not lengthen. The points rebuilt are the first
of the same sweep, one after the other in this process: the case is translated, the model and its do-nothing twin are
written in ordinary Pyomo (see `plain`) and solved through Pyomo's stock HiGHS interface with one thread and the same
gap. Both values of a point must lie within the other's proof.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from pyomo.contrib.solver.solvers.highs import Highs as StockHighs

from planner.case_file import open_case
from planner.case_file.sweep import SweepFile, read_sweep
from planner.schemas import Case
from planner.studies.sweeps.cases import BaseCase, PointCase, point_cases
from planner.studies.sweeps.journal import Journal
from planner.studies.sweeps.outcome import PointFigures, PointStatus
from planner.studies.sweeps.points import points_of
from planner.studies.sweeps.pool import ProcessPool
from planner.studies.sweeps.run import SweepOptions, SweepProgress, sweep
from planner.studies.sweeps.table import SweepRow
from planner.translate import translate
from planner.views.sweep import figures
from site_conversion import assemble
from site_conversion.instance import Instance
from site_conversion.solve import SolveOptions
from tests.bench.plain import plainly_written
from tests.bench.run import machine, markdown_table

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/denton"
GAP_FRAC = 0.005


@dataclass(frozen=True)
class Stock:
    """One point by the stock interface; amounts in USD."""

    point: int
    cpu_seconds: float
    npv_usd: float | None
    bound_usd: float | None
    is_proven: bool


def by_stock(case: PointCase, limit_s: float) -> Stock:
    """Build plainly and solve one point and its twin."""
    begun = time.process_time()
    instance = translate(Case.model_validate_json(case.case_json))
    _solved(instance.do_nothing(), 0.0, limit_s)
    npv, bound = _solved(instance, GAP_FRAC, limit_s)
    is_proven = npv is not None and bound is not None and bound - npv <= 1.01 * GAP_FRAC * abs(npv)
    return Stock(case.point.number, time.process_time() - begun, npv, bound, is_proven)


def _solved(instance: Instance, gap_frac: float, limit_s: float) -> tuple[float | None, float | None]:
    with plainly_written():
        model = assemble.build(instance).model
        solver = StockHighs()
        solver.config.threads, solver.config.rel_gap, solver.config.time_limit = 1, gap_frac, limit_s
        solver.config.load_solutions = solver.config.raise_exception_on_nonoptimal_result = False
        found = solver.solve(model)
    amounts = (found.incumbent_objective, found.objective_bound)
    return tuple(None if usd is None else float(usd) * 1e6 for usd in amounts)  # type: ignore[return-value]


def by_product(
    read: SweepFile, base: BaseCase, workers: int, limit_s: float, out: Path
) -> tuple[float, tuple[SweepRow, ...]]:
    """Return seconds on the clock and the rows; a folder with a journal goes on where it was."""
    begun = time.perf_counter()
    options = SweepOptions(SolveOptions(gap_frac=GAP_FRAC, time_limit_s=limit_s))
    with Journal(out) as journal:
        swept = sweep(read, base, ProcessPool(workers), journal, figures, options, _tell)
    return time.perf_counter() - begun, swept.table.rows


def _tell(progress: SweepProgress) -> None:
    print(f"{progress.seconds:7.0f} s   {progress.done} of {progress.total}", file=sys.stderr, flush=True)


def report(seconds: float, rows: Sequence[SweepRow], stocks: Sequence[Stock], workers: int) -> str:
    """Return the table, as Markdown, and what the points came to."""
    solved = [row.outcome for row in rows]
    stopped = sum(outcome.status is not PointStatus.OPTIMAL for outcome in solved)
    same = [solved[stock.point].cpu_seconds for stock in stocks]
    head = ("what-ifs of Denton, each to 0.5 %", "processes", "points", "processor, s", "mean of a point, s", "stopped")
    each, left = [outcome.cpu_seconds for outcome in solved], sum(not stock.is_proven for stock in stocks)
    by_stock = [stock.cpu_seconds for stock in stocks]
    lines = [
        ("planner sweep", workers, len(rows), sum(each), mean(each), stopped),
        ("of these the points below", workers, len(same), sum(same), mean(same), "-"),
        ("rebuilt in plain Pyomo, stock interface", 1, len(stocks), sum(by_stock), mean(by_stock), left),
    ]
    cells: list[tuple[str, ...]] = [
        (name, str(n), str(count), f"{total:.0f}", f"{one:.1f}", str(left))
        for name, n, count, total, one, left in lines
    ]
    marks = len({outcome.plan for outcome in solved if outcome.plan})
    told = [
        markdown_table(head, cells),
        f"{marks} different plans; planner sweep took {seconds:.0f} s on the clock; {machine()}",
    ]
    apart = [stock.point for stock in stocks if not agree(stock, solved[stock.point].figures)]
    told.append(f"values outside the other's proof: {apart or 'none'}")
    return "\n".join(told)


def agree(stock: Stock, ours: PointFigures | None) -> bool:
    """Whether neither value is above what the other proves."""
    if ours is None or stock.npv_usd is None:
        return ours is None and stock.npv_usd is None
    theirs_most = float("inf") if stock.bound_usd is None else stock.bound_usd
    ours_most = float("inf") if ours.npv_bound_usd is None else ours.npv_bound_usd
    room = 1e-6 * abs(ours.npv_usd)
    return stock.npv_usd <= ours_most + room and ours.npv_usd <= theirs_most + room


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=None, help="what-ifs beside the base case (the file's 199)")
    parser.add_argument("--stock", type=int, default=10, help="points rebuilt with stock Pyomo")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a solve is stopped")
    parser.add_argument("--out", type=Path, default=None, help="folder of a journal: a stopped run goes on")
    chosen = parser.parse_args()
    read, base = read_sweep(EXAMPLE / "sweep.yaml"), BaseCase(open_case(EXAMPLE / "case.yaml"))
    if chosen.points is not None:
        fewer = read.sweep.design.model_copy(update={"count": chosen.points})
        read = SweepFile(read.sweep.model_copy(update={"design": fewer}), read.source)
    with tempfile.TemporaryDirectory() as folder:
        out = chosen.out or Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        seconds, rows = by_product(read, base, chosen.workers, chosen.limit, out)
    stocks = []
    for case in point_cases(points_of(read.sweep), base, read)[: chosen.stock]:
        stocks.append(by_stock(case, chosen.limit))
        print(f"point {case.point.number}, stock: {stocks[-1].cpu_seconds:.1f} s", file=sys.stderr, flush=True)
    print(report(seconds, rows, stocks, chosen.workers))
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
