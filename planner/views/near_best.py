"""Near-optimal alternatives as every outlet shows them: the plans, what all must do, what is a real choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.results import Result
from planner.studies.alternatives.near_best import Alternative, Alternatives
from planner.views.machines import hosted_offers
from planner.views.plan import Views
from site_conversion.choices import Choices, hall_class
from site_conversion.instance import Instance

BEST = "best"


@dataclass(frozen=True)
class AlternativeRow:
    """One plan; money in USD."""

    name: str
    origin: str
    npv_usd: float
    gain_usd: float
    share_of_best_gain_frac: float | None
    """None where the best plan gains nothing."""
    capex_usd: float
    peak_funding_usd: float
    first_rent: date | None
    t_co2: float | None
    """Within the horizon, by the grid's average; None where that is not known."""
    it_mw: float
    offers: tuple[str, ...]
    decisions: tuple[str, ...]
    """Everything that counts as a difference, in words."""
    more: tuple[str, ...]
    """What the best plan does not have."""
    less: tuple[str, ...]
    """What the best plan has and this one has not."""
    distance_mw: float
    """MW of critical IT used otherwise than in the nearest plan before it."""
    is_proven_farthest: bool


@dataclass(frozen=True)
class Variant:
    """A way in which a choice is made, and by whom."""

    what: str
    plans: tuple[str, ...]
    best_gain_usd: float
    """The largest gain of these plans."""


@dataclass(frozen=True)
class ChoiceRow:
    """A decision that plans which are nearly as good make in different ways; the most valuable way first."""

    subject: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class AlternativesView:
    """What is shown of alternatives."""

    case: str
    do_nothing_npv_usd: float
    best_npv_usd: float
    best_gain_usd: float
    best_gap_frac: float | None
    floor_npv_usd: float
    within: str
    """How much of the best plan's value the others may lose, in words."""
    plans: tuple[AlternativeRow, ...]
    musts: tuple[str, ...]
    """What all plans have."""
    choices: tuple[ChoiceRow, ...]
    never: tuple[str, ...]
    """Offers that no plan takes."""
    is_settled: bool
    """It is proven that every plan above the floor has the musts and takes none of the offers that none takes."""
    notes: tuple[str, ...]


def view(found: Alternatives) -> AlternativesView:
    """Return what is shown of alternatives."""
    best = found.plans[0].result
    instance, gain = best.instance, (best.plan.npv_musd - best.do_nothing.npv_musd) * 1e6
    names = [BEST, *(str(i) for i in range(1, len(found.plans)))]
    facts = [_facts(instance, plan.choices) for plan in found.plans]
    rows = tuple(
        _row(name, plan, facts[i], facts[0], gain)
        for i, (name, plan) in enumerate(zip(names, found.plans, strict=True))
    )
    offers = instance.contract_terms.offers
    return AlternativesView(
        case=best.case.name,
        do_nothing_npv_usd=best.do_nothing.npv_musd * 1e6,
        best_npv_usd=best.plan.npv_musd * 1e6,
        best_gain_usd=gain,
        best_gap_frac=best.plan.report.gap_frac,
        floor_npv_usd=found.floor_musd * 1e6,
        within=_within(found),
        plans=rows,
        musts=tuple(_musts(instance, found.common)),
        choices=_choices(facts, rows),
        never=tuple(offers[o] for o in found.never),
        is_settled=found.is_settled,
        notes=tuple(_notes(found, gain)),
    )


def _row(
    name: str, plan: Alternative, facts: dict[str, str], best: dict[str, str], best_gain_usd: float
) -> AlternativeRow:
    views = Views(plan.result)
    head, taken = views.headline, [row for row in views.contracts if row.taken]
    carbon = views.carbon_by_year
    here, there = (set(_sentences(found)) for found in (facts, best))
    return AlternativeRow(
        name=name,
        origin=plan.origin.value,
        npv_usd=head.npv_usd,
        gain_usd=head.gain_usd,
        share_of_best_gain_frac=head.gain_usd / best_gain_usd if best_gain_usd > 1.0 else None,
        capex_usd=head.capex_usd,
        peak_funding_usd=head.peak_funding_usd,
        first_rent=min((row.start for row in taken if row.start is not None), default=None),
        t_co2=sum(row.total_t_co2 for row in carbon) if carbon else None,
        it_mw=sum(row.it_mw for row in taken),
        offers=(*(row.contract for row in taken), *hosted_offers(plan.result)),
        decisions=tuple(_sentences(facts)),
        more=tuple(words for words in _sentences(facts) if words not in there),
        less=tuple(words for words in _sentences(best) if words not in here),
        distance_mw=plan.distance_mw,
        is_proven_farthest=plan.is_proven_farthest,
    )


# --- decisions in words -----------------------------------------------------------------------------------------


