"""The workbook of a result: formulas from the assumptions to the returns, with the plan's decisions held."""
