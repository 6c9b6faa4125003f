"""Evaluation -> what its outlets show: one frozen record; money in USD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.results import Result
from planner.studies.proposals.break_even import BreakEven
from planner.studies.proposals.broken import Broken
from planner.studies.proposals.evaluate import Evaluation
from planner.studies.proposals.words import by_key, instead
from planner.views.finance import FinanceViews
from planner.views.plan import Views
from site_conversion.fixing import decisions_in
from site_conversion.lines import Line


@dataclass(frozen=True)
class BrokenRow:
    """One limit that is broken."""

    rule: str
    words: str
    amount: float | None
    unit: str
    since: date | None
    until: date | None


@dataclass(frozen=True)
class EconomicsRow:
    """One plan in figures; those that mean nothing for it are None."""

    what: str
    npv_usd: float
    gain_usd: float | None
    """Against going on mining."""
    owner_gain_usd: float | None
    """The same for the owner, after the loan's draws and service; None without a loan."""
    capex_usd: float
    peak_funding_usd: float | None
    return_words: str
    payback: str
    ai_it_mw: float
    offers: tuple[str, ...]
    gap_frac: float | None
    status: str


@dataclass(frozen=True)
class ClaimRow:
    """What a proposal says beside what it comes to."""

    what: str
    claimed_usd: float
    computed_usd: float

    @property
    def difference_usd(self) -> float:
        """Computed less claimed."""
        return self.computed_usd - self.claimed_usd


@dataclass(frozen=True)
class CauseRow:
    """Part of the regret."""

    cause: str
    words: str
    usd: float


@dataclass(frozen=True)
class BreakEvenRow:
    """A level at which a plan stops paying or begins to."""

    assumption: str
    target: str
    is_above_today: bool
    levels: tuple[float, ...]
    unit: str
    words: str


@dataclass(frozen=True)
class EvaluationView:
    """Everything shown of an evaluation."""

    case: str
    proposal: str
    by: str | None
    is_feasible: bool
    verdict: str
    broken: tuple[BrokenRow, ...]
    given_up: tuple[str, ...]
    """Decisions that have to give way for the nearest feasible plan, and what stands in their place."""
    economics: tuple[EconomicsRow, ...]
    claims: tuple[ClaimRow, ...]
    regret_usd: float | None
    regret_bound_usd: float | None
    """The regret cannot be larger, by the proof of the best plan."""
    causes: tuple[CauseRow, ...]
    within_gap_usd: float
    break_evens: tuple[BreakEvenRow, ...]
    notes: tuple[str, ...]


def view(evaluation: Evaluation) -> EvaluationView:
    """Return what is shown of an evaluation."""
    way, proposal = evaluation.regret, evaluation.proposal
    economics = tuple(_economics(evaluation))
    regret_usd = None if way is None else way.total_musd * 1e6
    return EvaluationView(
        case=evaluation.ground.case.name,
        proposal=proposal.name,
        by=proposal.by,
        is_feasible=evaluation.feasibility.feasible,
        verdict=_verdict(evaluation),
        broken=tuple(_broken(item) for item in evaluation.feasibility.broken),
        given_up=_given_up(evaluation),
        economics=economics,
        claims=tuple(_claims(evaluation)),
        regret_usd=regret_usd,
        regret_bound_usd=_regret_bound(evaluation),
        causes=() if way is None else tuple(CauseRow(c.name, c.words, c.gain_musd * 1e6) for c in way.causes),
        within_gap_usd=0.0 if way is None else way.within_gap_musd * 1e6,
        break_evens=tuple(_break_even(point) for point in evaluation.break_evens),
        notes=evaluation.notes,
    )


def _broken(item: Broken) -> BrokenRow:
    return BrokenRow(item.rule.value, item.words, item.amount, item.unit, item.since, item.until)


def _given_up(evaluation: Evaluation) -> tuple[str, ...]:
    if evaluation.result is None:
        return ()
    made = by_key(decisions_in(evaluation.ground.instance, evaluation.result.plan.tables))
    return tuple(instead(decision, made, evaluation.ground) for decision in evaluation.feasibility.given_up)


def _regret_bound(evaluation: Evaluation) -> float | None:
    bound, result = evaluation.optimum.plan.report.bound_musd, evaluation.result
    return None if bound is None or result is None else (bound - result.plan.npv_musd) * 1e6


