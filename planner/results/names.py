"""Tables of a solution with names of halls, contracts and dates for indices, and back to those of any instance."""

from __future__ import annotations

import json

import pandas as pd

from planner.results.layout import ResultFileError, TableFile
from planner.results.record import Result
from site_conversion.instance import MEDIA, Instance

AFTER = "after the horizon"


class Names:
    """Index <-> name for the columns of saved tables."""

    def __init__(self, instance: Instance) -> None:
        """Take the names of an instance."""
        starts = [day.isoformat() for day in instance.period_start]
        self.lists: dict[str, list[str]] = {
            "hall": list(instance.halls), "design": list(instance.designs), "contract": list(instance.contracts),
            "asic": list(instance.asics), "upgrade": list(instance.upgrades), "medium": list(MEDIA),
            "supply": list(instance.supply.names), "stage": [end.isoformat() for end in instance.supply.stage_end],
            "place": list(instance.moves.places), "hosting": list(instance.hosting.offers),
            "rig": list(instance.rigs.rigs), "rental": list(instance.rigs.rentals),
            "column": [*starts, AFTER],
        }  # fmt: skip
        for name in ("period", "start", "ready", "build_start", "requested", "energised", "built"):
            self.lists[name] = starts
        self.positions = {key: {name: i for i, name in enumerate(names)} for key, names in self.lists.items()}

    def dump(self, frame: pd.DataFrame) -> TableFile:
        """Return a table as it is saved: names for indices, USD for MUSD."""
        renamed = frame.copy()
        for column in frame.columns:
            if column in self.lists:
                names = self.lists[column]
                renamed[column] = [names[i] if i >= 0 else None for i in frame[column].astype(int)]
        for column in [c for c in renamed.columns if c.endswith("musd")]:
            renamed[column] = renamed[column] * 1e6
        columns = [c[:-4] + "usd" if c.endswith("musd") else c for c in renamed.columns]
        return TableFile(columns=columns, rows=json.loads(renamed.to_json(orient="values", double_precision=15)))

    def load(self, where: str, table: TableFile) -> pd.DataFrame:
        """Return a saved table in indices and MUSD. Raises ResultFileError for a name that the instance has not."""
        frame = pd.DataFrame(table.rows, columns=table.columns)
        for column in frame.columns:
            if column not in self.positions:
                continue
            positions = self.positions[column]
            names = [None if pd.isna(name) else name for name in frame[column]]
            unknown = [name for name in names if name is not None and name not in positions]
            if unknown:
                raise ResultFileError(f"{where}: '{unknown[0]}' is not a {column} of the case in the file")
            frame[column] = [-1 if name is None else positions[name] for name in names]
        for column in [c for c in frame.columns if c.endswith("usd")]:
            frame[column] = frame[column].astype(float) / 1e6
        return frame.rename(columns={c: c[:-3] + "musd" for c in frame.columns if c.endswith("usd")})


def tables_for(instance: Instance, earlier: Result) -> dict[str, pd.DataFrame]:
    """Return an earlier result's plan in the indices of another instance; rows it has no place for are dropped."""
    old, new = Names(earlier.instance), Names(instance)
    tables = {}
    for name, frame in earlier.plan.tables.items():
        table = old.dump(frame)
        known = [
            row
            for row in table.rows
            if all(
                value is None or column not in new.positions or value in new.positions[column]
                for column, value in zip(table.columns, row, strict=True)
            )
        ]
        tables[name] = new.load(name, TableFile(columns=table.columns, rows=known))
    return tables
