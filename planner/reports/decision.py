"""A plan in three sentences: what to do, what it is worth, how sure that is; a fourth where decisions were fixed."""

from __future__ import annotations

from planner.reports.money import day, fit_for, least_shown_usd, musd, mw, signed_musd
from planner.reports.overrides import overrides_words
from planner.views import Views
from planner.views.machines import serves_others
from planner.views.overrides import overrides_view


def decision(views: Views) -> tuple[str, ...]:
    """Return the sentences as plain text."""
    fixed = overrides_view(views.result)
    with fit_for(views.size_usd):
        more = () if fixed is None else (overrides_words(fixed),)
        return _what(views), _worth(views), _sure(views), *more


def converted(views: Views) -> str:
    """Say how many halls of the site are converted, and how many offers of those made are taken."""
    site, taken = views.result.case.site, [row for row in views.contracts if row.taken]
    places = " and ".join(name for name, there in (("halls", site.halls), ("pads", site.pads)) if there)
    offers = f"{len(taken)} of {len(views.contracts)} offers" if len(views.contracts) > 1 else "the one offer"
    halls = len(views.instance.halls)
    what = f"{len(views.conversions)} of {halls} {places}" if halls > 1 else f"the one {places[:-1]}"
    return f"Convert {what} and take {offers} ({', '.join(row.contract for row in taken)})"


def going_on(views: Views) -> str:
    """Say that nothing is converted, and why, as far as it is proven."""
    if views.is_best_known:
        why = "no offer adds value within the limits"
    elif views.headline.status == "optimal":
        why = "no offer was found to add value, to the gap asked"
    else:
        why = "no offer is taken"
    if serves_others(views.result):
        return f"Convert nothing: {why}, but machines of others are hosted or rigs rented out."
    return f"Go on mining: {why}."


def _what(views: Views) -> str:
    taken = [row for row in views.contracts if row.taken]
    if not taken:
        return going_on(views)
    first = min(row.start for row in taken if row.start is not None)
    return (
        f"{converted(views)}: "
        f"{mw(sum(row.it_mw for row in taken))} MW of critical IT, the first of it in service from {day(first)}."
    )


def _worth(views: Views) -> str:
    head = views.headline
    npv = f"The plan is worth {musd(head.npv_usd)} MUSD, going on mining {musd(head.do_nothing_npv_usd)} MUSD"
    gain = f"a difference of {signed_musd(head.gain_usd)} MUSD"
    if abs(head.gain_after_horizon_usd) >= least_shown_usd():
        gain += f", of which {signed_musd(head.gain_after_horizon_usd)} after the horizon"
    if head.peak_funding_usd <= 0:
        return f"{npv}: {gain}."
    return (
        f"{npv}: {gain}; it needs {musd(head.peak_funding_usd)} MUSD of funding at its peak in "
        f"{head.peak_funding_when}, and pays it back {head.payback}."
    )


def _sure(views: Views) -> str:
    head = views.headline
    if head.status == "chosen":
        chosen = "One of several plans, not chosen for its value alone"
        if head.gain_bound_usd is None:
            return f"{chosen}; what this case can be worth at most was not searched."
        most = signed_musd(head.gain_bound_usd)
        return f"{chosen}: no plan of this case is worth more than {most} MUSD against going on mining."
    if head.gap_frac is None or head.gain_bound_usd is None:
        return "Nothing is proven: the search was stopped without a bound, better plans may exist."
    bound = f"more than {signed_musd(head.gain_bound_usd)} MUSD against going on mining"
    if head.status == "optimal":
        return f"Proven: no plan of this case is worth {bound}; every limit and every dollar was checked again."
    return f"Not proven: the search was stopped, and a plan of up to {signed_musd(head.gain_bound_usd)} MUSD may exist."
