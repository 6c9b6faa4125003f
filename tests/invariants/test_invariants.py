"""What must be true of every plan, whatever the case: each is solved to the optimum, and optima are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st

from planner.results import Result, load, save
from planner.schemas import Case
from planner.schemas.market import DemandResponse, QuarterCurve
from planner.schemas.site import CrewStep, Equipment, QueueDelay, Upgrade
from planner.schemas.tenants import Colocation, Contract
from planner.studies.check import check
from planner.studies.plan import InfeasibleCase
from planner.translate import case_timeline
from planner.translate.calendar import add_months
from planner.translate.greenfield import bare_land
from tests.invariants.strategies import TAPE_BYTES, Need, build_case, cases
from tests.invariants.support import (
    MONEY,
    Field,
    R,
    changed,
    no_worse,
    optimum,
    same,
    scaled,
    schema_fields,
    value,
    with_site,
)
from tests.invariants.tape import Tape

SOME = (1, 3)
"""Offers of a case where there must be something to decide."""
AMOUNTS = st.sampled_from((0.1, 0.6, 4.0))
"""By how much something grows, as a share of itself."""
SEEDS = st.integers(0, 1_000)


def examples_are_fixed() -> bool:
    """Whether the examples are the same every time."""
    return settings.default is not None and settings.default.derandomize


def repeatable(test: Callable[[], None], name: str) -> None:
    """Run a test under Hypothesis; where examples are the same every time, they follow from the name.

    They would follow from its code otherwise, and so be alike for all its parameters.
    """
    if examples_are_fixed():
        test = hypothesis_seed(crc32(name.encode()))(test)
    test()


# --- every case has a plan, or a reason -------------------------------------------------------------------


def taken(result: Result) -> set[int]:
    """Return the contracts that a plan takes."""
    return set(result.plan.tables["tenants"]["contract"].astype(int))


def termination_npv_musd(case: Case) -> float:
    """Return the discounted fees of all signed contracts; each falls due in the period of its longstop."""
    time = case_timeline(case)
    total = 0.0
    # an offer in steps is terminated once
    for contract in {contract.offer: contract for contract in case.contracts}.values():
        due = max(p for p in range(time.periods) if p == 0 or time.boundaries[p] <= contract.longstop)
        total += (contract.termination_usd or 0.0) / 1e6 * float(time.discount[due])
    return total


@pytest.mark.slow
@pytest.mark.parametrize("halls", [1, 2, 3, 4])
def test_every_case_has_a_plan_no_worse_than_doing_nothing_or_a_reason(halls: int) -> None:
    """A plan has passed every outside check; without one, a signed contract that must be delivered is named."""
    seen: Counter[str] = Counter()

    @settings(max_examples=60)
    @given(case=cases(Need(halls=halls)))
    def every_case(case: Case) -> None:
        musts = [contract.offer for contract in case.contracts if contract.signed and contract.termination_usd is None]
        musts += [offer.id for offer in case.fleet.hosted if offer.signed]
        try:
            result = optimum(case)
        except InfeasibleCase as infeasible:
            reason = str(infeasible)
        else:
            reason = ""
        if reason:
            assert musts
            assert any(name in reason for name in musts)
            seen["refused"] += 1
            return
        if not musts:
            floor = result.do_nothing.npv_musd - termination_npv_musd(case)
            assert no_worse(result.plan.npv_musd, floor)
            seen["pays a fee"] += result.plan.npv_musd < result.do_nothing.npv_musd
        seen["planned"] += 1
        seen["takes an offer"] += bool(taken(result))
        seen["asks for an upgrade"] += len(result.plan.tables["grid_upgrades"]) > 0
        seen["sells machines"] += bool((result.plan.tables["asic_fleet"]["sold_mw"] > 1e-6).any())

    repeatable(every_case, f"{halls} halls")
    if not examples_are_fixed():
        return
    # were there nothing to decide in them, the cases would prove nothing
    assert seen["planned"] >= 30
    assert seen["takes an offer"] >= 8
    assert seen["asks for an upgrade"] >= 4
    assert seen["sells machines"] >= 8


def test_a_site_with_nothing_to_decide_has_a_plan() -> None:
    """No machines, no place for them, no offers: what is left is the site's fixed cost."""
    plainest = build_case(Tape(bytes(TAPE_BYTES)), Need(halls=1, offers=(0, 0), upgrades=(0, 0), classes=(0, 0)))
    operations = changed(plainest.fleet.operations, site_fixed_usd_per_year=1e6)
    hall = changed(plainest.site.halls[0], mining=None)
    case = changed(with_site(plainest, halls=(hall,)), fleet=changed(plainest.fleet, operations=operations))
    time = case_timeline(case)
    result = optimum(case)
    assert result.plan.npv_musd == pytest.approx(-float(time.years @ time.discount[:-1]))
    assert result.do_nothing.npv_musd == pytest.approx(result.plan.npv_musd)


