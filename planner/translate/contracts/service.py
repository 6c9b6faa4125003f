"""A contract's months of service from one start: what it takes, and the chance that it is there and paid.

Money of a contract is expected money. An extension counts at the chance that it is used. A tenant that may fail is
there in month j with chance S(j) = (1 - d)^(j/12); the place is then empty for the re-letting months and let again
after them, once, so somebody else is there with chance 1 - S(j - months). The chances multiply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.contract_terms import Credit, Extension
from planner.schemas.tenants import Contract
from planner.translate.calendar import Timeline
from site_conversion.instance import Floats, Ints


@dataclass(frozen=True)
class Service:
    """Months of service, and by month of service what happens in them."""

    first: int
    months: Ints  # numbers of the study's months
    term: int  # months of the term, without extensions
    share: Floats  # share of its IT MW taken, by the ramp
    running: Floats  # chance that the contract runs: 1 in the term, less in extensions
    tenant: Floats  # chance that the tenant itself is there
    occupied: Floats  # chance that somebody is there: the tenant, or the next one
    paid: Floats  # expected share of the contract's own rent that is paid
    rent_steps: Floats  # factor on the rent from extensions that step it
    total: int  # months of the study and after

    def lay(self, by_service_month: Floats) -> Floats:
        """Place a flow by month of service onto the study's months."""
        monthly = np.zeros(self.total)
        monthly[self.months] = by_service_month
        return monthly

    @property
    def elapsed(self) -> Ints:
        """Months since the start of service."""
        return self.months - self.first


def service_months(contract: Contract) -> int:
    """Return the months for which space and power are reserved: the term and its extensions."""
    return contract.term_months + sum(extension.months for extension in live_extensions(contract))


def live_extensions(contract: Contract) -> list[Extension]:
    """Return the extensions up to the first that is never used."""
    live: list[Extension] = []
    for extension in contract.extensions:
        if extension.probability_frac == 0:
            break
        live.append(extension)
    return live


def ends(contract: Contract) -> list[tuple[int, float]]:
    """Return the months after which service may end, and the chance of each."""
    months, chance, found = contract.term_months, 1.0, []
    for extension in live_extensions(contract):
        found.append((months, chance * (1 - extension.probability_frac)))
        months, chance = months + extension.months, chance * extension.probability_frac
    return [*found, (months, chance)]


def contract_service(contract: Contract, k: int, time: Timeline) -> Service:
    """Return the service of a contract that starts with period k."""
    first = time.month_of(time.boundaries[k])
    months = first + np.arange(service_months(contract))
    there, steps = _extensions(contract)
    tenant, occupied, paid = _credit(contract.credit, np.arange(len(months)))
    return Service(
        first=first,
        months=months,
        term=contract.term_months,
        share=ramp_share(contract),
        running=there,
        tenant=there * tenant,
        occupied=there * occupied,
        paid=there * paid,
        rent_steps=steps,
        total=len(time.month_column),
    )


def ramp_share(contract: Contract) -> Floats:
    """Return the share of its IT MW a contract takes in each month of its service."""
    j = np.arange(service_months(contract))
    share = np.ones(len(j))
    for step in contract.ramp:
        share[j >= step.month] = step.share_frac
    return share


def expected_load(contract: Contract, k: int, time: Timeline) -> Floats:
    """Return the share of its IT MW that is drawn in each of the study's months, at its chance."""
    service = contract_service(contract, k, time)
    return service.lay(service.share * service.occupied)


def _extensions(contract: Contract) -> tuple[Floats, Floats]:
    """Chance of being there, and factor on the rent, by month of service."""
    there, steps = np.ones(service_months(contract)), np.ones(service_months(contract))
    month = contract.term_months
    for extension in live_extensions(contract):
        there[month:] *= extension.probability_frac
        steps[month:] *= 1 + extension.rent_step_frac
        month += extension.months
    return there, steps


def _credit(credit: Credit | None, j: Ints) -> tuple[Floats, Floats, Floats]:
    """Chance that the tenant is there, that somebody is, and expected share of the rent, by month of service."""
    if credit is None:
        return np.ones(len(j)), np.ones(len(j)), np.ones(len(j))

    def survival(default_frac_per_year: float, months: Floats) -> Floats:
        return np.power(1 - default_frac_per_year, np.maximum(months, 0.0) / 12)

    tenant = survival(credit.default_frac_per_year, j.astype(np.float64))
    since_relet = np.asarray(j - credit.relet_months, dtype=np.float64)
    next_one = 1 - survival(credit.default_frac_per_year, since_relet)
    paid = tenant + credit.relet_rate_frac * next_one
    if credit.guarantor is not None:
        lost = (1 - tenant - next_one) + max(0.0, 1 - credit.relet_rate_frac) * next_one
        solvent = survival(credit.guarantor.default_frac_per_year, j.astype(np.float64))
        paid = paid + credit.guarantor.covered_frac * solvent * lost
    return tenant, tenant + next_one, paid
