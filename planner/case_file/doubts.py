"""Values that are possible but look like another unit: told as notes, never refused."""

from __future__ import annotations

from collections.abc import Iterator

from planner.schemas import Case
from planner.schemas.tenants import Colocation

RENT_USD_PER_KW_MONTH = (30.0, 600.0)
HASHPRICE_USD_PER_PH_DAY = (3.0, 1_000.0)
LEAST_USD = 10_000.0


def doubts(case: Case) -> list[str]:
    """Return one sentence for each value that a person should look at again."""
    return [*_rents(case), *_hashprices(case), *_small_money(case)]


def _rents(case: Case) -> Iterator[str]:
    low, high = RENT_USD_PER_KW_MONTH
    for contract in case.contracts:
        if isinstance(contract, Colocation) and not low <= contract.rent_usd_per_kw_month <= high:
            yield (
                f"rent of '{contract.id}' is {contract.rent_usd_per_kw_month:,g} USD per kW and month, far from what "
                f"leases pay ({low:g} to {high:g}); is it per year, or per MW?"
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


def _small_money(case: Case) -> Iterator[str]:
    amounts = [
        *((f"shell_capex_usd of pad '{pad.id}'", pad.shell_capex_usd) for pad in case.site.pads),
        *((f"capex_usd of upgrade '{upgrade.id}'", upgrade.capex_usd) for upgrade in case.site.upgrades),
        *((f"capex_usd_per_it_mw of design '{design.id}'", design.capex_usd_per_it_mw) for design in case.designs),
        *((f"equity of {step.date}", step.usd) for step in case.finance.equity_budget or ()),
    ]
    for what, usd in amounts:
        if 0 < usd < LEAST_USD:
            yield f"{what} is {usd:,g} USD; was it meant in thousands or millions?"
