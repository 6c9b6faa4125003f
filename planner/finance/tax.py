"""Income tax once more, in sequence: of the project as planned, and with interest deducted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from site_conversion.instance import Floats, Instance


@dataclass(frozen=True)
class TaxSeries:
    """What is taxed in each tax year, and the tax of the project as planned, by column in USD."""

    rate_frac: float
    offset_limit_frac: float
    years: tuple[tuple[int, ...], ...]
    """Columns of each tax year; tax is paid in the last."""
    base: Floats
    """Taxable income less loss of the tax year, at the column in which its tax is paid."""
    usd: Floats

    @property
    def paid_in(self) -> frozenset[int]:
        """Columns in which tax is paid."""
        return frozenset(columns[-1] for columns in self.years)


def tax_series(instance: Instance, table: pd.DataFrame) -> TaxSeries:
    """Return the tax of a plan from its tax table (column, taxable_musd, loss_musd, offset_musd)."""
    base, usd = np.zeros(instance.periods + 1), np.zeros(instance.periods + 1)
    columns = table["column"].to_numpy(dtype=int)
    base[columns] = (table["taxable_musd"] - table["loss_musd"]).to_numpy(dtype=float) * 1e6
    taxed = (table["taxable_musd"] - table["offset_musd"]).to_numpy(dtype=float) * 1e6
    usd[columns] = instance.tax_rate_frac * taxed
    years = tuple(tuple(year) for year in instance.tax_columns)
    return TaxSeries(instance.tax_rate_frac, instance.loss_offset_limit_frac, years, base, usd)


def interest_tax(taxes: TaxSeries, deductions: Floats) -> Floats:
    """Return the tax by column with further deductions by column, losses carried forward as the law does."""
    usd, bank = np.zeros(len(deductions)), 0.0
    if taxes.rate_frac == 0:
        return usd
    for columns in taxes.years:
        last = columns[-1]
        base = float(taxes.base[last] - deductions[list(columns)].sum())
        taxable, loss = max(base, 0.0), max(-base, 0.0)
        offset = min(bank, taxes.offset_limit_frac * taxable)
        bank += loss - offset
        usd[last] = taxes.rate_frac * (taxable - offset)
    return usd
