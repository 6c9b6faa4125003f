"""What a worker does: one case solved anew, or with a plan kept; whatever goes wrong becomes part of the answer.

A point is solved as `planner plan` solves it, from going on mining, so that it is the same as a single run to the last
digit, whichever worker has it and whatever was solved before. Started from the base case's plan, three points of
Denton took 74 s instead of 81; building and handing over the model takes 0.04 s of some 25.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from planner.results import Result, to_json
from planner.schemas import Case
from planner.schemas.proposal import Proposal
from planner.studies.plan import InfeasibleCase, PlanOptions, StoppedEarly, plan
from planner.studies.proposals.decisions import proposal_of
from planner.studies.sweeps.hold import held, plan_mark
from planner.studies.sweeps.outcome import Figures, PointOutcome, PointStatus, Way
from site_conversion.solve import SolveOptions, Status

_ONE_AT_A_TIME = threading.Lock()
"""Building a model is not safe in two threads of one process, which a cluster's worker may have."""


@dataclass(frozen=True)
class Task:
    """One solve. The case travels complete, as text: a worker reads no file."""

    key: str
    """What the answer is known by."""
    way: Way
    case_json: str
    plan_json: str = ""
    """The plan that is kept, as a proposal."""
    wants_result: bool = False
    """Whether the whole result comes back, not its figures alone."""


@dataclass(frozen=True)
class Answer:
    """What came of a task."""

    key: str
    outcome: PointOutcome
    plan_json: str = ""
    """The decisions of a plan that was found, as a proposal."""
    result_json: str = ""


@dataclass(frozen=True)
class Work:
    """What all tasks of a sweep have in common; sent to each worker once."""

    options: SolveOptions
    datasets: tuple[tuple[str, str], ...]
    figures: Figures

    def answer(self, task: Task) -> Answer:
        """Solve a task. Never raises: a fault is an answer too."""
        with _ONE_AT_A_TIME:
            begun, cpu_begun = time.perf_counter(), time.process_time()
            answer = self._answer(task)
            spent = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - cpu_begun}
        outcome = answer.outcome.model_copy(update=spent)
        return Answer(answer.key, outcome, answer.plan_json, answer.result_json)

    def _answer(self, task: Task) -> Answer:
        try:
            return self._solved(task)
        except InfeasibleCase as error:
            return Answer(task.key, PointOutcome(status=PointStatus.INFEASIBLE, error=error.headline))
        except StoppedEarly as error:
            return Answer(task.key, PointOutcome(status=PointStatus.NO_PLAN, error=str(error)))
        except Exception as error:  # noqa: BLE001 - one failing point must not stop the others
            return Answer(task.key, failure(f"{type(error).__name__}: {error}"))

    def _solved(self, task: Task) -> Answer:
        case = Case.model_validate_json(task.case_json)
        if task.way is Way.HELD:
            kept = held(case, Proposal.model_validate_json(task.plan_json), self.options)
            outcome = self._outcome(kept.result)
            return Answer(task.key, outcome.model_copy(update={"held": kept.how, "short_usd": kept.short_usd}))
        result = plan(case, dict(self.datasets), PlanOptions(self.options, ways_out_s=0.0))
        found = proposal_of(result).model_dump_json()
        return Answer(task.key, self._outcome(result), found, to_json(result) if task.wants_result else "")

    def _outcome(self, result: Result) -> PointOutcome:
        return PointOutcome(status=_status(result), figures=self.figures(result), plan=plan_mark(result))


def _status(result: Result) -> PointStatus:
    return PointStatus.OPTIMAL if result.plan.report.status is Status.OPTIMAL else PointStatus.TIME_LIMIT


def failure(error: str) -> PointOutcome:
    """Return the outcome of a point that a fault kept from an answer."""
    return PointOutcome(status=PointStatus.FAILED, error=error)
