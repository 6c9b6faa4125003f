"""Time the product on the benchmark suite, beside the textbook formulation and Pyomo's stock HiGHS interface.

Every time is CPU seconds of this process. On a quiet machine that is the time on the clock, as one thread
solves; on a busy one it is steadier. A solve ends at a gap of 0.5 % or at its limit. The product starts, as
`planner plan` does, from the plan of going on mining, and so does the textbook model.

Hand-over is all that lies between a Pyomo model and a model inside HiGHS. For the product that is compiling
and passing arrays. For the stock interface (`SolverFactory("highs")`, Pyomo's newer one; "appsi_highs" is 1 to 3 %
slower) it is writing the rows as Pyomo expressions, which its user's model would have been made of, and its
`set_instance`, which adds every variable and constraint to HiGHS and does not solve. A third path is what one who
does not think of speed would have: the same model in ordinary Pyomo (see `plain`), through the stock interface.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
from pyomo.contrib.solver.solvers.highs import Highs as StockHighs
from pyomo.environ import Constraint

from planner.case_file import load_case, open_case
from planner.case_file.sweep import read_sweep
from planner.schemas import Case
from planner.studies.sweeps.cases import BaseCase, point_cases
from planner.studies.sweeps.points import points_of
from planner.translate import translate
from site_conversion import assemble, handover, highs, solution, solve, warm_start
from site_conversion.handover import Arrays
from site_conversion.instance import Instance
from site_conversion.rows import no_garbage_collection
from tests.bench import textbook
from tests.bench.generator import SUITE, generated_case
from tests.bench.plain import plainly_written

T = TypeVar("T")
EXAMPLE, SWEEP = Path("examples/denton/case.yaml"), Path("examples/denton/sweep.yaml")
GAP_FRAC = 0.005
SHIFT_S = 1.0
"""Shift of the geometric mean, so that hundredths of a second do not decide it."""


@dataclass(frozen=True)
class Formulation:
    """One formulation of one site: its size, its root bound and how its solve went."""

    rows: int
    columns: int
    integers: int
    nonzeros: int
    build_s: float
    compile_s: float
    pass_s: float
    solve_s: float
    capped: bool
    nodes: int
    objective_musd: float | None
    bound_musd: float | None
    root_musd: float

    @property
    def hand_over_s(self) -> float:
        """From the Pyomo model to a model inside HiGHS."""
        return self.compile_s + self.pass_s


@dataclass(frozen=True)
class Record:
    """All that was measured on one site. `textbook` is None where it was left out."""

    name: str
    translate_s: float
    read_s: float
    product: Formulation
    textbook: Formulation | None
    stock_hand_over_s: float
    plain_s: float
    """Building and handing over the same model written in ordinary Pyomo."""
    repeats: int

    @property
    def best_musd(self) -> float:
        """Value of the best plan that either formulation found."""
        found = [self.product.objective_musd, self.textbook.objective_musd if self.textbook else None]
        return max(value for value in found if value is not None)

    def root_gap_frac(self, formulation: Formulation) -> float:
        """How far the linear relaxation is above the best known plan."""
        return (formulation.root_musd - self.best_musd) / abs(self.best_musd)


def textbook_arrays(model: Any) -> Arrays:
    """Return the textbook model as arrays, compiled exactly as the product's."""
    return handover.compile_arrays(SimpleNamespace(model=model))  # type: ignore[arg-type]


def shifted_geometric_mean(seconds: Iterable[float]) -> float:
    """Return exp(mean(log(t + 1 s))) - 1 s."""
    return float(np.exp(np.mean(np.log(np.array(list(seconds)) + SHIFT_S))) - SHIFT_S)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _root_musd(arrays: Arrays) -> float:
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    report, _ = solve.solve(relaxed, solve.SolveOptions())
    if report.objective_musd is None:
        raise RuntimeError("the linear relaxation has no optimum")
    return report.objective_musd


def _pass(arrays: Arrays) -> None:
    highs._pass(highs._highs(solve.SolveOptions()), arrays)


def _measure(
    build: Callable[[], Any],
    compiled: Callable[[Any], Arrays],
    solved: Callable[..., tuple[solve.SolveReport, Any]],
    limit_s: float,
    repeats: int,
) -> tuple[Formulation, Any, Arrays, Any]:
    """Build, hand over and solve; every time is the median of the repeats, each with its own seed."""
    times: list[tuple[float, float, float, float]] = []
    options = solve.SolveOptions(gap_frac=GAP_FRAC, time_limit_s=limit_s)
    capped = False
    for seed in range(repeats):
        build_s, built = _timed(build)
        compile_s, arrays = _timed(lambda built=built: compiled(built))  # type: ignore[misc]
        pass_s, _ = _timed(lambda arrays=arrays: _pass(arrays))  # type: ignore[misc]
        start = warm_start.nothing_taken(arrays)
        solve_s, (report, x) = _timed(
            lambda arrays=arrays, seed=seed, start=start: solved(  # type: ignore[misc]
                arrays, replace(options, seed=seed), start=start
            )
        )
        capped = capped or report.status is solve.Status.TIME_LIMIT
        times.append((build_s, compile_s, pass_s, min(solve_s, limit_s)))
    measured = Formulation(
        rows=report.rows,
        columns=report.columns,
        integers=report.integers,
        nonzeros=report.nonzeros,
        build_s=median(row[0] for row in times),
        compile_s=median(row[1] for row in times),
        pass_s=median(row[2] for row in times),
        solve_s=median(row[3] for row in times),
        capped=capped,
        nodes=report.nodes,
        objective_musd=report.objective_musd,
        bound_musd=report.bound_musd,
        root_musd=_root_musd(arrays),
    )
    return measured, built, arrays, x


