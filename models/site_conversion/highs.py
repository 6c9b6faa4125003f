"""The one place that talks to HiGHS: options, progress, interrupt, honest statuses, the polished solution."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from site_conversion.handover import Arrays
from site_conversion.instance import Floats

MINIMUM_HIGHS = (1, 15, 1)
"""Earlier releases have returned wrong optima without a word (presolve)."""
RELIABLE_AFTER = 1
"""Trial solves of a binary after which its own record says how it branches. HiGHS's 8 cost more than they find here:
with one Denton takes a fifth less (five seeds), generated sites 15 to 40 %."""
ABSOLUTE_GAP_MUSD = 1e-6
"""A dollar: what is nearer to its bound is the optimum."""


class SolverError(RuntimeError):
    """The solver said something that is neither a plan nor a reason why there is none."""


class NotExact(SolverError):
    """A solution that keeps its rows only as long as its whole numbers are a little off."""


class Status(StrEnum):
    """What a solve ended with."""

    OPTIMAL = "optimal"
    """Proven within the asked gap."""
    TIME_LIMIT = "time_limit"
    INTERRUPTED = "interrupted"
    INFEASIBLE = "infeasible"
    CHOSEN = "chosen"
    """Not what the search for the best ended with, but a plan shown beside it; the bound is that search's."""


@dataclass(frozen=True)
class SolveOptions:
    """What the caller may choose."""

    gap_frac: float = 0.005
    time_limit_s: float | None = None
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Progress:
    """Where a running solve is; None until there is an incumbent or a bound."""

    seconds: float
    incumbent_musd: float | None
    bound_musd: float | None
    gap_frac: float | None
    counted_musd: float | None = None
    """Best solution so far in which equal halls are counted and not yet named: not a plan, and near to one."""


@dataclass(frozen=True)
class SolveReport:
    """How a solve ended. `gap_frac` is (bound - objective) / |objective|, None without a plan."""

    status: Status
    objective_musd: float | None
    bound_musd: float | None
    gap_frac: float | None
    seconds: float
    nodes: int
    rows: int
    columns: int
    integers: int
    nonzeros: int
    solver: str


@dataclass(frozen=True)
class Known:
    """What is proven elsewhere: no solution is worth more than the bound, and one that near to it is enough."""

    bound_musd: float = math.inf
    enough_frac: float = 0.0

    def ends_at(self, found_musd: float) -> bool:
        """Whether a solution of that value needs no better one."""
        return is_within(found_musd, self.bound_musd, self.enough_frac)


NOTHING = Known()


def search(
    arrays: Arrays,
    options: SolveOptions,
    progress: Callable[[Progress], None] | None = None,
    start: Mapping[int, float] | None = None,
    known: Known = NOTHING,
    seen: Callable[[Floats], None] | None = None,
) -> tuple[SolveReport, Floats | None]:
    """Search once.

    Args:
        arrays: what `compile_arrays` made.
        options: gap, time limit, seed.
        progress: called with the state of the search, from the solver's thread.
        start: values of some columns to start from (an earlier plan); the solver completes them.
        known: what is proven elsewhere; a solution near enough to its bound ends the search as an optimum.
        seen: called with each better solution that is found, as the solver has it.

    Returns:
        The report, and the best solution found: integers exact, the rest re-solved with them fixed.

    Raises:
        SolverError: HiGHS is too old, or ended with a status that is not an answer.
    """
    highs = _highs(options)
    began = time.perf_counter()
    _pass(highs, arrays)
    if start:
        indices = np.fromiter(start.keys(), dtype=np.int32)
        values = np.fromiter(start.values(), dtype=np.float64)
        highs.setSolution(len(indices), indices, values)
    if seen is not None:
        highs.cbMipImprovingSolution += lambda event: seen(np.array(event.data_out.mip_solution, dtype=np.float64))
    is_enough = _run(highs, progress, known)
    status, has_plan = _status(highs)
    if is_enough and status is Status.INTERRUPTED and has_plan:
        status = Status.OPTIMAL
    info = highs.getInfo()
    objective = bound = gap = None
    x = None
    if has_plan:
        x = _polish(arrays, np.asarray(highs.getSolution().col_value, dtype=np.float64))
        objective = float(arrays.cost @ x + arrays.offset)
        bound = float(info.mip_dual_bound) if arrays.integer.any() else objective
        bound = max(min(bound, known.bound_musd), objective)
        gap = gap_between(objective, bound)
        if not np.isfinite(bound):
            bound = gap = None
    report = SolveReport(
        status=status,
        objective_musd=objective,
        bound_musd=bound,
        gap_frac=gap,
        seconds=time.perf_counter() - began,
        nodes=max(int(info.mip_node_count), 0),
        rows=len(arrays.rows),
        columns=len(arrays.columns),
        integers=int(arrays.integer.sum()),
        nonzeros=int(arrays.matrix.nnz),
        solver=f"HiGHS {highs.version()}",
    )
    return report, x


def gap_between(objective_musd: float, bound_musd: float) -> float:
    """Return how far a bound is above a plan, as a share of the plan's value."""
    return (bound_musd - objective_musd) / max(abs(objective_musd), 1e-6)


def is_within(objective_musd: float, bound_musd: float, gap_frac: float) -> bool:
    """Whether a plan is proven to the asked gap, as the solver counts it."""
    return bound_musd - objective_musd <= ABSOLUTE_GAP_MUSD or gap_between(objective_musd, bound_musd) <= gap_frac


