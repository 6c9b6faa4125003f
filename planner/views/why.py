"""Explanation -> what its outlets show: one frozen record; money in USD, each range with what was found and proven."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.studies.proposals.asked import names
from planner.studies.proposals.broken import Broken, month
from planner.studies.why.changes import Changes
from planner.studies.why.explain import Explanation
from planner.studies.why.margins import Margin, Slip
from planner.studies.why.needs import Beside, Need
from planner.studies.why.trials import Range
from planner.studies.why.worth import Step, Worth
from planner.translate.calendar import months_between
from planner.translate.causes import COUNTED, counted
from planner.views.plan import Views
from planner.views.waits import RequestRow, WaitRow, request_row, wait_row

UNKNOWN = float("inf")
LEAST_TOLD = 0.05
"""What is short by less than is shown is not told."""
OF_HALLS = ("bays", "floor", "fitted IT MW", "electrical MW", "cooling plant")
"""Limits of one hall."""
MOST_HALLS = 4


@dataclass(frozen=True)
class Between:
    """A figure that is known to lie between two; None where that end is not proven."""

    low: float | None
    high: float | None

    @property
    def is_nothing(self) -> bool:
        """Whether it is less than a hundred dollars either way."""
        return self.low is not None and self.high is not None and self.low > -100 and self.high < 100

    @property
    def is_point(self) -> bool:
        """Whether both ends are the same to three digits and a bit."""
        if self.low is None or self.high is None:
            return False
        return self.high - self.low <= max(100.0, 5e-4 * max(abs(self.low), abs(self.high)))

    @property
    def is_price(self) -> bool:
        """Whether both ends are the same price to a tenth of a per cent."""
        return self.low is not None and self.high is not None and self.high - self.low <= 1e-3 * abs(self.high)


@dataclass(frozen=True)
class HeldBackRow:
    """A limit, when nothing is left of it, and the offers that it keeps out."""

    limit: str
    binds: str
    """Periods; empty if something is always left."""
    left: str
    offers: tuple[str, ...]
    """Offers that lack it beside the plan's, each with how much."""


@dataclass(frozen=True)
class NeedRow:
    """An offer that is not taken."""

    offer: str
    price: float
    unit: str
    needed: float | None
    """Least price at which it is worth taking; None if there is none or it was not found."""
    needed_between: Between | None
    loss_usd: Between | None
    """What taking it at its price costs."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class MarginRow:
    """An offer that is taken, and how safe it is."""

    offer: str
    price: float
    unit: str
    gain_usd: Between | None
    """What the plan loses without it."""
    least: float | None
    least_between: Between | None
    fall_frac: float | None
    """By how much its price may fall for certain: to the upper end of what was found."""
    overrun_usd: Between | None
    """How much more its works may cost."""
    months: float | None
    """By how much its start may slip."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class WorthStepRow:
    """So much more of something."""

    amount: float
    gain_usd: Between
    is_solved: bool
    words: str


@dataclass(frozen=True)
class WorthRow:
    """What more of something is worth."""

    resource: str
    unit: str
    left: str
    steps: tuple[WorthStepRow, ...]


@dataclass(frozen=True)
class WhyView:
    """Everything shown of an explanation; a part that was not asked for is None."""

    case: str
    npv_usd: float
    proof: str
    held_back: tuple[HeldBackRow, ...] | None
    waits: tuple[WaitRow, ...] | None
    requests: tuple[RequestRow, ...] | None
    rejected: tuple[NeedRow, ...] | None
    accepted: tuple[MarginRow, ...] | None
    worth: tuple[WorthRow, ...] | None
    solves: int
    notes: tuple[str, ...]


def why_view(explanation: Explanation) -> WhyView:
    """Return what is shown of an explanation."""
    found = explanation
    shown = found.paths is not None
    return WhyView(
        case=found.result.case.name,
        npv_usd=found.result.plan.npv_musd * 1e6,
        proof=_proof(found),
        held_back=_held_back(found) if shown else None,
        waits=tuple(wait_row(item) for item in found.waits or ()) if shown else None,
        requests=tuple(request_row(item) for item in found.paths or ()) if shown else None,
        rejected=None if found.needs is None else tuple(_need(item) for item in found.needs),
        accepted=None if found.margins is None else tuple(_margin(item) for item in found.margins),
        worth=None if found.worths is None else tuple(_worth(item) for item in found.worths),
        solves=found.solves,
        notes=tuple(_notes(found)),
    )


def _proof(found: Explanation) -> str:
    if found.base is None:
        return "read from the plan, nothing was solved"
    other, open_musd = _other_plan(found), found.base.width
    if open_musd < 1e-3:
        return f"{other}every figure is a new search of the changed case ({found.solves} in all), none a dual price"
    return (
        f"{other}the best plan may be worth {open_musd:,.2f} MUSD more; every figure is a new search of the changed "
        f"case ({found.solves} in all), none a dual price, and a range where the searches leave one"
    )


