"""The explanation of a plan: what binds, what one more is worth, what rejected offers lack, what accepted ones bear.

Every offer and every resource is a question of its own, so that several processes may answer them side by side.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import TypeVar

from planner.results import Result, now
from planner.studies.spawning import without_main
from planner.studies.why.critical import RequestPath, Waits, paths, waits
from planner.studies.why.inquiry import Inquiry
from planner.studies.why.margins import Margin, margin
from planner.studies.why.needs import Need, need
from planner.studies.why.offers import offers_of
from planner.studies.why.parts import Part
from planner.studies.why.resources import resources
from planner.studies.why.trials import ROUNDING_MUSD, Interrupted, Range, Trials
from planner.studies.why.worth import Worth, worth
from site_conversion.solve import Progress, SolveOptions


@dataclass(frozen=True)
class ExplainOptions:
    """What the caller of an explanation may choose; the options are those of every solve."""

    solver: SolveOptions = field(default_factory=lambda: SolveOptions(gap_frac=0.001))
    parts: frozenset[Part] = frozenset(Part)
    steps: tuple[float, ...] = (1.0, 10.0)
    """How many units more are asked about."""
    only: frozenset[str] | None = None
    """Offers that are asked about; left out, all."""
    workers: int = 1
    """Processes that answer side by side."""


@dataclass(frozen=True)
class Explanation:
    """Why a plan is what it is."""

    result: Result
    """The plan that is explained: the one handed over, or a better one that was found on the way."""
    base: Range | None
    """Value of the best plan of the case, MUSD; None where nothing was solved."""
    paths: tuple[RequestPath, ...] | None
    waits: tuple[Waits, ...] | None
    worths: tuple[Worth, ...] | None
    needs: tuple[Need, ...] | None
    margins: tuple[Margin, ...] | None
    """None: not asked for."""
    gap_frac: float
    solves: int
    stopped: tuple[str, ...]
    """Questions whose solve ended above the asked gap."""
    is_whole: bool
    """Whether all that was asked for was answered; not where the user has stopped it."""
    improved_musd: float
    """By how much the plan that is explained is better than the one handed over."""


def explain(
    result: Result,
    options: ExplainOptions | None = None,
    tell: Callable[[str], None] = lambda _: None,
    progress: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Explain a plan. Stopped by the user, the answers found so far are kept.

    Raises:
        CheckFailed: a plan that does not pass the checks outside the solver.
        SolverError: the solver gave no answer that means anything.
    """
    options = options or ExplainOptions()
    plan, base, answers, whole = result, None, dict[int, Answer](), True
    first = Trials(options.solver, tell, progress)
    try:
        if options.parts - {Part.BINDING}:
            plan, base = _base(result, first)
            desk = Desk(plan, base, options)
            questions = tuple(_questions(desk))
            for number, found in _answered(desk, questions, tell):
                answers[number] = found
    except (Interrupted, KeyboardInterrupt):
        whole = False
    binding = Part.BINDING in options.parts
    solved = [answer for _, answer in sorted(answers.items())]
    return Explanation(
        result=plan,
        base=base,
        paths=paths(plan) if binding else None,
        waits=waits(plan) if binding else None,
        needs=_of(Need, solved) if Part.REJECTED in options.parts else None,
        margins=_of(Margin, solved) if Part.ACCEPTED in options.parts else None,
        worths=_of(Worth, solved) if Part.WORTH in options.parts else None,
        gap_frac=options.solver.gap_frac,
        solves=first.solves + sum(answer.solves for answer in solved),
        stopped=tuple(dict.fromkeys([*first.stopped, *(what for answer in solved for what in answer.stopped)])),
        is_whole=whole,
        improved_musd=plan.plan.npv_musd - result.plan.npv_musd,
    )


