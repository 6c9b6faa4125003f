"""Executes a notebook without Jupyter and keeps what its cells say: `python -m tests.notebook FILE.ipynb [COPY.ipynb]`.

A kernel needs a home folder, sockets and thirty packages. The notebooks here need none of that: their cells are run
one after the other in one namespace, the last expression of a cell is shown as Jupyter shows it. Nothing of the
machine stays in the file: no times, no versions, no paths.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]

METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
REPRESENTATIONS = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}


def executed(book: Json) -> Json:
    """Return the notebook with the outputs of its cells, run in the present folder; an error in a cell is raised."""
    namespace: Json = {"__name__": "__main__"}
    cells = []
    count = 0
    for number, cell in enumerate(book["cells"], start=1):
        fresh = {"cell_type": cell["cell_type"], "id": f"cell-{number}", "metadata": {}, "source": cell["source"]}
        if cell["cell_type"] == "code":
            count += 1
            fresh |= {"execution_count": count, "outputs": _outputs("".join(cell["source"]), namespace, count)}
        cells.append(fresh)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _outputs(source: str, namespace: Json, count: int) -> list[Json]:
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            tree.body.pop()
        exec(compile(tree, "<cell>", "exec"), namespace)  # noqa: S102 - the notebooks are the project's own
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)  # noqa: S307
    outputs: list[Json] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())})
    if value is not None:
        data = {kind: _lines(getattr(value, name)()) for kind, name in REPRESENTATIONS.items() if hasattr(value, name)}
        data["text/plain"] = _lines(repr(value))
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def told(book: Json) -> list[str]:
    """Return what the outputs of a notebook say: texts and tables as they are, of drawings the words and numbers."""
    found = []
    for cell in book["cells"]:
        for output in cell.get("outputs", ()):
            texts = output.get("data", {"text": output.get("text", "")})
            found += [_words("".join(text)) for text in texts.values()]
    return found


def _words(text: str) -> str:
    """Return a text, its drawings replaced by their words: what they look like is the drawing library's."""
    held = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
    text = held.sub(lambda found: _drawn(base64.b64decode(found[1]).decode("utf-8")), text)
    return _drawn(text) if text.startswith("<svg") else text


def _drawn(svg: str) -> str:
    return " | ".join([*re.findall(r"<text[^>]*>([^<]*)</text>", svg), *re.findall(r'aria-label="([^"]*)"', svg)])


def main(source: Path, target: Path) -> None:
    """Execute a notebook in the folder where it stands and write it with its outputs."""
    book = json.loads(source.read_text(encoding="utf-8"))
    target = target.resolve()
    os.environ["COLUMNS"] = "80"
    os.chdir(source.parent)
    target.write_text(json.dumps(executed(book), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[-1]))