def _other_plan(found: Explanation) -> str:
    """Say that the plan explained is not that of the file, where it is a better one."""
    if found.improved_musd <= 1e-4:
        return ""
    theirs = found.result.plan.npv_musd - found.improved_musd
    return f"the plan in the file is worth {theirs:,.1f} MUSD; explained is the best plan of its case; "


def _notes(found: Explanation) -> list[str]:
    notes = []
    if not found.is_whole:
        notes.append("stopped: what is missing here was not asked any more")
    if found.stopped:
        notes.append(
            f"stopped above the asked gap of {found.gap_frac:.2%}, so with wider ranges: {'; '.join(found.stopped)}"
        )
    return notes


def _usd(found: Range) -> Between:
    return _between(found, 1e6)


def _between(found: Range, scale: float = 1.0) -> Between:
    low, high = found.low * scale, found.high * scale
    return Between(None if abs(low) == UNKNOWN else low, None if abs(high) == UNKNOWN else high)


# --- what binds --------------------------------------------------------------------------------------------


def _held_back(found: Explanation) -> tuple[HeldBackRow, ...]:
    """Limits that bind, and limits that some offer lacks though something is left of them."""
    views = Views(found.result)
    binds = {row.subject: row.when for row in views.binding}
    left = {row.subject: f"{_amount(row.left, row.unit)} left in {row.when}" for row in views.tightest}
    lacking: dict[str, list[str]] = {}
    for need in found.needs or ():
        for item in (*need.impossible, *(() if need.beside is None else need.beside.missing)):
            if item.subject:
                short = (
                    f" (short by {_amount(item.amount, item.unit)})" if item.amount is not None and item.unit else ""
                )
                lacking.setdefault(item.subject, []).append(need.offer + short)
    subjects = dict.fromkeys([*binds, *left, *lacking])
    return tuple(
        HeldBackRow(
            subject, binds.get(subject, ""), left.get(subject, ""), tuple(dict.fromkeys(lacking.get(subject, ())))
        )
        for subject in subjects
    )


def _amount(value: float, unit: str) -> str:
    if unit in COUNTED:
        return counted(value, unit)
    return f"{value / 1e6:,.1f} MUSD" if unit == "USD" else f"{value:,.1f} {unit}"


# --- offers ------------------------------------------------------------------------------------------------


def change_words(changes: Changes, *, most: int = 4) -> str:
    """Return the way from one plan to another in a sentence: offers first, then halls and dates."""
    if changes.is_same:
        return "the same offers, halls and dates"
    parts = []
    if changes.gained:
        parts.append(f"with {names(changes.gained)}")
    if changes.dropped:
        parts.append(f"without {names(changes.dropped)}")
    rest = [*changes.others[:most], *(["..."] if len(changes.others) > most else [])]
    return "; ".join([", ".join(parts), *rest] if parts else rest)


def _need(item: Need) -> NeedRow:
    needed = item.needed
    return NeedRow(
        offer=item.offer,
        price=item.price.value,
        unit=item.price.unit,
        needed=None if needed is None else needed.amount,
        needed_between=None if needed is None else _between(needed.range),
        loss_usd=None if item.loss is None else _usd(item.loss),
        words=tuple(_need_words(item)),
    )


def _need_words(item: Need) -> list[str]:
    if item.refusal:
        return [f"cannot be taken: {item.refusal}"]
    if item.impossible:
        return [f"no plan can take it, whatever it pays: {broken.words}" for broken in item.impossible]
    words = [item.note] if item.note else []
    if item.forced is None:
        return words or ["no plan can take it; which limit is short was not found"]
    if item.size:
        words.append(f"at the {item.price.what} it would need, with {item.size}")
    at_a_loss = item.loss is not None and item.loss.low > 0
    if item.needed is not None and item.needed.range.low <= item.price.value and not at_a_loss:
        words.append("as far as the searches tell it may be worth taking as it is: ask for a smaller gap")
    others = tuple(name for name in item.forced.gained if name != item.offer)
    if item.forced.dropped:
        beside = f", together with {names(others)}" if others else ""
        words.append(f"at its price only instead of {names(item.forced.dropped)}{beside}")
    if item.beside is not None:
        words += _beside_words(item.beside)
    return words


def _beside_words(beside: Beside) -> list[str]:
    if beside.fits:
        return ["fits beside what the plan takes: it is left out as it does not pay"]
    if not beside.missing:
        return ["does not fit beside what the plan takes; which limit is short was not found"]
    words = _missing_words(beside.missing)
    more = beside.with_equity
    if more is None:
        return words
    gain = "" if more.gain.high < 1e-4 else f" ({musd_between(_usd(more.gain), sign=True)} MUSD)"
    answer = f"it is taken{gain}" if more.takes_it else "it is still not taken: it does not pay"
    return [*words, f"with {more.more_musd:,.1f} MUSD more equity {answer}"]