def _facts(instance: Instance, choices: Choices) -> dict[str, str]:
    """Return what is decided on each subject."""
    facts: dict[str, str] = {}
    offers = instance.contract_terms
    for o, (c, year) in choices.offers.items():
        size = f"{instance.contract_it_mw[c]:g} MW " if len(offers.sizes(o)) > 1 else ""
        facts[f"offer {offers.offers[o]}"] = f"{size}from {year}"
    for (h, d), count in choices.halls.items():
        facts[_hall_words(instance, h, d)] = _count_words(instance, h, count)
    facts |= {f"grid request {instance.upgrades[u]}": "" for u in sorted(choices.requests)}
    facts |= {f"on-site {instance.supply.names[g]}": f"{units} ordered" for g, units in choices.supplies.items()}
    facts |= {f"hosting for {instance.hosting.offers[i]}": f"from {year}" for i, year in choices.hosted.items()}
    return facts


def _class_of(instance: Instance, h: int) -> list[str]:
    return [name for i, name in enumerate(instance.halls) if hall_class(instance, i) == h]


def _hall_words(instance: Instance, h: int, d: int) -> str:
    names = _class_of(instance, h)
    which = names[0] if len(names) == 1 else f"halls like {names[0]}"
    return f"{which} as {instance.designs[d]}"


def _count_words(instance: Instance, h: int, count: int) -> str:
    total = len(_class_of(instance, h))
    return "" if total == 1 else f"{count} of {total}"


def _sentences(facts: dict[str, str]) -> list[str]:
    return [f"{subject} {how}".strip() if subject.startswith(("offer", "grid", "hosting", "on-site")) or not how
            else f"{how} {subject}" for subject, how in facts.items()]  # fmt: skip


def _musts(instance: Instance, common: Choices) -> list[str]:
    """Say what all plans have; without years and sizes, which may differ."""
    offers = instance.contract_terms.offers
    signed = {int(instance.contract_terms.offer_of[c]) for c in instance.must_deliver.nonzero()[0]}
    words = [f"take {offers[o]}{' (signed)' if o in signed else ''}" for o in common.offers]
    for (h, d), count in common.halls.items():
        total = len(_class_of(instance, h))
        least = "" if total == 1 else f"at least {count} of {total} "
        words.append(f"convert {least}{_hall_words(instance, h, d)}")
    words += [f"ask for {instance.upgrades[u]}" for u in sorted(common.requests)]
    words += [f"order on-site {instance.supply.names[g]}" for g in common.supplies]
    return [*words, *(f"host {instance.hosting.offers[i]}" for i in common.hosted)]


def _choices(facts: list[dict[str, str]], rows: tuple[AlternativeRow, ...]) -> tuple[ChoiceRow, ...]:
    """Return the subjects on which the plans differ."""
    subjects = list(dict.fromkeys(subject for found in facts for subject in found))
    found = []
    for subject in subjects:
        ways: dict[str, list[AlternativeRow]] = {}
        for row, known in zip(rows, facts, strict=True):
            ways.setdefault((known[subject] or "yes") if subject in known else "no", []).append(row)
        if len(ways) > 1:
            variants = [
                Variant(way, tuple(row.name for row in group), max(row.gain_usd for row in group))
                for way, group in ways.items()
            ]
            found.append(ChoiceRow(subject, tuple(sorted(variants, key=lambda variant: -variant.best_gain_usd))))
    return tuple(found)


# --- notes ------------------------------------------------------------------------------------------------------


def _within(found: Alternatives) -> str:
    options = found.options
    if options.within_musd is not None:
        return f"{options.within_musd:,.1f} MUSD of it"
    return f"{options.within_frac:.1%} of that gain"


def _notes(found: Alternatives, gain_usd: float) -> list[str]:
    notes = []
    options, best = found.options, found.plans[0].result
    others = found.plans[1:]
    if options.within_musd is None and gain_usd <= 1.0:
        notes.append("the best plan gains nothing over going on mining, so no part of its gain can be given up: "
                     "say with --within-musd how much an alternative may lose")  # fmt: skip
    if best.instance.rigs.rigs or best.instance.moves.places:
        notes.append("what is done with machines and rigs is made best in every plan and counts neither as a "
                     "difference nor as a must")  # fmt: skip
    if found.is_exhausted:
        notes.append("no further plan within this range differs from all of these in offers, years, halls, requests "
                     "or on-site supply: this is proven")  # fmt: skip
    elif found.is_stopped:
        notes.append("some searches were stopped before their proof: there may be plans that differ more")
    if any(plan.result.plan.npv_musd > best.plan.npv_musd + 1e-6 for plan in others):
        notes.append("an alternative is worth more than the best plan found: both are within the gap of that search")
    if options.capex_ceiling_musd is not None:
        notes.append(_ceiling(found, best))
    gap = best.plan.report.gap_frac
    if options.capex_ceiling_musd is None and gap is not None and gap > 1e-6:
        notes.append(f"the best plan is proven to {gap:.2%} of its NPV; the range is counted from the plan found, so "
                     "against what might still be found an alternative may lose that much more")  # fmt: skip
    return notes


def _ceiling(found: Alternatives, best: Result) -> str:
    limit = f"every plan spends at most {found.options.capex_ceiling_musd:,.1f} MUSD of capital within the horizon"
    if found.unlimited is None:
        return limit
    loss = found.unlimited.plan.npv_musd - best.plan.npv_musd
    return f"{limit}; the best of them is worth {loss:,.1f} MUSD less than the plan given, which has no such limit"