def _base(result: Result, trials: Trials) -> tuple[Result, Range]:
    """Return the plan proven to the asked gap, and its range; a better plan takes its place."""
    bound, npv = result.plan.report.bound_musd, result.plan.npv_musd
    if bound is not None and bound - npv <= trials.options.gap_frac * abs(npv) + ROUNDING_MUSD:
        return result, Range(npv, max(bound, npv) + ROUNDING_MUSD)
    trial = trials.best(result.instance, "the plan itself, to the asked gap", result.plan)
    if trial is None:
        raise ArithmeticError("a case with a plan is said to have none")
    high = trial.worth.high if bound is None else min(trial.worth.high, bound + ROUNDING_MUSD)
    if trial.outcome.npv_musd <= npv + ROUNDING_MUSD:
        return result, Range(npv, max(npv, high))
    return replace(result, plan=trial.outcome, created=now()), Range(trial.outcome.npv_musd, high)


# --- questions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """All that a process needs to answer."""

    result: Result
    base: Range
    options: ExplainOptions


@dataclass(frozen=True)
class Question:
    """One offer or one resource to be asked about, by its number."""

    part: Part
    number: int
    words: str


@dataclass(frozen=True)
class Answer:
    """What one question came to."""

    found: Need | Margin | Worth
    solves: int
    stopped: tuple[str, ...]


_T = TypeVar("_T")


def _of(kind: type[_T], answers: list[Answer]) -> tuple[_T, ...]:
    return tuple(answer.found for answer in answers if isinstance(answer.found, kind))


def _questions(desk: Desk) -> Iterator[Question]:
    """Yield the questions, those about offers first."""
    options, tables = desk.options, desk.result.plan.tables
    for o, offer in enumerate(offers_of(desk.result.case)):
        part = Part.ACCEPTED if offer.is_taken(tables) else Part.REJECTED
        if part in options.parts and (options.only is None or offer.name in options.only):
            yield Question(part, o, offer.name)
    if Part.WORTH in options.parts:
        for r, resource in enumerate(resources(desk.result)):
            yield Question(Part.WORTH, r, resource.name)


def _answered(desk: Desk, questions: tuple[Question, ...], tell: Callable[[str], None]) -> Iterator[tuple[int, Answer]]:
    """Yield each answer with the number of its question, as they come."""
    if desk.options.workers == 1 or len(questions) < 2:
        for number, question in enumerate(questions):
            yield number, answer(desk, question, tell)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(desk.options.workers, len(questions)), spawn, _sit, (desk,)) as pool:
        with without_main():
            begun = {pool.submit(_at_desk, question): number for number, question in enumerate(questions)}
        try:
            for done, future in enumerate(as_completed(begun), start=1):
                number = begun[future]
                tell(f"{done} of {len(questions)} answered: {questions[number].words}")
                yield number, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def answer(desk: Desk, question: Question, tell: Callable[[str], None] = lambda _: None) -> Answer:
    """Answer one question.

    Raises:
        Interrupted: the user has asked to stop.
    """
    result, trials = desk.result, Trials(desk.options.solver, tell)
    offers = offers_of(result.case)
    inquiry = Inquiry(result, desk.base, offers, trials)
    found: Need | Margin | Worth
    if question.part is Part.WORTH:
        found = worth(inquiry, resources(result)[question.number], desk.options.steps)
    elif question.part is Part.REJECTED:
        found = need(inquiry, offers[question.number])
    else:
        found = margin(inquiry, offers[question.number])
    return Answer(found, trials.solves, tuple(trials.stopped))


_desks: list[Desk] = []
"""The desk of a process of the pool."""


_stop = threading.Event()


def _sit(desk: Desk) -> None:
    """Begin a process: Ctrl-C ends the solve that runs, and no other is begun."""
    _desks.append(desk)
    signal.signal(signal.SIGINT, lambda *_: _stop.set())


def _at_desk(question: Question) -> Answer:
    try:
        return answer(_desks[0], question, _heed)
    except Interrupted:
        # questions that this process has already been handed
        _stop.set()
        raise


def _heed(_: str) -> None:
    """Let no solve begin once the user has asked to stop."""
    if _stop.is_set():
        raise Interrupted