def _missing_words(missing: tuple[Broken, ...]) -> list[str]:
    """Return what is short: of the site all of it, of halls, which are short together, some."""
    told = [item for item in missing if item.amount is None or item.amount >= LEAST_TOLD]
    of_halls = [item for item in told if any(f"{what} of " in item.subject for what in OF_HALLS)]
    of_site = [item for item in told if item not in of_halls]
    words = [f"beside what the plan takes: {_short_words(item)}" for item in of_site or of_halls[:MOST_HALLS]]
    if of_site and of_halls:
        words.append(f"and room in halls: {_short_words(max(of_halls, key=lambda item: 'bays' in item.subject))}, ...")
    elif len(of_halls) > MOST_HALLS:
        words.append(f"and {len(of_halls) - MOST_HALLS} more limits of halls")
    return words


def _short_words(broken: Broken) -> str:
    """Return a limit that is short; of offers that exclude each other it is no amount that is missing."""
    return f"only {broken.subject} may be taken" if broken.subject and not broken.unit else broken.words


def _margin(item: Margin) -> MarginRow:
    least, slip = item.least, item.slip
    fall = None if least is None or not item.price.value else max(0.0, 1 - least.range.high / item.price.value)
    return MarginRow(
        offer=item.offer,
        price=item.price.value,
        unit=item.price.unit,
        gain_usd=None if item.gain is None else _usd(item.gain),
        least=None if least is None else least.amount,
        least_between=None if least is None else _between(least.range),
        fall_frac=fall,
        overrun_usd=None if item.overrun is None else _usd(item.overrun.more_musd),
        months=None if slip is None else months_between(slip.planned, slip.latest),
        words=tuple(_margin_words(item)),
    )


def _margin_words(item: Margin) -> list[str]:
    if item.is_must:
        return ["signed for good or forced: every plan takes it"]
    words = [item.note] if item.note else []
    if item.instead is not None:
        others = replace(item.instead, dropped=tuple(name for name in item.instead.dropped if name != item.offer))
        words.append(f"the best plan without it: {'nothing in its place' if others.is_same else change_words(others)}")
    if item.size:
        words.append(f"at the least {item.price.what}, with {item.size}")
    left = None if item.overrun is None else item.overrun.equity_left_musd
    if item.overrun is not None and left is not None and item.overrun.more_musd.high > left:
        words.append(f"the plan leaves {left:,.1f} MUSD of equity: works that cost more than that need new money")
    if item.least is not None and item.least.is_edge:
        words.append(f"for a lower {item.price.what} no plan can take it, as a loan could not be served")
    if item.slip is not None:
        words.append(_slip_words(item.slip))
    return words


def _slip_words(slip: Slip) -> str:
    doubt = "" if slip.is_proven else " (as far as the searches tell)"
    if slip.latest == slip.planned:
        if slip.next_start is None:
            return f"service from {month(slip.planned)} is the last start that the tenant accepts"
        return f"no longer worth taking from {month(slip.next_start)}, the next start{doubt}"
    months = months_between(slip.planned, slip.latest)
    after = "the tenant's last" if slip.next_start is None else f"no longer from {month(slip.next_start)}"
    return f"service may slip {months:.0f} months, to {month(slip.latest)}, {after}{doubt}"


# --- one more ----------------------------------------------------------------------------------------------


def _worth(item: Worth) -> WorthRow:
    left = (
        ""
        if item.left is None
        else f"{_amount(item.left.amount, item.left.unit)} in {item.left.when}".removesuffix(" in ")
    )
    return WorthRow(item.resource, item.unit, left, tuple(_step(step, item.dearer) for step in item.steps))


def _step(step: Step, dearer: str) -> WorthStepRow:
    gain = _usd(step.gain)
    words = ""
    if not gain.is_nothing and step.changes is not None:
        words = change_words(step.changes)
        if gain.high is not None and gain.high < 0 and step.changes.is_same:
            words += f"; dearer, as {dearer}"
    return WorthStepRow(step.amount, gain, step.solved, words)


def musd_between(found: Between, *, sign: bool = False) -> str:
    """Write a range of dollars in millions: one figure where both ends agree."""

    def one(usd: float) -> str:
        digits = 1 if abs(usd) >= 1e7 else 2
        text = f"{round(usd / 1e6, digits) + 0.0:,.{digits}f}"
        return f"+{text}" if sign and usd > 0 else text

    if found.is_nothing:
        return "nothing"
    if found.low is None or found.high is None:
        known = found.high if found.low is None else found.low
        return "unknown" if known is None else f"{'at most' if found.low is None else 'at least'} {one(known)}"
    if found.is_point:
        return one((found.low + found.high) / 2)
    if abs(found.low) < 100:
        return f"at most {one(found.high)}"
    low, high = one(found.low), one(found.high)
    return low if low == high else f"{low} to {high}"


def price_between(amount: float, found: Between) -> str:
    """Write a price: one figure where both ends of its range agree to a tenth of a per cent."""

    def one(value: float) -> str:
        return f"{value:,.1f}" if abs(value) >= 20 else f"{value:,.3f}"

    if found.low is None or found.high is None:
        return f"{one(amount)} or less" if found.low is None else f"{one(amount)} or more"
    if found.is_price:
        return one(amount)
    return f"{one(found.low)} to {one(found.high)}"
