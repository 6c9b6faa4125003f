"""Values that are possible but look like another unit: told as notes, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest

from planner.case_file.checks import study_end
from planner.case_file.energy_checks import energy_doubts
from planner.case_file.loan_checks import loan_doubts
from planner.case_file.mining_doubts import mining_doubts
from planner.schemas import Case
from planner.schemas.tenants import Colocation

RENT_USD_PER_KW_MONTH = (30.0, 600.0)
HASHPRICE_USD_PER_PH_DAY = (3.0, 1_000.0)
HOSTING_USD_PER_MWH = (2.0, 200.0)
MOST_USD_PER_GPU_HOUR = 12.0
LEAST_USD = 10_000.0
PEAK_USD_PER_KW_YEAR = (2.0, 250.0)
READY_USD_PER_MW_YEAR = (1_000.0, 300_000.0)


def doubts(case: Case) -> list[str]:
    """Return one sentence for each value that a person should look at again."""
    return [
        *_rents(case),
        *_hashprices(case),
        *_power(case),
        *_programmes(case),
        *_small_money(case),
        *energy_doubts(case),
        *loan_doubts(case),
        *_machines(case),
        *mining_doubts(case),
        *_crews(case),
    ]


def _rents(case: Case) -> Iterator[str]:
    low, high = RENT_USD_PER_KW_MONTH
    first_sizes = {contract.offer: contract for contract in reversed(case.contracts)}
    for contract in reversed(first_sizes.values()):
        if isinstance(contract, Colocation) and not low <= contract.rent_usd_per_kw_month <= high:
            yield (
                f"rent of '{contract.offer}' is {contract.rent_usd_per_kw_month:,g} USD per kW and month, far from "
                f"what leases pay ({low:g} to {high:g}); is it per year, or per MW?"
            )


def _hashprices(case: Case) -> Iterator[str]:
    low, high = HASHPRICE_USD_PER_PH_DAY
    for point in case.market.hashprice.forward_curve or ():
        if not low <= point.usd_per_ph_day <= high:
            yield (
                f"hashprice of {point.date} is {point.usd_per_ph_day:,g} USD per PH and day, not {low:g} to {high:g}; "
                "is it per TH?"
            )
            return


def _power(case: Case) -> Iterator[str]:
    power = case.market.power
    peak, take = power.coincident_peak, power.minimum_take
    yield from _counted_twice(case)
    if peak is not None:
        low, high = PEAK_USD_PER_KW_YEAR
        if peak.usd_per_kw_year and not low <= peak.usd_per_kw_year <= high:
            yield (
                f"the coincident-peak charge is {peak.usd_per_kw_year:,g} USD per kW and year, "
                f"not {low:g} to {high:g}; is it per month, or per MW?"
            )
        yield from _outside(case, "the coincident-peak charge", None, peak.until)
    if take is not None:
        follows = peak is not None and peak.after_usd_per_kw_month > 0
        if power.demand_charge_usd_per_kw_month == 0 and not follows:
            yield "minimum_take costs nothing without a demand charge; was demand_charge_usd_per_kw_month forgotten?"
        yield from _outside(case, "the minimum take", take.start, take.until)


def _counted_twice(case: Case) -> Iterator[str]:
    """Say that a price from the location already holds charges which are typed as well.

    A delivery that was filled holds what the grid charges; a filled price without one is a retail price, the same in
    every hour.
    """
    power = case.market.power
    filled = {item.field for item in case.site.resolved if item.is_filled}
    typed = [
        words
        for name, words, amount in (
            ("demand_charge_usd_per_kw_month", "a demand charge", power.demand_charge_usd_per_kw_month),
            ("coincident_peak", "a coincident-peak charge", power.coincident_peak),
        )
        if amount and f"market.power.{name}" not in filled
    ]
    is_delivered = "market.power.delivery_usd_per_mwh" in filled
    is_flat = "market.power.curve" in filled and all(len(entry.bins) == 1 for entry in power.curve or ())
    if is_flat and power.delivery_usd_per_mwh and not is_delivered:
        typed.append("delivery")
    if not typed or not (is_delivered or is_flat):
        return
    what = f"delivery of {power.delivery_usd_per_mwh:g} USD/MWh" if is_delivered else "retail price"
    remedy = "delivery_usd_per_mwh" if is_delivered else "hub, hourly_csv or curve"
    yield (
        f"the {what} that the location gave may hold the grid's charges already, and {' and '.join(typed)} "
        f"stands in the case as well; type {remedy} if they would be counted twice"
    )


def _programmes(case: Case) -> Iterator[str]:
    low, high = READY_USD_PER_MW_YEAR
    for programme in case.market.demand_response:
        what = f"demand response '{programme.name}'"
        if programme.usd_per_mw_year and not low <= programme.usd_per_mw_year <= high:
            yield (
                f"{what} pays {programme.usd_per_mw_year:,g} USD per MW and year, not {low:,g} to {high:,g}; "
                "is it per kW, or per hour?"
            )
        if programme.usd_per_mwh_curtailed and programme.maximum_hours_per_year is None:
            yield f"{what} pays for every hour not run; was maximum_hours_per_year forgotten?"
        yield from _outside(case, what, programme.start, programme.until)


def _machines(case: Case) -> Iterator[str]:
    """Say what of the fleet has no effect, or looks like another unit."""
    fleet = case.fleet
    for place in fleet.elsewhere:
        yield from _outside(case, f"the place '{place.id}'", place.opens, place.closes)
        if all(machine.cooling is not place.cooling for machine in fleet.classes):
            yield f"no class of machines is {place.cooling.value}-cooled, so none can move to '{place.id}'"
    low, high = HOSTING_USD_PER_MWH
    for offer in fleet.hosted:
        if not low <= offer.fee_usd_per_mwh <= high:
            yield (
                f"the fee of hosting offer '{offer.id}' is {offer.fee_usd_per_mwh:g} USD per MWh, not {low:g} to "
                f"{high:g}; is it per kWh, or per month?"
            )
    for rental in fleet.rig_rentals:
        if rental.usd_per_gpu_hour > MOST_USD_PER_GPU_HOUR:
            yield (
                f"rental '{rental.id}' pays {rental.usd_per_gpu_hour:g} USD per GPU-hour, more than "
                f"{MOST_USD_PER_GPU_HOUR:g}; is it per rig?"
            )


def _crews(case: Case) -> Iterator[str]:
    """Say which crews limit nothing, and where the study's periods make more of the works than there are at once."""
    steps = case.site.crews
    for step, later in zip_longest(steps, steps[1:]):
        until = None if later is None else later.date
        yield from _outside(case, f"the limit of crews of {step.date}", step.date, until)
    quickest = min((design.build_months for design in case.designs), default=0.0)
    longest = max(block.months for block in case.study.grid)
    if steps and 0 < quickest <= longest / 2:
        yield (
            f"crews limit what is built at once, and works of {quickest:g} months begin with periods of {longest} "
            "months: what could follow each other within one counts as side by side; shorter periods tell them apart"
        )


def _outside(case: Case, what: str, start: date | None, until: date | None) -> Iterator[str]:
    """Say that something has no day in the study."""
    if until is not None and until <= case.study.start:
        yield f"{what} ends on {until}, before the study starts on {case.study.start}: it has no effect"
    elif start is not None and start >= study_end(case):
        yield f"{what} starts on {start}, after the study ends on {study_end(case)}: it has no effect"


def _small_money(case: Case) -> Iterator[str]:
    amounts = [
        *((f"shell_capex_usd of pad '{pad.id}'", pad.shell_capex_usd) for pad in case.site.pads),
        *((f"capex_usd of upgrade '{upgrade.id}'", upgrade.capex_usd) for upgrade in case.site.upgrades),
        *((f"capex_usd_per_it_mw of design '{design.id}'", design.capex_usd_per_it_mw) for design in case.designs),
        *((f"equity of {step.date}", step.added_usd) for step in case.finance.equity_budget or ()),
        *([("most_usd of the loan", case.finance.debt.most_usd or 0.0)] if case.finance.debt else []),
    ]
    for what, usd in amounts:
        if 0 < usd < LEAST_USD:
            yield f"{what} is {usd:,g} USD; was it meant in thousands or millions?"
