"""From a case without a plan to its causes and to ways out that a solve has confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from planner.schemas import Case
from planner.studies.infeasible.changes import changes
from planner.studies.infeasible.conditions import signed_names
from planner.studies.infeasible.contract_remedies import contract_remedies, unsigned
from planner.studies.infeasible.grid_remedies import grid_remedies
from planner.studies.infeasible.ground import Ground
from planner.studies.infeasible.hall_remedies import hall_remedies
from planner.studies.infeasible.money_remedies import money_remedies
from planner.studies.infeasible.records import Infeasibility, WayOut, WayOutKind
from planner.studies.infeasible.remedies import RELEVANT, Remedy
from planner.studies.infeasible.shortage import shortages
from planner.studies.infeasible.signed import offer_words
from planner.studies.infeasible.trials import Trials, may_help, without_optional
from planner.studies.proposals.asked import names
from planner.translate import translate
from planner.translate.calendar import month
from planner.translate.causes import Cause, CauseKind
from site_conversion.assemble import build
from site_conversion.handover import compile_arrays
from site_conversion.instance import Instance

SEARCH_S = 20.0
"""Causes and ways out are looked for so long: with what comes before, an answer within half a minute."""
CAUSES_S = 5.0
"""For causes alone."""
MOST_CONFLICTS = 3


def explain(case: Case, instance: Instance, causes: tuple[Cause, ...], seconds: float = SEARCH_S) -> Infeasibility:
    """Return why a case has no plan and what would make one possible.

    Args:
        case: the case, resolved; it is known to have no plan.
        instance: its arrays.
        causes: the necessary conditions that it breaks; where none is known, the model's limits are asked.
        seconds: the search takes no longer, and what is found by then is returned; 0 looks for causes alone.
    """
    trials = Trials(seconds or CAUSES_S)
    if not causes:
        causes = tuple(_after_the_solve(case, instance, trials))
    if not seconds:
        return Infeasibility(signed_names(case), causes)
    ways_out = _ways_out(Ground(case, instance, causes), trials)
    return Infeasibility(
        signed_names(case), causes, ways_out, is_searched=True, is_cut_short=trials.is_cut_short, seconds=trials.seconds
    )


# --- causes -----------------------------------------------------------------------------------------------


def _after_the_solve(case: Case, instance: Instance, trials: Trials) -> Iterator[Cause]:
    """Yield what is short for each smallest set of signed offers that cannot be delivered together."""
    every = frozenset(signed_names(case))
    released: frozenset[str] = frozenset()
    for _ in range(MOST_CONFLICTS):
        conflict = _conflict(unsigned(case, released), trials)
        built = build(translate(unsigned(case, every - frozenset(conflict))))
        arrays = compile_arrays(built)
        if not may_help(built.site.instance):
            arrays = without_optional(built, arrays)
        found = shortages(built, arrays, conflict, trials.left_s)
        if found or conflict:
            yield from found or (_together(case, instance, conflict),)
        released |= frozenset(conflict)
        if released == every or not trials.left_s or trials.possible(unsigned(case, released)):
            break


def _conflict(case: Case, trials: Trials) -> tuple[str, ...]:
    """Return signed offers that cannot be delivered together, though without any one of them the rest can."""
    kept = list(signed_names(case))
    for name in tuple(kept):
        rest = frozenset(signed_names(case)) - frozenset(kept) | {name}
        if len(kept) > 1 and trials.left_s and not trials.possible(unsigned(case, rest)):
            kept.remove(name)
    return tuple(kept)


def _together(case: Case, instance: Instance, conflict: tuple[str, ...]) -> Cause:
    """Say that no single limit explains it, with the dates of what is signed."""
    terms, told = instance.contract_terms, []
    dates = []
    for name in conflict:
        if name in terms.offers:
            sizes = terms.sizes(terms.offers.index(name))
            told.append(offer_words(case, instance, sizes))
            dates += [case.contracts[sizes[0]].ready_by, case.contracts[sizes[0]].longstop]
        else:
            offer = next(offer for offer in case.fleet.hosted if offer.id == name)
            told.append(f"signed customer {name} ({offer.mw:,.1f} MW, start by {month(offer.latest_start)})")
            dates += [offer.latest_start]
    exclude = "cannot be delivered together" if len(conflict) > 1 else "cannot be delivered"
    words = f"{names(told)} {exclude}, and no single limit explains it: look at dates, designs and the halls' sizes"
    return Cause(CauseKind.TOGETHER, words, conflict, since=min(dates), until=max(dates))


# --- ways out ---------------------------------------------------------------------------------------------


def _ways_out(ground: Ground, trials: Trials) -> tuple[WayOut, ...]:
    """Return single changes that are enough; where there is none, the fewest together, also of what to give up."""
    families = (grid_remedies, hall_remedies, money_remedies, contract_remedies)
    every = [remedy for family in families for remedy in family(ground)]
    # what is enough alone helps against every cause
    first = [remedy for remedy in every if all(_helps(ground, cause, remedy) for cause in ground.causes)]
    # what is quick to ask and nearly always helps is asked first, and told last
    asked = sorted(first, key=lambda remedy: remedy.kind is not WayOutKind.GIVE_UP)
    found = sorted(_confirmed(ground.case, asked, trials), key=lambda way: way.kind is WayOutKind.GIVE_UP)
    if found:
        return tuple(found)
    giving_up = [remedy for remedy in reversed(every) if remedy.kind is WayOutKind.GIVE_UP]
    others = [remedy for remedy in every if remedy.kind is not WayOutKind.GIVE_UP]
    given_up = _several(ground.case, giving_up, trials)
    helpful = [remedy for remedy in others if any(_helps(ground, cause, remedy) for cause in ground.causes)]
    preferred = sorted(_one_of_each(others), key=lambda remedy: remedy not in helpful)
    return tuple(way for way in (_several(ground.case, preferred, trials), given_up) if way is not None)


def _helps(ground: Ground, cause: Cause, remedy: Remedy) -> bool:
    """Whether a change may help against a cause; a change of a signed offer only where the cause names it."""
    kinds = RELEVANT[cause.kind]
    is_of_another = remedy.subject in signed_names(ground.case) and remedy.subject not in cause.contracts
    return (not kinds or remedy.kind in kinds) and not (cause.contracts and is_of_another)


def _confirmed(case: Case, remedies: Iterable[Remedy], trials: Trials) -> Iterator[WayOut]:
    """Yield the remedies that are enough alone, each in its least amount; of equity at two dates the later."""
    told: set[tuple[WayOutKind, str]] = set()
    for remedy in remedies:
        if (remedy.kind, remedy.subject) in told:
            continue
        way = _alone(case, remedy, trials)
        if way is not None:
            told.add((remedy.kind, remedy.subject))
            yield way


def _alone(case: Case, remedy: Remedy, trials: Trials) -> WayOut | None:
    i = _least(case, remedy, trials)
    if i is None:
        return None
    amount = remedy.amounts[i]
    changed = remedy.change(case, amount)
    if not (trials.valid(changed) and trials.plannable(changed)):
        return None
    return WayOut(remedy.kind, remedy.words(amount), changes(case, changed), changed, amount, remedy.unit)


def _least(case: Case, remedy: Remedy, trials: Trials) -> int | None:
    """Return the place of the least amount with which there is a plan; None if the most is not enough."""
    amounts = remedy.amounts
    if not amounts or not trials.possible(remedy.change(case, amounts[-1])):
        return None

    def enough(i: int) -> bool:
        return trials.possible(remedy.change(case, amounts[i]))

    low, high = -1, len(amounts) - 1
    if remedy.step is not None and high > 1:
        low, high = _around(case, remedy, trials, enough)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _around(case: Case, remedy: Remedy, trials: Trials, enough: Callable[[int], bool]) -> tuple[int, int]:
    """Return places that enclose the least amount, close to what one relaxed model says it is."""
    amounts, last = remedy.amounts, len(remedy.amounts) - 1
    roomy, tighter = (remedy.change(case, amounts[i]) for i in (last, last - 1))
    exact = trials.relief(roomy, tighter, amounts[last], amounts[last] - amounts[last - 1])
    if exact is None:
        return -1, last
    near = next((i for i, amount in enumerate(amounts) if amount >= exact - 1e-6), last)
    for i in (near, min(near + 1, last)):
        if enough(i):
            return i - 1, i
    return near, last


def _several(case: Case, remedies: list[Remedy], trials: Trials) -> WayOut | None:
    """Return changes that make a plan possible together and of which none can be left out, each in its least amount.

    Those named first are preferred. None where that was not found in time.
    """
    most = {i: len(remedy.amounts) - 1 for i, remedy in enumerate(remedies) if remedy.amounts}

    def enough(chosen: list[int]) -> bool:
        return trials.possible(_applied(case, remedies, {i: most[i] for i in chosen}))

    if not most or not enough(list(most)):
        return None
    at = {i: most[i] for i in sorted(_needed(list(most), enough))}
    if not trials.left_s:
        return None
    for i in at:
        at[i] = _least_beside(case, remedies, at, i, trials)
    changed = _applied(case, remedies, at)
    if not (trials.valid(changed) and trials.plannable(changed)):
        return None
    words = "; and ".join(remedies[i].words(remedies[i].amounts[place]) for i, place in at.items())
    if len(at) > 1 and all(remedies[i].kind is WayOutKind.GIVE_UP for i in at):
        words = f"{names([remedies[i].subject for i in at])} given up; their price is not in the case"
    return WayOut(WayOutKind.TOGETHER, words, changes(case, changed), changed)


def _needed(items: list[int], enough: Callable[[list[int]], bool]) -> list[int]:
    """Return items that are enough together and of which none can be left out, the first ones preferred.

    Source: U. Junker, QuickXplain, AAAI 2004: by halves, in about k * log(n / k) questions for k of n items.
    """

    def among(items: list[int], beside: list[int], *, is_new: bool) -> list[int]:
        if is_new and enough(beside):
            return []
        if len(items) == 1:
            return items
        first, second = items[: len(items) // 2], items[len(items) // 2 :]
        of_second = among(second, [*beside, *first], is_new=True)
        return [*among(first, [*beside, *of_second], is_new=bool(of_second)), *of_second]

    return among(items, [], is_new=False)


def _one_of_each(remedies: list[Remedy]) -> list[Remedy]:
    """Keep the first remedy of each kind and subject: two of them would undo each other."""
    ordered = sorted(remedies, key=lambda remedy: (remedy.kind.value, remedy.subject))
    return [next(group) for _, group in groupby(ordered, key=lambda remedy: (remedy.kind, remedy.subject))]


def _applied(case: Case, remedies: list[Remedy], at: dict[int, int]) -> Case:
    for i, place in sorted(at.items()):
        case = remedies[i].change(case, remedies[i].amounts[place])
    return case


def _least_beside(case: Case, remedies: list[Remedy], at: dict[int, int], i: int, trials: Trials) -> int:
    """Return the place of the least amount of one remedy beside the others; `at` is changed to it."""
    beside = _applied(case, remedies, {j: place for j, place in at.items() if j != i})
    place = _least(beside, remedies[i], trials)
    at[i] = at[i] if place is None else place
    return at[i]
