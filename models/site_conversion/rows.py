"""Rows of the model: Pyomo constraints whose bodies stay lists of terms.

Everything here is linear, so a row is terms, a sense and a number. Pyomo would make a tree of three objects for each
term only to walk it again for the solver. `Constraint` keeps the terms instead; `handover` reads them as they are, and
Pyomo gets its own expression whenever it asks for one (printing, other solvers, the stock interfaces).
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.base.set import SetOf
from pyomo.core.base.var import IndexedVar
from pyomo.core.expr import EqualityExpression, InequalityExpression, LinearExpression

Term = tuple[float, Any]
"""A coefficient and a Pyomo variable (Pyomo has no types)."""


@dataclass(slots=True)
class Row:
    """sum(coefficient * variable) of at most upper, at least lower, or equal to both; either may be None."""

    terms: list[Term]
    lower: float | None
    upper: float | None

    def expression(self) -> Any:
        """Return the row as Pyomo's own relational expression."""
        body = Linear(self.terms).expression()
        if self.lower is None:
            return InequalityExpression((body, self.upper), False)
        if self.upper is None:
            return InequalityExpression((self.lower, body), False)
        return EqualityExpression((body, self.upper))


class Linear:
    """constant + sum(coefficient * variable); compared with a number it makes a row."""

    __slots__ = ("constant", "terms")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, terms: Iterable[Term], constant: float = 0.0) -> None:
        """Keep the terms."""
        self.terms, self.constant = list(terms), constant

    def __le__(self, amount: float) -> Row:
        """Return the row self <= amount."""
        return Row(self.terms, None, amount - self.constant)

    def __ge__(self, amount: float) -> Row:
        """Return the row self >= amount."""
        return Row(self.terms, amount - self.constant, None)

    def __eq__(self, amount: Any) -> Any:
        """Return the row self == amount."""
        return Row(self.terms, amount - self.constant, amount - self.constant)

    def expression(self) -> Any:
        """Return Pyomo's own expression."""
        terms = [term for term in self.terms if term[0] != 0.0]
        return LinearExpression(
            constant=self.constant, linear_coefs=[c for c, _ in terms], linear_vars=[v for _, v in terms]
        )


def linear(terms: Iterable[Term], constant: float = 0.0) -> Linear:
    """Return constant + sum(coefficient * variable)."""
    return Linear(terms, constant)


class RowData(ConstraintData):  # type: ignore[misc]
    """One row: a `Row`, or whatever relational expression of Pyomo's a rule has returned."""

    __slots__ = ("pyomo", "row")
    row: Row | None
    pyomo: Any

    def place(self, row: Row, index: Any) -> None:
        """Be the row at the index."""
        self.row = row
        self._index = index  # type: ignore[misc]  # a slot of an untyped base

    def set_value(self, expr: Any) -> None:
        """Keep a row as it is; Pyomo checks everything else."""
        if expr.__class__ is Row:
            self.row, self.pyomo = expr, None
        else:
            super().set_value(expr)

    @property
    def _expr(self) -> Any:
        """What Pyomo reads wherever it wants the expression."""
        if self.pyomo is None and self.row is not None:
            self.pyomo = self.row.expression()
        return self.pyomo

    @_expr.setter
    def _expr(self, expr: Any) -> None:
        self.row, self.pyomo = None, expr


class Constraint(IndexedConstraint):  # type: ignore[misc]
    """Pyomo's indexed Constraint, whose rules may return a `Row`."""

    _ComponentDataClass = RowData

    def __init__(self, index: Iterable[Any], **words: Any) -> None:
        """Declare one row for each index."""
        super().__init__(_as_set(index), **words)

    def _setitem_when_not_present(self, index: Any, value: Any) -> Any:
        """Put a row in its place; Pyomo checks everything else."""
        if value.__class__ is not Row:
            return super()._setitem_when_not_present(index, value)
        self._data[index] = data = RowData(component=self)
        data.place(value, index)
        return data


class Renaming(Constraint):
    """Rows that only choose among plans which are each other's renaming: leaving them out loses nothing."""


class Var(IndexedVar):  # type: ignore[misc]
    """Pyomo's indexed Var; a variable that exists is found without a detour, as rows ask for tens of thousands."""

    def __init__(self, index: Iterable[Any], **words: Any) -> None:
        """Declare one variable for each index."""
        super().__init__(_as_set(index), **words)

    def __getitem__(self, index: Any) -> Any:
        """Return the variable at the index; Pyomo answers for what is none (slices, errors)."""
        try:
            return self._data[index]
        except (KeyError, TypeError):
            return super().__getitem__(index)


def _as_set(index: Iterable[Any]) -> Any:
    """Let Pyomo refer to the indices as they are; its own Set would check and copy each, family by family."""
    return SetOf(tuple(dict.fromkeys(index)))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Building makes many small objects and no garbage; collecting them over and over costs a third of the time.

    What has been built stays, so it counts as old at once: a collector that comes back to a hundred thousand young
    objects looks at all of them first, which costs a tenth more.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # somebody else's frozen objects are not ours to thaw
                gc.freeze()
                gc.unfreeze()
            gc.enable()
