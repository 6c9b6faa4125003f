"""The same model as one writes it in Pyomo without a thought of speed: operator sums, own sets, collector on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.var import IndexedVar

from site_conversion import assemble, rows
from site_conversion.rows import Row


@contextmanager
def plainly_written() -> Iterator[None]:
    """Build models in ordinary Pyomo while this lasts: every row an expression of products and sums."""

    def put(constraint: Any, index: Any, value: Any) -> Any:
        written = _expression(value) if value.__class__ is Row else value
        return IndexedConstraint._setitem_when_not_present(constraint, index, written)

    with (
        patch.object(rows.Constraint, "_setitem_when_not_present", put),
        patch.object(rows.Var, "__getitem__", IndexedVar.__getitem__),
        patch.object(rows, "_as_set", _listed),
        patch.object(assemble, "no_garbage_collection", nullcontext),
    ):
        yield


def _expression(row: Row) -> Any:
    body = sum(coefficient * variable for coefficient, variable in row.terms)
    if row.lower is None:
        return body <= row.upper
    if row.upper is None:
        return body >= row.lower
    return body == row.upper


def _listed(index: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(index))
