"""What every page has: its frame, its style, the policy that lets nothing in; names of a case as text only."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from planner.reports.html.palette import style_rules

PACKAGE = "planner.reports.html"
STATIC_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

LONGEST_WORD = 24
"""Letters of a word that a table keeps whole."""


@dataclass(frozen=True)
class Tile:
    """A number at the head of the page."""

    name: str
    value: str


def environment(**filters: Callable[..., str]) -> Environment:
    """Return the templates, everything put into them escaped, with a page's own filters."""
    made = Environment(
        loader=PackageLoader(PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update({"drawn": own, **filters})
    made.tests["long"] = _has_long_word
    return made


def _has_long_word(text: str) -> bool:
    """Whether a cell needs to be broken inside a word, lest it squeeze or overrun the others."""
    return any(len(word) > LONGEST_WORD for word in text.split())


def own(text: str) -> Markup:
    """Return what the planner itself wrote, style, script and drawings, to stand in the page as it is."""
    return Markup(text)  # noqa: S704 - names of a case are escaped inside drawings, and in no style or script


def template_text(name: str) -> str:
    """Return a file beside the templates."""
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def style(more: str = "") -> Markup:
    """Return the style of all pages, and a page's own rules after it."""
    return own(style_rules() + template_text("style.css") + more)


def policy(script: str) -> str:
    """Return the content policy: nothing is fetched, and no script runs but the page's own."""
    if not script:
        return STATIC_POLICY
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"{STATIC_POLICY}; script-src 'sha256-{digest}'"


def plain(text: str) -> str:
    """Return text of several lines as one paragraph, without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
