"""What the schema refuses, in words: a message for each error, with the found value and the expected one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from planner.files.problems import (
    THOUSANDS,
    CasePath,
    Problem,
    did_you_mean,
    nearest,
    path_text,
    printable,
    shown,
)
from planner.files.schema_place import Place, place_of, value_at
from planner.schemas.base import BrokenRules, CatalogueRecord

UNKNOWN = ("extra_forbidden", "invalid_key")
"""Types of the errors for a name that is no field."""

_MAX_TOLD = 200


def schema_problems(errors: Sequence[ErrorDetails], data: object, root: type[BaseModel]) -> list[Problem]:
    """Return a problem for each error; a field missing only because it is misspelt is told once."""
    places = [place_of(error["loc"], data, root) for error in errors[:_MAX_TOLD]]
    meant = {
        (*place.path[:-1], likely_name(place, data))
        for error, place in zip(errors, places, strict=False)
        if error["type"] in UNKNOWN
    }
    found = []
    for error, place in zip(errors, places, strict=False):
        if error["type"] == "missing" and place.path in meant:
            continue
        path = place.path[:-1] if error["type"] == "missing" else place.path
        if error["type"] == "union_tag_invalid":
            path = (*path, _discriminator(error))
        found += [Problem(_plain(path), text) for text in messages(error, place, data)]
    if len(errors) > _MAX_TOLD:
        found.append(Problem((), f"{len(errors) - _MAX_TOLD:,} more values are not as expected"))
    return found


def likely_name(place: Place, data: object) -> str | None:
    """Return the field an unknown name was probably meant to be: one that is not given beside it.

    It is the one most like it, or else the only missing one whose name has all its words: added_usd for usd.
    """
    if place.owner is None:
        return None
    given, fields = value_at(data, place.path[:-1]), place.owner.model_fields
    free = [name for name in fields if not isinstance(given, dict) or name not in given]
    likely = nearest(place.path[-1], free)
    if likely is not None:
        return likely
    longer = [name for name in free if fields[name].is_required() and _has_words(name, place.path[-1])]
    return longer[0] if len(longer) == 1 else None


def _has_words(name: str, word: object) -> bool:
    """Whether a name has a word, or several in a row, among its own."""
    return isinstance(word, str) and bool(word) and f"_{word.lower()}_" in f"_{name}_"


def messages(error: ErrorDetails, place: Place, data: object) -> tuple[str, ...]:
    """Return the messages for one error: one, but for each rule that a record breaks."""
    broken = error.get("ctx", {}).get("error")
    if isinstance(broken, BrokenRules):
        return tuple(printable(rule) for rule in broken.rules)
    return (_message(error, place, data),)


def _message(error: ErrorDetails, place: Place, data: object) -> str:
    kind = error["type"]
    if kind in UNKNOWN:
        return _unknown(place, data)
    if kind == "missing":
        return _missing(place, error["input"])
    if kind == "value_error":
        text = printable(str(error["ctx"]["error"]))
        is_record = isinstance(error["input"], dict | list)
        return text if is_record else f"{_label(place.path)}: {text}, found {shown(error['input'])}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(error, place)
    expected, hint = _expectation(error, place)
    return f"{_label(place.path)}: expected {expected}, found {shown(error['input'])}{hint}"


def _unknown(place: Place, data: object) -> str:
    name = place.path[-1]
    if isinstance(name, int) and 0 <= name < 1000:
        return f"unknown field {shown(name)}{THOUSANDS}"
    likely = likely_name(place, data)
    hint = f"; did you mean '{likely}'?" if likely else ""
    if not likely and place.owner is not None:
        hint = did_you_mean(name, place.owner.model_fields)
    return f"unknown field {shown(name)}{hint}"


def _missing(place: Place, record: object) -> str:
    name, parent, hint = place.path[-1], path_text(place.path[:-1]), ""
    where = f" in {parent}" if parent else ""
    if place.owner is not None and issubclass(place.owner, CatalogueRecord) and name != "id":
        entry = record.get("catalogue") if isinstance(record, dict) else None
        hint = "; type it or name a catalogue entry"
        if entry is not None:
            hint = f"; catalogue entry {shown(entry)} does not give it, type it"
    return f"missing field {shown(name)}{where}{hint}"


def _discriminator(error: ErrorDetails) -> str:
    return str(error["ctx"]["discriminator"]).strip("'")


def _wrong_kind(error: ErrorDetails, place: Place) -> str:
    name = _discriminator(error)
    if error["type"] == "union_tag_not_found":
        known = {field for member in place.members for field in member.model_fields}
        given = error["input"] if isinstance(error["input"], dict) else {}
        likely = nearest(name, [key for key in given if isinstance(key, str) and key not in known])
        hint = f"; is {shown(likely)} meant?" if likely else ""
        return f"missing field '{name}' in {path_text(place.path)}{hint}"
    tag = error["input"].get(name) if isinstance(error["input"], dict) else error["ctx"]["tag"]
    choices = str(error["ctx"]["expected_tags"])
    return f"{name}: expected one of {choices}, found {shown(tag)}{did_you_mean(tag, _quoted(choices))}"


def _expectation(error: ErrorDetails, place: Place) -> tuple[str, str]:
    """Return what was expected, in words, and a hint about a likely slip."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return place.bounds.text() or _text_after("should be ", error), unit_hint(place, value)
    if kind in ("enum", "literal_error"):
        choices = str(context["expected"])
        one_of = "one of " if "or" in choices.split() else ""
        return f"{one_of}{choices}", did_you_mean(value, _quoted(choices))
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return "text", "; put it in quotes"
    if kind in _LENGTHS:
        return _LENGTHS[kind](context), ""
    for prefix, words in _EXPECTED:
        if kind.startswith(prefix):
            is_blank = prefix == "tuple_" and value is None
            return words, "; leave the field out, or write [] for none" if is_blank else ""
    return _text_after("should be ", error), ""


