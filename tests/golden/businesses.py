"""The businesses: what the planner decides for each, what the company did, and the page that shows both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from planner.case_file import LoadedCase, load_case
from planner.case_file.proposal import read_proposal
from planner.results import Result
from planner.studies.plan import PlanOptions, plan
from planner.studies.proposals.evaluate import EvaluateOptions, Evaluation, evaluate
from planner.views import Views
from planner.views.energy import orders
from planner.views.machines import MachineRow, machine_rows
from site_conversion.solve import SolveOptions

BUSINESSES = Path(__file__).resolve().parents[2] / "examples" / "businesses"
NAMES = sorted(file.parent.name for file in BUSINESSES.glob("*/case.yaml"))
PAGE = BUSINESSES / "README.md"

GAP_FRAC = 0.001
"""How close to the best each business is proven: they are small."""

BEGIN, END = "<!-- figures begin: written by tests/golden/test_businesses.py -->", "<!-- figures end -->"


class Said(BaseModel):
    """What a person says of a business; numbers are the engine's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    business: str
    why: str
    assumed: str


@dataclass(frozen=True)
class Business:
    """One business, planned and evaluated when it is first asked for."""

    name: str

    @cached_property
    def loaded(self) -> LoadedCase:
        return load_case(BUSINESSES / self.name / "case.yaml")

    @cached_property
    def result(self) -> Result:
        """Its plan."""
        return plan(self.loaded.case, self.loaded.datasets, PlanOptions(SolveOptions(gap_frac=GAP_FRAC)))

    @cached_property
    def evaluation(self) -> Evaluation:
        """What the company did, judged against the plan."""
        proposal = read_proposal(BUSINESSES / self.name / "proposal.yaml", self.loaded.case)
        options = EvaluateOptions(SolveOptions(gap_frac=GAP_FRAC), self.result)
        return evaluate(self.loaded.case, self.loaded.datasets, proposal, options)

    def expected(self) -> dict[str, object]:
        """Return what a plan and a judgement come to, for expected.json."""
        found = self.evaluation
        return {
            "npv_usd": round(self.result.plan.npv_musd * 1e6),
            "do_nothing_npv_usd": round(self.result.do_nothing.npv_musd * 1e6),
            "accepted": accepted(self.result),
            "decides": list(decides(self.result)),
            "proposal": {
                "broken": [item.rule.value for item in found.feasibility.broken],
                "npv_usd": None if found.result is None else round(found.result.plan.npv_musd * 1e6),
                "regret_usd": None if found.regret is None else round(found.regret.total_musd * 1e6),
                "causes": [] if found.regret is None else [cause.name for cause in found.regret.causes],
            },
        }


def accepted(result: Result) -> list[str]:
    """Return the ids of the offers that the plan takes."""
    taken = result.plan.tables["gpu_systems"]["contract"].astype(int)
    return sorted({result.instance.contracts[c] for c in taken})


def decides(result: Result) -> Iterator[str]:
    """Yield what a plan decides in words: offers with halls, machines, on-site power."""
    for row in Views(result).contracts:
        if row.taken:
            yield f"takes {row.contract} ({row.it_mw:.3g} MW in {' and '.join(row.halls)})"
    if not accepted(result):
        yield "converts nothing"
    yield from (_machines(row) for row in machine_rows(result))
    for order in orders(result):
        yield f"orders {order.units} x {order.supply}"


def _machines(row: MachineRow) -> str:
    size = f"{row.rigs:,.0f} rigs" if row.rigs else f"{row.mw:.2g} MW"
    return f"{row.subject}: {size} {row.action}"


def said() -> dict[str, Said]:
    """Return the hand-written sentences by business, in the order of the page."""
    data = YAML(typ="safe").load((BUSINESSES / "why.yaml").read_text(encoding="utf-8"))
    return {name: Said.model_validate(entry) for name, entry in data.items()}


def table(businesses: dict[str, Business]) -> str:
    """Return the page's table."""
    lines = [
        "| business | what the planner decides | NPV, MUSD | against nothing | what the company did | why | assumed |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, words in said().items():
        business = businesses[name]
        plan_npv, nothing = (o.npv_musd for o in (business.result.plan, business.result.do_nothing))
        cells = [
            f"[{words.business}]({name}/case.yaml)", "; ".join(decides(business.result)), amount(plan_npv),
            f"{plan_npv - nothing:+.3g}", _did(business.evaluation), words.why, words.assumed,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def amount(musd: float) -> str:
    """Return an amount in MUSD with three digits."""
    return f"{musd:.3g}"


def _did(found: Evaluation) -> str:
    """Say what the proposal is worth, or what it breaks."""
    if found.result is None or found.regret is None:
        return f"{found.proposal.name}: cannot be carried out"
    npv, regret = found.result.plan.npv_musd, found.regret.total_musd
    if found.feasibility.broken:
        reasons = ", ".join(dict.fromkeys(item.words for item in found.feasibility.broken))
        return f"{found.proposal.name}: not feasible ({reasons})"
    if not found.regret.causes:
        return f"{found.proposal.name}: worth {amount(npv)}, as good as the plan"
    causes = ", ".join(f"{cause.name} {amount(cause.gain_musd)}" for cause in found.regret.causes)
    return f"{found.proposal.name}: worth {amount(npv)}, {amount(regret)} less ({causes})"


def page_with(page: str, text: str) -> str:
    """Return the page with the table replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