def _stock_hand_over_s(instance: Instance, repeats: int) -> float:
    """Median time until Pyomo's stock interface has the product's model in HiGHS.

    The rows are written as expressions first, as they would be in a model made for that interface; the garbage
    collector is off for that, as for our own build. What is alive before is hidden from the collector, so that
    only the interface's own objects count.
    """
    times = []
    for _ in range(repeats):
        built = assemble.build(instance)
        gc.collect()
        gc.freeze()
        times.append(_timed(lambda built=built: _hand_to_stock(built.model))[0])  # type: ignore[misc]
        gc.unfreeze()
    return median(times)


def _plain_s(instance: Instance, repeats: int) -> float:
    """Median time to build the model in ordinary Pyomo and to hand it to the stock interface."""
    times = []
    for _ in range(repeats):
        gc.collect()
        with plainly_written():
            times.append(_timed(lambda: StockHighs().set_instance(assemble.build(instance).model))[0])
    return median(times)


def _hand_to_stock(model: Any) -> None:
    with no_garbage_collection():
        for row in model.component_data_objects(Constraint):
            _ = row.expr
    StockHighs().set_instance(model)


def measure(case: Case, *, limit_s: float, textbook_limit_s: float, repeats: int) -> Record:
    """Measure one case; a textbook limit of 0 leaves the textbook formulation out."""
    translate_s, instance = _timed(lambda: translate(case))
    product, built, arrays, x = _measure(
        lambda: assemble.build(instance), handover.compile_arrays, solve.solve, limit_s, repeats
    )
    read_s = 0.0 if x is None else _timed(lambda: solution.read(built, arrays, x))[0]
    # before the textbook's large model is in memory: beside it the collector of garbage comes round less often
    stock_s, plain_s = _stock_hand_over_s(instance, repeats), _plain_s(instance, repeats)
    other = None
    if textbook_limit_s > 0:
        # its user would hand it to the solver as it is
        other, *_ = _measure(lambda: textbook.build(instance), textbook_arrays, highs.search, textbook_limit_s, repeats)
    return Record(case.name, translate_s, read_s, product, other, stock_s, plain_s, repeats)


# --- report ---


def machine() -> str:
    """Return what the times were measured on."""
    model = platform.processor() or platform.machine()
    cores = 0
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            model, cores = line.split(":", 1)[1].strip(), cores + 1
    versions = ", ".join(f"{name} {version(package)}" for name, package in (("HiGHS", "highspy"), ("Pyomo", "pyomo")))
    return f"{model}, {cores or '?'} cores, Python {platform.python_version()}, {versions}"


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Lay out a table whose source is readable and which is Markdown too."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Iterable[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]) + " |"

    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


def _solve_cell(formulation: Formulation | None) -> str:
    if formulation is None:
        return "-"
    return f"{'>' if formulation.capped else ''}{formulation.solve_s:.1f}"


def _ratio_cell(theirs: float, ours: float, *, textbook_capped: bool, product_capped: bool) -> str:
    return "?" if product_capped else f"{'>' if textbook_capped else ''}{theirs / ours:.1f}"


def _gap_cell(formulation: Formulation | None) -> str:
    if formulation is None or formulation.objective_musd is None or formulation.bound_musd is None:
        return "-"
    return f"{(formulation.bound_musd / formulation.objective_musd - 1):.1%}"


def _times(records: list[Record]) -> str:
    head = ("site", "build", "hand-over", "solve", "gap left", "read", "textbook solve", "gap left", "ratio")
    rows: list[tuple[str, ...]] = [
        (
            r.name, f"{r.product.build_s:.2f}", f"{r.product.hand_over_s:.2f}", _solve_cell(r.product),
            _gap_cell(r.product), f"{r.read_s:.2f}", _solve_cell(r.textbook), _gap_cell(r.textbook),
            _ratio_cell(
                r.textbook.solve_s, r.product.solve_s,
                textbook_capped=r.textbook.capped, product_capped=r.product.capped,
            ) if r.textbook else "-",
        )
        for r in records
    ]  # fmt: skip
    compared = [(r.product.solve_s, r.textbook.solve_s) for r in records if r.textbook]
    if compared:
        ours = shifted_geometric_mean(product for product, _ in compared)
        theirs = shifted_geometric_mean(other for _, other in compared)
        capped = any(r.product.capped for r in records if r.textbook)
        other_capped = any(r.textbook.capped for r in records if r.textbook)
        ratio = _ratio_cell(theirs, ours, textbook_capped=other_capped, product_capped=capped)
        cells = (f"{'>' if flag else ''}{seconds:.1f}" for flag, seconds in ((capped, ours), (other_capped, theirs)))
        rows.append(("mean", "", "", next(cells), "", "", next(cells), "", ratio))
    return markdown_table(head, rows)


