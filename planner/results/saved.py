"""A result in a folder: its file, and its tables as CSV beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.files.cells import safe_cell
from planner.files.whole import write_whole
from planner.finance.tables import loan_table, waterfall_table
from planner.finance.waterfall import waterfall
from planner.results.layout import ResultFileError
from planner.results.names import Names
from planner.results.record import Result
from planner.results.text import from_json, to_json

MOST_BYTES = 100_000_000


def saved_tables(result: Result) -> dict[str, pd.DataFrame]:
    """Return the tables that are saved beside a result, by the name of their file: names for indices, money in USD.

    With a loan there are also the tables of its waterfall.
    """
    names, bare = Names(result.instance), result.greenfield_instance
    outcomes = [("", result.plan, names), ("do_nothing_", result.do_nothing, names)]
    if bare is not None and result.greenfield is not None:
        outcomes.append(("greenfield_", result.greenfield, Names(bare)))
    if result.free is not None:
        outcomes.append(("without_overrides_", result.free.plan, Names(result.instance)))
    saved = {}
    for twin, outcome, names in outcomes:
        frames = {**outcome.tables, "cash_flow": outcome.cash_flow}
        if outcome is result.plan and result.case.finance.debt is not None:
            flows = waterfall(result.case, result.instance, outcome.tables, outcome.cash_flow)
            frames |= {"waterfall": waterfall_table(flows), "loan": loan_table(flows)}
        for name, frame in frames.items():
            table = names.dump(frame)
            saved[f"{twin}{name}"] = pd.DataFrame(table.rows, columns=table.columns)
    return saved


def save(result: Result, folder: Path) -> None:
    """Write result.json and one CSV per table into a folder; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "result.json", to_json(result))
    for name, frame in saved_tables(result).items():
        write_whole(folder / f"{name}.csv", frame.map(safe_cell).to_csv(index=False))


def load(path: Path) -> Result:
    """Read a result file, or the one in a folder that was written with it.

    Raises:
        ResultFileError: missing, too large, not JSON, not a result, or its tables do not fit its case.
    """
    if path.is_dir():
        path = path / "result.json"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ResultFileError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultFileError(f"cannot be read: {error}") from None
    return from_json(text)
