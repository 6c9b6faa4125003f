"""The input language as a page to read: every record and field of a JSON Schema, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

CASE_TITLE = "The case file, field by field"
PROPOSAL_TITLE = "The proposal file, field by field"
SWEEP_TITLE = "The sweep file, field by field"
TYPES = {"string": "text", "number": "number", "integer": "whole number", "boolean": "yes or no", "object": "mapping"}
DIGITS_OF_A_MILLION = 1e6


def reference(schema: Schema, title: str) -> str:
    """Return a page with a section for the whole file and one for each record, in the order a reader meets them."""
    definitions: Schema = schema.get("$defs", {})
    sections = [f"# {title}\n", *_intro()]
    done: set[str] = set()
    queue: list[tuple[str, Schema]] = [("", schema)]
    while queue:
        name, record = queue.pop(0)
        sections.append(_section(name, record, definitions))
        for reference_name in _references(record):
            if reference_name not in done and "enum" not in definitions[reference_name]:
                done.add(reference_name)
                queue.append((reference_name, definitions[reference_name]))
    return "\n".join(sections)


def _intro() -> Iterator[str]:
    yield (
        "Written from the schema by `planner schema --reference`. Units are in the names; a share ends in `_frac` and\n"
        "is a number from 0 to 1; money is nominal USD. A field without a default may be left out unless it is\n"
        "required; its meaning says what happens then. A record that may name a `catalogue` entry takes from it what\n"
        "is not typed.\n"
    )


def _references(node: Any) -> Iterator[str]:
    """Yield the names of the records a node refers to, in order, each as often as it is met."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield str(node["$ref"]).rsplit("/", maxsplit=1)[-1]
        for key, value in node.items():
            if key not in ("$defs", "default", "discriminator"):
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _section(name: str, record: Schema, definitions: Schema) -> str:
    lines = [f"## {name or 'The file'}\n"]
    if record.get("description"):
        lines.append(f"{_plain(record['description'])}\n")
    properties: Schema = record.get("properties", {})
    if properties:
        required = record.get("required", [])
        lines += ["| field | value | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{field}` | {_words(node, definitions)} | {_default(field, node, required)} "
            f"| {_cell(node.get('description', ''))} |"
            for field, node in properties.items()
        ]
        lines.append("")
    return "\n".join(lines)


def _words(node: Schema, definitions: Schema) -> str:
    """Say what a value looks like."""
    options = [option for option in node.get("anyOf", node.get("oneOf", [])) if option.get("type") != "null"]
    if options:
        return " or ".join(dict.fromkeys(_words(option, definitions) for option in options))
    if "$ref" in node:
        return _record(str(node["$ref"]).rsplit("/", maxsplit=1)[-1], definitions)
    if "const" in node or "enum" in node:
        return " or ".join(f"`{value}`" for value in node.get("enum", [node.get("const")]))
    if node.get("type") == "array" and "items" in node:
        return f"list of {_words(node['items'], definitions)}"
    return _plain_value(node, definitions)


def _record(name: str, definitions: Schema) -> str:
    """Link to a record; the few values of an enumeration are said at once."""
    values = definitions[name].get("enum")
    return f"[{name}](#{name.lower()})" if values is None else " or ".join(f"`{value}`" for value in values)


def _plain_value(node: Schema, definitions: Schema) -> str:
    inner = next(iter(node.get("patternProperties", {}).values()), None) or node.get("additionalProperties")
    if node.get("type") == "object" and isinstance(inner, Mapping):
        return f"mapping to {_words(inner, definitions)}"
    words = "date" if node.get("format") == "date" else TYPES.get(str(node.get("type", "")), "value")
    return words + _range(node)


def _range(node: Schema) -> str:
    low, low_open = node.get("minimum"), node.get("exclusiveMinimum")
    high, high_open = node.get("maximum"), node.get("exclusiveMaximum")
    parts = []
    for value, words in ((low, "at least"), (low_open, "above"), (high, "at most"), (high_open, "below")):
        if value is not None:
            parts.append(f"{words} {_number(value)}")
    return f", {', '.join(parts)}" if parts else ""


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) >= DIGITS_OF_A_MILLION else f"{value:,g}"


def _default(field: str, node: Schema, required: list[str]) -> str:
    if field in required:
        return "required"
    value = node.get("default")
    if value is None or isinstance(value, list | dict):
        return "" if value is None or not value else "see the record"
    return f"`{value}`" if value != "" else ""


def _plain(text: str) -> str:
    return " ".join(str(text).split())


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")
