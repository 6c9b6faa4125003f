"""Audit of machines that grow old and of machines at other places: states, ages, room, and every dollar."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report

if TYPE_CHECKING:
    from site_conversion.audit_money import Book


def left_mw(plan: Plan, a: int, p: int) -> float:
    """MW of a class that have left the site for other places by a period."""
    return sum(row.moved_mw for row in plan.away if row.asic == a and row.period <= p)


def check_ages(plan: Plan, report: Report) -> None:
    """No more machines are kept on the site than are young enough; the oldest leave first."""
    instance, moves = report.instance, report.instance.moves
    for a in np.nonzero(moves.aged)[0].tolist():
        young_mw = instance.asic_owned_mw[a] * moves.start_young[a]
        owned_mw = np.zeros(instance.periods)
        for row in plan.machines:
            if row.asic == a:
                young_mw = young_mw + row.bought_mw * moves.bought_young[a, row.period] * _from(report, row.period)
                owned_mw[row.period] += row.owned_mw
        report.limit("asic_age", instance.asics[a], owned_mw, young_mw, "MW")


def check_places(plan: Plan, report: Report) -> None:
    """Away = moved - sold so far, only where and while the place is open, within its room and the machines' age."""
    instance, moves = report.instance, report.instance.moves
    present_mw = np.zeros((len(moves.places), instance.periods))
    counts = Counter((row.asic, row.place, row.period) for row in plan.away)
    for a, name in enumerate(instance.asics):
        for e, place in enumerate(moves.places):
            rows = [row for row in plan.away if (row.asic, row.place) == (a, e)]
            if not moves.may_stay[a, e].any() and not rows:
                continue
            where, right_mw, young_mw, away_mw = f"{name} at {place}", 0.0, np.zeros(instance.periods), []
            for p in range(instance.periods):
                if counts[a, e, p] != 1:
                    report.fail("one_row", f"{where} in {report.when(p)} in table elsewhere", counts[a, e, p], 1)
                here = [row for row in rows if row.period == p]
                right_mw += sum(row.moved_mw - row.sold_mw for row in here)
                away_mw.append(sum(row.away_mw for row in here))
                moved_mw = sum(row.moved_mw for row in here)
                young_mw[p : moves.leaves[a, p]] += moved_mw
                report.agree("away_state", f"{where} in {report.when(p)}", away_mw[-1], right_mw, "MW")
                if not moves.may_stay[a, e, p] and report.exceeds(away_mw[-1] + moved_mw, 0.0, "MW"):
                    report.fail("may_stay", f"{where} in {report.when(p)}", away_mw[-1] + moved_mw, 0.0, "MW")
            present_mw[e] += away_mw
            if moves.aged[a]:
                report.limit("away_age", where, np.array(away_mw), young_mw, "MW")
    for e, place in enumerate(moves.places):
        room_mw = np.full(instance.periods, moves.room_mw[e])
        report.limit("place_room", f"room for machines at {place}", present_mw[e], room_mw, "MW")


def post_places(plan: Plan, book: Book) -> None:
    """What machines earn and cost at other places, less what they miss on their way; moves; sales from there."""
    instance, moves, last = book.instance, book.instance.moves, book.instance.periods - 1
    for row in plan.away:
        a, e, p = row.asic, row.place, row.period
        name, place = instance.asics[a], moves.places[e]
        now = np.zeros(instance.periods + 1)
        now[p] = 1.0
        earned = now * moves.away_revenue_musd_per_mw[a, e, p] * row.away_mw
        missed = np.append(moves.lost_revenue_musd_per_mw[a, e, p], 0.0) * row.moved_mw
        book.post("revenue", f"hashing {name} at {place}", earned - missed)
        cost = now * moves.away_cost_musd_per_mw[a, e, p] * row.away_mw
        spared = np.append(moves.saved_cost_musd_per_mw[a, e, p], 0.0) * row.moved_mw
        book.post("opex", f"machines at {place}", spared - cost)
        book.post("opex", f"moving to {place}", -now * moves.move_musd_per_mw[a, e] * row.moved_mw)
        book.post("revenue", f"{name} sold", now * instance.asic_resale_musd_per_mw[a, p] * row.sold_mw)
        if p == last:
            left = np.zeros(instance.periods + 1)
            left[-1] = instance.asic_resale_musd_per_mw[a, -1] * row.away_mw
            book.post("terminal", f"{name} sold", left)


def _from(report: Report, p: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """True in period p and after."""
    return np.arange(report.instance.periods) >= p
