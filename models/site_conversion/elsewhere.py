"""Other places that take machines of this site: moved there, hashing there, sold from there.

moved_mw[a, e, p]   MW   class a leaves the site for place e at the start of p
away_mw[a, e, p]    MW   stands at place e in p, on its way included
sold_mw[a, e, p]    MW   sold from there at the start of p

away_state   away = before + moved - sold
away_age     away <= moved and still young enough (classes with an age limit only)
place_room   sum of away over the classes <= room of the place

An away MW earns what a machine there earns in the period, running in the months that pay the place's all-in price; the
move gives back what would have been earned until the machines hash there (their lost share of each period, by days).
Machines do not come back. What a move costs is running cost, so no capital is spent and nothing depreciated.

Ages: the oldest machines leave the site first, and those that are away the longest are sold first. A machine that moves
is taken to be as old as the oldest that could still be on the site, which never overstates how long it may be kept.
Owns moved_mw.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import value

from site_conversion.lines import Line
from site_conversion.registers import Limit
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "elsewhere"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, the quantity moved and cash lines."""
    instance, moves = site.instance, site.instance.moves
    index = [(a, e, p) for a, e in moves.pairs for p in range(instance.periods)]

    def open_to(_: Any, a: int, e: int, p: int) -> tuple[float, float]:
        return (0.0, float(moves.room_mw[e]) if moves.may_stay[a, e, p] else 0.0)

    b.moved_mw = Var(index, bounds=open_to, doc="machines moved to the place [MW]")
    b.away_mw = Var(index, bounds=open_to, doc="machines at the place [MW]")
    b.sold_mw = Var(index, bounds=lambda _, a, e, p: (0.0, float(moves.room_mw[e])), doc="machines sold from it [MW]")

    def recursion(b: Any, a: int, e: int, p: int) -> Any:
        terms = [(1.0, b.away_mw[a, e, p]), (-1.0, b.moved_mw[a, e, p]), (1.0, b.sold_mw[a, e, p])]
        before = [(-1.0, b.away_mw[a, e, p - 1])] if p else []
        return linear([*terms, *before]) == 0

    def young(b: Any, a: int, e: int, p: int) -> Any:
        moved = [(-1.0, b.moved_mw[a, e, q]) for q in range(p + 1) if moves.leaves[a, q] > p]
        return linear([(1.0, b.away_mw[a, e, p]), *moved]) <= 0

    b.away_state = Constraint(index, rule=recursion, doc="away = before + moved - sold [MW]")
    b.away_age = Constraint([i for i in index if moves.aged[i[0]]], rule=young, doc="moved and young enough [MW]")
    _room(b, site)
    for a, e, p in index:
        site.moved_mw.add((a, p), 1.0, b.moved_mw[a, e, p])
        _post(b, site, a, e, p)


def _room(b: Any, site: Site) -> None:
    moves = site.instance.moves
    classes: dict[int, list[int]] = {}
    for a, e in moves.pairs:
        classes.setdefault(e, []).append(a)
    b.place_room = Constraint(
        [(e, p) for e in classes for p in range(site.instance.periods)],
        rule=lambda b, e, p: linear((1.0, b.away_mw[a, e, p]) for a in classes[e]) <= float(moves.room_mw[e]),
        doc="machines within the room of the place [MW]",
    )
    site.state_limit(
        Limit("place_room", "MW", b.place_room, lambda i: (f"room for machines at {moves.places[i[0]]}", i[1]))
    )


def _post(b: Any, site: Site, a: int, e: int, p: int) -> None:
    instance, ledger, moves = site.instance, site.ledger, site.instance.moves
    name, place = instance.asics[a], moves.places[e]
    moved, away = b.moved_mw[a, e, p], b.away_mw[a, e, p]
    column = np.zeros(instance.periods + 1)
    column[p] = 1.0
    ledger.post(Line.REVENUE, f"hashing {name} at {place}", column * moves.away_revenue_musd_per_mw[a, e, p], away)
    ledger.post(Line.REVENUE, f"hashing {name} at {place}", -moves.lost_revenue_musd_per_mw[a, e, p], moved)
    ledger.post(Line.OPEX, f"machines at {place}", -column * moves.away_cost_musd_per_mw[a, e, p], away)
    ledger.post(Line.OPEX, f"machines at {place}", moves.saved_cost_musd_per_mw[a, e, p], moved)
    ledger.post(Line.OPEX, f"moving to {place}", -column * moves.move_musd_per_mw[a, e], moved)
    resale = instance.asic_resale_musd_per_mw[a]
    ledger.post(Line.REVENUE, f"{name} sold", column * resale[p], b.sold_mw[a, e, p])
    if p == instance.periods - 1:
        left = np.zeros(instance.periods + 1)
        left[-1] = resale[-1]
        ledger.post(Line.TERMINAL, f"{name} sold", left, away)


def first_stage(_: Any) -> Iterable[Var]:
    """Machines move when prices are known, as they are sold."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each class, place that suits it, and period: MW there, moved there and sold from there."""
    rows = [
        {
            "asic": a, "place": e, "period": p, "away_mw": value(b.away_mw[a, e, p]),
            "moved_mw": value(b.moved_mw[a, e, p]), "sold_mw": value(b.sold_mw[a, e, p]),
        }
        for a, e in site.instance.moves.pairs
        for p in range(site.instance.periods)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["asic", "place", "period", "away_mw", "moved_mw", "sold_mw"])
