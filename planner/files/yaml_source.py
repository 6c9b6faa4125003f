"""YAML text to plain values with the line of each; nothing in a file can make anything run.

The text is only composed to nodes: no constructor of the YAML library is used, so no tag can make an object.
Anchors, aliases and merge keys are expanded here, under a limit that stops a small file from growing huge.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from planner.files.problems import (
    THOUSANDS,
    CaseFileError,
    CasePath,
    LocatedProblem,
    Position,
    Problem,
    printable,
    shown,
)
from planner.files.text_file import read_text, refusal

MAX_BYTES = 5_000_000
MAX_VALUES = 200_000
MAX_DEPTH = 20
_MAX_NUMBER_CHARACTERS = 50
_MAX_PROBLEMS = 200
_TOO_DEEP = f"the file is nested too deeply (the limit is {MAX_DEPTH} levels)"
_TOO_MANY = f"the file has more than {MAX_VALUES:,} values"
_CORE = "tag:yaml.org,2002:"

Scalar = str | int | float | bool | date | None
Key = str | int | float
Fields = dict[Key, object]


@dataclass(frozen=True)
class YamlSource:
    """A mapping read from a YAML file (or a workbook), and where each of its values stands."""

    file: Path
    data: Fields
    positions: dict[CasePath, Position]
    sheets: Mapping[CasePath, str] = field(default_factory=dict)
    """Of a workbook: the sheet of each value; its position is then that of a cell."""
    text: str = field(default="", repr=False)
    """Of a YAML file: what was read, to which the positions belong."""

    def located(self, problem: Problem) -> LocatedProblem:
        """Return a problem with the place of the nearest typed value at or above its path."""
        for length in range(len(problem.path), 0, -1):
            if problem.path[:length] in self.positions:
                return LocatedProblem(problem.message, self.file, *self.positions[problem.path[:length]], problem.path)
        return LocatedProblem(problem.message, self.file, None, None, problem.path)


def read_yaml(file: Path) -> YamlSource:
    """Read one YAML mapping. Raises CaseFileError with everything that is wrong with the file as YAML."""
    return yaml_in(read_text(file, MAX_BYTES, "a case file"), file)


def yaml_in(text: str, file: Path) -> YamlSource:
    """Return the YAML mapping in a text; problems name the file. Raises as `read_yaml`."""
    if not text.strip():
        raise refusal(file, "the file is empty")
    try:
        root = _compose(file, text)
        if root is None:
            raise refusal(file, "the file has only comments")
        if not isinstance(root, MappingNode):
            raise refusal(file, "expected fields (name: value) at the top of the file", _position(root))
        reader = _Expansion(file)
        data = reader.mapping(root, ())
    except RecursionError:
        raise refusal(file, _TOO_DEEP) from None
    if reader.problems:
        raise CaseFileError(reader.problems)
    return YamlSource(file, data, reader.positions, text=text)


def value_of(text: str) -> object:
    """Return the plain value of one YAML value, as it would stand behind the name of a field.

    Raises:
        ValueError: it is none.
    """
    here = Path("value")
    try:
        node = _compose(here, text) if text.strip() else None
        if node is None:
            raise ValueError("expected a value, found nothing; null takes a value away")
        reader = _Expansion(here)
        value = reader.value(node, ())
    except CaseFileError as error:
        raise ValueError(error.problems[0].message) from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if reader.problems:
        raise ValueError(reader.problems[0].message)
    return value


def positions_in(text: str) -> dict[CasePath, Position]:
    """Return where the values of a text that is known to be good YAML stand."""
    here = Path("text")
    root, reader = _compose(here, text), _Expansion(here)
    if isinstance(root, MappingNode):
        reader.mapping(root, ())
    return reader.positions


def scalars_in(text: str, file: Path) -> Iterator[tuple[Position, Position]]:
    """Yield begin and end of every key and value of a text: line from 1, column from 0."""
    open_: list[Node | None] = [_compose(file, text)]
    seen: set[int] = set()
    while open_:
        node = open_.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            begin, end = node.start_mark, node.end_mark
            yield (begin.line + 1, begin.column), (end.line + 1, end.column)
        elif isinstance(node, MappingNode):
            open_ += [inner for pair in node.value for inner in pair]
        elif isinstance(node, SequenceNode):
            open_ += node.value


def _position(node: Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


class _LimitError(MarkedYAMLError):
    """The text is too large or too deep to be a case."""


class _LimitedComposer(Composer):
    """Stops early, where the whole text would take minutes or exhaust the stack."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self._values = 0
        self._levels = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        # The index is None for keys, which do not count.
        self._values += index is not None
        self._levels += 1
        if self._values > MAX_VALUES or self._levels > MAX_DEPTH + 1:
            problem = _TOO_MANY if self._values > MAX_VALUES else _TOO_DEEP
            raise _LimitError(None, None, problem, self.parser.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self._levels -= 1
        return node


def _compose(file: Path, text: str) -> Node | None:
    """Return the one document's node tree."""
    try:
        with warnings.catch_warnings():
            # A name given to two anchors is allowed by YAML: an alias means the latest.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            yaml = YAML(typ="rt")
            yaml.Composer = _LimitedComposer
            node: Node | None = yaml.compose(text)
    except ReaderError as error:
        before = text[: error.position]
        position = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        raise refusal(file, f"broken YAML: control character {chr(error.character)!r}", position) from None
    except _LimitError as error:
        raise refusal(file, str(error.problem), _mark_of(error)) from None
    except MarkedYAMLError as error:
        raise refusal(file, _syntax_message(error), _mark_of(error)) from None
    except RecursionError:
        raise
    except (YAMLError, ValueError, IndexError, TypeError, AttributeError, AssertionError, KeyError) as error:
        raise refusal(file, f"broken YAML: {printable(str(error))[:200]}") from None
    return node


def _syntax_message(error: MarkedYAMLError) -> str:
    problem, context = str(error.problem or "").strip(), str(error.context or "").strip()
    if problem == "but found another document":
        return "the file has several YAML documents (a second '---'), expected one"
    parts = [printable(part)[:200] for part in (problem, context) if part]
    hint = "; indent with spaces, not tabs" if "'\\t'" in problem else ""
    return f"broken YAML: {', '.join(parts)}{hint}"


def _mark_of(error: MarkedYAMLError) -> Position | tuple[None, None]:
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (None, None)


@dataclass
class _Expansion:
    """Turns nodes into values, remembering where they stand and collecting what is wrong."""

    file: Path
    positions: dict[CasePath, Position] = field(default_factory=dict)
    problems: list[LocatedProblem] = field(default_factory=list)
    _open: set[int] = field(default_factory=set)
    _count: int = 0

    def value(self, node: Node, path: CasePath) -> object:
        """Return the plain value of any node."""
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return self._sequence(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        raise TypeError(type(node))

    def mapping(self, node: MappingNode, path: CasePath) -> Fields:
        """Return a mapping's values; its own keys win over merged ones, earlier merges over later."""
        self._enter(node, path)
        pairs: dict[Key, tuple[Node, Node]] = {}
        self._collect(node, path, pairs)
        values: Fields = {}
        for key, (key_node, value_node) in pairs.items():
            below = (*path, key)
            self.positions[below] = _position(key_node)
            values[key] = self.value(value_node, below)
        self._open.discard(id(node))
        return values

    def _collect(self, node: MappingNode, path: CasePath, pairs: dict[Key, tuple[Node, Node]]) -> None:
        merged: list[Node] = []
        own: dict[Key, Node] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key in own:
                first = own[key].start_mark.line + 1
                hint = THOUSANDS if isinstance(key, int) and 0 <= key < 1000 else ""
                self._problem(f"duplicate key {shown(key)}, first given on line {first}{hint}", key_node, path)
            own.setdefault(key, key_node)
            if key_node.tag == _CORE + "merge":
                merged.extend(value_node.value if isinstance(value_node, SequenceNode) else [value_node])
            else:
                pairs.setdefault(key, (key_node, value_node))
        for source in merged:
            if not isinstance(source, MappingNode):
                self._problem("'<<' can only merge a group of fields", source, path)
                continue
            self._enter(source, path)
            self._collect(source, path, pairs)
            self._open.discard(id(source))

    def _sequence(self, node: SequenceNode, path: CasePath) -> list[object]:
        self._enter(node, path)
        values = []
        for index, item in enumerate(node.value):
            self.positions[(*path, index)] = _position(item)
            values.append(self.value(item, (*path, index)))
        self._open.discard(id(node))
        return values

    def _enter(self, node: Node, path: CasePath) -> None:
        """Refuse what would never end, is too deep or asks for an object."""
        if id(node) in self._open:
            raise refusal(self.file, "an alias contains itself", _position(node))
        if len(self._open) >= MAX_DEPTH:
            raise refusal(self.file, _TOO_DEEP, _position(node))
        self._count += len(node.value)
        if self._count > MAX_VALUES:
            raise refusal(self.file, f"{_TOO_MANY}, its aliases expanded", _position(node))
        self._open.add(id(node))
        if node.tag != _CORE + ("map" if isinstance(node, MappingNode) else "seq"):
            self._tag_problem(node, path)

    def _key(self, node: Node, path: CasePath) -> Key:
        if not isinstance(node, ScalarNode):
            self._problem("a key must be a single word or number", node, path)
            return ""
        number = self._scalar(node, path) if node.tag in (_CORE + "int", _CORE + "float") else None
        if isinstance(number, int | float) and math.isfinite(number):
            return number
        return self._text(node, path)

    def _scalar(self, node: ScalarNode, path: CasePath) -> Scalar:
        tag = str(node.tag)
        if tag in (_CORE + "str", _CORE + "value", _CORE + "merge"):
            return self._text(node, path)
        reader = _SCALARS.get(tag)
        if reader is None:
            self._tag_problem(node, path)
            return None
        try:
            return reader(str(node.value))
        except ValueError:
            self._problem(f"{shown(node.value)} is not a valid {tag.removeprefix(_CORE)}", node, path)
            return None

    def _text(self, node: ScalarNode, path: CasePath) -> str:
        # the round-trip composer marks where a folded text may break
        text = str(node.value).replace("\a", "") if node.style == ">" else str(node.value)
        try:
            text.encode()
        except UnicodeEncodeError:
            self._problem("an escape code stands for no character", node, path)
        return text

    def _tag_problem(self, node: Node, path: CasePath) -> None:
        tag = printable(str(node.tag).removeprefix(_CORE))[:60]
        self._problem(f"YAML tag '{tag}' is not allowed here; write plain values", node, path)

    def _problem(self, message: str, node: Node, path: CasePath) -> None:
        self.problems.append(LocatedProblem(message, self.file, *_position(node), path))
        if len(self.problems) >= _MAX_PROBLEMS:
            raise CaseFileError(self.problems)


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    if len(digits) > _MAX_NUMBER_CHARACTERS:
        raise ValueError(text)
    unsigned = digits.lstrip("+-")
    base = {"0x": 16, "0o": 8, "0b": 2}.get(unsigned[:2], 10)
    return int(digits, base)


def _float(text: str) -> float:
    number = text.replace("_", "").lower()
    if len(number) > _MAX_NUMBER_CHARACTERS:
        raise ValueError(text)
    special = {".nan": math.nan, ".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf}
    return special[number] if number in special else float(number)


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in ("true", "yes", "on", "y", "false", "no", "off", "n"):
        raise ValueError(text)
    return word in ("true", "yes", "on", "y")


def _date(text: str) -> date | str:
    # What is not a date is left as typed: the schema knows what it wants there, and says so.
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _nothing(text: str) -> None:
    if text.lower() not in ("", "~", "null"):
        raise ValueError(text)


_SCALARS: dict[str, Callable[[str], Scalar]] = {
    _CORE + "int": _integer,
    _CORE + "float": _float,
    _CORE + "bool": _boolean,
    _CORE + "timestamp": _date,
    _CORE + "null": _nothing,
}
