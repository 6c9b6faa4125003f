"""What every record of the input language shares: frozen, no unknown field, units in the name.

Ranges are wide enough for every real site and narrow enough to catch a wrong unit
(a PUE below 1, kilowatts typed where megawatts are asked).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from planner.schemas.text import single_line


class BrokenRules(ValueError):
    """The fields of a record contradict each other: every contradiction, a sentence for each."""

    def __init__(self, rules: Iterable[str]) -> None:
        self.rules = tuple(rules)
        super().__init__("; ".join(self.rules))


class Record(BaseModel):
    """Base of every input record: immutable, strict about names, finite numbers only."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )

    def _broken_rules(self) -> Iterator[str]:
        """Yield a sentence for each contradiction between its fields; a record with rules overrides this."""
        yield from ()

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        # all at once: a validator of pydantic's own ends with the first it raises
        if rules := tuple(self._broken_rules()):
            raise BrokenRules(rules)
        return self


def _catalogue_schema(schema: dict[str, JsonValue]) -> None:
    """Let an editor accept an entry that leaves its fields to the catalogue."""
    required = schema.pop("required", [])
    if isinstance(required, list):
        own = [name for name in required if name == "id"]
        schema["anyOf"] = [{"required": [*own, "catalogue"]}, {"required": required}]


def filled_from_location(*names: str) -> Callable[[dict[str, JsonValue]], None]:
    """Let an editor accept a record that leaves these fields to the site's location."""

    def without(schema: dict[str, JsonValue]) -> None:
        required = schema.get("required", [])
        if isinstance(required, list):
            schema["required"] = [name for name in required if name not in names]

    return without


class CatalogueRecord(Record):
    """A record whose fields may come from a bundled dataset: name the entry, override any field."""

    model_config = ConfigDict(json_schema_extra=_catalogue_schema)

    catalogue: str | None = None
    """Entry of the bundled dataset that fills the fields not typed here."""


Id = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60),
    Field(description="short name, no spaces"),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(single_line)]
Mw = Annotated[float, Field(ge=0, le=5_000)]
SignedMw = Annotated[float, Field(ge=-5_000, le=5_000)]
Frac = Annotated[float, Field(ge=0, le=1)]
GrowthFrac = Annotated[float, Field(ge=-0.9, le=2)]
Months = Annotated[float, Field(ge=0, le=240)]
Usd = Annotated[float, Field(ge=0, le=1e11)]
AreaM2 = Annotated[float, Field(ge=0, le=5_000_000)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]


class DatedUsd(Record):
    """A price on a date."""

    date: date
    usd: Annotated[float, Field(ge=0, le=1e9)]


def dates_ascend(name: str, dates: Iterable[date]) -> Iterator[str]:
    """Yield a sentence if the dates of a field do not ascend or repeat."""
    given = list(dates)
    if given != sorted(set(given)):
        yield f"the dates of {name} must ascend without repeats"
