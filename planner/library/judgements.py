"""What is found about somebody's proposal: feasible or not, worth what, how far from the best and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pandas as pd

from planner.case_file.proposal import proposal_problems, read_proposal
from planner.files.whole import write_whole
from planner.library.cases import AnyPath, CaseStudy, as_case
from planner.library.plans import Plan, load_result, solve_options, told_beside
from planner.reports.evaluation import LEAST_WIDTH, evaluation_json, evaluation_text
from planner.reports.html.notebook import evaluation_html
from planner.results import Outcome, save
from planner.schemas.proposal import Proposal
from planner.studies.proposals import evaluate as study
from planner.studies.proposals.decisions import proposal_of
from planner.views.evaluation import BreakEvenRow, BrokenRow, CauseRow, ClaimRow, EconomicsRow, EvaluationView, view
from planner.views.frames import frame_of


class Judgement:
    """What is found about a proposal. Money is in USD."""

    def __init__(self, evaluation: study.Evaluation) -> None:
        """Keep the evaluation."""
        self.evaluation = evaluation
        """The record itself, for what is not shown."""

    @cached_property
    def view(self) -> EvaluationView:
        """Everything that the other outlets show, as one record."""
        return view(self.evaluation)

    @property
    def is_feasible(self) -> bool:
        """Whether the proposal keeps every limit as it stands."""
        return self.view.is_feasible

    @property
    def verdict(self) -> str:
        """Whether it can be done, and what it is worth."""
        return self.view.verdict

    @property
    def regret_usd(self) -> float | None:
        """The best plan's NPV less the proposal's; None where no feasible plan keeps a part of it."""
        return self.view.regret_usd

    @property
    def regret_at_most_usd(self) -> float | None:
        """The regret cannot be larger, by the proof of the best plan; None without a bound."""
        return self.view.regret_bound_usd

    @cached_property
    def plan(self) -> Plan | None:
        """The proposal as a plan, at the case's own terms; where it is not feasible, the nearest plan that is."""
        as_plan = self.evaluation.as_plan
        return None if as_plan is None else Plan(as_plan)

    @cached_property
    def best(self) -> Plan:
        """The best plan of the case."""
        return Plan(self.evaluation.optimum)

    @cached_property
    def broken(self) -> pd.DataFrame:
        """Limits that the proposal breaks: rule, words, amount in the unit beside it, from when to when."""
        return frame_of(BrokenRow, self.view.broken)

    @cached_property
    def economics(self) -> pd.DataFrame:
        """The proposal, the best plan and going on mining, side by side."""
        return frame_of(EconomicsRow, self.view.economics).set_index("what")

    @cached_property
    def causes(self) -> pd.DataFrame:
        """The regret, split by what the best plan does better."""
        return frame_of(CauseRow, self.view.causes).set_index("cause")

    @cached_property
    def claims(self) -> pd.DataFrame:
        """What the proposal says beside what it comes to."""
        return frame_of(ClaimRow, self.view.claims).set_index("what")

    @cached_property
    def break_evens(self) -> pd.DataFrame:
        """At which level of each assumption the plan is worth nothing, or no more than going on mining."""
        return frame_of(BreakEvenRow, self.view.break_evens)

    def summary(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner evaluate` prints."""
        return evaluation_text(self.view, width=width)

    def save(self, folder: AnyPath) -> Path:
        """Write evaluation.json, and the proposal as a plan with its tables, into a folder; return that of the first.

        Raises:
            OSError: a file cannot be written.
        """
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "evaluation.json", evaluation_json(self.view))
        if self.evaluation.as_plan is not None:
            save(self.evaluation.as_plan, out)
        if self.evaluation.assumed_as_plan is not None:
            save(self.evaluation.assumed_as_plan, out / "proposed_terms")
        return out / "evaluation.json"

    def __repr__(self) -> str:
        """Give the verdict as text."""
        return f"<Judgement of '{self.view.proposal}': {self.verdict}>"

    def _repr_html_(self) -> str:
        return evaluation_html(self.view)


def evaluate(
    case: CaseStudy | AnyPath,
    proposal: Plan | AnyPath,
    *,
    gap: float = 0.005,
    time_limit_s: float | None = None,
    best: Plan | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Judgement:
    """Judge a proposal: what it breaks, what it is worth, how far from the best plan and why, what breaks it.

    Args:
        case: a case, or the path of its file.
        proposal: the path of a proposal (YAML) or of a result.json, or a plan: the proposal to do what it does.
        gap: stop each solve when proven this close (0.005 is 0.5 %).
        time_limit_s: stop each solve after so many seconds.
        best: the best plan of the same case, found before; without it the case is planned.
        tell: called with each step as it begins; `print` will do.

    Raises:
        CaseFileError: a file cannot be used; every problem with its line.
        ResultFileError: the file of a proposal is not a readable result.
        OtherCase: a plan that was handed over is that of another case.
        InfeasibleCase: the case itself has no plan. A proposal that is not feasible is told, not raised.
        StoppedEarly: a solve was stopped before it had a plan.
        ValueError: an argument outside its range.
    """
    read = as_case(case)
    asked, known = proposed(proposal, read)
    options = study.EvaluateOptions(solve_options(gap, time_limit_s), None if best is None else best.result, known)
    found = study.evaluate(read.case, read.datasets, asked, options, tell)
    return Judgement(found.with_sources(told_beside(read)))


def proposed(proposal: Plan | AnyPath, read: CaseStudy) -> tuple[Proposal, Outcome | None]:
    """Return the proposal; a plan is the proposal to do what it does, and its outcome is known."""
    if not isinstance(proposal, Plan):
        if Path(proposal).suffix.lower() != ".json":
            return read_proposal(Path(proposal), read.case), None
        proposal = load_result(proposal)
    planned = proposal_of(proposal.result)
    problems = proposal_problems(planned, read.case)
    if problems:
        raise study.OtherCase(f"the plan is that of another case: {problems[0].message}")
    return planned, proposal.result.plan if proposal.result.case == read.case else None
