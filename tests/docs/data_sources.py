"""docs/data-sources.md: every bundled dataset from its source.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

DATASETS = Path(__file__).parents[2] / "datasets"

HEAD = """# Data sources

Written by `make docs` from the `source.toml` beside each dataset. Rows of a dataset carry their own sources too, where
they come from many. A result names the datasets that gave it figures, with their checksums; the report lists them.

| dataset | what it is | as of |
|---|---|---|
"""


def data_sources_page() -> str:
    """Return the page."""
    sources = {
        file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(DATASETS.glob("*/source.toml"))
    }
    rows = "".join(
        f"| [{name}](#{name}) | {source['title']} | {source['as_of']} |\n" for name, source in sources.items()
    )
    return HEAD + rows + "".join(_dataset(name, source) for name, source in sources.items())


def _dataset(name: str, source: dict[str, Any]) -> str:
    paragraphs = (" ".join(part.split()) for part in str(source["how_made"]).strip().split("\n\n"))
    text = f"\n## {name}\n\n{source['title']}. File: `datasets/{name}/{source['file']}`. As of {source['as_of']}.\n\n"
    text += f"**Licence.** {source['licence']}\n\n**How it was made.** " + "\n\n".join(paragraphs) + "\n\n"
    if source.get("urls"):
        text += "**Sources.**\n\n" + "".join(f"- <{url}>\n" for url in source["urls"]) + "\n"
    for layer, units in _layers(source["units"]):
        text += f"| column{layer} | unit |\n|---|---|\n"
        text += "".join(f"| `{column}` | {unit} |\n" for column, unit in units.items()) + "\n"
    return text


def _layers(units: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Return the columns with their units; of a file of several layers for each of them."""
    layers = [(f" of {layer}", columns) for layer, columns in units.items() if isinstance(columns, dict)]
    return layers or [("", units)]
