"""Plain values as the text of a YAML file that a person would go on with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

MODELINE = "# yaml-language-server: $schema={schema}\n"


def yaml_text(data: Mapping[Any, Any], schema: str | None = None) -> str:
    """Return a mapping as YAML, keys in their order, with the line by which an editor finds its schema."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 120
    yaml.allow_unicode = True
    out = StringIO()
    yaml.dump(_plain(data), out)
    head = "" if schema is None else MODELINE.format(schema=schema)
    return head + out.getvalue()


def _plain(value: Any) -> Any:
    """Return only what YAML has words for; records without a value are left out."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | date):
        return value
    return str(value)