def write_mps(arrays: Arrays, path: Path) -> None:
    """Write the model for other solvers, as a minimisation of the negated value (MPS has no agreed sense).

    Raises:
        SolverError: the file could not be written.
    """
    highs = _highs(SolveOptions())
    _pass(highs, arrays, minimise=True)
    for j, variable in enumerate(arrays.columns):
        highs.passColName(j, _mps_name(variable.name))
    for i, constraint in enumerate(arrays.rows):
        highs.passRowName(i, f"{_mps_name(constraint.name)}.{i}")
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise SolverError(f"could not write {path}")


def _mps_name(name: str) -> str:
    return name.replace("[", "(").replace("]", ")").replace(" ", "")


def _highs(options: SolveOptions) -> Any:
    highs = highspy.Highs()
    version = tuple(int(part) for part in highs.version().split("."))
    if version < MINIMUM_HIGHS:
        wanted = ".".join(map(str, MINIMUM_HIGHS))
        raise SolverError(f"HiGHS {highs.version()} is installed, {wanted} or newer is needed")
    highs.setOptionValue("log_to_console", False)
    highs.setOptionValue("output_flag", True)  # without it the progress callback stays silent
    highs.setOptionValue("threads", options.threads)
    highs.setOptionValue("random_seed", options.seed)
    highs.setOptionValue("mip_rel_gap", options.gap_frac)
    highs.setOptionValue("mip_abs_gap", ABSOLUTE_GAP_MUSD)
    highs.setOptionValue("mip_pscost_minreliable", RELIABLE_AFTER)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-8)
    if options.time_limit_s is not None:
        highs.setOptionValue("time_limit", options.time_limit_s)
    return highs


def _pass(highs: Any, arrays: Arrays, *, minimise: bool = False) -> None:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(arrays.columns), len(arrays.rows)
    sign = -1.0 if minimise else 1.0
    lp.sense_ = highspy.ObjSense.kMinimize if minimise else highspy.ObjSense.kMaximize
    lp.offset_, lp.col_cost_ = sign * arrays.offset, sign * arrays.cost
    lp.col_lower_, lp.col_upper_ = arrays.column_lower, arrays.column_upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = arrays.matrix.indptr
    lp.a_matrix_.index_ = arrays.matrix.indices
    lp.a_matrix_.value_ = arrays.matrix.data
    if arrays.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in arrays.integer.astype(int).tolist()]
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the model")


def _run(highs: Any, progress: Callable[[Progress], None] | None, known: Known) -> bool:
    """Run in a thread, so that Ctrl-C reaches this one and asks the solver to stop with what it has.

    Returns:
        Whether it was stopped because what was found is near enough to the known bound.
    """
    stop, enough = threading.Event(), threading.Event()
    failure: list[BaseException] = []

    def on_log(event: Any) -> None:
        if progress is not None:
            progress(_progress(event.data_out))

    def on_interrupt(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    def on_mip_interrupt(event: Any) -> None:
        found = float(event.data_out.mip_primal_bound)
        if np.isfinite(found) and known.ends_at(found):
            enough.set()
        if stop.is_set() or enough.is_set():
            event.interrupt()

    def target() -> None:
        try:
            highs.run()
        except BaseException as error:  # noqa: BLE001 - handed to the calling thread
            failure.append(error)

    highs.cbMipLogging += on_log
    highs.cbMipInterrupt += on_mip_interrupt
    highs.cbSimplexInterrupt += on_interrupt
    worker = threading.Thread(target=target, daemon=True)
    with _interrupt_sets(stop):
        worker.start()
        while worker.is_alive():
            worker.join(0.05)
    if failure:
        raise SolverError(f"HiGHS failed: {failure[0]}") from failure[0]
    return enough.is_set() and not stop.is_set()


@contextmanager
def _interrupt_sets(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C set the event; a second one interrupts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def handler(number: int, frame: Any) -> None:
        if stop.is_set() and callable(before):
            before(number, frame)
        stop.set()

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(data: Any) -> Progress:
    primal, dual = float(data.mip_primal_bound), float(data.mip_dual_bound)
    incumbent = primal if np.isfinite(primal) else None
    bound = dual if np.isfinite(dual) else None
    gap = None
    if incumbent is not None and bound is not None:
        gap = abs(bound - incumbent) / max(abs(incumbent), 1e-6)
    return Progress(float(data.running_time), incumbent, bound, gap)


def _status(highs: Any) -> tuple[Status, bool]:
    """Translate the model status; whether there is a plan is a second question."""
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kModelEmpty:
        return Status.OPTIMAL, True  # nothing to decide: what is fixed is the plan
    has_plan = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    known = {
        highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
        highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
        highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
        highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    }
    if status not in known:
        raise SolverError(f"HiGHS ended with '{highs.modelStatusToString(status)}', which is not an answer")
    if known[status] is Status.OPTIMAL and not has_plan:
        raise SolverError("HiGHS reports an optimum without a solution")
    return known[status], has_plan and known[status] is not Status.INFEASIBLE


def _polish(arrays: Arrays, x: Floats) -> Floats:
    """Round the integers, fix them and solve the rest again, so that the plan is exact, not near."""
    if not arrays.integer.any():
        return x
    highs = _highs(SolveOptions())
    fixed = np.round(x)
    lower = np.where(arrays.integer, fixed, arrays.column_lower)
    upper = np.where(arrays.integer, fixed, arrays.column_upper)
    relaxed = replace(arrays, column_lower=lower, column_upper=upper, integer=np.zeros_like(arrays.integer))
    _pass(highs, relaxed)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NotExact("the plan does not survive exact integers: no feasible completion")
    polished = np.asarray(highs.getSolution().col_value, dtype=np.float64)
    return np.where(arrays.integer, fixed, polished)
