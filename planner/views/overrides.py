"""What the decisions fixed beforehand cost: the plan beside those that it forgoes, with what the gaps leave open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.results import Outcome, Result
from planner.views.plan import Views
from site_conversion.solve import SolveReport


@dataclass(frozen=True)
class Price:
    """What is given up: the difference of two best plans found, and between what it lies if the gaps hide the most."""

    usd: float
    least_usd: float
    most_usd: float | None
    """Not known where the search without the override has no bound."""

    @property
    def is_exact(self) -> bool:
        """Whether the gaps leave nothing that would be seen in MUSD with one decimal."""
        return self.most_usd is not None and self.most_usd - self.least_usd < 5e4


@dataclass(frozen=True)
class OverrideRow:
    """One decision fixed beforehand, and what it costs where it alone is lifted (None: not asked for)."""

    words: str
    price: Price | None


@dataclass(frozen=True)
class OverridesView:
    """The decisions fixed beforehand, and what they cost together; the price is not known where there was no search."""

    rows: tuple[OverrideRow, ...]
    price: Price | None
    free_npv_usd: float | None
    """Of the best plan found without any of them."""
    instead: str
    """What that plan does otherwise about the offers, empty where it takes the same."""


def overrides_view(result: Result) -> OverridesView | None:
    """Return the fixed decisions of a result; None where its case fixes none."""
    words = [override.words for override in result.case.overrides]
    if not words:
        return None
    free, plan = result.free, result.plan
    if free is None:
        return OverridesView(tuple(OverrideRow(name, None) for name in words), None, None, "")
    prices: list[Price | None] = [_price(plan, one.npv_musd, one.report) for one in free.lifted]
    whole = _price(plan, free.plan.npv_musd, free.plan.report)
    if not prices:
        prices = [whole] if len(words) == 1 else [None] * len(words)
    rows = tuple(OverrideRow(name, price) for name, price in zip(words, prices, strict=True))
    return OverridesView(rows, whole, free.plan.npv_musd * 1e6, _instead(result, free.plan))


def _price(plan: Outcome, npv_musd: float, search: SolveReport) -> Price:
    """Return the price; a best plan lies between its value and its bound, and one with more freedom loses nothing."""
    most_of_plan = plan.report.bound_musd
    least = 0.0 if most_of_plan is None else max(0.0, npv_musd - most_of_plan)
    most = None if search.bound_musd is None else (search.bound_musd - plan.npv_musd) * 1e6
    return Price((npv_musd - plan.npv_musd) * 1e6, least * 1e6, most)


def _instead(result: Result, free: Outcome) -> str:
    """Say which offers the free plan takes in place of which, and which in another size."""
    mine, other = _taken(result), _taken(replace(result, plan=free))
    names = tuple(dict.fromkeys(contract.offer for contract in result.case.contracts))
    gained = ", ".join(name for name in names if name in other and name not in mine)
    lost = ", ".join(name for name in names if name in mine and name not in other)
    said = []
    if gained:
        said.append(f"with {gained} in place of {lost}" if lost else f"with {gained} as well")
    elif lost:
        said.append(f"without {lost}")
    said += [
        f"{name} of {other[name]:,.1f} MW of IT instead of {mine[name]:,.1f}"
        for name in names
        if name in mine and name in other and abs(other[name] - mine[name]) > 1e-6
    ]
    return "; ".join(said)


def _taken(result: Result) -> dict[str, float]:
    """Return the IT MW of every offer taken, an offer in steps under its own name."""
    return {row.contract: row.it_mw for row in Views(result).contracts if row.taken}