_LENGTHS: dict[str, Callable[[dict[str, object]], str]] = {
    "string_too_short": lambda context: f"at least {context['min_length']} characters",
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "too_short": lambda context: f"at least {context['min_length']} entry",
    "too_long": lambda context: f"at most {context['max_length']} entries",
}
_EXPECTED = (
    ("int_", "a whole number"),
    ("float_", "a number"),
    ("finite_number", "a finite number"),
    ("bool_", "true or false"),
    ("date_", "a date such as 2026-01-31"),
    ("string_type", "text"),
    ("string_pattern_mismatch", "a name of letters, digits, '_', '-' and '.', without spaces"),
    ("tuple_", "a list"),
    ("dict_", "a group of fields"),
    ("model_", "a group of fields"),
)


def unit_hint(place: Place, value: object) -> str:
    """Return a question about the unit where the number would be right in another one."""
    name, bounds = str(place.path[-1]), place.bounds
    if not isinstance(value, int | float) or bounds.high is None or not bounds.high < value:
        return ""
    if name.endswith("_mw") and value / 1000 <= bounds.high:
        return f"; did you give kilowatts? {value:,.12g} kW is {value / 1000:,.12g} MW"
    if "_frac" in name and value > 1 and value / 100 <= bounds.high:
        return f"; is this a percentage? {value:g} % is {value / 100:g}"
    return ""


def coerced(data: object, value: object, path: CasePath = ()) -> list[Problem]:
    """Find values that validation took for something else: true for 1, a number for a date."""
    if isinstance(data, bool) and not isinstance(value, bool):
        return [Problem(_plain(path), f"{_label(path)}: expected a number, found {shown(data)}", ())]
    if isinstance(data, int | float) and isinstance(value, date):
        message = f"{_label(path)}: expected a date such as 2026-01-31, found {data}"
        return [Problem(_plain(path), message, ())]
    if isinstance(data, dict) and isinstance(value, BaseModel):
        fields = type(value).model_fields
        pairs = [(key, item, getattr(value, key)) for key, item in data.items() if key in fields]
    elif isinstance(data, dict) and isinstance(value, dict):
        pairs = [(key, item, value.get(key)) for key, item in data.items()]
    elif isinstance(data, list) and isinstance(value, tuple):
        pairs = [(i, item, value[i]) for i, item in enumerate(data)]
    else:
        return []
    return [problem for key, item, below in pairs for problem in coerced(item, below, (*path, key))]


def _label(path: CasePath) -> str:
    """Return the name of a value: its field, with its index in a list."""
    start = max((i for i, part in enumerate(path) if isinstance(part, str)), default=0)
    return path_text(path[start:]) if path else "the file"


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


def _text_after(start: str, error: ErrorDetails) -> str:
    return printable(error["msg"].partition(start)[2] or error["msg"])


def _plain(path: CasePath) -> tuple[str | int, ...]:
    # Keys of temperatures may be fractions; a path only needs to lead back to its line.
    return path  # type: ignore[return-value]