def _hand_over(records: list[Record]) -> str:
    head = ("site", "build + hand-over", "same build, stock", "ratio", "plain Pyomo, stock", "ratio")
    times = {
        r.name: (r.product.build_s + r.product.hand_over_s, r.product.build_s + r.stock_hand_over_s, r.plain_s)
        for r in records
    }
    mean = np.exp(np.mean(np.log(np.array(list(times.values()))), axis=0)).tolist()
    rows = [*times.items(), ("mean", mean)]
    return markdown_table(
        head, [(name, f"{a:.2f}", f"{b:.2f}", f"{b / a:.1f}", f"{c:.2f}", f"{c / a:.1f}") for name, (a, b, c) in rows]
    )


def _sizes(records: list[Record]) -> str:
    head = ("site", "formulation", "rows", "columns", "integers", "nonzeros", "root gap", "nodes")
    rows = []
    for record in records:
        for name, entry in (("product", record.product), ("textbook", record.textbook)):
            if entry is not None:
                numbers = (entry.rows, entry.columns, entry.integers, entry.nonzeros)
                gap = f"{record.root_gap_frac(entry):.1%}"
                rows.append((record.name, name, *(f"{number:,}" for number in numbers), gap, f"{entry.nodes:,}"))
    return markdown_table(head, rows)


def report(records: list[Record]) -> str:
    """Return the three tables: times, hand-over, sizes and root gaps."""
    return "\n".join(
        [
            machine(),
            "",
            f"CPU seconds to a gap of {GAP_FRAC:.1%}, median of the repeats; > means stopped at the limit, which is on",
            f"the clock: the CPU seconds up to there count. The mean is geometric, shifted by {SHIFT_S:.0f} s. No",
            "ratio is given where the product was stopped; where only the textbook was, it is a lower bound.",
            "",
            _times(records),
            "",
            'Hand-over beside Pyomo\'s stock interface, SolverFactory("highs"), CPU seconds:',
            "",
            _hand_over(records),
            "",
            "Sizes, and how far the linear relaxation is above the best known plan:",
            "",
            _sizes(records),
        ]
    )


def _load(path: Path) -> dict[str, Record]:
    if not path.exists():
        return {}
    records = {}
    for entry in json.loads(path.read_text(encoding="utf-8"))["records"]:
        other = entry.pop("textbook")
        product = Formulation(**entry.pop("product"))
        records[entry["name"]] = Record(**entry, product=product, textbook=Formulation(**other) if other else None)
    return records


def what_ifs(count: int) -> list[Case]:
    """Return what-ifs of the example, evenly chosen among the points of its sweep; the first is the example itself."""
    read, base = read_sweep(SWEEP), BaseCase(open_case(EXAMPLE))
    points = point_cases(points_of(read.sweep), base, read)
    chosen = points[:: len(points) // count][:count]
    return [
        Case.model_validate_json(point.case_json).model_copy(update={"name": f"Denton, what-if {point.point.number}"})
        for point in chosen
    ]


def _cases(options: argparse.Namespace) -> list[Case]:
    if options.case is not None:
        return [load_case(options.case).case]
    if options.what_ifs:
        return what_ifs(options.what_ifs)
    suite = [generated_case(seed) for seed in list(SUITE)[options.skip : options.skip + options.instances]]
    example = [load_case(EXAMPLE).case] if EXAMPLE.exists() and not options.skip else []
    return [*example, *suite]


def main() -> None:
    """Run the suite or a part of it and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--instances", type=int, default=len(SUITE), metavar="N", help="how many generated sites")
    add("--skip", type=int, default=0, metavar="N", help="leave out the example and the first N generated sites")
    add("--case", type=Path, metavar="PATH", help="measure this case file instead of the suite")
    add("--what-ifs", type=int, default=0, metavar="N", help="measure N what-ifs of the example instead of the suite")
    add("--limit", type=float, default=600.0, metavar="SECONDS", help="time limit of each solve of the product")
    add("--textbook-limit", type=float, default=600.0, metavar="SECONDS", help="the textbook's; 0 leaves it out")
    add("--repeat", type=int, default=3, metavar="N", help="solves per site, each with its own seed")
    add("--json", type=Path, metavar="FILE", help="add the records to this file and print all that it holds")
    options = parser.parse_args()
    records = _load(options.json) if options.json else {}
    for case in _cases(options):
        record = measure(case, limit_s=options.limit, textbook_limit_s=options.textbook_limit, repeats=options.repeat)
        records[record.name] = record
        print(f"{record.name}: {_solve_cell(record.product)} s, textbook {_solve_cell(record.textbook)} s", flush=True)
        if options.json:
            kept = {"machine": machine(), "records": [asdict(entry) for entry in records.values()]}
            options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if records:
        print("\n" + report(list(records.values())))


if __name__ == "__main__":
    main()