def _verdict(evaluation: Evaluation) -> str:
    """Two sentences: whether it can be done, and what it is worth."""
    found, result = evaluation.feasibility, evaluation.result
    count = len(found.broken)
    limits = "1 limit is broken" if count == 1 else f"{count} limits are broken"
    head = "Feasible as proposed." if found.feasible else f"Not feasible as proposed: {limits}."
    if result is None or evaluation.regret is None:
        return f"{head} No plan was found that keeps a part of it."
    gain = result.plan.npv_musd - result.do_nothing.npv_musd
    subject = "It is" if found.feasible else "The nearest feasible plan is"
    mining = f"{abs(gain):,.1f} MUSD {'more' if gain >= 0 else 'less'} than going on mining"
    regret = evaluation.regret.total_musd
    best = f"{regret:,.1f} MUSD less than the best plan" if regret >= 0.05 else "as good as the best plan found"
    return f"{head} {subject} worth {result.plan.npv_musd:,.1f} MUSD (NPV), {mining} and {best}."


def _economics(evaluation: Evaluation) -> list[EconomicsRow]:
    rows, found = [], evaluation.feasibility
    what = "proposal" if found.feasible else "nearest feasible plan"
    if evaluation.result is not None:
        name = what if evaluation.assumed is None else f"{what}, at the case's terms"
        rows.append(_plan_row(name, evaluation.result))
    if evaluation.assumed is not None:
        rows.append(_plan_row(f"{what}, at the proposal's terms", evaluation.assumed))
    rows.append(_plan_row("best plan", evaluation.optimum))
    twin = evaluation.optimum.do_nothing
    capex = -float(twin.cash_flow[twin.cash_flow["line"] == Line.CAPEX.value]["musd"].sum()) * 1e6
    mining = EconomicsRow(
        "go on mining", twin.npv_musd * 1e6, None, None, capex, None, "", "", 0.0, (), twin.report.gap_frac,
        twin.report.status.value,
    )  # fmt: skip
    return [*rows, mining]


def _plan_row(what: str, result: Result) -> EconomicsRow:
    views = Views(result)
    head, taken = views.headline, [row for row in views.contracts if row.taken]
    return EconomicsRow(
        what=what,
        npv_usd=head.npv_usd,
        gain_usd=head.gain_usd,
        owner_gain_usd=next((row.npv_usd for row in FinanceViews(result).returns if row.whose == "owner"), None),
        capex_usd=head.capex_usd,
        peak_funding_usd=head.peak_funding_usd,
        return_words=head.return_against_do_nothing.words,
        payback=head.payback,
        ai_it_mw=sum(row.it_mw for row in taken),
        offers=tuple(row.contract for row in taken),
        gap_frac=head.gap_frac,
        status=head.status,
    )


def _claims(evaluation: Evaluation) -> list[ClaimRow]:
    """The claims beside the figures at the terms that the proposal assumes."""
    result, proposal = evaluation.assumed or evaluation.result, evaluation.proposal
    if result is None:
        return []
    head, rows = Views(result).headline, []
    if proposal.claimed_npv_usd is not None:
        rows.append(ClaimRow("NPV", proposal.claimed_npv_usd, head.npv_usd))
    if proposal.claimed_capex_usd is not None:
        rows.append(ClaimRow("capital spent", proposal.claimed_capex_usd, head.capex_usd))
    return rows


def _break_even(point: BreakEven) -> BreakEvenRow:
    return BreakEvenRow(
        point.lever.value, point.target.value, point.ahead, point.levels, point.lever.unit, _break_even_words(point)
    )


def _break_even_words(point: BreakEven) -> str:
    """Say where the plan's value meets the target, whose name heads the column."""
    side = "above" if point.ahead else "below"
    if point.lever.is_delay:
        if point.undeliverable_from is not None:
            return f"not delivered at all from {point.undeliverable_from:.0f} months on"
        if not point.levels:
            return f"{side} up to {point.high:.0f} months"
        return f"no longer above from {point.levels[0]:.0f} months on"
    if not point.levels:
        return f"{side} at all of {point.low:g} to {point.high:g} times"
    if point.levels == (point.lever.neutral,):
        return "meets it today"
    levels = " and ".join(f"{level:.3f} times ({level - 1:+.1%})" for level in point.levels)
    return f"{side} today, meets it at {levels}"