# --- more never hurts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relief:
    """A change that no plan loses by: every plan of the case is a plan of the changed case, worth no less."""

    change: Callable[[Case, float], Case]
    need: Need = field(default_factory=lambda: Need(offers=SOME))


def each(records: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Return the records, each changed."""
    return tuple(change(record) for record in records)


def grown(record: R, grow: float, *names: str) -> R:
    """Return a record with some fields multiplied; what is left out or unlimited stays."""
    return changed(
        record, **{name: getattr(record, name) * grow for name in names if getattr(record, name) is not None}
    )


def sooner(queue: QueueDelay, amount: float) -> QueueDelay:
    """Return a shorter delay."""
    return changed(
        queue, **{name: months / (1 + amount) for name, months in queue.model_dump(exclude_none=True).items()}
    )


def quicker(upgrade: Upgrade, amount: float) -> Upgrade:
    """Return an upgrade whose equipment and commissioning take less time."""

    def faster(item: Equipment) -> Equipment:
        return changed(item, lead_time_months=item.lead_time_months / (1 + amount))

    months = upgrade.commissioning_months / (1 + amount)
    return changed(upgrade, equipment=each(upgrade.equipment, faster), commissioning_months=months)


def more_budget(case: Case, amount: float) -> Case:
    """Return a case with more equity on each date."""
    budget = each(
        case.finance.equity_budget or (), lambda step: changed(step, added_usd=step.added_usd + 20e6 * amount)
    )
    return changed(case, finance=changed(case.finance, equity_budget=budget))


def consent_sooner(case: Case, amount: float) -> Case:
    """Return a case whose change of use takes less time."""
    consent = case.site.change_of_use
    assert consent is not None
    return with_site(case, change_of_use=changed(consent, queue=sooner(consent.queue, amount)))


def dearer(contract: Contract, amount: float) -> Contract:
    """Return a contract that pays more."""
    if isinstance(contract, Colocation):
        return grown(contract, 1 + amount, "rent_usd_per_kw_month")
    path = each(contract.rate_path, lambda point: grown(point, 1 + amount, "usd"))
    return grown(changed(contract, rate_path=path), 1 + amount, "rate_usd_per_gpu_hour")


def cheaper_conversions(case: Case, amount: float) -> Case:
    """Return a case in which designs, cooling modules and shells cost less."""
    less = 1 / (1 + amount)
    return changed(
        case,
        designs=each(case.designs, lambda design: grown(design, less, "capex_fixed_usd", "capex_usd_per_it_mw")),
        cooling_modules=each(case.cooling_modules, lambda module: grown(module, less, "capex_usd")),
        site=changed(case.site, pads=each(case.site.pads, lambda pad: grown(pad, less, "shell_capex_usd"))),
    )


def places_grow(name: str) -> Callable[[Case, float], Case]:
    """Return the change of a case that gives its halls and pads more of something."""

    def change(case: Case, amount: float) -> Case:
        halls = each(case.site.halls, lambda hall: grown(hall, 1 + amount, name))
        return with_site(case, halls=halls, pads=each(case.site.pads, lambda pad: grown(pad, 1 + amount, name)))

    return change


def contracts(change: Callable[[Any, float], Contract]) -> Callable[[Case, float], Case]:
    """Return the change of a case that changes each of its contracts."""
    return lambda case, amount: changed(case, contracts=each(case.contracts, lambda entry: change(entry, amount)))


def upgrades(change: Callable[[Upgrade, float], Upgrade]) -> Callable[[Case, float], Case]:
    """Return the change of a case that changes each of its upgrades."""
    return lambda case, amount: with_site(case, upgrades=each(case.site.upgrades, lambda entry: change(entry, amount)))


def site_grows(*names: str) -> Callable[[Case, float], Case]:
    """Return the change of a case that gives its site more of something."""
    return lambda case, amount: changed(case, site=grown(case.site, 1 + amount, *names))


MACHINES = Need(offers=(0, 2), classes=(1, 2), other_machines=True)


def fleet_grows(part: str, name: str) -> Callable[[Case, float], Case]:
    """Return the change of a case that multiplies a field of each record in a part of its fleet."""

    def change(case: Case, amount: float) -> Case:
        records = each(getattr(case.fleet, part), lambda record: grown(record, 1 + amount, name))
        return changed(case, fleet=changed(case.fleet, **{part: records}))

    return change


def fleet_shrinks(part: str, name: str) -> Callable[[Case, float], Case]:
    """Return the change of a case that divides a field of each record in a part of its fleet."""
    return lambda case, amount: fleet_grows(part, name)(case, 1 / (1 + amount) - 1)


SOONER = Need(
    offers=(2, 4), upgrades=(1, 2), scarce_power=True, losses_offset_all=True, spend_at_request=True,
    minimum_take=False,
)  # fmt: skip
"""Cases in which an earlier energisation can only help.

Three rules make it cost something, both rightly. Spend is spread over the months to the energisation, so a
shorter delay pulls it forward, and a request can only be put off by whole periods: here all is paid at the
request. An earlier energisation is also written off earlier, perhaps as a loss, and where losses offset only a
share of later income that can be worse: here they offset all of it. And what is energised counts towards a
minimum take: here there is none, nor where the contracted MW themselves grow.
"""


def with_power(case: Case, **fields: Any) -> Case:
    """Return a case with other values in some fields of its power price."""
    return changed(case, market=changed(case.market, power=changed(case.market.power, **fields)))


def billed_less(case: Case, amount: float) -> Case:
    """Return a case that bills a smaller share of the contracted MW."""
    take = case.market.power.minimum_take
    assert take is not None
    return with_power(case, minimum_take=grown(take, 1 / (1 + amount), "demand_frac"))


def peak_easier(case: Case, amount: float) -> Case:
    """Return a case whose coincident peak costs less money and fewer hours."""
    peak = case.market.power.coincident_peak
    assert peak is not None
    easier = grown(peak, 1 / (1 + amount), "usd_per_kw_year", "avoided_hours_per_year")
    return with_power(case, coincident_peak=easier)


def more_crews(case: Case, amount: float) -> Case:
    """Return a case whose crews build more at once."""

    def larger(step: CrewStep) -> CrewStep:
        halls, mw = step.halls_at_once, step.it_mw_at_once
        return changed(
            step,
            halls_at_once=None if halls is None else halls + round(2 * amount) + 1,
            it_mw_at_once=None if mw is None else mw + 10 * amount,
        )

    return with_site(case, crews=each(case.site.crews, larger))


def another_programme(case: Case, amount: float) -> Case:
    """Return a case with one more demand-response programme."""
    start = case.study.start
    programme = DemandResponse(
        name="Another", start=add_months(start, 2), until=add_months(start, 30),
        usd_per_mwh_curtailed=25 * amount, usd_per_mw_year=2_000 * amount, maximum_hours_per_year=500 * (1 + amount),
    )  # fmt: skip
    return changed(case, market=changed(case.market, demand_response=(*case.market.demand_response, programme)))


def supplies(change: Callable[[Any, float], Any]) -> Callable[[Case, float], Case]:
    """Return the change of a case that changes each of its on-site supplies."""
    return lambda case, amount: with_site(case, supplies=each(case.site.supplies, lambda entry: change(entry, amount)))


def cheaper_supply(supply: Any, amount: float) -> Any:
    """Return a supply that costs less to keep and to run; what it fetches follows its price, which stays."""
    names = [
        name for name in ("fixed_usd_per_mw_year", "fuel_usd_per_mmbtu", "running_usd_per_mwh") if hasattr(supply, name)
    ]
    return grown(supply, 1 / (1 + amount), *names)


BRIDGED = Need(offers=(2, 4), upgrades=(1, 2), scarce_power=True, supplies=(1, 2), minimum_take=False, carbon=False)
"""Cases that are short of firm MW and could make them on the site."""


RELIEFS: dict[str, Relief] = {
    "more firm MW": Relief(
        site_grows("firm_mw"), Need(offers=SOME, scarce_power=True, change_of_use=False, minimum_take=False)
    ),
    "more firm MW, which AI load may use after a change of use": Relief(
        site_grows("firm_mw"), Need(offers=SOME, scarce_power=True, change_of_use=True, minimum_take=False)
    ),
    "more interruptible MW": Relief(
        lambda case, amount: with_site(case, interruptible_mw=case.site.interruptible_mw + 20 * amount),
        Need(offers=SOME, classes=(1, 2), minimum_take=False),
    ),
    "larger substation": Relief(site_grows("substation_mva"), Need(offers=SOME, substation=True)),
    "more water": Relief(
        lambda case, amount: with_site(
            case, water_limit_m3_per_year=(case.site.water_limit_m3_per_year or 0.0) + 20_000 * amount
        ),
        Need(offers=SOME, water_limit=True),
    ),
    "no water limit": Relief(
        lambda case, _: with_site(case, water_limit_m3_per_year=None), Need(offers=SOME, water_limit=True)
    ),
    "more crews": Relief(more_crews, Need(offers=SOME, crews=True)),
    "no limit of crews": Relief(lambda case, _: with_site(case, crews=()), Need(offers=SOME, crews=True)),
    "more floor": Relief(places_grow("floor_m2"), Need(offers=SOME, scarce_hall="floor")),
    "more electrical MW": Relief(
        places_grow("electrical_mw"),
        Need(offers=(3, 4), scarce_hall="power", budget=False, loan=False, carbon=False, water_limit=False),
    ),
    "more budget": Relief(more_budget, Need(offers=SOME, budget=True)),
    "no budget": Relief(
        lambda case, _: changed(case, finance=changed(case.finance, equity_budget=None)),
        Need(offers=SOME, budget=True),
    ),
    "no minimum take": Relief(
        lambda case, _: with_power(case, minimum_take=None), Need(offers=SOME, classes=(1, 2), minimum_take=True)
    ),
    "smaller minimum take": Relief(billed_less, Need(offers=SOME, classes=(1, 2), minimum_take=True)),
    "no coincident peak": Relief(
        lambda case, _: with_power(case, coincident_peak=None), Need(offers=SOME, coincident_peak=True)
    ),
    "easier coincident peak": Relief(peak_easier, Need(offers=SOME, classes=(1, 2), coincident_peak=True)),
    "more room elsewhere": Relief(fleet_grows("elsewhere", "room_mw"), MACHINES),
    "lower hosting costs": Relief(fleet_shrinks("hosted", "opex_usd_per_mw_year"), MACHINES),
    "shorter moves": Relief(fleet_shrinks("elsewhere", "downtime_months"), MACHINES),
    "cheaper rigs": Relief(fleet_shrinks("rigs", "upgrade_usd_per_rig"), MACHINES),
    "higher rig rents": Relief(fleet_grows("rig_rentals", "usd_per_gpu_hour"), MACHINES),
    "another demand-response programme": Relief(another_programme, Need(offers=SOME, classes=(1, 2))),
    "shorter queue": Relief(
        upgrades(lambda upgrade, amount: changed(upgrade, queue=sooner(upgrade.queue, amount))), SOONER
    ),
    "shorter lead times": Relief(upgrades(quicker), SOONER),
    "shorter change of use": Relief(consent_sooner, Need(offers=SOME, change_of_use=True, losses_offset_all=True)),
    # A termination fee falls due at the longstop, so moving it moves the fee and its tax relief as well.
    "later longstop": Relief(
        contracts(
            lambda contract, amount: changed(contract, longstop=add_months(contract.longstop, round(6 * amount) + 1))
        ),
        Need(offers=SOME, fee=False),
    ),
    "earlier earliest start": Relief(contracts(lambda contract, _: changed(contract, earliest_start=None))),
    "lower damages": Relief(
        contracts(lambda contract, amount: grown(contract, 1 / (1 + amount), "late_damages_usd_per_month")),
        Need(offers=SOME, late=True),
    ),
    "lower termination fee": Relief(
        contracts(lambda contract, amount: grown(contract, 1 / (1 + amount), "termination_usd"))
    ),
    "higher rent": Relief(contracts(dearer)),
    "lower conversion capex": Relief(cheaper_conversions),
    "lower upgrade capex": Relief(
        upgrades(lambda upgrade, amount: grown(upgrade, 1 / (1 + amount), "capex_usd", "deposit_usd")),
        Need(offers=SOME, upgrades=(1, 2), scarce_power=True),
    ),
    "higher hashprice": Relief(
        lambda case, amount: changed(case, market=grown(case.market, 1 + amount, "hashprice_scale_frac")),
        Need(offers=SOME, classes=(1, 2)),
    ),
    "more units of on-site supply": Relief(
        supplies(lambda supply, amount: changed(supply, most_units=supply.most_units + round(5 * amount))), BRIDGED
    ),
    "cheaper on-site supply": Relief(supplies(cheaper_supply), BRIDGED),
    "no rule about carbon": Relief(
        lambda case, _: changed(case, carbon=changed(case.carbon, price_usd_per_t=(), cap=())),
        Need(offers=SOME, carbon=True, supplies=(0, 0)),
    ),
    "cheaper carbon, more of it allowed": Relief(
        lambda case, amount: changed(
            case,
            carbon=changed(
                case.carbon,
                price_usd_per_t=each(case.carbon.price_usd_per_t, lambda step: grown(step, 1 / (1 + amount), "usd")),
                cap=each(case.carbon.cap, lambda step: grown(step, 1 + amount, "t_per_year")),
            ),
        ),
        Need(offers=SOME, carbon=True, supplies=(0, 0)),
    ),
    "more machines": Relief(
        lambda case, amount: changed(
            case,
            fleet=changed(
                case.fleet,
                classes=each(
                    case.fleet.classes,
                    lambda machine: changed(machine, count=round(machine.count * (1 + amount)) + 100),
                ),
            ),
        ),
        Need(offers=SOME, classes=(1, 2)),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RELIEFS)
def test_more_never_hurts(name: str) -> None:
    """And so a tighter limit never helps."""
    relief, helped = RELIEFS[name], []

    @settings(max_examples=18)
    @given(case=cases(relief.need), amount=AMOUNTS)
    def each_case(case: Case, amount: float) -> None:
        before, after = value(case), value(relief.change(case, amount))
        assert no_worse(after, before)
        helped.append(not same(after, before))

    # a relief of something rarely scarce is drawn again until it has mattered once
    for draw in range(4):
        repeatable(each_case, f"{name} {draw}" if draw else name)
        if any(helped):
            break
    assert any(helped) or not examples_are_fixed(), "the change has made no difference to any case"


# --- order and names say nothing --------------------------------------------------------------------------


def shuffled(records: tuple[Any, ...], seed: int, prefix: str | None = None) -> tuple[Any, ...]:
    """Return records in another order, renamed if a prefix is given."""
    order = [*np.random.default_rng(seed).permutation(len(records)).tolist()]
    if prefix is None:
        return tuple(records[n] for n in order)
    return tuple(changed(records[n], id=f"{prefix}-{place}") for place, n in enumerate(order))


def renamed(contracts: Iterable[Contract], names: Iterable[str]) -> tuple[Contract, ...]:
    """Return contracts under other names, those they follow among them."""
    pairs = list(zip(contracts, names, strict=False))
    known = {contract.id: name for contract, name in pairs}
    return tuple(
        changed(contract, id=name, follows=known.get(contract.follows or "", contract.follows))
        for contract, name in pairs
    )


@pytest.mark.slow
@pytest.mark.parametrize("difference", ["everything", "mining", "designs"])
def test_the_order_and_names_of_halls_say_nothing(difference: Literal["everything", "mining", "designs"]) -> None:
    """Two of the four halls at least are identical, and may be told apart from the others by one thing only."""

    @settings(max_examples=16)
    @given(case=cases(Need(halls=4, offers=SOME, classes=(1, 2), difference=difference)), seed=SEEDS)
    def each_case(case: Case, seed: int) -> None:
        halls, pads = shuffled(case.site.halls, seed, "room"), shuffled(case.site.pads, seed, "plot")
        assert same(value(with_site(case, halls=halls, pads=pads)), value(case))

    repeatable(each_case, difference)


@pytest.mark.slow
@settings(max_examples=20)
@given(case=cases(Need(offers=(2, 4), upgrades=(1, 2), classes=(1, 2))), seed=SEEDS)
def test_the_order_of_everything_else_says_nothing(case: Case, seed: int) -> None:
    """Contracts, machines and upgrades are renamed too; the others are referred to by their names."""
    other = changed(
        with_site(case, upgrades=shuffled(case.site.upgrades, seed, "request")),
        contracts=renamed(shuffled(case.contracts, seed), (f"deal-{n}" for n in range(len(case.contracts)))),
        designs=shuffled(case.designs, seed),
        cooling_modules=shuffled(case.cooling_modules, seed),
        gpu_systems=shuffled(case.gpu_systems, seed),
        fleet=changed(
            case.fleet,
            classes=shuffled(case.fleet.classes, seed, "machine"),
            elsewhere=shuffled(case.fleet.elsewhere, seed, "place"),
            hosted=shuffled(case.fleet.hosted, seed, "guest"),
            rigs=shuffled(case.fleet.rigs, seed, "rig"),
            rig_rentals=shuffled(case.fleet.rig_rentals, seed, "renter"),
        ),
    )
    assert same(value(other), value(case))


LEDGER_WORDS = ("conversion", "revenue", "capex", "terminal", "hashing", "grid", "power", "after")


@settings(max_examples=8)
@given(case=cases(Need(offers=(1, 4), must_deliver=False)))
def test_a_contract_may_be_named_like_an_item_of_the_cash_flow(case: Case) -> None:
    assert same(value(changed(case, contracts=renamed(case.contracts, LEDGER_WORDS))), value(case))


# --- money has no scale -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_scaling_money_scales_the_value() -> None:
    """Every monetary field of the input language is scaled, and none is zero or absent in all the cases."""
    seen: set[Field] = set()

    @settings(max_examples=25)
    @given(
        case=cases(Need(offers=(1, 4), upgrades=(1, 2), classes=(1, 2), greenfield=True)),
        factor=st.sampled_from((0.37, 0.9, 1.7)),
    )
    def each_case(case: Case, factor: float) -> None:
        other = scaled(case, factor, seen)
        assert same(value(other), factor * value(case))
        assert same(value(bare_land(other)), factor * value(bare_land(case)))

    each_case()
    assert seen == {field for field in schema_fields() if MONEY in field[1]}


def test_no_monetary_field_hides_under_another_name() -> None:
    words = {"price", "cost", "fee", "fees", "rent", "capex", "opex", "damages", "charge", "resale", "deposit"}
    named = {field for field in schema_fields() if words & set(field[1].split("_"))}
    # a curve's points hold their own usd
    assert {name for _, name in named if not {MONEY, "frac", "btc", "curve"} & set(name.split("_"))} == set()


# --- what is not used changes nothing ---------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=25)
@given(case=cases(Need(offers=(1, 4), must_deliver=False, fee=False)), seed=SEEDS)
def test_another_offer_never_hurts(case: Case, seed: int) -> None:
    less = tuple(entry for n, entry in enumerate(case.contracts) if n != seed % len(case.contracts))
    assert no_worse(value(case), value(changed(case, contracts=less)))


@pytest.mark.slow
@pytest.mark.parametrize("growth", ["fast", "any"])
def test_an_offer_that_is_not_taken_changes_nothing(growth: str) -> None:
    """Also where building early may pay: the dates of an offer left alone are no better than all the others."""

    @settings(max_examples=20)
    @given(case=cases(Need(offers=(2, 4), must_deliver=False, fee=False, costs_grow_fast=growth == "fast")))
    def each_case(case: Case) -> None:
        result = optimum(case)
        kept = tuple(case.contracts[c] for c in sorted(taken(result)))
        assert same(value(changed(case, contracts=kept)), result.plan.npv_musd)

    repeatable(each_case, growth)


@settings(max_examples=15)
@given(case=cases(Need(offers=SOME, change_of_use=True)))
def test_what_nobody_needs_changes_nothing(case: Case) -> None:
    """A design no tenant accepts, upgrades that come too late or add what does not limit."""
    spare = changed(case.designs[0], id="spare", cooling="immersion")
    late = QueueDelay(p10_months=240, p50_months=240, p90_months=240)
    soon = QueueDelay(p10_months=1, p50_months=1, p90_months=1)
    useless = (
        Upgrade(id="too-late", firm_mw=100, queue=late),
        Upgrade(id="unlimited", substation_mva=10, capex_usd=1e6, queue=soon),
    )
    site = changed(case.site, substation_mva=None, upgrades=(*case.site.upgrades, *useless))
    without = with_site(case, substation_mva=None)
    assert same(value(changed(case, site=site, designs=(spare, *case.designs))), value(without))


# --- a result is what was solved --------------------------------------------------------------------------


def assert_same_tables(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> None:
    """Compare tables by name; what is empty has no types to compare."""
    assert first.keys() == second.keys()
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name], check_dtype=False, rtol=1e-12, atol=1e-12, obj=name)


@settings(max_examples=20)
@given(case=cases(Need(offers=(1, 4), upgrades=(1, 2), must_deliver=False)))
def test_a_saved_result_loads_back_and_checks_clean(tmp_path: Path, case: Case) -> None:
    result = optimum(case)
    save(result, tmp_path)
    loaded = load(tmp_path / "result.json")
    assert loaded.case == case
    for before, after in ((result.plan, loaded.plan), (result.do_nothing, loaded.do_nothing)):
        assert after.report == before.report
        assert after.npv_musd == pytest.approx(before.npv_musd, rel=1e-12)
        everything = (
            {**outcome.tables, "cash": outcome.cash_flow, "limits": outcome.limits} for outcome in (before, after)
        )
        assert_same_tables(*everything)
    assert check(loaded).findings == ()
    assert check(loaded).notes == ()


# --- the optimum is one number ----------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=20)
@given(case=cases(Need(offers=SOME, must_deliver=False)), seed=SEEDS)
def test_seeds_and_starts_do_not_move_the_optimum(case: Case, seed: int) -> None:
    """Another seed, the plan itself to start from, and the plan of a case with another offer less."""
    result = optimum(case)
    poorer = optimum(changed(case, contracts=case.contracts[1:]))
    assert same(optimum(case, seed=seed + 1).plan.npv_musd, result.plan.npv_musd)
    assert same(optimum(case, start_from=result).plan.npv_musd, result.plan.npv_musd)
    assert same(optimum(case, start_from=poorer).plan.npv_musd, result.plan.npv_musd)


# --- a price curve is a distribution ----------------------------------------------------------------------


def cut(quarter: QuarterCurve) -> QuarterCurve:
    """Return the curve with its first bin cut into a half and two quarters, and the bins in reverse order."""
    first, *others = quarter.bins
    parts = [changed(first, hours_frac=first.hours_frac * share) for share in (0.5, 0.25, 0.25)]
    return changed(quarter, bins=tuple(reversed([*parts, *others])))


@settings(max_examples=15)
@given(case=cases(Need(offers=SOME, classes=(1, 2))))
def test_the_parts_of_a_bin_of_the_price_curve_are_the_bin(case: Case) -> None:
    power = case.market.power
    other = changed(power, curve=tuple(reversed(each(power.curve or (), cut))))
    assert same(value(changed(case, market=changed(case.market, power=other))), value(case))
