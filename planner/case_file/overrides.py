"""Decisions fixed beforehand: read from the command line, and checked against the case that they belong to.

On the command line: `contract:ID`, `contract:ID=HALL+HALL`, `hall:ID`, `hall:ID=DESIGN`, `design:ID`, `upgrade:ID`,
and after any of them but a design `@2027-04` (with the first period that begins on or after it) or `@2027-01..2027-12`
(with a period that begins between; one end may be left out). An end given as a month means all of it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pydantic import ValidationError

from planner.case_file.proposal import CHANGE_OF_USE
from planner.case_file.sizes import size_ids
from planner.files.problems import Problem, did_you_mean, shown
from planner.schemas import Case
from planner.schemas.overrides import Choice, Override

SUBJECTS = ("contract", "hall", "design", "upgrade")
NAME = "a name of letters, digits, '_', '-' and '.', without spaces"
FORM = "KIND:ID, where KIND is contract, hall, design or upgrade"
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


class OverrideText(ValueError):
    """A text that is no override; the message says what was found and what is expected."""


def parse_override(text: str, choice: Choice) -> Override:
    """Return the override that a text of the command line stands for.

    Raises:
        OverrideText: it stands for none.
    """
    what, at, when = text.strip().partition("@")
    kind, colon, rest = what.partition(":")
    name, equals, place = rest.partition("=")
    if not colon or kind not in SUBJECTS or not name or (equals and not place) or (at and not when):
        hint = did_you_mean(kind, SUBJECTS) if colon else ""
        raise OverrideText(f"expected {FORM}, such as contract:lease@2027-04, found '{text}'{hint}")
    fields: dict[str, object] = {"choice": choice, kind: name, **_dates(text, when if at else None)}
    if equals and kind == "contract":
        fields["halls"] = place.split("+")
    elif equals and kind == "hall":
        fields["design"] = place
    elif equals:
        raise OverrideText(f"'{text}': '=' stands after a contract (its halls) or a hall (its design)")
    try:
        return Override.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "string_pattern_mismatch":
            reason = f"expected {NAME}, found {shown(first['input'])}"
        raise OverrideText(f"'{text}': {f'{where}: ' if where else ''}{reason}") from None


def _dates(text: str, when: str | None) -> dict[str, date]:
    if when is None:
        return {}
    if ".." not in when:
        return {"begins": _day(text, when, is_end=False)}
    since, _, until = when.partition("..")
    if not since and not until:
        raise OverrideText(f"'{text}': expected a date on one side of '..' at least")
    ends = {"since": _day(text, since, is_end=False)} if since else {}
    return ends | ({"until": _day(text, until, is_end=True)} if until else {})


def _day(text: str, typed: str, *, is_end: bool) -> date:
    """Return the day that is meant: of a month its first, as the end of a stretch its last."""
    match = _DAY.fullmatch(typed)
    try:
        if match is not None:
            year, month = int(match[1]), int(match[2])
            last = calendar.monthrange(year, month)[1] if is_end else 1
            return date(year, month, int(match[3]) if match[3] else last)
    except (ValueError, calendar.IllegalMonthError):
        pass
    raise OverrideText(f"'{text}': expected a date such as 2027-04 or 2027-04-15, found '{typed}'")


def with_overrides(case: Case, more: Sequence[Override]) -> Case:
    """Return the case with further overrides; what it has already is not repeated."""
    new = tuple(override for override in dict.fromkeys(more) if override not in case.overrides)
    return case.model_copy(update={"overrides": (*case.overrides, *new)}) if new else case


def override_problems(case: Case) -> list[Problem]:
    """Return what in the overrides does not belong to the case or contradicts itself."""
    known = {
        "contract": _offers(case),
        "hall": [place.id for place in case.site.places],
        "design": [design.id for design in case.designs],
        "upgrade": _upgrades(case),
    }
    reads = (("study",), ("site",), ("designs",), ("contracts",))
    found = [
        *_unknown_names(case.overrides, known),
        *_unknown_halls(case.overrides, known["hall"]),
        *_empty_dates(case),
        *_contradictions(case.overrides),
    ]
    return [Problem(("overrides", *path), message, reads) for path, message in found]


Found = Iterator[tuple[tuple[str | int, ...], str]]


def _offers(case: Case) -> list[str]:
    """Return the ids of the offers, and those of the sizes that they come in."""
    offers = [contract.offer for contract in case.contracts]
    return list(dict.fromkeys([*offers, *(name for contract in case.contracts for name in size_ids(contract))]))


def _upgrades(case: Case) -> list[str]:
    return [*(upgrade.id for upgrade in case.site.upgrades), *([CHANGE_OF_USE] if case.site.change_of_use else [])]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    there = f"; the case has {', '.join(names[:10])}" if names else "; the case has none"
    return f"no {what} '{name}' in the case{did_you_mean(name, names) or there}"


def _unknown_names(overrides: Sequence[Override], known: dict[str, list[str]]) -> Found:
    for i, override in enumerate(overrides):
        for kind in SUBJECTS:
            name = getattr(override, kind)
            if name is not None and name not in known[kind]:
                yield (i, kind), _unknown("hall or pad" if kind == "hall" else kind, name, known[kind])


def _unknown_halls(overrides: Sequence[Override], known: list[str]) -> Found:
    for i, override in enumerate(overrides):
        for j, name in enumerate(override.halls or ()):
            if name not in known:
                yield (i, "halls", j), _unknown("hall or pad", name, known)
            elif name in (override.halls or ())[:j]:
                yield (i, "halls", j), f"hall '{name}' is given twice"


def _empty_dates(case: Case) -> Found:
    """Yield overrides whose dates mean no period: they would say nothing, or something impossible."""
    starts = period_starts(case)
    for i, override in enumerate(case.overrides):
        if override.begins is not None and override.begins > starts[-1]:
            last = f"the last on {starts[-1]}"
            yield (i, "begins"), f"no period of the study begins on or after {override.begins}; {last}"
        since, until = override.since or starts[0], override.until or starts[-1]
        if (override.since or override.until) and not any(since <= day <= until for day in starts):
            field = "since" if override.since is not None else "until"
            near = ", ".join(day.isoformat() for day in _neighbours(starts, since))
            yield (i, field), f"no period of the study begins from {since} to {until}; the nearest begin on {near}"


def period_starts(case: Case) -> list[date]:
    """Return the first days of the study's periods."""
    months = [block.months for block in case.study.grid for _ in range(block.count)]
    at, starts = case.study.start.year * 12 + case.study.start.month - 1, []
    for length in months:
        starts.append(date(at // 12, at % 12 + 1, 1))
        at += length
    return starts


def _neighbours(starts: list[date], day: date) -> list[date]:
    before, after = [start for start in starts if start < day], [start for start in starts if start >= day]
    return [*before[-1:], *after[:1]]


def _contradictions(overrides: Sequence[Override]) -> Found:
    """Yield what is given twice, or both forced and forbidden in the same words."""
    for i, override in enumerate(overrides):
        for other in overrides[:i]:
            if override == other:
                yield (i,), f"'{override.words}' is given twice"
            elif override.model_copy(update={"choice": other.choice}) == other:
                yield (i, "choice"), f"'{override.words}' contradicts '{other.words}'"
